//! The terminals of the session: each belongs to the job that opened it and lives until its program ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::actors::Actors;
use super::tasks::Tasks;
use crate::app::{JobId, Msg};
use crate::backends::docker::Docker;
use crate::backends::ssh::Hub;
use crate::backends::terminal::{Inbox, LocalShell, Pty, run};
use crate::domain::endpoint::ServerPlace;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::mutation::Mutation;
use crate::domain::shell::{OpenShell, ShellPlace};
use crate::domain::ssh_target::SshTarget;
use crate::domain::terminal::{End, Picture, Size, TerminalAsk, TerminalNews};
use crate::gate::Authorized;

/// The kind of terminal that programs are told they are on; every system knows it.
const TERM: &str = "xterm-256color";
/// What may wait to be asked of a terminal.
const ASKS: usize = 256;
const NEWS: usize = 16;

/// Both ends of what a terminal is asked.
struct Line {
    asks: mpsc::Sender<TerminalAsk>,
    /// Until it is opened.
    waiting: Option<mpsc::Receiver<TerminalAsk>>,
}

/// All terminals.
#[derive(Default)]
pub struct Terminals {
    lines: HashMap<JobId, Line>,
}

impl Terminals {
    /// Asks a terminal; one that is not open yet gets it when it is. False when it takes no more.
    pub fn ask(&mut self, terminal: JobId, ask: TerminalAsk) -> bool {
        self.lines.retain(|_, line| !line.asks.is_closed());
        self.line(terminal).asks.try_send(ask).is_ok()
    }

    fn line(&mut self, terminal: JobId) -> &mut Line {
        self.lines.entry(terminal).or_insert_with(|| {
            let (asks, waiting) = mpsc::channel(ASKS);
            Line { asks, waiting: Some(waiting) }
        })
    }

    /// What will open the terminal of a job, once it is authorized.
    pub fn opening(
        &mut self,
        terminal: JobId,
        open: &OpenShell,
        actors: Actors<'_>,
        messages: &mpsc::Sender<Msg>,
        tasks: &mut Tasks,
    ) -> Opening {
        let (news, mut told) = mpsc::channel(NEWS);
        let (pictures, mut shown) = watch::channel(Arc::<Picture>::default());
        let to = messages.clone();
        tasks.spawn(format!("pictures of terminal {terminal}"), async move {
            loop {
                let news = tokio::select! {
                    biased;
                    changed = shown.changed() => match changed {
                        Ok(()) => TerminalNews::Picture(shown.borrow_and_update().clone()),
                        // How it ended comes behind the last picture.
                        Err(_) => match told.recv().await {
                            Some(news) => news,
                            None => return,
                        },
                    },
                    Some(news) = told.recv() => news,
                };
                if to.send(Msg::Terminal { terminal, news }).await.is_err() {
                    return;
                }
            }
        });
        Opening {
            place: place(open, actors),
            asks: Mutex::new(self.line(terminal).waiting.take()),
            inbox: Inbox { pictures, news },
            stop: tasks.stop(),
        }
    }
}

/// What leads to the program.
enum Place {
    Here,
    Server(Hub, SshTarget),
    Container(Docker),
}

fn place(open: &OpenShell, actors: Actors<'_>) -> Result<Place, Fault> {
    match &open.place {
        ShellPlace::Container { .. } => actors.engines.client(&open.target).map(Place::Container),
        ShellPlace::Server => match actors.servers.place(&open.target)? {
            ServerPlace::Local => Ok(Place::Here),
            ServerPlace::Ssh(target) => Ok(Place::Server(actors.servers.hub(), target)),
        },
    }
}

/// A terminal about to be opened.
pub struct Opening {
    place: Result<Place, Fault>,
    asks: Mutex<Option<mpsc::Receiver<TerminalAsk>>>,
    inbox: Inbox,
    stop: CancellationToken,
}

/// A terminal that is open.
pub struct Opened<'a> {
    pty: Box<dyn Pty>,
    size: Size,
    asks: mpsc::Receiver<TerminalAsk>,
    inbox: &'a Inbox,
    stop: &'a CancellationToken,
}

impl Opening {
    /// Opens it.
    ///
    /// # Errors
    /// There is no way there, or no shell.
    pub async fn open(&self, authorized: Authorized) -> Result<Opened<'_>, Fault> {
        let asks = self.asks.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut asks) = asks else {
            return Err(Fault::new(FaultKind::Bug, "a terminal cannot be opened twice"));
        };
        // Its size has been told before it is opened.
        let mut size = Size::default();
        while let Ok(ask) = asks.try_recv() {
            match ask {
                TerminalAsk::Resize(new) => size = new,
                TerminalAsk::HangUp => return Err(Fault::new(FaultKind::Gone, "closed before it was open")),
                _ => {}
            }
        }
        let pty = self.pty(&authorized, size).await?;
        Ok(Opened { pty, size, asks, inbox: &self.inbox, stop: &self.stop })
    }

    async fn pty(&self, authorized: &Authorized, size: Size) -> Result<Box<dyn Pty>, Fault> {
        if !matches!(authorized.mutation(), Mutation::Shell(_)) {
            let what = authorized.mutation().summary();
            return Err(Fault::new(FaultKind::Bug, format!("{what}: this opens no shell")));
        }
        Ok(match &self.place {
            Err(fault) => return Err(fault.clone()),
            Ok(Place::Here) => {
                let shell = std::env::var("SHELL").ok().filter(|shell| shell.starts_with('/'));
                Box::new(LocalShell::start(shell.as_deref().unwrap_or("/bin/sh"), TERM, size)?)
            }
            Ok(Place::Server(hub, target)) => {
                let connection = hub.connection(target).await?;
                connection.retry();
                Box::new(connection.shell(TERM, size).await?)
            }
            Ok(Place::Container(docker)) => Box::new(docker.open_shell(authorized, TERM, size).await?),
        })
    }

    /// Tells how it ended.
    pub async fn tell(&self, end: End) {
        // The session is over when nobody receives.
        let _ = self.inbox.news.send(TerminalNews::Ended(end)).await;
    }
}

impl Opened<'_> {
    /// Runs until the program ends.
    pub async fn run(mut self) -> End {
        run(&*self.pty, self.size, &mut self.asks, self.inbox, self.stop).await
    }
}
