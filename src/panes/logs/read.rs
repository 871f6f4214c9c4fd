//! What a view reads: from the selection to the wants, from what comes to the book, and asking for more at
//! both ends.

use super::view::{LogView, TAIL, TEMPLATES};
use crate::domain::container::State;
use crate::domain::log::{LogAnchor, LogAsk, LogEdge, LogEvent, LogSourceId};
use crate::domain::log_selection::LogSelection;
use crate::logs::book::Follower;
use crate::logs::templates::Templates;
use crate::panes::{Context, LogKey, LogWant, Request};

/// Lines asked for at a time when the reader comes to an end of what is held.
pub(super) const PAGE: u32 = 2_000;

impl LogView {
    /// Reads these logs instead of those before.
    pub fn open(&mut self, logs: LogSelection, cx: &Context) {
        let same = self.selection.as_ref() == Some(&logs);
        self.selection = Some(logs);
        if !same {
            self.anchor = LogAnchor::End;
            self.aside = None;
            self.marks.clear();
            self.recalled.clear();
            self.templates = Templates::new(TEMPLATES);
            self.learning = Follower::default();
            self.lifecycle = super::lifecycle::Lifecycle::default();
            self.reread();
        }
        self.detail.focused = false;
        self.resolve(cx);
        self.watch_lifecycle(cx);
        self.settle(cx);
    }

    /// What the selection means now: sources come and go with the world.
    pub(super) fn resolve(&mut self, cx: &Context) {
        let Some(selection) = &self.selection else { return };
        let (mut members, more) = selection.resolve(cx.world);
        self.more = more;
        // What is gone keeps the name by which it was known.
        for member in &mut members {
            if let LogSourceId::Container(key) = &member.source
                && cx.world.container(key).is_none()
                && let Some(known) = self.members.iter().find(|m| m.source == member.source)
            {
                member.label.clone_from(&known.label);
            }
        }
        if members == self.members {
            return;
        }
        for old in &self.members {
            if !members.iter().any(|m| m.source == old.source) && !self.stays(&old.source, cx) {
                self.book.close(&old.source);
            }
        }
        for member in &members {
            self.book.open(member.source.clone(), member.label.clone());
            let target = member.target.as_ref().map(ToString::to_string).unwrap_or_default();
            let word = super::out::source_word(&member.source, &member.label);
            self.words.insert(member.source.clone(), (word, target));
            if let LogSourceId::Container(key) = &member.source
                && let Some(container) = cx.world.container(key)
            {
                self.images.insert(member.source.clone(), container.image.clone());
            }
        }
        let gone: Vec<_> =
            self.members.drain(..).filter(|old| !members.iter().any(|m| m.source == old.source)).collect();
        self.members = members;
        if !self.levels.is_empty() {
            self.correct();
        }
        // A container that has stopped keeps its place in a project's log: its last words matter most.
        self.members.extend(gone.into_iter().filter(|old| self.book.place(&old.source).is_some()));
    }

    /// True when lines of a source are kept although the selection does not mean it any more: it stopped, or
    /// its engine does not answer.
    fn stays(&self, source: &LogSourceId, cx: &Context) -> bool {
        if matches!(self.selection, Some(LogSelection::Sources(_)) | None) {
            return false;
        }
        let LogSourceId::Container(key) = source else { return false };
        let belongs = |project: Option<&str>| match &self.selection {
            Some(LogSelection::Project(name)) => project == Some(name.as_str()),
            Some(LogSelection::Host(name)) => &*key.target.name == name.as_str(),
            _ => true,
        };
        match cx.world.container(key) {
            Some(c) => c.state != State::Running && belongs(c.project.as_deref()),
            None => true,
        }
    }

    /// The logs to be read.
    pub fn wants(&self) -> Vec<LogWant> {
        let want = |source: &LogSourceId| {
            let key = LogKey { slot: self.slot, source: source.clone() };
            Some(LogWant { key, anchor: self.anchor_of(source)?, tail: TAIL, turn: self.turn })
        };
        self.members.iter().filter_map(|m| want(&m.source)).collect()
    }

    /// Takes in what a source brings; `None`: it is read anew.
    pub fn take(&mut self, source: &LogSourceId, event: Option<LogEvent>, cx: &Context) -> Vec<Request> {
        let Some(event) = event else {
            self.book.restart(source);
            if self.anchor != LogAnchor::End {
                self.book.anchor(source);
            }
            self.asked.remove(source);
            self.progress.remove(source);
            return self.find_again(source);
        };
        let mut refused = None;
        match &event {
            LogEvent::Older { .. } | LogEvent::Newer { .. } => {
                self.asked.remove(source);
            }
            LogEvent::OlderFailed(fault) => {
                self.asked.remove(source);
                if !self.book.is_healing(source) {
                    self.refused_older.insert(source.clone(), fault.kind);
                    refused = Some(format!("older lines could not be read: {}", fault.message));
                }
            }
            LogEvent::Live => self.retry_older(),
            LogEvent::Progress(line) => {
                self.progress.insert(source.clone(), line.text.clone());
                // It may be the first one: there is a row less for the lines.
                self.settle(cx);
                return Vec::new();
            }
            LogEvent::Lines(_) => {
                self.progress.remove(source);
            }
            LogEvent::Note(text) => {
                self.remarks.insert(source.clone(), text.clone());
                return Vec::new();
            }
            LogEvent::Life(life) => {
                self.lives.insert(source.clone(), life.clone());
                self.watch_lifecycle(cx);
                return Vec::new();
            }
            LogEvent::Found(found) => return self.take_found(source, found),
            _ => {}
        }
        self.join_others(source, &event);
        if !matches!(event, LogEvent::Live | LogEvent::Skew(_)) {
            self.unread.remove(source);
        }
        self.book.take(source, event, cx.now);
        self.count_lines();
        self.settle(cx);
        let mut requests = self.seek_on(cx);
        requests.extend(refused.map(Request::Notice));
        requests
    }

    /// Older lines that a lost connection withheld may be asked for again: it is up, or the reader wants them.
    /// They are not asked for by themselves.
    pub(super) fn retry_older(&mut self) {
        self.refused_older.retain(|_, kind| !kind.is_link());
    }

    /// Asks for more where the reader has come to an end of what is held.
    pub(super) fn read_on(&mut self, cx: &Context) -> Vec<Request> {
        let page = self.parts(cx.area).page();
        let mut requests = Vec::new();
        if self.viewport.top < self.complete_row.unwrap_or(0) + page && !self.viewport.follow {
            requests.extend(self.ask_older(PAGE));
        }
        let near_end = self.viewport.top + 2 * page >= self.book.len();
        if self.anchor != LogAnchor::End && near_end {
            requests.extend(self.ask_newer());
        }
        requests
    }

    /// Asks the sources that hold the view's beginning back for lines before it.
    pub(super) fn ask_older(&mut self, lines: u32) -> Vec<Request> {
        let wanted = self.book.older_wanted();
        let may = |(lane, _): &(usize, LogEdge)| self.may_ask_older(*lane);
        let wanted: Vec<_> = wanted.into_iter().filter(may).collect();
        let ask = |(lane, edge)| self.ask(lane, LogAsk::Older { lines, edge });
        wanted.into_iter().filter_map(ask).collect()
    }

    /// Asks the sources of which little is held, before the reader comes to where they would hold the view up.
    pub(super) fn ask_short(&mut self) -> Vec<Request> {
        let places: Vec<usize> = self.short().collect();
        let edges = places.into_iter().filter_map(|place| Some((place, self.book.edge(self.source(place)?))));
        let edges: Vec<_> = edges.collect();
        let ask = |(lane, edge)| self.ask(lane, LogAsk::Older { lines: TAIL, edge });
        edges.into_iter().filter_map(ask).collect()
    }

    /// The lanes of which little is held while others wait for them.
    pub(super) fn short(&self) -> impl Iterator<Item = usize> {
        let follows = self.anchor == LogAnchor::End;
        self.book.short_of(u64::from(TAIL)).filter(move |place| follows && self.may_ask_older(*place))
    }

    fn may_ask_older(&self, lane: usize) -> bool {
        let free = |source| !self.refused_older.contains_key(source) && !self.asked.contains(source);
        self.source(lane).is_some_and(free)
    }

    /// A question to a source that has none to answer yet.
    fn ask(&mut self, lane: usize, ask: LogAsk) -> Option<Request> {
        let source = self.source(lane)?.clone();
        let key = LogKey { slot: self.slot, source: source.clone() };
        self.asked.insert(source).then_some(Request::AskLog { key, ask })
    }

    /// Asks for lines that were dropped in a flood, now that it has calmed.
    pub(super) fn ask_dropped(&mut self) -> Vec<Request> {
        let places: Vec<usize> = self.dropped_wanted().collect();
        let begin = |place| {
            let (lines, edge) = self.book.begin_healing(place)?;
            self.ask(place, LogAsk::Older { lines, edge })
        };
        places.into_iter().filter_map(begin).collect()
    }

    /// The lanes whose dropped lines can be asked for now. A source answers one question at a time.
    pub(super) fn dropped_wanted(&self) -> impl Iterator<Item = usize> {
        let free = |place: &usize| self.source(*place).is_some_and(|source| !self.asked.contains(source));
        self.book.heal_wanted().filter(free)
    }

    fn ask_newer(&mut self) -> Vec<Request> {
        let wanted = self.book.newer_wanted();
        wanted.into_iter().filter_map(|lane| self.ask(lane, LogAsk::Newer { lines: PAGE })).collect()
    }
}
