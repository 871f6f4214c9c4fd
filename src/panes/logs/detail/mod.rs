//! Beside the lines: the line in full, the filters, patterns, the sources with what was lost, marks, and the
//! comparison of two halves. Each is a list with a cursor.

mod compare;
mod crashes;
mod filters;
mod incidents;
mod items;
mod line;
mod list;
mod marks;
mod patterns;
mod place;
mod sources;

pub use crashes::page as capsule_page;
use list::{list, note};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::view::LogView;
use crate::command::LogTab;
use crate::logs::book::LineId;
use crate::logs::templates::Difference;
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::list::ListState;
use crate::widgets::paint::Line;

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
