//! The processes of a server. Texts are sanitised.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

/// A process, bound by its start as well: numbers are used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcessId {
    pub pid: u32,
    /// Clock ticks after the boot.
    pub start: u64,
}

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.pid, self.start)
    }
}

/// All processes at a moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProcessList {
    /// The server's own clock, seconds since its boot.
    pub uptime_s: f64,
    pub ticks_per_s: u32,
    pub processes: Vec<Process>,
}

/// One process.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Process {
    pub pid: u32,
    pub ppid: u32,
    pub user: Option<String>,
    /// `R`, `S`, `D`, `Z` …
    pub state: char,
    /// Of one processor since the reading before; `None` with the first one.
    pub cpu_percent: Option<f64>,
    pub memory_bytes: Option<u64>,
    pub threads: Option<u32>,
    pub nice: Option<i32>,
    pub started_at: Option<Timestamp>,
    /// The kernel's short name.
    pub name: String,
    /// The command line; of kernel threads the name in brackets.
    pub command: String,
    pub unit: Option<String>,
    /// The container's id.
    pub container: Option<String>,
    #[serde(skip)]
    pub start: u64,
    /// Processor time, clock ticks.
    #[serde(skip)]
    pub cpu_ticks: u64,
}

impl Process {
    pub fn id(&self) -> ProcessId {
        ProcessId { pid: self.pid, start: self.start }
    }
}

impl ProcessList {
    /// Fills in what only two readings tell.
    pub fn since(mut self, before: &ProcessList) -> Self {
        let seconds = self.uptime_s - before.uptime_s;
        if seconds <= 0.0 || self.ticks_per_s == 0 {
            return self;
        }
        let ticks: HashMap<ProcessId, u64> = before.processes.iter().map(|p| (p.id(), p.cpu_ticks)).collect();
        for process in &mut self.processes {
            // One that is new has used all its time since.
            let used = process.cpu_ticks.saturating_sub(ticks.get(&process.id()).copied().unwrap_or(0));
            let percent = used as f64 / f64::from(self.ticks_per_s) / seconds * 100.0;
            process.cpu_percent = Some((percent * 10.0).round() / 10.0);
        }
        self
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn process(pid: u32, ppid: u32, name: &str) -> Process {
        Process {
            pid,
            ppid,
            user: Some("root".into()),
            state: 'S',
            cpu_percent: None,
            memory_bytes: Some(1 << 20),
            threads: Some(1),
            nice: Some(0),
            started_at: None,
            name: name.into(),
            command: format!("/usr/bin/{name}"),
            unit: None,
            container: None,
            start: 100,
            cpu_ticks: 0,
        }
    }

    fn list(uptime_s: f64, ticks: &[(u32, u64, u64)]) -> ProcessList {
        let of = |(pid, start, cpu_ticks): &(u32, u64, u64)| Process {
            start: *start,
            cpu_ticks: *cpu_ticks,
            ..process(*pid, 1, "x")
        };
        ProcessList { uptime_s, ticks_per_s: 100, processes: ticks.iter().map(of).collect() }
    }

    #[test]
    fn shares_are_differences_and_a_number_used_again_is_another_process() {
        let before = list(10.0, &[(1, 5, 100), (2, 5, 900)]);
        let now = list(12.0, &[(1, 5, 200), (2, 1100, 20), (3, 1150, 10)]).since(&before);
        let shares: Vec<_> = now.processes.iter().map(|p| p.cpu_percent.unwrap()).collect();
        assert_eq!(shares, [50.0, 10.0, 5.0]);
        assert_eq!(list(5.0, &[(1, 5, 1)]).since(&before).processes[0].cpu_percent, None, "rebooted");
    }
}
