//! Where the parts of the pane stand, and how wide its columns are.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::columns::{self, Content};
use super::{ContainersPane, view};
use crate::domain::container::Container;
use crate::domain::world::World;
use crate::panes::split::{self, Parts, Shape};
use crate::widgets::paint;

impl ContainersPane {
    pub(super) fn parts(&self, area: Rect) -> Parts {
        let shape = Shape {
            detail_open: self.detail_open,
            zoomed: self.zoomed,
            detail_focused: self.detail_focused,
            stacked: None,
            percent: self.split_percent,
        };
        split::compute(area, shape)
    }

    pub(super) fn column_widths(&self, room: u16) -> Vec<(usize, u16)> {
        columns::widths(&self.columns, room, &|id| match id {
            "mem" => columns::MEMORY_CONTENT,
            id => self.content.get(id).copied().unwrap_or_default(),
        })
    }

    /// Learns how long texts are. What was once known only grows.
    pub(super) fn measure(&mut self, world: &World) {
        let several = world.has_several_engines();
        for (id, read) in columns::TEXTS {
            let length = |c: &Arc<Container>| match id {
                // The name column holds the names of groups, too.
                "name" if self.how.grouped => 2 + paint::width(&read(c)).max(view::group_width(c, several)),
                _ => paint::width(&read(c)),
            };
            let mut lengths: Vec<u16> = world.containers().map(length).collect();
            lengths.sort_unstable();
            let longest = lengths.last().copied().unwrap_or(0);
            let most = lengths.get(lengths.len() * 9 / 10).copied().unwrap_or(longest);
            let known = self.content.entry(id).or_default();
            *known = Content { most: known.most.max(most), longest: known.longest.max(longest) };
        }
    }

    pub(super) fn in_detail(&self, parts: &Parts) -> bool {
        self.detail_focused && !parts.detail.is_empty()
    }

    pub(super) fn detail_page(parts: &Parts) -> usize {
        usize::from(parts.detail.height.saturating_sub(3))
    }
}
