//! Files as sources of lines, those of this machine and, through a [`Disk`], of others: their end, what is appended, what is older, also in rotated and
//! compressed parts.

mod chain;
mod disk;
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

pub use disk::{Content, Disk, Kind, Origin, Status};

pub(super) use chain::Place;
pub(super) use find::{Needle, Searching};
pub(super) use page::Pager;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::log_source::{LogBatches, LogRange, LogReader, LogReading, LogSource};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::LogSourceId;

/// The rotated parts older than a file, the newest first.
pub fn rotated_parts(origin: &Origin) -> Vec<PathBuf> {
    rotated::siblings(origin).into_iter().map(|sibling| sibling.path).collect()
}

/// A file.
pub struct FileLog {
    id: LogSourceId,
    origin: Origin,
}

impl FileLog {
    /// One of this machine. Nothing is opened before it is read.
    pub fn new(path: Arc<str>) -> Self {
        Self { origin: Origin::from(Path::new(&*path)), id: LogSourceId::File(path) }
    }

    /// One of another disk.
    pub fn at(origin: Origin, id: LogSourceId) -> Self {
        Self { id, origin }
    }
}

impl LogSource for FileLog {
    fn id(&self) -> LogSourceId {
        self.id.clone()
    }

    fn stored(&self, range: LogRange) -> BoxFuture<'_, Result<LogBatches, Fault>> {
        Box::pin(async move { stored::stored(self.origin.clone(), range).await })
    }

    fn read(self: Arc<Self>, reading: LogReading, reader: LogReader) -> BoxFuture<'static, ()> {
        Box::pin(async move { reading::read(self.origin.clone(), reading, reader).await })
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
