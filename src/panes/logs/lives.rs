//! The lives of what is read: its last words before it was started again, those of a container that was there
//! before it under the same name, and the star that keeps them.

use jiff::{SignedDuration, Timestamp};

use super::options::Saved;
use super::view::LogView;
use crate::domain::container::Container;
use crate::domain::log::{HostLog, LogAnchor, LogSourceId};
use crate::domain::recording::Recording;
use crate::domain::star::{Star, recording_of};
use crate::domain::world::World;
use crate::logs::book::Lane;
use crate::panes::{Context, Request};

/// A moment before another one.
const BEFORE: SignedDuration = SignedDuration::from_nanos(1);

/// A container that is started later than that after it was made was probably started before.
const FIRST_START: SignedDuration = SignedDuration::from_mins(1);

impl LogView {
    /// The source under the cursor, else the first one.
    fn source_here(&self) -> Option<&LogSourceId> {
        let source = self.current().and_then(|line| self.source(line.lane()));
        source.or(self.members.first().map(|m| &m.source))
    }

    /// To the last words of the container under the cursor before its last start.
    pub(super) fn life_before(&mut self, cx: &Context) -> Vec<Request> {
        let Some(source) = self.source_here().cloned() else { return Vec::new() };
        let here = self.current().and_then(|line| self.book.line(line)?.at);
        if let LogSourceId::Container(key) = &source
            && let Some(container) = cx.world.container(key)
            // In its own log it goes back once, then further.
            && (!was_started_before(container) || (here.is_some() && here < container.started_at))
            && let Some(recording) = earlier_life(container, cx.world)
        {
            return self.read_earlier(&source, container, recording, cx);
        }
        match self.started(&source) {
            Some(start) => self.go_to_last_words(source, start, cx),
            None => vec![Request::Notice("it is not known when this source was started".to_owned())],
        }
    }

    /// When a source was started last. Its reader knows it exactly; an engine tells of a start only when the
    /// first lines may be written.
    fn started(&self, source: &LogSourceId) -> Option<Timestamp> {
        let told = self.lives.get(source).and_then(|life| life.started_at);
        told.or_else(|| self.started_at.get(source).copied())
    }

    /// The row of the last line of a source before a start.
    pub(super) fn last_words(&self, source: &LogSourceId, start: Timestamp) -> Option<usize> {
        self.book.nearest(self.book.last_before(source, start)?)
    }

    /// To the last line of a source before a start: at once when it is held, else everything is read again
    /// around it.
    fn go_to_last_words(&mut self, source: LogSourceId, start: Timestamp, cx: &Context) -> Vec<Request> {
        let newer = self.anchor != LogAnchor::End && self.book.newest().is_some_and(|newest| newest < start);
        if let Some(index) = self.last_words(&source, start).filter(|_| !newer) {
            self.travel(cx, |v, book, page, height| v.show(index, book, page, height));
            return vec![Request::Visited];
        }
        let lane = self.book.place(&source).and_then(|place| self.book.lane(place));
        if !newer && !lane.is_some_and(Lane::has_older) {
            return vec![Request::Notice("nothing is kept of a life before its last start".to_owned())];
        }
        let requests = self.read_around(start);
        self.seek_last = Some(source);
        requests
    }

    /// Reads the recording, which holds the present life too, in place of the container.
    fn read_earlier(
        &mut self,
        source: &LogSourceId,
        container: &Container,
        recording: &Recording,
        cx: &Context,
    ) -> Vec<Request> {
        let recorded = LogSourceId::Recording(recording.name.clone());
        let sources = self.members.iter().map(|m| m.source.clone());
        let sources = sources.map(|s| if s == *source { recorded.clone() } else { s }).collect();
        self.read(sources, cx);
        let end = container.created_at.or(container.started_at).and_then(|at| at.checked_sub(BEFORE).ok());
        let mut requests = end.map_or_else(Vec::new, |at| self.read_around(at));
        let text = format!("the life before: recording/{}; s chooses the container again", recording.name);
        requests.push(Request::Notice(text));
        self.settle(cx);
        requests
    }

    /// What there is to know of a source's recording, for the ledger.
    pub(super) fn recording_remark(&self, source: &LogSourceId, world: &World) -> Option<&'static str> {
        let LogSourceId::Container(key) = source else { return None };
        let container = world.container(key)?;
        let name = recording_of(container);
        match earlier_life(container, world) {
            Some(_) => Some("the life of its predecessor is recorded: < reads it"),
            None if world.recorder.sources.iter().any(|s| s.name == name) => Some("it is recorded"),
            None => None,
        }
    }

    /// Records the source under the cursor on disk from now on, or not any more.
    pub(super) fn toggle_star(&mut self, saved: &mut Saved, cx: &Context) -> Vec<Request> {
        let star = match self.source_here() {
            Some(LogSourceId::Container(key)) => cx.world.container(key).map(|c| Star::Container {
                name: c.name.as_str().into(),
                engine: Some(c.target.name.clone()),
            }),
            Some(LogSourceId::File(path)) => Some(Star::File(path.clone())),
            Some(LogSourceId::Server(server, log)) if *log != HostLog::Journal(None) => {
                Some(Star::Server(server.name.clone(), log.clone()))
            }
            Some(LogSourceId::Journal(Some(unit))) => Some(Star::Unit(unit.clone())),
            _ => None,
        };
        let Some(star) = star.map(|star| star.to_string()) else {
            return vec![Request::Notice("only containers, files and units are recorded".to_owned())];
        };
        let text = match saved.stars.iter().position(|s| *s == star) {
            Some(index) => {
                saved.stars.remove(index);
                format!("{star} is not recorded any more; what was recorded stays")
            }
            None => {
                let text = format!("{star} is recorded on disk while pult is open");
                saved.stars.push(star);
                text
            }
        };
        vec![Request::Notice(text)]
    }
}

/// Whether the container's own log holds an earlier life, as far as is known.
fn was_started_before(container: &Container) -> bool {
    let ended_before = container.finished_at.is_some_and(|end| Some(end) < container.started_at);
    let first_start = container.created_at.and_then(|at| at.checked_add(FIRST_START).ok());
    let late = !container.since_rounded && first_start.is_some_and(|at| container.started_at > Some(at));
    ended_before || late || container.restart_count.is_some_and(|count| count > 0)
}

/// The recording of a container with the same name that was there before this one.
fn earlier_life<'a>(container: &Container, world: &'a World) -> Option<&'a Recording> {
    let name = recording_of(container);
    let recording = world.recorder.recordings.iter().find(|r| r.name == name)?;
    let begun = container.created_at.or(container.started_at)?;
    recording.summary.first.is_some_and(|first| first < begun).then_some(recording)
}
