//! Keymap files.

use std::path::PathBuf;

use super::Keymap;
use crate::command::{Command, Scope};
use crate::domain::diagnostic::Diagnostic;

pub fn embedded_names() -> impl Iterator<Item = &'static str> {
    ["default", "vim"].into_iter()
}

/// Keys that always mean the same.
pub fn reserved() -> [(Scope, &'static str, &'static str); 2] {
    [(Scope::Global, "ctrl-c", "app.quit"), (Scope::Dialog, "esc", "dialog.cancel")]
}

pub(super) fn load(
    _name: &str,
    _user: &dyn Fn(&str) -> Option<(PathBuf, String)>,
    _commands: &[&Command],
) -> (Keymap, Vec<Diagnostic>) {
    (Keymap::default(), Vec::new())
}
