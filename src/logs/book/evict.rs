//! What goes when memory is full: whole segments of the largest lane, the oldest first. When older pages have
//! come, or what is looked at would go, the newest: the lane is detached then, and what follows is not held.

use std::ops::Range;

use super::Book;
use super::flow::{Mark, Want};
use super::lane::{Lane, MESSAGE, Past};
use super::line::LineId;
use super::segment::{CONTINUES, Segment};

/// So much more than necessary goes at a time, as a share of the bound: what goes costs those that stay.
const SHARE: usize = 32;
/// A line's bytes in the merged order.
const PLACE: usize = 9;

/// How many segments of a lane go at its beginning and at its end, and its bytes without them.
#[derive(Debug, Clone, Copy, Default)]
struct Plan {
    front: usize,
    back: usize,
    bytes: usize,
}

impl Book {
    /// Bytes of memory for a single lane; all of them together hold to the book's.
    pub fn cap_lanes(&mut self, bytes: usize) {
        self.lane_cap = bytes;
    }

    /// The line that is looked at: when memory is full what is far from it goes first. `None` follows the end.
    pub fn watch(&mut self, line: Option<LineId>) {
        self.watched = line;
    }

    /// Memory in bytes, text and index.
    pub fn bytes(&self) -> usize {
        self.lanes().map(Lane::bytes).sum::<usize>() + self.flow.bytes()
    }

    /// Lets segments go until memory is within its bounds; `paged` when older lines have come.
    pub(super) fn keep_to_caps(&mut self, paged: bool) {
        let mut plans: Vec<Plan> = Vec::with_capacity(self.lanes.len());
        for lane in &mut self.lanes {
            let bytes = lane.as_ref().map_or(0, |lane| lane.segments.iter().map(cost).sum());
            if let Some(lane) = lane {
                lane.ledger.bytes = bytes as u64;
            }
            plans.push(Plan { bytes, ..Plan::default() });
        }
        let mut total: usize = plans.iter().map(|plan| plan.bytes).sum();
        let (mut cap, mut lane_cap) = (self.cap, self.lane_cap);
        let mut any = false;
        while let Some((place, largest)) = plans.iter().enumerate().max_by_key(|(_, plan)| plan.bytes) {
            if largest.bytes == 0 || (total <= cap && largest.bytes <= lane_cap) {
                break;
            }
            if !any {
                (cap, lane_cap, any) = (cap - cap / SHARE, lane_cap - lane_cap / SHARE, true);
            }
            let back = self.goes_at_the_end(place, *largest, paged);
            let (Some(lane), Some(plan)) = (self.lane_at(place), plans.get_mut(place)) else { break };
            let index = if back { lane.segments.len() - 1 - plan.back } else { plan.front };
            let bytes = lane.segments.get(index).map_or(plan.bytes, cost);
            *if back { &mut plan.back } else { &mut plan.front } += 1;
            plan.bytes = plan.bytes.saturating_sub(bytes);
            total = total.saturating_sub(bytes);
        }
        if any {
            self.evict(&plans);
        }
    }

    /// Whether the next segment of a lane goes at its end.
    fn goes_at_the_end(&self, place: usize, plan: Plan, paged: bool) -> bool {
        let Some(lane) = self.lane_at(place).filter(|lane| lane.source().is_some()) else { return false };
        let Some(watched) = self.watched.filter(|id| self.line(*id).is_some()) else { return paged };
        let key = self.key(watched);
        let left =
            || lane.segments.iter().skip(plan.front).take(lane.segments.len() - plan.front - plan.back);
        let older = left().filter(|s| s.entries().last().is_some_and(|e| e.key < key)).count();
        let newer = left().filter(|s| s.entries().first().is_some_and(|e| e.key > key)).count();
        newer > older || (newer == older && paged)
    }

    fn evict(&mut self, plans: &[Plan]) {
        let mut stay = Vec::with_capacity(plans.len());
        let (mut upper, mut lower) = (self.flow.range().start, self.flow.range().end);
        for (place, plan) in plans.iter().enumerate() {
            let Some(lane) = self.lane_at(place) else {
                stay.push(0..0);
                continue;
            };
            let end = lane.segments.len() - plan.back;
            let first = lane.segments.get(plan.front).map_or(lane.end(), |s| s.first);
            let last = end.checked_sub(1).and_then(|i| lane.segments.get(i)).map_or(first, Segment::end);
            let merged = &lane.merged;
            if let Some(key) =
                (first > merged.start).then(|| lane.key(lane.before(first.min(merged.end)))).flatten()
            {
                upper = upper.max(self.flow.partition(|id| self.key(id) <= key));
            }
            if let Some(key) =
                (last < merged.end).then(|| lane.key(lane.from(last.max(merged.start)))).flatten()
            {
                lower = lower.min(self.flow.partition(|id| self.key(id) < key));
            }
            stay.push(first..last.max(first));
        }
        self.let_go(&stay, upper, lower);
        for (lane, plan) in self.lanes.iter_mut().zip(plans) {
            let Some(lane) = lane else { continue };
            lane.drop_front(plan.front);
            lane.drop_back(plan.back);
            lane.ledger.bytes = plan.bytes as u64;
        }
        self.begin_repeats(plans);
    }

    /// Removes lines from the merged order, of those before one position and of those from another one on.
    fn let_go(&mut self, stay: &[Range<i64>], upper: i64, lower: i64) {
        let mut flow = std::mem::take(&mut self.flow);
        let (judged, searched) = (self.judged, self.searched);
        if upper > flow.range().start {
            self.at_the_front.went += 1;
            let (mut stayed, mut was_judged, mut was_searched) = (0, 0, 0);
            flow.retain_before(upper, |position, id, shown| {
                let stays = self.stays(stay, position, id, shown);
                stayed += i64::from(stays);
                was_judged += i64::from(stays && position >= judged);
                was_searched += i64::from(stays && position >= searched);
                stays
            });
            self.judged = if judged < upper { upper - was_judged } else { judged };
            self.searched = if searched < upper { upper - was_searched } else { searched };
            if stayed > 0 {
                self.shifted = self.shifted.max(upper);
            }
        }
        let lower = lower.max(flow.range().start);
        let (judged, searched) = (self.judged, self.searched);
        let back = lower < flow.range().end;
        if back {
            let (mut not_judged, mut not_searched) = (0, 0);
            flow.retain_from(lower, |position, id, shown| {
                let stays = self.stays(stay, position, id, shown);
                not_judged += i64::from(stays && position < judged);
                not_searched += i64::from(stays && position < searched);
                stays
            });
            self.judged = if judged > lower { lower + not_judged } else { judged };
            self.searched = if searched > lower { lower + not_searched } else { searched };
        }
        self.flow = flow;
        if back {
            self.begin_anew();
        }
    }

    /// Whether a line stays; if not, it is taken out of its lane's account.
    fn stays(&mut self, stay: &[Range<i64>], position: i64, id: LineId, shown: bool) -> bool {
        let stays = stay.get(id.lane()).is_some_and(|stay| stay.contains(&id.number()));
        let judged = position >= self.judged;
        if let Some(lane) = self.lane_mut(id.lane()).filter(|lane| !stays && lane.is_line(id.number())) {
            lane.ledger.merged -= 1;
            lane.ledger.shown -= u64::from(judged && shown);
            lane.ledger.muted -= u64::from(judged && !shown);
        }
        stays
    }

    /// Lines that repeated one that went stand for themselves.
    fn begin_repeats(&mut self, plans: &[Plan]) {
        if !self.collapse {
            return;
        }
        for place in (0..plans.len()).filter(|place| plans.get(*place).is_some_and(|plan| plan.front > 0)) {
            let first = self.lane_at(place).map(|lane| LineId::new(place, lane.merged.start));
            if let Some(position) = first.and_then(|first| self.position(first))
                && let Some(shown) = self.flow.next(Want::Shown, position)
                && self.flow.is(Mark::Repeat, shown)
            {
                self.fold(shown..shown + 1);
            }
        }
    }

    /// Lets all lines of a lane go from the merged order.
    pub(super) fn forget(&mut self, place: usize) {
        let end = self.flow.range().end;
        self.flow.retain_before(end, |_, id, _| id.lane() != place);
        self.searched = end;
        self.moved();
    }

    /// Closes a lane.
    pub(super) fn shut(&mut self, place: usize) {
        let Some(lane) = self.lanes.get_mut(place).and_then(Option::take) else { return };
        if let Some(source) = lane.source() {
            self.places.remove(source);
        }
        self.forget(place);
        self.extend_back_in_time();
    }
}

/// A segment's bytes, its lines' places among the merged ones included.
fn cost(segment: &Segment) -> usize {
    segment.bytes() + segment.entries().len() * PLACE
}

impl Lane {
    fn drop_front(&mut self, segments: usize) {
        for segment in self.segments.drain(..segments.min(self.segments.len())) {
            self.ledger.held -= segment.lines;
            self.ledger.evicted += segment.lines;
            self.edge.0 = self.edge.0.saturating_add_unsigned(segment.lines);
            self.edge.1 = self.edge.1.saturating_sub(segment.lines.saturating_add(segment.dropped));
        }
        if segments == 0 {
            return;
        }
        let first = self.first();
        self.holes.retain(|hole| hole.row >= first);
        self.dropped_before = 0;
        self.merged = self.merged.start.max(first)..self.merged.end.max(first);
        // What was to come next may have gone: it is looked for anew.
        self.joining = self.joining.map(|_| None);
        self.message = self.message.min(self.next - first);
        if self.source().is_some() {
            self.past = Past::More;
        }
        if let Some(entry) = self.entry_mut(first) {
            entry.flag(CONTINUES, false);
        }
    }

    fn drop_back(&mut self, segments: usize) {
        for _ in 0..segments {
            let Some(segment) = self.segments.pop_back() else { break };
            self.ledger.held -= segment.lines;
            self.ledger.evicted += segment.lines;
        }
        if segments > 0 {
            self.detached = true;
            self.message = MESSAGE;
            let end = self.end().max(self.first());
            self.holes.retain(|hole| hole.missing.end < end);
            // Where all of it went nothing has its place.
            let start = if self.segments.is_empty() { end } else { self.merged.start.min(end) };
            self.merged = start..self.merged.end.min(end).max(start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::LogEvent;
    use crate::logs::book::Follower;
    use crate::logs::book::tests::{at, line, source};

    /// Lines of 100 bytes.
    fn long(numbers: Range<i64>) -> Vec<crate::domain::log::LogLine> {
        numbers.map(|n| line(n, &format!("line {n:095}"))).collect()
    }

    #[test]
    fn a_follower_is_told_of_lines_that_stand_where_others_stood() {
        let mut book = Book::new(1 << 20);
        book.open(source("a"), "a".to_owned());
        book.take(&source("a"), LogEvent::Live, at(0));
        book.take(&source("a"), LogEvent::Lines(long(0..5000)), at(5000));
        let mut follower = Follower::default();
        assert!(book.news(&mut follower).anew);
        for from in (5000..9000).step_by(1000) {
            book.take(&source("a"), LogEvent::Lines(long(from..from + 1000)), at(from + 1000));
        }
        let first = book.edge(&source("a")).number;
        assert!(first > 0, "the first ones went");
        let older = long(first - 50..first);
        book.take(&source("a"), LogEvent::Older { lines: older, more: true }, at(9000));
        let news = book.news(&mut follower);
        let told: Vec<_> = book.lines(news.older).chain(book.lines(news.newer)).map(|line| line.at).collect();
        assert!(news.anew && told.first() == Some(&Some(at(first - 50))), "{:?}", told.first());
        assert_eq!(told.len(), book.positions().count());
    }

    #[test]
    fn a_lane_of_which_all_went_has_nothing_in_its_place() {
        let mut book = Book::new(20_000);
        for name in ["a", "b"] {
            book.open(source(name), name.to_owned());
            book.take(&source(name), LogEvent::Live, at(0));
        }
        book.take(&source("b"), LogEvent::Lines(long(0..10)), at(100));
        book.advance(at(1000));
        book.watch(book.row(0).map(|row| row.line));
        for from in (1000..4000).step_by(100) {
            book.take(&source("a"), LogEvent::Lines(long(from..from + 100)), at(from + 100));
            book.advance(at(from + 400));
        }
        for lane in book.lanes() {
            assert!(lane.first() <= lane.merged.start && lane.merged.end <= lane.end(), "{lane:?}");
        }
    }
}
