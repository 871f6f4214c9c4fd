//! `pult get units`: the units of every chosen server.

use serde::Serialize;

use super::grid::Tone;
use super::hosts;
use super::listing::{Listing, Row, owned};
use super::{Failure, Session};
use crate::domain::filter::find_field;
use crate::domain::ids::TargetId;
use crate::domain::server::{ServerAnswer, ServerAsk, Unit};
use crate::domain::unit_fields::{FIELDS, SPECS};

/// The contract's fields; what was not told is null.
#[derive(Serialize)]
struct Item<'a> {
    target: &'a TargetId,
    #[serde(flatten)]
    unit: &'a Unit,
}

/// Asks all chosen servers.
///
/// # Errors
/// When there is none.
pub async fn fetch(session: &Session) -> Result<Listing, Failure> {
    let mut listing = listing();
    for (target, answer) in hosts::ask(&hosts::open(session)?, &ServerAsk::Units).await {
        match answer {
            Ok(ServerAnswer::Units(list)) => listing.rows.extend(list.units.iter().map(|u| row(&target, u))),
            Ok(_) => {}
            Err(fault) => listing.faults.push((target, fault)),
        }
    }
    Ok(listing)
}

fn listing() -> Listing {
    let columns = |words: &[&str]| words.iter().filter_map(|w| find_field(&SPECS, w)).collect();
    Listing {
        head: serde_json::Map::new(),
        kind: "units",
        singular: "unit",
        fields: &SPECS,
        table: columns(&["name", "active", "sub", "enabled", "mem", "cpu", "description"]),
        wide: columns(&[
            "name",
            "active",
            "sub",
            "enabled",
            "load",
            "pid",
            "mem",
            "cpu",
            "restarts",
            "description",
        ]),
        rows: Vec::new(),
        faults: Vec::new(),
    }
}

fn row(target: &TargetId, unit: &Unit) -> Row {
    Row {
        key: format!("{target}/{}", unit.name),
        name: unit.name.clone(),
        id: None,
        values: FIELDS.iter().map(|f| owned((f.get)(unit))).collect(),
        tone: match unit.active.as_str() {
            "failed" => Tone::Bad,
            "active" => Tone::Good,
            _ => Tone::Dim,
        },
        // Nothing but texts and whole numbers: this cannot fail.
        json: serde_json::to_value(Item { target, unit }).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract's list. Scripts rely on it.
    #[test]
    fn an_item_has_every_key_of_the_contract() {
        let row = row(&TargetId::server("web1"), &Unit::default());
        let contract =
            "target name description load active sub enabled main_pid memory_bytes cpu_s restarts since_at";
        for key in contract.split_whitespace() {
            assert!(row.json.get(key).is_some(), "{key}");
        }
        assert!(row.json["memory_bytes"].is_null() && row.json["target"] == "server:web1");
    }
}
