//! A byte stream through a server: to a socket or a port as seen from there, or through a program.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::channel::{self, NoChannel, Opened, To};
use super::intake::Overflow;
use super::live::Live;
use super::process::{Process, no_session};
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};

/// Bytes that may wait for the reader before the stream is given up. The server may send so much ahead of
/// him, and no other stream of the connection waits for him.
const WAITING: usize = 64 << 20;

/// Reads and writes like any stream, and like any of them may not be split: dropping it closes the channel.
pub struct Stream {
    opened: Opened,
    writer: Pin<Box<dyn AsyncWrite + Send>>,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stream")
    }
}

impl Stream {
    /// What the program that it leads through has complained about.
    pub(super) fn complaint(&self) -> Vec<u8> {
        self.opened.intake.errors()
    }

    fn new(opened: Opened) -> Self {
        let writer = Box::pin(opened.write.make_writer());
        Self { opened, writer }
    }

    /// To a socket on the server.
    pub(super) async fn unix(live: &Arc<Live>, path: &str) -> Result<Self, Fault> {
        Self::forwarded(live, To::Unix(path.to_owned()), path).await
    }

    /// To a port, its host named as the server knows it.
    pub(super) async fn tcp(live: &Arc<Live>, host: &str, port: u16) -> Result<Self, Fault> {
        Self::forwarded(live, To::Tcp(host.to_owned(), port), &format!("{host}:{port}")).await
    }

    async fn forwarded(live: &Arc<Live>, to: To, place: &str) -> Result<Self, Fault> {
        let opened = channel::open(live, to, WAITING, Overflow::Cut).await.map_err(|why| match why {
            NoChannel::Lost(fault) => fault,
            NoChannel::Failed => {
                Fault::new(FaultKind::Unreachable, format!("{place} does not answer on {}", live.name)).hint(format!(
                    "is it there, and may {} use it? Or forwarding is off: AllowStreamLocalForwarding, AllowTcpForwarding",
                    live.config.user
                ))
            }
            NoChannel::Prohibited => {
                Fault::new(FaultKind::Denied, format!("{} does not forward to {place}", live.name))
                    .hint("allow it in its sshd_config: AllowTcpForwarding, AllowStreamLocalForwarding, DisableForwarding")
            }
        })?;
        Ok(Self::new(opened))
    }

    /// Through a program that carries its input and output somewhere.
    pub(super) async fn through(live: &Arc<Live>, command: &Argv) -> Result<Self, Fault> {
        let process =
            Process::start_kept(live, &command.line()?, command.program(), WAITING, Overflow::Cut).await?;
        Ok(Self::new(process.into_opened().0))
    }

    /// To a subsystem of sshd, such as `sftp`.
    pub(super) async fn subsystem(live: &Arc<Live>, name: &str) -> Result<Self, Fault> {
        let opened = channel::open(live, To::Session, WAITING, Overflow::Cut).await;
        let opened = opened.map_err(|why| no_session(live, why))?;
        let asked = opened.write.request_subsystem(true, name).await;
        asked.map_err(|e| live.lost(&super::cause::Cause::of(&e)))?;
        opened.accepted(live, &format!("the subsystem {name}")).await?;
        Ok(Self::new(opened))
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        self.opened.intake.poll_next(cx, buf.remaining()).map(|part| match part {
            Some(part) => {
                buf.put_slice(&part);
                Ok(())
            }
            None if self.opened.intake.is_cut() => {
                Err(io::Error::other("more came than could be read in time; the stream was given up"))
            }
            None => Ok(()),
        })
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        // A writer that waits for room is not told when the connection ends.
        if self.opened.intake.is_ended() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let written = self.writer.as_mut().poll_write(cx, buf);
        if written.is_pending() {
            self.opened.intake.watch(cx);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.opened.intake.is_ended() {
            return Poll::Ready(Ok(()));
        }
        let shut = self.writer.as_mut().poll_shutdown(cx);
        if shut.is_pending() {
            self.opened.intake.watch(cx);
        }
        shut
    }
}
