//! A container as an engine lists it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::ids::{ContainerId, ContainerKey, TargetId};

/// The engine's own states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Running,
    Restarting,
    Paused,
    Created,
    Exited,
    Removing,
    Dead,
    Unknown,
}

impl State {
    /// Reads the engine's word; a word of a later version is `Unknown`.
    pub fn from_word(word: &str) -> Self {
        match word {
            "running" => Self::Running,
            "restarting" => Self::Restarting,
            "paused" => Self::Paused,
            "created" => Self::Created,
            "exited" | "stopped" => Self::Exited,
            "removing" => Self::Removing,
            "dead" => Self::Dead,
            _ => Self::Unknown,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Restarting => "restarting",
            Self::Paused => "paused",
            Self::Created => "created",
            Self::Exited => "exited",
            Self::Removing => "removing",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }

    /// True when it has processes, so that statistics and processes exist.
    pub fn has_processes(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// The state of a container's health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    Starting,
    Healthy,
    Unhealthy,
}

impl Health {
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "starting" => Some(Self::Starting),
            "healthy" => Some(Self::Healthy),
            "unhealthy" => Some(Self::Unhealthy),
            _ => None,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// One exposed or published port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Port {
    /// Address on the host; `None` when the port is exposed but not published.
    pub host_ip: Option<String>,
    pub host_port: Option<u16>,
    pub container_port: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

impl Port {
    /// True when the port is published on every address of the host, past most firewalls.
    pub fn is_open_to_any(&self) -> bool {
        self.host_port.is_some() && matches!(self.host_ip.as_deref(), None | Some("" | "0.0.0.0" | "::"))
    }
}

/// Membership of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    pub name: String,
    /// IPv4 address, `None` while stopped or on networks without addresses.
    pub ip: Option<String>,
}

/// One container. All texts are sanitised; times are the engine's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Container {
    /// The target that holds it.
    pub target: TargetId,
    pub name: String,
    pub id: ContainerId,
    pub image: String,
    pub image_id: String,
    pub state: State,
    pub health: Option<Health>,
    /// Of the last run; `None` while it runs or when it never ran.
    pub exit_code: Option<i64>,
    /// `None` until an event or an inspect has told.
    pub oom_killed: Option<bool>,
    pub created_at: Option<Timestamp>,
    /// Start of the present run. The list gives it in rounded words only, see `since_rounded`.
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// `None` until an inspect has told: the list does not carry it.
    pub restart_count: Option<u64>,
    /// Compose project and service, from the labels.
    pub project: Option<String>,
    pub service: Option<String>,
    pub ports: Vec<Port>,
    pub networks: Vec<Attachment>,
    pub labels: BTreeMap<String, String>,
    /// True when `started_at` or `finished_at` was computed from the engine's rounded words
    /// (`Up 3 hours`), not taken from an event or an inspect.
    #[serde(skip)]
    pub since_rounded: bool,
    /// Mounts: named volumes and bind sources, for the remove dialog.
    #[serde(skip)]
    pub mounts: Vec<Mount>,
    /// The command as the list shows it (shortened by the engine).
    #[serde(skip)]
    pub command: String,
    /// `host`, `none`, `bridge`, `container:…` or a network's name.
    #[serde(skip)]
    pub network_mode: String,
}

/// One mount of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// `volume`, `bind`, `tmpfs`.
    pub kind: String,
    /// The volume's name, for volumes.
    pub name: Option<String>,
    pub source: String,
    pub destination: String,
    pub read_write: bool,
}

impl Mount {
    /// True for a volume that only this container knows: 64 hexadecimal digits as its name. `docker rm -v`
    /// takes these away and no others.
    pub fn is_anonymous_volume(&self) -> bool {
        self.name.as_deref().is_some_and(|n| n.len() == 64 && n.bytes().all(|b| b.is_ascii_hexdigit()))
    }
}

impl Container {
    pub fn key(&self) -> ContainerKey {
        ContainerKey { target: self.target.clone(), id: self.id.clone() }
    }

    /// A container of the given name with everything else empty; where conversions and tests start.
    pub fn blank(target: TargetId, id: &str, name: &str) -> Self {
        Self {
            target,
            name: name.to_owned(),
            id: ContainerId::new(id),
            image: String::new(),
            image_id: String::new(),
            state: State::Unknown,
            health: None,
            exit_code: None,
            oom_killed: None,
            created_at: None,
            started_at: None,
            finished_at: None,
            restart_count: None,
            project: None,
            service: None,
            ports: Vec::new(),
            networks: Vec::new(),
            labels: BTreeMap::new(),
            since_rounded: false,
            mounts: Vec::new(),
            command: String::new(),
            network_mode: String::new(),
        }
    }

    /// Since when it is in its present state: started for running ones, finished for stopped ones.
    pub fn since(&self) -> Option<Timestamp> {
        match self.state {
            State::Running | State::Paused => self.started_at,
            State::Created => self.created_at,
            _ => self.finished_at,
        }
    }

    /// True when somebody should look: unhealthy, dead, restarting, or ended with an error.
    pub fn needs_attention(&self) -> bool {
        self.health == Some(Health::Unhealthy)
            || matches!(self.state, State::Dead | State::Restarting)
            || (self.state == State::Exited && self.exit_code.is_some_and(|c| c != 0))
    }
}
