//! The page of a view: where its parts stand, which lines are on it, and the place of the reader in it.

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::layout::{self, Form, Parts};
use super::view::LogView;
use super::viewport::Viewport;
use crate::logs::book::{Book, LineId};
use crate::panes::split::Shape;
use crate::panes::{Context, Place};

impl LogView {
    pub(super) fn form(&self) -> Form {
        let shape = Shape {
            detail_open: self.detail.open,
            zoomed: self.detail.zoomed,
            detail_focused: self.detail.focused,
            stacked: None,
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
}
