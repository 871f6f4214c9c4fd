//! What comes into a book: the events of sources, and notes of whoever holds it.

use jiff::Timestamp;

use super::grow::Remark;
use super::lane::Past;
use super::ledger::LaneState;
use super::line::Kind;
use super::segment::nanoseconds;
use super::{Book, NOTES};
use crate::domain::log::{LogEdge, LogEvent, LogLine, LogSourceId, LogTurn};
use crate::logs::Level;

impl Book {
    /// Takes what a source brings. Of sources that are not open it takes nothing.
    pub fn take(&mut self, source: &LogSourceId, event: LogEvent, now: Timestamp) {
        let segment = self.segment_bytes();
        let Some(place) = self.place(source) else { return };
        let Some(lane) = self.lane_mut(place) else { return };
        let say = |kind, level, text: &str| Some(Remark { kind, text: text.to_owned(), level, at: now });
        let mut remark = None;
        let paged = matches!(event, LogEvent::Older { .. }) && lane.healing.is_none();
        match event {
            LogEvent::Live => {
                if let LaneState::Lost(_) = lane.ledger.state {
                    remark = say(Kind::Event, Level::Info, "connected again");
                }
                if lane.newer.is_none() {
                    lane.ledger.state = LaneState::Live;
                }
                lane.catching = true;
                lane.live_since = nanoseconds(now);
                lane.ledger.known_since(nanoseconds(now));
                if lane.past == Past::Failed {
                    lane.past = Past::More;
                }
            }
            LogEvent::Lines(lines) => self.take_lines(place, lines, now),
            LogEvent::Newer { lines, more } => {
                lane.newer = Some(more);
                self.take_lines(place, lines, now);
            }
            LogEvent::Older { lines, more } if lane.healing.is_some() => self.heal(place, lines, more, now),
            LogEvent::Older { lines, more } => {
                lane.told_past(more, lines.len());
                lane.prepend(&lines, nanoseconds(now), segment);
                self.extend_back_in_time();
            }
            LogEvent::OlderFailed(fault) if lane.healing.is_some() => lane.heal_failed(&fault, now),
            LogEvent::OlderFailed(fault) => {
                lane.past = Past::Failed;
                lane.ledger.older_fault = Some(fault);
                self.extend_back_in_time();
            }
            LogEvent::Gap(gap) => {
                lane.ledger.gaps += 1;
                let text = "lines are missing here: they are not available any more".to_owned();
                let at = gap.until.or(gap.from).unwrap_or(now);
                remark = Some(Remark { kind: Kind::Gap, text, level: Level::Warn, at });
            }
            LogEvent::Dropped(lines) => {
                lane.dropped(lines, now, segment);
            }
            LogEvent::Turned(turn) => {
                let text = match turn {
                    LogTurn::Rotated => "the file was rotated: the new one follows",
                    LogTurn::Truncated => "the file was cut: it is read from its new beginning",
                };
                remark = say(Kind::Turned, Level::Info, text);
            }
            LogEvent::Skew(skew) => {
                if lane.set_skew(skew, nanoseconds(now)) {
                    self.take_back(self.flow.range().start);
                    self.lanes.iter_mut().flatten().for_each(|lane| lane.placed = false);
                }
            }
            LogEvent::Ended => {
                lane.ledger.state = LaneState::Ended;
                lane.catching = false;
            }
            LogEvent::Lost(fault) => {
                if !matches!(lane.ledger.state, LaneState::Lost(_)) {
                    let text = format!("connection lost: {}", fault.in_full());
                    remark = say(Kind::Event, Level::Warn, &text);
                }
                lane.ledger.state = LaneState::Lost(fault);
            }
            LogEvent::Refused(fault) => {
                remark = say(Kind::Event, Level::Error, &fault.in_full());
                lane.ledger.state = LaneState::Refused(fault);
                if lane.past == Past::More {
                    lane.past = Past::Failed;
                }
                self.extend_back_in_time();
            }
            // These are the view's: nothing of them is held.
            LogEvent::Found(_) | LogEvent::Progress(_) | LogEvent::Note(_) | LogEvent::Life(_) => return,
        }
        if let (Some(remark), Some(lane)) = (remark, self.lane_mut(place)) {
            lane.remark(&remark, i64::MIN, segment);
        }
        self.advance(now);
        self.keep_to_caps(paged);
    }

    fn take_lines(&mut self, place: usize, lines: Vec<LogLine>, now: Timestamp) {
        let segment = self.segment_bytes();
        let lines = self.join(place, lines);
        let Some(lane) = self.lane_mut(place) else { return };
        let now = nanoseconds(now);
        // The rate is of when lines were written, not of how fast the past is read.
        for line in &lines {
            let written = line.at.map(|at| nanoseconds(at).saturating_sub(lane.skew()));
            if let Some(at) = written.or((!lane.catching).then_some(now)) {
                lane.ledger.count(at.min(now), now);
            }
        }
        let stamped = lines.iter().any(|line| line.at.is_some());
        for line in lines {
            lane.push(line, now, segment);
        }
        if stamped && !lane.catching {
            lane.lag = now.saturating_sub(lane.last_key).max(lane.lag / 8 * 7).max(1);
        }
    }

    /// A row of its own between the lines: a container died, a deployment. Notes are to come in the order of
    /// their times; an older one stands behind those that came before it.
    pub fn note(&mut self, at: Timestamp, text: &str, level: Level) {
        let segment = self.segment_bytes();
        let remark = Remark { kind: Kind::Note, text: text.to_owned(), level, at };
        // What is said to be yet to come has come.
        let now = if self.now == i64::MIN { nanoseconds(at) } else { self.now };
        if let Some(notes) = self.lane_mut(NOTES) {
            notes.remark(&remark, nanoseconds(at).min(now), segment);
        }
        self.step(now);
        self.keep_to_caps(false);
    }

    /// The source is read around a time: nothing follows by itself, both sides are asked for.
    pub fn anchor(&mut self, source: &LogSourceId) {
        if let Some(lane) = self.lane_of(source) {
            lane.newer = Some(true);
            lane.ledger.state = LaneState::Anchored;
        }
    }

    /// By what a page before the oldest line held is asked for.
    pub fn edge(&self, source: &LogSourceId) -> LogEdge {
        let lane = self.place(source).and_then(|place| self.lane_at(place));
        lane.map(super::Lane::log_edge).unwrap_or_default()
    }
}
