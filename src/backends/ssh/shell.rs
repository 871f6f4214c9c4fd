//! A login shell on a terminal of its own.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::cause::Cause;
use super::channel::{self, Opened, To};
use super::intake::{Exit, Overflow};
use super::live::Live;
use super::process::no_session;
use crate::backends::terminal::Pty;
use crate::domain::fault::Fault;
use crate::domain::terminal::End;
pub use crate::domain::terminal::Size;

/// Bytes that may wait for the screen; what scrolls by unread is dropped.
const WAITING: usize = 4 << 20;
const READ: usize = 64 << 10;

/// A shell; dropping it hangs up.
#[derive(Debug)]
pub struct Shell {
    opened: Opened,
    live: Arc<Live>,
}

impl Shell {
    pub(super) async fn start(live: &Arc<Live>, term: &str, size: Size) -> Result<Self, Fault> {
        let opened = channel::open(live, To::Session, WAITING, Overflow::DropOldest).await;
        let shell = Self { opened: opened.map_err(|why| no_session(live, why))?, live: Arc::clone(live) };
        let write = &shell.opened.write;
        let (columns, rows) = (size.columns.into(), size.rows.into());
        let asked = write.request_pty(true, term, columns, rows, 0, 0, &[]).await;
        asked.map_err(|e| live.lost(&Cause::of(&e)))?;
        shell.opened.accepted(live, "a terminal").await?;
        write.request_shell(true).await.map_err(|e| live.lost(&Cause::of(&e)))?;
        shell.opened.accepted(live, "a shell").await?;
        Ok(shell)
    }

    /// The next bytes for the screen; `None` at the end. They are as hostile as any.
    pub async fn read(&self) -> Option<Bytes> {
        poll_fn(|cx| self.opened.intake.poll_next(cx, READ)).await
    }

    /// What was typed.
    ///
    /// # Errors
    /// The connection has ended.
    pub async fn write(&self, typed: impl Into<Bytes>) -> Result<(), Fault> {
        self.opened.write.data_bytes(typed.into()).await.map_err(|e| self.live.lost(&Cause::of(&e)))
    }

    /// The terminal has another size now.
    ///
    /// # Errors
    /// The connection has ended.
    pub async fn resize(&self, size: Size) -> Result<(), Fault> {
        let changed = self.opened.write.window_change(size.columns.into(), size.rows.into(), 0, 0).await;
        changed.map_err(|e| self.live.lost(&Cause::of(&e)))
    }

    /// Bytes that were dropped because nobody read them in time.
    pub fn lost(&self) -> u64 {
        self.opened.intake.lost()
    }

    pub async fn ended(&self) -> Exit {
        poll_fn(|cx| self.opened.intake.poll_end(cx)).await
    }
}

impl Pty for Shell {
    fn read(&self) -> BoxFuture<'_, Option<Bytes>> {
        Box::pin(Self::read(self))
    }

    fn write(&self, typed: Bytes) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(Self::write(self, typed))
    }

    fn resize(&self, size: Size) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(Self::resize(self, size))
    }

    fn ended(&self) -> BoxFuture<'_, End> {
        Box::pin(async {
            match Self::ended(self).await {
                Exit::Code(code) => End::Code(i32::try_from(code).unwrap_or(i32::MAX)),
                Exit::Signal(signal) => End::Signal(signal),
                Exit::Unknown if self.live.is_closed() => End::Fault(self.live.fault()),
                Exit::Unknown => End::Unknown,
            }
        })
    }
}
