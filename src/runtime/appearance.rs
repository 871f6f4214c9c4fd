//! Theme and keymap of a session, from flags, configuration, the user's files and the terminal's signs.

use std::path::{Path, PathBuf};

use crate::app::registry;
use crate::config::{Environment, Profile, paths};
use crate::domain::diagnostic::Diagnostic;
use crate::keymap::Keymap;
use crate::theme::{self, Choice, Hints, Theme};

/// The keymap in force, with the mistakes in the user's file.
pub fn keymap(profile: &Profile, env: &Environment) -> (Keymap, Vec<Diagnostic>) {
    let dir = paths::keymaps_dir(env);
    let name = profile.keymap.as_deref().unwrap_or("default");
    Keymap::load(name, &|name| user_file(dir.as_deref(), name), registry::commands())
}

/// The theme in force, at the depth and with the glyphs that the terminal can show.
pub fn theme(profile: &Profile, env: &Environment, choice: Choice) -> (Theme, Vec<Diagnostic>) {
    let hints = Hints {
        colorterm: env.var("COLORTERM"),
        term: env.var("TERM"),
        no_color: env.var("NO_COLOR"),
        clicolor_force: env.var("CLICOLOR_FORCE"),
        is_tty: true,
    };
    let depth = theme::detect(hints, choice);
    let light = theme::is_light(env.var("COLORFGBG"));
    let name = profile.theme.as_deref().unwrap_or_else(|| theme::default_name(depth, light));
    let dir = paths::themes_dir(env);
    let (theme, mistakes) = theme::load(name, &|name| user_file(dir.as_deref(), name));
    let ascii = theme::wants_ascii(env.var("LC_ALL"), env.var("LC_CTYPE"), env.var("LANG"));
    (theme.at(depth).with_ascii(ascii), mistakes)
}

/// A user's file of that name. Names with a path in them find nothing.
fn user_file(dir: Option<&Path>, name: &str) -> Option<(PathBuf, String)> {
    if name.contains(['/', '\\']) || name.starts_with('.') {
        return None;
    }
    let path = dir?.join(format!("{name}.toml"));
    let bytes = std::fs::read(&path).ok()?;
    Some((path, String::from_utf8_lossy(&bytes).into_owned()))
}
