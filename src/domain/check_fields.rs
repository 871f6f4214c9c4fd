//! The columns of checks.

use super::check::CheckRow;
use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};

const TEXT: FieldKind = FieldKind::Text;
const NUMBER: FieldKind = FieldKind::Number;

/// All columns, in the order in which they are offered.
pub static FIELDS: [Field<CheckRow>; 10] = [
    Field::new("name", "NAME", &[], TEXT, |c| Value::text(&c.name)),
    Field::new("state", "STATE", &[], TEXT, |c| Value::text(c.state.word())),
    Field::new("kind", "KIND", &[], TEXT, |c| Value::text(c.kind)),
    Field::new("asks", "ASKS", &["target"], TEXT, |c| Value::text(&c.asked)),
    Field::new("answer", "ANSWER", &["message"], TEXT, |c| Value::text(&c.message)),
    Field::new("took", "TOOK MS", &["took_ms"], NUMBER, |c| Value::number(c.took_ms)),
    Field::new("since", "SINCE", &[], FieldKind::Seconds, |c| {
        Value::number(c.since.map(|at| at.as_second() as f64))
    }),
    Field::new("past", "PAST", &[], NUMBER, |c| Value::number(Some(c.samples.len() as f64))),
    Field::new("certificate", "CERT", &["certificate_days"], NUMBER, |c| {
        Value::number(c.certificate_days.map(|days| days as f64))
    }),
    // What is worst first.
    Field::new("attention", "ATTENTION", &[], NUMBER, |c| Value::number(Some(f64::from(c.state.weight())))),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
