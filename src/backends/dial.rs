//! Byte streams for a backend that does not know by what they come: a program, another backend's connection.

use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::domain::fault::Fault;

/// Both directions of a stream.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Opens streams to one place. Keeps its own deadlines.
pub trait Dial: Send + Sync {
    /// A new stream.
    fn open(&self) -> BoxFuture<'_, Result<Box<dyn Io>, Fault>>;

    /// A person wants another attempt, also where none is made by itself any more.
    fn retry(&self);
}
