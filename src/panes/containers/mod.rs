//! Containers of all engines in one list, with the detail of the one under the cursor.

mod columns;
pub mod commands;
mod detail;
mod rows;
mod view;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::command::{Facts, Motion, PaneId, PaneIntent, Subject};
use crate::domain::container::Container;
use crate::domain::container_fields::{FIELDS, specs};
use crate::domain::fault::Fault;
use crate::domain::filter::{Filter, FilterError, find_field, natural_order};
use crate::domain::ids::ContainerKey;
use crate::domain::log::{LogEvent, LogSourceId};
use crate::domain::log_selection::LogSelection;
use crate::domain::quantity;
use crate::domain::query::{Answer, Query};
use crate::domain::shell_word::sh_quote;
use crate::domain::world::World;
use crate::panes::split::{self, Parts, Shape};
use crate::panes::{
    Choice, ChoiceItem, Chooser, Context, Edit, LogKey, Pane, PaneState, Place, Pointer, Request, Scene,
    Wants, Yank,
};
use crate::theme::Role;
use crate::widgets::list::ListState;
use crate::widgets::paint::{self, Line};

use columns::{COLUMNS, Content};
use detail::Detail;
use rows::{Arrangement, Arrivals, Row, RowAge, RowId, Rows, arrange};

/// Most containers whose usage is wanted because they are on screen, folded groups included.
const MOST_VISIBLE: usize = 128;

/// The pane.
pub struct ContainersPane {
    how: Arrangement,
    filter_text: String,
    arrivals: Arrivals,
    rows: Rows,
    list: ListState,
    /// Where the cursor is, by identity.
    at: Option<RowId>,
    /// The row that the cursor was on before a filter hid it: it comes back with it, unless somebody moves away.
    home: Option<RowId>,
    marks: BTreeSet<ContainerKey>,
    columns: Vec<usize>,
    columns_chosen: bool,
    /// Lengths of texts in growing columns. They only grow: a column never shrinks while one looks.
    content: HashMap<&'static str, Content>,
    detail: Detail,
    detail_open: bool,
    detail_focused: bool,
    zoomed: bool,
    split_percent: u16,
}

impl Default for ContainersPane {
    fn default() -> Self {
        Self {
            how: Arrangement {
                sort: 0,
                descending: false,
                grouped: true,
                filter: Filter::default(),
                folded: HashSet::new(),
            },
            filter_text: String::new(),
            arrivals: Arrivals::default(),
            rows: Rows::default(),
            list: ListState::default(),
            at: None,
            home: None,
            marks: BTreeSet::new(),
            columns: columns::defaults(false),
            columns_chosen: false,
            content: HashMap::new(),
            detail: Detail::default(),
            detail_open: true,
            detail_focused: false,
            zoomed: false,
            split_percent: 64,
        }
    }
}

impl ContainersPane {
    fn parts(&self, area: Rect) -> Parts {
        let shape = Shape {
            detail_open: self.detail_open,
            zoomed: self.zoomed,
            detail_focused: self.detail_focused,
            percent: self.split_percent,
        };
        split::compute(area, shape)
    }

    fn column_widths(&self, room: u16) -> Vec<(usize, u16)> {
        columns::widths(&self.columns, room, &|id| match id {
            "mem" => columns::MEMORY_CONTENT,
            id => self.content.get(id).copied().unwrap_or_default(),
        })
    }

    fn current(&self) -> Option<&Row> {
        self.rows.rows.get(self.list.cursor)
    }

    fn current_container(&self) -> Option<&Arc<Container>> {
        self.current()?.container()
    }

    /// Arranges the rows again and puts the cursor back on its row.
    fn rearrange(&mut self, cx: &Context, hold: bool) {
        let old = std::mem::take(&mut self.rows);
        let hold = hold && !old.rows.is_empty();
        self.rows = arrange(cx.world, &self.how, &self.arrivals, cx.now, hold.then_some(old.rows.as_slice()));
        if let Some(at) = &self.at
            && let Some(index) = self.rows.rows.iter().position(|r| r.id() == *at)
        {
            self.list.cursor = index;
        }
        self.settle(cx);
    }

    /// After the cursor or the rows moved.
    fn settle(&mut self, cx: &Context) {
        let page = self.parts(cx.area).page();
        self.list.settle(self.rows.rows.len(), page);
        self.at = self.current().map(Row::id);
        let subject = self.current_container().map(|c| c.key());
        self.detail.show(subject, cx.now);
    }

    /// Learns how long texts are. What was once known only grows.
    fn measure(&mut self, world: &World) {
        let several = world.targets.len() > 1;
        for (id, read) in columns::TEXTS {
            let length = |c: &Arc<Container>| match id {
                // The name column holds the names of groups, too.
                "name" if self.how.grouped => 2 + paint::width(&read(c)).max(view::group_width(c, several)),
                _ => paint::width(&read(c)),
            };
            let mut lengths: Vec<u16> = world.containers().map(length).collect();
            lengths.sort_unstable();
            let longest = lengths.last().copied().unwrap_or(0);
            let most = lengths.get(lengths.len() * 9 / 10).copied().unwrap_or(longest);
            let known = self.content.entry(id).or_default();
            *known = Content { most: known.most.max(most), longest: known.longest.max(longest) };
        }
    }

    fn move_cursor(&mut self, motion: Motion, cx: &Context) {
        self.home = None;
        let page = self.parts(cx.area).page();
        let len = self.rows.rows.len();
        self.list.step(motion.rows(len, page), len);
        self.settle(cx);
    }

    /// Containers of the row that are there: itself, or a group's members that match the filter. What a filter
    /// hides is never marked or acted on.
    fn of_row(row: &Row) -> &[Arc<Container>] {
        match row {
            Row::Container { age: RowAge::Gone, .. } => &[],
            Row::Container { container, .. } => std::slice::from_ref(container),
            Row::Group { members, .. } => members,
        }
    }

    fn mark(&mut self, cx: &Context) {
        let Some(row) = self.current() else { return };
        let keys: Vec<ContainerKey> = Self::of_row(row).iter().map(|c| c.key()).collect();
        if keys.iter().all(|k| self.marks.contains(k)) {
            self.marks.retain(|k| !keys.contains(k));
        } else {
            self.marks.extend(keys);
        }
        self.move_cursor(Motion::Down, cx);
    }

    /// The logs of what is marked, of the project or of the container under the cursor.
    fn logs_wanted(&self) -> Vec<Request> {
        let selection = match self.current() {
            _ if !self.marks.is_empty() => {
                LogSelection::Sources(self.marks.iter().cloned().map(LogSourceId::Container).collect())
            }
            Some(Row::Group { key: rows::GroupKey { project: Some(project), .. }, .. }) => {
                LogSelection::Project(project.to_string())
            }
            Some(Row::Group { members, .. }) => {
                LogSelection::Sources(members.iter().map(|c| LogSourceId::Container(c.key())).collect())
            }
            Some(Row::Container { container, .. }) => {
                LogSelection::Sources(vec![LogSourceId::Container(container.key())])
            }
            None => return Vec::new(),
        };
        vec![Request::Visited, Request::OpenLogs(selection)]
    }

    fn fold_current(&mut self, open: Option<bool>, cx: &Context) {
        let key = match self.current() {
            Some(Row::Group { key, .. }) => key.clone(),
            Some(Row::Container { container, indent: true, .. }) if open == Some(false) => {
                let project = container.project.as_deref().map(Into::into);
                let key = rows::GroupKey { target: container.target.clone(), project };
                self.at = Some(RowId::Group(key.clone()));
                key
            }
            _ => return,
        };
        let open = open.unwrap_or_else(|| self.how.folded.contains(&key));
        if open {
            self.how.folded.remove(&key)
        } else {
            self.how.folded.insert(key)
        };
        self.rearrange(cx, true);
    }

    fn fold_all(&mut self, cx: &Context) {
        if self.how.folded.is_empty() {
            let groups = self
                .rows
                .rows
                .iter()
                .filter_map(|r| if let Row::Group { key, .. } = r { Some(key.clone()) } else { None });
            self.how.folded = groups.collect();
        } else {
            self.how.folded.clear();
        }
        self.rearrange(cx, true);
    }

    fn sort_by(&mut self, step: isize, cx: &Context) {
        let shown: Vec<usize> =
            self.columns.iter().filter_map(|c| find_field(specs(), COLUMNS[*c].id)).collect();
        if shown.is_empty() {
            return;
        }
        let at = shown.iter().position(|f| *f == self.how.sort).unwrap_or(0) as isize;
        self.how.sort = shown[(at + step).rem_euclid(shown.len() as isize) as usize];
        // Numbers are looked at from the largest.
        self.how.descending = FIELDS[self.how.sort].spec.kind.is_number();
        self.rearrange(cx, false);
    }

    /// True when the order or the filter depends on figures of rows that are not on screen.
    fn needs_all_usage(&self) -> bool {
        let measured = ["cpu", "mem", "mempct", "net", "block", "pids"];
        let id = FIELDS[self.how.sort].spec.id;
        measured.contains(&id) || measured.iter().any(|m| self.filter_text.contains(m))
    }

    fn in_detail(&self, parts: &Parts) -> bool {
        self.detail_focused && !parts.detail.is_empty()
    }

    fn detail_page(parts: &Parts) -> usize {
        usize::from(parts.detail.height.saturating_sub(3))
    }
}

impl Pane for ContainersPane {
    fn id(&self) -> PaneId {
        PaneId::Containers
    }

    fn facts(&self, world: &World, facts: &mut Facts) {
        let chosen: Vec<&Arc<Container>> = if self.marks.is_empty() {
            self.current().map(Self::of_row).unwrap_or_default().iter().collect()
        } else {
            let mut marked: Vec<_> = world.containers().filter(|c| self.marks.contains(&c.key())).collect();
            marked.sort_by(|a, b| natural_order(&a.name, &b.name));
            marked
        };
        facts.marked = !self.marks.is_empty();
        facts.on_group = matches!(self.current(), Some(Row::Group { .. }));
        facts.subjects = chosen
            .into_iter()
            .map(|c| {
                let link = world.docker.get(&c.target).map(|r| &r.link);
                let blocked = link
                    .and_then(|l| l.fault())
                    .map(|f| format!("{} is {}: {}", c.target, f.kind.word(), f.message));
                let lacks = world.docker.get(&c.target).and_then(|r| r.value.as_deref());
                let lacks = lacks
                    .and_then(|h| h.engine.lacks(crate::domain::docker::Feature::Mutations))
                    .map(str::to_owned);
                Subject {
                    key: c.key(),
                    name: c.name.clone(),
                    state: c.state,
                    guard: world.guard(&c.target),
                    client: world.client(&c.target),
                    blocked: blocked.or(lacks),
                }
            })
            .collect();
        facts.rows = self.rows.matching;
        facts.total = self.rows.total;
        facts.filtered = !self.filter_text.is_empty();
        facts.has_secrets = self.detail.hides_secrets();
    }

    fn sync(&mut self, cx: &Context) {
        let changed = self.arrivals.observe(cx.world, cx.now);
        if !self.columns_chosen {
            self.columns = columns::defaults(cx.world.targets.len() > 1);
        }
        if changed {
            self.measure(cx.world);
            let present: HashSet<ContainerKey> = cx.world.containers().map(|c| c.key()).collect();
            self.marks.retain(|key| present.contains(key));
        }
        self.rearrange(cx, cx.hold);
    }

    fn act(&mut self, intent: PaneIntent, cx: &Context) -> Vec<Request> {
        let parts = self.parts(cx.area);
        if self.in_detail(&parts)
            && let Some(container) = self.current_container().cloned()
        {
            let page = Self::detail_page(&parts);
            match intent {
                PaneIntent::Move(motion) => {
                    self.detail.go(motion, &container, page);
                    return Vec::new();
                }
                PaneIntent::Open => {
                    self.detail.fold(&container, None);
                    return Vec::new();
                }
                PaneIntent::Fold => {
                    self.detail.fold(&container, Some(false));
                    return Vec::new();
                }
                PaneIntent::Unfold => {
                    self.detail.fold(&container, Some(true));
                    return Vec::new();
                }
                PaneIntent::FoldAll => {
                    self.detail.fold_all(&container);
                    return Vec::new();
                }
                _ => {}
            }
        }
        match intent {
            PaneIntent::Move(motion) => {
                let before = self.at.clone();
                self.move_cursor(motion, cx);
                let far = matches!(motion, Motion::First | Motion::Last);
                if far && before != self.at {
                    return vec![Request::Visited];
                }
            }
            PaneIntent::OpenLogs => return self.logs_wanted(),
            // Once more on the log that is open beside the list.
            PaneIntent::Open if self.detail_focused && self.detail.tab == detail::Tab::Log => {
                return self.logs_wanted();
            }
            PaneIntent::Open => match self.current() {
                Some(Row::Group { .. }) => self.fold_current(None, cx),
                Some(Row::Container { .. }) => {
                    self.detail_open = true;
                    self.detail_focused = true;
                    self.detail.tab = detail::Tab::Log;
                    return vec![Request::Visited];
                }
                None => {}
            },
            PaneIntent::Fold => self.fold_current(Some(false), cx),
            PaneIntent::Unfold => self.fold_current(Some(true), cx),
            PaneIntent::FoldAll => self.fold_all(cx),
            PaneIntent::Mark => self.mark(cx),
            PaneIntent::MarkAll => {
                let keys = self.rows.rows.iter().flat_map(Self::of_row).map(|c| c.key());
                let matching: BTreeSet<ContainerKey> = keys.collect();
                self.marks.extend(matching);
            }
            PaneIntent::MarkInvert => {
                let all: BTreeSet<ContainerKey> =
                    self.rows.rows.iter().flat_map(Self::of_row).map(|c| c.key()).collect();
                self.marks = all.difference(&self.marks).cloned().collect();
            }
            PaneIntent::Unmark => self.marks.clear(),
            PaneIntent::SortNext => self.sort_by(1, cx),
            PaneIntent::SortPrevious => self.sort_by(-1, cx),
            PaneIntent::SortReverse => {
                self.how.descending = !self.how.descending;
                self.rearrange(cx, false);
            }
            PaneIntent::ColumnChooser => {
                let item = |c: usize| ChoiceItem {
                    id: COLUMNS[c].id.to_owned(),
                    title: columns::title(c).0.to_owned(),
                    note: COLUMNS[c].id.to_owned(),
                    on: self.columns.contains(&c),
                };
                return vec![Request::Choose(Choice {
                    what: Chooser::Columns,
                    title: "Columns",
                    items: (0..COLUMNS.len()).map(item).collect(),
                    many: true,
                    keep_one: true,
                })];
            }
            PaneIntent::ToggleGrouping => {
                self.how.grouped = !self.how.grouped;
                self.measure(cx.world);
                self.rearrange(cx, false);
            }
            PaneIntent::ToggleDetail => {
                // In a narrow terminal an open detail may have no room; then the key means "show me".
                if self.detail_open && parts.detail.is_empty() {
                    self.detail_focused = true;
                } else {
                    self.detail_open = !self.detail_open;
                    self.detail_focused = false;
                    self.zoomed = false;
                }
                self.settle(cx);
            }
            PaneIntent::Zoom => {
                self.zoomed = !self.zoomed;
                self.settle(cx);
            }
            PaneIntent::Widen => {
                self.split_percent = (self.split_percent + 4).min(80);
                self.settle(cx);
            }
            PaneIntent::Narrow => {
                self.split_percent = self.split_percent.saturating_sub(4).max(25);
                self.settle(cx);
            }
            PaneIntent::SwitchFocus => {
                self.detail_focused = !self.detail_focused;
                self.detail_open |= self.detail_focused;
                self.settle(cx);
            }
            PaneIntent::NextTab => self.detail.turn(1),
            PaneIntent::PreviousTab => self.detail.turn(-1),
            PaneIntent::ClearFilter => {
                if self.filter_text.is_empty() && self.in_detail(&parts) {
                    self.detail_focused = false;
                    self.zoomed = false;
                    self.settle(cx);
                } else if self.filter_text.is_empty() {
                    self.marks.clear();
                } else {
                    let _always_fits = self.set_filter("", cx);
                }
            }
            PaneIntent::RevealSecrets => return vec![Request::Run("container.reveal")],
            PaneIntent::Refresh => self.rearrange(cx, false),
            PaneIntent::NextMatch | PaneIntent::PreviousMatch => {
                if let Some(container) = self.current_container().cloned() {
                    let step = if intent == PaneIntent::NextMatch { 1 } else { -1 };
                    self.detail.next_match(&container, Self::detail_page(&parts), step);
                }
            }
            PaneIntent::ToggleFollow => self.detail.toggle_follow(Self::detail_page(&self.parts(cx.area))),
            // The log pane's own.
            PaneIntent::Logs(_) => {}
        }
        Vec::new()
    }

    fn pointer(&mut self, event: Pointer, cx: &Context) -> Vec<Request> {
        self.home = None;
        let parts = self.parts(cx.area);
        let (column, row) = match event {
            Pointer::Click { column, row, .. } | Pointer::Wheel { column, row, .. } => (column, row),
        };
        let at = Position::new(column, row);
        let container = self.current_container().cloned();
        match event {
            Pointer::Wheel { delta, .. } if parts.detail.contains(at) => {
                if let Some(container) = &container {
                    self.detail.scroll_by(isize::from(delta) * 3, container, Self::detail_page(&parts));
                }
            }
            Pointer::Wheel { delta, .. } => {
                self.list.scroll(isize::from(delta) * 3, self.rows.rows.len(), parts.page());
                self.settle(cx);
            }
            Pointer::Click { .. } if parts.detail.contains(at) => {
                self.detail_focused = true;
                if row == parts.detail.y + 1
                    && let Some(tab) = self.detail.tab_at(column - parts.detail.x, parts.detail.width)
                {
                    self.detail.tab = tab;
                }
            }
            Pointer::Click { .. } if parts.headings.contains(at) => {
                let mut x = parts.headings.x + 3;
                for (shown, width) in self.column_widths(parts.rows.width.saturating_sub(4)) {
                    if (x..x + width).contains(&column)
                        && let Some(field) = find_field(specs(), COLUMNS[shown].id)
                    {
                        self.how.descending = if field == self.how.sort {
                            !self.how.descending
                        } else {
                            FIELDS[field].spec.kind.is_number()
                        };
                        self.how.sort = field;
                        self.rearrange(cx, false);
                        break;
                    }
                    x += width + 2;
                }
            }
            Pointer::Click { double, .. } if parts.rows.contains(at) => {
                self.detail_focused = false;
                let index = self.list.top + usize::from(row - parts.rows.y);
                if index < self.rows.rows.len() {
                    self.list.cursor = index;
                    self.settle(cx);
                    let on_sign =
                        matches!(self.current(), Some(Row::Group { .. })) && column <= parts.rows.x + 4;
                    if double || on_sign {
                        return self.act(PaneIntent::Open, cx);
                    }
                }
            }
            Pointer::Click { .. } => {}
        }
        Vec::new()
    }

    fn wants(&self, cx: &Context) -> Wants {
        let mut wants = Wants::default();
        let parts = self.parts(cx.area);
        let all = self.needs_all_usage();
        for target in cx.world.docker.keys() {
            wants.interest.entry(target.clone()).or_default().all = all;
        }
        let visible = self.list.visible(self.rows.rows.len(), parts.page());
        let mut seen = HashSet::new();
        for row in &self.rows.rows[visible] {
            let folded = matches!(row, Row::Group { folded: true, .. });
            if !folded && row.container().is_none() {
                continue;
            }
            for c in Self::of_row(row) {
                if c.state.has_processes() && seen.len() < MOST_VISIBLE && seen.insert(c.key()) {
                    wants.interest.entry(c.target.clone()).or_default().visible.push(c.id.clone());
                }
            }
        }
        if !parts.detail.is_empty()
            && let Some(container) = self.current_container()
        {
            self.detail.wants(container, cx.now, &mut wants);
        }
        wants
    }

    fn answer(&mut self, query: &Query, result: Result<Answer, Fault>, _cx: &Context) {
        self.detail.answer(query, result);
    }

    fn log(&mut self, key: &LogKey, event: Option<LogEvent>, _cx: &Context) -> Vec<Request> {
        match (&key.source, event) {
            (LogSourceId::Container(container), Some(event)) => self.detail.log(container, event),
            _ => self.detail.restart_log(),
        }
        Vec::new()
    }

    fn filter(&self) -> &str {
        &self.filter_text
    }

    fn set_filter(&mut self, text: &str, cx: &Context) -> Result<(), FilterError> {
        self.how.filter = Filter::parse(text, specs())?;
        self.filter_text = text.trim().to_owned();
        let home = self.home.take().or_else(|| self.at.clone());
        self.at.clone_from(&home);
        self.rearrange(cx, false);
        if self.at != home {
            self.home = home;
        }
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

    fn search(&mut self, text: &str, cx: &Context) {
        let page = Self::detail_page(&self.parts(cx.area));
        if let Some(container) = self.current_container().cloned() {
            self.detail.search(text, &container, page);
        }
    }

    fn can_search(&self) -> bool {
        self.detail_open && self.detail_focused
    }

    fn reveal(&mut self, key: &ContainerKey) {
        self.detail.reveal(key);
    }

    fn yank(&self, what: Yank, world: &World) -> Option<String> {
        let c = self.current_container()?;
        Some(match what {
            Yank::Name => c.name.clone(),
            Yank::Id => c.id.to_string(),
            Yank::Command => format!("{} inspect {}", world.client(&c.target), sh_quote(&c.name)),
            Yank::Line | Yank::Field => self.detail.line(c)?,
        })
    }

    fn place(&self) -> Option<Place> {
        let container = self.current_container()?;
        Some(Place(format!("{} {}", container.target, container.id)))
    }

    fn go_to(&mut self, place: &Place, cx: &Context) -> bool {
        let found = self
            .rows
            .rows
            .iter()
            .position(|r| r.container().is_some_and(|c| format!("{} {}", c.target, c.id) == place.0));
        if let Some(index) = found {
            self.list.cursor = index;
            self.settle(cx);
        }
        found.is_some()
    }

    fn next_change(&self, cx: &Context) -> Option<Timestamp> {
        let parts = self.parts(cx.area);
        let now = cx.now.as_second();
        let in_s = |s: i64| Timestamp::from_second(now + s.max(1)).ok();
        let visible = self.list.visible(self.rows.rows.len(), parts.page());
        // The next visible age to change its text.
        let ages = self.rows.rows[visible].iter().filter_map(Row::container).filter_map(|c| c.since());
        let ages = ages.map(|since| quantity::age_coarse_step(now - since.as_second())).min().and_then(in_s);
        // Charts move with the time only while there is something to move.
        let measured = self.current_container().is_some_and(|c| cx.world.usage.contains_key(&c.key()));
        let charts =
            (!parts.detail.is_empty() && self.detail.shows_seconds() && measured).then(|| in_s(5)).flatten();
        let retry = cx
            .world
            .docker
            .values()
            .any(|r| !r.link.is_live() && self.rows.total == 0)
            .then(|| in_s(1))
            .flatten();
        let settles = self.detail.settles_at().filter(|at| *at > cx.now && !parts.detail.is_empty());
        [ages, charts, retry, settles, self.arrivals.next_change()].into_iter().flatten().min()
    }

    fn save(&self) -> PaneState {
        PaneState {
            sort: Some(FIELDS[self.how.sort].spec.id.to_owned()),
            sort_descending: self.how.descending,
            columns: if self.columns_chosen {
                self.columns.iter().map(|c| COLUMNS[*c].id.to_owned()).collect()
            } else {
                Vec::new()
            },
            split_percent: Some(self.split_percent),
            grouped: Some(self.how.grouped),
            detail_open: Some(self.detail_open),
            logs: None,
        }
    }

    fn restore(&mut self, state: &PaneState) {
        if let Some(sort) = state.sort.as_deref().and_then(|s| find_field(specs(), s)) {
            self.how.sort = sort;
            self.how.descending = state.sort_descending;
        }
        let chosen: Vec<usize> = state.columns.iter().filter_map(|id| columns::by_id(id)).collect();
        if !chosen.is_empty() {
            self.columns = chosen;
            self.columns_chosen = true;
        }
        self.split_percent = state.split_percent.unwrap_or(self.split_percent).clamp(25, 80);
        self.how.grouped = state.grouped.unwrap_or(self.how.grouped);
        self.detail_open = state.detail_open.unwrap_or(self.detail_open);
    }

    fn view(&self, scene: &Scene, edit: Option<&Edit>, area: Rect, buf: &mut Buffer) {
        let parts = self.parts(area);
        let in_detail = self.in_detail(&parts);
        if !parts.rows.is_empty() {
            view::list(self, scene, edit, !in_detail, &parts, buf);
        }
        parts.draw_rule(scene.theme, buf);
        if parts.detail.is_empty() {
            return;
        }
        match self.current() {
            Some(Row::Container { container, .. }) => {
                self.detail.view(container, scene, in_detail, parts.detail, buf)
            }
            Some(Row::Group { key, totals, .. }) => {
                let mut line = Line::new(buf, parts.detail, parts.detail.y, scene.theme.glyphs.ellipsis);
                line.put(
                    key.project.as_deref().unwrap_or(view::NO_PROJECT),
                    scene.theme.style(Role::Heading),
                );
                let text = format!("{} of {} running on {}", totals.running, totals.total, key.target.name);
                let mut line = Line::new(buf, parts.detail, parts.detail.y + 1, scene.theme.glyphs.ellipsis);
                line.put(&text, scene.theme.style(Role::Muted));
            }
            None => {}
        }
    }
}
