//! Questions about one object that are asked only when somebody looks: their answers are not part of the
//! steady picture of the world.

use serde_json::Value;

use super::ids::{ContainerKey, TargetId};
use super::server::{Point, ServerAnswer, ServerQuery, TrendQuery};

/// A question to a backend.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Query {
    /// Everything the engine knows of a container.
    Inspect(ContainerKey),
    /// The processes of a container.
    Processes(ContainerKey),
    /// Sizes of the writable layer and of the volumes a container uses; slow, asked by the remove dialog.
    Footprint(ContainerKey),
    Server(ServerQuery),
    /// The kept past of a server.
    Trend(TrendQuery),
}

impl Query {
    pub fn target(&self) -> &TargetId {
        match self {
            Self::Inspect(k) | Self::Processes(k) | Self::Footprint(k) => &k.target,
            Self::Server(query) => &query.target,
            Self::Trend(query) => &query.target,
        }
    }
}

/// The answer to a [`Query`] of the same name.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Inspect(Box<Inspect>),
    Processes(ProcessTable),
    Footprint(Footprint),
    Server(ServerAnswer),
    /// Oldest first.
    Trend(Vec<Point>),
}

/// The engine's full answer and what is picked out of it for rows and dialogs.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspect {
    /// As the engine sent it, strings not yet sanitised: whoever draws it does that.
    pub document: Value,
    pub restart_count: Option<u64>,
    pub oom_killed: Option<bool>,
    pub started_at: Option<jiff::Timestamp>,
    pub finished_at: Option<jiff::Timestamp>,
    /// Seconds from stop to kill, when the container sets it.
    pub stop_grace_s: Option<u32>,
    pub has_tty: bool,
    pub restart_policy: Option<String>,
    pub memory_limit_bytes: Option<u64>,
    pub cpus: Option<f64>,
    /// `KEY=value` pairs in the image's and the container's order, unmasked.
    pub env: Vec<(String, String)>,
    /// Results of the last health checks, oldest first: end time, exit code, output (sanitised).
    pub health_log: Vec<HealthResult>,
}

/// One run of a health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthResult {
    pub at: Option<jiff::Timestamp>,
    pub exit_code: i64,
    pub output: String,
}

/// `docker top`: the columns are the engine's (those of ps). Sanitised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProcessTable {
    pub titles: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// What a removal would take along and what it would leave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Footprint {
    pub writable_layer_bytes: Option<u64>,
    /// Volumes of the container.
    pub volumes: Vec<VolumeUse>,
}

/// A volume used by a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeUse {
    pub name: String,
    pub size_bytes: Option<u64>,
    /// Anonymous ones go with `--volumes`; named ones always stay.
    pub anonymous: bool,
}
