//! One view of logs: which sources, what is held of them, how it is chosen and shown, where the reader is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::detail::Detail;
use super::layout::{self, Form, Parts};
use super::lifecycle::Lifecycle;
use super::marks::Marks;
use super::options::{Options, Saved};
use super::out::Export;
use super::read::SLICE_NS;
use super::viewport::Viewport;
use crate::command::Facts;
use crate::domain::filter::FilterError;
use crate::domain::log::{LogAnchor, LogFound, LogSourceId};
use crate::domain::log_selection::{LogMember, LogSelection};
use crate::domain::world::World;
use crate::logs::book::{Book, Follower, Lane, LineId};
use crate::logs::filter::Stack;
use crate::logs::histogram::Histogram;
use crate::logs::levels::Rules;
use crate::logs::search::Pattern;
use crate::logs::templates::Templates;
use crate::logs::zone::Zone;
use crate::panes::split::Shape;
use crate::panes::{Context, Place};

/// Text held of all sources of a view, bytes.
pub const CAP_BYTES: usize = 256 << 20;
/// Of one source: what goes can be read again, and eight in full flood still fit.
const LANE_CAP_BYTES: usize = 32 << 20;
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
    /// Why older lines of a source cannot be had.
    pub(super) refused_older: BTreeMap<LogSourceId, String>,
    pub(super) finds: BTreeMap<LogSourceId, LogFound>,
    pub(super) generation: u64,
    /// A time to go to as soon as it is read.
    pub(super) seek: Option<Timestamp>,
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
            generation: 0,
            seek: None,
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
            widths: BTreeMap::new(),
        }
    }

    /// Takes over what another view reads and how, with lines of its own.
    pub fn copy_choice(&mut self, other: &LogView) {
        self.selection.clone_from(&other.selection);
        self.options.clone_from(&other.options);
        self.columns.clone_from(&other.columns);
        self.levels.clone_from(&other.levels);
        self.zone.clone_from(&other.zone);
        self.stack = other.stack.clone();
        self.apply_stack();
    }

    /// Another place in the pane; its logs are read anew under it.
    pub fn move_to(&mut self, slot: u8) {
        if self.slot != slot {
            self.slot = slot;
            self.reread();
        }
    }

    pub fn take_options(&mut self, saved: &Saved) {
        self.options.clone_from(&saved.options);
        self.take_shared(saved);
        self.book.set_collapse(self.options.collapse);
    }

    /// Takes over what holds in every view: what is known of programs, and the time zone.
    pub fn take_shared(&mut self, saved: &Saved) {
        self.columns.clone_from(&saved.columns);
        self.zone = saved.zone.as_ref().and_then(|name| name.parse().ok());
        self.take_levels(saved);
    }

    /// Everything is read again from the anchor.
    pub fn reread(&mut self) {
        self.turn += 1;
        self.asked.clear();
        self.refused_older.clear();
        self.viewport.reset();
        self.viewport.follow = self.anchor == LogAnchor::End;
    }

    pub(super) fn form(&self) -> Form {
        let shape = Shape {
            detail_open: self.detail.open,
            zoomed: self.detail.zoomed,
            detail_focused: self.detail.focused,
            percent: self.detail.percent,
        };
        let crumbs = !self.stack.steps().is_empty() || !self.search_text.is_empty() || self.aside.is_some();
        // On a page of the past nothing moves.
        let progress = if self.viewport.follow { self.progress.len() as u16 } else { 0 };
        Form { shape, strip: self.options.histogram, crumbs, progress }
    }

    pub(super) fn parts(&self, area: Rect) -> Parts {
        layout::compute(area, self.form())
    }

    /// Brings place and page in step with the lines.
    pub(super) fn settle(&mut self, cx: &Context) {
        let parts = self.parts(cx.area);
        self.complete_row = Some(self.book.complete_row()).filter(|row| (1..self.book.len()).contains(row));
        let mut viewport = std::mem::take(&mut self.viewport);
        viewport.settle(&self.book, parts.page(), |i| self.height(i, parts.text.width));
        self.viewport = viewport;
        // What is being read goes last when memory runs out.
        self.book.watch(self.viewport.line().filter(|_| !self.viewport.follow));
        self.detail.follow_line(self.viewport.line());
        self.settle_detail(parts.detail(), cx.world);
    }

    /// Moves the place by something that needs the heights of lines.
    pub(super) fn travel(
        &mut self,
        cx: &Context,
        go: impl FnOnce(&mut Viewport, &Book, usize, &dyn Fn(usize) -> usize),
    ) {
        let parts = self.parts(cx.area);
        let mut viewport = std::mem::take(&mut self.viewport);
        go(&mut viewport, &self.book, parts.page(), &|i| self.height(i, parts.text.width));
        self.viewport = viewport;
        self.detail.follow_line(self.viewport.line());
    }

    /// Rows of the screen that a row takes.
    pub(super) fn height(&self, index: usize, columns: u16) -> usize {
        let rule = usize::from(self.complete_row == Some(index));
        if self.options.wrap { rule + super::screen::row_height(self, index, columns) } else { rule + 1 }
    }

    /// From when on no source is known to have lines that are not held.
    pub(super) fn complete_since(&self) -> Option<Timestamp> {
        self.book.line(self.book.row(self.book.complete_row())?.line)?.at
    }

    pub fn sync(&mut self, cx: &Context) {
        self.resolve(cx);
        self.watch_lifecycle(cx);
        self.book.advance(cx.now);
        self.count_lines();
        self.settle(cx);
    }

    pub fn facts(&self, _world: &World, facts: &mut Facts) {
        facts.rows = self.book.len();
        facts.total = self.book.positions().count();
        facts.in_detail = self.detail.takes_keys();
        facts.logs_open = self.selection.is_some();
    }

    /// The filter is in force from now on.
    pub(super) fn apply_stack(&mut self) {
        self.viewport.keep();
        let choice = self.is_filtered().then(|| self.choice());
        self.book.set_choice(choice);
        // Of few lines it is known at once, without a page that says that it is being looked.
        self.book.scan(SLICE_NS);
    }

    /// True when a filter is in force.
    pub(super) fn is_filtered(&self) -> bool {
        self.stack.steps().iter().any(|step| step.enabled)
    }

    /// Replaces all steps by one line of them, as on the command line.
    ///
    /// # Errors
    /// Where and what is wrong.
    pub fn set_filter(&mut self, text: &str, cx: &Context) -> Result<(), FilterError> {
        let mut stack = Stack::default();
        if !text.trim().is_empty() {
            stack.parse_push(text)?;
        }
        self.stack = stack;
        self.apply_stack();
        self.settle(cx);
        Ok(())
    }

    pub fn search_text(&self) -> &str {
        &self.search_text
    }

    /// Errors a minute in the last five minutes that are held.
    pub(super) fn errors_per_minute(&self) -> f64 {
        let Some(newest) = self.book.newest() else { return 0.0 };
        let from = newest.saturating_sub(jiff::SignedDuration::from_mins(5)).unwrap_or(newest);
        self.histogram.rates(from, newest).1
    }

    /// The lanes of the sources.
    pub(super) fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.book.lanes().filter(|lane| lane.source().is_some())
    }

    /// The source in a lane.
    pub(super) fn source(&self, lane: usize) -> Option<&LogSourceId> {
        self.book.lane(lane)?.source()
    }

    /// The line under the cursor.
    pub(super) fn current(&self) -> Option<LineId> {
        self.book.row(self.viewport.cursor).map(|row| row.line)
    }

    pub fn place(&self) -> Option<Place> {
        let at = self.book.line(self.current()?)?.at?;
        Some(Place(at.to_string()))
    }

    pub fn go_to(&mut self, place: &Place, cx: &Context) -> bool {
        let Ok(at) = place.0.parse::<Timestamp>() else { return false };
        let index = self.book.at_time(at);
        self.travel(cx, |viewport, book, page, height| viewport.show(index, book, page, height));
        true
    }

    /// When the view changes by the passing of time alone.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let second = now + jiff::SignedDuration::from_secs(1);
        let ages = self.options.times == super::options::Times::Age && !self.book.is_empty();
        let rates = self.lanes().any(|lane| lane.ledger().rate(now) > 0.0);
        [self.book.next_due(now), (ages || rates).then_some(second)].into_iter().flatten().min()
    }

    pub fn has_work(&self) -> bool {
        self.is_answering()
            || self.export.is_some()
            || !self.to_count.is_empty()
            || (self.detail.wants_patterns() && !self.to_learn.is_empty())
    }

    /// A filter or a search is on its way through the lines.
    pub fn is_answering(&self) -> bool {
        self.book.scanning().is_some() || self.book.searching().is_some()
    }
}
