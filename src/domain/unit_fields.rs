//! The columns of units.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::Unit;

const TEXT: FieldKind = FieldKind::Text;
const NUMBER: FieldKind = FieldKind::Number;

/// All columns, in the order in which they are offered. Times are seconds since 1970; whoever shows them makes
/// ages of them.
pub static FIELDS: [Field<Unit>; 13] = [
    Field::new("name", "UNIT", &["unit"], TEXT, |u| Value::text(&u.name)),
    Field::new("active", "ACTIVE", &["state"], TEXT, |u| Value::text(&u.active)),
    Field::new("sub", "SUB", &[], TEXT, |u| Value::text(&u.sub)),
    Field::new("enabled", "ENABLED", &[], TEXT, |u| Value::text(u.enabled.as_deref().unwrap_or_default())),
    Field::new("load", "LOAD", &[], TEXT, |u| Value::text(&u.load)),
    Field::new("pid", "PID", &["main_pid"], NUMBER, |u| Value::number(u.main_pid.map(f64::from))),
    Field::new("mem", "MEMORY", &["memory", "memory_bytes"], FieldKind::Bytes, |u| {
        Value::number(u.memory_bytes.map(|n| n as f64))
    }),
    Field::new("cpu", "CPU", &["cpu_s"], FieldKind::Seconds, |u| Value::number(u.cpu_s.map(|n| n as f64))),
    Field::new("restarts", "RESTARTS", &[], NUMBER, |u| Value::number(u.restarts.map(|n| n as f64))),
    Field::new("since", "SINCE", &["since_at"], NUMBER, |u| {
        Value::number(u.since_at.map(|t| t.as_second() as f64))
    }),
    Field::new("next", "NEXT", &["next_at"], NUMBER, |u| {
        Value::number(u.next_at.map(|t| t.as_second() as f64))
    }),
    Field::new("description", "DESCRIPTION", &[], TEXT, |u| Value::text(&u.description)),
    Field::new("attention", "ATTENTION", &[], NUMBER, |u| Value::number(Some(f64::from(u.attention())))),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
