//! What the pointer does: the wheel scrolls, a click chooses a row, a tab or an order.

use ratatui::layout::Position;

use super::ContainersPane;
use super::columns::COLUMNS;
use super::rows::Row;
use crate::command::PaneIntent;
use crate::domain::container_fields::{FIELDS, specs};
use crate::domain::filter::find_field;
use crate::panes::{Context, Pointer, Request};

impl ContainersPane {
    pub(super) fn point(&mut self, event: Pointer, cx: &Context) -> Vec<Request> {
        self.home = None;
        let parts = self.parts(cx.area);
        let (column, row) = match event {
            Pointer::Click { column, row, .. } | Pointer::Wheel { column, row, .. } => (column, row),
        };
        let at = Position::new(column, row);
        let container = self.current_container().cloned();
        match event {
            Pointer::Wheel { delta, .. } if parts.detail.contains(at) => {
                if let Some(container) = &container {
                    self.detail.scroll_by(isize::from(delta) * 3, container, Self::detail_page(&parts));
                }
            }
            Pointer::Wheel { delta, .. } => {
                self.list.scroll(isize::from(delta) * 3, self.rows.rows.len(), parts.page());
                self.settle(cx);
            }
            Pointer::Click { .. } if parts.detail.contains(at) => {
                self.detail_focused = true;
                if row == parts.detail.y + 1
                    && let Some(tab) = self.detail.tab_at(column - parts.detail.x, parts.detail.width)
                {
                    self.detail.tab = tab;
                }
            }
            Pointer::Click { .. } if parts.headings.contains(at) => {
                let mut x = parts.headings.x + 3;
                for (shown, width) in self.column_widths(parts.rows.width.saturating_sub(4)) {
                    if (x..x + width).contains(&column)
                        && let Some(field) = find_field(specs(), COLUMNS[shown].id)
                    {
                        self.how.descending = if field == self.how.sort {
                            !self.how.descending
                        } else {
                            FIELDS[field].spec.kind.is_number()
                        };
                        self.how.sort = field;
                        self.rearrange(cx, false);
                        break;
                    }
                    x += width + 2;
                }
            }
            Pointer::Click { double, .. } if parts.rows.contains(at) => {
                self.detail_focused = false;
                let index = self.list.top + usize::from(row - parts.rows.y);
                if index < self.rows.rows.len() {
                    self.list.cursor = index;
                    self.settle(cx);
                    let on_sign =
                        matches!(self.current(), Some(Row::Group { .. })) && column <= parts.rows.x + 4;
                    if double || on_sign {
                        return self.carry_out(PaneIntent::Open, cx);
                    }
                }
            }
            Pointer::Click { .. } => {}
        }
        Vec::new()
    }
}
