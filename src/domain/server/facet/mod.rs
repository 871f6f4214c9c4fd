//! What of a server can be compared with other servers: its settings, its packages, a file. Which command reads it
//! is the reader's business; in which groups the answers fall is told by [`groups`].

pub mod groups;
mod normal;

use std::fmt;
use std::sync::Arc;

pub use normal::normal;

use super::files::FilePath;

/// Something that every server has in its own way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Facet {
    System,
    Sshd,
    Sysctl,
    Packages,
    Ufw,
    Units,
    Ports,
    Users,
    Sudoers,
    Jails,
    Time,
    Mounts,
    Hosts,
    Resolvers,
    Cron,
    /// What one file holds.
    File(FilePath),
}

impl Facet {
    /// Those that nobody has to name.
    pub const ALL: [Self; 15] = [
        Self::System,
        Self::Sshd,
        Self::Sysctl,
        Self::Packages,
        Self::Ufw,
        Self::Units,
        Self::Ports,
        Self::Users,
        Self::Sudoers,
        Self::Jails,
        Self::Time,
        Self::Mounts,
        Self::Hosts,
        Self::Resolvers,
        Self::Cron,
    ];

    pub fn title(&self) -> String {
        let title = match self {
            Self::System => "kernel and system",
            Self::Sshd => "sshd settings",
            Self::Sysctl => "kernel settings",
            Self::Packages => "packages",
            Self::Ufw => "ufw rules",
            Self::Units => "enabled units",
            Self::Ports => "listening ports",
            Self::Users => "users with a shell",
            Self::Sudoers => "sudo rules",
            Self::Jails => "fail2ban jails",
            Self::Time => "time zone and sync",
            Self::Mounts => "mounts",
            Self::Hosts => "/etc/hosts",
            Self::Resolvers => "/etc/resolv.conf",
            Self::Cron => "crontabs",
            Self::File(path) => return path.shown(),
        };
        title.to_owned()
    }

    /// What a person would type to see about the same; `None` for a file, whose path is to be quoted.
    pub fn command(&self) -> Option<&'static str> {
        Some(match self {
            Self::System => "uname -srm; cat /etc/os-release",
            Self::Sshd => "sshd -T",
            Self::Sysctl => "sysctl -a",
            Self::Packages => "dpkg-query -W",
            Self::Ufw => "ufw status verbose; ufw show added",
            Self::Units => "systemctl list-unit-files",
            Self::Ports => "ss -Htulnp",
            Self::Users => "getent passwd; getent group",
            Self::Sudoers => "cat /etc/sudoers /etc/sudoers.d/*",
            Self::Jails => "fail2ban-client status",
            Self::Time => "timedatectl show",
            Self::Mounts => "findmnt --real",
            Self::Hosts => "cat /etc/hosts",
            Self::Resolvers => "cat /etc/resolv.conf",
            Self::Cron => "cat /etc/crontab /etc/cron.d/*",
            Self::File(_) => return None,
        })
    }

    /// What differs between any two servers, or by the hour, and is therefore taken out.
    pub fn taken_out(&self) -> &'static str {
        match self {
            Self::System => "the host's name",
            Self::Sshd => "the order; Match blocks are not looked into",
            Self::Sysctl => {
                "the order, counters, random numbers and keys, the host's name, what is set for single interfaces"
            }
            Self::Packages => "the order, packages of which only settings are left",
            Self::Ufw => "nothing; the order of rules counts",
            Self::Units => "the order, what is neither enabled nor masked",
            Self::Ports => "the order, pids and queues; the server's own addresses are one",
            Self::Users => "the order, full names, accounts without a shell, groups without power",
            Self::Sudoers => "comments and blank lines",
            Self::Jails => "the order, bans and counts",
            Self::Time => "offsets and times, comments",
            Self::Mounts => "the order, devices, containers and what lives under /run",
            Self::Hosts => "comments and blanks; the host's own name at a loopback address is one",
            Self::Resolvers => "comments",
            Self::Cron => "comments and blank lines",
            Self::File(_) => "nothing",
        }
    }
}

/// What a server said, ready to be compared. Two answers with the same digest are the same.
#[derive(Clone, PartialEq, Eq)]
pub struct FacetText {
    /// SHA-256 of what is compared, before it was made harmless.
    pub digest: [u8; 32],
    /// Harmless lines; `None` = it is not kept.
    pub text: Option<Arc<str>>,
    pub lines: usize,
    /// Read without the rights of root, which would have seen more.
    pub partly: bool,
}

/// A file's content is nobody's business but the reader's.
impl fmt::Debug for FacetText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} lines, partly: {}", self.lines, self.partly)
    }
}
