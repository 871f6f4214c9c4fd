//! The columns of certificates.

use std::borrow::Cow;

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::certificates::{Certificate, Seen};

const TEXT: FieldKind = FieldKind::Text;
const NUMBER: FieldKind = FieldKind::Number;

fn joined(all: &[String]) -> Value<'_> {
    Value::Text(Cow::Owned(all.join(" ")))
}

/// All columns, in the order in which they are offered.
pub static FIELDS: [Field<Certificate>; 9] = [
    Field::new("days", "DAYS", &["days_left", "left"], NUMBER, |c| {
        Value::number(c.days_left.map(|days| days as f64))
    }),
    Field::new("subject", "SUBJECT", &["name"], TEXT, |c| Value::text(&c.subject)),
    Field::new("names", "NAMES", &[], TEXT, |c| joined(&c.names)),
    Field::new("issuer", "ISSUER", &[], TEXT, |c| Value::text(&c.issuer)),
    Field::new("kind", "KIND", &[], TEXT, |c| {
        Value::text(if c.seen == Seen::File { "file" } else { "socket" })
    }),
    Field::new("place", "PLACE", &["file", "socket"], TEXT, |c| Value::text(&c.place)),
    Field::new("used", "USED BY", &["used_by"], TEXT, |c| joined(&c.used_by)),
    Field::new("problem", "PROBLEM", &[], TEXT, |c| Value::text(&c.problem)),
    // What is wrong first, then what is used, the soonest before the later.
    Field::new("attention", "ATTENTION", &[], NUMBER, |c| {
        let wrong = if c.problem.is_empty() { 0.0 } else { 1e6 };
        let used = if c.is_used() { 1e5 } else { 0.0 };
        Value::number(Some(wrong + used - c.days_left.unwrap_or(50_000).min(50_000) as f64))
    }),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
