//! What a container uses: the engine's counters, rates between two of them, and a ring of the last minutes.
//!
//! Formulas are the docker CLI's (`docker stats`), so that both show the same figures:
//! CPU % = Δ container time ÷ Δ host time × processors × 100; memory = usage without inactive file pages;
//! network = all interfaces; block IO = reads and writes of all devices.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::ContainerKey;

/// Counters at one moment, as the engine reports them. Bytes and nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counters {
    /// The engine's time of reading, nanoseconds since 1970.
    pub read_ns: i128,
    /// CPU time of the container, ns.
    pub cpu_ns: u64,
    /// CPU time of the host over all processors, ns.
    pub system_ns: u64,
    pub online_cpus: u32,
    pub memory_bytes: Option<u64>,
    pub memory_limit_bytes: Option<u64>,
    /// Sum over all interfaces; `None` with the host's network or without one.
    pub net: Option<(u64, u64)>,
    /// Bytes read and written, `None` when the engine lists no device.
    pub block: Option<(u64, u64)>,
    pub pids: Option<u64>,
    pub pids_limit: Option<u64>,
    /// CFS periods and those in which the container was throttled.
    pub periods: u64,
    pub throttled_periods: u64,
}

/// Rates over the time between two [`Counters`], levels at the later one. What was not measured is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Per cent of one processor: 212 = a little more than two.
    pub cpu_percent: Option<f64>,
    pub memory_bytes: Option<u64>,
    /// The container's limit, or the host's memory when it has none.
    pub memory_limit_bytes: Option<u64>,
    pub net_rx_bytes_per_s: Option<f64>,
    pub net_tx_bytes_per_s: Option<f64>,
    pub block_read_bytes_per_s: Option<f64>,
    pub block_write_bytes_per_s: Option<f64>,
    pub pids: Option<u64>,
    #[serde(skip)]
    pub pids_limit: Option<u64>,
    /// Share of scheduling periods in which the CPU limit stopped it.
    #[serde(skip)]
    pub throttled_percent: Option<f64>,
}

impl Usage {
    /// Rates between two readings. A counter that went backwards (a restart) gives levels without rates.
    pub fn between(before: &Counters, now: &Counters) -> Self {
        let mut usage = Self::levels(now);
        let elapsed_s = (now.read_ns - before.read_ns) as f64 / 1e9;
        if now.cpu_ns < before.cpu_ns || elapsed_s <= 0.0 {
            return usage;
        }
        let cpu = (now.cpu_ns - before.cpu_ns) as f64;
        let system = now.system_ns.saturating_sub(before.system_ns) as f64;
        if system > 0.0 {
            usage.cpu_percent = Some(cpu / system * f64::from(now.online_cpus.max(1)) * 100.0);
        }
        let rate = |a: u64, b: u64| (b >= a).then(|| (b - a) as f64 / elapsed_s);
        if let (Some(a), Some(b)) = (before.net, now.net) {
            usage.net_rx_bytes_per_s = rate(a.0, b.0);
            usage.net_tx_bytes_per_s = rate(a.1, b.1);
        }
        if let (Some(a), Some(b)) = (before.block, now.block) {
            usage.block_read_bytes_per_s = rate(a.0, b.0);
            usage.block_write_bytes_per_s = rate(a.1, b.1);
        }
        let periods = now.periods.saturating_sub(before.periods);
        if periods > 0 {
            let throttled = now.throttled_periods.saturating_sub(before.throttled_periods);
            usage.throttled_percent = Some(throttled as f64 / periods as f64 * 100.0);
        }
        usage
    }

    /// What one reading alone can tell.
    pub fn levels(now: &Counters) -> Self {
        Self {
            memory_bytes: now.memory_bytes,
            memory_limit_bytes: now.memory_limit_bytes,
            pids: now.pids,
            pids_limit: now.pids_limit,
            ..Self::default()
        }
    }

    /// Memory used, per cent of the limit.
    pub fn memory_percent(&self) -> Option<f64> {
        match (self.memory_bytes, self.memory_limit_bytes) {
            (Some(used), Some(limit)) if limit > 0 => Some(used as f64 / limit as f64 * 100.0),
            _ => None,
        }
    }
}

/// A usage of one container at one time, as it travels from the sampler to the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageSample {
    pub key: ContainerKey,
    pub at: Timestamp,
    pub usage: Usage,
}

/// One point of a chart, compact: a series of five minutes at 2 s is about 5 kB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub at: Timestamp,
    /// `NaN` stands for "not measured" in all of these.
    pub cpu_percent: f32,
    pub memory_bytes: f32,
    pub net_rx: f32,
    pub net_tx: f32,
    pub block_read: f32,
    pub block_write: f32,
    pub throttled_percent: f32,
}

/// The last usage and a bounded past of it.
#[derive(Debug, Clone, Default)]
pub struct Series {
    pub last: Option<(Timestamp, Usage)>,
    points: VecDeque<Point>,
}

impl Series {
    /// Points kept: ten minutes at one every two seconds.
    pub const CAPACITY: usize = 300;

    /// Takes a sample; one that is not newer than the last is ignored.
    pub fn push(&mut self, at: Timestamp, usage: Usage) {
        if self.last.is_some_and(|(last, _)| at <= last) {
            return;
        }
        if self.points.len() == Self::CAPACITY {
            self.points.pop_front();
        }
        let f = |v: Option<f64>| v.map_or(f32::NAN, |v| v as f32);
        self.points.push_back(Point {
            at,
            cpu_percent: f(usage.cpu_percent),
            memory_bytes: f(usage.memory_bytes.map(|b| b as f64)),
            net_rx: f(usage.net_rx_bytes_per_s),
            net_tx: f(usage.net_tx_bytes_per_s),
            block_read: f(usage.block_read_bytes_per_s),
            block_write: f(usage.block_write_bytes_per_s),
            throttled_percent: f(usage.throttled_percent),
        });
        self.last = Some((at, usage));
    }

    /// The past, oldest first.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = &Point> + ExactSizeIterator {
        self.points.iter()
    }

    /// The last usage if it is not older than `max_age_s` at `now`: an old figure is not shown as current.
    pub fn fresh(&self, now: Timestamp, max_age_s: i64) -> Option<&Usage> {
        self.last.as_ref().filter(|(at, _)| now.as_second() - at.as_second() <= max_age_s).map(|(_, u)| u)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(read_s: i128, cpu_ms: u64, system_ms: u64) -> Counters {
        Counters {
            read_ns: read_s * 1_000_000_000,
            cpu_ns: cpu_ms * 1_000_000,
            system_ns: system_ms * 1_000_000,
            online_cpus: 2,
            ..Counters::default()
        }
    }

    #[test]
    fn cpu_is_the_share_of_host_time_times_processors() {
        // One second on two processors: the host's counter moves by 2 s. Half a second of CPU = 50 %.
        let usage = Usage::between(&counters(10, 1000, 50_000), &counters(11, 1500, 52_000));
        assert_eq!(usage.cpu_percent, Some(50.0));
    }

    #[test]
    fn a_restart_gives_no_rate_and_no_zero() {
        let usage = Usage::between(&counters(10, 9000, 50_000), &counters(12, 10, 54_000));
        assert_eq!(usage.cpu_percent, None);
        assert_eq!(Usage::between(&counters(10, 1, 5), &counters(10, 1, 5)).cpu_percent, None);
    }

    #[test]
    fn rates_are_per_second_and_unmeasured_stays_none() {
        let mut a = counters(10, 0, 0);
        let mut b = counters(12, 0, 4000);
        a.net = Some((1000, 0));
        b.net = Some((5000, 200));
        let usage = Usage::between(&a, &b);
        assert_eq!((usage.net_rx_bytes_per_s, usage.net_tx_bytes_per_s), (Some(2000.0), Some(100.0)));
        assert_eq!(
            (usage.block_read_bytes_per_s, usage.memory_bytes, usage.throttled_percent),
            (None, None, None)
        );
    }

    #[test]
    fn a_series_is_bounded_and_refuses_the_past() {
        let mut series = Series::default();
        for s in 0..1000 {
            series.push(Timestamp::from_second(s).unwrap(), Usage::default());
        }
        series.push(Timestamp::from_second(5).unwrap(), Usage::default());
        assert_eq!(series.points().len(), Series::CAPACITY);
        assert_eq!(series.points().next().unwrap().at.as_second(), 700);
        assert!(series.fresh(Timestamp::from_second(1010).unwrap(), 10).is_none());
    }
}
