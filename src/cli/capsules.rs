//! `pult get capsules`: the crashes of containers and the incidents of servers of which something was kept.

use jiff::Timestamp;
use serde_json::json;

use super::grid::Tone;
use super::listing::{Listing, Row};
use super::{Failure, Session, flight};
use crate::backends::clock;
use crate::domain::capsule::CapsuleInfo;
use crate::domain::filter::{FieldKind, FieldSpec, Value};
use crate::domain::sanitize;

const fn field(id: &'static str, title: &'static str, kind: FieldKind) -> FieldSpec {
    FieldSpec { id, title, aliases: &[], kind, searched: matches!(kind, FieldKind::Text) }
}

/// The columns of capsules.
pub const FIELDS: [FieldSpec; 8] = [
    field("name", "NAME", FieldKind::Text),
    field("source", "SOURCE", FieldKind::Text),
    field("reason", "REASON", FieldKind::Text),
    FieldSpec { aliases: &["exit_code"], ..field("exit", "EXIT", FieldKind::Number) },
    FieldSpec { aliases: &["at"], ..field("age", "AGE", FieldKind::Seconds) },
    field("lines", "LINES", FieldKind::Number),
    field("image", "IMAGE", FieldKind::Text),
    field("target", "TARGET", FieldKind::Text),
];

/// Lists all capsules.
///
/// # Errors
/// There is no state directory, or its index cannot be read.
pub fn fetch(session: &Session) -> Result<Listing, Failure> {
    let now = clock::now();
    let library = flight::library(session)?;
    let mut rows = Vec::new();
    for info in library.capsules().map_err(flight::unreadable)? {
        // How much is in it is known to the capsule alone.
        let lines = match library.capsule(&info.id) {
            Ok(capsule) => Some(capsule.log.len()),
            Err(fault) => {
                session.remark(&fault.in_full());
                None
            }
        };
        rows.push(row(&info, lines, now));
    }
    Ok(Listing {
        kind: "capsules",
        singular: "capsule",
        fields: &FIELDS,
        table: vec![0, 1, 2, 4, 5],
        wide: (0..FIELDS.len()).collect(),
        rows,
        faults: Vec::new(),
        head: serde_json::Map::new(),
    })
}

fn row(info: &CapsuleInfo, lines: Option<usize>, now: Timestamp) -> Row {
    let source = info.source();
    let text = |text: &str| Value::Text(sanitize::name(text).into());
    Row {
        key: info.id.clone(),
        name: info.id.clone(),
        id: None,
        values: vec![
            text(&info.id),
            text(&source),
            text(&info.reason()),
            Value::number(info.exit_code.map(|code| code as f64)),
            Value::number(Some(now.duration_since(info.at).as_secs_f64())),
            Value::number(lines.map(|lines| lines as f64)),
            text(&info.image),
            text(&info.target),
        ],
        tone: Tone::Bad,
        json: json!({
            "target": info.target, "name": info.id, "source": source, "container": info.container,
            "image": info.image, "exit_code": info.exit_code, "oom_killed": info.oom, "reason": info.reason(),
            "at": info.at, "lines": lines, "skipped_before": info.skipped_before,
        }),
    }
}
