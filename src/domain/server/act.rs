//! What can be changed on a server. One exhaustive place, as [`crate::domain::mutation`] is for everything.

use crate::domain::ids::TargetId;
use crate::domain::mutation::Danger;
use crate::domain::shell_word::sh_quote;

use super::packages::PackageChange;
use super::power::Power;
use super::processes::ProcessId;

/// A change of one object of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerMutation {
    pub target: TargetId,
    /// What a person types to confirm: the unit's name, the process's short name.
    pub name: String,
    /// The client that leads there (`ssh -l ops web1`); empty for this machine.
    pub client: String,
    /// It takes more than the account's own rights, and the account is not root.
    pub sudo: bool,
    pub action: ServerAction,
}

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerAction {
    /// `signal` is the name without `SIG`.
    Signal {
        process: ProcessId,
        signal: String,
    },
    /// −20 = is served first, 19 = last.
    Renice {
        process: ProcessId,
        nice: i32,
    },
    Unit {
        unit: String,
        verb: UnitVerb,
    },
    Packages(PackageChange),
    Power(Power),
    /// A command as a person writes it, for the login shell of the server's account.
    Run(RunCommand),
}

/// A command, and what becomes of the servers behind the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCommand {
    pub command: String,
    pub timeout_s: u32,
    /// The first server alone; the others only when it went well there.
    pub canary: bool,
    /// Where it fails once, no other server begins it.
    pub stop: bool,
}

/// What systemd is told to do with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitVerb {
    Start,
    Stop,
    Restart,
    Reload,
    Enable,
    Disable,
    Mask,
    Unmask,
    ResetFailed,
}

impl UnitVerb {
    /// The word of systemctl.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Reload => "reload",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Mask => "mask",
            Self::Unmask => "unmask",
            Self::ResetFailed => "reset-failed",
        }
    }

    pub fn past(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Stop => "stopped",
            Self::Restart => "restarted",
            Self::Reload => "reloaded",
            Self::Enable => "enabled",
            Self::Disable => "disabled",
            Self::Mask => "masked",
            Self::Unmask => "unmasked",
            Self::ResetFailed => "reset",
        }
    }
}

impl ServerMutation {
    pub fn danger(&self) -> Danger {
        match &self.action {
            ServerAction::Signal { .. }
            | ServerAction::Renice { .. }
            | ServerAction::Unit { .. }
            | ServerAction::Packages(_)
            | ServerAction::Power(Power::Cancel)
            // What it does is not known: it is as dangerous as a shell, and asked about as one.
            | ServerAction::Run(_) => Danger::Mutate,
            ServerAction::Power(Power::Reboot { .. } | Power::Off { .. }) => Danger::Destroy,
        }
    }

    /// The object's identity: of a process its number and its start.
    pub fn object_id(&self) -> String {
        match &self.action {
            ServerAction::Signal { process, .. } | ServerAction::Renice { process, .. } => {
                process.to_string()
            }
            ServerAction::Unit { unit, .. } => unit.clone(),
            ServerAction::Packages(change) => change.package().unwrap_or(&self.target.name).to_owned(),
            ServerAction::Power(_) => self.target.name.to_string(),
            ServerAction::Run(_) => self.target.name.to_string(),
        }
    }

    pub fn summary(&self) -> String {
        let name = &self.name;
        match &self.action {
            ServerAction::Signal { process, signal } => {
                format!("send SIG{signal} to process {} ({name})", process.pid)
            }
            ServerAction::Renice { process, nice } => {
                format!("set the niceness of process {} ({name}) to {nice}", process.pid)
            }
            ServerAction::Unit { unit, verb } => format!("{} unit {unit}", verb.word()),
            ServerAction::Packages(change) => change.summary(),
            ServerAction::Power(power) => power.summary(name),
            ServerAction::Run(run) => {
                let root = if self.sudo { " as root" } else { "" };
                format!("run on {name}{root}: {}", run.command)
            }
        }
    }

    /// The command line that a person would type here.
    pub fn equivalent(&self) -> String {
        let words: Vec<String> = match &self.action {
            ServerAction::Signal { process, signal } => {
                vec!["kill".into(), format!("-{signal}"), process.pid.to_string()]
            }
            ServerAction::Renice { process, nice } => {
                vec!["renice".into(), nice.to_string(), "-p".into(), process.pid.to_string()]
            }
            ServerAction::Unit { unit, verb } => {
                vec!["systemctl".into(), verb.word().to_owned(), sh_quote(unit)]
            }
            ServerAction::Packages(change) => change.words(),
            ServerAction::Power(power) => power.words(),
            ServerAction::Run(run) if self.sudo || self.client.is_empty() => {
                vec!["sh".into(), "-c".into(), sh_quote(&run.command)]
            }
            ServerAction::Run(run) => return format!("{} {}", self.client, sh_quote(&run.command)),
        };
        let sudo = if self.sudo { "sudo " } else { "" };
        let line = format!("{sudo}{}", words.join(" "));
        match self.client.as_str() {
            "" => line,
            // What is quoted for the shell over there is quoted once more for the one here.
            client if line.contains(['\'', '\\']) => format!("{client} {}", sh_quote(&line)),
            client => format!("{client} {line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalents_are_what_a_person_would_type() {
        let of = |client: &str, sudo, action| ServerMutation {
            target: TargetId::server("web1"),
            name: "nginx".into(),
            client: client.into(),
            sudo,
            action,
        };
        let restart = |unit: &str| ServerAction::Unit { unit: unit.into(), verb: UnitVerb::Restart };
        let process = ProcessId { pid: 12, start: 34 };
        let signal = ServerAction::Signal { process, signal: "TERM".into() };
        let cases = [
            (
                of("ssh -l ops web1", true, restart("nginx.service")),
                "ssh -l ops web1 sudo systemctl restart nginx.service",
            ),
            (of("", false, restart("nginx.service")), "systemctl restart nginx.service"),
            (of("ssh web1", true, signal), "ssh web1 sudo kill -TERM 12"),
            (of("", true, ServerAction::Renice { process, nice: -5 }), "sudo renice -5 -p 12"),
        ];
        for (mutation, line) in cases {
            assert_eq!(mutation.equivalent(), line);
        }
        // Two shells take the quotes away one after the other.
        let escaped = of("ssh web1", false, restart(r"dev-disk-by\x2did.swap")).equivalent();
        let words = crate::domain::shell_word::sh_split(&escaped).unwrap();
        let there = crate::domain::shell_word::sh_split(&words[2..].join(" ")).unwrap();
        assert_eq!(there, ["systemctl", "restart", r"dev-disk-by\x2did.swap"]);
    }
}
