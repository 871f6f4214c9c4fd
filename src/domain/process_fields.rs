//! The columns of processes.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::Process;

const TEXT: FieldKind = FieldKind::Text;
const NUMBER: FieldKind = FieldKind::Number;

/// All columns, in the order in which they are offered. Times are seconds since 1970.
pub static FIELDS: [Field<Process>; 13] = [
    Field::new("pid", "PID", &[], NUMBER, |p| Value::Number(f64::from(p.pid))),
    Field::new("user", "USER", &["owner"], TEXT, |p| Value::text(p.user.as_deref().unwrap_or_default())),
    Field::new("state", "S", &[], TEXT, |p| Value::Text(p.state.to_string().into())),
    Field::new("cpu", "CPU", &["cpu_percent"], FieldKind::Percent, |p| Value::number(p.cpu_percent)),
    Field::new("mem", "MEMORY", &["memory", "memory_bytes", "rss"], FieldKind::Bytes, |p| {
        Value::number(p.memory_bytes.map(|n| n as f64))
    }),
    Field::new("threads", "THR", &[], NUMBER, |p| Value::number(p.threads.map(f64::from))),
    Field::new("nice", "NICE", &["niceness"], NUMBER, |p| Value::number(p.nice.map(f64::from))),
    Field::new("started", "UP", &["started_at"], NUMBER, |p| {
        Value::number(p.started_at.map(|t| t.as_second() as f64))
    }),
    Field::new("command", "COMMAND", &["cmd"], TEXT, |p| Value::text(&p.command)),
    Field::new("name", "NAME", &["comm"], TEXT, |p| Value::text(&p.name)),
    Field::new("unit", "UNIT", &[], TEXT, |p| Value::text(p.unit.as_deref().unwrap_or_default())),
    Field::new("container", "CONTAINER", &[], TEXT, |p| {
        let id = p.container.as_deref().unwrap_or_default();
        Value::text(id.get(..12).unwrap_or(id))
    }),
    Field::new("ppid", "PPID", &["parent"], NUMBER, |p| Value::Number(f64::from(p.ppid))),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
