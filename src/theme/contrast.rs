//! Contrast after WCAG 2.1: how readable one colour is on another.

use ratatui::style::Color;

/// xterm's 16 colours: the reference where a terminal's own are unknown.
const XTERM16: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The steps of the 6×6×6 cube of 256-colour terminals.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The index of a colour in the palette of 256; `None` for one without: the terminal's own and RGB.
pub fn palette_index(color: Color) -> Option<u8> {
    Some(match color {
        Color::Reset | Color::Rgb(..) => return None,
        Color::Indexed(i) => i,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    })
}

/// Red, green and blue of a colour; `None` for the terminal's own foreground or background.
pub fn rgb_of(color: Color) -> Option<(u8, u8, u8)> {
    if let Color::Rgb(r, g, b) = color {
        return Some((r, g, b));
    }
    let index = usize::from(palette_index(color)?);
    if let Some(rgb) = XTERM16.get(index) {
        return Some(*rgb);
    }
    if index >= 232 {
        let grey = u8::try_from(8 + 10 * (index - 232)).ok()?;
        return Some((grey, grey, grey));
    }
    let step = |n: usize| CUBE.get(n % 6).copied();
    let cube = index - 16;
    Some((step(cube / 36)?, step(cube / 6)?, step(cube)?))
}

/// A channel of sRGB as an amount of light, 0 to 1.
pub(super) fn linear(channel: u8) -> f64 {
    let c = f64::from(channel) / 255.0;
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// Relative luminance, 0 (black) to 1 (white).
fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// The contrast of two colours, 1 (none) to 21 (black on white). Text wants 4.5 or more.
/// `None` when one of them is the terminal's own and so unknown.
pub fn contrast(a: Color, b: Color) -> Option<f64> {
    let (a, b) = (luminance(rgb_of(a)?), luminance(rgb_of(b)?));
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_standard() {
        let ratio = |a, b| (contrast(a, b).unwrap() * 100.0).round() / 100.0;
        assert_eq!(ratio(Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255)), 21.0);
        assert_eq!(ratio(Color::Rgb(119, 119, 119), Color::Rgb(255, 255, 255)), 4.48);
        assert_eq!(ratio(Color::White, Color::White), 1.0);
        assert_eq!(contrast(Color::Reset, Color::White), None);
    }

    #[test]
    fn indexed_colours_are_those_of_xterm() {
        assert_eq!(rgb_of(Color::Indexed(16)), Some((0, 0, 0)));
        assert_eq!(rgb_of(Color::Indexed(196)), Some((255, 0, 0)));
        assert_eq!(rgb_of(Color::Indexed(110)), Some((135, 175, 215)));
        assert_eq!(rgb_of(Color::Indexed(231)), Some((255, 255, 255)));
        assert_eq!(rgb_of(Color::Indexed(232)), Some((8, 8, 8)));
        assert_eq!(rgb_of(Color::Indexed(255)), Some((238, 238, 238)));
        for i in 0..=255 {
            assert!(rgb_of(Color::Indexed(i)).is_some());
        }
    }
}
