//! fail2ban: its jails and whom they keep out.

use jiff::Timestamp;

use super::lockout::Seen;
use super::network::Network;

/// The name of a jail, as fail2ban takes it on a command line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JailName(String);

impl JailName {
    /// `None` when it could be taken for something else.
    pub fn new(name: &str) -> Option<Self> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let is_name =
            !name.is_empty() && name.len() <= 64 && !name.starts_with('-') && name.chars().all(fits);
        is_name.then(|| Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A jail at work; fail2ban lists no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jail {
    pub name: JailName,
    pub failed_now: Option<u64>,
    pub failed_total: Option<u64>,
    pub banned_now: Option<u64>,
    pub banned_total: Option<u64>,
    pub banned: Vec<Ban>,
}

/// Somebody who is kept out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// An address as a rule, but a jail may ban names as well; sanitised.
    pub who: String,
    pub since: Option<Timestamp>,
    /// `None` = for ever, or not told.
    pub until: Option<Timestamp>,
}

impl Ban {
    pub fn network(&self) -> Option<Network> {
        self.who.parse().ok()
    }
}

/// fail2ban on one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jails {
    /// It is not installed, or does not run.
    Absent,
    Running(Vec<Jail>),
}

/// fail2ban with what is needed to act on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JailReport {
    pub jails: Jails,
    /// How the server sees us.
    pub seen: Option<Seen>,
}

/// What one server knows of somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attacker {
    /// The jails that keep him out now.
    pub jails: Vec<JailName>,
    /// How often he was found and banned, as far as the log of fail2ban goes back.
    pub found: u64,
    pub banned: u64,
    /// The last lines of that log about him, sanitised, oldest first.
    pub lines: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_jails() {
        for name in ["sshd", "nginx-http-auth", "recidive", "a.b_c"] {
            assert!(JailName::new(name).is_some(), "{name}");
        }
        for name in ["", "-x", "--help", "a b", "a;b", "é", "a/b"] {
            assert!(JailName::new(name).is_none(), "{name}");
        }
    }
}
