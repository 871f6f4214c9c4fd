//! The columns of files.

use super::field::{Field, specs};
use super::filter::{FieldKind, FieldSpec, Value};
use super::server::{FileEntry, FileKind};

const TEXT: FieldKind = FieldKind::Text;

/// All columns, in the order in which they are offered. Times are seconds since 1970; whoever shows them makes
/// ages of them.
pub static FIELDS: [Field<FileEntry>; 8] = [
    Field::new("name", "NAME", &["file"], TEXT, |f| Value::text(&f.name)),
    Field::new("kind", "KIND", &["type"], TEXT, |f| Value::text(f.kind.word())),
    Field::new("mode", "MODE", &["permissions"], TEXT, |f| Value::text(&f.mode)),
    Field::new("owner", "OWNER", &["user"], TEXT, |f| Value::text(&f.owner)),
    Field::new("group", "GROUP", &[], TEXT, |f| Value::text(&f.group)),
    Field::new("size", "SIZE", &["size_bytes"], FieldKind::Bytes, |f| {
        // That of a folder is the size of its list of names.
        Value::number((f.kind != FileKind::Folder).then_some(f.size_bytes as f64))
    }),
    Field::new("written", "WRITTEN", &["written_at"], FieldKind::Number, |f| {
        Value::number(f.written_at.map(|at| at.as_second() as f64))
    }),
    Field::new("link", "LEADS TO", &["leads_to"], TEXT, |f| Value::text(&f.leads_to)),
];

pub static SPECS: [FieldSpec; FIELDS.len()] = specs(&FIELDS);
