//! Theme files.

use std::path::PathBuf;

use ratatui::style::{Color, Style};

use crate::domain::diagnostic::Diagnostic;

use super::Theme;
use super::depth::Depth;
use super::glyphs::UNICODE;
use super::role::Role;

pub(super) const DEFAULT: &str = "pult";

pub fn embedded_names() -> impl Iterator<Item = &'static str> {
    [DEFAULT].into_iter()
}

pub fn default_name(_depth: Depth, _light: Option<bool>) -> &'static str {
    DEFAULT
}

pub fn load(_name: &str, _user: &dyn Fn(&str) -> Option<(PathBuf, String)>) -> (Theme, Vec<Diagnostic>) {
    let styles = Role::ALL.map(|r| Style::new().add_modifier(r.mono()));
    (Theme { name: DEFAULT.into(), glyphs: &UNICODE, background: Color::Reset, styles }, Vec::new())
}
