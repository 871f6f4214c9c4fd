//! `pult get containers`: the rows of all engines.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::engines;
use super::grid::Tone;
use super::listing::{Listing, Row, owned};
use crate::backends::clock;
use crate::backends::docker::Docker;
use crate::domain::container::{Container, Health, State};
use crate::domain::container_fields::{ContainerRow, FIELDS, specs};
use crate::domain::filter::find_field;
use crate::domain::ids::ContainerKey;
use crate::domain::usage::Usage;

/// Columns that only a measurement fills.
const MEASURED: [&str; 6] = ["cpu", "mem", "mempct", "net", "block", "pids"];

/// A container with its usage as one JSON object; what was not measured is null.
#[derive(Serialize)]
struct Item<'a> {
    #[serde(flatten)]
    container: &'a Container,
    #[serde(flatten)]
    usage: Usage,
}

/// An empty listing with its columns.
pub fn listing(stats: bool) -> Listing {
    let columns = |words: &[&str]| words.iter().filter_map(|w| find_field(specs(), w)).collect();
    let table: &[&str] = if stats {
        &["name", "state", "cpu", "mem", "net", "block", "pids", "up", "image", "project", "host"]
    } else {
        &["name", "state", "ports", "up", "image", "project", "host"]
    };
    let wide = [
        "name", "state", "cpu", "mem", "mempct", "net", "block", "pids", "ports", "up", "restarts", "image",
        "project", "service", "host", "id",
    ];
    Listing {
        kind: "containers",
        singular: "container",
        fields: specs(),
        table: columns(table),
        wide: columns(&wide),
        rows: Vec::new(),
        faults: Vec::new(),
        head: serde_json::Map::new(),
    }
}

/// True when a sort or a filter needs figures that only a measurement gives.
pub fn needs_stats(sort: Option<&str>, filter: Option<&str>) -> bool {
    let is_measured =
        |word: &str| find_field(specs(), word).is_some_and(|i| MEASURED.contains(&FIELDS[i].spec.id));
    let column = |term: &str| {
        let term = term.trim_start_matches('!');
        let end = term.find([':', '=', '~', '<', '>', '!'])?;
        term.get(..end).map(is_measured)
    };
    sort.is_some_and(|s| is_measured(s.split(':').next().unwrap_or_default()))
        || filter.is_some_and(|f| f.split_whitespace().filter_map(column).any(|m| m))
}

/// Asks all engines.
pub async fn fetch(clients: &[Docker], stats: bool) -> Listing {
    let answers = engines::ask(clients, async |engine| {
        let containers = engine.list().await?;
        let usage = if stats { measure(engine, &containers).await } else { HashMap::new() };
        Ok((containers, usage))
    })
    .await;
    let mut listing = listing(stats);
    let now = clock::now();
    for (target, answer) in answers {
        match answer {
            Ok((containers, usage)) => {
                let rows = containers.iter().map(|c| row(c, usage.get(&c.key()), now));
                listing.rows.extend(rows);
            }
            Err(fault) => listing.faults.push((target, fault)),
        }
    }
    listing
}

/// The usage of the running ones among some containers.
pub async fn measure(engine: &Docker, containers: &[Arc<Container>]) -> HashMap<ContainerKey, Usage> {
    engine.sample_once(containers).await.into_iter().map(|sample| (sample.key, sample.usage)).collect()
}

/// One container as a row.
pub fn row(container: &Container, usage: Option<&Usage>, now: Timestamp) -> Row {
    let fields = ContainerRow { container, usage, now };
    let item = Item { container, usage: usage.copied().unwrap_or_default() };
    Row {
        key: format!("{}/{}", container.target, container.id),
        name: container.name.clone(),
        id: Some(container.id.to_string()),
        values: FIELDS.iter().map(|f| owned((f.get)(&fields))).collect(),
        tone: match container.state {
            _ if container.needs_attention() => Tone::Bad,
            State::Running if container.health != Some(Health::Starting) => Tone::Good,
            State::Running => Tone::Plain,
            _ => Tone::Dim,
        },
        // Containers hold no map keys but texts and no floats but finite ones: this cannot fail.
        json: serde_json::to_value(item).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TargetId;

    /// The contract's list, in its order. Scripts rely on it.
    #[test]
    fn an_item_has_every_key_of_the_contract() {
        let container = Container::blank(TargetId::docker("local"), "abc", "web");
        let row = row(&container, None, Timestamp::UNIX_EPOCH);
        let keys: Vec<_> = row.json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "target",
                "name",
                "id",
                "image",
                "image_id",
                "state",
                "health",
                "exit_code",
                "oom_killed",
                "created_at",
                "started_at",
                "finished_at",
                "restart_count",
                "project",
                "service",
                "ports",
                "networks",
                "labels",
                "cpu_percent",
                "memory_bytes",
                "memory_limit_bytes",
                "net_rx_bytes_per_s",
                "net_tx_bytes_per_s",
                "block_read_bytes_per_s",
                "block_write_bytes_per_s",
                "pids"
            ]
        );
        assert!(row.json["pids"].is_null() && row.json["cpu_percent"].is_null());
        assert_eq!(row.json["target"], "docker:local");
    }

    #[test]
    fn figures_are_measured_only_when_somebody_asks_for_them() {
        assert!(needs_stats(Some("cpu:desc"), None) && needs_stats(None, Some("state:running !mem>500m")));
        assert!(!needs_stats(Some("name"), Some("cpu name~mem")));
    }
}
