//! Select Graphic Rendition: the shortest change from one pen to another.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use crate::theme::palette_index;

/// Attributes that show on a blank.
pub const ON_BLANK: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

/// How the terminal will paint the next character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pen {
    pub fg: Color,
    pub bg: Color,
    pub underline: Color,
    pub modifier: Modifier,
}

impl Pen {
    /// The terminal's defaults.
    pub const DEFAULT: Self =
        Self { fg: Color::Reset, bg: Color::Reset, underline: Color::Reset, modifier: Modifier::empty() };

    /// The pen of a cell.
    pub fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, underline: cell.underline_color, modifier: cell.modifier }
    }

    /// The pen nearest to this one that paints a blank on `bg`.
    pub fn for_blank(self, bg: Color) -> Self {
        Self { bg, modifier: self.modifier.difference(ON_BLANK), ..self }
    }
}

/// Writes what turns `from` into `to`; nothing when they are equal.
pub fn change(from: Pen, to: Pen, out: &mut Vec<u8>) {
    if from == to {
        return;
    }
    if to == Pen::DEFAULT {
        out.extend_from_slice(b"\x1b[m");
        return;
    }
    let start = out.len();
    out.extend_from_slice(b"\x1b[");
    delta(from, to, out);
    let step = out.len() - start;
    // From scratch, in place of the step when that is shorter.
    out.extend_from_slice(b"\x1b[;");
    delta(Pen::DEFAULT, to, out);
    if out.len() - start - step < step {
        out.drain(start..start + step);
    } else {
        out.truncate(start + step);
    }
    if let Some(last) = out.last_mut() {
        // The last parameter's semicolon becomes the end of the sequence.
        *last = b'm';
    }
}

/// Writes parameters, each with a semicolon behind it.
fn delta(from: Pen, to: Pen, out: &mut Vec<u8>) {
    attributes(from.modifier, to.modifier, out);
    if from.fg != to.fg {
        colour(to.fg, 30, out);
    }
    if from.bg != to.bg {
        colour(to.bg, 40, out);
    }
    if from.underline != to.underline {
        underline(to.underline, out);
    }
}

fn attributes(from: Modifier, to: Modifier, out: &mut Vec<u8>) {
    /// Attributes that are switched off together, by the number; each with the number that switches it on.
    const GROUPS: [(u8, &[(Modifier, u8)]); 7] = [
        (22, &[(Modifier::BOLD, 1), (Modifier::DIM, 2)]),
        (23, &[(Modifier::ITALIC, 3)]),
        (24, &[(Modifier::UNDERLINED, 4)]),
        (25, &[(Modifier::SLOW_BLINK, 5), (Modifier::RAPID_BLINK, 6)]),
        (27, &[(Modifier::REVERSED, 7)]),
        (28, &[(Modifier::HIDDEN, 8)]),
        (29, &[(Modifier::CROSSED_OUT, 9)]),
    ];
    if from == to {
        return;
    }
    for (off, members) in GROUPS {
        let lost = members.iter().any(|(m, _)| from.contains(*m) && !to.contains(*m));
        if lost {
            parameter(off, out);
        }
        for (member, on) in members {
            if to.contains(*member) && (lost || !from.contains(*member)) {
                parameter(*on, out);
            }
        }
    }
}

/// `base` is 30 for the foreground, 40 for the background.
fn colour(colour: Color, base: u8, out: &mut Vec<u8>) {
    let plain = match colour {
        Color::Reset => base + 9,
        Color::Black => base,
        Color::Red => base + 1,
        Color::Green => base + 2,
        Color::Yellow => base + 3,
        Color::Blue => base + 4,
        Color::Magenta => base + 5,
        Color::Cyan => base + 6,
        Color::Gray => base + 7,
        Color::DarkGray => base + 60,
        Color::LightRed => base + 61,
        Color::LightGreen => base + 62,
        Color::LightYellow => base + 63,
        Color::LightBlue => base + 64,
        Color::LightMagenta => base + 65,
        Color::LightCyan => base + 66,
        Color::White => base + 67,
        Color::Indexed(i) => return [base + 8, 5, i].into_iter().for_each(|n| parameter(n, out)),
        Color::Rgb(r, g, b) => {
            return [base + 8, 2, r, g, b].into_iter().for_each(|n| parameter(n, out));
        }
    };
    parameter(plain, out);
}

/// Colons, not semicolons: a terminal that does not know 58 would read `58;5;1` as blinking and bold.
fn underline(colour: Color, out: &mut Vec<u8>) {
    if let Color::Rgb(r, g, b) = colour {
        out.extend_from_slice(b"58:2:");
        for n in [r, g, b] {
            out.push(b':');
            number(n.into(), out);
        }
        return out.push(b';');
    }
    let Some(index) = palette_index(colour) else { return parameter(59, out) };
    out.extend_from_slice(b"58:5:");
    parameter(index, out);
}

fn parameter(n: u8, out: &mut Vec<u8>) {
    number(n.into(), out);
    out.push(b';');
}

/// Writes a decimal number without the formatting machinery.
pub fn number(n: u16, out: &mut Vec<u8>) {
    let digit = |d: u16| b'0' + u8::try_from(d % 10).unwrap_or(0);
    for scale in [10_000, 1_000, 100, 10] {
        if n >= scale {
            out.push(digit(n / scale));
        }
    }
    out.push(digit(n));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(from: Pen, to: Pen) -> String {
        let mut out = Vec::new();
        change(from, to, &mut out);
        String::from_utf8(out).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn only_what_differs_is_written() {
        let d = Pen::DEFAULT;
        let red = Pen { fg: Color::Red, ..d };
        let bold = Pen { modifier: Modifier::BOLD, ..red };
        let dim = Pen { modifier: Modifier::BOLD | Modifier::DIM, ..red };
        let rgb = Pen { bg: Color::Rgb(1, 20, 255), ..red };
        assert_eq!(text(d, d), "");
        assert_eq!(text(d, red), "^[31m");
        assert_eq!(text(red, d), "^[m");
        assert_eq!(text(red, bold), "^[1m");
        assert_eq!(text(bold, red), "^[22m");
        assert_eq!(text(dim, bold), "^[22;1m");
        assert_eq!(text(red, rgb), "^[48;2;1;20;255m");
        assert_eq!(text(rgb, red), "^[49m");
        assert_eq!(text(d, Pen { fg: Color::White, bg: Color::Indexed(7), ..d }), "^[97;48;5;7m");
        assert_eq!(text(d, Pen { underline: Color::Rgb(1, 2, 3), ..d }), "^[58:2::1:2:3m");
    }

    #[test]
    fn a_reset_is_used_where_it_is_shorter() {
        let all = Pen { fg: Color::Red, bg: Color::Blue, modifier: Modifier::all(), ..Pen::DEFAULT };
        assert_eq!(text(all, Pen { fg: Color::Green, ..Pen::DEFAULT }), "^[;32m");
    }

    #[test]
    fn numbers() {
        for n in [0, 7, 10, 99, 100, 255, 1000, 65535] {
            let mut out = Vec::new();
            number(n, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), n.to_string());
        }
    }
}
