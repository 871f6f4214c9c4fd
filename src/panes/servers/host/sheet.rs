//! Draws what a view tells of the object under the cursor: labels and texts, wrapped.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::view::Told;
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::{Line, width, wrap};

pub fn view(told: &[Told], scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let label = told.iter().map(|(label, ..)| width(label)).max().unwrap_or(0) + 2;
    let mut y = area.y;
    for (name, text, role) in told.iter().filter(|(_, text, _)| !text.is_empty()) {
        let inset = if name.is_empty() { 0 } else { label };
        for (i, part) in wrap(text, area.width.saturating_sub(inset).max(1)).iter().enumerate() {
            if y >= area.bottom() {
                return;
            }
            let mut line = Line::new(buf, area, y, theme.glyphs.ellipsis);
            if i == 0 {
                line.put(name, theme.style(Role::Muted));
            }
            line.to(area.x + inset).put(part, theme.style(*role));
            y += 1;
        }
    }
}
