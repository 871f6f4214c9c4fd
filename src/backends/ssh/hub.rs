//! All connections of a session: one for each server, however many have business there and however they write
//! its name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::asker::Asker;
use super::config::Resolver;
use super::connection::Connection;
use super::route::Place;
use super::spawn::Spawn;
use super::surroundings::Surroundings;
use crate::domain::fault::Fault;
use crate::domain::ssh_target::SshTarget;

/// Connections that are made at the same time: a whole fleet at once would look like an attack.
const HANDSHAKES: usize = 16;

struct Inner {
    resolver: Resolver,
    asker: Asker,
    spawn: Spawn,
    stop: CancellationToken,
    connections: Mutex<HashMap<Place, Connection>>,
    handshakes: Arc<Semaphore>,
}

/// Where connections come from. Cloning is cheap; clones share them.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hub")
    }
}

impl Hub {
    /// Nothing is dialled before somebody needs it. All connections end with `stop`.
    pub fn new(around: Surroundings, asker: Asker, spawn: Spawn, stop: CancellationToken) -> Self {
        let resolver = Resolver::new(Arc::new(around));
        Self(Arc::new(Inner {
            resolver,
            asker,
            spawn,
            stop,
            connections: Mutex::default(),
            handshakes: Arc::new(Semaphore::new(HANDSHAKES)),
        }))
    }

    /// The connection to a server; it may not be up yet.
    ///
    /// # Errors
    /// A configuration of SSH that cannot be used.
    pub async fn connection(&self, target: &SshTarget) -> Result<Connection, Fault> {
        let config = self.0.resolver.resolve(target).await?;
        let mut connections = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = connections
            .entry(Place::of(&config))
            .or_insert_with(|| Connection::new(self.clone(), target.clone()));
        Ok(connection.clone())
    }

    /// Tries again at once to connect to a server, if anybody ever needed it.
    pub fn retry(&self, target: &SshTarget) {
        let connections = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.values().filter(|connection| connection.target() == target).for_each(Connection::retry);
    }

    /// Hangs up at a server. Whoever else has business there gets a new connection when he asks for one.
    ///
    /// # Errors
    /// A configuration of SSH that cannot be used: then there is no connection either.
    pub async fn close(&self, target: &SshTarget) -> Result<(), Fault> {
        let config = self.0.resolver.resolve(target).await?;
        let mut connections = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = connections.remove(&Place::of(&config)) {
            connection.close();
        }
        Ok(())
    }

    /// Waits until it is one's turn to agree on keys with a server.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.handshakes).acquire_owned().await.ok()
    }

    pub(super) fn resolver(&self) -> &Resolver {
        &self.0.resolver
    }

    pub(super) fn asker(&self) -> &Asker {
        &self.0.asker
    }

    pub(super) fn spawn(&self) -> &Spawn {
        &self.0.spawn
    }

    pub(super) fn stop(&self) -> CancellationToken {
        self.0.stop.clone()
    }
}
