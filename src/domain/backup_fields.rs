//! The columns of backups.

use std::borrow::Cow;

use super::backup::{Backup, Kind, State};
use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};

const TEXT: FieldKind = FieldKind::Text;
const NUMBER: FieldKind = FieldKind::Number;
const BYTES: FieldKind = FieldKind::Bytes;

/// All columns, in the order in which they are offered.
pub static FIELDS: [Field<Backup>; 11] = [
    Field::new("state", "STATE", &[], TEXT, |b| Value::text(b.state.word())),
    Field::new("name", "NAME", &[], TEXT, |b| Value::text(&b.name)),
    Field::new("tool", "TOOL", &[], TEXT, |b| Value::text(b.tool.word())),
    Field::new("newest", "NEWEST", &["age", "age_s"], FieldKind::Seconds, |b| {
        Value::number(b.age_s.map(|s| s.max(0) as f64))
    }),
    Field::new("size", "SIZE", &["size_bytes"], BYTES, |b| Value::number(b.size_bytes.map(|n| n as f64))),
    Field::new("change", "CHANGE", &[], TEXT, |b| match b.change_percent() {
        Some(percent) => Value::Text(Cow::Owned(format!("{percent:+.0} %"))),
        None => Value::Absent,
    }),
    Field::new("kind", "KIND", &[], TEXT, |b| Value::text(b.kind.map_or("", Kind::word))),
    Field::new("count", "COUNT", &[], NUMBER, |b| Value::number(b.count.map(|n| n as f64))),
    Field::new("message", "VERDICT", &["verdict", "reason"], TEXT, |b| Value::text(&b.message)),
    Field::new("place", "PLACE", &["repository"], TEXT, |b| Value::text(&b.place)),
    // What is wrong first, then the oldest.
    Field::new("attention", "ATTENTION", &[], NUMBER, |b| {
        let wrong = match b.state {
            State::Bad => 3e9,
            State::Unknown => 2e9,
            State::Writing => 1e9,
            State::Fine => 0.0,
        };
        Value::number(Some(wrong + b.age_s.unwrap_or_default().clamp(0, 900_000_000) as f64))
    }),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
