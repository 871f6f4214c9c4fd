//! From the engine's statistics to counters, by the docker CLI's formulas.

use std::collections::HashMap;

use futures_util::{Stream, StreamExt};
use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::fault::Fault;
use crate::domain::ids::ContainerId;
use crate::domain::usage::Counters;

use super::client::{Docker, path};
use super::fault;
use super::lines::lines;
use super::transport::HEADERS;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Raw {
    read: Option<Timestamp>,
    cpu_stats: Option<Cpu>,
    memory_stats: Option<Memory>,
    networks: Option<HashMap<String, Interface>>,
    blkio_stats: Option<BlockIo>,
    pids_stats: Option<Pids>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Cpu {
    cpu_usage: CpuUsage,
    system_cpu_usage: Option<u64>,
    online_cpus: Option<u32>,
    throttling_data: Throttling,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CpuUsage {
    total_usage: u64,
    percpu_usage: Option<Vec<u64>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Throttling {
    periods: u64,
    throttled_periods: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Memory {
    usage: Option<u64>,
    limit: Option<u64>,
    stats: Option<MemoryDetail>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MemoryDetail {
    total_inactive_file: Option<u64>,
    inactive_file: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Interface {
    rx_bytes: u64,
    tx_bytes: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct BlockIo {
    io_service_bytes_recursive: Option<Vec<BlockEntry>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct BlockEntry {
    op: String,
    value: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pids {
    current: Option<u64>,
    limit: Option<u64>,
}

/// Reads one document of statistics; `None` for a container that does not run.
pub(super) fn parse(json: &[u8]) -> Result<Option<Counters>, serde_json::Error> {
    let raw: Raw = serde_json::from_slice(json)?;
    let (Some(read), Some(cpu)) = (raw.read, raw.cpu_stats) else { return Ok(None) };
    // Stopped: the time is the year 1 and everything else is empty.
    if read.as_second() <= 0 || (cpu.cpu_usage.total_usage == 0 && cpu.system_cpu_usage.is_none()) {
        return Ok(None);
    }
    let memory = raw.memory_stats.unwrap_or_default();
    let pids = raw.pids_stats.unwrap_or_default();
    let per_cpu = cpu.cpu_usage.percpu_usage.map_or(0, |p| u32::try_from(p.len()).unwrap_or(u32::MAX));
    Ok(Some(Counters {
        read_ns: read.as_nanosecond(),
        cpu_ns: cpu.cpu_usage.total_usage,
        system_ns: cpu.system_cpu_usage.unwrap_or(0),
        online_cpus: cpu.online_cpus.filter(|n| *n > 0).unwrap_or(per_cpu),
        memory_bytes: memory.usage.map(|usage| {
            let detail = memory.stats.unwrap_or_default();
            used(usage, detail.total_inactive_file, detail.inactive_file)
        }),
        memory_limit_bytes: memory.limit.filter(|l| *l > 0),
        net: raw.networks.map(|all| {
            all.values()
                .fold((0, 0), |(rx, tx), i| (i.rx_bytes.saturating_add(rx), i.tx_bytes.saturating_add(tx)))
        }),
        block: raw.blkio_stats.and_then(|b| b.io_service_bytes_recursive).and_then(|entries| block(&entries)),
        pids: pids.current,
        // "No limit" is written as the largest number, or as 0.
        pids_limit: pids.limit.filter(|n| (1..u64::MAX / 2).contains(n)),
        periods: cpu.throttling_data.periods,
        throttled_periods: cpu.throttling_data.throttled_periods,
    }))
}

/// Memory without file pages that the kernel would give up first: cgroup v1's key counts children too and
/// goes before; v2 has only the other.
pub(super) fn used(usage: u64, total_inactive_file: Option<u64>, inactive_file: Option<u64>) -> u64 {
    match (total_inactive_file, inactive_file) {
        (Some(inactive), _) if inactive < usage => usage - inactive,
        (_, Some(inactive)) if inactive < usage => usage - inactive,
        _ => usage,
    }
}

/// Bytes read and written over all devices.
fn block(entries: &[BlockEntry]) -> Option<(u64, u64)> {
    if entries.is_empty() {
        return None;
    }
    Some(entries.iter().fold((0_u64, 0_u64), |(r, w), e| match e.op.as_bytes().first() {
        Some(b'r' | b'R') => (r.saturating_add(e.value), w),
        Some(b'w' | b'W') => (r, w.saturating_add(e.value)),
        _ => (r, w),
    }))
}

impl Docker {
    /// One reading. From API 1.44 on it is taken at once; before, the engine waits for its next round of
    /// measuring, about a second.
    pub(super) async fn stats_once(&self, id: &ContainerId) -> Result<Option<Counters>, Fault> {
        let doing = format!("statistics of {}", id.short());
        let path = path(id, "/stats?stream=0&one-shot=1");
        let json: Box<serde_json::value::RawValue> = self.transport.json(&doing, &path, HEADERS).await?;
        parse(json.get().as_bytes()).map_err(|e| fault::protocol(&doing, &e.to_string()))
    }

    /// Readings, about one a second, until the container stops or somebody stops reading.
    pub(super) async fn stats_stream(
        &self,
        id: &ContainerId,
    ) -> Result<impl Stream<Item = Result<Option<Counters>, Fault>> + Send + use<>, Fault> {
        let doing = format!("statistics of {}", id.short());
        let response = self.transport.get(&doing, &path(id, "/stats?stream=1"), HEADERS).await?;
        let lines = lines(response, self.transport.endpoint.clone(), doing.clone());
        Ok(lines.map(move |lines| match lines?.last() {
            Some(line) => parse(line).map_err(|e| fault::protocol(&doing, &e.to_string())),
            None => Ok(None),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from Docker 28.5 on cgroup v1, shortened.
    const V1: &str = r#"{"read":"2026-11-21T12:04:14.32023723Z","preread":"0001-01-01T00:00:00Z","pids_stats":{"current":2,"limit":18446744073709551615},
        "blkio_stats":{"io_service_bytes_recursive":[{"major":8,"minor":0,"op":"Read","value":4096},{"major":8,"minor":0,"op":"Write","value":100},{"major":8,"minor":0,"op":"Total","value":4196}]},
        "cpu_stats":{"cpu_usage":{"total_usage":16700605,"percpu_usage":[15241938,1458667]},"system_cpu_usage":3166800000000,"online_cpus":2,"throttling_data":{"periods":10,"throttled_periods":3,"throttled_time":5}},
        "memory_stats":{"usage":950272,"stats":{"cache":1,"inactive_file":5,"total_inactive_file":272},"limit":25276514304},
        "networks":{"eth0":{"rx_bytes":200,"tx_bytes":42},"eth1":{"rx_bytes":1,"tx_bytes":2}}}"#;

    #[test]
    fn cgroup_v1() {
        let c = parse(V1.as_bytes()).unwrap().unwrap();
        assert_eq!((c.cpu_ns, c.system_ns, c.online_cpus), (16_700_605, 3_166_800_000_000, 2));
        assert_eq!((c.memory_bytes, c.memory_limit_bytes), (Some(950_000), Some(25_276_514_304)));
        assert_eq!((c.net, c.block), (Some((201, 44)), Some((4096, 100))));
        assert_eq!((c.pids, c.pids_limit, c.periods, c.throttled_periods), (Some(2), None, 10, 3));
    }

    #[test]
    fn cgroup_v2_and_what_may_be_missing() {
        let c = parse(
            br#"{"read":"2026-11-21T12:04:14Z","pids_stats":{"current":1,"limit":100},"blkio_stats":{"io_service_bytes_recursive":null},
            "cpu_stats":{"cpu_usage":{"total_usage":5},"system_cpu_usage":9,"online_cpus":8},"memory_stats":{"usage":100,"stats":{"inactive_file":40},"limit":1000}}"#,
        )
        .unwrap()
        .unwrap();
        assert_eq!(
            (c.memory_bytes, c.net, c.block, c.pids_limit, c.online_cpus),
            (Some(60), None, None, Some(100), 8)
        );
        // As old engines write it: no number of processors but one counter each.
        let c = parse(br#"{"read":"2026-11-21T12:04:14Z","cpu_stats":{"cpu_usage":{"total_usage":5,"percpu_usage":[1,2,2]}}}"#);
        assert_eq!(c.unwrap().unwrap().online_cpus, 3);
    }

    #[test]
    fn a_stopped_container_has_no_reading() {
        let stopped = r#"{"read":"0001-01-01T00:00:00Z","pids_stats":{},"cpu_stats":{"cpu_usage":{"total_usage":0}},"memory_stats":{}}"#;
        assert_eq!(parse(stopped.as_bytes()).unwrap(), None);
        assert_eq!(parse(b"{}").unwrap(), None);
    }

    proptest::proptest! {
        #[test]
        fn cut_or_changed_statistics_never_panic(cut in 0_usize..1100, at in 0_usize..1100, byte: u8) {
            let mut json = V1.as_bytes().to_vec();
            if let Some(b) = json.get_mut(at) { *b = byte; }
            json.truncate(cut);
            let _ = parse(&json);
        }

        #[test]
        fn memory_never_underflows(usage: u64, a: Option<u64>, b: Option<u64>) {
            proptest::prop_assert!(used(usage, a, b) <= usage);
        }
    }
}
