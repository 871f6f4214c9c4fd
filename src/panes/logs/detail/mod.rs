//! Beside the lines: the line in full, the filters, patterns, the sources with what was lost, marks, and the
//! comparison of two halves. Each is a list with a cursor.

mod compare;
mod crashes;
mod filters;
mod line;
mod marks;
mod patterns;
mod sources;

pub use crashes::page as capsule_page;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::view::LogView;
use crate::command::{LogTab, Motion};
use crate::domain::world::World;
use crate::logs::book::LineId;
use crate::logs::templates::Difference;
use crate::panes::{Context, Prompt, Request, Scene};
use crate::theme::{Role, Theme};
use crate::widgets::list::ListState;
use crate::widgets::paint::{Line, tint, width};

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

    /// The cursor and the rows of a list in this area.
    fn list_on(&self, len: usize, area: Rect) -> (ListState, usize) {
        let (mut list, page) = (self.list, usize::from(area.height));
        list.settle(len, page);
        (list, page)
    }

    /// Where the rows of the open tab's list stand.
    fn rows_in(&self, area: Rect) -> Rect {
        let (above, below) = match self.tab {
            LogTab::Sources => (2, 3),
            LogTab::Compare => (2, 0),
            _ => (1, 0),
        };
        Rect { y: area.y + above.min(area.height), height: area.height.saturating_sub(above + below), ..area }
    }

    /// The tabs that fit, each with where its title stands; the open one is among them.
    fn titles(&self, area: Rect) -> Vec<(LogTab, &'static str, u16)> {
        let open = TABS.iter().position(|(tab, _)| *tab == self.tab).unwrap_or(0);
        let gap =
            if TABS.iter().map(|(_, title)| width(title) + 2).sum::<u16>() <= area.width + 2 { 2 } else { 1 };
        let room =
            |first: usize| -> u16 { TABS[first..=open].iter().map(|(_, title)| width(title) + gap).sum() };
        let first = (0..open).find(|first| room(*first) <= area.width + gap).unwrap_or(open);
        let mut x = area.x;
        let mut out = Vec::new();
        for (tab, title) in &TABS[first..] {
            out.push((*tab, *title, x));
            x += width(title) + gap;
        }
        out
    }
}

impl LogView {
    /// Rows of the open tab.
    fn detail_len(&self, world: &World) -> usize {
        match self.detail.tab {
            LogTab::Line => self.line_rows(),
            LogTab::Filters => self.stack.steps().len(),
            LogTab::Patterns => self.templates.len(),
            LogTab::Sources => self.lanes().count(),
            LogTab::Marks => self.marks.len(),
            LogTab::Crashes => world.capsules.len(),
            LogTab::Compare => self.detail.comparison.as_ref().map_or(0, |c| c.differences.len()),
        }
    }

    /// Keeps the cursor of the open tab on its page.
    pub(super) fn settle_detail(&mut self, area: Rect, world: &World) {
        self.detail.columns = area.width;
        if self.detail.open && !area.is_empty() {
            let page = self.detail.rows_in(area).height.into();
            let len = self.detail_len(world);
            self.detail.list.settle(len, page);
        }
    }

    /// A tab was opened. Where there is room for it only in place of the lines it takes that place.
    pub(super) fn bring_detail_in(&mut self, cx: &Context) {
        // Patterns are learned from the lines that are there already.
        self.count_lines();
        if self.detail.open && self.parts(cx.area).detail().is_empty() {
            self.detail.focused = true;
        }
    }

    /// Out of the detail; where it hid the lines it goes.
    pub(super) fn leave_detail(&mut self, cx: &Context) {
        self.detail.focused = false;
        self.detail.open &= !self.parts(cx.area).detail().is_empty();
    }

    pub(super) fn go_in_detail(&mut self, motion: Motion, cx: &Context) {
        let page = self.detail.rows_in(self.parts(cx.area).detail()).height;
        let len = self.detail_len(cx.world);
        self.detail.list.step(motion.rows(len, page.into()), len);
    }

    pub(super) fn scroll_detail(&mut self, rows: isize, area: Rect, world: &World) {
        let len = self.detail_len(world);
        self.detail.list.scroll(rows, len, self.detail.rows_in(area).height.into());
    }

    /// A click: on a title it opens the tab, on a row it goes there. True on a row.
    pub(super) fn click_detail(&mut self, (x, y): (u16, u16), area: Rect, world: &World) -> bool {
        self.detail.focused = true;
        if y == area.y {
            let titles = self.detail.titles(area);
            if let Some((tab, ..)) =
                titles.into_iter().find(|(_, title, at)| (*at..at + width(title)).contains(&x))
            {
                self.detail.show(tab);
            }
            return false;
        }
        let rows = self.detail.rows_in(area);
        let len = self.detail_len(world);
        let (list, _) = self.detail.list_on(len, rows);
        let row = list.top + usize::from(y.saturating_sub(rows.y));
        let hit = rows.contains((x, y).into()) && row < len;
        if hit {
            self.detail.list.cursor = row;
        }
        hit
    }

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
        let role = match (tab == view.detail.tab, view.detail.focused) {
            (true, true) => Role::TabActive,
            (true, false) => Role::Heading,
            (false, _) => Role::Muted,
        };
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
