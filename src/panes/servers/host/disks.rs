//! The disks of a server: what holds data and how full it is. Enter on a filesystem measures its directories,
//! from one to the next; left and esc lead back up.

use std::collections::HashMap;

use jiff::Timestamp;

use super::list::List;
use super::table::{Column, Row, Table, column};
use super::view::{Asked, Told, View};
use crate::command::{HostTab, Object};
use crate::domain::disk_fields::{FIELDS, SPECS};
use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::quantity;
use crate::domain::server::disks::{Directories, Directory, Disk, above};
use crate::domain::server::threshold::Metric;
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{Facts, ServerAnswer, ServerAsk};
use crate::domain::shell_word::sh_quote;
use crate::panes::{Scene, Yank};
use crate::theme::Role;

/// Seconds between two looks.
const AGAIN: i64 = 15;

const COLUMNS: [Column; 11] = [
    column("name", 0, 0, true),
    column("kind", 10, 6, true),
    column("size", 8, 2, true),
    column("used", 8, 7, true),
    column("available", 8, 5, true),
    column("use", 6, 1, true),
    column("inodes", 6, 8, true),
    column("access", 2, 3, true),
    column("health", 9, 4, true),
    column("device", 20, 10, false),
    column("options", 20, 11, false),
];

impl Row for Disk {
    type Id = String;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "disks";
    const SORT: &'static str = "attention";

    fn id(&self) -> String {
        format!("{} {}", self.name, self.kind)
    }

    fn role(&self, column: &str, limits: &Limits<'_>) -> Role {
        let full = |percent: Option<f64>, metric| percent.is_some_and(|p| p >= limits.level(metric));
        match column {
            "health" if self.ill => Role::Bad,
            "name" if self.ill => Role::Bad,
            "use" | "available" if full(self.used_percent, Metric::Disk) => Role::Warn,
            "inodes" if full(self.inodes_used_percent, Metric::Inodes) => Role::Warn,
            "access" if self.mounted && self.read_only => Role::Warn,
            "name" if self.mounted => Role::Text,
            "use" | "size" | "used" | "available" | "inodes" => Role::Text,
            _ => Role::Muted,
        }
    }
}

/// The view.
#[derive(Default)]
pub struct DisksView {
    table: Table<Disk>,
    /// What is looked into, if anything, and what each directory held: measuring takes a while.
    inside: Option<String>,
    directories: Table<Directory>,
    measured: HashMap<String, Result<Directories, Fault>>,
}

impl DisksView {
    fn enter(&mut self, path: String) {
        self.directories = Table::default();
        let known = self.measured.get(&path).cloned();
        self.inside = Some(path);
        if let Some(known) = known {
            self.show(known, Timestamp::UNIX_EPOCH);
        }
    }

    fn show(&mut self, measured: Result<Directories, Fault>, now: Timestamp) {
        match measured {
            Ok(directories) => self.directories.take(directories.list, now, false),
            Err(fault) => self.directories.fail(fault),
        }
    }
}

impl View for DisksView {
    fn tab(&self) -> HostTab {
        HostTab::Disks
    }

    fn list(&self) -> &dyn List {
        if self.inside.is_some() { &self.directories } else { &self.table }
    }

    fn list_mut(&mut self) -> &mut dyn List {
        if self.inside.is_some() { &mut self.directories } else { &mut self.table }
    }

    fn asks(&self) -> Vec<Asked> {
        match &self.inside {
            None => vec![(ServerAsk::Disks, Some(AGAIN))],
            Some(path) if self.measured.contains_key(path) => Vec::new(),
            Some(path) => vec![(ServerAsk::Directories(path.clone()), None)],
        }
    }

    fn answer(&mut self, what: &ServerAsk, result: Result<ServerAnswer, Fault>, now: Timestamp, hold: bool) {
        match (what, result) {
            (ServerAsk::Disks, Ok(ServerAnswer::Disks(disks))) => self.table.take(disks, now, hold),
            (ServerAsk::Disks, Err(fault)) => self.table.fail(fault),
            (ServerAsk::Directories(path), result) => {
                let measured = match result {
                    Ok(ServerAnswer::Directories(directories)) => Ok(directories),
                    Ok(_) => return,
                    Err(fault) => Err(fault),
                };
                if self.inside.as_deref() == Some(path.as_str()) {
                    self.show(measured.clone(), now);
                }
                self.measured.insert(path.clone(), measured);
            }
            _ => {}
        }
    }

    fn object(&self, _account: Option<&Facts>) -> Option<(String, Object)> {
        None
    }

    fn detail(&self, scene: &Scene) -> Vec<Told> {
        if let Some(path) = &self.inside {
            return super::directories::told(
                path,
                self.measured.get(path),
                self.directories.current(),
                scene,
            );
        }
        let Some(disk) = self.table.current() else { return Vec::new() };
        let size = |n: Option<u64>| n.map(quantity::bytes).unwrap_or_default();
        let percent = |p: Option<f64>| p.map(quantity::percent).unwrap_or_default();
        let full = disk.used_percent.is_some_and(|p| p >= scene.limits.level(Metric::Disk));
        let used = match disk.used_bytes {
            Some(_) => format!(
                "{} of {}, {}",
                size(disk.used_bytes),
                size(disk.size_bytes),
                percent(disk.used_percent)
            ),
            None => String::new(),
        };
        let access = if disk.read_only { "nothing can be written: it is read-only" } else { "" };
        let mut told = vec![
            ("", disk.name.clone(), Role::Heading),
            ("kind", disk.kind.clone(), Role::Text),
            ("device", disk.device.clone(), Role::Text),
            ("size", if used.is_empty() { size(disk.size_bytes) } else { String::new() }, Role::Text),
            ("used", used, if full { Role::Warn } else { Role::Text }),
            ("available", size(disk.available_bytes), Role::Text),
            ("inodes", percent(disk.inodes_used_percent), Role::Text),
            ("access", access.to_owned(), if disk.mounted { Role::Warn } else { Role::Text }),
            ("health", disk.health.clone(), if disk.ill { Role::Bad } else { Role::Text }),
            ("options", disk.options.clone(), Role::Muted),
        ];
        told.extend(disk.notes.iter().map(|note| ("", note.clone(), Role::Text)));
        if disk.mounted {
            told.push(("", "opened, it is measured: what its directories hold".to_owned(), Role::Faint));
        }
        told
    }

    fn yank(&self, what: Yank) -> Option<String> {
        if self.inside.is_some() {
            let path = self.directories.current()?.path.clone();
            return Some(if what == Yank::Command { format!("du -xhd1 {}", sh_quote(&path)) } else { path });
        }
        let disk = self.table.current()?;
        Some(match what {
            Yank::Command if disk.mounted => format!("df -hT {}", sh_quote(&disk.name)),
            Yank::Command => format!("lsblk {}", sh_quote(&disk.device)),
            Yank::Id => disk.device.clone(),
            _ => disk.name.clone(),
        })
    }

    fn open(&mut self) -> bool {
        let path = match &self.inside {
            None => self.table.current().filter(|disk| disk.mounted).map(|disk| disk.name.clone()),
            // The first row is the directory itself.
            Some(inside) => self.directories.current().map(|d| d.path.clone()).filter(|path| path != inside),
        };
        let opens = path.is_some();
        if let Some(path) = path {
            self.enter(path);
        }
        opens
    }

    fn leave(&mut self) -> bool {
        let Some(inside) = self.inside.take() else { return false };
        // Up to the mount point, where it began.
        let began = self.table.data().iter().any(|disk| disk.mounted && disk.name == inside);
        if let Some(up) = above(&inside).filter(|_| !began).map(str::to_owned) {
            self.enter(up);
            self.directories.go_to(|directory| directory.path == inside);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TargetId;
    use crate::domain::server::thresholds::{Levels, Thresholds};

    #[test]
    fn each_server_s_own_thresholds_colour_its_disks() {
        let full = Some(90.0);
        let disk = Disk { mounted: true, used_percent: full, inodes_used_percent: full, ..Disk::default() };
        let mut thresholds = Thresholds::new(80.0, Levels::new());
        let roles = |thresholds: &Thresholds, name| {
            let limits = thresholds.of(&TargetId::server(name));
            ["use", "inodes"].map(|column| disk.role(column, &limits))
        };
        assert_eq!(roles(&thresholds, "web1"), [Role::Warn, Role::Warn]);
        thresholds.say(TargetId::server("web1"), Levels::from([(Metric::Disk, 95.0)]));
        assert_eq!(roles(&thresholds, "web1"), [Role::Text, Role::Warn]);
        assert_eq!(roles(&thresholds, "web2"), [Role::Warn, Role::Warn]);
    }
}
