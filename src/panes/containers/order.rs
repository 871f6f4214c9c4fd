//! The order of the rows: sorted, grouped, folded.

use super::ContainersPane;
use super::columns::COLUMNS;
use super::rows::{self, Row, RowId, arrange};
use crate::domain::container_fields::{FIELDS, specs};
use crate::domain::filter::find_field;
use crate::panes::Context;

impl ContainersPane {
    /// Arranges the rows again and puts the cursor back on its row.
    pub(super) fn rearrange(&mut self, cx: &Context, hold: bool) {
        let old = std::mem::take(&mut self.rows);
        let hold = hold && !old.rows.is_empty();
        self.rows = arrange(cx.world, &self.how, &self.arrivals, cx.now, hold.then_some(old.rows.as_slice()));
        if let Some(at) = &self.at
            && let Some(index) = self.rows.rows.iter().position(|r| r.id() == *at)
        {
            self.list.cursor = index;
        }
        self.settle(cx);
    }

    pub(super) fn fold_current(&mut self, open: Option<bool>, cx: &Context) {
        let key = match self.current() {
            Some(Row::Group { key, .. }) => key.clone(),
            Some(Row::Container { container, indent: true, .. }) if open == Some(false) => {
                let project = container.project.as_deref().map(Into::into);
                let key = rows::GroupKey { target: container.target.clone(), project };
                self.at = Some(RowId::Group(key.clone()));
                key
            }
            _ => return,
        };
        let open = open.unwrap_or_else(|| self.how.folded.contains(&key));
        if open {
            self.how.folded.remove(&key)
        } else {
            self.how.folded.insert(key)
        };
        self.rearrange(cx, true);
    }

    pub(super) fn fold_all(&mut self, cx: &Context) {
        if self.how.folded.is_empty() {
            let groups = self
                .rows
                .rows
                .iter()
                .filter_map(|r| if let Row::Group { key, .. } = r { Some(key.clone()) } else { None });
            self.how.folded = groups.collect();
        } else {
            self.how.folded.clear();
        }
        self.rearrange(cx, true);
    }

    pub(super) fn sort_by(&mut self, step: isize, cx: &Context) {
        let shown: Vec<usize> =
            self.columns.iter().filter_map(|c| find_field(specs(), COLUMNS[*c].id)).collect();
        if shown.is_empty() {
            return;
        }
        let at = shown.iter().position(|f| *f == self.how.sort).unwrap_or(0) as isize;
        self.how.sort = shown[(at + step).rem_euclid(shown.len() as isize) as usize];
        // Numbers are looked at from the largest.
        self.how.descending = FIELDS[self.how.sort].spec.kind.is_number();
        self.rearrange(cx, false);
    }
}
