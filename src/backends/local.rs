//! The sources of this machine by their names.

use std::sync::Arc;

use super::files::FileLog;
use super::journal::JournalLog;
use super::log_source::LogSource;
use super::stdin::StdinLog;
use crate::domain::log::LogSourceId;

/// The source, if it is one of this machine; recordings are in a state directory that is not known here.
pub fn local_source(id: &LogSourceId) -> Option<Arc<dyn LogSource>> {
    Some(match id {
        LogSourceId::File(path) => Arc::new(FileLog::new(Arc::clone(path))),
        LogSourceId::Journal(unit) => Arc::new(JournalLog::new(unit.clone())),
        LogSourceId::Stdin => Arc::new(StdinLog::default()),
        LogSourceId::Container(_) | LogSourceId::Recording(_) | LogSourceId::Server(..) => return None,
    })
}
