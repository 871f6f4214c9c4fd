//! What is held of all the sources that a log pane reads: their lines in bounded memory, merged by time,
//! filtered, searched and accounted for. It knows no source and no clock: events and the time are brought.
//!
//! A source has a lane (`lane`, `grow`, `join`) of segments of text (`segment`). The lines of all lanes have their
//! place in one merged order (`order`), which is a list of their names (`flow`); a bit for each says whether it is
//! shown (`judge`, `collapse`) and whether the search has found it (`search`). Lines that wait for others to come
//! before them have no place yet. What is too much goes, segment by segment (`evict`); what was dropped because it came
//! too fast is read again and put in where it is missing (`heal`).

mod choice;
mod collapse;
mod evict;
mod flow;
mod grow;
mod heal;
mod join;
mod judge;
mod lane;
mod ledger;
mod line;
mod order;
mod search;
mod segment;
mod take;
#[cfg(test)]
mod tests;
mod view;

use std::collections::HashMap;
use std::fmt;

pub use choice::{Choice, LineView};
pub use collapse::alike;
pub use lane::Lane;
pub use ledger::{LaneState, Ledger};
pub use line::{Kind, Line, LineId, Row};
pub use view::{Follower, News};

use flow::Flow;
use view::Front;

use crate::domain::log::LogSourceId;
use crate::logs::search::Pattern;

/// The place of the notes among the lanes.
const NOTES: usize = 0;
/// As many as a line's name has room for.
const LANES: usize = 1 << 16;
/// Bytes of text in a segment, and of a small memory the share of it.
const SEGMENT: usize = 256 << 10;
const SEGMENTS: usize = 16;

/// The lines of all sources that are read together.
pub struct Book {
    /// By their place; those that were closed are empty.
    lanes: Vec<Option<Lane>>,
    places: HashMap<LogSourceId, usize>,
    flow: Flow,
    /// Bytes of memory, for all and for a lane.
    cap: usize,
    lane_cap: usize,
    choice: Option<Box<dyn Choice>>,
    counts: Vec<u64>,
    collapse: bool,
    /// From this position on lines have been judged.
    judged: i64,
    pattern: Option<Pattern>,
    /// From this position on lines have been searched.
    searched: i64,
    /// How often lines have changed their places.
    epoch: u64,
    /// Before this position lines have moved up to make good for others that went.
    shifted: i64,
    /// How often lines came before all others, and how often the first ones went.
    at_the_front: Front,
    /// The time when it was told last, in nanoseconds.
    now: i64,
    /// Not before this time lines are put in where they belong, in nanoseconds.
    reflow_after: i64,
    /// What is looked at goes last.
    watched: Option<LineId>,
}

impl Book {
    /// An empty book that holds to so many bytes of memory, text and index.
    pub fn new(cap: usize) -> Self {
        let notes = Lane::new(NOTES, None, String::new());
        Self {
            lanes: vec![Some(notes)],
            places: HashMap::new(),
            flow: Flow::default(),
            cap,
            lane_cap: cap,
            choice: None,
            counts: Vec::new(),
            collapse: false,
            judged: 0,
            pattern: None,
            searched: 0,
            epoch: 0,
            shifted: i64::MIN,
            at_the_front: Front::default(),
            now: i64::MIN,
            reflow_after: i64::MIN,
            watched: None,
        }
    }

    /// Begins to hold lines of a source; returns its place, which is not given to another one as long as there
    /// are others. A source that is open keeps its place.
    pub fn open(&mut self, source: LogSourceId, label: String) -> usize {
        if let Some(place) = self.places.get(&source).copied() {
            if let Some(lane) = self.lane_mut(place) {
                lane.label = label;
            }
            return place;
        }
        let place = if self.lanes.len() < LANES {
            self.lanes.push(None);
            self.lanes.len() - 1
        } else {
            // More sources than names: the place of one that is gone, or of the one that was opened first.
            self.lanes.iter().position(Option::is_none).unwrap_or(NOTES + 1)
        };
        self.shut(place);
        self.places.insert(source.clone(), place);
        if let Some(slot) = self.lanes.get_mut(place) {
            *slot = Some(Lane::new(place, Some(source), label));
        }
        place
    }

    /// Ends to hold lines of a source: its lines go.
    pub fn close(&mut self, source: &LogSourceId) {
        if let Some(place) = self.places.get(source).copied() {
            self.shut(place);
        }
    }

    /// Gives a source another label.
    pub fn rename(&mut self, source: &LogSourceId, label: String) {
        if let Some(lane) = self.lane_of(source) {
            lane.label = label;
        }
    }

    /// The open lanes, in the order of their places; the first one holds the notes.
    pub fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.iter().flatten()
    }

    /// The lane at a place.
    pub fn lane(&self, place: usize) -> Option<&Lane> {
        self.lane_at(place)
    }

    /// Where the source's lines are, if it is open.
    pub fn place(&self, source: &LogSourceId) -> Option<usize> {
        self.places.get(source).copied()
    }

    /// The ledger of the lane at a place.
    pub fn ledger(&self, place: usize) -> Option<&Ledger> {
        self.lane_at(place).map(Lane::ledger)
    }

    fn lane_at(&self, place: usize) -> Option<&Lane> {
        self.lanes.get(place)?.as_ref()
    }

    fn lane_mut(&mut self, place: usize) -> Option<&mut Lane> {
        self.lanes.get_mut(place)?.as_mut()
    }

    fn lane_of(&mut self, source: &LogSourceId) -> Option<&mut Lane> {
        let place = self.places.get(source).copied()?;
        self.lane_mut(place)
    }

    fn segment_bytes(&self) -> usize {
        SEGMENT.min(self.cap / SEGMENTS).max(1)
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lanes: Vec<(&str, &Ledger)> = self.lanes().map(|lane| (lane.label(), lane.ledger())).collect();
        f.debug_struct("Book").field("lanes", &lanes).field("lines", &self.flow.len()).finish_non_exhaustive()
    }
}
