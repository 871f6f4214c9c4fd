//! A server to be reached by SSH, as somebody wrote it: the alias or address, and what overrides ssh_config.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// Where and as whom; everything that is not said here is ssh_config's affair.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SshTarget {
    /// An alias of ssh_config or an address, without brackets.
    pub host: String,
    pub user: Option<String>,
    pub port: Option<u16>,
    /// A private key to use before all others.
    pub identity: Option<PathBuf>,
    /// As ssh_config's `ProxyJump`: `none`, or `[user@]host[:port]` with commas between.
    pub jump: Option<String>,
}

/// A text that names no server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` names no server; write [user@]host[:port]")]
pub struct NoServer(String);

impl SshTarget {
    /// Of ssh_config alone.
    pub fn alias(host: &str) -> Self {
        Self { host: host.to_owned(), ..Self::default() }
    }

    /// Reads `[user@]host[:port]`; an address of IPv6 stands in brackets when a port follows.
    ///
    /// # Errors
    /// A text without a host, with a host or user that begins with `-` (it would be an option to a program),
    /// or with anything in it that no name has.
    pub fn parse(text: &str) -> Result<Self, NoServer> {
        let wrong = || NoServer(text.to_owned());
        let (user, place) = match text.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, text),
        };
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']').ok_or_else(wrong)?;
                (host, after.strip_prefix(':').or((after.is_empty()).then_some("")).ok_or_else(wrong)?)
            }
            None if place.matches(':').count() == 1 => place.split_once(':').ok_or_else(wrong)?,
            None => (place, ""),
        };
        let port = match port {
            "" => None,
            digits => Some(digits.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?),
        };
        let strange = |c: char| c.is_whitespace() || c.is_control() || "'\"`$\\;&<>|(){},".contains(c);
        let fits = |name: &str| !name.is_empty() && !name.starts_with('-') && !name.contains(strange);
        if !fits(host) || user.is_some_and(|user| !fits(user)) {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), user: user.map(str::to_owned), port, ..Self::default() })
    }

    /// Reads `ssh://[user@]host[:port][/path]`; gives the path too, `/…` or empty.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn from_url(url: &str) -> Result<(Self, &str), NoServer> {
        let rest = url.strip_prefix("ssh://").ok_or_else(|| NoServer(url.to_owned()))?;
        let (place, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Ok((Self::parse(place)?, path.strip_suffix('/').unwrap_or(path)))
    }
}

impl fmt::Display for SshTarget {
    /// `[user@]host[:port]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match self.port {
            Some(port) if self.host.contains(':') => write!(f, "[{}]:{port}", self.host),
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_prints_as_it_was_written() {
        for text in ["web1", "ops@web1", "ops@web1:2222", "[fe80::1]:22", "10.0.0.5", "me@corp@host"] {
            assert_eq!(SshTarget::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(SshTarget::parse("::1").unwrap().host, "::1");
        assert_eq!(SshTarget::parse("[::1]").unwrap().host, "::1");
    }

    #[test]
    fn what_a_program_could_take_for_something_else_is_no_server() {
        for text in [
            "",
            "@h",
            "-oProxyCommand=x",
            "u@-h",
            "-u@h",
            "h:0",
            "h:x",
            "h:70000",
            "a b",
            "h;id",
            "[::1",
            "h\x1b",
        ] {
            assert!(SshTarget::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_of_an_engine() {
        let (target, path) = SshTarget::from_url("ssh://ops@h:2201/run/user/1/docker.sock").unwrap();
        assert_eq!((target.to_string().as_str(), path), ("ops@h:2201", "/run/user/1/docker.sock"));
        assert_eq!(SshTarget::from_url("ssh://h/").unwrap(), (SshTarget::alias("h"), ""));
        assert!(SshTarget::from_url("tcp://h").is_err());
    }
}
