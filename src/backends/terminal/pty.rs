//! The far end of a terminal, wherever it is.

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::domain::fault::Fault;
use crate::domain::terminal::{End, Size};

/// A program on a terminal. Dropping it hangs up.
pub trait Pty: Send + Sync + 'static {
    /// What it printed; `None` at the end. May be dropped while it waits without a loss.
    fn read(&self) -> BoxFuture<'_, Option<Bytes>>;

    /// What was typed.
    ///
    /// # Errors
    /// It cannot be reached any more.
    fn write(&self, typed: Bytes) -> BoxFuture<'_, Result<(), Fault>>;

    /// The terminal has another size now.
    ///
    /// # Errors
    /// It cannot be reached any more.
    fn resize(&self, size: Size) -> BoxFuture<'_, Result<(), Fault>>;

    /// How it ended; asked after [`Self::read`] has said so.
    fn ended(&self) -> BoxFuture<'_, End>;

    /// What is to be done before it is dropped, where dropping alone would leave the program behind.
    fn hang_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}
