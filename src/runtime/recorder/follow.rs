//! Who is recorded: finds the containers that stars mean, follows each, and joins what it says to what is
//! recorded of it already.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::tee::{Desk, Tee};
use super::{News, Opener, Order, remark};
use crate::backends::clock;
use crate::backends::log_source::{LogReader, LogReading, LogSource};
use crate::backends::recording::End;
use crate::domain::container::{Container, State};
use crate::domain::docker::DockerHost;
use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;
use crate::domain::log::{LogAnchor, LogEvent, LogLine, LogSourceId, LogStream, LogTurn};
use crate::domain::recording::{Following, RecordedSource, RecorderState, RecorderStatus};
use crate::domain::star::{Star, recording_of, recording_of_local, recording_of_server};
use crate::logs::recording::Joint;

/// Lines of the past that are read when a source begins to be followed: what was written meanwhile is among
/// them, unless it was very much.
const TAIL: u32 = 10_000;
/// Sources recorded at a time.
const MAX_SOURCES: usize = 256;
/// What the remark at a life's beginning says.
const BEGINS: &str = " begins here; read at ";
/// Events of a source that may wait.
const WAITING: usize = 8;

type Status = watch::Sender<RecorderStatus>;

/// Follows everything that is starred, for as long as it can be written.
pub(super) async fn follow_all(
    open: Opener,
    orders: mpsc::Sender<Order>,
    mut news: mpsc::Receiver<News>,
    status: Arc<Status>,
    stop: CancellationToken,
) {
    let desk = Desk::new(orders);
    let mut states = status.subscribe();
    let (mut stars, mut pictures) = (Vec::new(), BTreeMap::new());
    let mut running = Running {
        open,
        desk,
        status,
        stop: stop.clone(),
        followed: HashMap::new(),
        ended: FuturesUnordered::new(),
    };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some(name) = running.ended.next() => {
                tracing::debug!("{name} is not followed any more");
                continue;
            }
            Ok(()) = states.changed() => {}
            heard = news.recv() => match heard {
                Some(News::Stars(new)) => stars = new,
                Some(News::Picture(id, picture)) => drop(pictures.insert(id, picture)),
                None => return,
            },
        }
        let recording = states.borrow_and_update().state == RecorderState::Recording;
        running.set(if recording { wanted(&stars, &pictures) } else { BTreeMap::new() });
    }
}

/// A source to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    source: LogSourceId,
    /// The container's id: another one begins another life of the same recording.
    life: Arc<str>,
    /// For the remark at a life's beginning.
    about: String,
}

/// What the stars mean at present, by recording.
fn wanted(stars: &[Star], pictures: &BTreeMap<TargetId, Arc<DockerHost>>) -> BTreeMap<Arc<str>, Wanted> {
    let mut found: BTreeMap<Arc<str>, &Container> = BTreeMap::new();
    for container in pictures.values().flat_map(|host| &host.containers) {
        if stars.iter().any(|star| star.takes(container)) {
            // While one replaces the other both are there for a moment.
            let newer = |old: &Container| rank(container) > rank(old);
            let name = recording_of(container);
            if found.get(&name).is_none_or(|old| newer(old)) {
                found.insert(name, container);
            }
        }
    }
    let containers = found.into_iter().map(|(name, c)| {
        let about = format!("container {} of {}", c.id.short(), c.image);
        (name, Wanted { source: LogSourceId::Container(c.key()), life: c.id.0.clone(), about })
    });
    let local = stars.iter().filter_map(|star| {
        let (kind, name, source) = match star {
            Star::File(path) => ("file", path, LogSourceId::File(path.clone())),
            Star::Unit(unit) => ("unit", unit, LogSourceId::Journal(Some(unit.clone()))),
            Star::Server(server, log) => {
                let source = LogSourceId::Server(TargetId::server(server), log.clone());
                let about = source.to_string();
                let life = about.as_str().into();
                return Some((recording_of_server(server, log), Wanted { source, life, about }));
            }
            Star::Container { .. } | Star::Service { .. } => return None,
        };
        let about = format!("{kind} {name}");
        Some((recording_of_local(kind, name), Wanted { source, life: name.clone(), about }))
    });
    containers.chain(local).take(MAX_SOURCES).collect()
}

fn rank(container: &Container) -> (bool, Option<jiff::Timestamp>) {
    (container.state == State::Running, container.created_at)
}

/// What is being followed.
struct Running {
    open: Opener,
    desk: Desk,
    status: Arc<Status>,
    stop: CancellationToken,
    followed: HashMap<Arc<str>, (Wanted, CancellationToken)>,
    ended: FuturesUnordered<BoxFuture<'static, Arc<str>>>,
}

impl Running {
    /// Follows just these from now on.
    fn set(&mut self, wanted: BTreeMap<Arc<str>, Wanted>) {
        let keep = |name: &Arc<str>, old: &Wanted| {
            wanted.get(name).is_some_and(|new| new.life == old.life && new.source == old.source)
        };
        self.followed.retain(|name, (old, stop)| {
            let kept = keep(name, old);
            if !kept {
                stop.cancel();
            }
            kept
        });
        let names: BTreeSet<Arc<str>> = wanted.keys().cloned().collect();
        for (name, wanted) in wanted {
            if self.followed.contains_key(&name) {
                continue;
            }
            let stop = self.stop.child_token();
            self.followed.insert(name.clone(), (wanted.clone(), stop.clone()));
            let report = Report { name: name.clone(), status: self.status.clone() };
            report.following(Following::Connecting);
            let source = (self.open)(&wanted.source);
            let desk = self.desk.clone();
            self.ended.push(Box::pin(async move {
                match source {
                    Ok(source) => {
                        let following = follow(source, &wanted, &report, &desk, stop.clone());
                        tokio::select! {
                            biased;
                            () = stop.cancelled() => {}
                            () = following => {}
                        }
                    }
                    Err(fault) => report.following(Following::Refused(fault)),
                }
                name
            }));
        }
        self.status.send_if_modified(|s| {
            let before = s.sources.len();
            s.sources.retain(|source| names.contains(&source.name));
            s.sources.len() != before
        });
    }
}

/// What one source tells of itself to the status.
struct Report {
    name: Arc<str>,
    status: Arc<Status>,
}

impl Report {
    fn following(&self, following: Following) {
        self.change(|source| {
            let changed = source.following != following;
            source.following = following;
            changed
        });
    }

    fn dropped(&self, lines: u64) {
        if lines > 0 {
            self.change(|source| {
                source.dropped += lines;
                true
            });
        }
    }

    fn change(&self, change: impl FnOnce(&mut RecordedSource) -> bool) {
        self.status.send_if_modified(|s| {
            let place = match s.sources.binary_search_by(|source| source.name.cmp(&self.name)) {
                Ok(place) => place,
                Err(place) => {
                    let new = RecordedSource {
                        name: self.name.clone(),
                        following: Following::Connecting,
                        dropped: 0,
                    };
                    s.sources.insert(place, new);
                    place
                }
            };
            s.sources.get_mut(place).is_some_and(change)
        });
    }
}

/// Records one source until it is refused or given up.
async fn follow(
    source: Arc<dyn LogSource>,
    wanted: &Wanted,
    report: &Report,
    desk: &Desk,
    stop: CancellationToken,
) {
    let (reply, answer) = oneshot::channel();
    let begin = Order::Begin { name: report.name.clone(), life: wanted.life.clone(), reply };
    if desk.orders().send(begin).await.is_err() {
        return;
    }
    // No answer: nothing is written now, and this is about to be given up.
    let Ok(end) = answer.await else { return };
    let mut recorded = Recorded::new(end, wanted, desk.tee(report.name.clone()));
    let reading = LogReading { anchor: LogAnchor::End, tail: Some(recorded.tail()) };
    let ((_asks, asked), (told, mut events)) = (mpsc::channel(1), mpsc::channel(WAITING));
    let reader = LogReader { asks: asked, events: told, stop };
    let write = async {
        while let Some(event) = events.recv().await {
            recorded.take(event, report);
        }
    };
    tokio::join!(source.read(reading, reader), write);
}

/// The recording of one source while it is followed.
struct Recorded {
    tee: Tee,
    /// Where what is read again meets what is recorded.
    joint: Option<Joint>,
    /// Something of this life is recorded that nothing can be joined to.
    unjoined: bool,
    /// To be said before the first line.
    remark: Option<LogLine>,
}

impl Recorded {
    fn new(end: End, wanted: &Wanted, tee: Tee) -> Self {
        let goes_on = end.life == *wanted.life && !end.lines.is_empty();
        let begins = |line: &LogLine| line.stream == LogStream::Engine && line.text.contains(BEGINS);
        let of_this_life = end.lines.iter().rposition(begins).and_then(|i| end.lines.get(i..));
        let joint = if goes_on { Joint::behind(of_this_life.unwrap_or(&end.lines)) } else { None };
        let unjoined = goes_on && joint.is_none();
        let words = match (goes_on, unjoined) {
            (false, _) => Some(format!("{}{BEGINS}{}", wanted.about, clock::now())),
            (true, true) => {
                Some(format!("it was not recorded until {}; lines may be missing here", clock::now()))
            }
            (true, false) => None,
        };
        Self { tee, joint, unjoined, remark: words.map(remark) }
    }

    /// Lines of the past to read.
    fn tail(&self) -> u32 {
        if self.unjoined { 0 } else { TAIL }
    }

    fn take(&mut self, event: LogEvent, report: &Report) {
        match event {
            LogEvent::Live => report.following(Following::Live),
            LogEvent::Lines(lines) => self.lines(lines, report),
            LogEvent::Gap(_) => self
                .put(vec![remark("lines are missing here; the source does not have them any more")], report),
            LogEvent::Dropped(n) => {
                self.put(vec![remark(format_args!("{n} lines came too fast and are missing here"))], report)
            }
            LogEvent::Turned(LogTurn::Rotated) => self.put(vec![remark("the file was replaced")], report),
            LogEvent::Turned(LogTurn::Truncated) => self.put(vec![remark("the file was truncated")], report),
            LogEvent::Ended => report.following(Following::Ended),
            LogEvent::Lost(fault) => report.following(Following::Lost(fault)),
            LogEvent::Refused(fault) => self.refused(fault, report),
            LogEvent::Older { .. }
            | LogEvent::OlderFailed(_)
            | LogEvent::Newer { .. }
            | LogEvent::Found(_)
            | LogEvent::Progress(_)
            | LogEvent::Note(_)
            | LogEvent::Skew(_)
            | LogEvent::Life(_) => {}
        }
    }

    fn refused(&mut self, fault: Fault, report: &Report) {
        tracing::info!("{} cannot be recorded: {fault}", report.name);
        report.following(Following::Refused(fault));
    }

    fn lines(&mut self, lines: Vec<LogLine>, report: &Report) {
        let lines = match &mut self.joint {
            Some(joint) => {
                let joined = joint.sift(lines);
                if joined.gap {
                    let since = joint.last();
                    self.remark = Some(remark(format_args!(
                        "it was not recorded from {since} on; lines may be missing here"
                    )));
                }
                joined.lines
            }
            None => lines,
        };
        if !lines.is_empty() {
            self.put(lines, report);
        }
    }

    fn put(&mut self, mut lines: Vec<LogLine>, report: &Report) {
        if let Some(remark) = self.remark.take() {
            lines.insert(0, remark);
        }
        report.dropped(self.tee.put(lines));
    }
}
