//! All connections of a session: one for each server, however many have business there and however they write
//! its name. What moves much has a second one, so that nothing small waits behind it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::asker::Asker;
use super::config::Resolver;
use super::connection::Connection;
use super::route::{self, Place};
use super::spawn::Spawn;
use super::surroundings::Surroundings;
use crate::domain::fault::Fault;
use crate::domain::server::lockout::Onward;
use crate::domain::ssh_target::SshTarget;

/// Connections that are made at the same time: a whole fleet at once would look like an attack.
const HANDSHAKES: usize = 16;

struct Inner {
    resolver: Resolver,
    asker: Asker,
    spawn: Spawn,
    stop: CancellationToken,
    connections: Mutex<HashMap<(Place, Lane), Connection>>,
    handshakes: Arc<Semaphore>,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Lane {
    /// Questions, actions, streams: what is waited for.
    Quick,
    /// Files and pages of logs.
    Bulk,
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
        let place = Place::of(&*self.0.resolver.resolve(target).await?);
        let mut connections = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Connection::new(self.clone(), target.clone());
        Ok(connections.entry((place, Lane::Quick)).or_insert_with(new).clone())
    }

    /// The connection for what moves much: all channels of a connection share one stream, and a page of a log
    /// would hold up whatever is measured meanwhile. It remembers the same logins; where a server asks for codes that
    /// are good for one, it is the one connection that is there. So nobody is asked twice.
    ///
    /// # Errors
    /// As [`Self::connection`], and what keeps that one from coming up.
    pub async fn bulk(&self, target: &SshTarget) -> Result<Connection, Fault> {
        let quick = self.connection(target).await?;
        quick.connect().await?;
        if quick.asks_each_time() {
            return Ok(quick);
        }
        let place = Place::of(&*self.0.resolver.resolve(target).await?);
        let mut connections = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(connections.entry((place, Lane::Bulk)).or_insert_with(|| quick.beside()).clone())
    }

    /// Tries again at once to connect to a server, if anybody ever needed it.
    pub fn retry(&self, target: &SshTarget) {
        let connections = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.values().filter(|connection| connection.target() == target).for_each(Connection::retry);
    }

    /// The servers that connections of this session go to through this one.
    pub async fn onward(&self, through: &SshTarget) -> Vec<Onward> {
        let others: Vec<SshTarget> = {
            let connections = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
            let quick = connections.iter().filter(|((_, lane), _)| *lane == Lane::Quick);
            quick.map(|(_, connection)| connection.target().clone()).collect()
        };
        let mut onward = Vec::new();
        for other in others {
            onward.extend(route::onward(&self.0.resolver, through, &other).await);
        }
        onward.sort_by(|a, b| a.server.cmp(&b.server));
        onward
    }

    /// Hangs up at a server. Whoever else has business there gets a new connection when he asks for one.
    ///
    /// # Errors
    /// A configuration of SSH that cannot be used: then there is no connection either.
    pub async fn close(&self, target: &SshTarget) -> Result<(), Fault> {
        let place = Place::of(&*self.0.resolver.resolve(target).await?);
        let mut connections = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, connection) in connections.extract_if(|(at, _), _| *at == place) {
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
