//! Incidents of servers: what there is to know of the moment at which something went over its threshold, or was
//! lost.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::TargetId;
use super::server::{Crossing, Point, Process};

/// Readings kept: five minutes at one every two seconds.
pub const READINGS: usize = 150;
/// Processes kept: those that use the processors most,
const BUSIEST: usize = 10;
/// and those that use the memory most.
const LARGEST: usize = 5;

/// What is known at once, before anything is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    pub target: TargetId,
    pub crossing: Crossing,
    pub past: IncidentPast,
}

/// What was known before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IncidentPast {
    /// Why it was slow, in one line.
    pub cause: Option<String>,
    pub failed_units: Vec<String>,
    /// Its last minutes, oldest first.
    pub readings: Vec<Moment>,
}

/// The part of a capsule that is of a server alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServerCapsule {
    #[serde(flatten)]
    pub past: IncidentPast,
    /// The busiest processes, then the largest ones.
    pub processes: Vec<Busy>,
}

/// A reading; `None` = not measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    pub at: Timestamp,
    pub cpu_percent: Option<f32>,
    pub memory_percent: Option<f32>,
    pub load1: Option<f32>,
    pub io_stall_percent: Option<f32>,
    pub rx_bytes_per_s: Option<f32>,
    pub tx_bytes_per_s: Option<f32>,
    pub disk_percent: Option<f32>,
}

impl From<Point> for Moment {
    fn from(point: Point) -> Self {
        let [cpu, memory, load, io_stall, rx, tx, disk] =
            point.figures().map(|figure| Some(figure).filter(|f| f.is_finite()));
        Self {
            at: point.at,
            cpu_percent: cpu,
            memory_percent: memory,
            load1: load,
            io_stall_percent: io_stall,
            rx_bytes_per_s: rx,
            tx_bytes_per_s: tx,
            disk_percent: disk,
        }
    }
}

/// A process that uses much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Busy {
    pub pid: u32,
    pub user: Option<String>,
    pub cpu_percent: Option<f64>,
    pub memory_bytes: Option<u64>,
    pub unit: Option<String>,
    pub container: Option<String>,
    /// The kernel's short name: command lines hold passwords.
    pub name: String,
}

/// Those that matter of all processes.
pub fn busiest(processes: &[Process]) -> Vec<Busy> {
    let mut by_cpu: Vec<&Process> = processes.iter().collect();
    by_cpu.sort_by(|a, b| b.cpu_percent.unwrap_or_default().total_cmp(&a.cpu_percent.unwrap_or_default()));
    let mut by_memory: Vec<&Process> = by_cpu.split_off(by_cpu.len().min(BUSIEST));
    by_memory.sort_by_key(|process| std::cmp::Reverse(process.memory_bytes));
    by_cpu.into_iter().chain(by_memory.into_iter().take(LARGEST)).map(busy).collect()
}

fn busy(process: &Process) -> Busy {
    Busy {
        pid: process.pid,
        user: process.user.clone(),
        cpu_percent: process.cpu_percent,
        memory_bytes: process.memory_bytes,
        unit: process.unit.clone(),
        container: process.container.clone(),
        name: process.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::processes::tests::process;

    #[test]
    fn the_busiest_and_then_the_largest() {
        let mut all: Vec<Process> = (1..=100).map(|pid| process(pid, 1, "x")).collect();
        for p in &mut all {
            p.cpu_percent = Some(f64::from(p.pid));
            p.memory_bytes = Some(u64::from(1000 - p.pid));
        }
        let pids: Vec<u32> = busiest(&all).iter().map(|b| b.pid).collect();
        assert_eq!(pids, [100, 99, 98, 97, 96, 95, 94, 93, 92, 91, 1, 2, 3, 4, 5]);
        assert!(busiest(&[]).is_empty());
    }

    #[test]
    fn what_was_not_measured_is_null() {
        let moment = Moment::from(Point::unmeasured(Timestamp::UNIX_EPOCH));
        let text = serde_json::to_string(&moment).unwrap();
        assert!(text.contains("\"cpu_percent\":null"), "{text}");
        assert_eq!(serde_json::from_str::<Moment>(&text).unwrap(), moment);
    }
}
