//! `/proc` as one answer: `stat`, `meminfo`, `loadavg`, `uptime`, `net/dev`, `diskstats`, `pressure/*`.
//! Formats: proc(5), Documentation/accounting/psi.rst, Documentation/admin-guide/iostats.rst of the kernel.

use super::number;
use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::counters::{Counters, CpuTimes, DiskCounters, Memory, NetCounters};

/// A sector of `diskstats`, whatever the disk's own is, bytes.
const SECTOR: u64 = 512;
/// More interfaces or disks than this are not kept: thousands of containers each have one.
const MOST: usize = 4096;

/// The counters, or `None` when the answer has no `/proc/uptime`: without a clock there are no rates.
pub fn counters(body: &str) -> Option<Counters> {
    let (mut out, mut has_clock) = (Counters::default(), false);
    for (name, text) in sections(body) {
        match name {
            "/proc/stat" => stat(text, &mut out),
            "/proc/meminfo" => out.memory = meminfo(text),
            "/proc/loadavg" => loadavg(text, &mut out),
            "/proc/uptime" => {
                out.uptime_s = number(text.split_whitespace().next());
                has_clock = out.uptime_s > 0.0;
            }
            "/proc/net/dev" => out.net = text.lines().filter_map(interface).take(MOST).collect(),
            "/proc/diskstats" => out.disks = disks(text),
            "/proc/pressure/cpu" => out.pressure.cpu_percent = stall(text),
            "/proc/pressure/memory" => out.pressure.memory_percent = stall(text),
            "/proc/pressure/io" => out.pressure.io_percent = stall(text),
            _ => {}
        }
    }
    has_clock.then_some(out)
}

fn stat(text: &str, out: &mut Counters) {
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("cpu") => {
                let mut next = || number(words.next());
                out.cpu = CpuTimes {
                    user: next(),
                    nice: next(),
                    system: next(),
                    idle: next(),
                    iowait: next(),
                    irq: next(),
                    softirq: next(),
                    steal: next(),
                };
            }
            Some("btime") => out.booted_at_s = words.next().and_then(|w| w.parse().ok()),
            Some("procs_running") => out.running = number(words.next()),
            Some("procs_blocked") => out.blocked = number(words.next()),
            Some(cpu) if cpu.starts_with("cpu") => out.cpus += 1,
            _ => {}
        }
    }
}

fn meminfo(text: &str) -> Memory {
    let (mut memory, mut available, mut spare) = (Memory::default(), None, 0_u64);
    for line in text.lines() {
        let Some((name, rest)) = line.split_once(':') else { continue };
        let field = match name {
            "MemTotal" => &mut memory.total,
            "SwapTotal" => &mut memory.swap_total,
            "SwapFree" => &mut memory.swap_free,
            "MemAvailable" => available.insert(0),
            "MemFree" | "Buffers" | "Cached" => {
                spare = spare.saturating_add(kibibytes(rest));
                continue;
            }
            _ => continue,
        };
        *field = kibibytes(rest);
    }
    memory.available = available.unwrap_or(spare).min(memory.total);
    memory
}

fn kibibytes(rest: &str) -> u64 {
    number::<u64>(rest.split_ascii_whitespace().next()).saturating_mul(1024)
}

fn loadavg(text: &str, out: &mut Counters) {
    let mut words = text.split_ascii_whitespace();
    for load in &mut out.load {
        *load = number(words.next());
    }
}

/// `eth0: 1948337977 81987 0 0 …`: eight figures received, eight sent.
fn interface(line: &str) -> Option<NetCounters> {
    let (name, figures) = line.split_once(':')?;
    let mut figures = figures.split_ascii_whitespace().map(|word| word.parse::<u64>().ok());
    let mut all = [0; 12];
    for figure in &mut all {
        *figure = figures.next()??;
    }
    let [rx_bytes, _, rx_errors, rx_drops, _, _, _, _, tx_bytes, _, tx_errors, tx_drops] = all;
    let faults =
        [rx_errors, rx_drops, tx_errors, tx_drops].iter().fold(0, |sum: u64, n| sum.saturating_add(*n));
    Some(NetCounters { name: sanitize::name(name.trim()), rx_bytes, tx_bytes, faults })
}

/// Whole disks that did something since the start: partitions, loops and RAM disks are left out.
fn disks(text: &str) -> Vec<DiskCounters> {
    let mut disks: Vec<DiskCounters> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        // major minor name, reads merged sectors ms, writes merged sectors ms, in flight, busy ms
        let [_, _, name, reads, _, read, _, writes, _, written, _, _, busy, ..] = words[..] else { continue };
        let idle = reads == "0" && writes == "0";
        let virtual_ = ["loop", "ram", "zram", "fd", "sr"].iter().any(|kind| name.starts_with(kind));
        if idle || virtual_ || disks.len() >= MOST || disks.iter().any(|disk| is_partition(name, &disk.name))
        {
            continue;
        }
        let bytes = |sectors: &str| number::<u64>(Some(sectors)).saturating_mul(SECTOR);
        disks.push(DiskCounters {
            name: sanitize::name(name),
            read_bytes: bytes(read),
            written_bytes: bytes(written),
            busy_ms: number(Some(busy)),
        });
    }
    disks
}

/// `sda1` of `sda`, `nvme0n1p2` of `nvme0n1`. The kernel lists a disk before its partitions.
fn is_partition(name: &str, disk: &str) -> bool {
    let Some(rest) = name.strip_prefix(disk) else { return false };
    let number = match disk.ends_with(|c: char| c.is_ascii_digit()) {
        true => rest.strip_prefix('p'),
        false => Some(rest),
    };
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// `some avg10=1.78 avg60=0.52 avg300=0.42 total=44177483`
fn stall(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
    line.split(' ').find_map(|word| word.strip_prefix("avg10="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRAME: &str = include_str!("../../../../tests/it/backends/captures/vitals.txt");

    #[test]
    fn a_real_answer() {
        let c = counters(FRAME).unwrap();
        assert_eq!((c.uptime_s, c.cpus, c.running, c.blocked), (3447.66, 2, 12, 0));
        assert_eq!(c.load, [10.29, 9.96, 11.49]);
        assert_eq!(c.booted_at_s, Some(1_795_229_157));
        assert_eq!((c.memory.total, c.memory.available), (24_684_092 << 10, 22_713_816 << 10));
        assert_eq!(c.cpu.total(), 232_689 + 219_050 + 133_178 + 99_699 + 437 + 1524 + 2023);
        let eth = c.net.iter().find(|n| n.name == "eth0").unwrap();
        assert_eq!((eth.rx_bytes, eth.tx_bytes), (1_948_337_977, 5_334_082));
        assert_eq!(c.net.iter().find(|n| n.name == "docker0").unwrap().faults, 5);
        let disks: Vec<_> = c.disks.iter().map(|d| (d.name.as_str(), d.busy_ms)).collect();
        assert_eq!(disks, [("vda", 85_624)]);
        assert_eq!((c.pressure.io_percent, c.pressure.cpu_percent), (Some(1.78), Some(96.94)));
    }

    #[test]
    fn partitions_are_not_disks() {
        let text = "8 0 sda 5 0 8 0 1 0 2 0 0 7 0\n8 1 sda1 5 0 8 0 1 0 2 0 0 7 0\n\
                    259 0 nvme0n1 5 0 8 0 1 0 2 0 0 7 0\n259 1 nvme0n1p1 5 0 8 0 1 0 2 0 0 7 0\n\
                    65 0 sdaa 5 0 8 0 1 0 2 0 0 7 0\n7 0 loop0 5 0 8 0 1 0 2 0 0 7 0\nbroken\n";
        let names: Vec<_> = disks(text).into_iter().map(|d| d.name).collect();
        assert_eq!(names, ["sda", "nvme0n1", "sdaa"]);
    }

    #[test]
    fn old_kernels_and_missing_files() {
        let old = "==> /proc/uptime <==\n5.5 1\n\n==> /proc/meminfo <==\nMemTotal: 100 kB\nMemFree: 10 kB\nCached: 20 kB\n";
        let c = counters(old).unwrap();
        assert_eq!((c.memory.available, c.pressure.io_percent), (30 << 10, None));
        assert_eq!(counters("==> /proc/stat <==\ncpu 1 2\n"), None);
        assert_eq!(counters(""), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(cut in 0..FRAME.len(), at in 0..FRAME.len(), noise in "\\PC{0,20}") {
            let mut text = FRAME.to_owned();
            text.truncate(cut);
            text.insert_str(at.min(text.len()), &noise);
            let _ = counters(&text);
        }

        #[test]
        fn no_figure_is_too_large(n in any::<u64>()) {
            let text = format!("==> /proc/uptime <==\n{n} 1\n==> /proc/stat <==\ncpu {n} {n} {n} {n}\n==> /proc/meminfo <==\nMemTotal: {n} kB\nMemFree: {n} kB\nBuffers: {n} kB\n==> /proc/diskstats <==\n8 0 sda {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n}\n==> /proc/net/dev <==\na: {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n} {n}\n");
            let c = counters(&text);
            prop_assert!(c.is_none_or(|c| c.cpu.total() > 0 || n == 0));
        }
    }
}
