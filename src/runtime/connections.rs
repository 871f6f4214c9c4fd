//! Connections to servers as a session has them, and the engines that are reached through them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::remote_host::{RemoteHost, RemoteShell};
use super::session::Session;
use super::tasks::Tasks;
use crate::backends::docker::Docker;
use crate::backends::server::{Host, LocalHost, LocalShell, Shell};
use crate::backends::ssh::{self, Asker, DockerSocket, Hub, Surroundings};
use crate::config::Environment;
use crate::domain::endpoint::{DockerEndpoint, ServerEndpoint, ServerPlace, SudoUse};
use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;

/// All connections of a session; nothing is dialled yet. They end with the tasks.
pub fn hub(env: &Environment, ssh_config: Option<&Path>, asker: Asker, tasks: &Tasks) -> Hub {
    let around = Surroundings {
        home: env.home.clone(),
        user: Session::current().user,
        agent: env.var("SSH_AUTH_SOCK").map(PathBuf::from),
        config: ssh_config.map(Path::to_owned),
        program: Some("ssh".into()),
    };
    Hub::new(around, asker, tasks.spawner(), tasks.stop())
}

/// The hosts that ssh_config names, for lists: nobody is dialled.
pub fn ssh_hosts(home: Option<PathBuf>, ssh_config: Option<&Path>) -> Vec<String> {
    let config = ssh_config.map(Path::to_owned);
    ssh::hosts(&Surroundings { home, config, ..Surroundings::default() })
}

/// The client of an engine, by whatever leads to it.
///
/// # Errors
/// An address that leads nowhere; connections are made later.
pub fn docker(hub: &Hub, id: &TargetId, endpoint: &DockerEndpoint, read_only: bool) -> Result<Docker, Fault> {
    match endpoint {
        DockerEndpoint::Ssh { url } => {
            let socket = DockerSocket::new(hub.clone(), url)?;
            Docker::through(id.clone(), endpoint.clone(), read_only, Arc::new(socket))
        }
        _ => Docker::new(id.clone(), endpoint.clone(), read_only),
    }
}

/// Where a server's shell runs.
pub fn shell(hub: &Hub, endpoint: &ServerEndpoint) -> Arc<dyn Shell> {
    match &endpoint.place {
        ServerPlace::Local => Arc::new(LocalShell),
        ServerPlace::Ssh(target) => Arc::new(RemoteShell { hub: hub.clone(), target: target.clone() }),
    }
}

/// What runs commands on a server, with no more rights than this.
pub fn host(hub: &Hub, endpoint: &ServerEndpoint, sudo: SudoUse) -> Arc<dyn Host> {
    match &endpoint.place {
        ServerPlace::Local => Arc::new(LocalHost { sudo }),
        ServerPlace::Ssh(target) => Arc::new(RemoteHost { hub: hub.clone(), target: target.clone(), sudo }),
    }
}
