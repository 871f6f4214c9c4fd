//! Counters straight from the kernel, for containers of an engine on this machine: no load for the engine
//! at all, and no wait for its round of measuring.
//!
//! A container's cgroup is named after its id, 64 random digits: where such a directory exists, it is that
//! container, whichever engine made it. Where it does not (a remote engine, another cgroup parent, no right
//! to read), there are no counters here and the engine is asked.

use std::fs;
use std::path::{Path, PathBuf};

use crate::backends::clock;
use crate::domain::ids::ContainerId;
use crate::domain::usage::Counters;

use super::stats;

/// Where containers are below a cgroup root: Docker with its own driver and with systemd's, then Podman.
const PARENTS: [(&str, &str, &str); 4] = [
    ("docker", "", ""),
    ("system.slice", "docker-", ".scope"),
    ("machine.slice", "libpod-", ".scope"),
    ("libpod_parent", "libpod-", ""),
];

/// What to read of a container.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub id: ContainerId,
    /// False on the host's network, whose counters are not the container's.
    pub own_network: bool,
}

/// The kernel's files.
#[derive(Debug, Clone)]
pub(super) struct Cgroups {
    root: PathBuf,
    proc: PathBuf,
    v2: bool,
}

/// What is the same for all containers at one moment.
#[derive(Debug, Clone, Copy)]
struct Host {
    system_ns: u64,
    online_cpus: u32,
    memory_bytes: u64,
}

impl Cgroups {
    /// This machine's, if it has any.
    pub fn here() -> Option<Self> {
        Self::at("/sys/fs/cgroup".into(), "/proc".into())
    }

    fn at(root: PathBuf, proc: PathBuf) -> Option<Self> {
        let v2 = root.join("cgroup.controllers").exists();
        (v2 || root.join("memory").is_dir()).then_some(Self { root, proc, v2 })
    }

    /// Reads all that can be read; blocks for some 0.1 ms a container. The answer has no entry for a container
    /// without a cgroup here.
    pub fn read(&self, wanted: &[Wanted]) -> Vec<(ContainerId, Counters)> {
        let Some(host) = self.host() else { return Vec::new() };
        // CPU first and close together: its rate is measured against the host's time of this moment.
        let mut found = Vec::with_capacity(wanted.len());
        for one in wanted {
            if let Some((dir, counters)) = self.cpu(&one.id, host) {
                found.push((one, dir, counters));
            }
        }
        found
            .into_iter()
            .map(|(one, dir, mut counters)| {
                self.rest(&dir, one.own_network, host, &mut counters);
                (one.id.clone(), counters)
            })
            .collect()
    }

    fn host(&self) -> Option<Host> {
        let stat = fs::read_to_string(self.proc.join("stat")).ok()?;
        let (system_ns, online_cpus) = host_time(&stat)?;
        let meminfo = fs::read_to_string(self.proc.join("meminfo")).ok()?;
        let memory_kb = field(&meminfo.replace(':', " "), "MemTotal")?;
        Some(Host { system_ns, online_cpus, memory_bytes: memory_kb.saturating_mul(1024) })
    }

    /// A directory of a controller, by the path of the container below every controller.
    fn dir(&self, controllers: &[&str], below: &str) -> Option<PathBuf> {
        if self.v2 {
            return Some(self.root.join(below)).filter(|d| d.is_dir());
        }
        controllers.iter().map(|c| self.root.join(c).join(below)).find(|d| d.is_dir())
    }

    /// Finds the container and reads its CPU time: its path below the controllers, and the first counters.
    fn cpu(&self, id: &ContainerId, host: Host) -> Option<(String, Counters)> {
        // Only what looks like an id may become part of a path.
        if id.0.len() != 64 || !id.0.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        for (parent, before, after) in PARENTS {
            let below = format!("{parent}/{before}{id}{after}");
            let Some(dir) = self.dir(&["cpuacct", "cpu,cpuacct", "cpuacct,cpu"], &below) else { continue };
            let cpu_ns = if self.v2 {
                field(&read(&dir, "cpu.stat")?, "usage_usec")?.saturating_mul(1000)
            } else {
                number(&dir, "cpuacct.usage")?
            };
            let counters = Counters {
                read_ns: clock::now().as_nanosecond(),
                cpu_ns,
                system_ns: host.system_ns,
                online_cpus: host.online_cpus,
                ..Counters::default()
            };
            return Some((below, counters));
        }
        None
    }

    /// Everything else. What is gone by now, or may not be read, stays unmeasured.
    fn rest(&self, below: &str, own_network: bool, host: Host, counters: &mut Counters) {
        if let Some(dir) = self.dir(&["cpu", "cpu,cpuacct", "cpuacct,cpu"], below) {
            let stat = read(&dir, "cpu.stat").unwrap_or_default();
            counters.periods = field(&stat, "nr_periods").unwrap_or(0);
            counters.throttled_periods = field(&stat, "nr_throttled").unwrap_or(0);
        }
        if let Some(dir) = self.dir(&["memory"], below) {
            let (usage, limit) = if self.v2 {
                ("memory.current", "memory.max")
            } else {
                ("memory.usage_in_bytes", "memory.limit_in_bytes")
            };
            let stat = read(&dir, "memory.stat").unwrap_or_default();
            counters.memory_bytes = number(&dir, usage)
                .map(|u| stats::used(u, field(&stat, "total_inactive_file"), field(&stat, "inactive_file")));
            let limit = number(&dir, limit).unwrap_or(u64::MAX).min(host.memory_bytes);
            counters.memory_limit_bytes = counters.memory_bytes.map(|_| limit);
        }
        if let Some(dir) = self.dir(&["pids"], below) {
            counters.pids = number(&dir, "pids.current");
            counters.pids_limit = number(&dir, "pids.max");
            if own_network {
                counters.net = read(&dir, "cgroup.procs")
                    .and_then(|pids| pids.lines().next()?.parse::<u32>().ok())
                    .filter(|pid| *pid > 0)
                    .and_then(|pid| fs::read_to_string(self.proc.join(format!("{pid}/net/dev"))).ok())
                    .and_then(|dev| interfaces(&dev));
            }
        }
        counters.block = if self.v2 {
            self.dir(&[], below).and_then(|d| read(&d, "io.stat")).and_then(|s| io_stat(&s))
        } else {
            // The first scheduler that has counted something, in the engine's order.
            self.dir(&["blkio"], below).and_then(|dir| {
                [
                    "blkio.io_service_bytes_recursive",
                    "blkio.bfq.io_service_bytes_recursive",
                    "blkio.throttle.io_service_bytes_recursive",
                ]
                .iter()
                .find_map(|file| io_service_bytes(&read(&dir, file)?))
            })
        };
    }
}

fn read(dir: &Path, file: &str) -> Option<String> {
    fs::read_to_string(dir.join(file)).ok()
}

/// A file with one number; `None` for `max`.
fn number(dir: &Path, file: &str) -> Option<u64> {
    read(dir, file)?.trim().parse().ok()
}

/// The number behind a word in a file of `word number` lines.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        (words.next()? == name).then(|| words.next()?.parse().ok())?
    })
}

/// Host CPU time in ns and the number of processors, as the engine computes them: the first seven figures,
/// which leave out stolen time, in ticks of 10 ms.
fn host_time(stat: &str) -> Option<(u64, u32)> {
    let mut lines = stat.lines();
    let all = lines.next()?.strip_prefix("cpu ")?;
    let ticks = all
        .split_ascii_whitespace()
        .take(7)
        .try_fold(0_u64, |sum, n| Some(sum.saturating_add(n.parse::<u64>().ok()?)))?;
    let cpus = lines.take_while(|l| l.starts_with("cpu")).count();
    Some((ticks.saturating_mul(10_000_000), u32::try_from(cpus).ok()?))
}

/// Bytes received and sent over all interfaces but the loopback; `None` without any.
fn interfaces(dev: &str) -> Option<(u64, u64)> {
    let mut sum = None;
    for line in dev.lines() {
        let Some((name, figures)) = line.split_once(':') else { continue };
        if name.trim() == "lo" {
            continue;
        }
        let figures: Vec<u64> = figures.split_ascii_whitespace().map_while(|n| n.parse().ok()).collect();
        if let (Some(rx), Some(tx)) = (figures.first(), figures.get(8)) {
            let (a, b) = sum.unwrap_or((0_u64, 0_u64));
            sum = Some((a.saturating_add(*rx), b.saturating_add(*tx)));
        }
    }
    sum
}

/// cgroup v2: `8:0 rbytes=1 wbytes=2 …` a device.
fn io_stat(text: &str) -> Option<(u64, u64)> {
    let mut sum = None;
    for word in text.split_ascii_whitespace() {
        let (r, w): (u64, u64) = sum.unwrap_or((0, 0));
        if let Some(n) = word.strip_prefix("rbytes=").and_then(|n| n.parse::<u64>().ok()) {
            sum = Some((r.saturating_add(n), w));
        } else if let Some(n) = word.strip_prefix("wbytes=").and_then(|n| n.parse::<u64>().ok()) {
            sum = Some((r, w.saturating_add(n)));
        }
    }
    sum
}

/// cgroup v1: `8:0 Read 1` a device and operation, then `Total`.
fn io_service_bytes(text: &str) -> Option<(u64, u64)> {
    let mut sum = None;
    for line in text.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, op, n] = words[..] else { continue };
        let (r, w): (u64, u64) = sum.unwrap_or((0, 0));
        let n: u64 = n.parse().ok()?;
        match op {
            "Read" => sum = Some((r.saturating_add(n), w)),
            "Write" => sum = Some((r, w.saturating_add(n))),
            _ => {}
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_formats() {
        let stat = "cpu  40448 30726 10429 228161 1495 0 132 54 0 0\ncpu0 1 2\ncpu1 1 2\nintr 5\n";
        assert_eq!(host_time(stat), Some(((40448 + 30726 + 10429 + 228_161 + 1495 + 132) * 10_000_000, 2)));
        let dev = "Inter-| Receive\n face |bytes packets\n    lo: 9 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0\n  eth0: 200 2 0 0 0 0 0 0 42 1 0 0 0 0 0 0\n eth1:1 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0\n";
        assert_eq!(interfaces(dev), Some((201, 44)));
        assert_eq!(io_stat("8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2\n"), Some((11, 22)));
        assert_eq!(io_service_bytes("8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n"), Some((10, 20)));
        assert_eq!((io_service_bytes("Total 0\n"), io_stat(""), interfaces("")), (None, None, None));
    }

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn proc(at: &Path) {
        write(&at.join("proc/stat"), "cpu  100 0 0 100 0 0 0 0\ncpu0 1\ncpu1 1\ncpu2 1\nintr\n");
        write(&at.join("proc/meminfo"), "MemTotal:       1000 kB\nMemFree: 1 kB\n");
        write(&at.join("proc/77/net/dev"), "eth0: 5 0 0 0 0 0 0 0 6 0\n");
    }

    #[test]
    fn a_container_under_systemd_and_cgroup_v2() {
        let tmp = tempfile::tempdir().unwrap();
        let id = "ab".repeat(32);
        let dir = tmp.path().join(format!("cg/system.slice/docker-{id}.scope"));
        proc(tmp.path());
        write(&tmp.path().join("cg/cgroup.controllers"), "cpu memory");
        for (file, text) in [
            ("cpu.stat", "usage_usec 5000\nuser_usec 1\nnr_periods 4\nnr_throttled 2\n"),
            ("memory.current", "900000\n"),
            ("memory.max", "max\n"),
            ("memory.stat", "anon 5\ninactive_file 100000\n"),
            ("pids.current", "3\n"),
            ("pids.max", "max\n"),
            ("io.stat", "8:0 rbytes=7 wbytes=8\n"),
            ("cgroup.procs", "77\n78\n"),
        ] {
            write(&dir.join(file), text);
        }
        let cgroups = Cgroups::at(tmp.path().join("cg"), tmp.path().join("proc")).unwrap();
        let wanted = |id: &str, own_network| Wanted { id: ContainerId::new(id), own_network };
        let read =
            cgroups.read(&[wanted(&id, true), wanted(&"cd".repeat(32), true), wanted("../../etc", true)]);
        assert_eq!(read.len(), 1);
        let c = read[0].1;
        assert_eq!((c.cpu_ns, c.system_ns, c.online_cpus), (5_000_000, 2_000_000_000, 3));
        assert_eq!((c.memory_bytes, c.memory_limit_bytes), (Some(800_000), Some(1_024_000)));
        assert_eq!((c.net, c.block, c.pids, c.pids_limit), (Some((5, 6)), Some((7, 8)), Some(3), None));
        assert_eq!((c.periods, c.throttled_periods), (4, 2));
        assert_eq!(cgroups.read(&[wanted(&id, false)])[0].1.net, None);
        // It vanishes between two of its files.
        fs::remove_file(dir.join("memory.current")).unwrap();
        assert_eq!(cgroups.read(&[wanted(&id, true)])[0].1.memory_bytes, None);
    }

    proptest::proptest! {
        #[test]
        fn strange_files_never_panic(text in "\\PC{0,80}(\n\\PC{0,40}){0,3}") {
            host_time(&text); interfaces(&text); io_stat(&text); io_service_bytes(&text); field(&text, "x");
        }
    }
}
