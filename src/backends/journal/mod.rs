//! The journal of a machine as a source of lines: of one unit, or all of it. `journalctl` reads it, here or
//! wherever a [`Machine`] runs it.

mod entry;
mod find;
mod journalctl;
mod page;
mod reading;
mod stored;

use std::ffi::OsString;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::log_source::{LogBatches, LogRange, LogReader, LogReading, LogSource};
use crate::domain::fault::Fault;
use crate::domain::log::LogSourceId;
use journalctl::{Here, Journalctl};

pub use journalctl::Machine;

/// A journal.
pub struct JournalLog {
    id: LogSourceId,
    journal: Journalctl,
}

impl JournalLog {
    /// That of this machine. Nothing is asked before it is read.
    pub fn new(unit: Option<Arc<str>>) -> Self {
        Self::asking("journalctl".into(), unit, Vec::new())
    }

    /// As another program tells it, with more arguments for every question.
    pub fn asking(program: OsString, unit: Option<Arc<str>>, more: Vec<String>) -> Self {
        let journal = Journalctl::new(Arc::new(Here { program }), unit.as_ref(), more);
        Self { id: LogSourceId::Journal(unit), journal }
    }

    /// That of another place.
    pub fn at(machine: Arc<dyn Machine>, id: LogSourceId, unit: Option<&Arc<str>>) -> Self {
        Self { id, journal: Journalctl::new(machine, unit, Vec::new()) }
    }
}

impl LogSource for JournalLog {
    fn id(&self) -> LogSourceId {
        self.id.clone()
    }

    fn stored(&self, range: LogRange) -> BoxFuture<'_, Result<LogBatches, Fault>> {
        Box::pin(async move { stored::stored(self.journal.clone(), range).await })
    }

    fn read(self: Arc<Self>, reading: LogReading, reader: LogReader) -> BoxFuture<'static, ()> {
        Box::pin(async move { reading::read(self.journal.clone(), reading, reader).await })
    }
}
