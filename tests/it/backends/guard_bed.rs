//! What the tests of firewalls and bans share: a bed's server as the readers and changes see it.

use pult::domain::endpoint::SudoUse;
use pult::domain::ssh_target::SshTarget;
use pult::runtime::runner::RemoteRun;

use super::ssh_bed::User;

/// A server through a user's connections.
pub fn server(user: &User, target: &str) -> RemoteRun {
    RemoteRun { hub: user.hub.clone(), target: SshTarget::parse(target).unwrap(), sudo: SudoUse::Ask }
}

/// Only one test at a time changes the firewalls of the bed.
pub async fn alone() -> tokio::sync::MutexGuard<'static, ()> {
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    TURN.lock().await
}
