//! Connections to servers as a session has them, and the engines that are reached through them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::session::Session;
use super::tasks::Tasks;
use crate::backends::docker::Docker;
use crate::backends::server::{LocalShell, Pipe, Shell};
use crate::backends::ssh::{self, Asker, Command, DockerSocket, Hub, Surroundings};
use crate::config::Environment;
use crate::domain::endpoint::{DockerEndpoint, ServerEndpoint, ServerPlace};
use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;
use crate::domain::ssh_target::SshTarget;

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

/// A shell on a server, over the one connection that leads there.
struct RemoteShell {
    hub: Hub,
    target: SshTarget,
}

impl Shell for RemoteShell {
    fn start(&self, script: String) -> BoxFuture<'_, Result<Box<dyn Pipe>, Fault>> {
        async move {
            let connection = self.hub.connection(&self.target).await?;
            let command = Command::script("exec /bin/sh -c \"$1\"").operand(&script);
            Ok(Box::new(connection.through(&command).await?) as Box<dyn Pipe>)
        }
        .boxed()
    }
}
