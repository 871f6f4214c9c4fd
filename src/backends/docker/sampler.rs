//! Decides what is measured when, and turns counters into usage.
//!
//! | where the container is | how it is measured | load for the engine |
//! |---|---|---|
//! | this machine, its cgroup can be read | the kernel's files, every 2 s | none |
//! | elsewhere, API ≥ 1.44 | one-shot readings, every 2 s | a few ms of CPU each |
//! | elsewhere, older | streams of visible ones (≤ 64), the rest one by one | one round a second over all |
//!
//! Visible containers come first and always; others only when the order of rows depends on them, under a
//! budget. Hidden panes measure nothing.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, FuturesUnordered, Stream};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::backends::clock;
use crate::domain::container::Container;
use crate::domain::docker::{DockerHost, Feature};
use crate::domain::endpoint::DockerEndpoint;
use crate::domain::fault::Fault;
use crate::domain::ids::{ContainerId, ContainerKey};
use crate::domain::interest::Interest;
use crate::domain::remote::Remote;
use crate::domain::usage::{Counters, Usage, UsageSample};

use super::cgroup::{Cgroups, Wanted};
use super::client::Docker;

/// Time between two measurements of a visible container.
const EVERY: Duration = Duration::from_secs(2);
/// Time to the second measurement, the first that gives rates.
const SECOND: Duration = Duration::from_secs(1);
/// New interest is served at once, but not more often than this: scrolling is no reason for a storm.
const AT_ONCE: Duration = Duration::from_millis(250);
/// What the engine has not answered within this time is left out of a round.
const ROUND: Duration = Duration::from_secs(8);
/// Requests at a time.
const PARALLEL: usize = 8;
/// Requests at a time to engines that answer only after their next round of measuring.
const PARALLEL_SLOW: usize = 64;
/// Streams at a time.
const STREAMS: usize = 64;
/// One-shot readings a round for containers nobody sees: 40 a second local, 15 remote.
const BUDGET_LOCAL: usize = 80;
const BUDGET_REMOTE: usize = 30;
/// From this version on one reading costs one reading.
const ONE_SHOT: (u16, u16) = (1, 44);

type Readings = Vec<(ContainerId, Counters)>;
type StatsStream = Pin<Box<dyn Stream<Item = Result<Option<Counters>, Fault>> + Send>>;

/// What a stream gave, and the stream to go on with; `None` when it ended.
type Streamed = (ContainerId, Option<(Option<Counters>, StatsStream)>);

/// Measures until `stop` or until nobody receives. One message holds all samples of a round.
pub async fn sample_loop(
    docker: Docker,
    hosts: watch::Receiver<Remote<DockerHost>>,
    interest: watch::Receiver<Interest>,
    out: mpsc::Sender<Vec<UsageSample>>,
    stop: CancellationToken,
) {
    tokio::select! {
        () = stop.cancelled() => {}
        _ = Sampler::new(docker, hosts, interest, out).run() => {}
    }
}

struct Sampler {
    docker: Docker,
    cgroups: Option<Cgroups>,
    hosts: watch::Receiver<Remote<DockerHost>>,
    interest: watch::Receiver<Interest>,
    out: mpsc::Sender<Vec<UsageSample>>,
    /// The last counters of each container, and whether they came with rates.
    before: HashMap<ContainerId, (Counters, bool)>,
    /// The last reading of each open stream.
    streamed: HashMap<ContainerId, Option<Counters>>,
    streams: FuturesUnordered<BoxFuture<'static, Streamed>>,
    /// Containers that a round has been for, whether or not it could measure them.
    tried: HashSet<ContainerId>,
    /// Containers that no cgroup was found for: the engine is asked.
    remote: HashSet<ContainerId>,
    /// Where the budget of the unseen ones goes on.
    turn: usize,
    next_full: Instant,
    next_quick: Option<Instant>,
    last_round: Option<Instant>,
}

/// Which containers of those wanted a round is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    Full,
    /// Those without rates yet.
    Quick,
}

impl Sampler {
    fn new(
        docker: Docker,
        hosts: watch::Receiver<Remote<DockerHost>>,
        interest: watch::Receiver<Interest>,
        out: mpsc::Sender<Vec<UsageSample>>,
    ) -> Self {
        let local = matches!(docker.endpoint(), DockerEndpoint::Unix(_));
        Self {
            docker,
            cgroups: local.then(Cgroups::here).flatten(),
            hosts,
            interest,
            out,
            before: HashMap::new(),
            streamed: HashMap::new(),
            streams: FuturesUnordered::new(),
            tried: HashSet::new(),
            remote: HashSet::new(),
            turn: 0,
            next_full: now(),
            next_quick: None,
            last_round: None,
        }
    }

    /// Ends with `None` when one of the other sides is gone.
    async fn run(mut self) -> Option<()> {
        loop {
            let (visible, others) = self.wanted();
            self.forget(&visible, &others);
            if visible.is_empty() && others.is_empty() {
                tokio::select! {
                    changed = self.hosts.changed() => changed.ok()?,
                    changed = self.interest.changed() => changed.ok()?,
                }
                continue;
            }
            let unmeasured = visible.iter().any(|w| !self.tried.contains(&w.id));
            let mut due = self.next_quick.map_or(self.next_full, |at| at.min(self.next_full));
            if unmeasured {
                due = due.min(self.last_round.map_or_else(now, |at| at + AT_ONCE));
            }
            tokio::select! {
                () = tokio::time::sleep_until(due) => self.round(&visible, &others).await?,
                changed = self.hosts.changed() => changed.ok()?,
                changed = self.interest.changed() => changed.ok()?,
                Some(streamed) = self.streams.next() => self.take_streamed(streamed),
            }
        }
    }

    /// Containers to measure: visible ones, and others when all are wanted.
    fn wanted(&mut self) -> (Vec<Wanted>, Vec<Wanted>) {
        let remote = self.hosts.borrow_and_update();
        let interest = self.interest.borrow_and_update();
        let host = remote.value.as_deref().filter(|_| remote.link.is_live() && !interest.hidden);
        let Some(host) = host else { return Default::default() };
        let seen: HashSet<&ContainerId> = interest.visible.iter().collect();
        let running = host.containers.iter().filter(|c| c.state.has_processes());
        let (visible, others): (Vec<_>, Vec<_>) = running
            .filter(|c| interest.all || seen.contains(&c.id))
            .map(|c| wanted(c))
            .partition(|w| seen.contains(&w.id));
        (visible, others)
    }

    /// What is no longer wanted is dropped: rates over a long pause would say nothing about now.
    fn forget(&mut self, visible: &[Wanted], others: &[Wanted]) {
        if self.tried.is_empty() {
            return;
        }
        let keep: HashSet<&ContainerId> = visible.iter().chain(others).map(|w| &w.id).collect();
        self.before.retain(|id, _| keep.contains(id));
        self.streamed.retain(|id, _| keep.contains(id));
        self.remote.retain(|id| keep.contains(id));
        self.tried.retain(|id| keep.contains(id));
    }

    async fn round(&mut self, visible: &[Wanted], others: &[Wanted]) -> Option<()> {
        let begun = now();
        let kind = if self.next_full <= begun { Round::Full } else { Round::Quick };
        let needs = |w: &&Wanted, s: &Self| {
            kind == Round::Full || s.before.get(&w.id).is_none_or(|(_, rates)| !rates)
        };
        let due: Vec<Wanted> = visible.iter().chain(others).filter(|w| needs(w, self)).cloned().collect();
        self.tried.extend(due.iter().map(|w| w.id.clone()));
        let (mut readings, rest) = self.kernel(due).await;

        let api = self.docker.api().await.unwrap_or(ONE_SHOT);
        let seen: HashSet<&ContainerId> = visible.iter().map(|w| &w.id).collect();
        let (mut ask, unseen): (Vec<_>, Vec<_>) = rest.into_iter().partition(|id| seen.contains(id));
        if api < ONE_SHOT {
            ask.retain(|id| !self.stream(id));
            readings
                .extend(self.streamed.iter_mut().filter_map(|(id, last)| Some((id.clone(), last.take()?))));
        }
        if kind == Round::Full && !unseen.is_empty() {
            let budget = if self.cgroups.is_some() { BUDGET_LOCAL } else { BUDGET_REMOTE };
            let start = self.turn % unseen.len();
            ask.extend(unseen.iter().cycle().skip(start).take(budget.min(unseen.len())).cloned());
            self.turn = start + budget;
        }
        if !ask.is_empty() && self.serves_stats() {
            readings.extend(one_shots(&self.docker, ask, api).await);
        }
        let samples = self.take(readings);
        if !samples.is_empty() {
            self.out.send(samples).await.ok()?;
        }
        let done = now();
        self.last_round = Some(done);
        if kind == Round::Full {
            // Should a round take long, the next is not begun at once: half the time is the engine's own.
            self.next_full = (begun + EVERY).max(done + (done - begun));
        }
        // Streams bring their second reading by themselves.
        let half = self.before.iter().any(|(id, (_, rates))| !rates && !self.streamed.contains_key(id));
        self.next_quick = half.then_some(done + SECOND);
        Some(())
    }

    fn serves_stats(&self) -> bool {
        self.hosts.borrow().value.as_deref().is_none_or(|h| h.engine.lacks(Feature::Stats).is_none())
    }

    /// Reads what the kernel knows; gives back those it does not know.
    async fn kernel(&mut self, wanted: Vec<Wanted>) -> (Readings, Vec<ContainerId>) {
        let ids = |wanted: &[Wanted]| wanted.iter().map(|w| w.id.clone()).collect::<Vec<_>>();
        let Some(cgroups) = self.cgroups.clone() else { return (Vec::new(), ids(&wanted)) };
        let (remote, local): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|w| self.remote.contains(&w.id));
        let mut rest = ids(&remote);
        let asked = ids(&local);
        // Not a task of its own: it is waited for right here, on a thread where blocking is allowed.
        let readings = tokio::task::spawn_blocking(move || cgroups.read(&local)).await.unwrap_or_default();
        let found: HashSet<&ContainerId> = readings.iter().map(|(id, _)| id).collect();
        for id in asked {
            if !found.contains(&id) {
                // Never seen here: not a container of this machine. Seen before: it is just ending.
                if !self.before.contains_key(&id) {
                    self.remote.insert(id.clone());
                }
                rest.push(id);
            }
        }
        (readings, rest)
    }

    /// True when the container is read from a stream; opens one if there is room.
    fn stream(&mut self, id: &ContainerId) -> bool {
        if self.streamed.contains_key(id) {
            return true;
        }
        if self.streamed.len() >= STREAMS || !self.serves_stats() {
            return false;
        }
        self.streamed.insert(id.clone(), None);
        let (docker, id) = (self.docker.clone(), id.clone());
        self.streams.push(
            async move {
                match docker.stats_stream(&id).await {
                    Ok(stream) => read_on(id, stream.boxed()).await,
                    Err(_) => (id, None),
                }
            }
            .boxed(),
        );
        true
    }

    fn take_streamed(&mut self, (id, streamed): Streamed) {
        // Nobody wants it any more: dropping the stream closes it.
        let Some(last) = self.streamed.get_mut(&id) else { return };
        match streamed {
            Some((counters, stream)) => {
                *last = counters.or(*last);
                // The first two are shown soon; those of one round of the engine together.
                if self.before.get(&id).is_none_or(|(_, rates)| !rates) {
                    self.next_quick.get_or_insert(now() + AT_ONCE);
                }
                self.streams.push(read_on(id, stream).boxed());
            }
            None => {
                self.streamed.remove(&id);
            }
        }
    }

    /// Usage out of readings and those before them.
    fn take(&mut self, readings: Readings) -> Vec<UsageSample> {
        let at = clock::now();
        let mut samples = Vec::with_capacity(readings.len());
        for (id, counters) in readings {
            let before = self.before.get(&id);
            // The same reading twice gives no new rate.
            if before.is_some_and(|(b, _)| b.read_ns == counters.read_ns) {
                continue;
            }
            let usage =
                before.map_or_else(|| Usage::levels(&counters), |(b, _)| Usage::between(b, &counters));
            self.before.insert(id.clone(), (counters, before.is_some()));
            samples.push(UsageSample { key: ContainerKey { target: self.docker.id.clone(), id }, at, usage });
        }
        samples
    }
}

fn wanted(container: &Container) -> Wanted {
    Wanted {
        id: container.id.clone(),
        own_network: !matches!(container.network_mode.as_str(), "host" | "none"),
    }
}

async fn read_on(id: ContainerId, mut stream: StatsStream) -> Streamed {
    match stream.next().await {
        Some(Ok(counters)) => (id, Some((counters, stream))),
        _ => (id, None),
    }
}

/// One reading each; those that fail or have stopped are left out.
async fn one_shots(docker: &Docker, ids: Vec<ContainerId>, api: (u16, u16)) -> Readings {
    let parallel = if api < ONE_SHOT { PARALLEL_SLOW } else { PARALLEL };
    let requests = ids.into_iter().map(|id| async move {
        let counters = docker.stats_once(&id).await.ok().flatten()?;
        Some((id, counters))
    });
    stream::iter(requests)
        .buffer_unordered(parallel)
        .take_until(tokio::time::sleep(ROUND))
        .filter_map(std::future::ready)
        .collect()
        .await
}

impl Docker {
    /// Usage of the running ones among these, from two readings about a second apart. What cannot be measured
    /// is left out.
    pub async fn sample_once(&self, containers: &[std::sync::Arc<Container>]) -> Vec<UsageSample> {
        let (_, hosts) = watch::channel(Remote::default());
        let (_, interest) = watch::channel(Interest::default());
        let (out, _) = mpsc::channel(1);
        let mut sampler = Sampler::new(self.clone(), hosts, interest, out);
        let wanted: Vec<Wanted> =
            containers.iter().filter(|c| c.state.has_processes()).map(|c| wanted(c)).collect();
        let api = self.api().await.unwrap_or(ONE_SHOT);
        let mut samples = Vec::new();
        for reading in 0..2 {
            if reading == 1 {
                tokio::time::sleep(SECOND).await;
            }
            let (mut readings, rest) = sampler.kernel(wanted.clone()).await;
            readings.extend(one_shots(self, rest, api).await);
            samples = sampler.take(readings);
        }
        samples
    }
}

fn now() -> Instant {
    clock::instant().into()
}
