//! A shell of this machine on a terminal of its own.

use std::os::unix::process::ExitStatusExt;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Child;
use tokio::sync::Mutex;

use super::pty::Pty;
use crate::backends::starting;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::terminal::{End, Size};

const READ: usize = 16 << 10;

/// A shell; dropping it closes its terminal, which ends it.
pub struct LocalShell {
    from: Mutex<pty_process::OwnedReadPty>,
    to: Mutex<pty_process::OwnedWritePty>,
    child: Mutex<Child>,
}

impl LocalShell {
    /// Starts a login shell, by its path.
    ///
    /// # Errors
    /// The system gives no terminal, or there is no such shell.
    pub fn start(shell: &str, term: &str, size: Size) -> Result<Self, Fault> {
        let fault = |what: &str, e: pty_process::Error| {
            let why = sanitize::name(&e.to_string());
            Fault::new(FaultKind::Failed, format!("{what}: {why}"))
                .hint("SHELL in the environment says which one is started")
        };
        let (pty, pts) = pty_process::open().map_err(|e| fault("no terminal for a shell here", e))?;
        pty.resize(measure(size)).map_err(|e| fault("no terminal for a shell here", e))?;
        let command =
            pty_process::Command::new(shell).arg("-l").env("TERM", term).env("COLORTERM", "truecolor");
        let name = sanitize::name(shell);
        let child = starting::start(|| command.spawn(pts))
            .map_err(|e| fault(&format!("{name} cannot be started"), e))?;
        let (from, to) = pty.into_split();
        Ok(Self { from: Mutex::new(from), to: Mutex::new(to), child: Mutex::new(child) })
    }
}

fn measure(size: Size) -> pty_process::Size {
    pty_process::Size::new(size.rows, size.columns)
}

fn gone(e: &dyn std::fmt::Display) -> Fault {
    Fault::new(FaultKind::Gone, format!("the shell has closed its terminal: {e}"))
}

impl Pty for LocalShell {
    fn read(&self) -> BoxFuture<'_, Option<Bytes>> {
        Box::pin(async {
            let mut bytes = vec![0; READ];
            // When nobody has the other side any more, Linux says that there was an error.
            match self.from.lock().await.read(&mut bytes).await {
                Ok(0) | Err(_) => None,
                Ok(n) => {
                    bytes.truncate(n);
                    Some(bytes.into())
                }
            }
        })
    }

    fn write(&self, typed: Bytes) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move { self.to.lock().await.write_all(&typed).await.map_err(|e| gone(&e)) })
    }

    fn resize(&self, size: Size) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move { self.to.lock().await.resize(measure(size)).map_err(|e| gone(&e)) })
    }

    fn ended(&self) -> BoxFuture<'_, End> {
        Box::pin(async {
            match self.child.lock().await.wait().await {
                Ok(status) => match (status.code(), status.signal()) {
                    (Some(code), _) => End::Code(code),
                    (None, Some(number)) => End::Signal(number.to_string()),
                    (None, None) => End::Unknown,
                },
                Err(_) => End::Unknown,
            }
        })
    }
}
