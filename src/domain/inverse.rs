//! What takes an action back, where one command does: for the audit, and for who regrets.

use super::mutation::{ContainerAction, ContainerMutation, Mutation};
use super::server::act::{BanChange, FileAction, ServerAction, ServerMutation, UnitVerb};
use super::server::firewall::FirewallChange;
use super::server::packages::PackageChange;
use super::server::power::Power;

impl Mutation {
    /// The command line that takes it back, as a person would type it here; `None` where no single one does.
    pub fn undo(&self) -> Option<String> {
        match self {
            Self::Container(m) => m.inverse().map(Self::Container),
            Self::Server(m) => m.inverse().map(Self::Server),
            Self::TrustHost(_) | Self::Shell(_) | Self::Transfer(_) => None,
        }
        .map(|inverse| inverse.equivalent())
    }
}

impl ContainerMutation {
    fn inverse(&self) -> Option<Self> {
        let action = match &self.action {
            ContainerAction::Start => ContainerAction::Stop { grace_s: None },
            ContainerAction::Stop { .. } => ContainerAction::Start,
            ContainerAction::Pause => ContainerAction::Unpause,
            ContainerAction::Unpause => ContainerAction::Pause,
            ContainerAction::Rename { to } => {
                let action = ContainerAction::Rename { to: self.name.clone() };
                return Some(Self { name: to.clone(), action, ..self.clone() });
            }
            ContainerAction::Restart { .. }
            | ContainerAction::Kill { .. }
            | ContainerAction::Remove { .. }
            | ContainerAction::RevealSecrets
            | ContainerAction::Update(_) => return None,
        };
        Some(Self { action, ..self.clone() })
    }
}

impl ServerMutation {
    fn inverse(&self) -> Option<Self> {
        let action = match &self.action {
            ServerAction::Unit { unit, verb } => {
                ServerAction::Unit { unit: unit.clone(), verb: verb.inverse()? }
            }
            ServerAction::File { path, id, action: FileAction::Rename { to } } => ServerAction::File {
                path: to.clone(),
                id: *id,
                action: FileAction::Rename { to: path.clone() },
            },
            ServerAction::Packages(PackageChange::Hold(name)) => {
                ServerAction::Packages(PackageChange::Unhold(name.clone()))
            }
            ServerAction::Packages(PackageChange::Unhold(name)) => {
                ServerAction::Packages(PackageChange::Hold(name.clone()))
            }
            // At once is too soon.
            ServerAction::Power(Power::Reboot { minutes } | Power::Off { minutes }) if *minutes > 0 => {
                ServerAction::Power(Power::Cancel)
            }
            ServerAction::Firewall(change) => {
                let inverse = change.inverse.clone()?;
                ServerAction::Firewall(Box::new(FirewallChange {
                    change: inverse,
                    inverse: None,
                    ..(**change).clone()
                }))
            }
            // Of who was let in everywhere nobody knows where he was kept out.
            ServerAction::Ban(ban) if ban.jail.is_some() => {
                ServerAction::Ban(BanChange { bans: !ban.bans, ..ban.clone() })
            }
            ServerAction::Signal { .. }
            | ServerAction::Renice { .. }
            | ServerAction::File { .. }
            // The copy that is kept is named in the outcome.
            | ServerAction::Write(_)
            | ServerAction::Folder { .. }
            | ServerAction::Packages(PackageChange::Refresh | PackageChange::Upgrade(_))
            | ServerAction::Power(_)
            | ServerAction::Ban(_)
            | ServerAction::Run(_) => return None,
        };
        Some(Self { action, ..self.clone() })
    }
}

impl UnitVerb {
    fn inverse(self) -> Option<Self> {
        Some(match self {
            Self::Start => Self::Stop,
            Self::Stop => Self::Start,
            Self::Enable => Self::Disable,
            Self::Disable => Self::Enable,
            Self::Mask => Self::Unmask,
            Self::Unmask => Self::Mask,
            Self::Restart | Self::Reload | Self::ResetFailed | Self::Revert => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ContainerId, TargetId};
    use crate::domain::server::files::{FileId, FilePath};
    use crate::domain::server::jails::JailName;

    fn container(action: ContainerAction) -> Option<String> {
        let (target, id) = (TargetId::docker("local"), ContainerId::new("4f5e"));
        let (name, client) = ("web".into(), "docker".into());
        Mutation::Container(ContainerMutation { target, id, name, client, action }).undo()
    }

    fn server(action: ServerAction) -> Option<String> {
        let (target, client) = (TargetId::server("web1"), "ssh web1".into());
        Mutation::Server(ServerMutation { target, name: "nginx".into(), client, sudo: true, action }).undo()
    }

    #[test]
    fn what_one_command_takes_back() {
        let is = |undo: Option<String>, line: &str| assert_eq!(undo.as_deref(), Some(line));
        is(container(ContainerAction::Stop { grace_s: Some(3) }), "docker start web");
        is(container(ContainerAction::Rename { to: "old web".into() }), "docker rename 'old web' web");
        let unit = |verb| ServerAction::Unit { unit: "nginx.service".into(), verb };
        is(server(unit(UnitVerb::Disable)), "ssh web1 sudo systemctl enable nginx.service");
        is(server(ServerAction::Power(Power::Off { minutes: 5 })), "ssh web1 sudo shutdown -c");
        let rename = FileAction::Rename { to: FilePath::root().join("b") };
        let file =
            |action| ServerAction::File { path: FilePath::new("/a").unwrap(), id: FileId::default(), action };
        is(server(file(rename)), "ssh web1 sudo mv -nT /b /a");
        is(
            server(ServerAction::Packages(PackageChange::Hold("vim".into()))),
            "ssh web1 sudo apt-mark unhold vim",
        );
        let ban = BanChange { who: "192.0.2.9".parse().unwrap(), jail: JailName::new("sshd"), bans: true };
        is(
            server(ServerAction::Ban(ban.clone())),
            "ssh web1 sudo fail2ban-client set sshd unbanip 192.0.2.9",
        );
        let everywhere = BanChange { jail: None, bans: false, ..ban };
        for lost in [
            server(ServerAction::Ban(everywhere)),
            server(ServerAction::Power(Power::Off { minutes: 0 })),
            server(file(FileAction::Remove)),
            server(unit(UnitVerb::Restart)),
            container(ContainerAction::Kill { signal: "TERM".into() }),
        ] {
            assert_eq!(lost, None);
        }
    }
}
