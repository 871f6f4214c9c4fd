//! Carries out what the gate has authorized. The only place of this backend that changes anything.

use std::time::Duration;

use bollard::models::{ContainerUpdateBody, RestartPolicy as Policy, RestartPolicyNameEnum as PolicyName};
use bollard::query_parameters as options;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::{ContainerId, ContainerKey};
use crate::domain::limits::{LimitChange, RestartPolicy};
use crate::domain::mutation::{ContainerAction, Mutation};
use crate::domain::query::{Answer, Query};
use crate::gate::Authorized;

use super::client::Docker;
use super::fault;

/// Time for an engine to do what it was asked, besides the time it waits for processes to end.
const WORK: Duration = Duration::from_secs(30);
/// The engine's own grace, where neither the action nor the container sets one.
const DEFAULT_GRACE_S: u32 = 10;
/// A grace longer than this counts as this for the deadline.
const MAX_GRACE_S: u32 = 24 * 3600;

impl Docker {
    /// Carries out an authorized mutation: the audit's sequence number, and what happened in a few words.
    ///
    /// A fault of kind `Timeout` or `Unreachable` says that the outcome is unknown, not that nothing happened.
    pub async fn perform(&self, authorized: Authorized) -> (u64, Result<String, Fault>) {
        let seq = authorized.audit_seq();
        let Mutation::Container(mutation) = authorized.mutation() else {
            let why = format!("{}: this is no container", authorized.mutation().summary());
            return (seq, Err(Fault::new(FaultKind::Bug, why)));
        };
        if mutation.target != self.id {
            let why = format!("a mutation of {} came to {}", mutation.target, self.id);
            return (seq, Err(Fault::new(FaultKind::Bug, why)));
        }
        (seq, self.carry_out(&mutation.id, &mutation.action, &authorized.mutation().summary()).await)
    }

    async fn carry_out(
        &self,
        id: &ContainerId,
        action: &ContainerAction,
        doing: &str,
    ) -> Result<String, Fault> {
        self.api().await?;
        let grace = match action {
            ContainerAction::Stop { grace_s } | ContainerAction::Restart { grace_s } => match grace_s {
                Some(s) => *s,
                None => self.own_grace(id).await?,
            },
            _ => 0,
        };
        let deadline = WORK + Duration::from_secs(u64::from(grace.min(MAX_GRACE_S)));
        let done = tokio::time::timeout(deadline, self.call(id, action)).await.map_err(|_| {
            fault::timeout(doing, deadline).hint("whether it was done is not known; look at the container")
        })?;
        match done {
            Ok(()) => Ok(past(action).to_owned()),
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 304, .. }) => {
                Ok(format!("was already {}", past(action)))
            }
            Err(e) => Err(explain(fault::from_bollard(doing, &e, self.endpoint()), action)),
        }
    }

    /// The container's own time to stop.
    async fn own_grace(&self, id: &ContainerId) -> Result<u32, Fault> {
        let key = ContainerKey { target: self.id.clone(), id: id.clone() };
        match self.ask(&Query::Inspect(key)).await {
            Ok(Answer::Inspect(i)) => Ok(i.stop_grace_s.unwrap_or(DEFAULT_GRACE_S)),
            Err(fault) if fault.kind == FaultKind::Gone || fault.kind.is_link() => Err(fault),
            // A proxy that forbids inspection may still allow the action.
            _ => Ok(DEFAULT_GRACE_S),
        }
    }

    async fn call(&self, id: &ContainerId, action: &ContainerAction) -> Result<(), bollard::errors::Error> {
        let docker = &self.bollard;
        let id = &super::transport::encode(&id.0);
        let seconds = |s: &Option<u32>| s.map(|s| i32::try_from(s).unwrap_or(i32::MAX));
        match action {
            ContainerAction::Start => docker.start_container(id, None).await,
            ContainerAction::Stop { grace_s } => {
                let how = options::StopContainerOptions { t: seconds(grace_s), signal: None };
                docker.stop_container(id, Some(how)).await
            }
            ContainerAction::Restart { grace_s } => {
                let how = options::RestartContainerOptions { t: seconds(grace_s), signal: None };
                docker.restart_container(id, Some(how)).await
            }
            ContainerAction::Pause => docker.pause_container(id).await,
            ContainerAction::Unpause => docker.unpause_container(id).await,
            ContainerAction::Kill { signal } => {
                let how = options::KillContainerOptions { signal: signal.clone() };
                docker.kill_container(id, Some(how)).await
            }
            ContainerAction::Remove { force, volumes } => {
                let how = options::RemoveContainerOptions { force: *force, v: *volumes, link: false };
                docker.remove_container(id, Some(how)).await
            }
            ContainerAction::Rename { to } => {
                docker.rename_container(id, options::RenameContainerOptions { name: to.clone() }).await
            }
            ContainerAction::Update(change) => docker.update_container(id, body(change)).await,
            // Shown from what an inspect has brought: the engine is not asked.
            ContainerAction::RevealSecrets => Ok(()),
        }
    }
}

/// The engine's form of a change. Processors go as `NanoCpus`, which every engine since 1.13 takes.
fn body(change: &LimitChange) -> ContainerUpdateBody {
    ContainerUpdateBody {
        memory: change.memory_bytes.map(|n| i64::try_from(n).unwrap_or(i64::MAX)),
        memory_swap: change.memory_swap_bytes,
        nano_cpus: change.cpus.map(|c| (c * 1e9).round() as i64),
        pids_limit: change.pids,
        restart_policy: change.restart.map(|r| {
            let (name, tries) = match r {
                RestartPolicy::No => (PolicyName::NO, 0),
                RestartPolicy::Always => (PolicyName::ALWAYS, 0),
                RestartPolicy::UnlessStopped => (PolicyName::UNLESS_STOPPED, 0),
                RestartPolicy::OnFailure(n) => (PolicyName::ON_FAILURE, i64::from(n)),
            };
            Policy { name: Some(name), maximum_retry_count: Some(tries) }
        }),
        ..ContainerUpdateBody::default()
    }
}

/// What has been done.
fn past(action: &ContainerAction) -> &'static str {
    match action {
        ContainerAction::Start => "started",
        ContainerAction::Stop { .. } => "stopped",
        ContainerAction::Restart { .. } => "restarted",
        ContainerAction::Pause => "paused",
        ContainerAction::Unpause => "unpaused",
        ContainerAction::Kill { .. } => "signalled",
        ContainerAction::Remove { .. } => "removed",
        ContainerAction::Rename { .. } => "renamed",
        ContainerAction::Update(_) => "updated",
        ContainerAction::RevealSecrets => "revealed",
    }
}

/// Adds what to do next where the engine's words alone do not say it.
fn explain(fault: Fault, action: &ContainerAction) -> Fault {
    if fault.hint.is_some() {
        return fault;
    }
    match (fault.kind, action) {
        (FaultKind::Gone, _) => fault.hint("it was removed meanwhile"),
        (FaultKind::Unreachable, _) => fault.hint("whether it was done is not known; look at the container"),
        (FaultKind::Conflict, ContainerAction::Rename { .. }) => {
            fault.hint("choose another name, or rename the other one first")
        }
        (FaultKind::Conflict, ContainerAction::Pause | ContainerAction::Kill { .. }) => {
            fault.hint("it has to run for that")
        }
        (FaultKind::Failed, ContainerAction::Start) => fault.hint("its logs and `docker inspect` say more"),
        _ => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_as_the_engine_takes_them() {
        let change = LimitChange {
            cpus: Some(1.5),
            memory_bytes: Some(1 << 30),
            restart: Some(RestartPolicy::OnFailure(3)),
            ..Default::default()
        };
        let json = serde_json::to_value(body(&change)).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"Memory": 1_073_741_824, "NanoCpus": 1_500_000_000, "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}})
        );
    }
}
