//! What can be changed on a server. One exhaustive place, as [`crate::domain::mutation`] is for everything.

use crate::domain::ids::TargetId;
use crate::domain::mutation::Danger;
use crate::domain::shell_word::sh_quote;

use super::edit::FileWrite;
use super::files::{FileId, FilePath, shown};
use super::firewall::FirewallChange;
use super::jails::JailName;
use super::network::Network;
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
    /// A file or folder, bound to what it is: another one that has its name meanwhile is not touched.
    File {
        path: FilePath,
        id: FileId,
        action: FileAction,
    },
    /// Puts an edited file in the place of the one that it was made from.
    Write(Box<FileWrite>),
    /// Makes a folder.
    Folder {
        path: FilePath,
    },
    Packages(PackageChange),
    Power(Power),
    Firewall(Box<FirewallChange>),
    Ban(BanChange),
    /// A command as a person writes it, for the login shell of the server's account.
    Run(RunCommand),
}

/// Somebody is kept out by fail2ban, or let in again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BanChange {
    pub who: Network,
    /// `None` = whichever keeps him out.
    pub jail: Option<JailName>,
    pub bans: bool,
}

impl BanChange {
    fn words(&self) -> Vec<String> {
        let who = self.who.to_string();
        let words = match (&self.jail, self.bans) {
            (None, _) => vec!["unban".to_owned(), who],
            (Some(jail), true) => vec!["set".to_owned(), jail.as_str().to_owned(), "banip".to_owned(), who],
            (Some(jail), false) => {
                vec!["set".to_owned(), jail.as_str().to_owned(), "unbanip".to_owned(), who]
            }
        };
        std::iter::once("fail2ban-client".to_owned()).chain(words).collect()
    }
}

/// What can be done to a file or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileAction {
    Remove,
    /// With everything in it.
    RemoveFolder,
    /// In the same folder; nothing is replaced.
    Rename {
        to: FilePath,
    },
    /// `640`, `u+x`: as chmod(1) takes it.
    Mode(String),
    /// `user`, `user:group`, `:group`: as chown(1) takes it.
    Owner(String),
}

/// A command, and what becomes of the servers behind the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCommand {
    pub command: String,
    pub timeout_s: u32,
    pub canary: Canary,
    /// Where it fails once, no other server begins it.
    pub stop: bool,
    /// Servers that run it at the same time.
    pub at_once: u32,
}

/// Whether the first server goes ahead of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canary {
    /// All begin together.
    None,
    /// The others follow by themselves when it went well there.
    First,
    /// The others wait until somebody has read what it said.
    Ask,
}

impl Canary {
    pub const WORDS: [&'static str; 3] = ["yes", "ask", "no"];

    pub fn from_word(word: &str) -> Self {
        match word {
            "ask" => Self::Ask,
            "no" => Self::None,
            _ => Self::First,
        }
    }
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
    /// Back to the unit as its package brings it: drop-ins and overrides of the administrator go.
    Revert,
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
            Self::Revert => "revert",
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
            Self::Revert => "reverted",
        }
    }
}

impl ServerMutation {
    pub fn danger(&self) -> Danger {
        match &self.action {
            // Whoever shuts himself out needs another way to take it back.
            ServerAction::Firewall(change) if change.may_lock_out() => Danger::Destroy,
            // What systemd finds wrong is put in place by nobody in passing.
            ServerAction::Write(write) if write.faulty => Danger::Destroy,
            // Files of others may go with it, and nothing brings them back.
            ServerAction::Unit { verb: UnitVerb::Revert, .. } => Danger::Destroy,
            ServerAction::Signal { .. }
            | ServerAction::Renice { .. }
            | ServerAction::Unit { .. }
            // A copy of what it held is kept.
            | ServerAction::Write(_)
            | ServerAction::Folder { .. }
            | ServerAction::Packages(_)
            | ServerAction::Firewall(_)
            | ServerAction::Ban(_)
            | ServerAction::Power(Power::Cancel)
            // What it does is not known: it is as dangerous as a shell, and asked about as one.
            | ServerAction::Run(_) => Danger::Mutate,
            ServerAction::Power(Power::Reboot { .. } | Power::Off { .. }) => Danger::Destroy,
            ServerAction::File { action, .. } => match action {
                FileAction::RemoveFolder => Danger::Destroy,
                // One file is confirmed, not typed.
                FileAction::Remove
                | FileAction::Rename { .. }
                | FileAction::Mode(_)
                | FileAction::Owner(_) => Danger::Mutate,
            },
        }
    }

    /// The object's identity: of a process its number and its start.
    pub fn object_id(&self) -> String {
        match &self.action {
            ServerAction::Signal { process, .. } | ServerAction::Renice { process, .. } => {
                process.to_string()
            }
            ServerAction::Unit { unit, .. } => unit.clone(),
            ServerAction::Firewall(change) => change.about.clone(),
            ServerAction::Ban(ban) => match &ban.jail {
                Some(jail) if ban.bans => jail.as_str().to_owned(),
                _ => ban.who.to_string(),
            },
            ServerAction::File { id, .. } => id.to_string(),
            ServerAction::Folder { path } => path.shown(),
            ServerAction::Write(write) => write.path.shown(),
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
            ServerAction::Firewall(change) => format!("change the firewall: {}", change.change.command()),
            ServerAction::Ban(ban) => match (&ban.jail, ban.bans) {
                (Some(jail), true) => format!("ban {} in jail {}", ban.who, jail.as_str()),
                (Some(jail), false) => format!("unban {} in jail {}", ban.who, jail.as_str()),
                (None, _) => format!("unban {}", ban.who),
            },
            ServerAction::File { path, action, .. } => {
                let path = path.shown();
                match action {
                    FileAction::Remove => format!("remove file {path}"),
                    FileAction::RemoveFolder => format!("remove folder {path} with everything in it"),
                    FileAction::Rename { to } => format!("rename {path} to {}", shown(to.name().as_bytes())),
                    FileAction::Mode(mode) => format!("set the permissions of {path} to {mode}"),
                    FileAction::Owner(owner) => format!("give {path} to {owner}"),
                }
            }
            ServerAction::Folder { path } => format!("make folder {}", path.shown()),
            ServerAction::Write(write) => write.summary(),
            ServerAction::Packages(change) => change.summary(),
            ServerAction::Power(power) => power.summary(name),
            ServerAction::Run(run) => {
                let root = if self.sudo { " as root" } else { "" };
                format!("run on {name}{root}: {}", run.command)
            }
        }
    }

    /// What a person should know before saying yes: sentences, with whether each is a warning.
    pub fn consequences(&self) -> Vec<(bool, String)> {
        let ServerAction::Firewall(change) = &self.action else { return Vec::new() };
        let mut told = Vec::new();
        if let Some(why) = change.risk.sentence() {
            let word = if change.may_lock_out() { "This may keep you out" } else { "Mind" };
            told.push((true, format!("{word}: {why}.")));
        }
        told.extend(change.ports.iter().map(|text| (false, format!("{text}."))));
        if let Some(inverse) = &change.inverse {
            told.push((false, format!("Taken back by: {}", inverse.command())));
        }
        told.push((
            false,
            format!("It undoes itself after {} s unless a new connection comes up.", change.rollback_s),
        ));
        told
    }

    /// The command line that a person would type here.
    pub fn equivalent(&self) -> String {
        let words: Vec<String> = match &self.action {
            ServerAction::Signal { process, signal } => {
                vec!["kill".into(), sh_quote(&format!("-{signal}")), process.pid.to_string()]
            }
            ServerAction::Renice { process, nice } => {
                vec!["renice".into(), nice.to_string(), "-p".into(), process.pid.to_string()]
            }
            ServerAction::Unit { unit, verb } => {
                vec!["systemctl".into(), verb.word().to_owned(), sh_quote(unit)]
            }
            ServerAction::Firewall(change) => vec![change.change.command()],
            ServerAction::Ban(ban) => ban.words(),
            ServerAction::File { path, action, .. } => file_words(path, action),
            ServerAction::Folder { path } => vec!["mkdir".into(), quoted(path)],
            ServerAction::Write(write) => match &write.unit {
                Some(unit) => {
                    vec!["systemctl".into(), "edit".into(), "--drop-in=pult".into(), sh_quote(unit)]
                }
                None => vec!["vi".into(), quoted(&write.path)],
            },
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

/// The command that does it to a file.
fn file_words(path: &FilePath, action: &FileAction) -> Vec<String> {
    let path = quoted(path);
    match action {
        FileAction::Remove => vec!["rm".into(), path],
        FileAction::RemoveFolder => vec!["rm".into(), "-r".into(), path],
        FileAction::Rename { to } => vec!["mv".into(), "-nT".into(), path, quoted(to)],
        FileAction::Mode(mode) => vec!["chmod".into(), sh_quote(mode), path],
        FileAction::Owner(owner) => vec!["chown".into(), sh_quote(owner), path],
    }
}

fn quoted(path: &FilePath) -> String {
    // Quoted it could be pasted; a line end in it could not be read.
    if path.as_str().contains(char::is_control) { sh_quote(&path.shown()) } else { sh_quote(path.as_str()) }
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
        let file = |path: &str, action| ServerAction::File {
            path: FilePath::new(path).unwrap(),
            id: FileId::default(),
            action,
        };
        let cases = [
            (
                of("ssh -l ops web1", true, restart("nginx.service")),
                "ssh -l ops web1 sudo systemctl restart nginx.service",
            ),
            (of("", false, restart("nginx.service")), "systemctl restart nginx.service"),
            (of("ssh web1", true, signal), "ssh web1 sudo kill -TERM 12"),
            (of("", true, ServerAction::Renice { process, nice: -5 }), "sudo renice -5 -p 12"),
            (
                of("", false, file("/a b/c", FileAction::Rename { to: FilePath::root().join("d") })),
                "mv -nT '/a b/c' /d",
            ),
            (of("", true, file("/srv", FileAction::RemoveFolder)), "sudo rm -r /srv"),
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
