//! The merged order. Inside a lane it is the order of arrival; between lanes a line waits until no other lane
//! can bring an older one (the watermark), but never longer than the fifth of a second. What comes too late
//! stands where it came and says so; what a source brings of its past is put in where it belongs.
//!
//! Towards the past the order reaches as far as every lane is read: lines before the youngest beginning of
//! those that have more wait until that lane has been asked for more.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;

use super::Book;
use super::lane::{Lane, PRESENT, Past};
use super::line::{Kind, LineId};
use super::segment::nanoseconds;
use crate::domain::log::LogEdge;

/// A line that is put in where it belongs costs the lines behind it to be merged anew: so long for each of
/// them, in nanoseconds, until it may be done again. It is a multiple of what it takes.
const REFLOW: i64 = 1000;

/// What of a lane may be given its place.
#[derive(Debug, Clone, Copy)]
struct Limits {
    least: i64,
    /// The lane that holds the others up, and what holds it up itself.
    slowest: usize,
    second: i64,
}

impl Limits {
    fn of(&self, lane: usize) -> i64 {
        if lane == self.slowest { self.second } else { self.least }
    }
}

impl Book {
    /// Gives the lines their place whose time has come; true when some had.
    pub fn advance(&mut self, now: Timestamp) -> bool {
        self.now = nanoseconds(now);
        self.step(self.now)
    }

    pub(super) fn step(&mut self, now: i64) -> bool {
        let before = (self.epoch, self.flow.range());
        self.place_lanes();
        let at_least = self.settle(now);
        let from = self.flow.range().end;
        self.emit(now, at_least);
        for lane in self.lanes.iter_mut().flatten() {
            lane.catching &= !lane.is_caught_up(now);
        }
        self.judge_new(from..self.flow.range().end);
        self.search_new(from..self.flow.range().end);
        before != (self.epoch, self.flow.range())
    }

    /// When [`Self::advance`] has something to do again, if nothing comes until then.
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let waiting = |lane: &&Lane| lane.merged.end < lane.end();
        let first =
            self.lanes().filter(waiting).filter_map(|l| Some((l.key(l.merged.end)?, l.place))).min()?;
        if first.0 < self.newest_key() {
            return Timestamp::from_nanosecond(self.reflow_after.max(nanoseconds(now)).into()).ok();
        }
        let now = nanoseconds(now);
        let (key, place) = first;
        let ahead = |lane: &&Lane| lane.place != place && lane.promise(now) <= key;
        if self.lanes().filter(ahead).any(|lane| lane.newer == Some(true)) {
            return None;
        }
        let due = self.lanes().filter(ahead).map(|lane| key.saturating_add(lane.patience() + 1)).max();
        Timestamp::from_nanosecond(due.unwrap_or(now).into()).ok()
    }

    /// Which lanes must be asked for older lines so that the view reaches further back.
    pub fn older_wanted(&self) -> Vec<(usize, LogEdge)> {
        self.beginnings().map(|lane| (lane.place, lane.log_edge())).collect()
    }

    /// Those of them with fewer lines than that, while lines of others wait for them: what has written little is
    /// soon asked, and does not hold up the others when they are read back.
    pub fn short_of(&self, lines: u64) -> impl Iterator<Item = usize> {
        let waits = |lane: &Lane| lane.placed && lane.source().is_some() && lane.first() < lane.merged.start;
        let wanted = self.lanes().any(waits);
        let short = move |lane: &&Lane| wanted && lane.past == Past::More && lane.ledger.held < lines;
        self.beginnings().filter(short).map(Lane::place)
    }

    /// The lanes that are known to have lines before all that have their place.
    fn beginnings(&self) -> impl Iterator<Item = &Lane> {
        self.lanes().filter(|lane| {
            let ready = lane.source().is_some() && lane.past != Past::Begun;
            let known = lane.ledger.held > 0 && lane.joining.is_none();
            ready && known && lane.merged.start == lane.first()
        })
    }

    /// Of lanes that are read around a time, those that hold the others up towards the present.
    pub fn newer_wanted(&self) -> Vec<usize> {
        let wanted = self.lanes().filter(|lane| lane.newer == Some(true) && lane.merged.end == lane.end());
        wanted.map(|lane| lane.place).collect()
    }

    /// The first position from which on no lane is known to have lines that are not held.
    pub(super) fn complete_from(&self) -> i64 {
        let begins =
            self.lanes().filter(|lane| lane.past != Past::Begun && lane.merged.start == lane.first());
        // Notes are made here: there is nothing before them.
        let begins = begins.filter(|lane| lane.source().is_some());
        let youngest = begins.filter_map(|lane| lane.key(lane.first())).max().unwrap_or(i64::MIN);
        self.flow.partition(|id| self.key(id) < youngest)
    }

    pub(super) fn key(&self, id: LineId) -> i64 {
        self.lane_at(id.lane()).and_then(|lane| lane.key(id.number())).unwrap_or(i64::MIN)
    }

    pub(super) fn newest_key(&self) -> i64 {
        self.flow.get(self.flow.range().end - 1).map_or(i64::MIN, |id| self.key(id))
    }

    /// The youngest beginning of a lane that may have older lines, of those whose lines have their place.
    fn floor(&self, but: usize) -> (i64, usize) {
        let blocks = |lane: &&Lane| lane.past == Past::More && lane.placed && lane.source().is_some();
        let lanes = self.lanes().filter(blocks).filter(|lane| lane.place != but);
        let begins = lanes.filter_map(|lane| Some((lane.key(lane.first())?, lane.place)));
        begins.max().unwrap_or((i64::MIN, 0))
    }

    /// Decides of lanes that have their first lines where the merged part of them begins.
    fn place_lanes(&mut self) {
        for place in 0..self.lanes.len() {
            let Some(lane) = self.lane_at(place).filter(|lane| !lane.placed && !lane.segments.is_empty())
            else {
                continue;
            };
            let (key, floor) = self.floor(place);
            let split = lane.seek(if place >= floor { key } else { key.saturating_add(1) });
            if let Some(lane) = self.lane_mut(place) {
                lane.placed = true;
                lane.merged = split..split;
            }
        }
    }

    /// Lines that are older than what has its place: those of the past are put in where they belong, others
    /// are late. Returns the key up to which lines had their place already.
    fn settle(&mut self, now: i64) -> i64 {
        let newest = self.newest_key();
        let mut from = None;
        for lane in self.lanes.iter_mut().flatten() {
            let Some(key) = lane.key(lane.merged.end).filter(|key| *key < newest && lane.placed) else {
                continue;
            };
            let is_past = match lane.source() {
                Some(_) => lane.catching || lane.newer.is_some(),
                None => key < newest.saturating_sub(PRESENT),
            };
            if is_past {
                from = Some(from.map_or(key, |from: i64| from.min(key)));
            } else {
                lane.raise(lane.merged.end, newest);
            }
        }
        let Some(key) = from.filter(|_| now >= self.reflow_after) else { return i64::MIN };
        let position = self.flow.partition(|id| self.key(id) < key);
        let cost = (self.flow.range().end - position).saturating_mul(REFLOW);
        self.reflow_after = now.saturating_add(cost);
        self.take_back(position);
        newest
    }

    /// Takes their place from the lines from a position on.
    pub(super) fn take_back(&mut self, position: i64) {
        let rests = self.unjudge(position);
        for position in (position..self.flow.range().end).rev() {
            self.leave(position, false);
            let Some(id) = self.flow.get(position) else { continue };
            if let Some(lane) = self.lane_mut(id.lane()) {
                lane.merged.end = id.number();
            }
        }
        self.flow.cut_back(position);
        match rests {
            Some(rests) => {
                self.begin_anew();
                self.judge_rests(rests);
            }
            None => self.moved(),
        }
    }

    /// Takes their place from the lines before a position.
    fn take_front(&mut self, position: i64) {
        for position in self.flow.range().start..position {
            self.leave(position, false);
            let Some(id) = self.flow.get(position) else { continue };
            if let Some(lane) = self.lane_mut(id.lane()) {
                lane.merged.start = id.number() + 1;
            }
        }
        self.flow.cut_front(position);
        self.moved();
    }

    /// Lines have another place than before: who follows begins anew, and everything is judged again.
    pub(super) fn moved(&mut self) {
        self.begin_anew();
        self.judge_anew();
    }

    /// Who follows begins anew.
    pub(super) fn begin_anew(&mut self) {
        let range = self.flow.range();
        self.epoch += 1;
        self.shifted = i64::MIN;
        self.searched = self.searched.clamp(range.start, range.end);
    }

    fn limits(&self, now: i64) -> Limits {
        let mut limits = Limits { least: i64::MAX, slowest: usize::MAX, second: i64::MAX };
        for lane in self.lanes() {
            let promise = lane.promise(now);
            if promise < limits.least {
                limits = Limits { least: promise, slowest: lane.place, second: limits.least };
            } else {
                limits.second = limits.second.min(promise);
            }
        }
        limits
    }

    /// Gives lines their place that no other lane can come before.
    pub(super) fn emit(&mut self, now: i64, at_least: i64) {
        let limits = self.limits(now);
        let newest = self.newest_key();
        let waiting = self.lanes().filter(|lane| lane.placed);
        let next = waiting.filter_map(|lane| Some(Reverse((lane.key(lane.merged.end)?, lane.place))));
        let mut heads: BinaryHeap<_> = next.filter(|Reverse((key, _))| *key >= newest).collect();
        while let Some(Reverse((key, place))) = heads.pop() {
            let limit = limits.of(place);
            let other = heads.peek().map_or((i64::MAX, usize::MAX), |Reverse(head)| *head);
            let Some(lane) = self.lanes.get_mut(place).and_then(Option::as_mut) else { continue };
            let may = |key: i64| key < limit || key <= at_least || limit == i64::MAX;
            let from = lane.merged.end;
            let (mut number, mut next) = (from, Some(key));
            while let Some(key) = next.filter(|key| may(*key) && (*key, place) <= other) {
                let _ = key;
                let is_line = lane.entry(number).is_some_and(|e| e.kind == Kind::Line);
                lane.ledger.merged += u64::from(is_line);
                self.flow.push_back(LineId::new(place, number));
                number += 1;
                next = lane.key(number);
                if next.is_none() {
                    // Dropped lines had the numbers between.
                    number = lane.from(number);
                    next = lane.key(number);
                }
            }
            lane.merged.end = number;
            if let Some(key) = next.filter(|key| may(*key)) {
                heads.push(Reverse((key, place)));
            }
        }
    }

    /// Puts older lines before what has its place, as far back as all lanes are known.
    pub(super) fn extend_back_in_time(&mut self) {
        self.place_lanes();
        let floor = self.floor(usize::MAX);
        let candidate = |lane: &Lane| {
            let number = lane.before(lane.merged.start);
            let key = lane.key(number).filter(|_| lane.placed)?;
            Some((key, lane.place)).filter(|candidate| *candidate >= floor)
        };
        let youngest = self.lanes().filter_map(candidate).max();
        let Some((key, _)) = youngest else { return };
        let begin = self.flow.range().start;
        if self.flow.get(begin).is_some_and(|id| self.key(id) < key) {
            // A lane has lines again between those that are there: they are all put in anew.
            let position = self.flow.partition(|id| self.key(id) <= key);
            self.take_front(position);
        } else {
            let longer: Vec<usize> = self.lanes().filter_map(candidate).map(|(_, place)| place).collect();
            longer.into_iter().for_each(|place| self.reopen(place));
        }
        let begin = self.flow.range().start;
        let mut heads: BinaryHeap<_> = self.lanes().filter_map(candidate).collect();
        while let Some((_, place)) = heads.pop() {
            let Some(lane) = self.lane_mut(place) else { continue };
            let number = lane.before(lane.merged.start);
            lane.merged.start = number;
            let is_line = lane.entry(number).is_some_and(|e| e.kind == Kind::Line);
            lane.ledger.merged += u64::from(is_line);
            heads.extend(candidate(lane));
            self.flow.push_front(LineId::new(place, number));
        }
        self.at_the_front.came += u64::from(self.flow.range().start < begin);
        if self.is_plain() {
            self.show_all(self.flow.range().start..begin);
        }
    }
}
