//! The cursor and the scroll position of a list of rows.

/// Cursor and first visible row. What the rows are is the owner's business; the owner puts the cursor back
/// on its row's identity when rows move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListState {
    pub cursor: usize,
    pub top: usize,
}

impl ListState {
    /// Moves the cursor by a number of rows and keeps it inside.
    pub fn step(&mut self, delta: isize, len: usize) {
        let last = len.saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(delta).min(last);
    }

    /// Keeps the cursor inside the rows and the cursor's row inside the page, with one row of context where
    /// the page has room for it.
    pub fn settle(&mut self, len: usize, page: usize) {
        self.cursor = self.cursor.min(len.saturating_sub(1));
        let page = page.max(1);
        let context = usize::from(page > 4);
        let highest_top = self.cursor.saturating_sub(context);
        let lowest_top = (self.cursor + 1 + context).min(len).saturating_sub(page);
        self.top = self.top.clamp(lowest_top.min(highest_top), highest_top).min(len.saturating_sub(page));
    }

    /// Scrolls without moving the cursor further than needed to stay on the page.
    pub fn scroll(&mut self, delta: isize, len: usize, page: usize) {
        // A page of no rows (all of the room is the detail's) still has a cursor.
        let page = page.max(1);
        self.top = self.top.saturating_add_signed(delta).min(len.saturating_sub(page));
        self.cursor = self.cursor.clamp(self.top, (self.top + page - 1).min(len.saturating_sub(1)));
    }

    /// Indices of the visible rows.
    pub fn visible(&self, len: usize, page: usize) -> std::ops::Range<usize> {
        let top = self.top.min(len);
        top..(top + page).min(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_always_on_the_page() {
        let mut list = ListState::default();
        for (delta, len, page) in
            [(5, 100, 10), (50, 100, 10), (-3, 100, 10), (1000, 100, 10), (0, 3, 10), (0, 0, 10), (0, 50, 1)]
        {
            list.step(delta, len);
            list.settle(len, page);
            assert!(
                len == 0 || list.visible(len, page).contains(&list.cursor),
                "{delta} {len} {page}: {list:?}"
            );
        }
    }

    #[test]
    fn a_short_list_is_never_scrolled() {
        let mut list = ListState { cursor: 2, top: 2 };
        list.settle(3, 10);
        assert_eq!(list.top, 0);
    }
}
