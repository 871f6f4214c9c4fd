//! How a tab's list is drawn, and the sentence where there is none.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::view::LogView;
use crate::panes::Scene;
use crate::theme::{Role, Theme};
use crate::widgets::paint::{Line, tint};

/// Draws the visible rows of a tab's list; `row` gets each with its line and tone of voice.
pub(super) fn list(
    view: &LogView,
    scene: &Scene,
    area: Rect,
    buf: &mut Buffer,
    len: usize,
    row: impl Fn(usize, &mut Line<'_>, &dyn Fn(Role) -> ratatui::style::Style),
) {
    let theme = scene.theme;
    let (list, page) = view.detail.list_on(len, area);
    for (y, index) in (area.top()..).zip(list.visible(len, page)) {
        let selected = index == list.cursor && view.detail.focused;
        let tone = |role: Role| if selected { theme.selected(role, true) } else { theme.style(role) };
        if selected {
            tint(buf, Rect { y, height: 1, ..area }, tone(Role::Text));
        }
        let mut line = Line::new(buf, area, y, theme.glyphs.ellipsis);
        row(index, &mut line, &tone);
    }
}

/// A sentence where a list would be.
pub(super) fn note(text: &str, theme: &Theme, area: Rect, buf: &mut Buffer) {
    for (y, part) in (area.top()..area.bottom()).zip(crate::widgets::paint::wrap(text, area.width)) {
        Line::new(buf, area, y, theme.glyphs.ellipsis).put(&part, theme.style(Role::Muted));
    }
}
