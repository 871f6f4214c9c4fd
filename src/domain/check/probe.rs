//! What is asked.

use core::net::IpAddr;
use std::time::Duration;

use super::url::Url;
use crate::domain::quantity;
use crate::domain::secret::masked_word;
use crate::domain::shell_word::sh_quote;

/// A question with what its answer has to be. Its words are those of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    Http(HttpProbe),
    /// Somebody listens there.
    Tcp {
        host: String,
        port: u16,
    },
    /// The name has an address, or this one.
    Dns {
        name: String,
        address: Option<IpAddr>,
    },
    /// It answers an echo request.
    Ping {
        host: String,
    },
    /// A program ends with 0.
    Command(Vec<String>),
    File(FileProbe),
    /// What a directory holds has a size.
    Directory {
        path: String,
        max_size: Option<u64>,
    },
    /// So many letters may wait.
    MailQueue {
        most: u64,
    },
    /// So many processes bear the name.
    Processes {
        name: String,
        at_least: u64,
        at_most: Option<u64>,
    },
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpProbe {
    pub url: Url,
    /// Only what changes nothing there.
    pub head: bool,
    pub statuses: Statuses,
    /// A text in it.
    pub contains: Option<String>,
    /// Goes to where it leads.
    pub follow: bool,
}

/// Status codes that are right: ranges, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(pub Vec<(u16, u16)>);

impl Default for Statuses {
    fn default() -> Self {
        Self(vec![(200, 399)])
    }
}

impl Statuses {
    pub fn has(&self, status: u16) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&status))
    }
}

/// A file, and what is to be so of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileProbe {
    pub path: String,
    pub max_age: Option<Duration>,
    pub min_size: Option<u64>,
    /// Its content is to stay as it is.
    pub unchanged: bool,
    /// It is not to be there.
    pub absent: bool,
}

impl Probe {
    /// What is asked, in one line; without passwords.
    pub fn asked(&self) -> String {
        match self {
            Self::Http(probe) => {
                let wants =
                    probe.contains.as_ref().map(|text| format!(" with \"{text}\"")).unwrap_or_default();
                format!("{}{wants}", probe.url.shown())
            }
            Self::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Tcp { host, port } => format!("{host}:{port}"),
            Self::Dns { name, address: None } => name.clone(),
            Self::Dns { name, address: Some(address) } => format!("{name} at {address}"),
            Self::Ping { host } => host.clone(),
            Self::Command(argv) => {
                let words: Vec<String> = argv.iter().map(|word| sh_quote(&masked_word(word))).collect();
                words.join(" ")
            }
            Self::File(probe) => probe.asked(),
            Self::Directory { path, max_size: None } => path.clone(),
            Self::Directory { path, max_size: Some(most) } => {
                format!("{path} at most {}", quantity::bytes(*most))
            }
            Self::MailQueue { most } => format!("at most {most} waiting"),
            Self::Processes { name, at_least, at_most } => match at_most {
                Some(most) if most == at_least => format!("{name}, {most}"),
                Some(most) => format!("{name}, {at_least} to {most}"),
                None => format!("{name}, at least {at_least}"),
            },
        }
    }
}

impl FileProbe {
    fn asked(&self) -> String {
        let age = self.max_age.map(|age| format!("younger than {}", quantity::age(age.as_secs() as i64)));
        let size = self.min_size.map(|size| format!("at least {}", quantity::bytes(size)));
        let words = [
            age,
            size,
            self.unchanged.then(|| "unchanged".to_owned()),
            self.absent.then(|| "absent".to_owned()),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        format!("{} {}", self.path, words.join(", ")).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_told_without_secrets() {
        let words = ["env", "PGPASSWORD=hunter2", "psql", "-c", "select 1", "postgres://u:hunter2@db/shop"];
        let asked = Probe::Command(words.map(str::to_owned).to_vec()).asked();
        assert_eq!(asked, "env 'PGPASSWORD=***' psql -c 'select 1' 'postgres://u:***@db/shop'");
        let url = Url::parse("https://a.example/hook?id=7&token=hunter2").unwrap();
        let (head, follow, contains) = (false, false, Some("fine".to_owned()));
        let probe = Probe::Http(HttpProbe { url, head, statuses: Statuses::default(), contains, follow });
        assert_eq!(probe.asked(), "https://a.example/hook?id=7&token=*** with \"fine\"");
    }
}
