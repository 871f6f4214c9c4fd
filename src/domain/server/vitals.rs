//! How a server fares: levels of now, and rates between two readings.

use jiff::Timestamp;

use super::counters::{Counters, Memory};

/// Levels and rates. What was not measured is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Vitals {
    pub at: Timestamp,
    pub uptime_s: f64,
    pub cpus: u32,
    pub cpu: Option<Cpu>,
    pub load: [f64; 3],
    pub memory: Memory,
    pub stall: Stalls,
    pub net: Vec<NetRate>,
    pub disks: Vec<DiskRate>,
    pub running: u32,
    pub blocked: u32,
    /// True when it was started anew since the reading before.
    pub rebooted: bool,
}

/// Shares of all processors' time, per cent of the whole machine.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cpu {
    /// All but idle and waiting for disks.
    pub used: f64,
    pub user: f64,
    pub system: f64,
    pub iowait: f64,
    pub steal: f64,
}

/// Share of the last ten seconds in which some task waited, per cent; `None` without pressure information.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stalls {
    pub cpu: Option<f64>,
    pub memory: Option<f64>,
    pub io: Option<f64>,
}

impl Stalls {
    /// The worst one, with its resource's word.
    pub fn worst(&self) -> Option<(&'static str, f64)> {
        [("io", self.io), ("mem", self.memory), ("cpu", self.cpu)]
            .into_iter()
            .filter_map(|(word, share)| Some((word, share?)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// An interface; rates are `None` at the first reading.
#[derive(Debug, Clone, PartialEq)]
pub struct NetRate {
    pub name: String,
    pub rx_bytes_per_s: Option<f64>,
    pub tx_bytes_per_s: Option<f64>,
    /// Errors and drops a second.
    pub faults_per_s: Option<f64>,
}

impl NetRate {
    /// True for interfaces that lead out of the machine: no loopback, no bridge's or container's end.
    pub fn is_outer(&self) -> bool {
        !["lo", "veth", "docker", "br-", "virbr", "cni", "flannel", "cali", "ifb", "dummy", "tap", "lxc"]
            .iter()
            .any(|inner| self.name.starts_with(inner))
    }
}

/// A disk; rates are `None` at the first reading.
#[derive(Debug, Clone, PartialEq)]
pub struct DiskRate {
    pub name: String,
    pub read_bytes_per_s: Option<f64>,
    pub written_bytes_per_s: Option<f64>,
    /// Share of the time in which something was under way.
    pub busy_percent: Option<f64>,
}

impl Vitals {
    /// Rates since the reading before, if there is one of the same start of the machine.
    pub fn between(before: Option<&Counters>, now: &Counters, at: Timestamp) -> Self {
        let rebooted = before.is_some_and(|before| before.uptime_s > now.uptime_s);
        let before = before.filter(|before| before.uptime_s < now.uptime_s);
        let elapsed_s = before.map_or(0.0, |before| now.uptime_s - before.uptime_s);
        let rate = |then: Option<u64>, now: u64| Some(now.checked_sub(then?)? as f64 / elapsed_s);
        let net = now.net.iter().map(|net| {
            let then = before.and_then(|b| b.net.iter().find(|n| n.name == net.name));
            NetRate {
                name: net.name.clone(),
                rx_bytes_per_s: rate(then.map(|n| n.rx_bytes), net.rx_bytes),
                tx_bytes_per_s: rate(then.map(|n| n.tx_bytes), net.tx_bytes),
                faults_per_s: rate(then.map(|n| n.faults), net.faults),
            }
        });
        let disks = now.disks.iter().map(|disk| {
            let then = before.and_then(|b| b.disks.iter().find(|d| d.name == disk.name));
            let busy = rate(then.map(|d| d.busy_ms), disk.busy_ms);
            DiskRate {
                name: disk.name.clone(),
                read_bytes_per_s: rate(then.map(|d| d.read_bytes), disk.read_bytes),
                written_bytes_per_s: rate(then.map(|d| d.written_bytes), disk.written_bytes),
                // Milliseconds a second are a tenth of a per cent.
                busy_percent: busy.map(|busy| (busy / 10.0).min(100.0)),
            }
        });
        Self {
            at,
            uptime_s: now.uptime_s,
            cpus: now.cpus,
            cpu: before.and_then(|before| Cpu::between(before, now)),
            load: now.load,
            memory: now.memory,
            stall: Stalls {
                cpu: now.pressure.cpu_percent,
                memory: now.pressure.memory_percent,
                io: now.pressure.io_percent,
            },
            net: net.collect(),
            disks: disks.collect(),
            running: now.running,
            blocked: now.blocked,
            rebooted,
        }
    }

    /// Bytes a second received and sent by all outer interfaces.
    pub fn outer_net(&self) -> Option<(f64, f64)> {
        let outer = || self.net.iter().filter(|n| n.is_outer());
        let sum = |rate: fn(&NetRate) -> Option<f64>| outer().filter_map(rate).reduce(|a, b| a + b);
        Some((sum(|n| n.rx_bytes_per_s)?, sum(|n| n.tx_bytes_per_s)?))
    }

    /// The disk that is busy most.
    pub fn busiest_disk(&self) -> Option<&DiskRate> {
        let busy = |disk: &&DiskRate| disk.busy_percent.is_some();
        self.disks.iter().filter(busy).max_by(|a, b| {
            let (a, b) = (a.busy_percent.unwrap_or_default(), b.busy_percent.unwrap_or_default());
            a.total_cmp(&b)
        })
    }
}

impl Cpu {
    /// `None` when no time has passed, or a counter went back (a processor was taken away).
    fn between(before: &Counters, now: &Counters) -> Option<Self> {
        let total = now.cpu.total().checked_sub(before.cpu.total()).filter(|t| *t > 0)? as f64;
        // The kernel's idle and iowait may step back a little.
        let share = |then: u64, now: u64| now.saturating_sub(then) as f64 / total * 100.0;
        let (a, b) = (&before.cpu, &now.cpu);
        let (idle, iowait) = (share(a.idle, b.idle), share(a.iowait, b.iowait));
        Some(Self {
            used: (100.0 - idle - iowait).clamp(0.0, 100.0),
            user: share(a.user, b.user) + share(a.nice, b.nice),
            system: share(a.system, b.system) + share(a.irq, b.irq) + share(a.softirq, b.softirq),
            iowait,
            steal: share(a.steal, b.steal),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::counters::*;
    use super::*;

    fn counters(uptime_s: f64, user: u64, idle: u64, io: f64) -> Counters {
        Counters {
            uptime_s,
            cpus: 2,
            cpu: CpuTimes { user, idle, ..CpuTimes::default() },
            net: vec![NetCounters { name: "eth0".into(), rx_bytes: user * 10, tx_bytes: 5, faults: 0 }],
            disks: vec![DiskCounters { name: "sda".into(), busy_ms: user * 10, ..DiskCounters::default() }],
            pressure: Pressure { io_percent: Some(io), ..Pressure::default() },
            ..Counters::default()
        }
    }

    #[test]
    fn rates_are_over_the_servers_own_time() {
        let (a, b) = (counters(10.0, 100, 300, 0.0), counters(12.0, 200, 600, 25.0));
        let vitals = Vitals::between(Some(&a), &b, Timestamp::UNIX_EPOCH);
        assert_eq!(vitals.cpu.unwrap().used, 25.0);
        assert_eq!(vitals.net[0].rx_bytes_per_s, Some(500.0));
        assert_eq!((vitals.disks[0].busy_percent, vitals.stall.io), (Some(50.0), Some(25.0)));
        assert_eq!(vitals.outer_net(), Some((500.0, 0.0)));
        assert_eq!(vitals.stall.worst(), Some(("io", 25.0)));
    }

    /// The server's clock is set, or ours: what is counted is time since the start.
    #[test]
    fn clocks_that_jump_change_no_rate() {
        let (a, b) = (counters(10.0, 100, 300, 0.0), counters(12.0, 200, 600, 25.0));
        for now in [Timestamp::UNIX_EPOCH, Timestamp::MIN, Timestamp::MAX] {
            let vitals = Vitals::between(Some(&a), &b, now);
            assert_eq!(
                (vitals.cpu.map(|cpu| cpu.used), vitals.net[0].rx_bytes_per_s),
                (Some(25.0), Some(500.0))
            );
        }
    }

    #[test]
    fn the_first_reading_and_one_after_a_reboot_have_no_rates_and_no_zeros() {
        let first = Vitals::between(None, &counters(10.0, 1, 1, 7.0), Timestamp::UNIX_EPOCH);
        assert_eq!((first.cpu, first.net[0].rx_bytes_per_s, first.rebooted), (None, None, false));
        assert_eq!(first.stall.io, Some(7.0));
        let again = counters(3.0, 0, 2, 0.0);
        let after = Vitals::between(Some(&counters(10.0, 1, 1, 7.0)), &again, Timestamp::UNIX_EPOCH);
        assert_eq!((after.cpu, after.disks[0].busy_percent, after.rebooted), (None, None, true));
        let same = Vitals::between(Some(&again), &again, Timestamp::UNIX_EPOCH);
        assert_eq!(same.cpu, None);
    }
}
