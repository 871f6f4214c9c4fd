//! Files of this machine as sources of lines: their end, what is appended, what is older, also in rotated and
//! compressed parts.

mod chain;
mod find;
mod follow;
mod lines;
mod open;
mod packed;
mod page;
mod reading;
mod rotated;
mod seek;
mod stored;
mod text;
pub(super) mod times;
mod tracked;

pub(super) use chain::Place;
pub(super) use find::{Needle, Searching};
pub(super) use page::Pager;

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::log_source::{LogBatches, LogRange, LogReader, LogReading, LogSource};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::LogSourceId;

/// A file of this machine.
pub struct FileLog {
    path: Arc<str>,
}

impl FileLog {
    /// Nothing is opened before it is read.
    pub fn new(path: Arc<str>) -> Self {
        Self { path }
    }
}

impl LogSource for FileLog {
    fn id(&self) -> LogSourceId {
        LogSourceId::File(Arc::clone(&self.path))
    }

    fn stored(&self, range: LogRange) -> BoxFuture<'_, Result<LogBatches, Fault>> {
        Box::pin(async move { stored::stored(self.path.as_ref().as_ref(), range).await })
    }

    fn read(self: Arc<Self>, reading: LogReading, reader: LogReader) -> BoxFuture<'static, ()> {
        Box::pin(async move { reading::read(&PathBuf::from(self.path.as_ref()), reading, reader).await })
    }
}

/// Does work that may wait for a disk, where waiting is allowed.
///
/// # Errors
/// `Bug` when it panicked.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    // Not a task of its own: it is waited for right here.
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Fault::new(FaultKind::Bug, "reading a file failed inside of pult"))
}
