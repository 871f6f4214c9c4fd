//! The columns of ports.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::surface::JudgedPort;

const TEXT: FieldKind = FieldKind::Text;
const NUMBER: FieldKind = FieldKind::Number;

fn own(text: String) -> Value<'static> {
    if text.is_empty() { Value::Absent } else { Value::Text(text.into()) }
}

/// All columns, in the order in which they are offered.
pub static FIELDS: [Field<JudgedPort>; 13] = [
    Field::new("port", "PORT", &[], NUMBER, |p| Value::number(Some(f64::from(p.port)))),
    Field::new("protocol", "PROTO", &["proto"], TEXT, |p| Value::text(p.transport.word())),
    Field::new("address", "ADDRESS", &[], TEXT, |p| own(p.bound.text())),
    Field::new("interface", "INTERFACE", &[], TEXT, |p| {
        Value::text(p.interface.as_deref().unwrap_or_default())
    }),
    Field::new("process", "PROCESS", &[], TEXT, |p| Value::text(p.owner.as_ref().map_or("", |o| &o.name))),
    Field::new("pid", "PID", &[], NUMBER, |p| Value::number(p.owner.as_ref().map(|o| f64::from(o.pid)))),
    Field::new("unit", "UNIT", &[], TEXT, |p| {
        Value::text(p.owner.as_ref().and_then(|o| o.unit.as_deref()).unwrap_or_default())
    }),
    Field::new("container", "CONTAINER", &[], TEXT, |p| {
        Value::text(p.container.as_deref().unwrap_or_default())
    }),
    Field::new("connections", "CONNS", &["conns"], NUMBER, |p| {
        Value::number(p.connections.map(|n| n as f64))
    }),
    Field::new("reach", "REACH", &[], TEXT, |p| Value::text(p.open.reach.word())),
    Field::new("allowed", "ALLOWED", &["allowed_by_firewall"], TEXT, |p| match p.open.allowed_by_firewall {
        Some(true) => Value::text("yes"),
        Some(false) => Value::text("no"),
        None => Value::Absent,
    }),
    Field::new("why", "WHY", &[], TEXT, |p| Value::text(&p.open.why)),
    Field::new("attention", "ATTENTION", &[], NUMBER, |p| Value::number(Some(f64::from(p.attention())))),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
