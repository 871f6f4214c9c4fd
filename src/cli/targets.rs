//! `pult get targets`: what is configured or was found, and whether it answers.

use std::time::Duration;

use serde_json::json;

use super::engines;
use super::grid::Tone;
use super::listing::{Listing, Row};
use super::{Failure, Session};
use crate::backends::clock;
use crate::backends::docker::Docker;
use crate::domain::filter::{FieldKind, FieldSpec, Value};
use crate::domain::ids::TargetId;
use crate::domain::world::TargetInfo;

const fn text(id: &'static str, title: &'static str) -> FieldSpec {
    FieldSpec { id, title, aliases: &[], kind: FieldKind::Text, searched: true }
}

/// The columns of targets.
pub const FIELDS: [FieldSpec; 8] = [
    text("name", "NAME"),
    text("kind", "KIND"),
    text("address", "ADDRESS"),
    text("link", "LINK"),
    text("guard", "GUARD"),
    text("tags", "TAGS"),
    FieldSpec {
        id: "latency",
        title: "MS",
        aliases: &["latency_ms", "ms"],
        kind: FieldKind::Number,
        searched: false,
    },
    text("version", "VERSION"),
];

/// The word for targets that nobody has dialled: no part of pult speaks to them, or they want to be named.
const LISTED: &str = "listed";

/// What a dialled target answered.
struct Dialled {
    /// Of a whole greeting (ping, version, info), the connection's set-up included.
    latency: Duration,
    version: String,
}

/// Dials all engines and lists all targets.
///
/// # Errors
/// A client that cannot be made.
pub async fn fetch(session: &Session) -> Result<Listing, Failure> {
    let profile = &session.profile;
    let clients: Vec<Docker> = if profile.docker.is_empty() { Vec::new() } else { engines::open(session)? };
    let answers = engines::ask(&clients, async |engine| {
        let since = clock::instant();
        let version = engine.connect().await?.version;
        Ok(Dialled { latency: since.elapsed(), version })
    })
    .await;
    let mut listing = Listing {
        kind: "targets",
        singular: "target",
        fields: &FIELDS,
        table: (0..FIELDS.len()).collect(),
        wide: (0..FIELDS.len()).collect(),
        rows: Vec::new(),
        faults: Vec::new(),
        head: serde_json::Map::new(),
    };
    for target in &profile.targets {
        let answer = answers.iter().find(|(id, _)| *id == target.id).map(|(_, answer)| answer);
        let (link, tone, dialled) = match answer {
            None => (LISTED, Tone::Dim, None),
            Some(Ok(dialled)) => ("live", Tone::Good, Some(dialled)),
            Some(Err(fault)) => (fault.kind.word(), Tone::Bad, None),
        };
        let guard = profile.guard(&target.id).word();
        listing.rows.push(row(target, link, guard, tone, dialled));
    }
    let faults = answers.into_iter().filter_map(|(id, answer): (TargetId, _)| Some((id, answer.err()?)));
    listing.faults = faults.collect();
    Ok(listing)
}

fn row(
    target: &TargetInfo,
    link: &'static str,
    guard: &'static str,
    tone: Tone,
    dialled: Option<&Dialled>,
) -> Row {
    let name = target.id.name.to_string();
    let tags = target.tags.join(",");
    let ms = dialled.map(|d| u64::try_from(d.latency.as_millis()).unwrap_or(u64::MAX));
    let version = dialled.map(|d| d.version.clone());
    let own = |text: String| if text.is_empty() { Value::Absent } else { Value::Text(text.into()) };
    Row {
        key: target.id.to_string(),
        name: name.clone(),
        id: None,
        values: vec![
            own(name),
            own(target.id.kind.to_string()),
            own(target.address.clone()),
            own(link.to_owned()),
            own(guard.to_owned()),
            own(tags),
            Value::number(ms.map(|ms| ms as f64)),
            own(version.clone().unwrap_or_default()),
        ],
        tone,
        json: json!({
            "target": target.id, "name": &*target.id.name, "kind": target.id.kind, "address": target.address,
            "link": link, "guard": guard, "tags": target.tags, "latency_ms": ms, "version": version,
        }),
    }
}
