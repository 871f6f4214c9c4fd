//! What a directory of a server holds, as rows and in words.

use super::table::{Column, Row};
use super::view::Told;
use crate::domain::disk_fields::{DIRECTORY_FIELDS, DIRECTORY_SPECS};
use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::quantity;
use crate::domain::server::disks::{Directories, Directory};
use crate::domain::server::thresholds::Limits;
use crate::panes::Scene;
use crate::theme::Role;

const COLUMNS: [Column; 3] = [
    Column { id: "size", width: 8, priority: 1, shown: true },
    Column { id: "share", width: 6, priority: 2, shown: true },
    Column { id: "path", width: 0, priority: 0, shown: true },
];

impl Row for Directory {
    type Id = String;

    const FIELDS: &'static [Field<Self>] = &DIRECTORY_FIELDS;
    const SPECS: &'static [FieldSpec] = &DIRECTORY_SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "directories";
    const SORT: &'static str = "size";

    fn id(&self) -> String {
        self.path.clone()
    }

    fn role(&self, _column: &str, _limits: &Limits<'_>) -> Role {
        Role::Text
    }
}

/// The directory that is looked into, and the one under the cursor.
pub fn told(
    inside: &str,
    measured: Option<&Result<Directories, Fault>>,
    current: Option<&Directory>,
    scene: &Scene,
) -> Vec<Told> {
    let mut told = vec![("inside", inside.to_owned(), Role::Heading)];
    match measured {
        None => {
            let text = format!("measuring, at most 40 s {}", scene.theme.glyphs.ellipsis);
            told.push(("", text, Role::Muted));
        }
        Some(Ok(directories)) if directories.partial => {
            let text =
                "There was no time for all of it: what is shown was measured whole, the rest is missing.";
            told.push(("", text.to_owned(), Role::Warn));
        }
        Some(_) => {}
    }
    if let Some(directory) = current {
        let share = format!(
            "{}, {}",
            quantity::bytes(directory.size_bytes),
            quantity::percent(directory.share_percent)
        );
        told.push(("", directory.path.clone(), Role::Text));
        told.push(("holds", share, Role::Text));
    }
    told.push(("", "files of other filesystems are not counted".to_owned(), Role::Faint));
    told
}
