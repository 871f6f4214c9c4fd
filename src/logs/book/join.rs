//! A source that is read anew brings lines that are held already. They are found among them and not taken
//! twice; when nothing of them is held the lane begins anew.

use super::Book;
use super::lane::{Lane, Past};
use super::line::Kind;
use crate::domain::log::{LogLine, LogSourceId};

/// So many of the newest lines are compared.
const NEWEST: i64 = 200_000;

impl Book {
    /// The source is read by another reader from now on, which begins with the last lines stored.
    pub fn restart(&mut self, source: &LogSourceId) {
        let Some(place) = self.place(source) else { return };
        let Some(lane) = self.lane_mut(place) else { return };
        lane.catching = true;
        lane.past = Past::More;
        lane.newer = None;
        lane.healing = None;
        if lane.detached || lane.segments.is_empty() {
            self.empty(place);
        } else {
            lane.joining = Some(None);
        }
    }

    /// Leaves the lines out that are held already, after a new beginning.
    pub(super) fn join(&mut self, place: usize, mut lines: Vec<LogLine>) -> Vec<LogLine> {
        let Some(lane) = self.lane_mut(place) else { return lines };
        let Some(joining) = lane.joining.filter(|_| !lines.is_empty()) else { return lines };
        let begin = match joining {
            Some(number) => Some(number),
            None => lane.overlap(&lines),
        };
        let Some(begin) = begin else {
            self.empty(place);
            return lines;
        };
        if joining.is_none() {
            lane.count_edge_to(begin);
        }
        let (known, next) = lane.same(begin, &lines);
        lane.ledger.received += known as u64;
        lane.ledger.repeated += known as u64;
        lane.joining = (known == lines.len() && next < lane.end()).then_some(Some(next));
        lines.drain(..known);
        lines
    }

    /// Lets all lines of a lane go; it goes on as if it were opened now.
    fn empty(&mut self, place: usize) {
        let Some(lane) = self.lane_mut(place) else { return };
        let (source, label, next) = (lane.source().cloned(), lane.label.clone(), lane.next);
        let mut ledger = lane.ledger.clone();
        ledger.evicted += ledger.held;
        (ledger.held, ledger.merged, ledger.shown, ledger.muted) = (0, 0, 0, 0);
        self.forget(place);
        if let Some(slot) = self.lanes.get_mut(place) {
            let mut lane = Lane::new(place, source, label);
            (lane.next, lane.ledger, lane.merged) = (next, ledger, next..next);
            *slot = Some(lane);
        }
    }
}

impl Lane {
    /// Where among the lines held a new reading begins.
    fn overlap(&self, lines: &[LogLine]) -> Option<i64> {
        let begins =
            self.numbers(self.first().max(self.end() - NEWEST)..self.end()).filter(|n| self.is_line(*n));
        let mut begins =
            begins.filter(|number| lines.first().is_some_and(|line| self.is_same(*number, line)));
        begins.find(|number| {
            let (known, next) = self.same(*number, lines);
            known == lines.len() || next >= self.end()
        })
    }

    /// How many of these lines are those held from a number on, and the number behind them.
    fn same(&self, from: i64, lines: &[LogLine]) -> (usize, i64) {
        let (mut known, mut number) = (0, from);
        while number < self.end() {
            if self.is_line(number) {
                match lines.get(known) {
                    Some(line) if self.is_same(number, line) => known += 1,
                    _ => break,
                }
            }
            number = self.from(number + 1);
        }
        (known, number)
    }

    pub(super) fn is_same(&self, number: i64, line: &LogLine) -> bool {
        let Some(held) = self.line(number) else { return false };
        held.kind == Kind::Line && held.at == line.at && held.stream == line.stream && held.text == line.text
    }

    /// The line with this number is the first one of a new reading.
    fn count_edge_to(&mut self, begin: i64) {
        let before = self.numbers(self.first()..begin).filter(|number| self.is_line(*number)).count();
        let since = self.segments.iter().map(|s| s.lines + s.dropped).sum();
        self.edge = (-(before as i64), since);
    }
}
