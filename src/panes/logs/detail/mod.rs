//! Beside the lines: the line in full, the filters, patterns, the sources with what was lost, marks, and the
//! comparison of two halves. Each is a list with a cursor.

mod compare;
mod crashes;
mod filters;
mod line;
mod marks;
mod patterns;
mod place;
mod sources;

pub use crashes::page as capsule_page;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::view::LogView;
use crate::command::LogTab;
use crate::logs::book::LineId;
use crate::logs::templates::Difference;
use crate::panes::{Context, Prompt, Request, Scene};
use crate::theme::{Role, Theme};
use crate::widgets::list::ListState;
use crate::widgets::paint::{Line, tint};

const TABS: [(LogTab, &str); 7] = [
    (LogTab::Line, "line"),
    (LogTab::Filters, "filters"),
    (LogTab::Patterns, "patterns"),
    (LogTab::Sources, "sources"),
    (LogTab::Marks, "marks"),
    (LogTab::Compare, "compare"),
    (LogTab::Crashes, "crashes"),
];

/// The state of the detail.
#[derive(Debug)]
pub struct Detail {
    pub open: bool,
    pub focused: bool,
    pub zoomed: bool,
    /// The lines' share of the width, per cent.
    pub percent: u16,
    tab: LogTab,
    list: ListState,
    /// Columns that it has on the screen.
    columns: u16,
    /// The line that is shown in full.
    line: Option<LineId>,
    /// Patterns were looked at once: they are kept up to date from then on.
    learns: bool,
    comparison: Option<Comparison>,
}

/// Two sets of lines and what tells them apart.
#[derive(Debug)]
struct Comparison {
    names: (String, String),
    differences: Vec<Difference>,
}

impl Default for Detail {
    fn default() -> Self {
        Self {
            open: false,
            focused: false,
            zoomed: false,
            percent: 60,
            tab: LogTab::Line,
            list: ListState::default(),
            columns: 0,
            line: None,
            learns: false,
            comparison: None,
        }
    }
}

impl Detail {
    /// True when movement and Enter belong to the list beside.
    pub fn takes_keys(&self) -> bool {
        self.open && self.focused
    }

    pub fn wants_patterns(&self) -> bool {
        self.learns
    }

    /// Opens a tab, or closes it when it is the open one. A list takes the keys at once.
    pub fn toggle(&mut self, tab: LogTab) {
        if self.open && self.tab == tab {
            self.open = false;
            self.focused = false;
            return;
        }
        self.open = true;
        self.focused = tab != LogTab::Line;
        self.show(tab);
    }

    fn show(&mut self, tab: LogTab) {
        if self.tab != tab {
            self.list = ListState::default();
        }
        self.tab = tab;
        self.learns |= tab == LogTab::Patterns;
    }

    pub fn next_tab(&mut self, step: isize) {
        let at = TABS.iter().position(|(tab, _)| *tab == self.tab).unwrap_or(0) as isize;
        let next = (at + step).rem_euclid(TABS.len() as isize) as usize;
        self.open = true;
        self.show(TABS[next].0);
    }

    /// The cursor of the lines has moved.
    pub fn follow_line(&mut self, line: Option<LineId>) {
        if self.line != line {
            self.line = line;
            if self.tab == LogTab::Line {
                self.list = ListState::default();
            }
        }
    }
}

impl LogView {
    /// Enter on a row of the open tab.
    pub(super) fn open_item(&mut self, cx: &Context) -> Vec<Request> {
        let cursor = self.detail.list.cursor;
        match self.detail.tab {
            LogTab::Line => self.take_field(cx),
            LogTab::Filters => match self.stack.steps().get(cursor) {
                Some(step) => {
                    vec![Request::Prompt { what: Prompt::LogStep(Some(cursor)), text: step.to_string() }]
                }
                None => Vec::new(),
            },
            LogTab::Patterns => self.take_pattern(cursor, cx),
            LogTab::Sources => self.take_source(cursor, cx),
            LogTab::Marks => self.go_to_mark(cursor, cx),
            LogTab::Compare => self.take_difference(cursor, cx),
            LogTab::Crashes => self.read_capsule(cursor, cx.world),
        }
    }

    /// Space on a row of the open tab.
    pub(super) fn toggle_item(&mut self, _cx: &Context) {
        if self.detail.tab == LogTab::Filters && self.detail.list.cursor < self.stack.steps().len() {
            self.stack.toggle(self.detail.list.cursor);
            self.apply_stack();
        }
    }

    pub(super) fn remove_item(&mut self) {
        let cursor = self.detail.list.cursor;
        match self.detail.tab {
            LogTab::Filters if cursor < self.stack.steps().len() => {
                self.stack.remove(cursor);
                self.apply_stack();
            }
            LogTab::Marks => self.remove_mark(cursor),
            _ => {}
        }
    }

    pub(super) fn shift_item(&mut self, by: isize) {
        let cursor = self.detail.list.cursor;
        let last = self.stack.steps().len().saturating_sub(1);
        if self.detail.tab == LogTab::Filters && cursor <= last {
            self.stack.shift(cursor, by);
            self.detail.list.cursor = cursor.saturating_add_signed(by).min(last);
            self.apply_stack();
        }
    }
}

/// Draws the detail.
pub fn draw(view: &LogView, scene: &Scene, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = scene.theme;
    let mut tabs = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    for (tab, title, x) in view.detail.titles(area) {
        let role = if tab == view.detail.tab { Role::TabActive } else { Role::Tab };
        tabs.to(x).put(title, theme.style(role));
    }
    let rows = view.detail.rows_in(area);
    let titles = Rect { y: rows.y.saturating_sub(1), height: 1, ..rows }.intersection(area);
    match view.detail.tab {
        LogTab::Line => line::draw(view, scene, rows, buf),
        LogTab::Filters => filters::draw(view, scene, rows, buf),
        LogTab::Patterns => patterns::draw(view, scene, rows, buf),
        LogTab::Sources => {
            let foot = Rect { y: rows.bottom(), height: area.bottom() - rows.bottom(), ..rows };
            sources::draw(view, scene, titles, rows, foot, buf);
        }
        LogTab::Marks => marks::draw(view, scene, rows, buf),
        LogTab::Compare => compare::draw(view, scene, titles, rows, buf),
        LogTab::Crashes => crashes::draw(view, scene, rows, buf),
    }
}

/// Draws the visible rows of a tab's list; `row` gets each with its line and tone of voice.
fn list(
    view: &LogView,
    scene: &Scene,
    area: Rect,
    buf: &mut Buffer,
    len: usize,
    row: impl Fn(usize, &mut Line<'_>, &dyn Fn(Role) -> ratatui::style::Style),
) {
    let theme = scene.theme;
    let (list, page) = view.detail.list_on(len, area);
    for (y, index) in (area.top()..).zip(list.visible(len, page)) {
        let selected = index == list.cursor && view.detail.focused;
        let tone = |role: Role| if selected { theme.selected(role, true) } else { theme.style(role) };
        if selected {
            tint(buf, Rect { y, height: 1, ..area }, tone(Role::Text));
        }
        let mut line = Line::new(buf, area, y, theme.glyphs.ellipsis);
        row(index, &mut line, &tone);
    }
}

/// A sentence where a list would be.
fn note(text: &str, theme: &Theme, area: Rect, buf: &mut Buffer) {
    for (y, part) in (area.top()..area.bottom()).zip(crate::widgets::paint::wrap(text, area.width)) {
        Line::new(buf, area, y, theme.glyphs.ellipsis).put(&part, theme.style(Role::Muted));
    }
}
