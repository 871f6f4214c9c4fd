//! Units of systemd: services, timers, sockets, mounts and the like. Texts are sanitised.

use jiff::Timestamp;
use serde::Serialize;

/// All units of a server at a moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UnitList {
    pub units: Vec<Unit>,
}

/// One unit. What was not told is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// `nginx.service`
    pub name: String,
    pub description: String,
    /// `loaded`, `not-found`, `masked`, `error`
    pub load: String,
    /// `active`, `inactive`, `failed`, `activating` …
    pub active: String,
    /// `running`, `exited`, `dead` …
    pub sub: String,
    /// `enabled`, `disabled`, `static`, `masked` …
    pub enabled: Option<String>,
    pub main_pid: Option<u32>,
    pub memory_bytes: Option<u64>,
    /// Processor time since it was started, seconds.
    pub cpu_s: Option<u64>,
    pub restarts: Option<u64>,
    /// Since when it is active, or is not any more.
    pub since_at: Option<Timestamp>,
    /// When a timer elapses next and what it starts then.
    pub next_at: Option<Timestamp>,
    pub activates: Option<String>,
}

impl Unit {
    /// How much it wants to be looked at: what failed before what is on its way, then what runs, then the rest.
    pub fn attention(&self) -> u8 {
        match (self.active.as_str(), self.sub.as_str()) {
            ("failed", _) => 4,
            ("activating" | "deactivating" | "reloading", _) => 3,
            ("active", "running") => 2,
            ("active", _) => 1,
            _ => 0,
        }
    }

    pub fn is_failed(&self) -> bool {
        self.active == "failed"
    }

    pub fn is_active(&self) -> bool {
        matches!(self.active.as_str(), "active" | "reloading" | "activating" | "refreshing")
    }

    pub fn is_masked(&self) -> bool {
        self.load == "masked" || self.enabled.as_deref().is_some_and(|e| e.starts_with("masked"))
    }
}

/// What is told of one unit besides its row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitDetail {
    pub unit: Unit,
    /// Its file.
    pub path: String,
    /// Files that change it.
    pub drop_ins: Vec<String>,
    /// How it ended the last time: `success`, `exit-code`, `oom-kill` …
    pub result: String,
    pub exit_status: Option<i32>,
    pub tasks: Option<u64>,
    pub requires: Vec<String>,
    pub wants: Vec<String>,
    /// Those that stop when it stops.
    pub stops_with_it: Vec<String>,
    /// Those that want it and go on without it.
    pub wanted_by: Vec<String>,
    /// Timers, sockets and paths that may start it again.
    pub triggered_by: Vec<String>,
}
