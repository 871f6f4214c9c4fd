//! Where a server's shell runs.

use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::domain::fault::Fault;

/// What a running script reads and prints. Dropping it ends the script: its input ends.
pub trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

/// Starts scripts on one server.
pub trait Shell: Send + Sync + 'static {
    /// Runs `/bin/sh -c SCRIPT`. The script holds no single quote and no line end, so that any login shell
    /// hands it on as it is.
    ///
    /// # Errors
    /// Why the server cannot be reached, in the words of what reaches it.
    fn start(&self, script: String) -> BoxFuture<'_, Result<Box<dyn Pipe>, Fault>>;
}
