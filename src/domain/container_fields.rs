//! The columns of containers: one table for filters, sorting, the pane's columns and `pult get containers`.

use std::borrow::Cow;

use jiff::Timestamp;

use super::container::{Container, State};
use super::exit;
use super::filter::{FieldKind, FieldSpec, Value};
use super::usage::Usage;

/// A container with what else a row needs.
#[derive(Debug, Clone, Copy)]
pub struct ContainerRow<'a> {
    pub container: &'a Container,
    /// A fresh usage, if there is one.
    pub usage: Option<&'a Usage>,
    pub now: Timestamp,
}

/// A column: what it is called and how it is read.
pub struct ContainerField {
    pub spec: FieldSpec,
    pub get: for<'a> fn(&ContainerRow<'a>) -> Value<'a>,
}

const fn text(
    id: &'static str,
    title: &'static str,
    aliases: &'static [&'static str],
    searched: bool,
) -> FieldSpec {
    FieldSpec { id, title, aliases, kind: FieldKind::Text, searched }
}

const fn number(
    id: &'static str,
    title: &'static str,
    aliases: &'static [&'static str],
    kind: FieldKind,
) -> FieldSpec {
    FieldSpec { id, title, aliases, kind, searched: false }
}

/// All columns; the order is the one offered in the column chooser.
pub const FIELDS: [ContainerField; 18] = [
    ContainerField {
        spec: text("name", "NAME", &["container"], true),
        get: |r| Value::text(&r.container.name),
    },
    ContainerField {
        spec: text("state", "STATE", &["status"], true),
        get: |r| Value::Text(state_words(r.container)),
    },
    ContainerField {
        spec: number("cpu", "CPU", &["cpu_percent"], FieldKind::Percent),
        get: |r| Value::number(r.usage.and_then(|u| u.cpu_percent)),
    },
    ContainerField {
        spec: number("mem", "MEMORY", &["memory", "memory_bytes"], FieldKind::Bytes),
        get: |r| Value::number(r.usage.and_then(|u| u.memory_bytes).map(|b| b as f64)),
    },
    ContainerField {
        spec: number("mempct", "MEM %", &["memory_percent"], FieldKind::Percent),
        get: |r| Value::number(r.usage.and_then(Usage::memory_percent)),
    },
    ContainerField {
        spec: number("net", "NET", &["network"], FieldKind::Bytes),
        get: |r| Value::number(r.usage.and_then(|u| Some(u.net_rx_bytes_per_s? + u.net_tx_bytes_per_s?))),
    },
    ContainerField {
        spec: number("block", "BLOCK", &["io"], FieldKind::Bytes),
        get: |r| {
            Value::number(r.usage.and_then(|u| Some(u.block_read_bytes_per_s? + u.block_write_bytes_per_s?)))
        },
    },
    ContainerField {
        spec: number("pids", "PIDS", &[], FieldKind::Number),
        get: |r| Value::number(r.usage.and_then(|u| u.pids).map(|p| p as f64)),
    },
    ContainerField {
        spec: text("ports", "PORTS", &["port"], true),
        get: |r| Value::Text(ports(r.container)),
    },
    ContainerField {
        spec: number("up", "UP", &["since", "age"], FieldKind::Seconds),
        get: |r| Value::number(r.container.since().map(|t| (r.now.as_second() - t.as_second()) as f64)),
    },
    ContainerField {
        spec: number("restarts", "RESTARTS", &["restart_count"], FieldKind::Number),
        get: |r| Value::number(r.container.restart_count.map(|n| n as f64)),
    },
    ContainerField {
        spec: number("exit", "EXIT", &["exit_code"], FieldKind::Number),
        get: |r| Value::number(r.container.exit_code.map(|n| n as f64)),
    },
    ContainerField { spec: text("image", "IMAGE", &[], true), get: |r| Value::text(&r.container.image) },
    ContainerField {
        spec: text("project", "PROJECT", &[], true),
        get: |r| Value::text(r.container.project.as_deref().unwrap_or_default()),
    },
    ContainerField {
        spec: text("service", "SERVICE", &[], true),
        get: |r| Value::text(r.container.service.as_deref().unwrap_or_default()),
    },
    ContainerField {
        spec: text("host", "HOST", &["target"], true),
        get: |r| Value::text(&r.container.target.name),
    },
    ContainerField { spec: text("id", "ID", &[], true), get: |r| Value::text(r.container.id.short()) },
    ContainerField {
        spec: text("label", "LABELS", &["labels"], false),
        get: |r| Value::Text(labels(r.container)),
    },
];

/// The specifications alone, for the filter parser.
pub fn specs() -> &'static [FieldSpec] {
    static SPECS: std::sync::LazyLock<Vec<FieldSpec>> =
        std::sync::LazyLock::new(|| FIELDS.iter().map(|f| f.spec).collect());
    &SPECS
}

/// State and health, or the exit code with its meaning, in words.
pub fn state_words(c: &Container) -> Cow<'static, str> {
    match (c.state, c.health, c.exit_code) {
        (State::Running, Some(health), _) => match health {
            super::container::Health::Healthy => "running healthy".into(),
            super::container::Health::Unhealthy => "running unhealthy".into(),
            super::container::Health::Starting => "running starting".into(),
        },
        (State::Exited | State::Dead, _, Some(code)) => {
            match exit::meaning(code, c.oom_killed == Some(true)) {
                Some(meaning) => format!("{} {code} {meaning}", c.state.word()).into(),
                None => format!("{} {code}", c.state.word()).into(),
            }
        }
        (state, ..) => state.word().into(),
    }
}

/// Published ports, short: `:8080→80`, `127.0.0.1:5432→5432`; both address families of one port once.
pub fn ports(c: &Container) -> Cow<'static, str> {
    if c.ports.is_empty() {
        return "".into();
    }
    let mut parts: Vec<String> = Vec::new();
    for port in &c.ports {
        let protocol = if port.protocol == "tcp" { String::new() } else { format!("/{}", port.protocol) };
        let part = match port.host_port {
            Some(host) => match port.host_ip.as_deref() {
                None | Some("" | "0.0.0.0" | "::") => format!(":{host}→{}{protocol}", port.container_port),
                Some(ip) => format!("{ip}:{host}→{}{protocol}", port.container_port),
            },
            None => continue,
        };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts.join(" ").into()
}

fn labels(c: &Container) -> Cow<'static, str> {
    let mut out = String::new();
    for (key, value) in &c.labels {
        out.push_str(key);
        out.push('=');
        out.push_str(&super::secret::masked(key, value));
        out.push(' ');
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::container::Port;
    use crate::domain::ids::TargetId;

    #[test]
    fn ids_and_aliases_are_unique() {
        let mut words: Vec<_> = FIELDS
            .iter()
            .flat_map(|f| std::iter::once(f.spec.id).chain(f.spec.aliases.iter().copied()))
            .collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }

    #[test]
    fn ports_name_each_binding_once() {
        let mut c = Container::blank(TargetId::docker("local"), "1", "web");
        let port = |ip: &str, host: Option<u16>| Port {
            host_ip: Some(ip.into()),
            host_port: host,
            container_port: 80,
            protocol: "tcp".into(),
        };
        c.ports = vec![
            port("0.0.0.0", Some(8080)),
            port("::", Some(8080)),
            port("127.0.0.1", Some(81)),
            port("", None),
        ];
        assert_eq!(ports(&c), ":8080→80 127.0.0.1:81→80");
    }
}
