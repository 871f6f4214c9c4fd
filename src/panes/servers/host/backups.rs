//! Backups of a server: how old the newest one is and whether it would be of use, with the runs before it.

use jiff::Timestamp;

use super::plain::Plain;
use super::table::{Column, Row, column};
use super::view::Told;
use crate::command::HostTab;
use crate::domain::backup::{Backup, Kind, Run, State};
use crate::domain::backup_fields::{FIELDS, SPECS};
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::quantity;
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{ServerAnswer, ServerAsk};
use crate::panes::{Scene, Yank};
use crate::theme::Role;

const COLUMNS: [Column; 10] = [
    column("state", 7, 0, true),
    column("name", 18, 0, true),
    column("tool", 10, 4, true),
    column("newest", 6, 1, true),
    column("size", 8, 2, true),
    column("change", 7, 5, true),
    column("count", 5, 3, true),
    column("message", 0, 1, true),
    column("kind", 4, 7, false),
    column("place", 28, 6, false),
];

pub(super) fn state_role(state: State) -> Role {
    match state {
        State::Fine => Role::Ok,
        State::Writing => Role::Accent,
        State::Unknown => Role::Warn,
        State::Bad => Role::Bad,
    }
}

impl Row for Backup {
    type Id = String;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "backups";
    const EMPTY: &'static str = "Write a [[backup]] section with server = \"…\" and files, restic, borg, pgbackrest or timer: \
        pult config example. What pgBackRest keeps is found by itself.";
    const SORT: &'static str = "attention";
    /// Why it is bad is what is looked for.
    const LEAST: u16 = 26;

    fn id(&self) -> String {
        self.name.clone()
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
        match column {
            "state" | "message" => state_role(self.state),
            "name" | "newest" | "size" => Role::Text,
            _ => Role::Muted,
        }
    }

    fn text(&self, column: &str, now: Timestamp) -> Option<String> {
        let age = |at: Timestamp| quantity::age_coarse(now.as_second() - at.as_second());
        (column == "newest").then(|| self.newest_at.map(age)).flatten()
    }
}

impl Plain for Backup {
    const TAB: HostTab = HostTab::Backups;
    const ASK: ServerAsk = ServerAsk::Backups;
    /// Repositories may be far away from the server.
    const AGAIN: i64 = 600;

    fn rows(answer: ServerAnswer) -> Option<Vec<Self>> {
        if let ServerAnswer::Backups(all) = answer { Some(all) } else { None }
    }

    fn told(&self, scene: &Scene) -> Vec<Told> {
        let now = scene.now.as_second();
        let at = |at: Timestamp| format!("{at}, {} ago", quantity::age(now - at.as_second()));
        let kind = self.kind.map_or("", Kind::word);
        let found = if self.found { "it was found: no [[backup]] names it" } else { "" };
        let place = if self.place.is_empty() { "as its own surroundings say" } else { &self.place };
        let mut told = vec![
            ("", format!("{} {}", self.tool.word(), self.name), Role::Text),
            ("", format!("{} {}", self.state.word(), self.message).trim().to_owned(), state_role(self.state)),
            ("", self.hint.clone(), Role::Text),
            ("newest", self.newest_at.map(at).unwrap_or_default(), Role::Text),
            ("at most", quantity::age(self.max_age_s), Role::Muted),
            ("kind", kind.to_owned(), Role::Text),
            ("size", self.size_bytes.map(quantity::bytes).unwrap_or_default(), Role::Text),
            ("oldest", self.oldest_at.map(at).unwrap_or_default(), Role::Text),
            ("count", self.count.map(quantity::count).unwrap_or_default(), Role::Text),
            ("wal to", self.archived_wal.clone(), Role::Text),
            ("in", place.to_owned(), Role::Text),
            ("", found.to_owned(), Role::Muted),
            ("asks", self.command.clone(), Role::Command),
        ];
        let run =
            |(i, run): (usize, &Run)| (if i == 0 { "runs" } else { " " }, line(run, now), run_role(run));
        told.extend(self.runs.iter().enumerate().map(run));
        told
    }

    fn yanked(&self, what: Yank) -> String {
        match what {
            Yank::Command => self.command.clone(),
            Yank::Name => self.name.clone(),
            Yank::Field => self.message.clone(),
            _ => self.place.clone(),
        }
    }
}

fn run_role(run: &Run) -> Role {
    match run.failed {
        Some(false) => Role::Text,
        Some(true) => Role::Bad,
        None => Role::Warn,
    }
}

/// `1d4h  4.5 MiB  full  20261121-031450F`
fn line(run: &Run, now: i64) -> String {
    let age = quantity::age_coarse(now - run.at.as_second());
    let size = run.size_bytes.map(quantity::bytes).unwrap_or_default();
    let kind = run.kind.map_or("", Kind::word);
    let words = [run.label.as_str(), kind, run.of.as_str()];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    format!("{age:>6} {size:>9}  {}", words.join("  "))
}
