//! `pult get recordings`: what the flight recorder has on the disk, by source.

use jiff::Timestamp;
use serde_json::json;

use super::grid::Tone;
use super::listing::{Listing, Row};
use super::{Failure, Session, flight};
use crate::backends::clock;
use crate::domain::filter::{FieldKind, FieldSpec, Value};
use crate::domain::recording::Recording;
use crate::domain::sanitize;
use crate::domain::star::recorded_source;

const fn field(id: &'static str, title: &'static str, kind: FieldKind) -> FieldSpec {
    FieldSpec { id, title, aliases: &[], kind, searched: matches!(kind, FieldKind::Text) }
}

/// The columns of recordings.
pub const FIELDS: [FieldSpec; 7] = [
    field("name", "NAME", FieldKind::Text),
    field("source", "SOURCE", FieldKind::Text),
    field("target", "TARGET", FieldKind::Text),
    field("lines", "LINES", FieldKind::Number),
    FieldSpec { aliases: &["bytes", "size_bytes"], ..field("size", "SIZE", FieldKind::Bytes) },
    FieldSpec { aliases: &["from"], ..field("oldest", "OLDEST", FieldKind::Seconds) },
    FieldSpec { aliases: &["to"], ..field("newest", "NEWEST", FieldKind::Seconds) },
];

/// Lists all recordings.
///
/// # Errors
/// There is no state directory, or its index cannot be read.
pub fn fetch(session: &Session) -> Result<Listing, Failure> {
    let now = clock::now();
    let recordings = flight::library(session)?.recordings().map_err(flight::unreadable)?;
    Ok(Listing {
        kind: "recordings",
        singular: "recording",
        fields: &FIELDS,
        table: vec![0, 3, 4, 5, 6],
        wide: (0..FIELDS.len()).collect(),
        rows: recordings.iter().map(|recording| row(recording, now)).collect(),
        faults: Vec::new(),
        head: serde_json::Map::new(),
    })
}

fn row(recording: &Recording, now: Timestamp) -> Row {
    let Recording { name, summary, bytes, .. } = recording;
    let (source, target) = recorded_source(name);
    let text = |text: &str| Value::Text(sanitize::name(text).into());
    let age = |at: Option<Timestamp>| Value::number(at.map(|at| now.duration_since(at).as_secs_f64()));
    Row {
        key: name.to_string(),
        name: name.to_string(),
        id: None,
        values: vec![
            text(name),
            text(&source),
            text(&target),
            Value::number(Some(summary.lines as f64)),
            Value::number(Some(*bytes as f64)),
            age(summary.first),
            age(summary.last),
        ],
        tone: Tone::Plain,
        json: json!({
            "target": target, "name": &**name, "source": source, "from_at": summary.first,
            "to_at": summary.last, "size_bytes": bytes, "text_bytes": summary.text_bytes,
            "lines": summary.lines,
        }),
    }
}
