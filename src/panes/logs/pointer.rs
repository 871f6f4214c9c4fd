//! The mouse: the strip goes to a time, the wheel scrolls, a click chooses.

use super::view::LogView;
use crate::panes::{Context, Pointer, Request};

impl LogView {
    pub fn pointer(&mut self, event: Pointer, cx: &Context) -> Vec<Request> {
        let parts = self.parts(cx.area);
        match event {
            Pointer::Wheel { column, row, delta } if parts.detail().contains((column, row).into()) => {
                self.scroll_detail(isize::from(delta) * 3, parts.detail(), cx.world);
            }
            Pointer::Wheel { delta, .. } => {
                self.travel(cx, |v, book, page, height| v.scroll(isize::from(delta) * 3, book, page, height));
                return self.read_on(cx);
            }
            Pointer::Click { column, row, .. } if parts.strip.contains((column, row).into()) => {
                if let Some(at) = super::screen::strip_time(self, parts.strip, column) {
                    return self.go_to_time(at, cx);
                }
            }
            Pointer::Click { column, row, double } if parts.text.contains((column, row).into()) => {
                self.detail.focused = false;
                if let Some(index) = super::screen::row_under(self, parts.text, row) {
                    self.travel(cx, |v, book, page, height| v.show(index, book, page, height));
                    if double {
                        return vec![Request::Run("list.open")];
                    }
                }
            }
            Pointer::Click { column, row, double } if parts.detail().contains((column, row).into()) => {
                if self.click_detail((column, row), parts.detail(), cx.world) && double {
                    return self.open_item(cx);
                }
                self.settle(cx);
            }
            Pointer::Click { .. } => {}
        }
        Vec::new()
    }
}
