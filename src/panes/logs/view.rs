//! One view of logs: which sources, what is held of them, how it is chosen and shown, where the reader is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use super::detail::Detail;
use super::lifecycle::Lifecycle;
use super::marks::Marks;
use super::options::Options;
use super::out::Export;
use super::viewport::Viewport;
use crate::command::Facts;
use crate::domain::fault::FaultKind;
use crate::domain::filter::FilterError;
use crate::domain::log::{LogAnchor, LogFound, LogLife, LogSourceId};
use crate::domain::log_selection::{LogMember, LogSelection};
use crate::domain::world::World;
use crate::logs::book::{Book, Follower, Lane};
use crate::logs::filter::Stack;
use crate::logs::histogram::Histogram;
use crate::logs::levels::Rules;
use crate::logs::search::Pattern;
use crate::logs::templates::Templates;
use crate::logs::zone::Zone;
use crate::panes::Context;

/// Text held of all sources of a view, bytes.
pub const CAP_BYTES: usize = 256 << 20;
/// Of one source: what goes can be read again, and eight in full flood still fit.
const LANE_CAP_BYTES: usize = 32 << 20;
/// Errors are counted over that time, and over no less than that.
const ERRORS_OVER: SignedDuration = SignedDuration::from_mins(5);
const MEASURED: SignedDuration = SignedDuration::from_secs(10);
/// Lines of the past that a source begins with.
pub const TAIL: u32 = 1_000;
/// Templates kept of a view.
pub const TEMPLATES: usize = 5_000;

/// One view.
pub struct LogView {
    pub(super) slot: u8,
    pub(super) selection: Option<LogSelection>,
    pub(super) members: Vec<LogMember>,
    /// Sources of the selection that are not read, because there are too many.
    pub(super) more: usize,
    pub(super) anchor: LogAnchor,
    pub(super) turn: u32,
    pub(super) book: Book,
    pub(super) stack: Stack,
    /// The filter set aside while a line is looked at among all lines.
    pub(super) aside: Option<Stack>,
    pub(super) pattern: Option<Pattern>,
    pub(super) search_text: String,
    /// What is wrong with it.
    pub(super) search_fault: Option<FilterError>,
    pub(super) viewport: Viewport,
    /// The row before which not all sources are read yet, if one is.
    pub(super) complete_row: Option<usize>,
    pub(super) options: Options,
    pub(super) detail: Detail,
    pub(super) marks: Marks,
    /// The sources of which it was recalled what was kept, with where somebody read last.
    pub(super) recalled: BTreeMap<LogSourceId, Option<Timestamp>>,
    pub(super) histogram: Histogram,
    pub(super) templates: Templates,
    /// How far the histogram has come.
    pub(super) counted: Follower,
    /// What it has not counted yet.
    pub(super) to_count: Vec<Range<i64>>,
    /// Which lines' patterns are not learned yet.
    pub(super) learning: Follower,
    pub(super) to_learn: Range<i64>,
    /// Sources that were asked for older or newer lines and have not answered.
    pub(super) asked: BTreeSet<LogSourceId>,
    /// Sources whose older lines could not be had, and what it was.
    pub(super) refused_older: BTreeMap<LogSourceId, FaultKind>,
    /// What the sources that were asked to search themselves have found.
    pub(super) finds: BTreeMap<LogSourceId, LogFound>,
    /// How many of these places were gone to, and the last one: its source is read around it.
    pub(super) visited: BTreeMap<LogSourceId, usize>,
    /// Where the reader waits for a first place to be found: row and following. It is gone to unless he moves.
    pub(super) waits: Option<(usize, bool)>,
    pub(super) around: Option<(LogSourceId, i64)>,
    /// Sources that are to end their search.
    pub(super) stop_finds: Vec<LogSourceId>,
    pub(super) generation: u64,
    /// Sources that have brought nothing since everything was begun anew.
    pub(super) unread: BTreeSet<LogSourceId>,
    /// A time to go to as soon as it is read.
    pub(super) seek: Option<Timestamp>,
    /// The source whose last line before that time is meant, not the first one from it on.
    pub(super) seek_last: Option<LogSourceId>,
    pub(super) export: Option<Export>,
    pub(super) exports: u64,
    pub(super) lifecycle: Lifecycle,
    /// Fields shown as columns, by image or file.
    pub(super) columns: BTreeMap<String, Vec<String>>,
    /// Corrections of levels, by the same.
    pub(super) levels: BTreeMap<String, Rules>,
    /// The time zone of the times shown, when it is not that of this machine.
    pub(super) zone: Option<Zone>,
    pub(super) images: BTreeMap<LogSourceId, String>,
    /// What progress bars show that have written no line yet.
    pub(super) progress: BTreeMap<LogSourceId, String>,
    /// How each source and its target are written on the command line; the target is empty for this machine.
    pub(super) words: BTreeMap<LogSourceId, (String, String)>,
    /// What a reader should know of a source.
    pub(super) remarks: BTreeMap<LogSourceId, String>,
    /// When what is read was started last.
    pub(super) started_at: BTreeMap<LogSourceId, Timestamp>,
    /// The last life of what is read, as its reader tells it.
    pub(super) lives: BTreeMap<LogSourceId, LogLife>,
    /// Widths of columns, by field.
    pub(super) widths: BTreeMap<String, usize>,
}

impl LogView {
    pub fn new(slot: u8) -> Self {
        let mut book = Book::new(CAP_BYTES);
        book.cap_lanes(LANE_CAP_BYTES);
        Self {
            slot,
            selection: None,
            members: Vec::new(),
            more: 0,
            anchor: LogAnchor::End,
            turn: 0,
            book,
            stack: Stack::default(),
            aside: None,
            pattern: None,
            search_text: String::new(),
            search_fault: None,
            viewport: Viewport::default(),
            complete_row: None,
            options: Options::default(),
            detail: Detail::default(),
            marks: Marks::default(),
            recalled: BTreeMap::new(),
            histogram: Histogram::default(),
            templates: Templates::new(TEMPLATES),
            counted: Follower::default(),
            to_count: Vec::new(),
            learning: Follower::default(),
            to_learn: 0..0,
            asked: BTreeSet::new(),
            refused_older: BTreeMap::new(),
            finds: BTreeMap::new(),
            visited: BTreeMap::new(),
            waits: None,
            around: None,
            stop_finds: Vec::new(),
            generation: 0,
            unread: BTreeSet::new(),
            seek: None,
            seek_last: None,
            export: None,
            exports: 0,
            lifecycle: Lifecycle::default(),
            columns: BTreeMap::new(),
            levels: BTreeMap::new(),
            zone: None,
            images: BTreeMap::new(),
            progress: BTreeMap::new(),
            words: BTreeMap::new(),
            remarks: BTreeMap::new(),
            started_at: BTreeMap::new(),
            lives: BTreeMap::new(),
            widths: BTreeMap::new(),
        }
    }

    /// Another place in the pane; its logs are read anew under it.
    pub fn move_to(&mut self, slot: u8) {
        if self.slot != slot {
            self.slot = slot;
            self.reread();
        }
    }

    /// Everything is read again from the anchor.
    pub fn reread(&mut self) {
        self.turn += 1;
        self.asked.clear();
        self.refused_older.clear();
        self.around = None;
        self.unread = self.members.iter().map(|member| member.source.clone()).collect();
        self.viewport.reset();
        self.viewport.follow = self.anchor == LogAnchor::End;
    }

    pub fn sync(&mut self, cx: &Context) {
        self.resolve(cx);
        self.watch_lifecycle(cx);
        let moved = self.book.advance(cx.now);
        self.count_lines();
        self.settle(cx);
        if moved {
            self.seek_on(cx);
        }
    }

    pub fn facts(&self, _world: &World, facts: &mut Facts) {
        facts.rows = self.book.len();
        facts.total = self.book.positions().count();
        facts.in_detail = self.detail.takes_keys();
        facts.logs_open = self.selection.is_some();
    }

    pub fn search_text(&self) -> &str {
        &self.search_text
    }

    /// Errors a minute in the last five minutes, or in as much of them as is held of every source; unknown as
    /// long as that is too little.
    pub(super) fn errors_per_minute(&self) -> Option<f64> {
        let newest = self.book.newest()?;
        let from = newest.checked_sub(ERRORS_OVER).ok()?.max(self.book.known_since()?);
        (newest.duration_since(from) >= MEASURED).then(|| self.histogram.rates(from, newest).1)
    }

    /// The lanes of the sources.
    pub(super) fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.book.lanes().filter(|lane| lane.source().is_some())
    }

    /// The source in a lane.
    pub(super) fn source(&self, lane: usize) -> Option<&LogSourceId> {
        self.book.lane(lane)?.source()
    }
}
