//! The columns of packages that could be newer.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::packages::Package;

const TEXT: FieldKind = FieldKind::Text;

/// All columns, in the order in which they are offered.
pub static FIELDS: [Field<Package>; 7] = [
    Field::new("name", "PACKAGE", &["package"], TEXT, |p| Value::text(&p.name)),
    Field::new("security", "SECURITY", &[], TEXT, |p| Value::text(if p.security { "security" } else { "" })),
    Field::new("held", "HELD", &[], TEXT, |p| Value::text(if p.held { "held" } else { "" })),
    Field::new("installed", "INSTALLED", &["from"], TEXT, |p| Value::text(&p.installed)),
    Field::new("candidate", "NEW", &["to"], TEXT, |p| Value::text(&p.candidate)),
    Field::new("origin", "ORIGIN", &["archive"], TEXT, |p| Value::text(&p.origin)),
    Field::new("attention", "ATTENTION", &[], FieldKind::Number, |p| Value::Number(f64::from(p.attention()))),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
