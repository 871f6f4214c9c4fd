//! Where list and detail stand. One pure function that updates (page sizes, the pointer) and views share.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::theme::{Role, Theme};

/// What decides the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub detail_open: bool,
    /// The focused half takes everything.
    pub zoomed: bool,
    pub detail_focused: bool,
    /// The detail goes below the list in any case, for its rows want the whole width: so many rows the list has.
    pub stacked: Option<u16>,
    /// The list's share of the width, per cent.
    pub percent: u16,
}

/// The parts. An empty rectangle is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    /// Counts, filter, sort.
    pub status: Rect,
    pub headings: Rect,
    pub rows: Rect,
    /// The line between both halves.
    pub rule: Rect,
    pub detail: Rect,
    /// True when the rule stands upright.
    pub side_by_side: bool,
}

impl Parts {
    /// A list with nothing beside it.
    pub fn list(area: Rect) -> Self {
        Self {
            status: Rect { height: 1.min(area.height), ..area },
            headings: Rect { y: area.y + 1, height: u16::from(area.height > 1), ..area },
            rows: Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area },
            ..Self::default()
        }
    }

    /// Rows a page has.
    pub fn page(&self) -> usize {
        self.rows.height.into()
    }

    /// Draws the line between both halves.
    pub fn draw_rule(&self, theme: &Theme, buf: &mut Buffer) {
        let symbol = if self.side_by_side { theme.glyphs.rule } else { theme.glyphs.horizontal };
        for position in self.rule.intersection(buf.area).positions() {
            buf[position].set_symbol(symbol).set_style(theme.style(Role::Rule));
        }
    }
}

/// Below this width the detail goes below the list, or away.
pub const SIDE_BY_SIDE: u16 = 100;
/// Below this height there is no room for a detail below the list.
const STACKED: u16 = 22;

pub fn compute(area: Rect, shape: Shape) -> Parts {
    let mut parts = Parts::default();
    let mut list = area;
    if shape.detail_open && shape.zoomed && shape.detail_focused {
        parts.detail = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        return parts;
    }
    if shape.detail_open && !shape.zoomed {
        if area.width >= SIDE_BY_SIDE && shape.stacked.is_none() {
            let width = (u32::from(area.width) * u32::from(shape.percent.clamp(25, 80)) / 100) as u16;
            list.width = width;
            parts.rule = Rect { x: area.x + width, width: 1, ..area };
            parts.detail =
                Rect { x: area.x + width + 2, width: area.width.saturating_sub(width + 3), ..area };
            parts.side_by_side = true;
        } else if area.height >= STACKED || shape.detail_focused || shape.stacked.is_some() {
            let half = (area.height / 2).max(4);
            // A short list leaves its room to the detail.
            let height = match shape.stacked {
                Some(rows) => area
                    .height
                    .saturating_sub(rows.saturating_add(4))
                    .clamp(half, (area.height * 3 / 4).max(half)),
                None => half,
            };
            list.height = area.height.saturating_sub(height);
            parts.rule = Rect { y: area.y + list.height, height: 1, ..area };
            let y = area.y + list.height + 1;
            parts.detail = Rect {
                x: area.x + 1,
                y,
                width: area.width.saturating_sub(2),
                height: area.bottom().saturating_sub(y),
            };
        }
    }
    let Parts { rule, detail, side_by_side, .. } = parts;
    Parts { rule, detail, side_by_side, ..Parts::list(list) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stay_inside_at_every_size() {
        for width in [40, 80, 99, 100, 120, 200] {
            for height in [4, 7, 21, 22, 60] {
                let area = Rect::new(0, 1, width, height);
                for (detail_open, zoomed, detail_focused) in
                    [(true, false, false), (true, false, true), (true, true, true), (false, false, false)]
                {
                    let parts = compute(
                        area,
                        Shape { detail_open, zoomed, detail_focused, stacked: None, percent: 64 },
                    );
                    for part in [parts.status, parts.headings, parts.rows, parts.rule, parts.detail] {
                        assert!(part.is_empty() || area.intersection(part) == part, "{area:?} {part:?}");
                    }
                }
            }
        }
    }
}
