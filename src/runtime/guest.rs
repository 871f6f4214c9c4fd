//! Whoever has the person's terminal while the panel is away: the editor, or the system's own ssh or docker.
//! Everything else goes on meanwhile, unseen.

use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use super::editing::Editor;
use super::visit::Visitor;

/// How long a program may take to end when it is told to.
const GOODBYE: Duration = Duration::from_secs(1);

/// A program on the terminal.
pub enum Guest {
    Editor(Box<Editor>),
    Visitor(Visitor),
}

impl Guest {
    fn child(&mut self) -> &mut Child {
        match self {
            Self::Editor(editor) => editor.child(),
            Self::Visitor(visitor) => visitor.child(),
        }
    }

    /// Tells it to end, because pult does: it puts the terminal in order and keeps what it can. What was written
    /// in an editor is kept, and where is told.
    pub async fn dismiss(mut self, state_dir: Option<&Path>) -> Option<String> {
        let child = self.child();
        let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok()) {
            let _late = tokio::time::timeout(GOODBYE, child.wait()).await;
        }
        match self {
            Self::Editor(editor) => editor.keep(state_dir),
            Self::Visitor(_) => None,
        }
    }
}

/// Until it ends; never comes when there is none. Cancel-safe.
pub async fn wait(guest: &mut Option<Guest>) -> io::Result<ExitStatus> {
    match guest {
        Some(guest) => guest.child().wait().await,
        None => std::future::pending().await,
    }
}
