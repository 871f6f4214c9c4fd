//! What was done with pult and how it ended, and what happened to servers meanwhile: the audit and the events as
//! one list, newest first, with the whole record beside it.

pub mod commands;
mod entry;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::{Facts, PaneId, PaneIntent};
use crate::domain::fault::Fault;
use crate::domain::filter::{FieldKind, FieldSpec, Filter, FilterError};
use crate::domain::ids::ContainerKey;
use crate::domain::quantity;
use crate::domain::query::{Answer, Query};
use crate::domain::world::World;
use crate::panes::split::{self, Parts, Shape};
use crate::panes::{Context, Edit, EditKind, Pane, PaneState, Place, Pointer, Request, Scene, Wants, Yank};
use crate::theme::Role;
use crate::widgets::list::ListState;
use crate::widgets::paint::{Line, tint, wrap};

use entry::Entry;

const fn text(id: &'static str, title: &'static str) -> FieldSpec {
    FieldSpec { id, title, aliases: &[], kind: FieldKind::Text, searched: true }
}

/// Columns for the filter.
const FIELDS: [FieldSpec; 7] = [
    text("action", "ACTION"),
    text("outcome", "OUTCOME"),
    text("target", "TARGET"),
    text("user", "USER"),
    text("command", "COMMAND"),
    text("detail", "DETAIL"),
    FieldSpec { id: "age", title: "AGE", aliases: &[], kind: FieldKind::Seconds, searched: false },
];

/// The pane.
pub struct ActivityPane {
    filter: Filter,
    filter_text: String,
    entries: Vec<Entry>,
    total: usize,
    list: ListState,
    at: Option<String>,
    detail_open: bool,
    zoomed: bool,
    split_percent: u16,
    newest: Option<String>,
}

impl Default for ActivityPane {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            filter_text: String::new(),
            entries: Vec::new(),
            total: 0,
            list: ListState::default(),
            at: None,
            detail_open: true,
            zoomed: false,
            split_percent: 60,
            newest: None,
        }
    }
}

impl ActivityPane {
    fn parts(&self, area: Rect) -> Parts {
        let shape = Shape {
            detail_open: self.detail_open,
            zoomed: self.zoomed,
            detail_focused: false,
            stacked: None,
            percent: self.split_percent,
        };
        split::compute(area, shape)
    }

    fn settle(&mut self, cx: &Context) {
        let page = self.parts(cx.area).page();
        self.list.settle(self.entries.len(), page);
        self.at = self.entries.get(self.list.cursor).map(Entry::key);
    }

    fn collect(&mut self, cx: &Context) {
        let mut entries = entry::all(cx.world);
        self.total = entries.len();
        entries.retain(|e| self.filter.matches(&FIELDS, |i| e.value(i, cx.now)));
        self.entries = entries;
        // The cursor stays on its record, unless it stood on the newest one: then it follows.
        let was_newest = self.at.is_none() || self.at == self.newest;
        self.newest = self.entries.first().map(Entry::key);
        self.list.cursor = match &self.at {
            Some(at) if !was_newest => {
                self.entries.iter().position(|e| e.key() == *at).unwrap_or(self.list.cursor)
            }
            _ => 0,
        };
        self.settle(cx);
    }
}

impl Pane for ActivityPane {
    fn id(&self) -> PaneId {
        PaneId::Activity
    }

    fn facts(&self, _world: &World, facts: &mut Facts) {
        facts.rows = self.entries.len();
        facts.total = self.total;
        facts.filtered = !self.filter_text.is_empty();
    }

    fn sync(&mut self, cx: &Context) {
        self.collect(cx);
    }

    fn act(&mut self, intent: PaneIntent, cx: &Context) -> Vec<Request> {
        let page = self.parts(cx.area).page();
        let len = self.entries.len();
        match intent {
            PaneIntent::Move(motion) => {
                self.list.step(motion.rows(len, page), len);
                self.settle(cx);
            }
            PaneIntent::ToggleDetail | PaneIntent::Open => self.detail_open = !self.detail_open,
            PaneIntent::Zoom => self.zoomed = !self.zoomed,
            PaneIntent::Widen => self.split_percent = (self.split_percent + 4).min(80),
            PaneIntent::Narrow => self.split_percent = self.split_percent.saturating_sub(4).max(25),
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
                self.list.scroll(isize::from(delta) * 3, self.entries.len(), parts.page())
            }
            Pointer::Click { column, row, .. } if parts.rows.contains((column, row).into()) => {
                self.list.cursor = (self.list.top + usize::from(row - parts.rows.y))
                    .min(self.entries.len().saturating_sub(1));
            }
            Pointer::Click { .. } => {}
        }
        self.settle(cx);
        Vec::new()
    }

    fn wants(&self, _cx: &Context) -> Wants {
        Wants::default()
    }

    fn answer(&mut self, _query: &Query, _result: Result<Answer, Fault>, _cx: &Context) {}

    fn filter(&self) -> &str {
        &self.filter_text
    }

    fn set_filter(&mut self, text: &str, cx: &Context) -> Result<(), FilterError> {
        self.filter = Filter::parse(text, &FIELDS)?;
        self.filter_text = text.trim().to_owned();
        self.collect(cx);
        Ok(())
    }

    fn search(&mut self, _text: &str, _cx: &Context) {}

    fn can_search(&self) -> bool {
        false
    }

    fn reveal(&mut self, _key: &ContainerKey) {}

    fn yank(&self, what: Yank, _world: &World) -> Option<String> {
        self.entries.get(self.list.cursor)?.yank(what)
    }

    fn place(&self) -> Option<Place> {
        self.at.clone().map(Place)
    }

    fn go_to(&mut self, place: &Place, cx: &Context) -> bool {
        let found = self.entries.iter().position(|e| e.key() == place.0);
        if let Some(index) = found {
            self.list.cursor = index;
            self.settle(cx);
        }
        found.is_some()
    }

    fn next_change(&self, cx: &Context) -> Option<Timestamp> {
        let visible = self.list.visible(self.entries.len(), self.parts(cx.area).page());
        let now = cx.now.as_second();
        let steps = self.entries[visible].iter().map(|e| quantity::age_coarse_step(now - e.at().as_second()));
        steps.min().and_then(|s| Timestamp::from_second(now + s).ok())
    }

    fn save(&self) -> PaneState {
        PaneState {
            split_percent: Some(self.split_percent),
            detail_open: Some(self.detail_open),
            ..PaneState::default()
        }
    }

    fn restore(&mut self, state: &PaneState) {
        self.split_percent = state.split_percent.unwrap_or(self.split_percent).clamp(25, 80);
        self.detail_open = state.detail_open.unwrap_or(self.detail_open);
    }

    fn view(&self, scene: &Scene, edit: Option<&Edit>, area: Rect, buf: &mut Buffer) {
        let parts = self.parts(area);
        let theme = scene.theme;
        let ellipsis = theme.glyphs.ellipsis;
        let mut status = Line::new(buf, parts.status, parts.status.y, ellipsis);
        let shown = self.entries.len();
        let counts =
            if shown == self.total { shown.to_string() } else { format!("{shown} of {}", self.total) };
        status
            .skip(1)
            .put("activity ", theme.style(Role::Heading))
            .put(&counts, theme.style(Role::Text))
            .skip(2);
        match edit {
            Some(edit) if edit.kind == EditKind::Filter => {
                status.put("/", theme.style(Role::Accent));
                let field = Rect { x: status.x(), width: status.room(), ..parts.status };
                edit.field.view(field, buf, theme.style(Role::Input), true);
            }
            _ if !self.filter_text.is_empty() => {
                status.put(&format!("/{}", self.filter_text), theme.style(Role::Accent));
            }
            _ => {}
        }
        let mut headings = Line::new(buf, parts.headings, parts.headings.y, ellipsis);
        headings.skip(3);
        headings.right("AGE", 6, theme.style(Role::Heading)).skip(2);
        for (title, columns) in [("OUTCOME", 9), ("USER", 10)] {
            let x = headings.x();
            headings.put_within(title, columns, theme.style(Role::Heading)).to(x + columns + 1);
        }
        headings.put("ACTION", theme.style(Role::Heading));
        if self.entries.is_empty() {
            let why = if self.total > 0 {
                "Nothing matches the filter; esc clears it."
            } else {
                "Nothing was changed with pult yet, and nothing happened. Every action appears here with its outcome."
            };
            Line::new(buf, parts.rows, parts.rows.y + 1, ellipsis).skip(3).put(why, theme.style(Role::Muted));
        }
        for (i, index) in self.list.visible(self.entries.len(), parts.page()).enumerate() {
            let (entry, y) = (&self.entries[index], parts.rows.y + i as u16);
            let selected = index == self.list.cursor;
            let tone = |role: Role| if selected { theme.selected(role, true) } else { theme.style(role) };
            if selected {
                tint(buf, Rect { y, height: 1, ..parts.rows }, tone(Role::Text));
            }
            let mut line = Line::new(buf, parts.rows, y, ellipsis);
            line.put(if selected { theme.glyphs.cursor } else { " " }, tone(Role::Accent)).skip(2);
            let age = quantity::age_coarse(scene.now.as_second() - entry.at().as_second());
            line.quantity(&age, 6, tone(Role::Muted), tone(Role::Faint)).to(parts.rows.x + 11);
            let (glyph, word, role) = entry.look(scene);
            // What went well is said by its sign alone.
            let word_role = if role == Role::Ok { Role::Muted } else { role };
            line.put(glyph, tone(role)).skip(1).put_within(word, 7, tone(word_role)).to(parts.rows.x + 21);
            line.put_within(entry.user(), 10, tone(Role::Muted)).to(parts.rows.x + 32);
            line.put(&entry.summary(), tone(Role::Text)).skip(1).put(&entry.target(), tone(Role::Faint));
        }
        parts.draw_rule(theme, buf);
        if let Some(entry) = self.entries.get(self.list.cursor) {
            detail(entry, scene, parts.detail, buf);
        }
    }
}

fn detail(entry: &Entry, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut y = area.y;
    for (label, text) in entry.told(scene).into_iter().filter(|(_, text)| !text.is_empty()) {
        let text = crate::domain::sanitize::line(&text, 2000).into_owned();
        for (i, part) in wrap(&text, area.width.saturating_sub(9)).iter().enumerate() {
            if y >= area.bottom() {
                return;
            }
            let mut line = Line::new(buf, area, y, theme.glyphs.ellipsis);
            line.put_within(if i == 0 { label } else { "" }, 8, theme.style(Role::Muted))
                .to(area.x + 9)
                .put(part, theme.style(Role::Text));
            y += 1;
        }
    }
}
