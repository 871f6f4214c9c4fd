//! The processes of a server.

use jiff::Timestamp;

use super::list::List;
use super::table::{Column, Row, Table, column};
use super::view::{Asked, Owner, Told, View};
use crate::command::{HostTab, Object};
use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::log::HostLog;
use crate::domain::process_fields::{FIELDS, SPECS};
use crate::domain::quantity;
use crate::domain::server::threshold::Metric;
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{Facts, Process, ProcessList, Rights, ServerAnswer, ServerAsk};
use crate::panes::{Scene, Yank};
use crate::theme::Role;

/// Seconds between two readings.
const AGAIN: i64 = 3;

const COLUMNS: [Column; 13] = [
    column("pid", 7, 0, true),
    column("user", 10, 4, true),
    column("state", 1, 5, true),
    column("cpu", 6, 1, true),
    column("mem", 9, 2, true),
    column("threads", 4, 8, true),
    column("nice", 4, 9, false),
    column("started", 6, 6, true),
    column("command", 0, 0, true),
    column("name", 15, 10, false),
    column("unit", 20, 7, true),
    column("container", 12, 8, true),
    column("ppid", 7, 11, false),
];

impl Row for Process {
    /// A parent is known by its number alone; of those with one number one lives.
    type Id = u32;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "processes";
    const SORT: &'static str = "cpu";

    fn id(&self) -> u32 {
        self.pid
    }

    fn parent(&self) -> Option<u32> {
        Some(self.ppid)
    }

    fn role(&self, column: &str, limits: &Limits<'_>) -> Role {
        match column {
            "cpu" if self.cpu_percent.is_some_and(|cpu| cpu >= limits.level(Metric::Cpu)) => Role::Warn,
            // Waits for a disk, or is dead and was not taken away.
            "state" if matches!(self.state, 'D' | 'Z') => Role::Warn,
            "command" if self.memory_bytes.is_none() => Role::Faint,
            "command" | "cpu" | "mem" | "pid" => Role::Text,
            _ => Role::Muted,
        }
    }

    fn text(&self, column: &str, now: Timestamp) -> Option<String> {
        let age = |at: Timestamp| quantity::age_coarse((now.as_second() - at.as_second()).max(0));
        if column == "started" { self.started_at.map(age) } else { None }
    }
}

/// The view.
#[derive(Default)]
pub struct ProcessesView {
    table: Table<Process>,
    /// The reading before: shares are differences.
    before: Option<ProcessList>,
    /// The cursor goes there as soon as it is known.
    wanted: Option<u32>,
}

impl View for ProcessesView {
    fn tab(&self) -> HostTab {
        HostTab::Processes
    }

    fn list(&self) -> &dyn List {
        &self.table
    }

    fn list_mut(&mut self) -> &mut dyn List {
        &mut self.table
    }

    fn asks(&self) -> Vec<Asked> {
        // There are no shares before the second reading.
        let again = if self.before.is_some() && self.table.data().iter().all(|p| p.cpu_percent.is_none()) {
            1
        } else {
            AGAIN
        };
        vec![(ServerAsk::Processes, Some(again))]
    }

    fn answer(&mut self, what: &ServerAsk, result: Result<ServerAnswer, Fault>, now: Timestamp, hold: bool) {
        match (what, result) {
            (ServerAsk::Processes, Ok(ServerAnswer::Processes(list))) => {
                let list = match &self.before {
                    Some(before) => list.since(before),
                    None => list,
                };
                self.table.take(list.processes.clone(), now, hold);
                self.before = Some(list);
                if let Some(pid) = self.wanted.take() {
                    self.table.go_to(|process| process.pid == pid);
                }
            }
            (ServerAsk::Processes, Err(fault)) => self.table.fail(fault),
            _ => {}
        }
    }

    fn object(&self, account: Option<&Facts>) -> Option<(String, Object)> {
        let process = self.table.current()?;
        let sudo = account.is_none_or(|facts| {
            facts.rights != Rights::Root && process.user.as_deref() != Some(facts.user.as_str())
        });
        Some((process.name.clone(), Object::Process { id: process.id(), sudo }))
    }

    fn detail(&self, scene: &Scene) -> Vec<Told> {
        let Some(process) = self.table.current() else { return Vec::new() };
        let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
        let started = process.started_at.map(|at| {
            let age = quantity::age((scene.now.as_second() - at.as_second()).max(0));
            format!("{age} ago")
        });
        let container = process.container.as_ref().map(|id| {
            let known = scene.world.containers().find(|c| *c.id.0 == **id);
            known.map_or_else(
                || id.get(..12).unwrap_or(id).to_owned(),
                |c| format!("{} ({})", c.name, c.target),
            )
        });
        vec![
            ("", process.command.clone(), Role::Text),
            ("pid", format!("{}, child of {}", process.pid, process.ppid), Role::Text),
            ("state", state(process.state).to_owned(), Role::Text),
            ("user", process.user.clone().unwrap_or_default(), Role::Text),
            ("started", started.unwrap_or_default(), Role::Text),
            ("threads", number(process.threads), Role::Text),
            ("niceness", process.nice.map(|n| n.to_string()).unwrap_or_default(), Role::Text),
            ("unit", process.unit.clone().unwrap_or_default(), Role::Text),
            ("container", container.unwrap_or_default(), Role::Text),
        ]
    }

    fn yank(&self, what: Yank) -> Option<String> {
        let process = self.table.current()?;
        Some(match what {
            Yank::Name => process.name.clone(),
            Yank::Id | Yank::Field => process.pid.to_string(),
            Yank::Line => process.command.clone(),
            Yank::Command => format!("ps -fp {}", process.pid),
        })
    }

    fn turn_tree(&mut self) {
        self.table.tree = !self.table.tree;
        self.table.arrange(None);
    }

    /// By its number.
    fn go_to(&mut self, name: &str) {
        let Ok(pid) = name.parse() else { return };
        if !self.table.go_to(|process| process.pid == pid) {
            self.wanted = Some(pid);
        }
    }

    fn log(&self) -> Option<HostLog> {
        self.table.current()?.unit.as_deref().map(|unit| HostLog::Journal(Some(unit.into())))
    }

    fn owner(&self) -> Option<Owner> {
        let process = self.table.current()?;
        let container = process.container.clone().map(Owner::Container);
        container.or_else(|| process.unit.clone().map(Owner::Unit))
    }
}

/// proc_pid_stat(5)
fn state(letter: char) -> &'static str {
    match letter {
        'R' => "running",
        'S' => "sleeping",
        'D' => "waiting for a disk",
        'Z' => "dead, and its parent has not taken notice",
        'T' => "stopped",
        't' => "stopped by a debugger",
        'I' => "idle",
        'X' | 'x' => "dead",
        _ => "unknown",
    }
}
