//! What the commands do to the list and to the detail.

use std::collections::BTreeSet;

use super::columns::{self, COLUMNS};
use super::rows::Row;
use super::{ContainersPane, detail};
use crate::command::{Motion, PaneIntent};
use crate::domain::ids::ContainerKey;
use crate::panes::{Choice, Context, Pane as _, Request};

impl ContainersPane {
    pub(super) fn carry_out(&mut self, intent: PaneIntent, cx: &Context) -> Vec<Request> {
        let parts = self.parts(cx.area);
        if self.in_detail(&parts)
            && let Some(container) = self.current_container().cloned()
        {
            let page = Self::detail_page(&parts);
            match intent {
                PaneIntent::Move(motion) => {
                    self.detail.go(motion, &container, page);
                    return Vec::new();
                }
                PaneIntent::Open => {
                    self.detail.fold(&container, None);
                    return Vec::new();
                }
                PaneIntent::Fold => {
                    self.detail.fold(&container, Some(false));
                    return Vec::new();
                }
                PaneIntent::Unfold => {
                    self.detail.fold(&container, Some(true));
                    return Vec::new();
                }
                PaneIntent::FoldAll => {
                    self.detail.fold_all(&container);
                    return Vec::new();
                }
                _ => {}
            }
        }
        match intent {
            PaneIntent::Move(motion) => {
                let before = self.at.clone();
                self.move_cursor(motion, cx);
                let far = matches!(motion, Motion::First | Motion::Last);
                if far && before != self.at {
                    return vec![Request::Visited];
                }
            }
            PaneIntent::OpenLogs => return self.logs_wanted(),
            // Once more on the log that is open beside the list.
            PaneIntent::Open if self.detail_focused && self.detail.tab == detail::Tab::Log => {
                return self.logs_wanted();
            }
            PaneIntent::Open => match self.current() {
                Some(Row::Group { .. }) => self.fold_current(None, cx),
                Some(Row::Container { .. }) => {
                    self.detail_open = true;
                    self.detail_focused = true;
                    self.detail.tab = detail::Tab::Log;
                    return vec![Request::Visited];
                }
                None => {}
            },
            PaneIntent::Fold => self.fold_current(Some(false), cx),
            PaneIntent::Unfold => self.fold_current(Some(true), cx),
            PaneIntent::FoldAll => self.fold_all(cx),
            PaneIntent::Mark => self.mark(cx),
            PaneIntent::MarkAll => {
                let keys = self.rows.rows.iter().flat_map(Self::of_row).map(|c| c.key());
                let matching: BTreeSet<ContainerKey> = keys.collect();
                self.marks.extend(matching);
            }
            PaneIntent::MarkInvert => {
                let all: BTreeSet<ContainerKey> =
                    self.rows.rows.iter().flat_map(Self::of_row).map(|c| c.key()).collect();
                self.marks = all.difference(&self.marks).cloned().collect();
            }
            PaneIntent::Unmark => self.marks.clear(),
            PaneIntent::SortNext => self.sort_by(1, cx),
            PaneIntent::SortPrevious => self.sort_by(-1, cx),
            PaneIntent::SortReverse => {
                self.how.descending = !self.how.descending;
                self.rearrange(cx, false);
            }
            PaneIntent::ColumnChooser => {
                let item = |c: usize| (COLUMNS[c].id, columns::title(c).0, self.columns.contains(&c));
                return vec![Request::Choose(Choice::columns((0..COLUMNS.len()).map(item)))];
            }
            PaneIntent::ToggleGrouping => {
                self.how.grouped = !self.how.grouped;
                self.measure(cx.world);
                self.rearrange(cx, false);
            }
            PaneIntent::ToggleDetail => {
                // In a narrow terminal an open detail may have no room; then the key means "show me".
                if self.detail_open && parts.detail.is_empty() {
                    self.detail_focused = true;
                } else {
                    self.detail_open = !self.detail_open;
                    self.detail_focused = false;
                    self.zoomed = false;
                }
                self.settle(cx);
            }
            PaneIntent::Zoom => {
                self.zoomed = !self.zoomed;
                self.settle(cx);
            }
            PaneIntent::Widen => {
                self.split_percent = (self.split_percent + 4).min(80);
                self.settle(cx);
            }
            PaneIntent::Narrow => {
                self.split_percent = self.split_percent.saturating_sub(4).max(25);
                self.settle(cx);
            }
            PaneIntent::SwitchFocus => {
                self.detail_focused = !self.detail_focused;
                self.detail_open |= self.detail_focused;
                self.settle(cx);
            }
            PaneIntent::NextTab => self.detail.turn(1),
            PaneIntent::PreviousTab => self.detail.turn(-1),
            PaneIntent::ClearFilter => {
                if self.filter_text.is_empty() && self.in_detail(&parts) {
                    self.detail_focused = false;
                    self.zoomed = false;
                    self.settle(cx);
                } else if self.filter_text.is_empty() {
                    self.marks.clear();
                } else {
                    let _always_fits = self.set_filter("", cx);
                }
            }
            PaneIntent::RevealSecrets => return vec![Request::Run("container.reveal")],
            PaneIntent::Refresh => self.rearrange(cx, false),
            PaneIntent::NextMatch | PaneIntent::PreviousMatch => {
                if let Some(container) = self.current_container().cloned() {
                    let step = if intent == PaneIntent::NextMatch { 1 } else { -1 };
                    self.detail.next_match(&container, Self::detail_page(&parts), step);
                }
            }
            PaneIntent::ToggleFollow => self.detail.toggle_follow(Self::detail_page(&self.parts(cx.area))),
            // Other panes' own.
            PaneIntent::Logs(_)
            | PaneIntent::Server(_)
            | PaneIntent::Shell(_)
            | PaneIntent::Compare(_)
            | PaneIntent::Connect
            | PaneIntent::Disconnect => {}
        }
        Vec::new()
    }
}
