//! Counters of a kernel at one moment, as `/proc` tells them.

/// All of one reading.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counters {
    /// Seconds since the start: the clock of all rates, so that no jitter on the way here counts.
    pub uptime_s: f64,
    /// When it started, seconds since 1970.
    pub booted_at_s: Option<i64>,
    pub cpu: CpuTimes,
    /// Processors that are online.
    pub cpus: u32,
    /// Tasks that run, and that wait for a disk.
    pub running: u32,
    pub blocked: u32,
    pub load: [f64; 3],
    pub memory: Memory,
    pub net: Vec<NetCounters>,
    /// Whole disks only.
    pub disks: Vec<DiskCounters>,
    pub pressure: Pressure,
}

/// Time of all processors, in ticks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CpuTimes {
    pub user: u64,
    pub nice: u64,
    pub system: u64,
    pub idle: u64,
    pub iowait: u64,
    pub irq: u64,
    pub softirq: u64,
    pub steal: u64,
}

impl CpuTimes {
    pub fn total(&self) -> u64 {
        [self.user, self.nice, self.system, self.idle, self.iowait, self.irq, self.softirq, self.steal]
            .iter()
            .fold(0, |sum, n| sum.saturating_add(*n))
    }
}

/// Memory, bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    pub total: u64,
    /// What programs could have without swapping. Kernels before 3.14 do not tell it: then free, buffers, cached.
    pub available: u64,
    pub swap_total: u64,
    pub swap_free: u64,
}

impl Memory {
    pub fn used(&self) -> u64 {
        self.total.saturating_sub(self.available)
    }

    pub fn used_percent(&self) -> Option<f64> {
        (self.total > 0).then(|| self.used() as f64 / self.total as f64 * 100.0)
    }

    pub fn swap_used(&self) -> u64 {
        self.swap_total.saturating_sub(self.swap_free)
    }
}

/// An interface's bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetCounters {
    pub name: String,
    pub rx_bytes: u64,
    pub tx_bytes: u64,
    /// Errors and drops of both directions.
    pub faults: u64,
}

/// A disk's work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskCounters {
    pub name: String,
    pub read_bytes: u64,
    pub written_bytes: u64,
    /// Milliseconds in which something was under way.
    pub busy_ms: u64,
}

/// Pressure stall information: share of the last ten seconds in which some task waited, per cent; `None` where the
/// kernel has none (before 4.20, or switched off). Of the kernel's own averages, for its counters move every two
/// seconds only.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pressure {
    pub cpu_percent: Option<f64>,
    pub memory_percent: Option<f64>,
    pub io_percent: Option<f64>,
}
