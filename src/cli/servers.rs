//! `pult get servers`: one look at every server, all at the same time.

use futures_util::future::join_all;
use serde::Serialize;

use super::grid::Tone;
use super::listing::{Listing, Row, owned};
use super::{Failure, Session};
use crate::backends::clock;
use crate::backends::server::look;
use crate::domain::filter::find_field;
use crate::domain::ids::TargetId;
use crate::domain::remote::Remote;
use crate::domain::server::Server;
use crate::domain::server_fields::{FIELDS, ServerRow, certificate_days, specs};
use crate::domain::world::TargetInfo;
use crate::runtime::{connections, servers};
use jiff::Timestamp;
use std::sync::Arc;

/// The contract's fields; what was not measured is null.
#[derive(Serialize)]
struct Item<'a> {
    target: &'a TargetId,
    name: &'a str,
    address: &'a str,
    link: &'static str,
    latency_ms: Option<f64>,
    hostname: Option<&'a str>,
    os: Option<&'a str>,
    kernel: Option<&'a str>,
    uptime_s: Option<f64>,
    load1: Option<f64>,
    load5: Option<f64>,
    load15: Option<f64>,
    cpus: Option<u32>,
    cpu_percent: Option<f64>,
    memory_total_bytes: Option<u64>,
    memory_used_bytes: Option<u64>,
    memory_available_bytes: Option<u64>,
    swap_used_bytes: Option<u64>,
    cpu_stall_percent: Option<f64>,
    memory_stall_percent: Option<f64>,
    io_stall_percent: Option<f64>,
    disks: Option<Vec<Disk<'a>>>,
    net: Option<Vec<Net<'a>>>,
    failed_units: Option<&'a [String]>,
    updates: Option<usize>,
    security_updates: Option<usize>,
    certificate_expires_at: Option<Timestamp>,
    certificate_days_left: Option<i64>,
    time_service: Option<&'a str>,
    time_synchronized: Option<bool>,
    time_offset_s: Option<f64>,
    /// The server's clock before this machine's.
    clock_ahead_s: Option<f64>,
    reboot_required: Option<bool>,
    banned: Option<usize>,
    users: Option<&'a [String]>,
}

#[derive(Serialize)]
struct Disk<'a> {
    mount: &'a str,
    filesystem: &'a str,
    size_bytes: u64,
    used_bytes: u64,
    used_percent: Option<f64>,
    inodes_used_percent: Option<f64>,
}

#[derive(Serialize)]
struct Net<'a> {
    interface: &'a str,
    rx_bytes_per_s: Option<f64>,
    tx_bytes_per_s: Option<f64>,
}

/// Looks at the servers of these names, without any at all of them; `updates` takes seconds of work there.
///
/// # Errors
/// When there is no server to look at.
pub async fn fetch(session: &Session, names: &[String], updates: bool) -> Result<Listing, Failure> {
    let profile = &session.profile;
    let hub = session.hub();
    // Nobody else is dialled.
    let wanted = |id: &TargetId| names.is_empty() || names.iter().any(|name| **name == *id.name);
    let servers = session.servers()?.iter().filter(|(id, _)| wanted(id));
    let looks = servers.map(async |(id, endpoint)| {
        let elevate = servers::elevate(endpoint, profile.read_only);
        (id, look(&*connections::shell(&hub, endpoint), elevate, updates).await)
    });
    let mut listing = listing();
    for (id, answer) in join_all(looks).await {
        let Some(target) = profile.targets.iter().find(|t| t.id == *id) else { continue };
        let remote = match answer {
            Ok(server) => Remote::live(Arc::new(server), clock::now()),
            Err(fault) => {
                listing.faults.push((id.clone(), fault.clone()));
                Remote::default().lost(fault, None)
            }
        };
        listing.rows.push(row(target, &remote));
    }
    Ok(listing)
}

/// An empty listing with its columns.
pub(super) fn listing() -> Listing {
    let columns = |words: &[&str]| words.iter().filter_map(|w| find_field(specs(), w)).collect();
    let table =
        ["name", "link", "cpu", "mem", "disk", "load", "stall", "failed", "updates", "bans", "up", "os"];
    let wide = [
        "name", "link", "latency", "cpu", "cpus", "mem", "swap", "disk", "load", "stall", "net", "failed",
        "updates", "security", "reboot", "bans", "users", "up", "os", "kernel", "address", "tag", "clock",
        "sync", "certs",
    ];
    Listing {
        kind: "servers",
        singular: "server",
        fields: specs(),
        table: columns(&table),
        wide: columns(&wide),
        rows: Vec::new(),
        faults: Vec::new(),
        head: serde_json::Map::new(),
    }
}

pub(super) fn row(target: &TargetInfo, remote: &Remote<Server>) -> Row {
    let fields = ServerRow { target, remote };
    Row {
        key: target.id.to_string(),
        name: target.id.name.to_string(),
        id: None,
        values: FIELDS.iter().map(|f| owned((f.get)(&fields))).collect(),
        tone: if remote.link.is_live() { Tone::Good } else { Tone::Bad },
        // Nothing but texts, whole numbers and finite ones: this cannot fail.
        json: serde_json::to_value(item(&fields)).unwrap_or_default(),
    }
}

fn item<'a>(row: &ServerRow<'a>) -> Item<'a> {
    let facts = row.server().map(|s| &*s.facts);
    let (vitals, checks) = (row.vitals(), row.checks());
    let time = checks.and_then(|c| c.time.as_ref());
    let text = |text: &'a str| (!text.is_empty()).then_some(text);
    Item {
        target: &row.target.id,
        name: &row.target.id.name,
        address: &row.target.address,
        link: row.remote.link.word(),
        latency_ms: row.server().and_then(|s| s.latency_ms),
        hostname: facts.and_then(|f| text(&f.hostname)),
        os: facts.and_then(|f| text(&f.os)),
        kernel: facts.and_then(|f| text(&f.kernel)),
        uptime_s: vitals.map(|v| v.uptime_s),
        load1: vitals.map(|v| v.load[0]),
        load5: vitals.map(|v| v.load[1]),
        load15: vitals.map(|v| v.load[2]),
        cpus: vitals.map(|v| v.cpus),
        cpu_percent: vitals.and_then(|v| v.cpu).map(|cpu| cpu.used),
        memory_total_bytes: vitals.map(|v| v.memory.total),
        memory_used_bytes: vitals.map(|v| v.memory.used()),
        memory_available_bytes: vitals.map(|v| v.memory.available),
        swap_used_bytes: vitals.map(|v| v.memory.swap_used()),
        cpu_stall_percent: vitals.and_then(|v| v.stall.cpu),
        memory_stall_percent: vitals.and_then(|v| v.stall.memory),
        io_stall_percent: vitals.and_then(|v| v.stall.io),
        disks: checks.map(|c| c.filesystems.iter().map(disk).collect()),
        net: vitals.map(|v| v.net.iter().map(net).collect()),
        failed_units: checks.and_then(|c| c.failed_units.as_deref()),
        updates: checks.and_then(|c| c.updates).map(|u| u.all),
        security_updates: checks.and_then(|c| c.updates).map(|u| u.security),
        certificate_expires_at: checks.and_then(|c| c.certificate.as_ref()).map(|one| one.expires_at),
        certificate_days_left: certificate_days(row),
        time_service: time.map(|time| time.by),
        time_synchronized: time.and_then(|time| time.synchronized),
        time_offset_s: time.and_then(|time| time.offset_s),
        clock_ahead_s: facts.and_then(|f| f.clock_ahead_s),
        reboot_required: checks.and_then(|c| c.reboot_required),
        banned: checks.and_then(|c| c.banned),
        users: checks.map(|c| c.users.as_slice()),
    }
}

fn disk(fs: &crate::domain::server::Filesystem) -> Disk<'_> {
    Disk {
        mount: &fs.mount,
        filesystem: &fs.kind,
        size_bytes: fs.size_bytes,
        used_bytes: fs.used_bytes,
        used_percent: fs.used_percent,
        inodes_used_percent: fs.inodes_used_percent,
    }
}

fn net(net: &crate::domain::server::vitals::NetRate) -> Net<'_> {
    Net { interface: &net.name, rx_bytes_per_s: net.rx_bytes_per_s, tx_bytes_per_s: net.tx_bytes_per_s }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract's list. Scripts rely on it.
    #[test]
    fn an_item_has_every_key_of_the_contract() {
        let target = TargetInfo {
            id: TargetId::server("web1"),
            address: "ssh://web1".into(),
            client: "ssh web1".into(),
            guard: crate::domain::guard::Guard::Confirm,
            tags: Vec::new(),
            color: None,
        };
        let row = row(&target, &Remote::default());
        let contract = "name address link latency_ms os kernel uptime_s load1 load5 load15 cpus cpu_percent \
            memory_total_bytes memory_used_bytes memory_available_bytes swap_used_bytes disks net updates \
            reboot_required users target certificate_expires_at certificate_days_left time_service \
            time_synchronized time_offset_s clock_ahead_s";
        for key in contract.split_whitespace() {
            assert!(row.json.get(key).is_some(), "{key}");
        }
        assert!(row.json["cpu_percent"].is_null() && row.json["disks"].is_null());
    }
}
