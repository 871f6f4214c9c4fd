//! One side of the files: a folder, what it holds, and what is marked in it.

use jiff::Timestamp;

use crate::domain::fault::Fault;
use crate::domain::server::files::shown;
use crate::domain::server::{FileEntry, FileKind, FileList, FilePath};
use crate::panes::table::{Row, Table};
use crate::theme::Role;

/// Columns where two sides share the width.
const NARROW: [&str; 3] = ["name", "size", "written"];

/// Characters of a path that are told.
const LONG: usize = 22;

/// A side.
pub struct Side {
    /// `None` until it is known where it begins.
    pub folder: Option<FilePath>,
    pub table: Table<FileEntry>,
    /// The listing took the rights of root: so does what is done there.
    pub as_root: bool,
    /// Whose the folder is, and whether everybody may make names in it.
    pub owner: String,
    pub is_open: bool,
    /// The name to go to when the folder is listed.
    pub wanted: Option<String>,
}

impl Side {
    pub fn at(folder: Option<FilePath>) -> Self {
        Self {
            folder,
            table: Table::default(),
            as_root: false,
            owner: String::new(),
            is_open: false,
            wanted: None,
        }
    }

    pub fn take(&mut self, list: FileList, now: Timestamp, hold: bool) {
        (self.as_root, self.owner, self.is_open) = (list.as_root, list.owner, list.is_open);
        self.folder = Some(list.folder);
        self.table.take(list.entries, now, hold);
        if let Some(name) = self.wanted.take() {
            self.table.go_to(|entry| entry.name == name);
        }
    }

    pub fn fail(&mut self, fault: Fault) {
        self.table.fail(fault);
    }

    fn turn_to(&mut self, folder: FilePath, wanted: Option<String>) {
        let before = std::mem::take(&mut self.table);
        (self.table.columns, self.table.sort) = (before.columns, before.sort);
        (self.table.descending, self.table.is_behind) = (before.descending, before.is_behind);
        (self.folder, self.wanted) = (Some(folder), wanted);
    }

    /// Into the folder under the cursor.
    pub fn open(&mut self) -> bool {
        let Some(entry) = self.table.current() else { return false };
        match (&entry.path, entry.kind) {
            // Of a link nobody knows before it is tried.
            (Some(path), FileKind::Folder | FileKind::Link) => {
                let path = path.clone();
                self.turn_to(path, None);
                true
            }
            _ => false,
        }
    }

    /// Out of the folder, to where it stands in the one above.
    pub fn leave(&mut self) -> bool {
        let Some(parent) = self.folder.as_ref().and_then(FilePath::parent) else { return false };
        let name = self.folder.as_ref().map(|folder| shown(folder.name().as_bytes()));
        self.turn_to(parent, name);
        true
    }

    /// The marked ones, or the one under the cursor.
    pub fn chosen(&self) -> Vec<&FileEntry> {
        match self.table.marks.is_empty() {
            true => self.table.current().into_iter().collect(),
            false => self.marked().collect(),
        }
    }

    pub fn marked(&self) -> impl Iterator<Item = &FileEntry> {
        self.table.data().iter().filter(|entry| self.table.marks.contains(&entry.name))
    }

    /// Half of the width is its own: fewer columns, and the folder where the detail would tell it.
    pub fn narrow(&mut self, place: &str) {
        let is_shown = |id: &str| NARROW.contains(&id);
        let columns = FileEntry::COLUMNS.iter().enumerate().filter(|(_, column)| is_shown(column.id));
        self.table.columns = columns.map(|(i, _)| i).collect();
        self.tell_folder(place);
    }

    /// All of the width is its own.
    pub fn widen(&mut self) {
        let columns = FileEntry::COLUMNS.iter().enumerate().filter(|(_, column)| column.shown);
        self.table.columns = columns.map(|(i, _)| i).collect();
        (self.table.note, self.table.note_first) = (None, false);
    }

    pub fn tell_folder(&mut self, place: &str) {
        let folder = self.folder.as_ref().map(|folder| ending(&folder.shown())).unwrap_or_default();
        self.table.note = Some((format!("{place} {folder}"), Role::Muted));
        self.table.note_first = true;
    }
}

/// The end of a long path tells more than its beginning.
fn ending(path: &str) -> String {
    let skipped = path.chars().count().saturating_sub(LONG);
    if skipped == 0 {
        return path.to_owned();
    }
    let end: String = path.chars().skip(skipped).collect();
    // From a folder's beginning on, if one begins there.
    format!("…{}", end.find('/').and_then(|at| end.get(at..)).unwrap_or(&end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_path_the_end_is_told() {
        assert_eq!(ending("/var/log"), "/var/log");
        assert_eq!(ending("/home/somebody/with/a/path/to/the/end"), "…/a/path/to/the/end");
        assert_eq!(ending(&format!("/{}", "x".repeat(40))), format!("…{}", "x".repeat(LONG)));
    }
}
