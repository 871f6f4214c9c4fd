//! The engine's event stream: one JSON object a line, of which little is of interest here.

use futures_util::{Stream, StreamExt};
use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::fault::Fault;
use crate::domain::ids::ContainerId;
use crate::domain::sanitize;

use super::client::Docker;
use super::fault;
use super::lines::lines;
use super::transport::{HEADERS, encode};

/// Events that change a row. Health checks also make three `exec_*` events a probe; the engine leaves them
/// out when only these are asked for. `health_status` matches every `health_status: …`.
const ACTIONS: [&str; 14] = [
    "create",
    "start",
    "restart",
    "die",
    "stop",
    "kill",
    "oom",
    "pause",
    "unpause",
    "rename",
    "update",
    "destroy",
    "health_status",
    "remove",
];

/// Something happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub id: ContainerId,
    /// `start`, `die`, `health_status: healthy`, … as the engine writes it.
    pub action: String,
    /// The engine's clock.
    pub at: Option<Timestamp>,
    pub exit_code: Option<i64>,
    /// Of a `kill`: the signal's number.
    pub signal: Option<i64>,
    /// The container's name after the event; sanitised.
    pub name: Option<String>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "Type", default)]
    kind: String,
    #[serde(rename = "Action", default)]
    action: String,
    #[serde(rename = "Actor")]
    actor: Actor,
    #[serde(rename = "timeNano", default)]
    time_ns: i64,
}

#[derive(Deserialize)]
struct Actor {
    #[serde(rename = "ID", default)]
    id: String,
    #[serde(rename = "Attributes", default)]
    attributes: Option<Attributes>,
}

#[derive(Deserialize)]
struct Attributes {
    name: Option<String>,
    #[serde(rename = "exitCode", alias = "containerExitCode")]
    exit_code: Option<String>,
    signal: Option<String>,
}

/// Reads one line; `None` for events of other things.
pub(super) fn parse(line: &[u8]) -> Result<Option<Event>, serde_json::Error> {
    let raw: Raw = serde_json::from_slice(line)?;
    if raw.kind != "container" || raw.actor.id.is_empty() || raw.actor.id.len() > 128 {
        return Ok(None);
    }
    let (name, exit_code, signal) =
        raw.actor.attributes.map_or((None, None, None), |a| (a.name, a.exit_code, a.signal));
    Ok(Some(Event {
        id: ContainerId::new(&sanitize::name(&raw.actor.id)),
        action: sanitize::name(&raw.action),
        at: Timestamp::from_nanosecond(i128::from(raw.time_ns)).ok().filter(|_| raw.time_ns > 0),
        exit_code: exit_code.and_then(|c| c.parse().ok()),
        signal: signal.and_then(|s| s.parse().ok()),
        name: name.map(|n| sanitize::name(&n)).filter(|n| !n.is_empty()),
    }))
}

impl Docker {
    /// Opens the stream of container events from `since` on (the engine's clock). It is open when this returns.
    ///
    /// # Errors
    /// Link faults; `Denied` when a proxy withholds it. The stream ends with a fault, never silently.
    pub(super) async fn events(
        &self,
        since: Timestamp,
        only: Option<(&ContainerId, &[&str])>,
    ) -> Result<impl Stream<Item = Result<Vec<Event>, Fault>> + Send + use<>, Fault> {
        let filter = match only {
            None => serde_json::json!({ "type": ["container"], "event": ACTIONS }),
            Some((id, actions)) => {
                serde_json::json!({ "type": ["container"], "container": [&*id.0], "event": actions })
            }
        };
        self.filtered_events(since, &filter).await
    }

    /// As [`Docker::events`], of all containers, but only these actions.
    pub(super) async fn events_named(
        &self,
        since: Timestamp,
        actions: &[&str],
    ) -> Result<impl Stream<Item = Result<Vec<Event>, Fault>> + Send + use<>, Fault> {
        self.filtered_events(since, &serde_json::json!({ "type": ["container"], "event": actions })).await
    }

    async fn filtered_events(
        &self,
        since: Timestamp,
        filter: &serde_json::Value,
    ) -> Result<impl Stream<Item = Result<Vec<Event>, Fault>> + Send + use<>, Fault> {
        let doing = format!("events of {}", self.id);
        let path = format!("/events?since={}&filters={}", stamp(since), encode(&filter.to_string()));
        let response = self.transport.get(&doing, &path, HEADERS).await?;
        let lines = lines(response, self.transport.endpoint.clone(), doing.clone());
        Ok(lines.map(move |lines| {
            let mut events = Vec::new();
            for line in lines? {
                events.extend(parse(&line).map_err(|e| fault::protocol(&doing, &e.to_string()))?);
            }
            Ok(events)
        }))
    }
}

/// A time as the engine's queries take it: seconds, a point, nine digits.
pub(super) fn stamp(at: Timestamp) -> String {
    let ns = at.as_nanosecond().max(0);
    format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_with_its_code_and_time() {
        let line = br#"{"status":"die","id":"ab","Type":"container","Action":"die","Actor":{"ID":"ab","Attributes":{"exitCode":"137","name":"web","com.x":"y"}},"scope":"local","time":1,"timeNano":1500000000}"#;
        let event = parse(line).unwrap().unwrap();
        assert_eq!(
            (event.exit_code, event.name.as_deref(), event.action.as_str()),
            (Some(137), Some("web"), "die")
        );
        assert_eq!(stamp(event.at.unwrap()), "1.500000000");
        assert_eq!(parse(br#"{"Type":"network","Action":"connect","Actor":{"ID":"n"}}"#).unwrap(), None);
    }

    proptest::proptest! {
        #[test]
        fn strange_lines_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
