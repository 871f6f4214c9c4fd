//! A program that runs on a server.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use russh::Sig;
use tokio::io::{AsyncRead, ReadBuf};

use super::cause::Cause;
use super::channel::{self, NoChannel, Opened, To};
use super::intake::{Exit, Overflow};
use super::live::Live;
use crate::backends::argv::Argv;
use crate::backends::process::{Ending, Program};
use crate::domain::fault::{Fault, FaultKind};

/// Bytes that may wait for a reader who takes his time.
const WAITING: usize = 4 << 20;
/// Bytes that one read gives at most.
const READ: usize = 64 << 10;
/// No answer to a question is longer.
const MOST: usize = 16 << 20;

/// Runs until it ends or this is dropped; then its channel is closed, and it hears of it as a broken pipe.
/// What it prints is kept from the moment it starts: the oldest is dropped and counted when nobody reads.
#[derive(Debug)]
pub struct Process {
    opened: Opened,
    live: Arc<Live>,
}

/// What a program said and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub exit: Exit,
    pub stdout: Vec<u8>,
    /// At most its last 64 KiB.
    pub stderr: Vec<u8>,
    /// Bytes of `stdout` that were too many and were dropped, from its beginning.
    pub lost: u64,
}

impl Process {
    pub(super) async fn start(live: &Arc<Live>, command: &Argv) -> Result<Self, Fault> {
        Self::start_line(live, &command.line()?, command.program()).await
    }

    pub(super) async fn start_line(live: &Arc<Live>, line: &str, what: &str) -> Result<Self, Fault> {
        Self::start_kept(live, line, what, WAITING, Overflow::DropOldest).await
    }

    pub(super) async fn start_kept(
        live: &Arc<Live>,
        line: &str,
        what: &str,
        kept: usize,
        overflow: Overflow,
    ) -> Result<Self, Fault> {
        let opened = channel::open(live, To::Session, kept, overflow).await;
        let opened = opened.map_err(|why| no_session(live, why))?;
        opened.write.exec(true, line).await.map_err(|e| live.lost(&Cause::of(&e)))?;
        opened.accepted(live, &format!("running {what}")).await?;
        Ok(Self { opened, live: Arc::clone(live) })
    }

    /// The next bytes that it prints; `None` at the end.
    pub async fn read(&mut self) -> Option<Bytes> {
        poll_fn(|cx| self.opened.intake.poll_next(cx, READ)).await
    }

    /// Writes to its input. Waits while the server takes nothing.
    ///
    /// # Errors
    /// The program or the connection has ended.
    pub async fn write(&self, bytes: impl Into<Bytes>) -> Result<(), Fault> {
        let bytes = bytes.into();
        let ended = poll_fn(|cx| self.opened.intake.poll_end(cx));
        tokio::select! {
            sent = self.opened.write.data_bytes(bytes) => sent.map_err(|e| self.live.lost(&Cause::of(&e))),
            _ = ended => Err(Fault::new(FaultKind::Failed, format!("{}: the program has ended", self.live.name))),
        }
    }

    /// Writes all of its input and ends it. A program that ends before it has read everything is no fault:
    /// how it ended tells what happened.
    pub(super) async fn feed(&self, input: &[u8]) {
        if !input.is_empty() && self.write(Bytes::copy_from_slice(input)).await.is_err() {
            return;
        }
        let _ended = self.end_input().await;
    }

    /// Says that nothing more will be written.
    ///
    /// # Errors
    /// The connection has ended.
    pub async fn end_input(&self) -> Result<(), Fault> {
        self.opened.write.eof().await.map_err(|e| self.live.lost(&Cause::of(&e)))
    }

    /// Sends `TERM`, `INT` and the like; servers before OpenSSH 7.9 ignore it.
    ///
    /// # Errors
    /// The connection has ended.
    pub async fn signal(&self, name: &str) -> Result<(), Fault> {
        let signal = match name {
            "HUP" => Sig::HUP,
            "INT" => Sig::INT,
            "KILL" => Sig::KILL,
            "QUIT" => Sig::QUIT,
            "TERM" => Sig::TERM,
            other => Sig::Custom(other.to_owned()),
        };
        self.opened.write.signal(signal).await.map_err(|e| self.live.lost(&Cause::of(&e)))
    }

    /// Bytes that were printed and dropped because nobody read them in time.
    pub fn lost(&self) -> u64 {
        self.opened.intake.lost()
    }

    /// What it has complained about so far, at most the last 64 KiB.
    pub fn complaint(&self) -> Vec<u8> {
        self.opened.intake.errors()
    }

    /// Waits until its complaints satisfy; false when it ends first.
    pub(super) async fn complains(&self, want: impl Fn(&[u8]) -> bool) -> bool {
        poll_fn(|cx| self.opened.intake.poll_errors(cx, &want)).await
    }

    /// Waits for its end.
    pub async fn ended(&self) -> Exit {
        poll_fn(|cx| self.opened.intake.poll_end(cx)).await
    }

    /// Reads everything to the end.
    ///
    /// # Errors
    /// The connection was lost before the end.
    pub async fn finish(mut self) -> Result<Output, Fault> {
        let mut stdout = Vec::new();
        let mut lost = 0;
        while let Some(part) = self.read().await {
            stdout.extend_from_slice(&part);
            let over = stdout.len().saturating_sub(MOST);
            stdout.drain(..over);
            lost += over as u64;
        }
        let exit = self.ended().await;
        if exit == Exit::Unknown {
            return Err(self.live.lost_track());
        }
        Ok(Output { exit, stdout, stderr: self.complaint(), lost: lost + self.lost() })
    }

    /// The same as one that runs here: read line by line, and nothing is lost without a word.
    pub(super) fn into_program(self, max_line: usize) -> Program {
        let this = Arc::new(self);
        let (stdout, stderr) = (Stdout(Arc::clone(&this)), Stderr { of: Arc::clone(&this), read: 0 });
        let end = async move {
            let (code, words) = match this.ended().await {
                Exit::Code(code) => (i32::try_from(code).ok(), format!("exit status: {code}")),
                Exit::Signal(name) => (None, format!("killed by SIG{name}")),
                Exit::Unknown => return Err(io::Error::other(this.live.fault())),
            };
            Ok(Ending { code, words })
        };
        Program::of(Box::new(stdout), Some(Box::new(stderr)), end.boxed(), max_line)
    }

    pub(super) fn into_opened(self) -> (Opened, Arc<Live>) {
        (self.opened, self.live)
    }
}

/// What a program prints.
struct Stdout(Arc<Process>);

impl AsyncRead for Stdout {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Process { opened, live } = &*self.0;
        opened.intake.poll_next(cx, buf.remaining()).map(|part| match part {
            Some(part) => {
                buf.put_slice(&part);
                Ok(())
            }
            None if opened.intake.is_cut() => {
                Err(io::Error::other("more came than could be read in time; it was given up"))
            }
            None if live.is_closed() => Err(io::Error::other(live.fault())),
            None => Ok(()),
        })
    }
}

/// What a program complains about; of much the end.
struct Stderr {
    of: Arc<Process>,
    read: usize,
}

impl AsyncRead for Stderr {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (of, read) = (Arc::clone(&self.of), self.read);
        let more = of.opened.intake.poll_errors(cx, |said| said.len() > read);
        more.map(|more| {
            if more {
                let said = of.opened.intake.errors();
                let said = said.get(read..).unwrap_or_default();
                let said = said.get(..buf.remaining()).unwrap_or(said);
                buf.put_slice(said);
                self.read += said.len();
            }
            Ok(())
        })
    }
}

/// Runs a program to its end within a time; it reads `input` and then the end.
pub(super) async fn run(
    live: &Arc<Live>,
    command: &Argv,
    input: &[u8],
    deadline: Duration,
) -> Result<Output, Fault> {
    let work = async {
        let process = Process::start(live, command).await?;
        process.feed(input).await;
        process.finish().await
    };
    within(live, command.program(), deadline, work).await
}

pub(super) async fn within<T>(
    live: &Live,
    what: &str,
    deadline: Duration,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    tokio::time::timeout(deadline, work).await.unwrap_or_else(|_| {
        let message =
            format!("{}: {what} did not end within {} s; it was given up", live.name, deadline.as_secs());
        Err(Fault::new(FaultKind::Timeout, message).hint("the server may be overloaded, or a disk hang"))
    })
}

pub(super) fn no_session(live: &Live, why: NoChannel) -> Fault {
    match why {
        NoChannel::Lost(fault) => fault,
        NoChannel::Prohibited | NoChannel::Failed => {
            Fault::new(FaultKind::Denied, format!("{} lets this account run nothing", live.name))
                .hint("MaxSessions 0 in its sshd_config forbids it")
        }
    }
}
