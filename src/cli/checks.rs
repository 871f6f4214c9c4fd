//! `pult get checks`: each asked once; with `--watch` each as often as it says, with its state as the panel reckons it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::grid::Tone;
use super::listing::{Listing, Row, owned};
use super::{Exit, Failure, Session};
use crate::backends::argv::Argv;
use crate::backends::clock;
use crate::backends::server::{self, Host, Run};
use crate::domain::check::{Check, Outcome, State, Track, Watched};
use crate::domain::check_fields::{FIELDS, SPECS};
use crate::domain::fault::Fault;
use crate::domain::filter::find_field;
use crate::domain::ids::TargetId;
use crate::runtime::servers::Hosted;

/// Checks that one server is asked at the same time.
const AT_ONCE: usize = 2;

/// The contract's fields; what was not measured is null.
#[derive(Serialize)]
struct Item<'a> {
    target: &'a TargetId,
    name: &'a str,
    kind: &'a str,
    asks: &'a str,
    state: &'static str,
    message: &'a str,
    hint: Option<&'a str>,
    took_ms: Option<f64>,
    certificate_days: Option<i64>,
    at: Option<Timestamp>,
}

/// The checks that a command is about, with who asks them.
pub struct Round {
    /// Nobody asks again.
    once: bool,
    hosts: BTreeMap<TargetId, Hosted>,
    all: Mutex<Vec<(Watched, Instant)>>,
}

impl Round {
    /// `names`: only these, when there are any. `once`: a single failure is down, since nobody asks again.
    ///
    /// # Errors
    /// When there is no check at all.
    pub fn open(session: &Session, names: &[String], once: bool) -> Result<Self, Failure> {
        let profile = &session.profile;
        if profile.checks.is_empty() {
            let message = "there is no check; write a [[check]] section: pult config example";
            return Err(Failure::Usage(message.into()));
        }
        let is_named = |check: &Arc<Check>| {
            let fits = |name: &String| {
                **name == *check.name || name.split_once('/').is_some_and(|(_, n)| *n == *check.name)
            };
            names.is_empty() || names.iter().any(fits)
        };
        let hub = session.hub();
        let host =
            |(id, endpoint): &(TargetId, _)| (id.clone(), Hosted::new(&hub, endpoint, profile.read_only));
        let one = |check: &Arc<Check>| {
            let failures = if once { 1 } else { check.failures };
            let check = Arc::new(Check { failures, ..Check::clone(check) });
            (Watched { check, track: Track::default() }, Instant::now())
        };
        let all = profile.checks.iter().filter(|check| is_named(check)).map(one).collect();
        Ok(Self { once, hosts: profile.servers.iter().map(host).collect(), all: Mutex::new(all) })
    }

    /// Asks those whose turn it is.
    pub async fn gather(&self) -> Listing {
        let mut all = self.all.lock().await;
        let now = Instant::now();
        let due: Vec<Arc<Check>> =
            all.iter().filter(|(_, at)| *at <= now).map(|(one, _)| one.check.clone()).collect();
        let mut servers: Vec<&TargetId> = due.iter().map(|check| &check.server).collect();
        servers.sort();
        servers.dedup();
        let asked = servers.iter().map(|server| {
            let checks = due.iter().filter(|check| check.server == **server).cloned().collect();
            self.ask(server, checks)
        });
        let mut listing = listing();
        for (answers, fault) in join_all(asked).await {
            // Who watches sees them in the rows.
            listing.faults.extend(fault.filter(|_| self.once));
            for (check, outcome) in answers {
                if let Some((one, next)) = all.iter_mut().find(|(one, _)| one.check.name == check.name) {
                    one.track.take(&check, outcome, clock::now());
                    *next = now + check.every;
                }
            }
        }
        listing.rows = all.iter().map(|(one, _)| row(one, clock::now())).collect();
        listing
    }

    /// Asks one server its checks. One that cannot be reached is a fault, and its checks are unknown.
    async fn ask(
        &self,
        server: &TargetId,
        checks: Vec<Arc<Check>>,
    ) -> (Vec<(Arc<Check>, Outcome)>, Option<(TargetId, Fault)>) {
        let unknown = |message: &str, hint: String| {
            let outcome = Outcome::unknown(message).hint(hint);
            checks.iter().map(|check| (check.clone(), outcome.clone())).collect()
        };
        let Some(host) = self.hosts.get(server) else {
            let hint = format!("it is only listed: pult get checks --target {server}");
            return (unknown("the server that asks is not connected", hint), None);
        };
        if let Err(fault) = reach(host.reader()).await {
            let fault = fault.of_reading();
            let told = unknown(&fault.message, fault.hint.clone().unwrap_or_default());
            return (told, Some((server.clone(), fault)));
        }
        let one = async |check: Arc<Check>| {
            let outcome = server::check(host.reader(), &check).await;
            (check, outcome)
        };
        (stream::iter(checks).map(one).buffered(AT_ONCE).collect().await, None)
    }
}

async fn reach(host: &dyn Host) -> Result<(), Fault> {
    host.run(Run::new(Argv::new("true"))).await.map(drop)
}

/// What is down is a failure; what nobody knows is not well either.
pub fn exit(listing: &Listing) -> Exit {
    let is = |state: State| listing.rows.iter().any(|row| row.json["state"] == state.word());
    match () {
        () if is(State::Down) => Exit::Failed,
        () if is(State::Unknown) => Exit::Unreached,
        () => Exit::Done,
    }
}

fn listing() -> Listing {
    let columns = |words: &[&str]| words.iter().filter_map(|w| find_field(&SPECS, w)).collect();
    Listing {
        head: serde_json::Map::new(),
        kind: "checks",
        singular: "check",
        fields: &SPECS,
        table: columns(&["name", "state", "kind", "asks", "answer", "took"]),
        wide: columns(&["name", "state", "kind", "asks", "answer", "took", "certificate"]),
        rows: Vec::new(),
        faults: Vec::new(),
    }
}

fn row(one: &Watched, now: Timestamp) -> Row {
    let check = one.row(now);
    let item = Item {
        target: &one.check.server,
        name: &check.name,
        kind: check.kind,
        asks: &check.asked,
        state: check.state.word(),
        message: &check.message,
        hint: check.hint.as_deref(),
        took_ms: check.took_ms,
        certificate_days: check.certificate_days,
        at: check.at,
    };
    Row {
        key: format!("check/{}", check.name),
        name: check.name.clone(),
        id: None,
        values: FIELDS.iter().map(|f| owned((f.get)(&check))).collect(),
        tone: match check.state {
            State::Ok => Tone::Good,
            State::Unknown => Tone::Dim,
            State::Degraded | State::Suspect | State::Down => Tone::Bad,
        },
        // Nothing but texts and finite numbers: this cannot fail.
        json: serde_json::to_value(item).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Probe;
    use std::time::Duration;

    fn watched(outcome: Option<Outcome>) -> Watched {
        let check = Check {
            name: "shop".into(),
            server: TargetId::server("web1"),
            kind: "ping",
            probe: Probe::Ping { host: "shop".into() },
            every: Duration::from_secs(60),
            timeout: Duration::from_secs(5),
            failures: 1,
            slower_than: None,
            certificate_days: Some(21),
        };
        let mut track = Track::default();
        if let Some(outcome) = outcome {
            track.take(&check, outcome, Timestamp::UNIX_EPOCH);
        }
        Watched { check: Arc::new(check), track }
    }

    /// The contract's list. Scripts rely on it.
    #[test]
    fn an_item_has_every_key_of_the_contract() {
        let row = row(&watched(Some(Outcome::failed("no"))), Timestamp::UNIX_EPOCH);
        for key in "target name kind state message took_ms certificate_days hint asks at".split(' ') {
            assert!(row.json.get(key).is_some(), "{key}");
        }
        assert_eq!((&row.json["state"], row.json["took_ms"].is_null()), (&"down".into(), true));
    }

    #[test]
    fn what_is_down_and_what_nobody_knows_is_told_by_the_exit_code() {
        let of = |outcomes: &[Option<Outcome>]| {
            let rows = outcomes.iter().map(|o| row(&watched(o.clone()), Timestamp::UNIX_EPOCH)).collect();
            exit(&Listing { rows, ..listing() })
        };
        let (fine, down) = (Some(Outcome::ok("")), Some(Outcome::failed("")));
        assert_eq!(of(std::slice::from_ref(&fine)), Exit::Done);
        assert_eq!(of(&[fine.clone(), None]), Exit::Unreached);
        assert_eq!(of(&[fine, None, down]), Exit::Failed);
    }
}
