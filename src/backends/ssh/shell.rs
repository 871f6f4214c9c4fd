//! A login shell on a terminal of its own.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;

use super::cause::Cause;
use super::channel::{self, Opened, To};
use super::intake::{Exit, Overflow};
use super::live::Live;
use super::process::no_session;
use crate::domain::fault::Fault;

/// Bytes that may wait for the screen; what scrolls by unread is dropped.
const WAITING: usize = 4 << 20;
const READ: usize = 64 << 10;

/// The size of a terminal, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

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
