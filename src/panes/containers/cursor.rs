//! The row under the cursor, which stays on its container whatever the rows do.

use std::sync::Arc;

use super::ContainersPane;
use super::rows::Row;
use crate::command::Motion;
use crate::domain::container::Container;
use crate::panes::Context;

impl ContainersPane {
    pub(super) fn current(&self) -> Option<&Row> {
        self.rows.rows.get(self.list.cursor)
    }

    pub(super) fn current_container(&self) -> Option<&Arc<Container>> {
        self.current()?.container()
    }

    /// After the cursor or the rows moved.
    pub(super) fn settle(&mut self, cx: &Context) {
        let page = self.parts(cx.area).page();
        self.list.settle(self.rows.rows.len(), page);
        self.at = self.current().map(Row::id);
        let subject = self.current_container().map(|c| c.key());
        self.detail.show(subject, cx.now);
    }

    pub(super) fn move_cursor(&mut self, motion: Motion, cx: &Context) {
        self.home = None;
        let page = self.parts(cx.area).page();
        let len = self.rows.rows.len();
        self.list.step(motion.rows(len, page), len);
        self.settle(cx);
    }
}
