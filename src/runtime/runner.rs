//! Where scripts for a server run: on this machine, or over the one connection that leads there.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::backends::argv::Argv;
use crate::backends::server::dead_man::Knock;
use crate::backends::server::run::{Answer, As, Job, LocalRun, Run};
use crate::backends::ssh::{Exit, Hub, Rights};
use crate::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ssh_target::SshTarget;

/// What runs scripts on a server.
pub fn runner(hub: &Hub, endpoint: &ServerEndpoint, read_only: bool) -> Arc<dyn Run> {
    let sudo = if read_only { SudoUse::Never } else { endpoint.sudo };
    match &endpoint.place {
        ServerPlace::Local => Arc::new(LocalRun { sudo: sudo != SudoUse::Never }),
        ServerPlace::Ssh(target) => Arc::new(RemoteRun { hub: hub.clone(), target: target.clone(), sudo }),
    }
}

/// A server over SSH.
#[derive(Debug, Clone)]
pub struct RemoteRun {
    pub hub: Hub,
    pub target: SshTarget,
    pub sudo: SudoUse,
}

impl Run for RemoteRun {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Answer, Fault>> {
        async move {
            let connection = self.hub.connection(&self.target).await?;
            let command = job.operands.iter().fold(Argv::script(job.script), |c, operand| c.operand(operand));
            let as_root = match (job.rights, self.sudo) {
                (As::Ourselves, _) | (As::Root, SudoUse::Never) => false,
                (As::Root, SudoUse::Ask) => true,
                (As::Root, SudoUse::NoPassword) => {
                    if connection.rights().await? == Rights::Password {
                        let message = format!(
                            "{} takes the rights of root at {}, and sudo wants a password",
                            job.what, self.target
                        );
                        return Err(Fault::new(FaultKind::Denied, message)
                            .hint("sudo = \"ask\" in its [[server]] section lets pult ask for it"));
                    }
                    true
                }
            };
            let output = match as_root {
                true => connection.exec_as_root(&command, job.deadline).await?,
                false => connection.exec(&command, job.deadline).await?,
            };
            let code = match output.exit {
                Exit::Code(code) => Some(code),
                Exit::Signal(_) | Exit::Unknown => None,
            };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Ok(Answer { code, stdout: text(&output.stdout), stderr: text(&output.stderr) })
        }
        .boxed()
    }
}

impl Knock for RemoteRun {
    fn knock(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async move { self.hub.connection(&self.target).await?.knock().await }.boxed()
    }
}
