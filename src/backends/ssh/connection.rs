//! The one connection to a server, shared by everything that has business there.
//!
//! It is made when it is first needed, in a task of its own, so that a question to the user outlives whoever
//! was the first to need it. From then on it is kept up: after a cut it comes back by itself, waiting longer
//! each time, as long as the network is at fault. A server that has said no is not asked again before a person
//! wants it: failed logins get people banned.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream;
use jiff::SignedDuration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::establish::establish;
use super::hub::Hub;
use super::intake::Overflow;
use super::live::Live;
use super::memory::Memory;
use super::process::{self, Output, Process};
use super::rights::{self, Rights};
use super::shell::{Shell, Size};
use super::stream::Stream;
use crate::backends::argv::Argv;
use crate::backends::process::Program;
use crate::backends::{backoff, clock};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::remote::Link;
use crate::domain::ssh_target::SshTarget;

/// Whoever needs the connection waits so long for it to be made.
const PATIENCE: Duration = Duration::from_secs(8);
/// A next attempt this close is waited for.
const SOON: Duration = Duration::from_secs(2);
/// Bytes that may wait for who reads a program's lines.
const READ_AHEAD: usize = 32 << 20;
/// A connection that has held so long was a good one: the next wait is short again.
const GOOD: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
enum State {
    Connecting,
    Up(Arc<Live>),
    Down {
        fault: Fault,
        /// `None` = not before a person wants it.
        next: Option<Instant>,
    },
}

struct Line {
    hub: Hub,
    target: SshTarget,
    state: watch::Sender<State>,
    /// The task that keeps it up has been started.
    kept: AtomicBool,
    /// Ends it for good.
    stop: CancellationToken,
    retry: Notify,
    memory: Arc<Memory>,
}

/// A connection to one server. Cloning is cheap; clones share it.
#[derive(Clone)]
pub struct Connection(Arc<Line>);

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({})", self.0.target)
    }
}

impl Connection {
    pub(super) fn new(hub: Hub, target: SshTarget) -> Self {
        Self::remembering(hub, target, Arc::default())
    }

    /// A second one to the same server, which knows what was typed for the first.
    pub(super) fn beside(&self) -> Self {
        Self::remembering(self.0.hub.clone(), self.0.target.clone(), Arc::clone(&self.0.memory))
    }

    fn remembering(hub: Hub, target: SshTarget, memory: Arc<Memory>) -> Self {
        Self(Arc::new(Line {
            stop: hub.stop().child_token(),
            hub,
            target,
            state: watch::Sender::new(State::Connecting),
            kept: AtomicBool::new(false),
            retry: Notify::new(),
            memory,
        }))
    }

    /// True when one more connection would be one more question: a one-time code is good for one login.
    pub(super) fn asks_each_time(&self) -> bool {
        self.0.memory.was_asked()
    }

    pub fn target(&self) -> &SshTarget {
        &self.0.target
    }

    /// Makes sure that it is up.
    ///
    /// # Errors
    /// Why it is not: a fault whose kind, message and hint tell the step that failed.
    pub async fn connect(&self) -> Result<(), Fault> {
        self.live().await.map(drop)
    }

    /// Its state now.
    pub fn link(&self) -> Link {
        match &*self.0.state.borrow() {
            State::Connecting => Link::Connecting,
            State::Up(_) => Link::Live,
            State::Down { fault, next } => {
                let wait = next.map(|next| next.saturating_duration_since(clock::instant().into()));
                let wait = wait.and_then(|wait| SignedDuration::try_from(wait).ok());
                let retry_at = wait.and_then(|wait| clock::now().checked_add(wait).ok());
                Link::Lost { fault: fault.clone(), retry_at }
            }
        }
    }

    /// The link as it is, then whenever it has changed. States in between may be skipped.
    pub fn links(&self) -> impl futures_util::Stream<Item = Link> + Send + use<> {
        let mut state = self.0.state.subscribe();
        state.mark_changed();
        stream::unfold((self.clone(), state), |(connection, mut state)| async move {
            state.changed().await.ok()?;
            Some((connection.link(), (connection, state)))
        })
    }

    /// Tries again at once, also where nothing is tried by itself any more; so do the servers on the way.
    pub fn retry(&self) {
        if let Some(hop) = self.0.memory.hop() {
            hop.retry();
        }
        let was_down = self.0.state.send_if_modified(|state| {
            let is_down = matches!(state, State::Down { .. });
            if is_down {
                *state = State::Connecting;
            }
            is_down
        });
        if was_down {
            self.0.retry.notify_one();
        }
    }

    /// Ends it for good and forgets what was typed for it.
    pub(super) fn close(&self) {
        self.0.stop.cancel();
    }

    /// Makes one more connection by the same path and closes it: does the server still let us in? Nothing that
    /// is up is used for it but the servers on the way.
    ///
    /// # Errors
    /// Why it does not come up; this connection is not concerned.
    pub async fn knock(&self) -> Result<(), Fault> {
        let line = &self.0;
        let made = establish(&line.hub, &line.target, &line.memory).await;
        let (live, _) = made.map_err(|(cause, place)| cause.fault(&line.target.to_string(), &place))?;
        let _ = live.handle.disconnect(russh::Disconnect::ByApplication, "", "").await;
        Ok(())
    }

    /// What the server says before the login, sanitised; empty when it says nothing.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn banner(&self) -> Result<String, Fault> {
        Ok(self.live().await?.banner())
    }

    /// Runs a program to its end.
    ///
    /// # Errors
    /// It could not be started or did not end in time. A program that fails is no error: see [`Output::exit`].
    pub async fn exec(&self, command: &Argv, deadline: Duration) -> Result<Output, Fault> {
        self.exec_with(command, &[], deadline).await
    }

    /// The same with input.
    ///
    /// # Errors
    /// As [`Self::exec`].
    pub async fn exec_with(&self, command: &Argv, input: &[u8], deadline: Duration) -> Result<Output, Fault> {
        process::run(&self.live().await?, command, input, deadline).await
    }

    /// Starts a program that goes on: its output is read as it comes, its input can be written to.
    ///
    /// # Errors
    /// It could not be started.
    pub async fn start(&self, command: &Argv) -> Result<Process, Fault> {
        Process::start(&self.live().await?, command).await
    }

    /// Starts a program whose lines are read as they come. As root it is run where sudo asks nothing.
    ///
    /// # Errors
    /// It could not be started.
    pub async fn program(&self, command: &Argv, as_root: bool, max_line: usize) -> Result<Program, Fault> {
        let live = self.live().await?;
        let found = if as_root { Some(rights::probe(&live).await?) } else { None };
        let line = match found.filter(|found| found.rights == Rights::Sudo) {
            Some(found) => found.unasked(command)?.line()?,
            None => command.line()?,
        };
        let started = Process::start_kept(&live, &line, command.program(), READ_AHEAD, Overflow::Cut).await?;
        Ok(started.into_program(max_line))
    }

    /// What may be done there beyond the account's own. Asked once a connection.
    ///
    /// # Errors
    /// It could not be found out.
    pub async fn rights(&self) -> Result<Rights, Fault> {
        Ok(rights::probe(&self.live().await?).await?.rights)
    }

    /// The same command with the rights of root, where nobody has to be asked.
    ///
    /// # Errors
    /// `Denied` when sudo asks or is not there.
    pub async fn as_root(&self, command: &Argv) -> Result<Argv, Fault> {
        let live = self.live().await?;
        let found = rights::probe(&live).await?;
        match found.rights {
            Rights::Root => Ok(command.clone()),
            Rights::Sudo => found.unasked(command),
            Rights::Password | Rights::Own => Err(rights::not_unasked(&live)),
        }
    }

    /// Runs a program as root: as we are, by sudo, or by sudo with a password that the user is asked for.
    ///
    /// # Errors
    /// As [`Self::exec`]; `Denied` when no way leads there.
    pub async fn exec_as_root(&self, command: &Argv, deadline: Duration) -> Result<Output, Fault> {
        self.exec_as_root_with(command, &[], deadline).await
    }

    /// The same with input.
    ///
    /// # Errors
    /// As [`Self::exec_as_root`].
    pub async fn exec_as_root_with(
        &self,
        command: &Argv,
        input: &[u8],
        deadline: Duration,
    ) -> Result<Output, Fault> {
        let live = self.live().await?;
        let job = rights::Job { command, input, deadline };
        rights::run(&live, &self.0.memory, self.0.hub.asker(), job).await
    }

    /// A stream to a socket on the server.
    ///
    /// # Errors
    /// `Unreachable` when nothing answers there, `Denied` when the server does not forward.
    pub async fn unix(&self, path: &str) -> Result<Stream, Fault> {
        Stream::unix(&self.live().await?, path).await
    }

    /// A stream to a port; the host is named as the server knows it.
    ///
    /// # Errors
    /// As [`Self::unix`].
    pub async fn tcp(&self, host: &str, port: u16) -> Result<Stream, Fault> {
        Stream::tcp(&self.live().await?, host, port).await
    }

    /// A stream through a program's input and output.
    ///
    /// # Errors
    /// The program could not be started. One that fails at once is seen as the stream's end.
    pub async fn through(&self, command: &Argv) -> Result<Stream, Fault> {
        Stream::through(&self.live().await?, command).await
    }

    /// A stream to the SFTP server.
    ///
    /// # Errors
    /// The server offers none.
    pub async fn sftp(&self) -> Result<Stream, Fault> {
        Stream::subsystem(&self.live().await?, "sftp").await
    }

    /// The same with the rights of root, where sudo asks nothing.
    ///
    /// # Errors
    /// As [`Self::sftp`]; `Denied` when sudo asks or is not there.
    pub async fn sftp_as_root(&self) -> Result<Stream, Fault> {
        // sshd does not tell where its own is.
        const SERVE: &str = "for s in /usr/lib/openssh /usr/libexec/openssh /usr/lib/ssh /usr/libexec; do \
            [ -x \"$s/sftp-server\" ] && exec \"$s/sftp-server\"; done; exit 127";
        if self.rights().await? == Rights::Root {
            return self.sftp().await;
        }
        self.through(&self.as_root(&Argv::script(SERVE)).await?).await
    }

    /// A login shell on a terminal.
    ///
    /// # Errors
    /// The server gives none.
    pub async fn shell(&self, term: &str, size: Size) -> Result<Shell, Fault> {
        Shell::start(&self.live().await?, term, size).await
    }

    /// The connection that is up, made if need be.
    async fn live(&self) -> Result<Arc<Live>, Fault> {
        self.keep();
        let mut state = self.0.state.subscribe();
        let wait = async {
            loop {
                match &*state.borrow_and_update() {
                    State::Up(live) if !live.is_closed() => return Ok(Arc::clone(live)),
                    State::Down { fault, next } => {
                        let soon = next.is_some_and(|next| next < Instant::from_std(clock::instant()) + SOON);
                        if !soon {
                            return Err(fault.clone());
                        }
                    }
                    State::Up(_) | State::Connecting => {}
                }
                if state.changed().await.is_err() {
                    return Err(self.late());
                }
            }
        };
        tokio::pin!(wait);
        loop {
            if let Ok(live) = tokio::time::timeout(PATIENCE, &mut wait).await {
                return live;
            }
            // A person who is asked may take a minute, and the connection is no worse for it.
            let thinks =
                self.0.hub.asker().is_asking() && matches!(*self.0.state.borrow(), State::Connecting);
            if !thinks {
                return Err(self.late());
            }
        }
    }

    fn late(&self) -> Fault {
        if let State::Down { fault, .. } = &*self.0.state.borrow() {
            return fault.clone();
        }
        let message = format!("{}: still connecting after {} s", self.0.target, PATIENCE.as_secs());
        Fault::new(FaultKind::Timeout, message)
            .hint("it goes on in the background; a question may wait for its answer")
    }

    /// Starts the task that keeps it up.
    fn keep(&self) {
        if !self.0.kept.swap(true, Ordering::Relaxed) {
            let (connection, stop) = (self.clone(), self.0.stop.clone());
            self.0.hub.spawn().task(format!("ssh {}", self.0.target), async move {
                tokio::select! {
                    () = stop.cancelled() => {
                        connection.hang_up().await;
                        let fault = Fault::new(
                            FaultKind::Unreachable,
                            format!("{}: the connection was closed here", connection.0.target),
                        );
                        connection.0.state.send_replace(State::Down { fault, next: None });
                    }
                    () = connection.keep_up() => {}
                }
            });
        }
    }

    async fn keep_up(&self) {
        let line = &self.0;
        let mut failures = 0;
        loop {
            line.state.send_replace(State::Connecting);
            // What it takes to connect is given back once the connection is up.
            let established = Box::pin(establish(&line.hub, &line.target, &line.memory)).await;
            let (cause, place) = match established {
                Ok((live, place)) => {
                    let since = clock::instant();
                    line.state.send_replace(State::Up(Arc::clone(&live)));
                    let cause = live.ended().await;
                    if since.elapsed() > GOOD {
                        failures = 0;
                    }
                    (cause, place)
                }
                Err(failed) => failed,
            };
            failures += 1;
            let fault = cause.fault(&line.target.to_string(), &place);
            tracing::info!(target = %line.target, kind = fault.kind.word(), "ssh connection lost");
            let wait = backoff::jittered(failures);
            let next = (!cause.is_final()).then(|| Instant::from_std(clock::instant()) + wait);
            line.state.send_replace(State::Down { fault, next });
            match next {
                Some(next) => tokio::select! {
                    () = tokio::time::sleep_until(next) => {}
                    () = line.retry.notified() => {}
                },
                None => line.retry.notified().await,
            }
        }
    }

    async fn hang_up(&self) {
        let state = self.0.state.borrow().clone();
        let State::Up(live) = state else { return };
        let _ = live.handle.disconnect(russh::Disconnect::ByApplication, "", "").await;
    }
}
