//! The columns of accounts.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::accounts::Account;

const TEXT: FieldKind = FieldKind::Text;
const NUMBER: FieldKind = FieldKind::Number;

/// All columns, in the order in which they are offered. Times are seconds since 1970.
pub static FIELDS: [Field<Account>; 12] = [
    Field::new("name", "ACCOUNT", &["user"], TEXT, |a| Value::text(&a.name)),
    Field::new("uid", "UID", &[], NUMBER, |a| Value::Number(f64::from(a.uid))),
    Field::new("state", "STATE", &[], TEXT, |a| Value::text(a.state())),
    Field::new("sudo", "SUDO", &[], TEXT, |a| Value::text(if a.sudo.is_empty() { "" } else { "sudo" })),
    Field::new("keys", "KEYS", &[], NUMBER, |a| Value::number(a.keys.as_ref().map(|keys| keys.len() as f64))),
    Field::new("on", "ON", &["sessions"], NUMBER, |a| Value::Number(a.sessions.len() as f64)),
    Field::new("last", "LAST", &["last_login_at"], NUMBER, |a| {
        Value::number(a.last_login_at.map(|t| t.as_second() as f64))
    }),
    Field::new("failed", "FAILED", &["failed_logins"], NUMBER, |a| {
        Value::number(a.failed_logins.map(|n| n as f64))
    }),
    Field::new("shell", "SHELL", &[], TEXT, |a| Value::text(&a.shell)),
    Field::new("groups", "GROUPS", &["group"], TEXT, |a| Value::Text(a.groups.join(" ").into())),
    Field::new("home", "HOME", &[], TEXT, |a| Value::text(&a.home)),
    Field::new("attention", "ATTENTION", &[], NUMBER, |a| Value::Number(f64::from(a.attention()))),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
