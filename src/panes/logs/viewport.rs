//! Where the reader is in the lines: the line under the cursor and the one at the top, by their identity, so
//! that nothing moves under the eye when older lines are put in front or old ones go.

use crate::command::Motion;
use crate::logs::book::{Book, LineId};

/// The place. Indices are those of the book's rows after the last [`Viewport::settle`].
#[derive(Debug, Clone)]
pub struct Viewport {
    /// The newest line is shown as it comes.
    pub follow: bool,
    pub cursor: usize,
    pub top: usize,
    cursor_line: Option<LineId>,
    top_line: Option<LineId>,
    /// Rows above the cursor, for a page that is made anew around it.
    above: usize,
    /// Columns that are scrolled out at the left.
    pub shift: usize,
}

impl Default for Viewport {
    fn default() -> Self {
        Self { follow: true, cursor: 0, top: 0, cursor_line: None, top_line: None, above: 0, shift: 0 }
    }
}

impl Viewport {
    /// The rows have changed: finds the lines again, and keeps the cursor on the page. `height` tells how many
    /// rows of the screen a row of the book takes.
    pub fn settle(&mut self, book: &Book, page: usize, height: impl Fn(usize) -> usize) {
        let len = book.len();
        if len == 0 {
            (self.cursor, self.top) = (0, 0);
            return;
        }
        if self.follow {
            self.cursor = len - 1;
        } else {
            self.cursor =
                self.cursor_line.map_or(self.cursor, |line| book.nearest(line).unwrap_or(0)).min(len - 1);
            self.top = match self.top_line {
                Some(line) => book.nearest(line).unwrap_or(0).min(len - 1),
                None => self.cursor.saturating_sub(self.above),
            };
        }
        self.bound(len, page, height);
        self.pin(book);
    }

    /// Keeps the cursor's row wholly on the page, and the page full where there are lines enough.
    fn bound(&mut self, len: usize, page: usize, height: impl Fn(usize) -> usize) {
        let first_with = |last: usize| {
            let (mut used, mut first) = (height(last).min(page.max(1)), last);
            while first > 0 {
                used += height(first - 1);
                if used > page {
                    break;
                }
                first -= 1;
            }
            first
        };
        let full = first_with(len - 1);
        let lowest = first_with(self.cursor);
        self.top =
            if self.follow { full } else { self.top.clamp(lowest.min(self.cursor), self.cursor).min(full) };
    }

    /// Remembers the lines at the present indices.
    fn pin(&mut self, book: &Book) {
        self.cursor_line = book.row(self.cursor).map(|row| row.line);
        self.top_line = book.row(self.top).map(|row| row.line);
    }

    /// Moves the cursor. True when it wants to go on at the beginning, where older lines may be had.
    pub fn go(&mut self, motion: Motion, book: &Book, page: usize, height: impl Fn(usize) -> usize) {
        let len = book.len();
        let last = len.saturating_sub(1);
        match motion {
            Motion::Last => self.follow = true,
            // On the last line there is nothing below: stay with what comes.
            Motion::Down if self.cursor >= last => self.follow = true,
            _ => {
                let rows = motion.rows(len, page);
                self.follow = false;
                self.cursor = self.cursor.saturating_add_signed(rows).min(last);
                if rows.unsigned_abs() > 1 {
                    // A page moves the text, not only the cursor.
                    self.top = self.top.saturating_add_signed(rows).min(last);
                }
            }
        }
        self.cursor_line = book.row(self.cursor).map(|row| row.line);
        self.top_line = book.row(self.top).map(|row| row.line);
        self.settle(book, page, height);
    }

    /// Puts the cursor on a row, in the middle of the page when it was off it.
    pub fn show(&mut self, index: usize, book: &Book, page: usize, height: impl Fn(usize) -> usize) {
        self.follow = false;
        let index = index.min(book.len().saturating_sub(1));
        let visible = self.top..self.top + page;
        self.cursor = index;
        if !visible.contains(&index) {
            self.top = index.saturating_sub(page / 2);
        }
        self.pin(book);
        self.settle(book, page, height);
    }

    /// Scrolls the text; the cursor stays on the page.
    pub fn scroll(&mut self, rows: isize, book: &Book, page: usize, height: impl Fn(usize) -> usize) {
        let last = book.len().saturating_sub(1);
        if rows > 0 && self.top.saturating_add(page) > last {
            self.follow = true;
        } else {
            self.follow = false;
            self.top = self.top.saturating_add_signed(rows).min(last);
            self.cursor =
                self.cursor.clamp(self.top, self.top.saturating_add(page.saturating_sub(1)).min(last));
            self.pin(book);
        }
        self.settle(book, page, height);
    }

    /// Stops following where it is.
    pub fn hold(&mut self, book: &Book) {
        self.follow = false;
        self.pin(book);
    }

    pub fn line(&self) -> Option<LineId> {
        self.cursor_line
    }

    /// The filter changed: the line under the cursor stays where it is on the screen, or the one before it.
    pub fn keep(&mut self) {
        self.above = self.cursor.saturating_sub(self.top);
        self.top_line = None;
    }

    /// As many lines before the cursor as behind it.
    pub fn keep_in_the_middle(&mut self, page: usize) {
        self.above = page / 2;
        self.top_line = None;
    }

    /// Everything is read anew.
    pub fn reset(&mut self) {
        *self = Self { shift: self.shift, ..Self::default() };
    }
}
