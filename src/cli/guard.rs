//! What `pult get ports`, `firewall` and `jails` share: every chosen server is asked, all at the same time.

use std::sync::Arc;

use futures_util::future::{BoxFuture, join_all};

use super::listing::{Listing, Row};
use super::{Failure, Session};
use crate::backends::server::Host;
use crate::domain::endpoint::SudoUse;
use crate::domain::fault::Fault;
use crate::domain::filter::{FieldKind, FieldSpec, Value};
use crate::domain::ids::TargetId;
use crate::domain::sanitize;
use crate::runtime::connections;

/// What is read from each server, with the server.
pub type Answers<T> = Vec<(TargetId, Result<T, Fault>)>;

/// Reads something from all chosen servers.
///
/// # Errors
/// When there is no server to ask.
pub async fn ask<T>(
    session: &Session,
    read: impl Fn(Arc<dyn Host>) -> BoxFuture<'static, Result<T, Fault>>,
) -> Result<Answers<T>, Failure> {
    let profile = &session.profile;
    let hub = session.hub();
    let reads = session.servers()?.iter().map(async |(id, endpoint)| {
        let sudo = if profile.read_only { SudoUse::Never } else { endpoint.sudo };
        (id.clone(), read(connections::host(&hub, endpoint, sudo)).await)
    });
    Ok(join_all(reads).await)
}

/// A listing with one row for each of what the servers answered.
pub fn listing<T>(
    (kind, singular): (&'static str, &'static str),
    fields: &'static [FieldSpec],
    table: &[&str],
    answers: &Answers<T>,
    rows: impl Fn(&TargetId, &T) -> Vec<Row>,
) -> Listing {
    let place = |word: &&str| crate::domain::filter::find_field(fields, word);
    let mut listing = Listing {
        kind,
        singular,
        fields,
        table: table.iter().filter_map(place).collect(),
        wide: (0..fields.len()).collect(),
        rows: Vec::new(),
        faults: Vec::new(),
        head: serde_json::Map::new(),
    };
    for (target, answer) in answers {
        match answer {
            Ok(answer) => listing.rows.extend(rows(target, answer)),
            Err(fault) => listing.faults.push((target.clone(), fault.clone())),
        }
    }
    listing
}

pub const fn text(id: &'static str, title: &'static str) -> FieldSpec {
    FieldSpec { id, title, aliases: &[], kind: FieldKind::Text, searched: true }
}

pub const fn number(id: &'static str, title: &'static str) -> FieldSpec {
    FieldSpec { id, title, aliases: &[], kind: FieldKind::Number, searched: false }
}

/// A text for a cell; empty is absent.
pub fn cell(text: &str) -> Value<'static> {
    if text.is_empty() { Value::Absent } else { Value::Text(sanitize::line(text, 400).into_owned().into()) }
}

pub fn count(n: Option<u64>) -> Value<'static> {
    Value::number(n.map(|n| n as f64))
}
