//! The search beyond what is held: every source is asked to search itself. Some can, and tell where; of those
//! that cannot older lines are read.

use super::read::PAGE;
use super::view::LogView;
use crate::domain::log::{LogAnchor, LogAsk, LogEvent, LogFind, LogFound, LogSourceId};
use crate::domain::quantity::count;
use crate::logs::book::Kind;
use crate::logs::search::Pattern;
use crate::panes::{LogKey, Request};

/// Lines read of a source that cannot search.
const MANY: u32 = 10 * PAGE;

/// What searches of the sources have brought together.
pub struct Beyond {
    pub hits: u64,
    /// The share that is searched, while it goes on and is known.
    pub share: Option<f32>,
    pub done: bool,
}

impl LogView {
    /// No hit above in what is held: goes to the next one that a source has found, or asks for it.
    pub(super) fn find_beyond(&mut self, pattern: &Pattern) -> Vec<Request> {
        if let Some(place) = self.next_place(pattern) {
            return place;
        }
        let mut requests = Vec::new();
        let text = match self.beyond() {
            Some(Beyond { done: false, share, .. }) => {
                let share = share.map_or(String::new(), |share| format!(", {:.0} % are done", share * 100.0));
                format!("no hit above yet; the sources are being searched{share}")
            }
            found => {
                if found.is_none() {
                    requests = self.ask_to_find(pattern);
                }
                let searched = !requests.is_empty();
                requests.extend(self.ask_older(MANY));
                match (searched, !self.asked.is_empty()) {
                    (true, _) => "no hit above; searching the sources themselves, N goes to what they find",
                    (false, true) => "no hit above; reading older lines, N again",
                    (false, false) => "no hit above",
                }
                .to_owned()
            }
        };
        requests.push(Request::Notice(text));
        requests
    }

    fn ask_to_find(&mut self, pattern: &Pattern) -> Vec<Request> {
        self.generation += 1;
        self.waits = (self.members.len() == 1).then_some((self.viewport.cursor, self.viewport.follow));
        let find = self.find(pattern);
        let mut requests = Vec::new();
        for source in self.members.iter().map(|member| member.source.clone()) {
            let key = LogKey { slot: self.slot, source: source.clone() };
            requests.push(Request::AskLog { key, ask: LogAsk::Find(find.clone()) });
            self.finds.insert(source, LogFound { generation: self.generation, ..LogFound::default() });
        }
        requests
    }

    /// A source is read anew, and the search that it had not ended has gone with the old reading.
    pub(super) fn find_again(&mut self, source: &LogSourceId) -> Vec<Request> {
        let ended = self.finds.get(source).is_none_or(|found| found.done);
        let Some(pattern) = self.pattern.as_ref().filter(|_| !ended) else { return Vec::new() };
        let key = LogKey { slot: self.slot, source: source.clone() };
        vec![Request::AskLog { key, ask: LogAsk::Find(self.find(pattern)) }]
    }

    fn find(&self, pattern: &Pattern) -> LogFind {
        let (regex, ignore_case) = (pattern.regex_source(), pattern.ignores_case());
        LogFind { generation: self.generation, regex, ignore_case }
    }

    /// Takes what a source says of its search.
    pub(super) fn take_found(&mut self, source: &LogSourceId, found: &LogFound) -> Vec<Request> {
        let known = self.finds.get_mut(source).filter(|_| found.generation == self.generation);
        let Some(known) = known else { return Vec::new() };
        let ended = found.done && !known.done;
        known.clone_from(found);
        if !found.places.is_empty()
            && let Some((row, follow)) = self.waits.take()
            && follow == self.viewport.follow
            && (follow || row == self.viewport.cursor)
            && let Some(pattern) = self.pattern.clone()
            && let Some(place) = self.next_place(&pattern)
        {
            return place;
        }
        match self.beyond() {
            Some(Beyond { hits, done: true, .. }) if ended => {
                let can = self.finds.values().any(|found| found.fault.is_none());
                let pattern = self.pattern.as_ref();
                let above = pattern.is_some_and(|pattern| self.next_found(pattern).is_some());
                let as_shown = pattern.and_then(Pattern::word).is_some();
                let text = match (hits, can) {
                    (1.., _) if !above => "no hit above: what the sources have found is below".to_owned(),
                    // A source knows its lines only as they were written.
                    (0, true) if as_shown => {
                        "the sources have no other line written like that; N reads older lines".to_owned()
                    }
                    (0, true) => "the sources have no other hit".to_owned(),
                    (0, false) => "the sources cannot be searched; N reads older lines".to_owned(),
                    (1, _) => "1 hit in the sources; N goes there".to_owned(),
                    _ => format!("{} hits in the sources; N goes to the next one above", count(hits)),
                };
                vec![Request::Notice(text)]
            }
            _ => Vec::new(),
        }
    }

    /// How far the sources are searched, if they were asked.
    pub fn beyond(&self) -> Option<Beyond> {
        let finds = || self.finds.values();
        let (scanned, total): (u64, u64) =
            (finds().map(|f| f.scanned_bytes).sum::<u64>(), finds().map(|f| f.total_bytes).sum());
        let known = finds().all(|found| found.done || found.total_bytes > 0) && total > 0;
        let done = finds().all(|found| found.done);
        let share = (known && !done).then(|| (scanned as f32 / total as f32).min(1.0));
        (!self.finds.is_empty()).then(|| Beyond { hits: finds().map(|found| found.hits).sum(), share, done })
    }

    /// What is searched for is another now.
    pub(super) fn give_finds_up(&mut self) {
        self.visited.clear();
        self.waits = None;
        let finds = std::mem::take(&mut self.finds);
        self.stop_finds.extend(finds.into_iter().filter(|(_, found)| !found.done).map(|(source, _)| source));
    }

    /// Sources that still search for what is not searched for any more.
    pub(super) fn stop_finds(&mut self) -> Vec<Request> {
        let stop = |source| {
            let key = LogKey { slot: self.slot, source };
            Request::AskLog { key, ask: LogAsk::StopFind }
        };
        std::mem::take(&mut self.stop_finds).into_iter().map(stop).collect()
    }

    /// Reads around the next older place that a source has found; of several sources one after the other.
    fn next_place(&mut self, pattern: &Pattern) -> Option<Vec<Request>> {
        let (source, index, place) = self.next_found(pattern)?;
        self.anchor = LogAnchor::Offset(place);
        self.reread();
        self.viewport.follow = false;
        self.visited.insert(source.clone(), index + 1);
        self.around = Some((source, place));
        Some(vec![Request::Visited])
    }

    /// The next older place that a source has found: its index among that source's, and where it is.
    fn next_found(&self, pattern: &Pattern) -> Option<(LogSourceId, usize, i64)> {
        self.members.iter().find_map(|member| {
            let found = self.finds.get(&member.source)?;
            let index = self.visited(&member.source) + self.passed(&member.source, pattern);
            Some((member.source.clone(), index, *found.places.get(index)?))
        })
    }

    /// How many places of a source have been gone to.
    fn visited(&self, source: &LogSourceId) -> usize {
        self.visited.get(source).copied().unwrap_or(0)
    }

    /// So many places behind the last one gone to are of lines that are held.
    fn passed(&self, source: &LogSourceId, pattern: &Pattern) -> usize {
        let at_end = self.anchor == LogAnchor::End;
        let here = self.around.as_ref().is_some_and(|(around, _)| around == source);
        let Some(lane) = self.book.place(source).filter(|_| at_end || here) else { return 0 };
        let lines = self.book.all().filter(|line| line.id.lane() == lane && line.kind == Kind::Line);
        lines.filter(|line| (at_end || line.id.number() < 0) && pattern.is_match(line.text)).count()
    }

    /// The other sources are read around the time of the line that was gone to.
    pub(super) fn join_others(&mut self, source: &LogSourceId, event: &LogEvent) {
        let LogEvent::Lines(lines) = event else { return };
        if let (Some((around, _)), LogAnchor::Offset(_)) = (&self.around, self.anchor)
            && around == source
            && let Some(at) = lines.first().and_then(|line| line.at)
            && self.members.len() > 1
        {
            self.anchor = LogAnchor::Time(at);
            self.seek = Some(at);
        }
    }

    /// From where a source is read; `None` while it is not known yet.
    pub(super) fn anchor_of(&self, source: &LogSourceId) -> Option<LogAnchor> {
        match (&self.around, self.anchor) {
            (Some((around, place)), _) if around == source => Some(LogAnchor::Offset(*place)),
            (Some(_), LogAnchor::Offset(_)) => None,
            (_, anchor) => Some(anchor),
        }
    }
}
