//! A server behind SSH, as the backends of servers use it: its shell, and commands run to their end.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::backends::argv::Argv;
use crate::backends::server::{Host, Output, Pipe, Run, Shell, Who, never_root, no_unasked_root};
use crate::backends::ssh::{self, Exit, Hub, Rights};
use crate::domain::endpoint::SudoUse;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::lockout::Onward;
use crate::domain::ssh_target::SshTarget;

/// A shell on a server, over the one connection that leads there.
pub struct RemoteShell {
    pub hub: Hub,
    pub target: SshTarget,
}

impl Shell for RemoteShell {
    fn start(&self, script: String) -> BoxFuture<'_, Result<Box<dyn Pipe>, Fault>> {
        async move {
            let connection = self.hub.connection(&self.target).await?;
            let argv = Argv::script("exec /bin/sh -c \"$1\"").operand(&script);
            Ok(Box::new(connection.through(&argv).await?) as Box<dyn Pipe>)
        }
        .boxed()
    }
}

/// What a command said, if nothing of it is missing.
///
/// # Errors
/// It printed more than is read.
pub(super) fn whole(target: &SshTarget, argv: &Argv, output: ssh::Output) -> Result<Output, Fault> {
    if output.lost > 0 {
        let message = format!("{target}: {} printed too much to be read", argv.program());
        return Err(Fault::new(FaultKind::Protocol, message));
    }
    let code = match output.exit {
        Exit::Code(code) => i32::try_from(code).ok(),
        _ => None,
    };
    Ok(Output { code, stdout: output.stdout, stderr: output.stderr })
}

/// Commands on a server.
#[derive(Clone)]
pub struct RemoteHost {
    pub hub: Hub,
    pub target: SshTarget,
    /// What may be done to become root.
    pub sudo: SudoUse,
}

impl Host for RemoteHost {
    fn run(&self, run: Run) -> BoxFuture<'_, Result<Output, Fault>> {
        async move {
            let connection = self.hub.connection(&self.target).await?;
            let Run { argv, who, input, deadline } = run;
            let output = match who {
                Who::Account => connection.exec_with(&argv, &input, deadline).await?,
                Who::Root => {
                    match (self.sudo, connection.rights().await?) {
                        (_, Rights::Root)
                        | (SudoUse::Ask, _)
                        | (SudoUse::NoPassword, Rights::Sudo | Rights::Own) => {}
                        (SudoUse::Never, _) => return Err(never_root()),
                        (SudoUse::NoPassword, Rights::Password) => return Err(no_unasked_root()),
                    }
                    connection.exec_as_root_with(&argv, &input, deadline).await?
                }
            };
            whole(&self.target, &argv, output)
        }
        .boxed()
    }

    fn dial<'a>(&'a self, name: &'a str, port: u16) -> BoxFuture<'a, Result<Box<dyn Pipe>, Fault>> {
        async move {
            let connection = self.hub.connection(&self.target).await?;
            Ok(Box::new(connection.tcp(name, port).await?) as Box<dyn Pipe>)
        }
        .boxed()
    }

    fn onward(&self) -> BoxFuture<'_, Vec<Onward>> {
        self.hub.onward(&self.target).boxed()
    }

    fn knock(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async move { self.hub.connection(&self.target).await?.knock().await }.boxed()
    }
}
