//! What the tests of firewalls and bans share: a bed's server as the readers and changes see it.

use jiff::Timestamp;
use pult::domain::endpoint::SudoUse;
use pult::domain::guard::Guard;
use pult::domain::ids::TargetId;
use pult::domain::mutation::Mutation;
use pult::domain::server::{ServerAction, ServerMutation, UnitVerb};
use pult::domain::ssh_target::SshTarget;
use pult::gate::{self, Authorized, Entry, Ledger, Need, Plan, Proof};
use pult::runtime::remote_host::RemoteHost;

use super::ssh_bed::User;

/// A server through a user's connections.
pub fn server(user: &User, target: &str) -> RemoteHost {
    RemoteHost { hub: user.hub.clone(), target: SshTarget::parse(target).unwrap(), sudo: SudoUse::Ask }
}

/// Only one test at a time changes the firewalls of the bed.
pub async fn alone() -> tokio::sync::MutexGuard<'static, ()> {
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    TURN.lock().await
}

/// A permission of the gate, as the functions that change something take no less.
pub fn permit() -> Authorized {
    authorized(ServerAction::Unit { unit: "x".into(), verb: UnitVerb::Start })
}

/// An action that somebody has consented to, whatever it takes.
pub fn authorized(action: ServerAction) -> Authorized {
    let mutation = ServerMutation {
        target: TargetId::server("bed"),
        name: "bed".into(),
        client: "ssh bed".into(),
        sudo: true,
        action,
    };
    let plan = Plan { command: "test", mutations: vec![Mutation::Server(mutation)] };
    let consent = gate::weigh(plan, |_| Guard::Confirm, Timestamp::UNIX_EPOCH).unwrap();
    let proof = match consent.need() {
        Need::Name(name) => Proof::Typed(name.clone()),
        _ => Proof::Yes,
    };
    gate::authorize(consent, &proof, Timestamp::UNIX_EPOCH, &mut Book).unwrap().remove(0)
}

struct Book;

impl Ledger for Book {
    fn intent(&mut self, _: &Entry) -> std::io::Result<u64> {
        Ok(1)
    }
}
