//! What floats: a bordered box in the middle, with a title in its frame.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Line, clear};
use crate::theme::{Role, Theme};

/// A centred rectangle of at most this size, frame included, one cell away from the edges.
pub fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width.saturating_sub(2));
    let height = height.min(area.height.saturating_sub(2));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// Clears the box, draws frame and title, and returns what is inside: one cell of air left and right.
pub fn frame(area: Rect, title: &str, title_role: Role, theme: &Theme, buf: &mut Buffer) -> Rect {
    let area = area.intersection(buf.area);
    clear(buf, area, theme.style(Role::DialogBackground));
    if area.width < 6 || area.height < 3 {
        return Rect::default();
    }
    let g = theme.glyphs;
    let border = theme.style(Role::DialogBackground).patch(theme.style(Role::Border));
    let bar = g.horizontal.repeat(usize::from(area.width) - 2);
    Line::new(buf, area, area.y, g.ellipsis)
        .put(g.top_left, border)
        .put(&bar, border)
        .put(g.top_right, border);
    for y in area.y + 1..area.bottom() - 1 {
        Line::new(buf, area, y, g.ellipsis)
            .put(g.vertical, border)
            .to(area.right() - 1)
            .put(g.vertical, border);
    }
    let last = area.bottom() - 1;
    Line::new(buf, area, last, g.ellipsis)
        .put(g.bottom_left, border)
        .put(&bar, border)
        .put(g.bottom_right, border);
    let title_area = Rect { x: area.x + 2, width: area.width - 4, ..area };
    Line::new(buf, title_area, area.y, g.ellipsis)
        .put(" ", border)
        .put(title, theme.style(title_role))
        .put(" ", border);
    Rect { x: area.x + 2, y: area.y + 1, width: area.width - 4, height: area.height - 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_popup_never_leaves_a_small_screen() {
        for (w, h) in [(0, 0), (5, 2), (40, 10), (200, 60)] {
            let area = Rect::new(0, 0, w, h);
            let inside = centered(area, 70, 20);
            assert_eq!(area.intersection(inside), inside);
        }
    }
}
