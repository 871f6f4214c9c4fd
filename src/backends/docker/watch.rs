//! Keeps the picture of one engine current: events first, then one list, then events patch it.
//!
//! No container is inspected. Events that change what only a list tells (ports, addresses, a new row, whether
//! a dead one is about to be restarted) lead to one list of just those containers, collected over 150 ms;
//! a storm of events leads to lists of everything, never closer together than twice the time one takes.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, Stream};
use futures_util::{FutureExt, StreamExt};
use jiff::SignedDuration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::backends::{backoff, clock};
use crate::domain::container::Container;
use crate::domain::docker::{DockerHost, Engine, Feature};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::ContainerId;
use crate::domain::remote::{Link, Remote};

use super::client::Docker;
use super::event::Event;
use super::rows::Rows;

/// Events of this time lead to one list.
const COLLECT: Duration = Duration::from_millis(150);
/// Pictures are published this far apart at least.
const PUBLISH: Duration = Duration::from_millis(100);
/// Should an event have been lost, this list makes up for it.
const RELIST: Duration = Duration::from_secs(60);
/// Lists of an engine without events.
const POLL: Duration = Duration::from_secs(5);
/// A connection silent for this long is asked for a sign of life.
const SILENCE: Duration = Duration::from_secs(10);
/// No answer to that for this long means that the engine hangs.
const PING: Duration = Duration::from_secs(10);
/// More rows than this are asked for by listing everything: their ids would make a very long path.
const MAX_ASKED: usize = 50;
/// Lists that the engine may refuse in a row (it does when a container goes away under it).
const MAX_REFUSALS: u32 = 3;

/// Publishes the state of an engine until `stop`. `retry` ends a wait between attempts, or asks for a fresh
/// list when the link is up.
pub async fn serve(
    docker: Docker,
    out: watch::Sender<Remote<DockerHost>>,
    retry: Arc<Notify>,
    stop: CancellationToken,
) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = connect_again_and_again(&docker, &out, &retry) => {}
    }
}

async fn connect_again_and_again(docker: &Docker, out: &watch::Sender<Remote<DockerHost>>, retry: &Notify) {
    let mut rows = Rows::default();
    let mut failures = 0;
    loop {
        let fault = match Session::open(docker, out, retry, &mut rows).await {
            Ok(mut session) => {
                let fault = session.run().await;
                if session.was_live {
                    failures = 0;
                }
                fault
            }
            Err(fault) => fault,
        };
        failures += 1;
        let wait = backoff::jittered(failures);
        let at = SignedDuration::try_from(wait).ok().and_then(|w| clock::now().checked_add(w).ok());
        out.send_modify(|remote| *remote = remote.lost(fault.clone(), at));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = retry.notified() => {}
        }
        out.send_modify(|remote| *remote = remote.lost(fault, None));
    }
}

type Events = Pin<Box<dyn Stream<Item = Result<Vec<Event>, Fault>> + Send>>;

/// What comes back from the engine.
enum Answer {
    All(Result<Vec<Container>, Fault>),
    Some(Vec<ContainerId>, Result<Vec<Container>, Fault>),
    Ping(Result<(), Fault>),
}

/// What has come up in the loop.
enum Turn {
    Events(Option<Result<Vec<Event>, Fault>>),
    Answer(Answer),
    Refresh,
    Time,
}

/// One connection, from the first ping to the fault that ends it.
struct Session<'a> {
    docker: &'a Docker,
    out: &'a watch::Sender<Remote<DockerHost>>,
    retry: &'a Notify,
    rows: &'a mut Rows,
    engine: Engine,
    /// `None` when a proxy withholds events.
    events: Option<Events>,
    /// At most one list and one ping.
    asked: FuturesUnordered<BoxFuture<'static, Answer>>,
    listing_since: Option<Instant>,
    pinging: bool,
    list_took: Duration,
    refusals: u32,
    /// When to list everything.
    relist_at: Instant,
    /// When to list the stale rows.
    refresh_at: Option<Instant>,
    publish_at: Option<Instant>,
    published_at: Option<Instant>,
    heard_at: Instant,
    was_live: bool,
}

impl<'a> Session<'a> {
    async fn open(
        docker: &'a Docker,
        out: &'a watch::Sender<Remote<DockerHost>>,
        retry: &'a Notify,
        rows: &'a mut Rows,
    ) -> Result<Self, Fault> {
        let hello = docker.hello().await?;
        let mut engine = hello.engine;
        // The engine sends its headers a moment before it subscribes: ask for the second before as well.
        let since = hello.clock.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(hello.clock);
        let events = match docker.events(since, None).await {
            Ok(events) => Some(events.boxed()),
            Err(f) if matches!(f.kind, FaultKind::Denied | FaultKind::Unsupported | FaultKind::Gone) => {
                engine
                    .lacks
                    .push((Feature::Events, format!("listed every {} s instead: {f}", POLL.as_secs())));
                None
            }
            Err(fault) => return Err(fault),
        };
        let now = now();
        Ok(Self {
            docker,
            out,
            retry,
            rows,
            engine,
            events,
            asked: FuturesUnordered::new(),
            listing_since: None,
            pinging: false,
            list_took: Duration::ZERO,
            refusals: 0,
            relist_at: now,
            refresh_at: None,
            publish_at: None,
            published_at: None,
            heard_at: now,
            was_live: false,
        })
    }

    /// Works until something breaks.
    async fn run(&mut self) -> Fault {
        loop {
            if let Err(fault) = self.on_time() {
                return fault;
            }
            let due = self.next_due();
            let turn = tokio::select! {
                events = next(&mut self.events) => Turn::Events(events),
                Some(answer) = self.asked.next() => Turn::Answer(answer),
                () = self.retry.notified() => Turn::Refresh,
                () = tokio::time::sleep_until(due) => Turn::Time,
            };
            if let Err(fault) = self.take(turn) {
                return fault;
            }
        }
    }

    fn take(&mut self, turn: Turn) -> Result<(), Fault> {
        match turn {
            Turn::Events(Some(events)) => {
                self.heard_at = now();
                for event in events? {
                    if self.rows.apply(&event) {
                        self.changed();
                    }
                }
                if self.rows.has_stale() && self.refresh_at.is_none() {
                    self.refresh_at = Some(now() + COLLECT.max(self.list_took * 2));
                }
            }
            Turn::Events(None) => {
                return Err(Fault::new(FaultKind::Unreachable, "the engine ended its stream of events"));
            }
            Turn::Answer(answer) => self.take_answer(answer)?,
            Turn::Refresh => self.relist_at = now(),
            Turn::Time => {}
        }
        Ok(())
    }

    fn take_answer(&mut self, answer: Answer) -> Result<(), Fault> {
        let (asked, listed) = match answer {
            Answer::Ping(result) => {
                self.pinging = false;
                result?;
                self.heard();
                return Ok(());
            }
            Answer::All(listed) => (None, listed),
            Answer::Some(ids, listed) => (Some(ids), listed),
        };
        self.list_took = self.listing_since.take().map_or(Duration::ZERO, |since| now() - since);
        match listed {
            Ok(listed) => {
                self.refusals = 0;
                let at = clock::now();
                let changed = match asked {
                    Some(ids) => self.rows.take_some(&ids, listed, at),
                    None => self.rows.take_all(listed, at),
                };
                if changed || !self.was_live {
                    self.changed();
                }
                self.was_live = true;
                self.heard();
            }
            // A frozen or vanished engine is lost at once, and so is one that forbids its list.
            Err(fault) if fault.kind.is_link() || fault.kind == FaultKind::Denied => return Err(fault),
            Err(fault) => {
                self.refusals += 1;
                if self.refusals >= MAX_REFUSALS {
                    return Err(fault);
                }
                self.relist_at = now() + Duration::from_millis(500);
            }
        }
        Ok(())
    }

    /// Starts what is due.
    fn on_time(&mut self) -> Result<(), Fault> {
        let now = now();
        if self.listing_since.is_none() {
            if self.relist_at <= now {
                self.list(now, Vec::new());
            } else if self.refresh_at.is_some_and(|at| at <= now) {
                let ids = self.rows.begin_list();
                self.list(now, if ids.len() > MAX_ASKED { Vec::new() } else { ids });
            }
        }
        if self.publish_at.is_some_and(|at| at <= now) && self.was_live {
            self.publish_at = None;
            self.published_at = Some(now);
            let host = DockerHost { engine: self.engine.clone(), containers: self.rows.sorted() };
            self.out.send_replace(Remote::live(Arc::new(host), clock::now()));
        }
        if !self.pinging && self.listing_since.is_none() && self.heard_at + SILENCE <= now {
            self.pinging = true;
            let docker = self.docker.clone();
            self.asked.push(async move { Answer::Ping(docker.ping(PING).await) }.boxed());
        }
        Ok(())
    }

    /// Asks for these rows, or for all.
    fn list(&mut self, now: Instant, ids: Vec<ContainerId>) {
        self.listing_since = Some(now);
        self.refresh_at = None;
        let docker = self.docker.clone();
        if ids.is_empty() {
            self.rows.begin_list();
            self.relist_at = now + if self.events.is_some() { RELIST } else { POLL };
            self.asked.push(async move { Answer::All(docker.list_rows(&[]).await) }.boxed());
        } else {
            self.asked.push(
                async move {
                    let listed = docker.list_rows(&ids).await;
                    Answer::Some(ids, listed)
                }
                .boxed(),
            );
        }
    }

    /// The picture changed: publish it, but not too soon after the last one.
    fn changed(&mut self) {
        if self.publish_at.is_none() {
            let now = now();
            self.publish_at = Some(self.published_at.map_or(now, |at| (at + PUBLISH).max(now)));
        }
    }

    /// The engine lives: what is shown is as true as now. Nobody is woken for that.
    fn heard(&mut self) {
        self.heard_at = now();
        // Events that came while a list was on its way have waited for it.
        if self.rows.has_stale() && self.refresh_at.is_none() {
            self.refresh_at = Some(self.heard_at + COLLECT.max(self.list_took * 2));
        }
        self.out.send_if_modified(|remote| {
            if remote.link == Link::Live {
                remote.at = Some(clock::now());
            }
            false
        });
    }

    fn next_due(&self) -> Instant {
        let now = now();
        let mut due = self.publish_at.filter(|_| self.was_live).unwrap_or(now + SILENCE);
        if self.listing_since.is_none() {
            due = self.refresh_at.map_or(due, |at| due.min(at)).min(self.relist_at);
            if !self.pinging {
                due = due.min(self.heard_at + SILENCE);
            }
        }
        due
    }
}

async fn next(events: &mut Option<Events>) -> Option<Result<Vec<Event>, Fault>> {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}

fn now() -> Instant {
    clock::instant().into()
}
