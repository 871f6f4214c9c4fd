//! A terminal's picture in cells, with what is selected and found in it. Colours become what the real terminal
//! can show.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color as Shown, Modifier, Style as Look};

use crate::domain::terminal::{Color, Found, Picture, Spot, Style, Width};
use crate::theme::{Role, Theme};

/// What is laid over the picture.
#[derive(Debug, Clone, Copy, Default)]
pub struct Overlay {
    /// From here to there, both included, in any order.
    pub selection: Option<(Spot, Spot)>,
    pub found: Option<Found>,
    /// Where somebody is who looks through the text; in place of the program's own cursor.
    pub at: Option<Spot>,
    /// The program's cursor is shown.
    pub cursor: bool,
}

impl Overlay {
    fn role(&self, spot: Spot) -> Option<Role> {
        if self.at == Some(spot) {
            return Some(Role::InputCursor);
        }
        if let Some((a, b)) = self.selection
            && (a.min(b)..=a.max(b)).contains(&spot)
        {
            return Some(Role::Selection);
        }
        let found = self.found.filter(|found| found.at.line == spot.line)?;
        let columns = found.at.column..found.at.column.saturating_add(found.columns);
        columns.contains(&spot.column).then_some(Role::MatchCurrent)
    }
}

/// Draws as much of the picture as fits, from its upper left corner.
pub fn draw(picture: &Picture, overlay: Overlay, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    let text = theme.style(Role::Text);
    let mut last = (Style::default(), text);
    for row in 0..area.height.min(picture.size.rows) {
        let cells = picture.row(row);
        for (column, cell) in (0..area.width).zip(cells) {
            if last.0 != cell.style {
                last = (cell.style, text.patch(theme.foreign(look(cell.style))));
            }
            let Some(shown) = buf.cell_mut((area.x + column, area.y + row)) else { continue };
            shown.reset();
            shown.set_style(last.1);
            // Half a character at the edge is none.
            let fits = cell.width != Width::Wide || column + 1 < area.width;
            if cell.width != Width::Tail && fits {
                shown.set_symbol(&picture.text(column, row));
            }
            let spot = Spot { line: picture.first + u64::from(row), column };
            if let Some(role) = overlay.role(spot) {
                shown.set_style(theme.style(role));
            }
        }
    }
    if let Some((column, row)) = picture.cursor.filter(|_| overlay.cursor)
        && column < area.width
        && row < area.height
        && let Some(cell) = buf.cell_mut((area.x + column, area.y + row))
    {
        cell.set_style(theme.style(Role::InputCursor));
    }
}

fn look(style: Style) -> Look {
    let mut look = Look::new();
    look.fg = color(style.fg);
    look.bg = color(style.bg);
    for (on, modifier) in [
        (style.bold, Modifier::BOLD),
        (style.dim, Modifier::DIM),
        (style.italic, Modifier::ITALIC),
        (style.underline, Modifier::UNDERLINED),
        (style.inverse, Modifier::REVERSED),
    ] {
        if on {
            look = look.add_modifier(modifier);
        }
    }
    look
}

fn color(color: Color) -> Option<Shown> {
    match color {
        Color::Default => None,
        Color::Indexed(i) => Some(Shown::Indexed(i)),
        Color::Rgb(r, g, b) => Some(Shown::Rgb(r, g, b)),
    }
}
