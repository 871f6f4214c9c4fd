//! The columns of jails and of those whom they keep out.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::ban_rows::BanRow;

const TEXT: FieldKind = FieldKind::Text;
const NUMBER: FieldKind = FieldKind::Number;

fn count(n: Option<u64>) -> Value<'static> {
    Value::number(n.map(|n| n as f64))
}

/// All columns, in the order in which they are offered. Times are seconds since 1970; whoever shows them makes
/// ages of them.
pub static FIELDS: [Field<BanRow>; 8] = [
    Field::new("who", "JAIL, ADDRESS", &["address", "ip", "name"], TEXT, |r| Value::text(r.title())),
    Field::new("jail", "JAIL", &[], TEXT, |r| Value::text(r.jail.as_str())),
    Field::new("failed", "FAILED", &["failed_now"], NUMBER, |r| count(r.failed_now)),
    Field::new("failed_total", "FAILED EVER", &[], NUMBER, |r| count(r.failed_total)),
    Field::new("banned", "BANNED", &["banned_now"], NUMBER, |r| count(r.banned_now)),
    Field::new("banned_total", "BANNED EVER", &[], NUMBER, |r| count(r.banned_total)),
    Field::new("since", "SINCE", &["since_at"], NUMBER, |r| {
        Value::number(r.since.map(|t| t.as_second() as f64))
    }),
    Field::new("until", "LEFT", &["until_at"], NUMBER, |r| {
        Value::number(r.until.map(|t| t.as_second() as f64))
    }),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
