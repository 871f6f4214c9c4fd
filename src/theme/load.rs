//! Theme files: a palette of names and a role for each meaning.
//!
//! ```toml
//! inherits = "pult"
//! background = "#14171c"      # what the colours were chosen for
//! paint = true                # draw that background; without it the terminal keeps its own
//!
//! [palette]
//! accent = "#7fb4e6"          # "#rgb", "#rrggbb", an ANSI name such as "bright-blue", or a number 0..255
//!
//! [roles]
//! accent = "accent"           # a palette name, or a colour as above
//! selection = { fg = "text", bg = "#28303b", bold = true }
//! ```
//!
//! Palettes and roles are merged over the whole chain before names are looked up, so a theme of one palette
//! line recolours everything that its parent draws with that name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ratatui::style::{Color, Modifier, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::domain::diagnostic::Diagnostic;
use crate::domain::filter::nearest;
use crate::domain::layered::{Layer, Library, Parent};

use super::Theme;
use super::depth::Depth;
use super::glyphs::UNICODE;
use super::role::Role;

pub(super) const DEFAULT: &str = "pult";

pub(super) const EMBEDDED: [(&str, &str); 5] = [
    ("pult", include_str!("../../themes/pult.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("ansi16", include_str!("../../themes/ansi16.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

const TOP_LEVEL: [&str; 5] = ["inherits", "background", "paint", "palette", "roles"];

/// The attributes of a role, by their words.
const ATTRIBUTES: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("dim", Modifier::DIM),
    ("reverse", Modifier::REVERSED),
    ("strike", Modifier::CROSSED_OUT),
];

/// The terminal's own colours; `default` is its foreground or background.
const ANSI: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

pub fn embedded_names() -> impl Iterator<Item = &'static str> {
    EMBEDDED.into_iter().map(|(name, _)| name)
}

/// The theme for someone who chose none: `light` as [`super::is_light`] tells it.
pub fn default_name(depth: Depth, light: Option<bool>) -> &'static str {
    match depth {
        Depth::Mono => "mono",
        Depth::Ansi16 => "ansi16",
        _ if light == Some(true) => "light",
        _ => DEFAULT,
    }
}

/// Reads a theme: the embedded one of that name, the user's, or the user's over the embedded one.
///
/// Never fails: what is wrong is left out and told, and without the theme itself the default one is taken.
/// `user` finds a user's file by the theme's name.
pub fn load(name: &str, user: &dyn Fn(&str) -> Option<(PathBuf, String)>) -> (Theme, Vec<Diagnostic>) {
    let library = Library { kind: "theme", default: DEFAULT, embedded: &EMBEDDED, user, parent };
    let (layers, mistakes) = library.chain(name);
    let mut merged = Merged { mistakes, ..Merged::default() };
    for layer in &layers {
        if let Ok(file) = DeTable::parse(&layer.text) {
            merged.read(layer, file.get_ref());
        }
    }
    merged.finish(layers.last().map_or(DEFAULT, |l| &l.name))
}

fn parent(text: &str) -> Result<Parent, (usize, String)> {
    let file = DeTable::parse(text).map_err(|e| (e.span().map_or(0, |s| s.start), e.message().to_owned()))?;
    let parent = file.get_ref().get("inherits");
    Ok(parent.and_then(|p| Some((p.get_ref().as_str()?.to_owned(), p.span().start))))
}

/// A colour as written, and where.
struct Written<'a> {
    layer: &'a Layer,
    at: usize,
    color: Ink,
}

enum Ink {
    Fixed(Color),
    /// A name of the palette, known when all layers are read, or an ANSI name.
    Named(String),
}

struct RoleEntry<'a> {
    fg: Option<Written<'a>>,
    bg: Option<Written<'a>>,
    modifiers: Modifier,
}

/// All layers read so far; later ones replace entries of earlier ones.
#[derive(Default)]
struct Merged<'a> {
    background: Option<Written<'a>>,
    paint: bool,
    /// With the place of each name, for names that no role uses.
    palette: BTreeMap<String, (Color, &'a Layer, usize)>,
    /// What each layer says; the last one that can be drawn counts.
    roles: BTreeMap<Role, Vec<RoleEntry<'a>>>,
    /// Names that roles ask for, also in entries that a later layer replaced.
    used: BTreeSet<String>,
    mistakes: Vec<Diagnostic>,
}

impl<'a> Merged<'a> {
    fn read(&mut self, layer: &'a Layer, file: &DeTable<'_>) {
        for (key, value) in file {
            let (at, word) = (key.span().start, key.get_ref().as_ref());
            match (word, value.get_ref()) {
                ("inherits", DeValue::String(_)) => {}
                ("background", _) => self.background = self.color(layer, value).or(self.background.take()),
                ("paint", DeValue::Boolean(paint)) => self.paint = *paint,
                ("palette", DeValue::Table(palette)) => self.palette(layer, palette),
                ("roles", DeValue::Table(roles)) => self.roles(layer, roles),
                ("inherits", _) => self.wrong(layer, value, "`inherits` is a theme's name in quotes"),
                ("paint", _) => self.wrong(layer, value, "`paint` is true or false"),
                ("palette" | "roles", _) => {
                    self.wrong(layer, value, &format!("`{word}` is a section: [{word}]"))
                }
                _ => self.unknown(layer, at, "key", word, &TOP_LEVEL),
            }
        }
    }

    fn palette(&mut self, layer: &'a Layer, palette: &DeTable<'_>) {
        for (key, value) in palette {
            let Some(written) = self.color(layer, value) else { continue };
            let color = match &written.color {
                Ink::Fixed(color) => *color,
                Ink::Named(name) => match ansi(name) {
                    Some(color) => color,
                    None => {
                        self.bad_color(layer, value.span().start, name, &[]);
                        continue;
                    }
                },
            };
            self.palette.insert(key.get_ref().to_string(), (color, layer, key.span().start));
        }
    }

    fn roles(&mut self, layer: &'a Layer, roles: &DeTable<'_>) {
        for (key, value) in roles {
            let word = key.get_ref().as_ref();
            let Some(role) = Role::from_word(word) else {
                self.unknown(layer, key.span().start, "role", word, &Role::ALL.map(Role::word));
                continue;
            };
            if let Some(entry) = self.role(layer, value) {
                self.roles.entry(role).or_default().push(entry);
            }
        }
    }

    /// Reads what a role looks like; with a mistake in it, the parent's look stays.
    fn role(&mut self, layer: &'a Layer, value: &Spanned<DeValue<'_>>) -> Option<RoleEntry<'a>> {
        let mut entry = RoleEntry { fg: None, bg: None, modifiers: Modifier::empty() };
        let DeValue::Table(table) = value.get_ref() else {
            entry.fg = Some(self.color(layer, value)?);
            return Some(entry);
        };
        let mistakes = self.mistakes.len();
        for (key, value) in table {
            let word = key.get_ref().as_ref();
            match word {
                "fg" => entry.fg = self.color(layer, value),
                "bg" => entry.bg = self.color(layer, value),
                _ => match (ATTRIBUTES.iter().find(|(a, _)| *a == word), value.get_ref()) {
                    (Some((_, modifier)), DeValue::Boolean(on)) => entry.modifiers.set(*modifier, *on),
                    (Some(_), _) => self.wrong(layer, value, &format!("`{word}` is true or false")),
                    (None, _) => {
                        let known: Vec<_> =
                            ["fg", "bg"].into_iter().chain(ATTRIBUTES.iter().map(|(a, _)| *a)).collect();
                        self.unknown(layer, key.span().start, "attribute", word, &known);
                    }
                },
            }
        }
        (self.mistakes.len() == mistakes).then_some(entry)
    }

    /// Reads a colour; what is no colour by itself is a palette's name.
    fn color(&mut self, layer: &'a Layer, value: &Spanned<DeValue<'_>>) -> Option<Written<'a>> {
        let at = value.span().start;
        let color = match value.get_ref() {
            DeValue::String(text) if text.starts_with('#') => match hex(text) {
                Some(color) => Ink::Fixed(color),
                None => {
                    let message = format!("`{text}` is not a colour; write #rgb or #rrggbb");
                    self.mistakes.push(layer.mistake(at, message, None));
                    return None;
                }
            },
            DeValue::String(name) => {
                self.used.insert(name.to_string());
                Ink::Named(name.to_string())
            }
            DeValue::Integer(n) => match n.as_str().parse() {
                Ok(index) if n.radix() == 10 => Ink::Fixed(Color::Indexed(index)),
                _ => {
                    self.mistakes.push(layer.mistake(
                        at,
                        format!("`{n}` is not a colour's number: 0 to 255"),
                        None,
                    ));
                    return None;
                }
            },
            _ => {
                self.wrong(
                    layer,
                    value,
                    "this is not a colour; write \"#rrggbb\", a name in quotes or a number",
                );
                return None;
            }
        };
        Some(Written { layer, at, color })
    }

    fn wrong(&mut self, layer: &Layer, value: &Spanned<DeValue<'_>>, message: &str) {
        self.mistakes.push(layer.mistake(value.span().start, message, None));
    }

    fn unknown(&mut self, layer: &Layer, at: usize, kind: &str, word: &str, known: &[&str]) {
        let near = nearest(word, known.iter().copied()).map(|n| format!("did you mean `{n}`?"));
        // Roles are many; the other lists are short enough to tell.
        let listed = || (known.len() < 12).then(|| format!("there are {}", known.join(", ")));
        self.mistakes.push(layer.mistake(at, format!("no {kind} `{word}`"), near.or_else(listed)));
    }

    fn bad_color(&mut self, layer: &Layer, at: usize, name: &str, palette: &[&str]) {
        let known = palette.iter().copied().chain(ANSI.iter().map(|(n, _)| *n));
        let suggestion = nearest(name, known).map(|n| format!("did you mean `{n}`?"));
        let message = format!("no colour `{name}` in the palette or among the ANSI names");
        self.mistakes.push(layer.mistake(at, message, suggestion));
    }

    /// A colour as written becomes one to draw; `Err` when its name is unknown, which is told.
    fn resolve(&mut self, written: Option<&Written<'_>>) -> Result<Option<Color>, ()> {
        let Some(Written { layer, at, color }) = written else { return Ok(None) };
        let name = match color {
            Ink::Fixed(color) => return Ok(Some(*color)),
            Ink::Named(name) => name,
        };
        if let Some(color) = self.palette.get(name).map(|(color, ..)| *color).or_else(|| ansi(name)) {
            return Ok(Some(color));
        }
        let palette = std::mem::take(&mut self.palette);
        self.bad_color(layer, *at, name, &palette.keys().map(String::as_str).collect::<Vec<_>>());
        self.palette = palette;
        Err(())
    }

    fn finish(mut self, name: &str) -> (Theme, Vec<Diagnostic>) {
        let background = self.background.take();
        let background = self.resolve(background.as_ref()).ok().flatten().unwrap_or(Color::Reset);
        let mut styles = Role::ALL.map(|role| Style::new().add_modifier(role.mono()));
        for (role, entries) in std::mem::take(&mut self.roles) {
            let drawn = entries.iter().rev().find_map(|entry| {
                let (fg, bg) = (self.resolve(entry.fg.as_ref()), self.resolve(entry.bg.as_ref()));
                Some(Style { fg: fg.ok()?, bg: bg.ok()?, ..Style::new().add_modifier(entry.modifiers) })
            });
            if let (Some(style), Some(drawn)) = (styles.get_mut(role as usize), drawn) {
                *style = drawn;
            }
        }
        if let Some(screen) = styles.get_mut(Role::Background as usize).filter(|_| self.paint) {
            screen.bg = Some(background);
        }
        for (name, (_, layer, at)) in self.palette.iter().filter(|(name, _)| !self.used.contains(*name)) {
            let near = nearest(name, self.used.iter().map(String::as_str));
            let suggestion = near.map(|n| format!("did you mean `{n}`?"));
            let message = format!("no role uses the palette's `{name}`");
            self.mistakes.push(layer.mistake(*at, message, suggestion));
        }
        self.mistakes.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        let depth = Depth::Truecolor;
        (Theme { name: name.to_owned(), glyphs: &UNICODE, background, styles, depth }, self.mistakes)
    }
}

fn ansi(name: &str) -> Option<Color> {
    ANSI.iter().find(|(n, _)| *n == name).map(|(_, color)| *color)
}

fn hex(text: &str) -> Option<Color> {
    let digits = text.strip_prefix('#')?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let n = u32::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        6 => Some(Color::from_u32(n)),
        // Each digit twice: #8af is #88aaff.
        3 => Some(Color::from_u32(((n & 0xf00) << 8 | (n & 0xf0) << 4 | (n & 0xf)) * 0x11)),
        _ => None,
    }
}
