//! Everything pult can change. One exhaustive place: a new variant does not compile until its danger,
//! its words and its equivalent command line are written.

use std::borrow::Cow;

use super::ids::{ContainerId, TargetId};
use super::limits::LimitChange;
use super::quantity;
use super::question::QuestionId;
use super::server::transfer::Way;
use super::server::{ServerMutation, Transfer};
use super::shell::OpenShell;
use super::shell_word::sh_quote;
use super::trust::TrustHost;

/// How bad a mistake would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// Can be taken back by another action (stop ↔ start).
    Mutate,
    /// Data or state is gone afterwards.
    Destroy,
}

impl Danger {
    pub fn word(self) -> &'static str {
        match self {
            Self::Mutate => "mutate",
            Self::Destroy => "destroy",
        }
    }
}

/// One change at one target.
#[derive(Debug, Clone, PartialEq)]
pub enum Mutation {
    Container(ContainerMutation),
    TrustHost(TrustHost),
    Server(ServerMutation),
    /// A terminal with a shell on it. It is under way until the shell has ended.
    Shell(OpenShell),
    /// A copy between this machine and a server.
    Transfer(Box<Transfer>),
}

/// A change of one container, bound to its id: a list that moves cannot retarget it.
#[derive(Debug, Clone, PartialEq)]
pub struct ContainerMutation {
    pub target: TargetId,
    pub id: ContainerId,
    /// The name when it was proposed; what a person types to confirm.
    pub name: String,
    /// The docker client with what leads it to the target (`docker --context prod`); for the equivalent line.
    pub client: String,
    pub action: ContainerAction,
}

/// What can be done to a container.
#[derive(Debug, Clone, PartialEq)]
pub enum ContainerAction {
    Start,
    /// Seconds until the engine kills it; `None` = the container's own setting (10 s when it has none).
    Stop {
        grace_s: Option<u32>,
    },
    Restart {
        grace_s: Option<u32>,
    },
    Pause,
    Unpause,
    Kill {
        signal: String,
    },
    Remove {
        force: bool,
        volumes: bool,
    },
    Rename {
        to: String,
    },
    Update(LimitChange),
    /// Shows the secrets among its environment, labels and configuration on screen. Nothing changes at the
    /// target; it passes the gate because somebody sees them.
    RevealSecrets,
}

impl Mutation {
    pub fn danger(&self) -> Danger {
        match self {
            Self::Container(m) => match m.action {
                ContainerAction::Start
                | ContainerAction::Stop { .. }
                | ContainerAction::Restart { .. }
                | ContainerAction::Pause
                | ContainerAction::Unpause
                | ContainerAction::Rename { .. }
                | ContainerAction::Kill { .. }
                | ContainerAction::Update(_)
                | ContainerAction::RevealSecrets => Danger::Mutate,
                ContainerAction::Remove { .. } => Danger::Destroy,
            },
            // The line can be deleted again.
            Self::TrustHost(_) => Danger::Mutate,
            Self::Server(m) => m.danger(),
            // What is done there is not known; the way there is as dangerous as who walks it.
            Self::Shell(_) => Danger::Mutate,
            Self::Transfer(m) => m.danger(),
        }
    }

    /// True when its target stays as it is, whatever happens here: a target that may only be read takes no harm.
    pub fn spares_target(&self) -> bool {
        match self {
            Self::Transfer(m) => m.way == Way::Down,
            Self::Container(_) | Self::TrustHost(_) | Self::Server(_) | Self::Shell(_) => false,
        }
    }

    pub fn target(&self) -> &TargetId {
        match self {
            Self::Container(m) => &m.target,
            Self::TrustHost(m) => &m.target,
            Self::Server(m) => &m.target,
            Self::Shell(m) => &m.target,
            Self::Transfer(m) => &m.target,
        }
    }

    /// The question that this is the answer to.
    pub fn question(&self) -> Option<QuestionId> {
        match self {
            Self::Container(_) | Self::Server(_) | Self::Shell(_) | Self::Transfer(_) => None,
            Self::TrustHost(m) => Some(m.question),
        }
    }

    /// The object's name, as typed to confirm.
    pub fn name(&self) -> &str {
        match self {
            Self::Container(m) => &m.name,
            Self::TrustHost(m) => &m.host,
            Self::Server(m) => &m.name,
            Self::Shell(m) => &m.name,
            Self::Transfer(m) => &m.name,
        }
    }

    /// The object's identity that no rename changes.
    pub fn object_id(&self) -> Cow<'_, str> {
        match self {
            Self::Container(m) => Cow::Borrowed(&m.id.0),
            Self::TrustHost(m) => Cow::Borrowed(&m.fingerprint),
            Self::Server(m) => Cow::Owned(m.object_id()),
            Self::Shell(m) => Cow::Owned(m.object_id()),
            Self::Transfer(m) => Cow::Owned(m.id.to_string()),
        }
    }

    /// Verb and object: `stop container web`.
    pub fn summary(&self) -> String {
        match self {
            Self::TrustHost(m) => m.summary(),
            Self::Container(m) => {
                let name = &m.name;
                match &m.action {
                    ContainerAction::Start => format!("start container {name}"),
                    ContainerAction::Stop { .. } => format!("stop container {name}"),
                    ContainerAction::Restart { .. } => format!("restart container {name}"),
                    ContainerAction::Pause => format!("pause container {name}"),
                    ContainerAction::Unpause => format!("unpause container {name}"),
                    ContainerAction::Kill { signal } => format!("send {signal} to container {name}"),
                    ContainerAction::Remove { force, volumes } => match (force, volumes) {
                        (false, false) => format!("remove container {name}"),
                        (true, false) => format!("remove container {name} by force"),
                        (false, true) => format!("remove container {name} with its anonymous volumes"),
                        (true, true) => {
                            format!("remove container {name} by force, with its anonymous volumes")
                        }
                    },
                    ContainerAction::Rename { to } => format!("rename container {name} to {to}"),
                    ContainerAction::RevealSecrets => format!("reveal the secrets of container {name}"),
                    ContainerAction::Update(change) => {
                        let mut parts = Vec::new();
                        if let Some(m) = change.memory_bytes {
                            parts.push(format!("memory {}", quantity::bytes(m)));
                        }
                        if let Some(m) = change.memory_swap_bytes {
                            parts.push(match u64::try_from(m) {
                                Ok(m) => format!("memory and swap {}", quantity::bytes(m)),
                                Err(_) => "unlimited swap".to_owned(),
                            });
                        }
                        if let Some(c) = change.cpus {
                            parts.push(format!("{c} cpus"));
                        }
                        if let Some(p) = change.pids {
                            parts.push(format!("{p} pids"));
                        }
                        if let Some(r) = change.restart {
                            parts.push(format!("restart policy {r}"));
                        }
                        format!("update container {name}: {}", parts.join(", "))
                    }
                }
            }
            Self::Server(m) => m.summary(),
            Self::Shell(m) => m.summary(),
            Self::Transfer(m) => m.summary(),
        }
    }

    /// The command line of the target's native client that does the same.
    pub fn equivalent(&self) -> String {
        match self {
            Self::TrustHost(m) => m.equivalent(),
            Self::Container(m) => {
                let (name, docker) = (sh_quote(&m.name), &m.client);
                let grace = |g: &Option<u32>| g.map(|s| format!("--time={s} ")).unwrap_or_default();
                match &m.action {
                    ContainerAction::Start => format!("{docker} start {name}"),
                    ContainerAction::Stop { grace_s } => format!("{docker} stop {}{name}", grace(grace_s)),
                    ContainerAction::Restart { grace_s } => {
                        format!("{docker} restart {}{name}", grace(grace_s))
                    }
                    ContainerAction::Pause => format!("{docker} pause {name}"),
                    ContainerAction::Unpause => format!("{docker} unpause {name}"),
                    ContainerAction::Kill { signal } => {
                        format!("{docker} kill --signal={} {name}", sh_quote(signal))
                    }
                    ContainerAction::Remove { force, volumes } => format!(
                        "{docker} rm {}{}{name}",
                        if *force { "--force " } else { "" },
                        if *volumes { "--volumes " } else { "" }
                    ),
                    ContainerAction::Rename { to } => format!("{docker} rename {name} {}", sh_quote(to)),
                    ContainerAction::RevealSecrets => format!("{docker} inspect {name}"),
                    ContainerAction::Update(change) => {
                        format!("{docker} update {} {name}", change.flags().join(" "))
                    }
                }
            }
            Self::Server(m) => m.equivalent(),
            Self::Shell(m) => m.equivalent(),
            Self::Transfer(m) => m.equivalent(),
        }
    }

    /// What is known to come of it without asking anybody, warnings marked.
    pub fn consequences(&self) -> Vec<(bool, String)> {
        match self {
            Self::Server(m) => m.consequences(),
            Self::Transfer(m) => m.consequences(),
            Self::Container(_) | Self::TrustHost(_) | Self::Shell(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_web(action: ContainerAction) -> Mutation {
        Mutation::Container(ContainerMutation {
            target: TargetId::docker("local"),
            id: ContainerId::new("4f5e"),
            name: "web".into(),
            client: "docker".into(),
            action,
        })
    }

    #[test]
    fn equivalents_are_what_a_person_would_type() {
        let cases = [
            (ContainerAction::Stop { grace_s: Some(30) }, "docker stop --time=30 web"),
            (ContainerAction::Restart { grace_s: None }, "docker restart web"),
            (ContainerAction::Kill { signal: "SIGHUP".into() }, "docker kill --signal=SIGHUP web"),
            (ContainerAction::Remove { force: true, volumes: true }, "docker rm --force --volumes web"),
            (ContainerAction::Rename { to: "web 2".into() }, "docker rename web 'web 2'"),
            (
                ContainerAction::Update(LimitChange {
                    cpus: Some(1.5),
                    memory_bytes: Some(1 << 30),
                    ..Default::default()
                }),
                "docker update --memory=1073741824 --cpus=1.5 web",
            ),
        ];
        for (action, line) in cases {
            assert_eq!(on_web(action).equivalent(), line);
        }
    }

    #[test]
    fn only_removal_destroys() {
        assert_eq!(
            on_web(ContainerAction::Remove { force: false, volumes: false }).danger(),
            Danger::Destroy
        );
        assert_eq!(on_web(ContainerAction::Kill { signal: "SIGKILL".into() }).danger(), Danger::Mutate);
    }
}
