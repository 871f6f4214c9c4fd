//! The journal of a server, as the journal's backend asks it: over SSH, with no more rights than it takes.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use tokio::sync::OnceCell;

use super::remote_clock;
use crate::backends::argv::Argv;
use crate::backends::journal::Machine;
use crate::backends::process::Program;
use crate::backends::ssh::{Connection, Hub, Rights};
use crate::domain::fault::Fault;
use crate::domain::ssh_target::SshTarget;

/// For what is asked besides the journal itself.
const DEADLINE: Duration = Duration::from_secs(10);
/// Succeeds when the account may read all of the journal by itself: journalctl(1) names the groups. So sudo is
/// used only where it is needed: each of its uses is logged there, in the very journal that is read.
const MAY_READ: &str = "[ \"$(id -u)\" = 0 ] && exit 0; for g in $(id -Gn); do case $g in \
    systemd-journal|adm|wheel) exit 0;; esac; done; exit 1";

/// A server's journal.
pub struct RemoteJournal {
    hub: Hub,
    target: SshTarget,
    /// Rights that are free to be had may be used.
    sudo: bool,
    /// The account may read all of it by itself.
    may_read: OnceCell<bool>,
}

impl RemoteJournal {
    pub fn new(hub: Hub, target: SshTarget, sudo: bool) -> Self {
        Self { hub, target, sudo, may_read: OnceCell::new() }
    }

    async fn may_read(&self, connection: &Connection) -> Result<bool, Fault> {
        let ask = || async {
            let output = connection.exec(&Argv::script(MAY_READ), DEADLINE).await?;
            Ok(output.exit.is_success())
        };
        self.may_read.get_or_try_init(ask).await.copied()
    }
}

impl Machine for RemoteJournal {
    fn ask(&self, arguments: Vec<String>, max_line: usize) -> BoxFuture<'_, Result<Program, Fault>> {
        async move {
            let connection = self.hub.bulk(&self.target).await?;
            let as_root = self.sudo && !self.may_read(&connection).await?;
            let argv = arguments.into_iter().fold(Argv::new("journalctl"), Argv::assigned);
            connection.program(&argv, as_root, max_line).await
        }
        .boxed()
    }

    fn complains_within(&self) -> Duration {
        // The way there and back comes on top.
        Duration::from_secs(1)
    }

    fn remark(&self) -> BoxFuture<'_, Option<String>> {
        async move {
            let connection = self.hub.connection(&self.target).await.ok()?;
            if self.may_read(&connection).await.ok()?
                || self.sudo && connection.rights().await.ok()? == Rights::Sudo
            {
                return None;
            }
            let text = "only what the account's own processes wrote: for all of the journal run there \
                        `sudo usermod -aG systemd-journal $USER`, then connect again";
            Some(text.to_owned())
        }
        .boxed()
    }

    fn ahead(&self) -> BoxFuture<'_, Option<SignedDuration>> {
        // Who cannot tell it cannot be read either: that fault is told there.
        async move { remote_clock::ahead(&self.hub, &self.target).await.ok().flatten() }.boxed()
    }
}
