//! The fleet: every server with how it fares, the worst one first, and the one under the cursor beside it.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::command::{Facts, PaneId, PaneIntent};
use crate::domain::fault::Fault;
use crate::domain::filter::{Filter, FilterError, Value, find_field, natural_order};
use crate::domain::ids::{ContainerKey, TargetId, TargetKind};
use crate::domain::quantity;
use crate::domain::query::{Answer, Query};
use crate::domain::remote::{Link, Remote};
use crate::domain::server::{Pace, Server};
use crate::domain::server_fields::{FIELDS, ServerRow, specs};
use crate::domain::world::{TargetInfo, World};
use crate::panes::place::place;
use crate::panes::split::{self, Parts, Shape};
use crate::panes::{
    Choice, Chooser, Context, Edit, Pane, PaneState, Place, Pointer, Request, Scene, Wants, Yank,
};
use crate::widgets::list::ListState;
use crate::widgets::paint;

use super::charts::Past;
use super::columns::{self, COLUMNS};
use super::{detail, view};

/// A figure that has moved less than this is where it was, per cent.
const TREMBLES: f64 = 8.0;
/// Figures that are this near are as bad as each other, per cent.
const STEP: f64 = 10.0;

/// Cells left of the first column.
pub(super) const MARGIN: u16 = 3;

/// The list of servers.
pub struct Fleet {
    pub(super) filter: Filter,
    pub(super) filter_text: String,
    /// Index into [`FIELDS`].
    pub(super) sort: usize,
    pub(super) descending: bool,
    /// The figures by which the worst was found last: one that trembles moves no row.
    worst: HashMap<TargetId, f64>,
    /// The servers that match, in order.
    pub(super) rows: Vec<TargetId>,
    pub(super) total: usize,
    pub(super) longest_name: u16,
    pub(super) list: ListState,
    /// Those that a command is to run on.
    pub(super) marks: BTreeSet<TargetId>,
    /// The server under the cursor, once somebody has put it there: it stays there when rows move.
    pub(super) at: Option<TargetId>,
    pub(super) columns: Vec<usize>,
    pub(super) columns_chosen: bool,
    pub(super) detail_open: bool,
    pub(super) zoomed: bool,
    pub(super) split_percent: u16,
}

impl Default for Fleet {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            filter_text: String::new(),
            sort: find_field(specs(), "worst").unwrap_or_default(),
            descending: true,
            worst: HashMap::new(),
            rows: Vec::new(),
            total: 0,
            longest_name: 0,
            list: ListState::default(),
            marks: BTreeSet::new(),
            at: None,
            columns: columns::defaults(),
            columns_chosen: false,
            detail_open: true,
            zoomed: false,
            split_percent: 66,
        }
    }
}

/// The row of a target, if it is a server; one that was not heard of yet is connecting.
fn row<'a>(world: &'a World, target: &'a TargetInfo) -> Option<ServerRow<'a>> {
    static UNHEARD: Remote<Server> = Remote { value: None, at: None, link: Link::Connecting };
    (target.id.kind == TargetKind::Server)
        .then(|| ServerRow { target, remote: world.servers.get(&target.id).unwrap_or(&UNHEARD) })
}

pub(super) fn row_of<'a>(world: &'a World, id: &TargetId) -> Option<ServerRow<'a>> {
    row(world, world.target(id)?)
}

impl Fleet {
    fn parts(&self, area: Rect) -> Parts {
        let shape = Shape {
            detail_open: self.detail_open,
            zoomed: self.zoomed,
            detail_focused: false,
            stacked: Some(u16::try_from(self.total).unwrap_or(u16::MAX)),
            percent: self.split_percent,
        };
        split::compute(area, shape)
    }

    pub(super) fn shown_columns(&self, parts: &Parts) -> Vec<(usize, u16)> {
        columns::widths(&self.columns, parts.rows.width.saturating_sub(MARGIN + 1), self.longest_name)
    }

    fn settle(&mut self, cx: &Context) {
        let page = self.parts(cx.area).page();
        self.list.settle(self.rows.len(), page);
    }

    /// The server under the cursor.
    pub(super) fn current(&self) -> Option<&TargetId> {
        self.rows.get(self.list.cursor)
    }

    /// Puts the figure in place that each server was sorted by before, if it is not far from it.
    /// Those of one step stand by their names, and a server of which something has to be told stands above those of
    /// which nothing has.
    fn settle_worst(&mut self, rows: &mut [(Value, ServerRow)], world: &World) {
        let mut worst = HashMap::with_capacity(rows.len());
        for (key, row) in rows {
            let Value::Number(now) = key else { continue };
            let id = &row.target.id;
            let near = |before: &f64| (*now - before).abs() < TREMBLES;
            let settled = self.worst.get(id).copied().filter(near).unwrap_or(*now);
            let told = world.open(id).next().is_some() && row.remote.link.is_live();
            *key = Value::Number((settled / STEP).floor() + if told { 100.0 / STEP } else { 0.0 });
            worst.insert(id.clone(), settled);
        }
        self.worst = worst;
    }

    /// Somebody has moved the cursor: from now on it stays with its server.
    fn moved(&mut self, cx: &Context) {
        self.settle(cx);
        self.at = self.current().cloned();
    }

    /// Filters and sorts; with `hold` the rows that are there keep their order and new ones come last.
    fn arrange(&mut self, cx: &Context, hold: bool) {
        let all: Vec<ServerRow> = cx.world.targets.iter().filter_map(|t| row(cx.world, t)).collect();
        self.total = all.len();
        self.longest_name = all.iter().map(|r| paint::width(&r.target.id.name)).max().unwrap_or(0);
        let get = FIELDS[self.sort].get;
        let mut rows: Vec<(Value, ServerRow)> = all
            .into_iter()
            .filter(|r| self.filter.matches(specs(), |i| (FIELDS[i].get)(r)))
            .map(|r| (get(&r), r))
            .collect();
        if specs()[self.sort].id == "worst" {
            self.settle_worst(&mut rows, cx.world);
        }
        rows.sort_by(|(x, a), (y, b)| {
            let known = *x != Value::Absent && *y != Value::Absent;
            let order = x.order(y);
            let order = if self.descending && known { order.reverse() } else { order };
            order.then_with(|| natural_order(&a.target.id.name, &b.target.id.name))
        });
        if hold {
            let before = self.rows.iter().enumerate();
            let place: HashMap<&TargetId, usize> = before.map(|(i, id)| (id, i)).collect();
            rows.sort_by_key(|(_, r)| place.get(&r.target.id).copied().unwrap_or(usize::MAX));
        }
        self.rows = rows.into_iter().map(|(_, r)| r.target.id.clone()).collect();
        if let Some(place) = self.at.as_ref().and_then(|at| self.rows.iter().position(|id| id == at)) {
            self.list.cursor = place;
        }
        self.settle(cx);
    }

    /// Those to compare: the marked ones, else all that are connected and match the filter.
    pub(super) fn compare(&self, world: &World) -> Vec<Request> {
        let live = |id: &&TargetId| row_of(world, id).is_some_and(|row| row.remote.link == Link::Live);
        let servers: Vec<String> = match self.marks.len() {
            0 => self.rows.iter().filter(live).map(ToString::to_string).collect(),
            _ => self.marks.iter().map(ToString::to_string).collect(),
        };
        if servers.len() < 2 {
            return vec![Request::Notice("it takes two servers: v marks them, C connects".to_owned())];
        }
        vec![Request::GoTo(PaneId::Compare, Place(servers.join(" ")))]
    }

    fn sort_by(&mut self, step: isize, cx: &Context) {
        let mut shown: Vec<usize> = self.columns.iter().map(|c| columns::field(*c)).collect();
        shown.extend(find_field(specs(), "worst"));
        let at = shown.iter().position(|f| *f == self.sort).unwrap_or(0) as isize;
        self.sort = shown[(at + step).rem_euclid(shown.len() as isize) as usize];
        self.descending = FIELDS[self.sort].spec.kind.is_number();
        self.arrange(cx, false);
    }
}

impl Pane for Fleet {
    fn id(&self) -> PaneId {
        PaneId::Servers
    }

    fn facts(&self, world: &World, facts: &mut Facts) {
        facts.rows = self.rows.len();
        facts.total = self.total;
        facts.filtered = !self.filter_text.is_empty();
        facts.place = self.current().map(|id| place(world, id));
        let marked = world.targets.iter().filter(|t| self.marks.contains(&t.id));
        facts.marked_places = marked.map(|t| place(world, &t.id)).collect();
    }

    fn sync(&mut self, cx: &Context) {
        self.arrange(cx, cx.hold);
    }

    fn act(&mut self, intent: PaneIntent, cx: &Context) -> Vec<Request> {
        let len = self.rows.len();
        match intent {
            PaneIntent::Move(motion) => {
                self.list.step(motion.rows(len, self.parts(cx.area).page()), len);
                self.moved(cx);
            }
            PaneIntent::Mark => {
                if let Some(id) = self.current().cloned()
                    && !self.marks.remove(&id)
                {
                    self.marks.insert(id);
                }
                self.list.step(1, len);
                self.moved(cx);
            }
            PaneIntent::MarkAll => self.marks.extend(self.rows.iter().cloned()),
            PaneIntent::MarkInvert => {
                for id in &self.rows {
                    if !self.marks.remove(id) {
                        self.marks.insert(id.clone());
                    }
                }
            }
            PaneIntent::Unmark => self.marks.clear(),
            PaneIntent::ToggleDetail => self.detail_open = !self.detail_open,
            PaneIntent::Zoom => self.zoomed = !self.zoomed,
            PaneIntent::Widen => self.split_percent = (self.split_percent + 4).min(80),
            PaneIntent::Narrow => self.split_percent = self.split_percent.saturating_sub(4).max(25),
            PaneIntent::SortNext => self.sort_by(1, cx),
            PaneIntent::SortPrevious => self.sort_by(-1, cx),
            PaneIntent::SortReverse => {
                self.descending = !self.descending;
                self.arrange(cx, false);
            }
            PaneIntent::Refresh => self.arrange(cx, false),
            PaneIntent::ColumnChooser => {
                let item = |c: usize| (COLUMNS[c].id, columns::title(c).0, self.columns.contains(&c));
                return vec![Request::Choose(Choice::columns((0..COLUMNS.len()).map(item)))];
            }
            PaneIntent::ClearFilter if self.filter_text.is_empty() => self.marks.clear(),
            PaneIntent::ClearFilter => {
                let _always_fits = self.set_filter("", cx);
            }
            _ => {}
        }
        self.settle(cx);
        Vec::new()
    }

    fn pointer(&mut self, event: Pointer, cx: &Context) -> Vec<Request> {
        let parts = self.parts(cx.area);
        match event {
            Pointer::Wheel { delta, .. } => {
                self.list.scroll(isize::from(delta) * 3, self.rows.len(), parts.page());
                self.moved(cx);
            }
            Pointer::Click { column, row, .. } if parts.headings.contains(Position::new(column, row)) => {
                let mut x = parts.headings.x + MARGIN;
                for (shown, width) in self.shown_columns(&parts) {
                    if (x..x + width).contains(&column) {
                        let field = columns::field(shown);
                        let again = field == self.sort;
                        self.descending =
                            if again { !self.descending } else { FIELDS[field].spec.kind.is_number() };
                        self.sort = field;
                        self.arrange(cx, false);
                    }
                    x += width + 2;
                }
            }
            Pointer::Click { column, row, .. } if parts.rows.contains(Position::new(column, row)) => {
                let index = self.list.top + usize::from(row - parts.rows.y);
                self.list.cursor = index.min(self.rows.len().saturating_sub(1));
                self.moved(cx);
            }
            Pointer::Click { .. } => {}
        }
        self.settle(cx);
        Vec::new()
    }

    fn wants(&self, cx: &Context) -> Wants {
        let mut wants = Wants::default();
        let visible = self.list.visible(self.rows.len(), self.parts(cx.area).page());
        for (i, id) in self.rows.iter().enumerate() {
            let pace = if visible.contains(&i) { Pace::Shown } else { Pace::Listed };
            wants.servers.insert(id.clone(), pace);
        }
        wants
    }

    fn answer(&mut self, _query: &Query, _result: Result<Answer, Fault>, _cx: &Context) {}

    fn filter(&self) -> &str {
        &self.filter_text
    }

    fn set_filter(&mut self, text: &str, cx: &Context) -> Result<(), FilterError> {
        self.filter = Filter::parse(text, specs())?;
        self.filter_text = text.trim().to_owned();
        self.arrange(cx, false);
        Ok(())
    }

    fn chosen(&mut self, _what: Chooser, ids: &[String], _cx: &Context) -> Vec<Request> {
        let chosen: Vec<usize> =
            (0..COLUMNS.len()).filter(|c| ids.iter().any(|id| id == COLUMNS[*c].id)).collect();
        if !chosen.is_empty() {
            self.columns = chosen;
            self.columns_chosen = true;
        }
        Vec::new()
    }

    fn search(&mut self, _text: &str, _cx: &Context) {}

    fn can_search(&self) -> bool {
        false
    }

    fn reveal(&mut self, _key: &ContainerKey) {}

    fn yank(&self, what: Yank, world: &World) -> Option<String> {
        let row = row_of(world, self.current()?)?;
        Some(match what {
            Yank::Name | Yank::Line | Yank::Field => row.target.id.name.to_string(),
            Yank::Id => row.target.address.clone(),
            Yank::Command if row.target.client.is_empty() => return None,
            Yank::Command => row.target.client.clone(),
        })
    }

    fn place(&self) -> Option<Place> {
        self.current().map(|id| Place(id.to_string()))
    }

    fn go_to(&mut self, place: &Place, cx: &Context) -> bool {
        let found = self.rows.iter().position(|id| id.to_string() == place.0);
        if let Some(index) = found {
            self.list.cursor = index;
            self.moved(cx);
        }
        found.is_some()
    }

    fn next_change(&self, cx: &Context) -> Option<Timestamp> {
        let parts = self.parts(cx.area);
        let visible = self.list.visible(self.rows.len(), parts.page());
        let shown = self.rows[visible].iter().filter_map(|id| row_of(cx.world, id));
        let now = cx.now.as_second();
        // What is live is read again before its age shows; the age of what is lost grows.
        let ages = shown.filter(|r| r.remote.link.fault().is_some()).map(|r| {
            let at = r.vitals().map_or(now, |v| v.at.as_second());
            quantity::age_coarse_step(now - at).max(1)
        });
        ages.min().and_then(|step| Timestamp::from_second(now + step).ok())
    }

    fn save(&self) -> PaneState {
        let columns = if self.columns_chosen { self.columns.as_slice() } else { &[] };
        PaneState {
            sort: Some(FIELDS[self.sort].spec.id.to_owned()),
            sort_descending: self.descending,
            columns: columns.iter().map(|c| COLUMNS[*c].id.to_owned()).collect(),
            split_percent: Some(self.split_percent),
            detail_open: Some(self.detail_open),
            ..PaneState::default()
        }
    }

    fn restore(&mut self, state: &PaneState) {
        if let Some(sort) = state.sort.as_deref().and_then(|s| find_field(specs(), s)) {
            self.sort = sort;
            self.descending = state.sort_descending;
        }
        let chosen: Vec<usize> = state.columns.iter().filter_map(|id| columns::by_id(id)).collect();
        if !chosen.is_empty() {
            self.columns = chosen;
            self.columns_chosen = true;
        }
        self.split_percent = state.split_percent.unwrap_or(self.split_percent).clamp(25, 80);
        self.detail_open = state.detail_open.unwrap_or(self.detail_open);
    }

    fn view(&self, scene: &Scene, edit: Option<&Edit>, area: Rect, buf: &mut Buffer) {
        let parts = self.parts(area);
        view::list(self, scene, edit, &parts, buf);
        parts.draw_rule(scene.theme, buf);
        if let Some(row) = self.current().and_then(|id| row_of(scene.world, id)) {
            detail::view(&row, &Past::default(), scene, parts.detail, buf);
        }
    }
}
