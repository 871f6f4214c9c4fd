//! The columns of disks and of directories.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::disks::{Directory, Disk};

const TEXT: FieldKind = FieldKind::Text;
const BYTES: FieldKind = FieldKind::Bytes;
const PERCENT: FieldKind = FieldKind::Percent;

fn bytes(n: Option<u64>) -> Value<'static> {
    Value::number(n.map(|n| n as f64))
}

/// All columns, in the order in which they are offered.
pub static FIELDS: [Field<Disk>; 12] = [
    Field::new("name", "NAME", &["mount"], TEXT, |d| Value::text(&d.name)),
    Field::new("kind", "KIND", &["filesystem", "type"], TEXT, |d| Value::text(&d.kind)),
    Field::new("size", "SIZE", &["size_bytes"], BYTES, |d| bytes(d.size_bytes)),
    Field::new("used", "USED", &["used_bytes"], BYTES, |d| bytes(d.used_bytes)),
    Field::new("available", "AVAIL", &["available_bytes", "avail"], BYTES, |d| bytes(d.available_bytes)),
    Field::new("use", "USE", &["used_percent"], PERCENT, |d| Value::number(d.used_percent)),
    Field::new("inodes", "INODES", &["inodes_used_percent"], PERCENT, |d| {
        Value::number(d.inodes_used_percent)
    }),
    Field::new("access", "RW", &[], TEXT, |d| {
        Value::text(if d.read_only {
            "ro"
        } else if d.mounted {
            "rw"
        } else {
            ""
        })
    }),
    Field::new("health", "HEALTH", &["state"], TEXT, |d| Value::text(&d.health)),
    Field::new("device", "DEVICE", &[], TEXT, |d| Value::text(&d.device)),
    Field::new("options", "OPTIONS", &[], TEXT, |d| Value::text(&d.options)),
    // What says that it is not well stands before what is full.
    Field::new("attention", "ATTENTION", &[], FieldKind::Number, |d| {
        let full = [d.used_percent, d.inodes_used_percent].into_iter().flatten().reduce(f64::max);
        Value::number(if d.ill { Some(1000.0) } else { full })
    }),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);

pub static DIRECTORY_FIELDS: [Field<Directory>; 3] = [
    Field::new("size", "SIZE", &["size_bytes"], BYTES, |d| bytes(Some(d.size_bytes))),
    Field::new("share", "SHARE", &["share_percent"], PERCENT, |d| Value::Number(d.share_percent)),
    Field::new("path", "DIRECTORY", &["name"], TEXT, |d| Value::text(&d.path)),
];

pub static DIRECTORY_SPECS: [FieldSpec; DIRECTORY_FIELDS.len()] = specs(&DIRECTORY_FIELDS);
