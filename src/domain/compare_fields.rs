//! The columns of a comparison of servers: a row a question.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::Facet;

/// How the answers to a question fall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub facet: Facet,
    pub title: String,
    /// Servers that give the usual answer, another one, none.
    pub equal: usize,
    pub differ: usize,
    pub unknown: usize,
    /// Different answers.
    pub answers: usize,
    /// Servers that are still asked.
    pub waiting: usize,
}

const NUMBER: FieldKind = FieldKind::Number;

/// All columns, in the order in which they are offered.
pub static FIELDS: [Field<Compared>; 6] = [
    Field::new("question", "QUESTION", &["name"], FieldKind::Text, |q| Value::text(&q.title)),
    Field::new("equal", "EQUAL", &[], NUMBER, |q| count(q, q.equal)),
    Field::new("differ", "DIFFER", &["different"], NUMBER, |q| count(q, q.differ)),
    Field::new("unknown", "UNKNOWN", &[], NUMBER, |q| Value::Number(q.unknown as f64)),
    Field::new("answers", "ANSWERS", &["groups"], NUMBER, |q| count(q, q.answers)),
    Field::new("waiting", "WAITING", &[], NUMBER, |q| Value::Number(q.waiting as f64)),
];

/// Before somebody has answered nothing is counted.
fn count(compared: &Compared, n: usize) -> Value<'static> {
    if compared.answers == 0 { Value::Absent } else { Value::Number(n as f64) }
}

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
