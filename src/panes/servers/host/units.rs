//! The units of a server.

use jiff::Timestamp;

use super::list::List;
use super::table::{Column, Row, Table, column};
use super::view::{Asked, Told, View};
use crate::command::{HostTab, Object};
use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::log::HostLog;
use crate::domain::quantity;
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{Facts, Rights, ServerAnswer, ServerAsk, Unit, UnitDetail};
use crate::domain::unit_fields::{FIELDS, SPECS};
use crate::panes::{Scene, Yank};
use crate::theme::Role;

/// Seconds between two looks at all units, and at the one under the cursor.
const AGAIN: i64 = 5;

const COLUMNS: [Column; 12] = [
    column("name", 0, 0, true),
    column("active", 12, 1, true),
    column("sub", 10, 4, true),
    column("enabled", 10, 3, true),
    column("load", 10, 9, false),
    column("pid", 7, 7, true),
    column("mem", 9, 5, true),
    column("cpu", 6, 6, true),
    column("restarts", 8, 8, false),
    column("since", 6, 2, true),
    column("next", 6, 6, true),
    column("description", 0, 7, true),
];

impl Row for Unit {
    type Id = String;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "units";
    const SORT: &'static str = "attention";
    /// `systemd-journald.service`
    const LEAST: u16 = 24;

    fn id(&self) -> String {
        self.name.clone()
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
        match column {
            "active" | "sub" if self.is_failed() => Role::Bad,
            "active" if self.active == "activating" || self.active == "deactivating" => Role::Warn,
            "name" if self.is_failed() => Role::Bad,
            "name" if self.is_active() => Role::Text,
            "load" if self.load == "error" || self.load == "bad-setting" => Role::Bad,
            "restarts" if self.restarts.is_some_and(|n| n > 0) => Role::Warn,
            "pid" | "mem" | "cpu" | "since" => Role::Text,
            _ => Role::Muted,
        }
    }

    fn text(&self, column: &str, now: Timestamp) -> Option<String> {
        let age = |at: Timestamp| quantity::age_coarse(now.as_second() - at.as_second());
        match column {
            "since" => self.since_at.map(age),
            // Spent, not gone by: seconds are worth telling.
            "cpu" => self.cpu_s.map(|spent| quantity::age(spent as i64)),
            // It lies ahead.
            "next" => self.next_at.map(|at| quantity::age_coarse((at.as_second() - now.as_second()).max(0))),
            _ => None,
        }
    }
}

/// The view.
#[derive(Default)]
pub struct UnitsView {
    table: Table<Unit>,
    /// Of the unit under the cursor, once it was asked for.
    detail: Option<Result<Box<UnitDetail>, Fault>>,
    detail_of: String,
    wanted: Option<String>,
}

impl UnitsView {
    fn known(&self) -> Option<&Result<Box<UnitDetail>, Fault>> {
        let name = &self.table.current()?.name;
        self.detail.as_ref().filter(|_| self.detail_of == *name)
    }
}

impl View for UnitsView {
    fn tab(&self) -> HostTab {
        HostTab::Units
    }

    fn list(&self) -> &dyn List {
        &self.table
    }

    fn list_mut(&mut self) -> &mut dyn List {
        &mut self.table
    }

    fn asks(&self) -> Vec<Asked> {
        vec![(ServerAsk::Units, Some(AGAIN))]
    }

    fn asks_about_current(&self) -> Option<Asked> {
        self.table.current().map(|unit| (ServerAsk::Unit(unit.name.clone()), Some(AGAIN)))
    }

    fn answer(&mut self, what: &ServerAsk, result: Result<ServerAnswer, Fault>, now: Timestamp, hold: bool) {
        match (what, result) {
            (ServerAsk::Units, Ok(ServerAnswer::Units(list))) => {
                self.table.take(list.units, now, hold);
                if let Some(name) = self.wanted.take() {
                    self.table.go_to(|unit| unit.name == name);
                }
            }
            (ServerAsk::Units, Err(fault)) => self.table.fail(fault),
            (ServerAsk::Unit(name), Ok(ServerAnswer::Unit(detail))) => {
                self.detail_of.clone_from(name);
                self.detail = Some(Ok(detail));
            }
            (ServerAsk::Unit(name), Err(fault)) => {
                self.detail_of.clone_from(name);
                self.detail = Some(Err(fault));
            }
            _ => {}
        }
    }

    fn object(&self, account: Option<&Facts>) -> Option<(String, Object)> {
        let unit = self.table.current()?;
        let sudo = account.is_none_or(|facts| facts.rights != Rights::Root);
        Some((unit.name.clone(), Object::Unit { unit: Box::new(unit.clone()), sudo }))
    }

    fn detail(&self, scene: &Scene) -> Vec<Told> {
        let Some(unit) = self.table.current() else { return Vec::new() };
        let role = if unit.is_failed() { Role::Bad } else { Role::Text };
        let since = unit.since_at.map(|at| quantity::age(scene.now.as_second() - at.as_second()));
        let since = since.map(|age| format!(" for {age}")).unwrap_or_default();
        // `failed (failed)` says nothing twice.
        let state = match unit.sub == unit.active {
            true => unit.active.clone(),
            false => format!("{} ({})", unit.active, unit.sub),
        };
        let mut told = vec![
            ("", unit.description.clone(), Role::Muted),
            ("state", format!("{state}{since}"), role),
            ("load", unit.load.clone(), Role::Text),
            ("enabled", unit.enabled.clone().unwrap_or_default(), Role::Text),
            ("starts", unit.activates.clone().unwrap_or_default(), Role::Text),
        ];
        match self.known() {
            None => told.push(("", format!("asking {}", scene.theme.glyphs.ellipsis), Role::Faint)),
            Some(Err(fault)) => told.push(("", fault.in_full(), Role::Warn)),
            Some(Ok(detail)) => {
                let ended = match (detail.result.as_str(), detail.exit_status) {
                    ("" | "success", _) => String::new(),
                    (result, Some(code)) if code != 0 => format!("{result}, status {code}"),
                    (result, _) => result.to_owned(),
                };
                told.push(("result", ended, Role::Bad));
                told.push(("file", detail.path.clone(), Role::Text));
                told.push(("drop-ins", detail.drop_ins.join(" "), Role::Text));
                told.push(("tasks", detail.tasks.map(|n| n.to_string()).unwrap_or_default(), Role::Text));
                told.push(("requires", detail.requires.join(" "), Role::Text));
                told.push(("wants", detail.wants.join(" "), Role::Text));
                told.push(("stops with it", detail.stops_with_it.join(" "), Role::Text));
                told.push(("wanted by", detail.wanted_by.join(" "), Role::Text));
                told.push(("triggered by", detail.triggered_by.join(" "), Role::Text));
            }
        }
        told
    }

    fn yank(&self, what: Yank) -> Option<String> {
        let unit = self.table.current()?;
        Some(match what {
            Yank::Command => format!("systemctl status {}", crate::domain::shell_word::sh_quote(&unit.name)),
            Yank::Line => unit.description.clone(),
            Yank::Name | Yank::Id | Yank::Field => unit.name.clone(),
        })
    }

    fn log(&self) -> Option<HostLog> {
        self.table.current().map(|unit| HostLog::Journal(Some(unit.name.as_str().into())))
    }

    fn go_to(&mut self, name: &str) {
        if !self.table.go_to(|unit| unit.name == name) {
            self.wanted = Some(name.to_owned());
        }
    }
}
