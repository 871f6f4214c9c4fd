//! The files of a server, one folder at a time.

use jiff::Timestamp;

use super::list::List;
use super::table::{Column, Row, Table};
use super::view::{Asked, Told, View, column};
use crate::command::{HostTab, Object};
use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::file_fields::{FIELDS, SPECS};
use crate::domain::filter::FieldSpec;
use crate::domain::log::HostLog;
use crate::domain::quantity;
use crate::domain::server::{Facts, FileEntry, FileKind, FilePath, Rights, ServerAnswer, ServerAsk};
use crate::panes::{Scene, Yank};
use crate::theme::Role;

/// Seconds between two looks.
const AGAIN: i64 = 5;

const COLUMNS: [Column; 8] = [
    column("name", 0, 0, true),
    column("kind", 6, 5, false),
    column("mode", 10, 2, true),
    column("owner", 10, 3, true),
    column("group", 10, 5, true),
    column("size", 9, 1, true),
    column("written", 8, 4, true),
    column("link", 20, 6, false),
];

impl Row for FileEntry {
    /// Two names may be one file.
    type Id = String;

    const NOUNS: &'static str = "files";
    const SORT: &'static str = "name";

    fn fields() -> &'static [Field<Self>] {
        &FIELDS
    }

    fn specs() -> &'static [FieldSpec] {
        &SPECS
    }

    fn columns() -> &'static [Column] {
        &COLUMNS
    }

    fn id(&self) -> String {
        self.name.clone()
    }

    fn role(&self, column: &str, _threshold_percent: f64) -> Role {
        match (column, self.kind) {
            ("name", FileKind::Folder) => Role::Accent,
            ("name", FileKind::File) => Role::Text,
            ("size", _) => Role::Text,
            _ => Role::Muted,
        }
    }

    fn text(&self, column: &str, now: Timestamp) -> Option<String> {
        let age = |at: Timestamp| quantity::age_coarse((now.as_second() - at.as_second()).max(0));
        match column {
            "written" => self.written_at.map(age),
            _ => None,
        }
    }
}

/// The view.
pub struct FilesView {
    folder: FilePath,
    table: Table<FileEntry>,
    /// The listing took the rights of root: so does what is done there.
    as_root: bool,
    /// Whose the folder is, and whether everybody may make names in it.
    owner: String,
    is_open: bool,
    /// The name to go to when the folder is listed.
    wanted: Option<String>,
}

impl Default for FilesView {
    fn default() -> Self {
        Self {
            folder: FilePath::root(),
            table: Table::default(),
            as_root: false,
            owner: String::new(),
            is_open: false,
            wanted: None,
        }
    }
}

impl FilesView {
    fn turn_to(&mut self, folder: FilePath, wanted: Option<String>) {
        let columns = std::mem::take(&mut self.table.columns);
        let (sort, descending) = (self.table.sort, self.table.descending);
        self.table = Table::default();
        (self.table.columns, self.table.sort, self.table.descending) = (columns, sort, descending);
        (self.folder, self.wanted) = (folder, wanted);
    }
}

impl View for FilesView {
    fn tab(&self) -> HostTab {
        HostTab::Files
    }

    fn list(&self) -> &dyn List {
        &self.table
    }

    fn list_mut(&mut self) -> &mut dyn List {
        &mut self.table
    }

    fn asks(&self) -> Vec<Asked> {
        vec![(ServerAsk::Files(self.folder.clone()), Some(AGAIN))]
    }

    fn answer(&mut self, what: &ServerAsk, result: Result<ServerAnswer, Fault>, now: Timestamp, hold: bool) {
        match (what, result) {
            (ServerAsk::Files(folder), Ok(ServerAnswer::Files(list))) if *folder == self.folder => {
                (self.as_root, self.owner, self.is_open) = (list.as_root, list.owner, list.is_open);
                self.table.take(list.entries, now, hold);
                if let Some(name) = self.wanted.take() {
                    self.table.go_to(|entry| entry.name == name);
                }
            }
            (ServerAsk::Files(folder), Err(fault)) if *folder == self.folder => self.table.fail(fault),
            _ => {}
        }
    }

    fn object(&self, account: Option<&Facts>) -> Option<(String, Object)> {
        let entry = self.table.current()?;
        let is_root = account.is_some_and(|facts| facts.rights == Rights::Root);
        let owns = |owner: &str| !self.as_root && account.is_some_and(|facts| facts.user == owner);
        let sudo = !is_root && !owns(&entry.owner);
        let sudo_name = !is_root && !owns(&self.owner) && (sudo || !self.is_open);
        let is_folder = entry.kind == FileKind::Folder;
        let object = Object::File {
            path: entry.path.clone(),
            id: entry.id,
            is_folder,
            sudo,
            sudo_name,
            sudo_owner: !is_root,
        };
        Some((entry.name.clone(), object))
    }

    fn detail(&self, scene: &Scene) -> Vec<Told> {
        let mut told = vec![("folder", self.folder.shown(), Role::Text)];
        let Some(entry) = self.table.current() else { return told };
        let written = entry
            .written_at
            .map(|at| format!("{} ago", quantity::age((scene.now.as_second() - at.as_second()).max(0))));
        let unusable = "its name is no UTF-8: it is shown, and cannot be acted on";
        told.extend([
            ("name", entry.name.clone(), Role::Text),
            ("", if entry.path.is_none() { unusable.to_owned() } else { String::new() }, Role::Warn),
            ("kind", entry.kind.word().to_owned(), Role::Text),
            ("leads to", entry.leads_to.clone(), Role::Text),
            ("mode", entry.mode.clone(), Role::Text),
            ("owner", format!("{}:{}", entry.owner, entry.group), Role::Text),
            ("size", format!("{} bytes", entry.size_bytes), Role::Text),
            ("written", written.unwrap_or_default(), Role::Text),
            ("", if self.as_root { "listed as root".to_owned() } else { String::new() }, Role::Faint),
        ]);
        told
    }

    fn yank(&self, what: Yank) -> Option<String> {
        let entry = self.table.current()?;
        let path = entry.path.as_ref()?;
        Some(match what {
            Yank::Name | Yank::Field => entry.name.clone(),
            Yank::Id | Yank::Line => path.as_str().to_owned(),
            Yank::Command => format!("ls -ld {}", crate::domain::shell_word::sh_quote(path.as_str())),
        })
    }

    fn open(&mut self) -> bool {
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

    fn leave(&mut self) -> bool {
        let Some(parent) = self.folder.parent() else { return false };
        let name = crate::domain::server::files::shown(self.folder.name().as_bytes());
        self.turn_to(parent, Some(name));
        true
    }

    fn log(&self) -> Option<HostLog> {
        let entry = self.table.current().filter(|entry| entry.kind != FileKind::Folder)?;
        Some(HostLog::File(entry.path.as_ref()?.as_str().into()))
    }

    fn go_to(&mut self, name: &str) {
        if !self.table.go_to(|entry| entry.name == name) {
            self.wanted = Some(name.to_owned());
        }
    }
}
