//! What is asked of a server only while somebody looks at it: a variant a view.

use std::sync::Arc;

use crate::domain::backup::Backup;
use crate::domain::ids::TargetId;

use super::accounts::Account;
use super::certificates::Certificate;
use super::cron::CronJob;
use super::disks::{Directories, Disk};
use super::facet::{Facet, FacetText};
use super::files::{FileList, FilePath};
use super::interfaces::Traffic;
use super::jails::{Attacker, JailReport};
use super::network::Network;
use super::packages::{Packages, UpgradeJob};
use super::processes::ProcessList;
use super::surface::Surface;
use super::ufw::{Change, Preview};
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
    /// Ports, who can reach them, and the firewall before them.
    Surface,
    /// What ufw itself says that a change would do.
    Rehearsal(Box<Change>),
    Jails,
    /// What is known of an address.
    Attacker(Network),
    Disks,
    /// What this directory holds; it takes seconds of work there.
    Directories(String),
    Network,
    /// What could be newer; it takes seconds of work there.
    Packages,
    UpgradeJob,
    Accounts,
    Cron,
    /// In files and in sockets; each socket that may speak TLS is greeted.
    Certificates,
    /// As the configuration says what there is, and as pgBackRest says it by itself.
    Backups,
    /// What a folder holds.
    Files(FilePath),
    /// Something that is compared with other servers.
    Facet(Facet),
    /// What a folder of this machine holds; `None` = the one that pult was started in.
    Here(Option<FilePath>),
}

/// The answer to the [`ServerAsk`] of the same name.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerAnswer {
    Processes(ProcessList),
    Units(UnitList),
    Unit(Box<UnitDetail>),
    Surface(Arc<Surface>),
    Rehearsal(Preview),
    Jails(Arc<JailReport>),
    Attacker(Attacker),
    Disks(Vec<Disk>),
    Directories(Directories),
    Network(Traffic),
    Packages(Box<Packages>),
    /// `None` = none ran since the boot.
    UpgradeJob(Option<UpgradeJob>),
    Accounts(Vec<Account>),
    Cron(Vec<CronJob>),
    Certificates(Vec<Certificate>),
    Backups(Vec<Backup>),
    Files(FileList),
    Facet(Arc<FacetText>),
    Here(FileList),
}
