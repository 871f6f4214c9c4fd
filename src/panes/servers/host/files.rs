//! The files of a server, one folder at a time; beside them those of this machine, to copy from one to the other.

use jiff::Timestamp;

use super::copies::copies;
use super::side::Side;
use super::view::{Asked, Told, View};
use crate::command::{HostTab, Object, Subject};
use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::file_fields::{FIELDS, SPECS};
use crate::domain::filter::FieldSpec;
use crate::domain::log::HostLog;
use crate::domain::quantity;
use crate::domain::server::thresholds::Limits;
use crate::domain::server::transfer::Way;
use crate::domain::server::{
    Facts, FileEntry, FileKind, FilePath, Rights, ServerAnswer, ServerAsk, Transfer,
};
use crate::panes::table::list::List;
use crate::panes::table::{Column, Row, column};
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

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "files";
    const SORT: &'static str = "name";
    const LEAST: u16 = 28;
    const MARKS: bool = true;

    fn id(&self) -> String {
        self.name.clone()
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
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

/// The view: a server's folder, and beside it one of this machine's when files are to be copied.
pub struct FilesView {
    there: Side,
    here: Side,
    both: bool,
    /// The keys go to this machine's side.
    at_here: bool,
}

impl Default for FilesView {
    fn default() -> Self {
        let (there, here) = (Side::at(Some(FilePath::root())), Side::at(None));
        Self { there, here, both: false, at_here: false }
    }
}

impl FilesView {
    fn side(&self) -> &Side {
        if self.at_here { &self.here } else { &self.there }
    }

    fn side_mut(&mut self) -> &mut Side {
        if self.at_here { &mut self.here } else { &mut self.there }
    }

    fn give_keys(&mut self, at_here: bool) {
        self.at_here = at_here;
        (self.here.table.is_behind, self.there.table.is_behind) = (!at_here, at_here && self.both);
    }

    fn object_of(&self, entry: &FileEntry, account: Option<&Facts>) -> (String, Object) {
        if self.at_here {
            return (entry.name.clone(), Object::LocalFile { id: entry.id });
        }
        let side = &self.there;
        let is_root = account.is_some_and(|facts| facts.rights == Rights::Root);
        let owns = |owner: &str| !side.as_root && account.is_some_and(|facts| facts.user == owner);
        let sudo = !is_root && !owns(&entry.owner);
        let object = Object::File {
            path: entry.path.clone(),
            id: entry.id,
            is_folder: entry.kind == FileKind::Folder,
            sudo,
            sudo_name: !is_root && !owns(&side.owner) && (sudo || !side.is_open),
            sudo_owner: !is_root,
        };
        (entry.name.clone(), object)
    }
}

impl View for FilesView {
    fn tab(&self) -> HostTab {
        HostTab::Files
    }

    fn list(&self) -> &dyn List {
        &self.side().table
    }

    fn list_mut(&mut self) -> &mut dyn List {
        &mut self.side_mut().table
    }

    fn asks(&self) -> Vec<Asked> {
        let there = self.there.folder.clone().map(|folder| (ServerAsk::Files(folder), Some(AGAIN)));
        let here = self.both.then(|| (ServerAsk::Here(self.here.folder.clone()), Some(AGAIN)));
        there.into_iter().chain(here).collect()
    }

    fn answer(&mut self, what: &ServerAsk, result: Result<ServerAnswer, Fault>, now: Timestamp, hold: bool) {
        let (side, place) = match what {
            ServerAsk::Files(folder) if Some(folder) == self.there.folder.as_ref() => {
                (&mut self.there, "there")
            }
            ServerAsk::Here(folder) if *folder == self.here.folder => (&mut self.here, "here"),
            _ => return,
        };
        match result {
            Ok(ServerAnswer::Files(list) | ServerAnswer::Here(list)) => side.take(list, now, hold),
            Err(fault) => side.fail(fault),
            Ok(_) => {}
        }
        if self.both {
            side.tell_folder(place);
        }
    }

    fn object(&self, account: Option<&Facts>) -> Option<(String, Object)> {
        Some(self.object_of(self.side().table.current()?, account))
    }

    fn marked(&self, account: Option<&Facts>) -> Vec<(String, Object)> {
        self.side().marked().map(|entry| self.object_of(entry, account)).collect()
    }

    fn sides(&self) -> Option<[&dyn List; 2]> {
        self.both.then_some([&self.here.table as &dyn List, &self.there.table])
    }

    fn at_right(&self) -> bool {
        !self.at_here
    }

    fn turn_sides(&mut self) {
        self.both = !self.both;
        if self.both {
            self.here.narrow("here");
            self.there.narrow("there");
        } else {
            self.there.widen();
        }
        self.give_keys(false);
    }

    fn switch_side(&mut self) {
        if self.both {
            self.give_keys(!self.at_here);
        }
    }

    fn copies(&self, place: &Subject) -> Result<Vec<Transfer>, String> {
        if !self.both {
            return Err("show this machine's side first: files.sides".to_owned());
        }
        let (way, from, to) = match self.at_here {
            true => (Way::Up, &self.here, &self.there),
            false => (Way::Down, &self.there, &self.here),
        };
        copies(place, way, from, to)
    }

    fn detail(&self, scene: &Scene) -> Vec<Told> {
        let side = &self.there;
        let folder = side.folder.as_ref().map(FilePath::shown).unwrap_or_default();
        let mut told = vec![("folder", folder, Role::Text)];
        let Some(entry) = side.table.current() else { return told };
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
            ("", if side.as_root { "listed as root".to_owned() } else { String::new() }, Role::Faint),
        ]);
        told
    }

    fn yank(&self, what: Yank) -> Option<String> {
        let entry = self.side().table.current()?;
        let path = entry.path.as_ref()?;
        Some(match what {
            Yank::Name | Yank::Field => entry.name.clone(),
            Yank::Id | Yank::Line => path.as_str().to_owned(),
            Yank::Command => format!("ls -ld {}", crate::domain::shell_word::sh_quote(path.as_str())),
        })
    }

    fn open(&mut self) -> bool {
        self.side_mut().open()
    }

    fn leave(&mut self) -> bool {
        self.side_mut().leave()
    }

    fn log(&self) -> Option<HostLog> {
        if self.at_here {
            return None;
        }
        let entry = self.there.table.current().filter(|entry| entry.kind != FileKind::Folder)?;
        Some(HostLog::File(entry.path.as_ref()?.as_str().into()))
    }

    fn go_to(&mut self, name: &str) {
        let side = &mut self.there;
        if !side.table.go_to(|entry| entry.name == name) {
            side.wanted = Some(name.to_owned());
        }
    }
}
