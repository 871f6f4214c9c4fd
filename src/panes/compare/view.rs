//! Draws a sheet from the line that its reader is at.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::sheet::Sheet;
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::{Line, wrap};

pub fn sheet(sheet: &Sheet, top: usize, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut y = area.y;
    // Whoever reads far below still sees what it is about.
    if let ([(_, title), (role, sentence), ..], 1..) = (sheet.lines.as_slice(), top) {
        let mut line = Line::new(buf, area, y, theme.glyphs.ellipsis);
        line.put(title, theme.style(Role::Heading)).skip(2).put(sentence, theme.style(*role));
        y += 1;
    }
    for (role, text) in sheet.lines.iter().skip(top) {
        // An empty line is a line, too.
        let parts = if text.is_empty() { vec![String::new()] } else { wrap(text, area.width.max(1)) };
        for part in parts {
            if y >= area.bottom() {
                return;
            }
            Line::new(buf, area, y, theme.glyphs.ellipsis).put(&part, theme.style(*role));
            y += 1;
        }
    }
}

/// Nothing is compared yet.
pub fn empty(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let lines = [
        (Role::Text, "No servers are compared."),
        (
            Role::Muted,
            "v marks some on the servers pane, = compares them; without marks all that are connected",
        ),
    ];
    for (y, (role, text)) in (area.y + 1..area.bottom()).zip(lines) {
        Line::new(buf, area, y, theme.glyphs.ellipsis).skip(3).put(text, theme.style(role));
    }
}
