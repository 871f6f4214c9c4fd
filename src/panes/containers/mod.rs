//! Containers of all engines in one list, with the detail of the one under the cursor.

mod act;
mod columns;
pub mod commands;
mod cursor;
mod detail;
mod kept;
mod marks;
mod order;
mod page;
mod pointer;
mod rows;
mod view;
mod wants;

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::{Facts, PaneId, PaneIntent};
use crate::domain::container_fields::specs;
use crate::domain::fault::Fault;
use crate::domain::filter::{Filter, FilterError};
use crate::domain::ids::ContainerKey;
use crate::domain::log::{LogEvent, LogSourceId};
use crate::domain::query::{Answer, Query};
use crate::domain::world::World;
use crate::panes::{
    Chooser, Context, Edit, LogKey, Pane, PaneState, Place, Pointer, Request, Scene, Wants, Yank,
};
use crate::theme::Role;
use crate::widgets::list::ListState;
use crate::widgets::paint::Line;

use columns::{COLUMNS, Content};
use detail::Detail;
use rows::{Arrangement, Arrivals, Row, RowId, Rows};

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

impl Pane for ContainersPane {
    fn id(&self) -> PaneId {
        PaneId::Containers
    }

    fn facts(&self, world: &World, facts: &mut Facts) {
        self.collect_facts(world, facts);
    }

    fn sync(&mut self, cx: &Context) {
        let changed = self.arrivals.observe(cx.world, cx.now);
        if !self.columns_chosen {
            self.columns = columns::defaults(cx.world.has_several_engines());
        }
        if changed {
            self.measure(cx.world);
            let present: HashSet<ContainerKey> = cx.world.containers().map(|c| c.key()).collect();
            self.marks.retain(|key| present.contains(key));
        }
        self.rearrange(cx, cx.hold);
    }

    fn act(&mut self, intent: PaneIntent, cx: &Context) -> Vec<Request> {
        self.carry_out(intent, cx)
    }

    fn pointer(&mut self, event: Pointer, cx: &Context) -> Vec<Request> {
        self.point(event, cx)
    }

    fn wants(&self, cx: &Context) -> Wants {
        self.collect_wants(cx)
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
        self.yanked(what, world)
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
        self.next_change_at(cx)
    }

    fn save(&self) -> PaneState {
        self.state()
    }

    fn restore(&mut self, state: &PaneState) {
        self.take_state(state);
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
