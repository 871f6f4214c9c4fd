//! `[profile.NAME]`: another view on the same file, chosen with `--profile`.

use super::reader::{At, Reader};
use super::sections::PROFILE_KEYS;

/// What a profile changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlay {
    pub name: String,
    /// `NAME` or `KIND:NAME`; with `tags`, the targets that are left. Both empty = all.
    pub targets: Vec<At<String>>,
    pub tags: Vec<String>,
    pub read_only: bool,
    pub theme: Option<String>,
    pub keymap: Option<String>,
}

/// Reads one profile. A `read_only` that cannot be read counts as true.
pub fn read(reader: &mut Reader<'_, '_, '_>, name: &str) -> Overlay {
    reader.only(&PROFILE_KEYS);
    Overlay {
        name: name.to_owned(),
        targets: reader.texts("targets").unwrap_or_default(),
        tags: reader.texts("tags").unwrap_or_default().into_iter().map(|t| t.value).collect(),
        read_only: reader.value("read_only").is_some()
            && reader.boolean("read_only").is_none_or(|at| at.value),
        theme: reader.text("theme").map(|at| at.value),
        keymap: reader.text("keymap").map(|at| at.value),
    }
}
