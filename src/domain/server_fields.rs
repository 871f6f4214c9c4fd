//! The columns of servers: one table for filters, sorting, the pane's columns and `pult get servers`.

use std::borrow::Cow;

use super::filter::{FieldKind, FieldSpec, Value};
use super::remote::Remote;
use super::server::{Checks, Server, Vitals};
use super::world::TargetInfo;

/// A server with what else a row needs.
#[derive(Debug, Clone, Copy)]
pub struct ServerRow<'a> {
    pub target: &'a TargetInfo,
    pub remote: &'a Remote<Server>,
}

impl<'a> ServerRow<'a> {
    pub fn server(&self) -> Option<&'a Server> {
        self.remote.value.as_deref()
    }

    pub fn vitals(&self) -> Option<&'a Vitals> {
        self.server()?.vitals.as_deref()
    }

    pub fn checks(&self) -> Option<&'a Checks> {
        self.server()?.checks.as_deref()
    }

    /// The worst of what has a limit, per cent: processors, memory, a disk, time in which something waits. A lost
    /// server is worse than any figure.
    pub fn worst_percent(&self) -> Option<f64> {
        if self.remote.link.fault().is_some() {
            return Some(1000.0);
        }
        let vitals = self.vitals();
        [
            vitals.and_then(|v| v.cpu).map(|cpu| cpu.used),
            vitals.and_then(|v| v.memory.used_percent()),
            vitals.and_then(|v| v.stall.worst()).map(|worst| worst.1),
            self.checks().and_then(Checks::fullest).map(|fullest| fullest.1),
        ]
        .into_iter()
        .flatten()
        .reduce(f64::max)
    }
}

/// A column: what it is called and how it is read.
pub struct ServerField {
    pub spec: FieldSpec,
    pub get: for<'a> fn(&ServerRow<'a>) -> Value<'a>,
}

const fn field(
    id: &'static str,
    title: &'static str,
    aliases: &'static [&'static str],
    kind: FieldKind,
    get: for<'a> fn(&ServerRow<'a>) -> Value<'a>,
) -> ServerField {
    let searched = matches!(kind, FieldKind::Text);
    ServerField { spec: FieldSpec { id, title, aliases, kind, searched }, get }
}

const TEXT: FieldKind = FieldKind::Text;
const PERCENT: FieldKind = FieldKind::Percent;
const NUMBER: FieldKind = FieldKind::Number;
const BYTES: FieldKind = FieldKind::Bytes;

/// All columns; the order is the one offered in the column chooser.
pub const FIELDS: [ServerField; 28] = [
    field("name", "HOST", &["host", "target"], TEXT, |r| Value::text(&r.target.id.name)),
    field("link", "LINK", &["state"], TEXT, |r| Value::text(r.remote.link.word())),
    field("cpu", "CPU", &["cpu_percent"], PERCENT, |r| {
        Value::number(r.vitals().and_then(|v| v.cpu).map(|cpu| cpu.used))
    }),
    field("mem", "MEM", &["memory", "memory_percent"], PERCENT, |r| {
        Value::number(r.vitals().and_then(|v| v.memory.used_percent()))
    }),
    field("swap", "SWAP", &["swap_used_bytes"], BYTES, |r| {
        Value::number(r.vitals().map(|v| v.memory.swap_used() as f64))
    }),
    field("disk", "DISK", &["filesystem"], PERCENT, |r| {
        Value::number(r.checks().and_then(Checks::fullest).map(|fullest| fullest.1))
    }),
    field("load", "LOAD", &["load1"], NUMBER, |r| Value::number(r.vitals().map(|v| v.load[0]))),
    field("stall", "STALL", &["psi", "pressure"], PERCENT, |r| {
        Value::number(r.vitals().and_then(|v| v.stall.worst()).map(|worst| worst.1))
    }),
    field("net", "NET", &["network"], BYTES, |r| {
        Value::number(r.vitals().and_then(Vitals::outer_net).map(|(rx, tx)| rx + tx))
    }),
    field("failed", "FAILED", &["failed_units"], NUMBER, |r| {
        Value::number(r.checks().and_then(|c| c.failed_units.as_ref()).map(|units| units.len() as f64))
    }),
    field("updates", "UPDATES", &[], NUMBER, |r| {
        Value::number(r.checks().and_then(|c| c.updates).map(|u| u.all as f64))
    }),
    field("security", "SECURITY", &[], NUMBER, |r| {
        Value::number(r.checks().and_then(|c| c.updates).map(|u| u.security as f64))
    }),
    field("reboot", "REBOOT", &["reboot_required"], TEXT, |r| {
        match r.checks().and_then(|c| c.reboot_required) {
            Some(true) => Value::text("yes"),
            Some(false) => Value::text("no"),
            None => Value::Absent,
        }
    }),
    field("bans", "BANS", &["banned"], NUMBER, |r| {
        Value::number(r.checks().and_then(|c| c.banned).map(|n| n as f64))
    }),
    field("users", "USERS", &["logins"], NUMBER, |r| Value::number(r.checks().map(|c| c.users.len() as f64))),
    field("heat", "TEMP", &["temperature", "celsius"], NUMBER, |r| {
        Value::number(r.checks().and_then(|c| c.heat.hottest()).map(|hottest| hottest.celsius))
    }),
    field("up", "UP", &["uptime", "uptime_s"], FieldKind::Seconds, |r| {
        Value::number(r.vitals().map(|v| v.uptime_s))
    }),
    field("latency", "MS", &["latency_ms", "ms"], NUMBER, |r| {
        Value::number(r.server().and_then(|s| s.latency_ms))
    }),
    field("os", "OS", &[], TEXT, |r| Value::text(r.server().map_or("", |s| &s.facts.os))),
    field("support", "SUPPORT", &["eol", "support_ends"], TEXT, |r| {
        match r.server().and_then(|s| s.facts.support_ends) {
            Some(end) => Value::Text(Cow::Owned(end.to_string())),
            None => Value::Absent,
        }
    }),
    field("kernel", "KERNEL", &[], TEXT, |r| Value::text(r.server().map_or("", |s| &s.facts.kernel))),
    field("cpus", "CPUS", &["processors"], NUMBER, |r| Value::number(r.vitals().map(|v| f64::from(v.cpus)))),
    field("address", "ADDRESS", &[], TEXT, |r| Value::text(&r.target.address)),
    field("tag", "TAGS", &["tags"], TEXT, |r| Value::Text(Cow::Owned(r.target.tags.join(",")))),
    field("clock", "CLOCK", &["clock_ahead_s"], NUMBER, |r| {
        Value::number(r.server().and_then(|s| s.facts.clock_ahead_s))
    }),
    field("sync", "SYNC", &["synchronized"], TEXT, |r| match r.checks().and_then(|c| c.time.as_ref()) {
        Some(time) if time.is_adrift() => Value::text("no"),
        Some(time) if time.synchronized.is_some() => Value::text("yes"),
        _ => Value::Absent,
    }),
    field("certs", "CERT", &["certificate", "certificate_days_left"], NUMBER, |r| {
        Value::number(certificate_days(r).map(|days| days as f64))
    }),
    field("worst", "WORST", &[], PERCENT, |r| Value::number(r.worst_percent())),
];

/// Days until the first certificate in use ends, as of the last look.
pub fn certificate_days(row: &ServerRow) -> Option<i64> {
    let checks = row.checks()?;
    Some(checks.certificate.as_ref()?.days_left(checks.at))
}

/// The specifications alone, for the filter parser.
pub fn specs() -> &'static [FieldSpec] {
    static SPECS: std::sync::LazyLock<Vec<FieldSpec>> =
        std::sync::LazyLock::new(|| FIELDS.iter().map(|f| f.spec).collect());
    &SPECS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_aliases_are_unique() {
        let words =
            FIELDS.iter().flat_map(|f| std::iter::once(f.spec.id).chain(f.spec.aliases.iter().copied()));
        let mut words: Vec<_> = words.collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
