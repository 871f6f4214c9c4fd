//! What the keys do to the row under the cursor of the open tab.

use super::super::view::LogView;
use crate::command::LogTab;
use crate::panes::{Context, Prompt, Request};

impl LogView {
    /// Enter on a row of the open tab.
    pub(in crate::panes::logs) fn open_item(&mut self, cx: &Context) -> Vec<Request> {
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
    pub(in crate::panes::logs) fn toggle_item(&mut self, _cx: &Context) {
        if self.detail.tab == LogTab::Filters && self.detail.list.cursor < self.stack.steps().len() {
            self.stack.toggle(self.detail.list.cursor);
            self.apply_stack();
        }
    }

    pub(in crate::panes::logs) fn remove_item(&mut self) {
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

    pub(in crate::panes::logs) fn shift_item(&mut self, by: isize) {
        let cursor = self.detail.list.cursor;
        let last = self.stack.steps().len().saturating_sub(1);
        if self.detail.tab == LogTab::Filters && cursor <= last {
            self.stack.shift(cursor, by);
            self.detail.list.cursor = cursor.saturating_add_signed(by).min(last);
            self.apply_stack();
        }
    }
}
