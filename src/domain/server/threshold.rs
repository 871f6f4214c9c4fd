//! What of a server has a threshold, where it lies, and what a reading says against it. Figures only: when a
//! figure counts as over is the matter of [`super::crossings`].

use serde::{Deserialize, Serialize};

use super::{Checks, Vitals};
use crate::domain::quantity;

/// A figure has to come down this far below its threshold before it is well again, per cent.
const SLACK: f64 = 5.0;
/// Runnable tasks a processor, per cent: beyond this some wait.
const FULL_LOAD: f64 = 100.0;
/// Share of the time in which some task waits.
const STALL: f64 = 20.0;

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Whether it answers at all.
    Link,
    Cpu,
    Memory,
    Swap,
    Load,
    Stall,
    Disk,
    Inodes,
    FailedUnits,
}

impl Metric {
    pub fn word(self) -> &'static str {
        match self {
            Self::Link => "out of reach",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Swap => "swap",
            Self::Load => "load",
            Self::Stall => "stall",
            Self::Disk => "disk",
            Self::Inodes => "inodes",
            Self::FailedUnits => "failed units",
        }
    }

    /// The column of the fleet that shows it.
    pub fn column(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Cpu => "cpu",
            Self::Memory => "mem",
            Self::Swap => "swap",
            Self::Load => "load",
            Self::Stall => "stall",
            Self::Disk | Self::Inodes => "disk",
            Self::FailedUnits => "failed",
        }
    }

    /// From here on it is over. `threshold_percent` is that of the configuration, for what is a share of a whole.
    pub fn level(self, threshold_percent: f64) -> f64 {
        match self {
            Self::Cpu | Self::Memory | Self::Swap | Self::Disk | Self::Inodes => threshold_percent,
            Self::Load => FULL_LOAD,
            Self::Stall => STALL,
            Self::FailedUnits | Self::Link => 1.0,
        }
    }

    /// Below this it is well again.
    pub fn clears(self, threshold_percent: f64) -> f64 {
        let level = self.level(threshold_percent);
        if matches!(self, Self::FailedUnits | Self::Link) { level } else { (level - SLACK).max(level / 2.0) }
    }

    /// What goes up and down with every reading has to stay where it is for so long before it counts, seconds.
    pub fn holds_s(self) -> i64 {
        match self {
            Self::Cpu | Self::Memory | Self::Swap | Self::Load | Self::Stall => 10,
            Self::Disk | Self::Inodes | Self::FailedUnits | Self::Link => 0,
        }
    }

    /// `94 %`, `2`; nothing for what has no figure.
    pub fn figure(self, value: f64) -> String {
        match self {
            Self::Link => String::new(),
            Self::FailedUnits => format!("{value:.0}"),
            _ => quantity::percent(value),
        }
    }
}

/// A figure of now.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub metric: Metric,
    /// The filesystem; empty for what there is one of.
    pub what: String,
    pub value: f64,
}

/// Of a reading of its vitals. What was not measured is left out.
pub fn of_vitals(vitals: &Vitals) -> Vec<Reading> {
    let memory = &vitals.memory;
    let swap = (memory.swap_total > 0).then(|| memory.swap_used() as f64 / memory.swap_total as f64 * 100.0);
    let load = vitals.load[0] / f64::from(vitals.cpus.max(1)) * 100.0;
    [
        (Metric::Cpu, vitals.cpu.map(|cpu| cpu.used)),
        (Metric::Memory, memory.used_percent()),
        (Metric::Swap, swap),
        (Metric::Load, Some(load)),
        (Metric::Stall, vitals.stall.worst().map(|worst| worst.1)),
    ]
    .into_iter()
    .filter_map(|(metric, value)| Some(Reading { metric, what: String::new(), value: value? }))
    .collect()
}

/// Of its checks.
pub fn of_checks(checks: &Checks) -> Vec<Reading> {
    let mut readings = Vec::new();
    for fs in &checks.filesystems {
        for (metric, share) in [(Metric::Disk, fs.used_percent), (Metric::Inodes, fs.inodes_used_percent)] {
            readings.extend(share.map(|value| Reading { metric, what: fs.mount.clone(), value }));
        }
    }
    let failed = checks.failed_units.as_ref().map(|units| units.len() as f64);
    readings.extend(failed.map(|value| Reading { metric: Metric::FailedUnits, what: String::new(), value }));
    readings
}
