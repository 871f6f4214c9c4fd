//! Where the cursor of the detail is, and what the pointer meets in it.

use ratatui::layout::Rect;

use super::super::view::LogView;
use super::{Detail, TABS};
use crate::command::{LogTab, Motion};
use crate::domain::world::World;
use crate::panes::Context;
use crate::widgets::list::ListState;
use crate::widgets::paint::width;

impl Detail {
    /// The cursor and the rows of a list in this area.
    pub(super) fn list_on(&self, len: usize, area: Rect) -> (ListState, usize) {
        let (mut list, page) = (self.list, usize::from(area.height));
        list.settle(len, page);
        (list, page)
    }

    /// Where the rows of the open tab's list stand.
    pub(super) fn rows_in(&self, area: Rect) -> Rect {
        let (above, below) = match self.tab {
            LogTab::Sources => (2, 3),
            LogTab::Compare => (2, 0),
            _ => (1, 0),
        };
        Rect { y: area.y + above.min(area.height), height: area.height.saturating_sub(above + below), ..area }
    }

    /// The tabs that fit, each with where its title stands; the open one is among them.
    pub(super) fn titles(&self, area: Rect) -> Vec<(LogTab, &'static str, u16)> {
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
            LogTab::Marks => self.mark_rows().len(),
            LogTab::Crashes => world.capsules.len(),
            LogTab::Compare => self.detail.comparison.as_ref().map_or(0, |c| c.differences.len()),
        }
    }

    /// Keeps the cursor of the open tab on its page.
    pub(in crate::panes::logs) fn settle_detail(&mut self, area: Rect, world: &World) {
        self.detail.columns = area.width;
        if self.detail.open && !area.is_empty() {
            let page = self.detail.rows_in(area).height.into();
            let len = self.detail_len(world);
            self.detail.list.settle(len, page);
        }
    }

    /// A tab was opened. Where there is room for it only in place of the lines it takes that place.
    pub(in crate::panes::logs) fn bring_detail_in(&mut self, cx: &Context) {
        // Patterns are learned from the lines that are there already.
        self.count_lines();
        if self.detail.open && self.parts(cx.area).detail().is_empty() {
            self.detail.focused = true;
        }
    }

    /// Out of the detail; where it hid the lines it goes.
    pub(in crate::panes::logs) fn leave_detail(&mut self, cx: &Context) {
        self.detail.focused = false;
        self.detail.open &= !self.parts(cx.area).detail().is_empty();
    }

    pub(in crate::panes::logs) fn go_in_detail(&mut self, motion: Motion, cx: &Context) {
        let page = self.detail.rows_in(self.parts(cx.area).detail()).height;
        let len = self.detail_len(cx.world);
        self.detail.list.step(motion.rows(len, page.into()), len);
    }

    pub(in crate::panes::logs) fn scroll_detail(&mut self, rows: isize, area: Rect, world: &World) {
        let len = self.detail_len(world);
        self.detail.list.scroll(rows, len, self.detail.rows_in(area).height.into());
    }

    /// A click: on a title it opens the tab, on a row it goes there. True on a row.
    pub(in crate::panes::logs) fn click_detail(
        &mut self,
        (x, y): (u16, u16),
        area: Rect,
        world: &World,
    ) -> bool {
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
}
