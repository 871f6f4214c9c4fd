//! `pult get processes`: the processes of every chosen server, with their shares over half a second.

use futures_util::future::join_all;
use serde::Serialize;

use super::grid::Tone;
use super::hosts;
use super::listing::{Listing, Row, owned};
use super::{Failure, Session};
use crate::domain::filter::find_field;
use crate::domain::ids::TargetId;
use crate::domain::process_fields::{FIELDS, SPECS};
use crate::domain::server::Process;

/// The contract's fields; what was not measured is null.
#[derive(Serialize)]
struct Item<'a> {
    target: &'a TargetId,
    #[serde(flatten)]
    process: &'a Process,
}

/// Asks all chosen servers.
///
/// # Errors
/// When there is none.
pub async fn fetch(session: &Session) -> Result<Listing, Failure> {
    let mut listing = listing();
    let hosts = hosts::open(session)?;
    let asked = hosts.iter().map(async |(id, host)| (id, host.prober().processes_measured().await));
    for (target, answer) in join_all(asked).await {
        match answer {
            Ok(list) => listing.rows.extend(list.processes.iter().map(|p| row(target, p))),
            Err(fault) => listing.faults.push((target.clone(), fault)),
        }
    }
    Ok(listing)
}

fn listing() -> Listing {
    let columns = |words: &[&str]| words.iter().filter_map(|w| find_field(&SPECS, w)).collect();
    Listing {
        head: serde_json::Map::new(),
        kind: "processes",
        singular: "process",
        fields: &SPECS,
        table: columns(&["pid", "user", "state", "cpu", "mem", "threads", "unit", "container", "command"]),
        wide: columns(&[
            "pid",
            "ppid",
            "user",
            "state",
            "cpu",
            "mem",
            "threads",
            "nice",
            "unit",
            "container",
            "name",
            "command",
        ]),
        rows: Vec::new(),
        faults: Vec::new(),
    }
}

fn row(target: &TargetId, process: &Process) -> Row {
    Row {
        key: format!("{target}/{}", process.id()),
        // Processes are named by their numbers.
        name: process.pid.to_string(),
        id: None,
        values: FIELDS.iter().map(|f| owned((f.get)(process))).collect(),
        tone: if matches!(process.state, 'D' | 'Z') { Tone::Bad } else { Tone::Plain },
        // Nothing but texts, whole numbers and finite ones: this cannot fail.
        json: serde_json::to_value(Item { target, process }).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::processes::tests::process;

    /// The contract's list. Scripts rely on it.
    #[test]
    fn an_item_has_every_key_of_the_contract() {
        let row = row(&TargetId::server("web1"), &process(12, 1, "sleep"));
        let contract =
            "target pid ppid user state cpu_percent memory_bytes threads started_at command unit container";
        for key in contract.split_whitespace() {
            assert!(row.json.get(key).is_some(), "{key}");
        }
        assert!(
            row.json["cpu_percent"].is_null() && row.json["pid"] == 12 && row.json.get("cpu_ticks").is_none()
        );
    }
}
