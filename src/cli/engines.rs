//! The engines a command works on: opened together, asked at the same time, so that a dead one costs its own
//! deadline and nothing else.

use futures_util::future::join_all;

use super::{Failure, Session};
use crate::backends::docker::Docker;
use crate::domain::fault::Fault;
use crate::domain::ids::{TargetId, TargetKind};
use crate::runtime::connections;

/// Clients of all chosen engines; nothing is dialled yet.
///
/// # Errors
/// When there is no engine: what was looked for and what would help.
pub fn open(session: &Session) -> Result<Vec<Docker>, Failure> {
    let profile = &session.profile;
    if profile.docker.is_empty() {
        return Err(none(session));
    }
    let hub = session.hub();
    profile
        .docker
        .iter()
        .map(|(id, endpoint)| {
            // A read-only session's clients have no verbs at all; a guard alone is the gate's affair.
            connections::docker(&hub, id, endpoint, profile.read_only)
                .map_err(|fault| Failure::Fault(id.clone(), fault))
        })
        .collect()
}

/// Asks every engine the same at the same time; the answers are in the order of the engines.
pub async fn ask<'e, T, F>(
    engines: &'e [Docker],
    question: impl Fn(&'e Docker) -> F,
) -> Vec<(TargetId, Result<T, Fault>)>
where
    F: Future<Output = Result<T, Fault>>,
{
    let question = &question;
    join_all(engines.iter().map(|engine| async move { (engine.id().clone(), question(engine).await) })).await
}

fn none(session: &Session) -> Failure {
    let profile = &session.profile;
    if profile.targets.iter().any(|t| t.id.kind != TargetKind::Docker) && profile.looked_for.is_empty() {
        return Failure::Usage("none of the chosen targets is a Docker engine".into());
    }
    if let Some((id, _)) = profile.listed.first() {
        return Failure::Usage(format!(
            "no Docker engine is dialled unasked here; name one: --target {}",
            id.name
        ));
    }
    let mut message = "no Docker engine found".to_owned();
    for place in &profile.looked_for {
        message.push_str("\n  ");
        message.push_str(place);
    }
    if let Some(advice) = &profile.advice {
        message.push_str("\n  what helps: ");
        message.push_str(advice);
    }
    Failure::Unreached(message)
}
