//! What is asked of a server only while somebody looks at it: a variant a view.

use crate::domain::ids::TargetId;

use super::files::{FileList, FilePath};
use super::processes::ProcessList;
use super::units::{UnitDetail, UnitList};

/// A question to one server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerQuery {
    pub target: TargetId,
    pub what: ServerAsk,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ServerAsk {
    Processes,
    Units,
    /// One unit, with what it needs and what needs it.
    Unit(String),
    /// What a folder holds.
    Files(FilePath),
}

/// The answer to the [`ServerAsk`] of the same name.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerAnswer {
    Processes(ProcessList),
    Units(UnitList),
    Unit(Box<UnitDetail>),
    Files(FileList),
}
