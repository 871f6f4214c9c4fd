//! Colours by meaning: a role becomes a style, the terminal decides how much of it survives.
//!
//! Views name a [`Role`] and never a colour, so one file of `themes/` changes the whole screen, and a terminal
//! with 256, 16 or no colours gets the same meanings with what it has. This layer knows ratatui's styles and
//! nothing of containers, files or the environment: names, texts and variables are handed in.

mod contrast;
mod depth;
mod glyphs;
mod load;
mod role;
#[cfg(test)]
mod tests;

pub use contrast::{contrast, palette_index, rgb_of};
pub use depth::{Choice, Depth, Hints, detect, is_light};
pub use glyphs::{ASCII, Glyphs, UNICODE, wants_ascii};
pub use load::{default_name, embedded_names, load};
pub use role::Role;

use ratatui::style::{Color, Modifier, Style};

/// A style for every role, the glyphs to go with them, and the background they were made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    pub name: String,
    pub glyphs: &'static Glyphs,
    /// The background the colours were chosen for. Painted only when the theme says `paint = true`;
    /// otherwise the terminal keeps its own.
    pub background: Color,
    styles: [Style; Role::COUNT],
    /// What the terminal can show.
    depth: Depth,
}

impl Default for Theme {
    /// The embedded `pult` theme in full colour.
    fn default() -> Self {
        load(load::DEFAULT, &|_| None).0
    }
}

impl Theme {
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// A role's style on the row under the cursor.
    ///
    /// Quiet text becomes readable on the row's background. Where the selection is a reversed line (16 colours
    /// or fewer), the line stays in one piece: attention keeps its attributes, not its colour.
    pub fn selected(&self, role: Role, focused: bool) -> Style {
        let row = self.style(if focused { Role::Selection } else { Role::SelectionUnfocused });
        let own = match role {
            Role::Text => return row,
            Role::Muted | Role::Faint | Role::Disabled | Role::Placeholder | Role::Fresh | Role::Secret => {
                self.style(Role::SelectionMuted)
            }
            role => self.style(role),
        };
        if row.add_modifier.contains(Modifier::REVERSED) {
            return row.add_modifier(own.add_modifier - Modifier::DIM - Modifier::REVERSED);
        }
        let mut style = row.patch(own);
        // A role with its own background (a filter hit) keeps it; it carries meaning even on this row.
        style.bg = own.bg.or(row.bg);
        style
    }

    /// The theme as a terminal of this depth can show it.
    #[must_use]
    pub fn at(mut self, depth: Depth) -> Self {
        for role in Role::ALL {
            if let Some(style) = self.styles.get_mut(role as usize) {
                *style = depth::lower(*style, role, self.background, depth);
            }
        }
        self.depth = depth;
        self
    }

    /// A style that text from outside asks for, as this terminal can show it.
    pub fn foreign(&self, style: Style) -> Style {
        depth::lower(style, Role::Text, self.background, self.depth)
    }

    /// The same colours with plain ASCII glyphs, or with Unicode ones.
    #[must_use]
    pub fn with_ascii(mut self, ascii: bool) -> Self {
        self.glyphs = if ascii { &ASCII } else { &UNICODE };
        self
    }
}
