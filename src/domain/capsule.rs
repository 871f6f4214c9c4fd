//! Capsules: what there was to know of a container at the moment it died, or of a server when something on it went
//! over its threshold.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::exit;
use super::ids::ContainerKey;
use super::incident::ServerCapsule;
use super::log::LogLine;
use super::server::Crossing;
use super::usage::Usage;

/// A container died of itself, or the kernel killed something in it for its memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Death {
    pub key: ContainerKey,
    /// The container's name.
    pub name: String,
    /// The engine's clock.
    pub at: Option<Timestamp>,
    /// `None` when the container itself goes on.
    pub exit_code: Option<i64>,
    /// The kernel ran out of memory for it.
    pub oom: bool,
    /// Somebody had asked it to stop; it ended with an error all the same.
    pub asked_to_stop: bool,
}

/// One capsule as a list shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CapsuleInfo {
    /// Its name: time, container, the id's first characters.
    pub id: String,
    pub at: Timestamp,
    /// `docker:prod`.
    pub target: String,
    pub container: String,
    pub name: String,
    pub image: String,
    pub exit_code: Option<i64>,
    pub oom: bool,
    /// Crashes of the same container right before, of which no capsule was made.
    pub skipped_before: u64,
    /// What happened, when it is of a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crossing: Option<Crossing>,
}

impl CapsuleInfo {
    /// `docker/web`, `server/web1`
    pub fn source(&self) -> String {
        let kind = if self.crossing.is_some() { "server" } else { "docker" };
        format!("{kind}/{}", self.name)
    }

    /// `exit 137, out of memory`
    pub fn reason(&self) -> String {
        if let Some(crossing) = &self.crossing {
            return crossing.sentence();
        }
        match (self.exit_code, self.oom) {
            (None, true) => "out of memory inside, it goes on".to_owned(),
            (Some(code), oom) => match exit::meaning(code, oom) {
                Some(meaning) => format!("exit {code}, {meaning}"),
                None => format!("exit {code}"),
            },
            (None, false) => "died".to_owned(),
        }
    }
}

/// A capsule: everything that could be had within a few seconds. Texts are as received, not sanitised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capsule {
    #[serde(flatten)]
    pub info: CapsuleInfo,
    pub image_id: String,
    pub asked_to_stop: bool,
    pub restart_count: Option<u64>,
    pub started_at: Option<Timestamp>,
    /// What could not be had, and why.
    pub missing: Vec<String>,
    /// What it used in its last minutes, as far as it was measured; oldest first.
    pub usage: Vec<UsagePoint>,
    /// The last lines of its log.
    pub log: Vec<LogLine>,
    /// True when `log` would have been longer than its bound.
    pub log_cut: bool,
    /// The engine's whole answer, secrets masked; `null` when it is missing.
    pub inspect: Value,
    /// What is of a server alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerCapsule>,
}

/// A usage at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsagePoint {
    pub at: Timestamp,
    #[serde(flatten)]
    pub usage: Usage,
}

impl Capsule {
    /// What a capsule of a death is called. Only letters, digits and `-`, `_`, `.`: it becomes a file's name.
    pub fn id(at: Timestamp, name: &str, container: &str) -> String {
        let plain = |text: &str, max: usize| -> String {
            let harmless = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            text.chars().filter(harmless).take(max).collect()
        };
        format!("{}-{}-{}", at.strftime("%Y%m%dT%H%M%SZ"), plain(name, 100), plain(container, 12))
    }

    /// True for what [`Capsule::id`] can have made.
    pub fn is_id(text: &str) -> bool {
        let harmless = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        text.len() <= 160
            && text.bytes().next().is_some_and(|b| b.is_ascii_digit())
            && text.bytes().all(harmless)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_harmless_name() {
        let at: Timestamp = "2026-11-21T12:04:14.9Z".parse().unwrap();
        assert_eq!(Capsule::id(at, "web-1", "9b61b3c4c32cde4b"), "20261121T120414Z-web-1-9b61b3c4c32c");
        let hostile = Capsule::id(at, "../../etc/\0\u{202e}pass", "/x");
        assert_eq!(hostile, "20261121T120414Z-....etcpass-x");
        assert!(Capsule::is_id(&hostile));
        for bad in ["", ".", "..", "../x", "2026/x", "2\0", &"2".repeat(200)] {
            assert!(!Capsule::is_id(bad), "{bad}");
        }
    }
}
