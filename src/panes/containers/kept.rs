//! How the pane was left, and how it is found again.

use super::ContainersPane;
use super::columns::{self, COLUMNS};
use crate::domain::container_fields::{FIELDS, specs};
use crate::domain::filter::find_field;
use crate::panes::PaneState;

impl ContainersPane {
    pub(super) fn state(&self) -> PaneState {
        PaneState {
            sort: Some(FIELDS[self.how.sort].spec.id.to_owned()),
            sort_descending: self.how.descending,
            columns: if self.columns_chosen {
                self.columns.iter().map(|c| COLUMNS[*c].id.to_owned()).collect()
            } else {
                Vec::new()
            },
            split_percent: Some(self.split_percent),
            grouped: Some(self.how.grouped),
            detail_open: Some(self.detail_open),
            logs: None,
        }
    }

    pub(super) fn take_state(&mut self, state: &PaneState) {
        if let Some(sort) = state.sort.as_deref().and_then(|s| find_field(specs(), s)) {
            self.how.sort = sort;
            self.how.descending = state.sort_descending;
        }
        let chosen: Vec<usize> = state.columns.iter().filter_map(|id| columns::by_id(id)).collect();
        if !chosen.is_empty() {
            self.columns = chosen;
            self.columns_chosen = true;
        }
        self.split_percent = state.split_percent.unwrap_or(self.split_percent).clamp(25, 80);
        self.how.grouped = state.grouped.unwrap_or(self.how.grouped);
        self.detail_open = state.detail_open.unwrap_or(self.detail_open);
    }
}
