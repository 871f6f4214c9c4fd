//! What a command of `pult do` could act on: everything of its kind at the chosen targets, and what acts there.

use futures_util::future::join_all;

use super::{Failure, Session, engines, guarded, hosts};
use crate::backends::docker::Docker;
use crate::command::{Object, ObjectKind, Subject};
use crate::domain::container::Container;
use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;
use crate::domain::server::{ServerAnswer, ServerAsk};
use crate::runtime::actors::Actor;

/// Everything that could be meant.
pub struct Gathered {
    pub subjects: Vec<Subject>,
    pub actors: Vec<(TargetId, Actor)>,
    /// Targets that did not answer.
    pub faults: Vec<(TargetId, Fault)>,
}

/// Asks all chosen targets that have objects of this kind.
///
/// # Errors
/// When there is no such target.
pub async fn gather(session: &Session, kind: ObjectKind) -> Result<Gathered, Failure> {
    match kind {
        ObjectKind::Container => containers(session).await,
        ObjectKind::Unit => servers(session, kind, ServerAsk::Units).await,
        ObjectKind::Process => servers(session, kind, ServerAsk::Processes).await,
        ObjectKind::Port | ObjectKind::Rule | ObjectKind::Firewall => {
            servers(session, kind, ServerAsk::Surface).await
        }
        ObjectKind::Jail | ObjectKind::Ban => servers(session, kind, ServerAsk::Jails).await,
        ObjectKind::File | ObjectKind::LocalFile => {
            Err(Failure::Usage("files are changed in the panel: `pult`, a server, its files".to_owned()))
        }
        ObjectKind::Check => Err(Failure::Usage("checks are asked by `pult get checks [NAME…]`".to_owned())),
        ObjectKind::Package => servers(session, kind, ServerAsk::Packages).await,
        ObjectKind::Server => whole_servers(session).await,
    }
}

async fn containers(session: &Session) -> Result<Gathered, Failure> {
    let clients = engines::open(session)?;
    let (mut subjects, mut faults) = (Vec::new(), Vec::new());
    for (target, answer) in engines::ask(&clients, Docker::list).await {
        match answer {
            Ok(rows) => subjects.extend(rows.iter().map(|c| container(session, c))),
            Err(fault) => faults.push((target, fault)),
        }
    }
    let actors = clients.into_iter().map(|client| (client.id().clone(), Actor::Engine(client)));
    Ok(Gathered { subjects, actors: actors.collect(), faults })
}

fn container(session: &Session, c: &Container) -> Subject {
    let what = Object::Container { id: c.id.clone(), state: c.state };
    subject(session, &c.target, c.name.clone(), what)
}

async fn servers(session: &Session, kind: ObjectKind, what: ServerAsk) -> Result<Gathered, Failure> {
    let hosts = hosts::open(session)?;
    let answers = hosts.iter().map(async |(id, host)| {
        // Whether sudo has to stand before it.
        let account = hosts::account(host.reader()).await;
        (id, account, host.ask(&what).await)
    });
    let (mut subjects, mut faults) = (Vec::new(), Vec::new());
    for (id, account, answer) in join_all(answers).await {
        let (account, answer) = match (account, answer) {
            (Ok(account), Ok(answer)) => (account, answer),
            (Err(fault), _) | (_, Err(fault)) => {
                faults.push((id.clone(), fault));
                continue;
            }
        };
        match answer {
            ServerAnswer::Units(list) => subjects.extend(list.units.into_iter().map(|unit| {
                let what = Object::Unit { unit: Box::new(unit.clone()), sudo: !account.root };
                subject(session, id, unit.name, what)
            })),
            ServerAnswer::Processes(list) => subjects.extend(list.processes.into_iter().map(|process| {
                let own = process.user.as_deref() == Some(account.name.as_str());
                let what = Object::Process { id: process.id(), sudo: !account.root && !own };
                subject(session, id, process.name, what)
            })),
            ServerAnswer::Surface(surface) => {
                let all = guarded::of_surface(kind, &surface, !account.root, &id.name);
                subjects.extend(all.into_iter().map(|(name, what)| subject(session, id, name, what)));
            }
            ServerAnswer::Jails(report) => {
                let all = guarded::of_jails(kind, &report, !account.root);
                subjects.extend(all.into_iter().map(|(name, what)| subject(session, id, name, what)));
            }
            ServerAnswer::Packages(all) => subjects.extend(all.packages.into_iter().map(|package| {
                let what = Object::Package { package: Box::new(package.clone()), sudo: !account.root };
                subject(session, id, package.name, what)
            })),
            _ => {}
        }
    }
    let actors = hosts.iter().map(|(id, host)| (id.clone(), Actor::Server(host.actor())));
    Ok(Gathered { subjects, actors: actors.collect(), faults })
}

/// Servers themselves, by their names in the configuration.
async fn whole_servers(session: &Session) -> Result<Gathered, Failure> {
    let hosts = hosts::open(session)?;
    let answers = hosts.iter().map(async |(id, host)| (id, hosts::account(host.reader()).await));
    let (mut subjects, mut faults) = (Vec::new(), Vec::new());
    for (id, account) in join_all(answers).await {
        match account {
            Ok(account) => {
                subjects.push(subject(
                    session,
                    id,
                    id.name.to_string(),
                    Object::Server { sudo: !account.root },
                ));
            }
            Err(fault) => faults.push((id.clone(), fault)),
        }
    }
    let actors = hosts.iter().map(|(id, host)| (id.clone(), Actor::Server(host.actor())));
    Ok(Gathered { subjects, actors: actors.collect(), faults })
}

fn subject(session: &Session, target: &TargetId, name: String, what: Object) -> Subject {
    let (guard, client) = (session.profile.guard(target), session.profile.client(target));
    Subject { target: target.clone(), name, what, guard, client, blocked: None }
}
