//! Which lines are shown. A filter is asked of whole messages: a trace is shown when any of its lines passes,
//! and hidden whole when one is excluded. A new filter goes through what is held in slices, the newest lines
//! first; what comes meanwhile is judged at once.

use std::ops::Range;

use super::Book;
use super::choice::Choice;
use super::collapse::alike;
use super::flow::{Mark, Want};
use super::line::LineId;

/// Lines in a slice.
const SLICE: i64 = 1024;
/// More new lines than that are judged like those that are held.
const AT_ONCE: i64 = 16_384;
/// What it costs to go over a line that no filter is asked of, in nanoseconds.
const STEP: u64 = 50;

/// A message that is being judged.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    /// Numbers of its lines that are still to be shown or hidden.
    next: i64,
    end: i64,
    shown: bool,
}

impl Book {
    /// Shows what passes; all of it without a filter. [`Self::scan`] does the work.
    pub fn set_choice(&mut self, choice: Option<Box<dyn Choice>>) {
        self.counts = vec![0; choice.as_ref().map_or(0, |choice| choice.steps())];
        self.choice = choice;
        self.judge_anew();
    }

    /// Shows lines of a source that follow each other and differ in numbers only as one row. Messages of
    /// several lines stay as they are. [`Self::scan`] does the work.
    pub fn set_collapse(&mut self, on: bool) {
        if self.collapse != on {
            self.collapse = on;
            self.judge_anew();
        }
    }

    pub fn collapses(&self) -> bool {
        self.collapse
    }

    /// What the steps of the filter have counted since it was set, in messages. Those that are not held any
    /// more stay counted.
    pub fn step_counts(&self) -> &[u64] {
        &self.counts
    }

    /// Judges for about so many nanoseconds; true when there is more to do.
    pub fn scan(&mut self, budget: u64) -> bool {
        let cost = self.choice.as_ref().map_or(0, |choice| choice.cost().into()) + STEP;
        let mut left = i64::try_from(budget / cost).unwrap_or(i64::MAX);
        while self.judged > self.flow.range().start {
            let from = self.flow.range().start.max(self.judged - SLICE);
            left -= self.judged - from;
            self.judge_slice(from..self.judged);
            self.judged = from;
            if left <= 0 {
                break;
            }
        }
        self.judged > self.flow.range().start
    }

    /// The share that is judged, while there is more to do.
    pub fn scanning(&self) -> Option<f32> {
        let range = self.flow.range();
        (self.judged > range.start).then(|| (range.end - self.judged) as f32 / self.flow.len() as f32)
    }

    /// Nothing has to be asked: every line is shown.
    pub(super) fn is_plain(&self) -> bool {
        self.choice.is_none() && !self.collapse
    }

    /// Forgets what was judged.
    pub(super) fn judge_anew(&mut self) {
        self.counts.iter_mut().for_each(|count| *count = 0);
        let range = self.flow.range();
        self.flow.set_all(Mark::Shown, range.clone(), false);
        self.flow.set_all(Mark::Repeat, range.clone(), false);
        for lane in self.lanes.iter_mut().flatten() {
            (lane.ledger.shown, lane.ledger.muted) = (0, 0);
        }
        self.judged = range.end;
        if self.is_plain() {
            self.show_all(range);
        }
    }

    /// Without a filter: these positions are shown, and with them all have been judged.
    pub(super) fn show_all(&mut self, range: Range<i64>) {
        self.judged = self.judged.min(range.start);
        self.flow.set_all(Mark::Shown, range, true);
        for lane in self.lanes.iter_mut().flatten() {
            lane.ledger.shown = lane.ledger.merged;
        }
    }

    /// Judges lines that came to the end.
    pub(super) fn judge_new(&mut self, range: Range<i64>) {
        if self.is_plain() {
            self.show_all(range);
        } else if range.end - range.start > AT_ONCE {
            self.judge_anew();
        } else {
            self.judge_slice(range);
        }
    }

    /// Judges the lines at these positions; those behind them have been judged.
    fn judge_slice(&mut self, range: Range<i64>) {
        let mut open = vec![Open { next: i64::MIN, end: i64::MIN, shown: false }; self.lanes.len()];
        let mut folded = range.clone();
        for position in range.clone() {
            let Some(id) = self.flow.get(position) else { continue };
            let (place, number) = (id.lane(), id.number());
            let mut message = open.get(place).copied().unwrap_or_default();
            if number >= message.end {
                message = match self.open_message(id, position, &range) {
                    Some((message, from)) => {
                        folded.start = folded.start.min(from);
                        message
                    }
                    // Hidden for now: it is shown with the line that it continues.
                    None => Open { next: number, end: number, shown: false },
                };
            }
            message.next = number + 1;
            if let Some(slot) = open.get_mut(place) {
                *slot = message;
            }
            self.enter(position, id, message.shown);
        }
        // What continues messages of the slice behind it.
        for (place, message) in open.into_iter().enumerate() {
            if message.shown {
                let end = self.reshow(place, message.next..message.end, range.end, true);
                folded.end = folded.end.max(end);
            }
        }
        if self.collapse {
            self.fold(folded);
        }
    }

    /// Judges the message of a line, as far as it has its place; also from where on lines have changed. `None`
    /// when the message begins where nothing is judged yet.
    fn open_message(&mut self, id: LineId, position: i64, slice: &Range<i64>) -> Option<(Open, i64)> {
        let (place, number) = (id.lane(), id.number());
        let lane = self.lane_at(place)?;
        let message = lane.message(number, lane.merged.clone());
        let mut counts = std::mem::take(&mut self.counts);
        let mut from = position;
        let mut known = true;
        if message.start < number {
            // It has become longer since it was judged.
            let begin = self.position(LineId::new(place, message.start));
            match begin.filter(|begin| (self.judged..slice.start).contains(begin)) {
                Some(begin) => {
                    from = begin;
                    self.discount(place, message.start..number, &mut counts);
                }
                None => known = false,
            }
        }
        let shown = known && self.ask(place, message.clone(), &mut counts);
        self.counts = counts;
        if from < position {
            self.reshow(place, message.start..number, from, shown);
        }
        known.then_some((Open { next: number, end: message.end, shown }, from))
    }

    fn ask(&self, place: usize, numbers: Range<i64>, counts: &mut [u64]) -> bool {
        let (Some(choice), Some(lane)) = (&self.choice, self.lane_at(place)) else { return true };
        lane.view(numbers, |view| choice.judge(view, counts)).unwrap_or(true)
    }

    /// Takes back what the steps have counted of a message.
    fn discount(&self, place: usize, numbers: Range<i64>, counts: &mut [u64]) {
        let mut taken = vec![0; counts.len()];
        self.ask(place, numbers, &mut taken);
        let pairs = counts.iter_mut().zip(taken);
        pairs.for_each(|(count, taken)| *count = count.saturating_sub(taken));
    }

    /// Before the lines from a position on lose their place: takes back what was judged of them. Returns the
    /// messages of which a beginning stays, to be judged again by [`Self::judge_rests`]; `None` when it is
    /// cheaper to judge everything anew.
    pub(super) fn unjudge(&mut self, position: i64) -> Option<Vec<LineId>> {
        let range = position..self.flow.range().end;
        if self.is_plain() {
            return Some(Vec::new());
        }
        if position < self.judged || range.end - range.start > AT_ONCE {
            return None;
        }
        let mut counts = std::mem::take(&mut self.counts);
        let mut rests = Vec::new();
        let mut ends = vec![i64::MIN; self.lanes.len()];
        for id in range.filter_map(|position| self.flow.get(position)) {
            let (Some(lane), Some(end)) = (self.lane_at(id.lane()), ends.get_mut(id.lane())) else {
                continue;
            };
            if id.number() >= *end {
                let message = lane.message(id.number(), lane.merged.clone());
                *end = message.end;
                if message.start < id.number() {
                    let head = LineId::new(id.lane(), message.start);
                    if self.position(head).is_none_or(|head| head < self.judged) {
                        continue;
                    }
                    rests.push(head);
                }
                self.discount(id.lane(), message, &mut counts);
            }
        }
        self.counts = counts;
        Some(rests)
    }

    /// Judges the beginnings of messages whose ends have lost their place.
    pub(super) fn judge_rests(&mut self, rests: Vec<LineId>) {
        for id in rests {
            let Some(position) = self.position(id) else { continue };
            let Some(lane) = self.lane_at(id.lane()) else { continue };
            let message = lane.message(id.number(), lane.merged.clone());
            let mut counts = std::mem::take(&mut self.counts);
            let shown = self.ask(id.lane(), message.clone(), &mut counts);
            self.counts = counts;
            self.reshow(id.lane(), message, position, shown);
            if self.collapse {
                self.fold(position..self.flow.range().end);
            }
        }
    }

    /// Shows or hides a line that is judged for the first time.
    fn enter(&mut self, position: i64, id: LineId, shown: bool) {
        self.flow.set(Mark::Shown, position, shown);
        if let Some(lane) = self.lane_mut(id.lane()).filter(|lane| lane.is_line(id.number())) {
            lane.ledger.shown += u64::from(shown);
            lane.ledger.muted += u64::from(!shown);
        }
    }

    /// Shows or hides lines of a lane that were judged before; all stand at or behind a position. Returns the
    /// position behind the last one.
    fn reshow(&mut self, place: usize, numbers: Range<i64>, mut position: i64, shown: bool) -> i64 {
        for number in numbers {
            let id = LineId::new(place, number);
            let Some(at) = self.flow.find(id, position..self.flow.range().end) else { break };
            position = at + 1;
            if self.flow.is(Mark::Shown, at) != shown {
                self.leave(at, true);
                self.enter(at, id, shown);
            }
        }
        position
    }

    /// Takes a line out of the account of those that were judged, and of those that have their place unless it
    /// stays.
    pub(super) fn leave(&mut self, position: i64, stays: bool) {
        let Some(id) = self.flow.get(position) else { return };
        let (judged, shown) = (position >= self.judged, self.flow.is(Mark::Shown, position));
        if let Some(lane) = self.lane_mut(id.lane()).filter(|lane| lane.is_line(id.number())) {
            lane.ledger.merged -= u64::from(!stays);
            lane.ledger.shown -= u64::from(judged && shown);
            lane.ledger.muted -= u64::from(judged && !shown);
        }
    }

    /// Before lines are put before these lanes' merged ones: what was judged of messages that become longer by
    /// them is taken back; it is judged again with their beginning.
    pub(super) fn reopen(&mut self, place: usize) {
        let Some(lane) = self.lane_at(place) else { return };
        let (first, merged) = (lane.merged.start, lane.merged.clone());
        if !lane.continues(first) || self.choice.is_none() {
            return;
        }
        let message = lane.message(first, merged);
        let position = self.position(LineId::new(place, first));
        if let Some(position) = position.filter(|position| *position >= self.judged) {
            let mut counts = std::mem::take(&mut self.counts);
            self.discount(place, message.clone(), &mut counts);
            self.counts = counts;
            let end = self.reshow(place, message, position, false);
            if self.collapse {
                self.fold(position..end);
            }
        }
    }

    /// Decides which of the lines shown at these positions, and of the one behind, repeat the one before.
    pub(super) fn fold(&mut self, range: Range<i64>) {
        let mut previous = self.flow.previous(Want::Shown, range.start);
        let behind = self.flow.next(Want::Shown, range.end);
        for position in range.chain(behind) {
            if !self.flow.is(Mark::Shown, position) {
                self.flow.set(Mark::Repeat, position, false);
                continue;
            }
            let repeats = previous.is_some_and(|previous| self.is_repeat(previous, position));
            self.flow.set(Mark::Repeat, position, repeats);
            previous = Some(position);
        }
    }

    fn is_repeat(&self, previous: i64, position: i64) -> bool {
        let (Some(a), Some(b)) = (self.flow.get(previous), self.flow.get(position)) else { return false };
        let Some(lane) = self.lane_at(a.lane()).filter(|_| a.lane() == b.lane()) else { return false };
        let begins = |number: i64| number == lane.merged.start || !lane.continues(number);
        let alone = |id: LineId| {
            let next = id.number() + 1;
            lane.is_line(id.number()) && begins(id.number()) && (next >= lane.merged.end || begins(next))
        };
        alone(a) && alone(b) && alike(lane.text(a.number()), lane.text(b.number()))
    }
}
