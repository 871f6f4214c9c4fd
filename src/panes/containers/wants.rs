//! What the list has to be told, and when it changes by the passing of time alone.

use std::collections::HashSet;

use jiff::Timestamp;

use super::ContainersPane;
use super::rows::Row;
use crate::domain::container_fields::FIELDS;
use crate::domain::quantity;
use crate::panes::{Context, Wants};

/// Most containers whose usage is wanted because they are on screen, folded groups included.
const MOST_VISIBLE: usize = 128;

impl ContainersPane {
    pub(super) fn collect_wants(&self, cx: &Context) -> Wants {
        let mut wants = Wants::default();
        let parts = self.parts(cx.area);
        let all = self.needs_all_usage();
        for target in cx.world.docker.keys() {
            wants.interest.entry(target.clone()).or_default().all = all;
        }
        let visible = self.list.visible(self.rows.rows.len(), parts.page());
        let mut seen = HashSet::new();
        for row in &self.rows.rows[visible] {
            let folded = matches!(row, Row::Group { folded: true, .. });
            if !folded && row.container().is_none() {
                continue;
            }
            for c in Self::of_row(row) {
                if c.state.has_processes() && seen.len() < MOST_VISIBLE && seen.insert(c.key()) {
                    wants.interest.entry(c.target.clone()).or_default().visible.push(c.id.clone());
                }
            }
        }
        if !parts.detail.is_empty()
            && let Some(container) = self.current_container()
        {
            self.detail.wants(container, cx.now, &mut wants);
        }
        wants
    }

    /// True when the order or the filter depends on figures of rows that are not on screen.
    pub(super) fn needs_all_usage(&self) -> bool {
        let measured = ["cpu", "mem", "mempct", "net", "block", "pids"];
        let id = FIELDS[self.how.sort].spec.id;
        measured.contains(&id) || measured.iter().any(|m| self.filter_text.contains(m))
    }

    pub(super) fn next_change_at(&self, cx: &Context) -> Option<Timestamp> {
        let parts = self.parts(cx.area);
        let now = cx.now.as_second();
        let in_s = |s: i64| Timestamp::from_second(now + s.max(1)).ok();
        let visible = self.list.visible(self.rows.rows.len(), parts.page());
        // The next visible age to change its text.
        let ages = self.rows.rows[visible].iter().filter_map(Row::container).filter_map(|c| c.since());
        let ages = ages.map(|since| quantity::age_coarse_step(now - since.as_second())).min().and_then(in_s);
        // Charts move with the time only while there is something to move.
        let measured = self.current_container().is_some_and(|c| cx.world.usage.contains_key(&c.key()));
        let charts =
            (!parts.detail.is_empty() && self.detail.shows_seconds() && measured).then(|| in_s(5)).flatten();
        let retry = cx
            .world
            .docker
            .values()
            .any(|r| !r.link.is_live() && self.rows.total == 0)
            .then(|| in_s(1))
            .flatten();
        let settles = self.detail.settles_at().filter(|at| *at > cx.now && !parts.detail.is_empty());
        [ages, charts, retry, settles, self.arrivals.next_change()].into_iter().flatten().min()
    }
}
