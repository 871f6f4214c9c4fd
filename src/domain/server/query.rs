//! What is asked of a server only while somebody looks at it: a variant a view.

use crate::domain::ids::TargetId;

use super::disks::{Directories, Disk};
use super::files::{FileList, FilePath};
use super::interfaces::Traffic;
use super::packages::{Packages, UpgradeJob};
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
    Disks,
    /// What this directory holds; it takes seconds of work there.
    Directories(String),
    Network,
    /// What could be newer; it takes seconds of work there.
    Packages,
    UpgradeJob,
    /// What a folder holds.
    Files(FilePath),
}

/// The answer to the [`ServerAsk`] of the same name.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerAnswer {
    Processes(ProcessList),
    Units(UnitList),
    Unit(Box<UnitDetail>),
    Disks(Vec<Disk>),
    Directories(Directories),
    Network(Traffic),
    Packages(Box<Packages>),
    /// `None` = none ran since the boot.
    UpgradeJob(Option<UpgradeJob>),
    Files(FileList),
}
