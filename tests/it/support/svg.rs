//! A screen as a picture: the cells of a frame as SVG, for the README. The same cells give the same bytes.
//!
//! Letters are text in DejaVu Sans Mono (or whatever monospaced font the viewer has); blocks, lines and braille dots are
//! drawn as shapes, so that charts and rules join in any font.

use std::fmt::Write as _;

use pult::theme::{Role, Theme};
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier, Style};

/// A cell, pixels. A letter of the font is 0.602 em wide, so this is the size at which it fills its cell.
const CELL: (f64, f64) = (9.0, 18.0);
const FONT_SIZE: f64 = 14.95;
/// From the top of a cell to the line the letters stand on.
const BASELINE: f64 = 13.5;
const PADDING: f64 = 12.0;

/// The picture of a frame that was drawn with this theme.
pub fn picture(buffer: &Buffer, theme: &Theme) -> String {
    let (columns, rows) = (f64::from(buffer.area.width), f64::from(buffer.area.height));
    let (width, height) = (columns * CELL.0 + 2.0 * PADDING, rows * CELL.1 + 2.0 * PADDING);
    let ground = hex(theme.background).unwrap_or_else(|| "#000000".to_owned());
    let ink = theme.style(Role::Text).fg.and_then(hex).unwrap_or_else(|| "#cccccc".to_owned());
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{ground}\"/>\n\
         <g transform=\"translate({PADDING} {PADDING})\" font-family=\"'DejaVu Sans Mono', monospace\" \
         font-size=\"{FONT_SIZE}\" xml:space=\"preserve\">\n"
    );
    let palette = Palette { ground, ink };
    for (y, row) in buffer.content.chunks(usize::from(buffer.area.width).max(1)).enumerate() {
        let runs = runs(row, &palette);
        runs.iter().for_each(|run| run.background(y, &palette, &mut svg));
        runs.iter().for_each(|run| run.foreground(y, &mut svg));
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

struct Palette {
    ground: String,
    ink: String,
}

#[derive(Debug, Clone, PartialEq)]
struct Look {
    ink: String,
    ground: String,
    modifier: Modifier,
}

/// Cells beside one another that look alike.
struct Run {
    x: usize,
    columns: usize,
    look: Look,
    /// Each symbol with the column where it begins.
    symbols: Vec<(usize, String)>,
}

fn runs(row: &[Cell], palette: &Palette) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while let Some(cell) = row.get(x) {
        let columns = usize::from(cell.cell_width()).max(1);
        let look = look(cell, palette);
        let symbol = (x, cell.symbol().to_owned());
        match runs.last_mut() {
            Some(run) if run.look == look => {
                run.symbols.push(symbol);
                run.columns += columns;
            }
            _ => runs.push(Run { x, columns, look, symbols: vec![symbol] }),
        }
        x += columns;
    }
    runs
}

fn look(cell: &Cell, palette: &Palette) -> Look {
    let Style { fg, bg, .. } = cell.style();
    let mut ink = fg.and_then(hex).unwrap_or_else(|| palette.ink.clone());
    let mut ground = bg.and_then(hex).unwrap_or_else(|| palette.ground.clone());
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut ground);
    }
    Look { ink, ground, modifier: cell.modifier - Modifier::REVERSED }
}

/// Themes are written in full colour; anything else is the terminal's own.
fn hex(color: Color) -> Option<String> {
    match color {
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        _ => None,
    }
}

impl Run {
    fn background(&self, y: usize, palette: &Palette, svg: &mut String) {
        if self.look.ground != palette.ground {
            let (x, y, w) = (self.x as f64 * CELL.0, y as f64 * CELL.1, self.columns as f64 * CELL.0);
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{}\" fill=\"{}\"/>",
                CELL.1, self.look.ground
            );
        }
    }

    fn foreground(&self, y: usize, svg: &mut String) {
        let (mut shapes, mut dots) = (String::new(), String::new());
        // Text in pieces: plain letters together, any other sign at its own place, as its width depends on the font.
        let mut pieces: Vec<(usize, String)> = Vec::new();
        let mut joins = None;
        for (x, symbol) in &self.symbols {
            let (left, top) = (*x as f64 * CELL.0, y as f64 * CELL.1);
            if let Some(shape) = shape(symbol, left, top) {
                shapes.push_str(&shape);
            } else if let Some(shape) = braille(symbol, left, top) {
                dots.push_str(&shape);
            } else if symbol.is_ascii() {
                match pieces.last_mut() {
                    Some((_, text)) if joins == Some(*x) => text.push_str(symbol),
                    _ => pieces.push((*x, symbol.clone())),
                }
                joins = Some(x + 1);
            } else {
                pieces.push((*x, symbol.clone()));
            }
        }
        let ink = &self.look.ink;
        if !shapes.is_empty() {
            let _ = writeln!(svg, "<path fill=\"{ink}\" d=\"{shapes}\"/>");
        }
        if !dots.is_empty() {
            let _ = writeln!(
                svg,
                "<path fill=\"none\" stroke=\"{ink}\" stroke-width=\"2.4\" stroke-linecap=\"round\" d=\"{dots}\"/>"
            );
        }
        for (x, text) in pieces {
            self.letters(x, &text, y, svg);
        }
    }

    fn letters(&self, x: usize, text: &str, y: usize, svg: &mut String) {
        let lines = self.look.modifier.intersects(Modifier::UNDERLINED | Modifier::CROSSED_OUT);
        // Blanks at the ends are nothing to see, unless a line goes through them.
        let (blanks, text) = if lines {
            (0, text)
        } else {
            (text.len() - text.trim_start_matches(' ').len(), text.trim_matches(' '))
        };
        if text.is_empty() {
            return;
        }
        let (left, base) = ((x + blanks) as f64 * CELL.0, y as f64 * CELL.1 + BASELINE);
        let _ = write!(svg, "<text x=\"{left}\" y=\"{base}\" fill=\"{}\"", self.look.ink);
        if text.is_ascii() && text.len() > 1 {
            let _ = write!(svg, " textLength=\"{}\"", text.len() as f64 * CELL.0);
        }
        for (modifier, attribute) in [
            (Modifier::BOLD, " font-weight=\"bold\""),
            (Modifier::ITALIC, " font-style=\"italic\""),
            (Modifier::DIM, " opacity=\"0.7\""),
            (Modifier::UNDERLINED, " text-decoration=\"underline\""),
            (Modifier::CROSSED_OUT, " text-decoration=\"line-through\""),
        ] {
            if self.look.modifier.contains(modifier) {
                svg.push_str(attribute);
            }
        }
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = writeln!(svg, ">{escaped}</text>");
    }
}

/// A block or a line as rectangles.
fn shape(symbol: &str, left: f64, top: f64) -> Option<String> {
    let (w, h) = CELL;
    let rect = |x: f64, y: f64, width: f64, height: f64| {
        format!("M{} {}h{width}v{height}h-{width}z", left + x, top + y)
    };
    let (cx, cy) = (w / 2.0 - 0.5, h / 2.0 - 0.5);
    let lower = |eighths: f64| rect(0.0, h - eighths * h / 8.0, w, eighths * h / 8.0);
    let (to_left, to_right) = (|| rect(0.0, cy, cx + 1.0, 1.0), || rect(cx, cy, w - cx, 1.0));
    let (to_top, to_bottom) = (|| rect(cx, 0.0, 1.0, cy + 1.0), || rect(cx, cy, 1.0, h - cy));
    Some(match symbol {
        "▁" => lower(1.0),
        "▂" => lower(2.0),
        "▃" => lower(3.0),
        "▄" => lower(4.0),
        "▅" => lower(5.0),
        "▆" => lower(6.0),
        "▇" => lower(7.0),
        "█" => lower(8.0),
        "▌" => rect(0.0, 0.0, w / 2.0, h),
        "▏" => rect(0.0, 0.0, w / 8.0, h),
        "─" => rect(0.0, cy, w, 1.0),
        "│" => rect(cx, 0.0, 1.0, h),
        "┃" => rect(cx - 1.0, 0.0, 3.0, h),
        "┈" => (0..4).map(|i| rect(f64::from(i) * w / 4.0, cy, 1.0, 1.0)).collect(),
        "┌" => to_right() + &to_bottom(),
        "┐" => to_left() + &to_bottom(),
        "└" => to_right() + &to_top(),
        "┘" => to_left() + &to_top(),
        "├" => rect(cx, 0.0, 1.0, h) + &to_right(),
        _ => return None,
    })
}

/// The dots of a braille character as strokes without length.
fn braille(symbol: &str, left: f64, top: f64) -> Option<String> {
    let mut chars = symbol.chars();
    let (Some(c @ '\u{2800}'..='\u{28ff}'), None) = (chars.next(), chars.next()) else { return None };
    let bits = c as u32 - 0x2800;
    // Bit by bit, as Unicode numbers the dots: three down on the left, three on the right, then the lowest two.
    let places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let set = places.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
    let dot = |(column, row): (u8, u8)| {
        let x = left + (f64::from(column) * 2.0 + 1.0) * CELL.0 / 4.0;
        let y = top + (f64::from(row) * 2.0 + 1.0) * CELL.1 / 8.0;
        format!("M{x} {y}h0")
    };
    Some(set.map(|(_, place)| dot(*place)).collect())
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn letters_shapes_and_wide_cells_have_their_places() {
        let theme = Theme::default();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
        buffer.set_string(0, 0, "a<界b", Style::new().add_modifier(Modifier::BOLD));
        buffer.set_string(0, 1, " ▌⠁x", theme.style(Role::Bad));
        let svg = picture(&buffer, &theme);
        let lines: Vec<_> = svg.lines().skip(3).collect();
        assert_eq!(
            lines[..3],
            [
                "<text x=\"0\" y=\"13.5\" fill=\"#c6ccd5\" textLength=\"18\" font-weight=\"bold\">a&lt;</text>",
                "<text x=\"18\" y=\"13.5\" fill=\"#c6ccd5\" font-weight=\"bold\">界</text>",
                "<text x=\"36\" y=\"13.5\" fill=\"#c6ccd5\" font-weight=\"bold\">b</text>",
            ]
        );
        assert_eq!(lines[3], "<path fill=\"#f08079\" d=\"M9 18h4.5v18h-4.5z\"/>");
        assert!(lines[4].contains("M20.25 20.25h0") && lines[5].contains(">x</text>"), "{svg}");
        assert_eq!(svg, picture(&buffer, &theme));
    }
}
