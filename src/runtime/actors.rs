//! What carries out an authorized action at its target: an engine's client, or a server.

use std::sync::Arc;

use super::engines::Engines;
use super::servers::Servers;
use crate::backends::docker::Docker;
use crate::backends::server::dead_man::Stage;
use crate::backends::server::{self, Host, ufw};
use crate::domain::fault::Fault;
use crate::domain::ids::{TargetId, TargetKind};
use crate::domain::mutation::Mutation;
use crate::domain::server::ufw::Preview;
use crate::domain::server::{ServerAction, ServerMutation};
use crate::gate::Authorized;

/// One target that can be acted on.
#[derive(Clone)]
pub enum Actor {
    Engine(Docker),
    Server(Arc<dyn Host>),
}

impl Actor {
    /// Does it; what happened in a few words.
    ///
    /// # Errors
    /// Why it was not done; of kind `Timeout` or `Unreachable`: nobody knows whether it was.
    pub async fn perform(
        &self,
        authorized: Authorized,
        on_stage: &(dyn Fn(Stage) + Sync),
    ) -> Result<String, Fault> {
        match self {
            Self::Engine(docker) => docker.perform(authorized).await.1,
            Self::Server(host) => server::perform_telling(&**host, authorized, on_stage).await,
        }
    }

    /// What a change's own program says that it would do; `None` where nothing can be asked. Nothing happens.
    pub async fn rehearse(&self, mutation: &Mutation) -> Option<Result<Preview, Fault>> {
        match (self, mutation) {
            (
                Self::Server(host),
                Mutation::Server(ServerMutation { action: ServerAction::Firewall(change), .. }),
            ) if change.change.has_preview() => Some(ufw::preview(&**host, &change.change).await),
            _ => None,
        }
    }
}

/// All targets of the panel's session.
#[derive(Clone, Copy)]
pub struct Actors<'a> {
    pub engines: &'a Engines,
    pub servers: &'a Servers,
}

impl Actors<'_> {
    /// # Errors
    /// When the target is not one of this session, or nothing can act on its kind.
    pub fn of(&self, id: &TargetId) -> Result<Actor, Fault> {
        match id.kind {
            TargetKind::Server => self.servers.actor(id).map(Actor::Server),
            TargetKind::Docker | TargetKind::Postgres | TargetKind::Kubernetes => {
                self.engines.client(id).map(Actor::Engine)
            }
        }
    }
}
