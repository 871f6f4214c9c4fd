//! What of a server has a threshold, and what a reading says of it. Figures only: where thresholds lie is the matter
//! of [`super::thresholds`], when a figure counts as over that of [`super::crossings`].

use serde::{Deserialize, Serialize};

use super::{Checks, Vitals};
use crate::domain::quantity;

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
    /// Days that the certificate in use that ends first has passed the day of its end: below nothing while it holds.
    Certificate,
    /// An upgrade wants one.
    Reboot,
    /// Packages that would close a hole.
    SecurityUpdates,
    /// It would be of no use: it has been judged where it was read.
    Backup,
    /// What somebody has asked again and again: it has judged itself.
    Check,
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
            Self::Certificate => "certificate",
            Self::Reboot => "reboot required",
            Self::SecurityUpdates => "security updates",
            Self::Backup => "backup",
            Self::Check => "check",
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
            Self::Certificate => "certs",
            Self::Reboot => "up",
            Self::SecurityUpdates => "updates",
            Self::Backup | Self::Check => "name",
        }
    }

    /// What goes up and down with every reading has to stay where it is for so long before it counts, seconds.
    pub fn holds_s(self) -> i64 {
        match self {
            Self::Cpu | Self::Memory | Self::Swap | Self::Load | Self::Stall => 10,
            Self::Disk
            | Self::Inodes
            | Self::FailedUnits
            | Self::Link
            | Self::Certificate
            | Self::Reboot
            | Self::SecurityUpdates
            | Self::Backup
            | Self::Check => 0,
        }
    }

    /// It comes from one moment to the next, so that what was then is worth keeping.
    pub fn is_incident(self) -> bool {
        !matches!(self, Self::Certificate | Self::Reboot | Self::SecurityUpdates | Self::Backup)
    }

    /// `94 %`, `2`; nothing for what has no figure.
    pub fn figure(self, value: f64) -> String {
        match self {
            Self::Link | Self::Reboot | Self::Backup | Self::Check => String::new(),
            Self::FailedUnits | Self::SecurityUpdates => format!("{value:.0}"),
            Self::Certificate => format!("{:.0} days", -value),
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
    let one = |metric, value| Reading { metric, what: String::new(), value };
    readings.extend(failed.map(|value| one(Metric::FailedUnits, value)));
    readings.extend(checks.reboot_required.map(|wanted| one(Metric::Reboot, f64::from(u8::from(wanted)))));
    readings.extend(checks.updates.map(|updates| one(Metric::SecurityUpdates, updates.security as f64)));
    readings.extend(checks.certificate.as_ref().map(|first| Reading {
        metric: Metric::Certificate,
        what: first.name.clone(),
        value: -(first.days_left(checks.at) as f64),
    }));
    readings
}
