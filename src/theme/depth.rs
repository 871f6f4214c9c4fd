//! How many colours a terminal has, and what is left of a style there.

use ratatui::style::{Color, Modifier, Style};

use super::contrast::{contrast, linear, rgb_of};
use super::role::Role;

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// No colours; bold, dim, underline and reverse carry the meaning.
    Mono,
    Ansi16,
    Ansi256,
    Truecolor,
}

impl Depth {
    pub const ALL: [Depth; 4] = [Self::Mono, Self::Ansi16, Self::Ansi256, Self::Truecolor];

    pub fn word(self) -> &'static str {
        match self {
            Self::Mono => "mono",
            Self::Ansi16 => "16",
            Self::Ansi256 => "256",
            Self::Truecolor => "truecolor",
        }
    }
}

/// What a person asked for with `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    #[default]
    Auto,
    Always,
    Never,
    Exactly(Depth),
}

impl Choice {
    /// The words of `--color`, for its help.
    pub const WORDS: [&str; 7] = ["auto", "always", "never", "mono", "16", "256", "truecolor"];

    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "always" => Some(Self::Always),
            "never" => Some(Self::Never),
            _ => Depth::ALL.into_iter().find(|d| d.word() == word).map(Self::Exactly),
        }
    }
}

/// The environment's signs, each variable as it is set.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    pub colorterm: Option<&'a str>,
    pub term: Option<&'a str>,
    /// <https://no-color.org>: set and not empty means no colours.
    pub no_color: Option<&'a str>,
    /// <https://bixense.com/clicolors/>: set and not `0` means colours even without a terminal.
    pub clicolor_force: Option<&'a str>,
    pub is_tty: bool,
}

/// Decides from the flag first, then from the environment.
pub fn detect(hints: Hints<'_>, choice: Choice) -> Depth {
    let set = |v: Option<&str>| v.is_some_and(|v| !v.is_empty());
    let forced = match choice {
        Choice::Exactly(depth) => return depth,
        Choice::Never => return Depth::Mono,
        Choice::Always => true,
        Choice::Auto if set(hints.no_color) => return Depth::Mono,
        Choice::Auto => set(hints.clicolor_force) && hints.clicolor_force != Some("0"),
    };
    if !hints.is_tty && !forced {
        return Depth::Mono;
    }
    let depth = capability(hints.colorterm, hints.term.unwrap_or_default());
    if forced { depth.max(Depth::Ansi16) } else { depth }
}

fn capability(colorterm: Option<&str>, term: &str) -> Depth {
    const TRUECOLOR_TERMS: [&str; 7] = ["alacritty", "contour", "foot", "ghostty", "kitty", "rio", "wezterm"];
    if term == "dumb" {
        return Depth::Mono;
    }
    if colorterm.is_some_and(|c| matches!(c.to_ascii_lowercase().as_str(), "truecolor" | "24bit"))
        || term.ends_with("-direct")
        || term.ends_with("-truecolor")
        || TRUECOLOR_TERMS.iter().any(|t| term.contains(t))
    {
        Depth::Truecolor
    } else if term.contains("256") {
        Depth::Ansi256
    } else if ["vt52", "vt100", "vt102", "vt220"].contains(&term)
        || term.ends_with("-m")
        || term.ends_with("-mono")
    {
        Depth::Mono
    } else {
        Depth::Ansi16
    }
}

/// True for a light terminal background, as `COLORFGBG` (`15;0`, `0;default;15`) tells; `None` when it is
/// not set or says nothing.
pub fn is_light(colorfgbg: Option<&str>) -> Option<bool> {
    let background: u8 = colorfgbg?.rsplit(';').next()?.trim().parse().ok()?;
    Some(matches!(background, 7 | 9..=15))
}

/// A style as a terminal of this depth shows it.
pub(super) fn lower(style: Style, role: Role, background: Color, depth: Depth) -> Style {
    match depth {
        Depth::Truecolor => style,
        Depth::Ansi256 => recolor(style, to_256),
        Depth::Ansi16 => {
            let mut lowered = recolor(style, to_16);
            // No shade between two of 16 colours is safe to assume for a row.
            let is_row = matches!(role, Role::Selection | Role::SelectionUnfocused);
            let has_ground = lowered.bg.is_some_and(|bg| bg != Color::Reset);
            let swallowed = lowered.bg == Some(to_16(background)) || lowered.bg == lowered.fg;
            if has_ground && (is_row || swallowed) {
                // The ground is not told from the screen's, or the text not from the ground.
                lowered.bg = None;
                if role.mono().contains(Modifier::REVERSED) {
                    lowered.fg = None;
                }
                lowered = lowered.add_modifier(role.mono());
            }
            let own_ground = lowered.bg.filter(|bg| *bg != Color::Reset);
            lowered.fg = lowered.fg.map(|fg| readable(fg, own_ground, to_16(background)));
            lowered
        }
        Depth::Mono => Style::new().add_modifier(style.add_modifier | role.mono()),
    }
}

/// A colour of the 16 that can be read: its bright or dark sister where it cannot (blue on black), and black
/// or white on a ground that the theme paints itself.
fn readable(fg: Color, own_ground: Option<Color>, screen: Color) -> Color {
    let ground = own_ground.unwrap_or(screen);
    let ratio = |c: Color| contrast(c, ground).unwrap_or(21.0);
    if ratio(fg) >= 3.0 {
        return fg;
    }
    let index = (0..16).find(|i| named(*i) == fg);
    let sister = index.map_or(fg, |i| named(i ^ 8));
    let poles = own_ground.map_or([sister; 2], |_| [Color::Black, Color::White]);
    [sister, poles[0], poles[1]].into_iter().fold(fg, |best, c| if ratio(c) > ratio(best) { c } else { best })
}

fn recolor(style: Style, convert: fn(Color) -> Color) -> Style {
    Style {
        fg: style.fg.map(convert),
        bg: style.bg.map(convert),
        underline_color: style.underline_color.map(convert),
        ..style
    }
}

/// The nearest of the 240 fixed colours; the first 16 are the user's own and so never chosen.
fn to_256(color: Color) -> Color {
    let Color::Rgb(r, g, b) = color else { return color };
    (16..=255u8)
        .map(Color::Indexed)
        .map(|c| (distance(rgb_of(c).unwrap_or_default(), (r, g, b)), c))
        .min_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, c)| c)
        .unwrap_or(color)
}

/// The distance of two colours as the eye sees it, in OKLab (Björn Ottosson, 2020): hues stay hues.
fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
    let ((l, u, v), (m, x, y)) = (oklab(a), oklab(b));
    (l - m).powi(2) + (u - x).powi(2) + (v - y).powi(2)
}

fn oklab((r, g, b): (u8, u8, u8)) -> (f64, f64, f64) {
    let (r, g, b) = (linear(r), linear(g), linear(b));
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    (
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    )
}

/// One of the 16 colours, by hue first: soft colours are near to grey, and the nearest colour by distance
/// would lose what they mean.
fn to_16(color: Color) -> Color {
    let (r, g, b) = match color {
        Color::Rgb(..) | Color::Indexed(16..) => rgb_of(color).unwrap_or_default(),
        Color::Indexed(i) => return named(i),
        color => return color,
    };
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    let (max, chroma) = (f64::from(max), f64::from(max - min));
    if chroma < 28.0 || chroma / max < 0.2 {
        return match (u16::from(r) + u16::from(g) + u16::from(b)) / 3 {
            0..=64 => Color::Black,
            65..=159 => Color::DarkGray,
            160..=228 => Color::Gray,
            _ => Color::White,
        };
    }
    if max < 64.0 {
        return Color::Black;
    }
    let (r, g, b) = (f64::from(r), f64::from(g), f64::from(b));
    let hue = if max == r {
        60.0 * ((g - b) / chroma)
    } else if max == g {
        60.0 * ((b - r) / chroma) + 120.0
    } else {
        60.0 * ((r - g) / chroma) + 240.0
    };
    let base = match (hue + 360.0) % 360.0 {
        h if h < 24.0 => 1,
        h if h < 70.0 => 3,
        h if h < 160.0 => 2,
        h if h < 200.0 => 6,
        h if h < 265.0 => 4,
        h if h < 335.0 => 5,
        _ => 1,
    };
    named(if max >= 200.0 { base + 8 } else { base })
}

fn named(index: u8) -> Color {
    match index {
        0 => Color::Black,
        1 => Color::Red,
        2 => Color::Green,
        3 => Color::Yellow,
        4 => Color::Blue,
        5 => Color::Magenta,
        6 => Color::Cyan,
        7 => Color::Gray,
        8 => Color::DarkGray,
        9 => Color::LightRed,
        10 => Color::LightGreen,
        11 => Color::LightYellow,
        12 => Color::LightBlue,
        13 => Color::LightMagenta,
        14 => Color::LightCyan,
        15 => Color::White,
        other => Color::Indexed(other),
    }
}
