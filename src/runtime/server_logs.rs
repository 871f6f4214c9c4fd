//! The logs of servers as sources of lines: what reads a server's journal and its files, by its name. The panel,
//! the flight recorder and `pult logs` open them here.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::remote_disk::RemoteDisk;
use super::remote_journal::RemoteJournal;
use super::root_reads::RootReads;
use crate::backends::files::{FileLog, Origin};
use crate::backends::journal::JournalLog;
use crate::backends::log_source::LogSource;
use crate::backends::ssh::Hub;
use crate::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::log::{HostLog, LogSourceId};

struct Inner {
    hub: Hub,
    places: HashMap<TargetId, ServerEndpoint>,
    read_only: bool,
    /// Hears what is read with the rights of root.
    reads: OnceLock<RootReads>,
    /// One for each server whose files are read.
    disks: Mutex<HashMap<TargetId, RemoteDisk>>,
}

/// The logs of all servers of a session. Cheap to clone.
#[derive(Clone)]
pub struct ServerLogs(Arc<Inner>);

impl ServerLogs {
    pub fn new<'e>(
        hub: &Hub,
        servers: impl IntoIterator<Item = &'e (TargetId, ServerEndpoint)>,
        read_only: bool,
    ) -> Self {
        let places = servers.into_iter().cloned().collect();
        Self(Arc::new(Inner {
            hub: hub.clone(),
            places,
            read_only,
            reads: OnceLock::new(),
            disks: Mutex::default(),
        }))
    }

    /// Tells the audit of files that are read with the rights of root.
    #[must_use]
    pub fn audited(self, reads: RootReads) -> Self {
        // The first one stays.
        let _again = self.0.reads.set(reads);
        self
    }

    /// All servers of the session.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.places.keys().map(|id| id.name.to_string()).collect();
        names.sort_unstable();
        names
    }

    /// A server of the session has this name.
    pub fn knows(&self, name: &str) -> bool {
        self.0.places.contains_key(&TargetId::server(name))
    }

    /// The source; nothing is dialled before it is read.
    ///
    /// # Errors
    /// `Gone` when the server is none of this session.
    pub fn source(&self, server: &TargetId, log: &HostLog) -> Result<Arc<dyn LogSource>, Fault> {
        let Inner { places, read_only, .. } = &*self.0;
        let endpoint = places.get(server).ok_or_else(|| {
            Fault::new(FaultKind::Gone, format!("{server} is no target of this session"))
                .hint("`pult get targets` lists them")
        })?;
        let id = LogSourceId::Server(server.clone(), log.clone());
        let sudo = !read_only && endpoint.sudo != SudoUse::Never;
        Ok(match (&endpoint.place, log) {
            (ServerPlace::Local, HostLog::File(path)) => Arc::new(FileLog::new(path.clone())),
            (ServerPlace::Local, HostLog::Journal(unit)) => Arc::new(JournalLog::new(unit.clone())),
            (ServerPlace::Ssh(target), HostLog::Journal(unit)) => {
                let machine = RemoteJournal::new(self.0.hub.clone(), target.clone(), sudo);
                Arc::new(JournalLog::at(Arc::new(machine), id, unit.as_ref()))
            }
            (ServerPlace::Ssh(target), HostLog::File(path)) => {
                let mut disks = self.0.disks.lock().unwrap_or_else(PoisonError::into_inner);
                let reads = self.0.reads.get().map(|reads| (reads.clone(), server.clone()));
                let new = || RemoteDisk::new(self.0.hub.clone(), target.clone(), sudo, reads);
                let disk = Arc::new(disks.entry(server.clone()).or_insert_with(new).clone());
                Arc::new(FileLog::at(Origin { disk, path: PathBuf::from(&**path) }, id))
            }
        })
    }
}
