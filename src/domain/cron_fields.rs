//! The columns of jobs of cron and at.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::cron::CronJob;

const TEXT: FieldKind = FieldKind::Text;
const NUMBER: FieldKind = FieldKind::Number;

/// All columns, in the order in which they are offered. Times are seconds since 1970.
pub static FIELDS: [Field<CronJob>; 7] = [
    Field::new("schedule", "SCHEDULE", &[], TEXT, |j| Value::text(&j.schedule)),
    Field::new("user", "USER", &["owner"], TEXT, |j| Value::text(&j.user)),
    Field::new("next", "NEXT", &["next_at"], NUMBER, |j| {
        Value::number(j.next_at.map(|t| t.as_second() as f64))
    }),
    Field::new("last", "LAST", &["last_at"], NUMBER, |j| {
        Value::number(j.last_at.map(|t| t.as_second() as f64))
    }),
    Field::new("command", "COMMAND", &["name"], TEXT, |j| Value::text(&j.command)),
    Field::new("source", "SOURCE", &["file"], TEXT, |j| Value::text(&j.source)),
    // The soonest has the highest.
    Field::new("soonest", "SOONEST", &[], NUMBER, |j| {
        Value::number(j.next_at.map(|t| -(t.as_second() as f64)))
    }),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
