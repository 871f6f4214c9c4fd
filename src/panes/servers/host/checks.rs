//! What this server is asked again and again, or asks others: how each check stands, what it said, and for how long.
//! Nothing is asked for this view; the answers come by themselves.

use std::sync::Arc;

use jiff::Timestamp;

use super::list::List;
use super::table::{Column, Row, Table, column};
use super::view::{Asked, Told, View};
use crate::command::{HostTab, Object};
use crate::domain::check::{CheckRow, State, Verdict};
use crate::domain::check_fields::{FIELDS, SPECS};
use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::ids::TargetId;
use crate::domain::quantity;
use crate::domain::server::threshold::Metric;
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{Facts, ServerAnswer, ServerAsk};
use crate::domain::world::World;
use crate::panes::{Context, Scene, Yank};
use crate::theme::Role;

const COLUMNS: [Column; 9] = [
    column("name", 15, 0, true),
    column("state", 8, 1, true),
    column("since", 6, 4, true),
    column("answer", 0, 2, true),
    column("took", 7, 3, true),
    column("past", 12, 5, true),
    column("asks", 0, 6, true),
    column("certificate", 5, 8, true),
    column("kind", 10, 7, true),
];

/// The label of what belongs to the line above it.
const BELOW: &str = " ";

fn role(state: State) -> Role {
    match state {
        State::Ok => Role::Ok,
        State::Unknown => Role::Stale,
        State::Degraded | State::Suspect => Role::Warn,
        State::Down => Role::Bad,
    }
}

impl Row for CheckRow {
    type Id = String;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "checks";
    const SORT: &'static str = "attention";
    const EMPTY: &'static str = "Write a [[check]] in the configuration: its server, and what to ask (http, tcp, dns, ping, \
        command, file, directory, mail_queue, processes). pult config example shows them all.";
    const MARKS: bool = true;

    fn id(&self) -> String {
        self.name.clone()
    }

    fn role(&self, column: &str, limits: &Limits<'_>) -> Role {
        let is_due = |days: i64| -(days as f64) >= limits.level(Metric::Certificate);
        match column {
            "name" | "took" => Role::Text,
            "state" => role(self.state),
            "answer" if self.state != State::Ok => role(self.state),
            "certificate" if self.certificate_days.is_some_and(is_due) => Role::Warn,
            _ => Role::Muted,
        }
    }

    fn text(&self, column: &str, now: Timestamp) -> Option<String> {
        match column {
            "since" => self.since.map(|at| quantity::age_coarse(now.as_second() - at.as_second())),
            "took" => self.took_ms.filter(|ms| *ms < 9.95).map(|ms| format!("{ms:.1}")),
            _ => None,
        }
    }

    /// How long each answer took; a failure is full.
    fn past(&self, column: &str) -> Option<Vec<(f32, Role)>> {
        let one = |sample: &crate::domain::check::Sample| match sample.verdict {
            Verdict::Ok => (sample.took_s, Role::ChartLine1),
            Verdict::Degraded => (sample.took_s, Role::Warn),
            Verdict::Failed => (f32::INFINITY, Role::Bad),
            Verdict::Unknown => (f32::NAN, Role::Faint),
        };
        (column == "past").then(|| self.samples.iter().map(one).collect())
    }
}

/// The view.
#[derive(Default)]
pub struct ChecksView {
    table: Table<CheckRow>,
    wanted: Option<String>,
}

impl View for ChecksView {
    fn tab(&self) -> HostTab {
        HostTab::Checks
    }

    fn list(&self) -> &dyn List {
        &self.table
    }

    fn list_mut(&mut self) -> &mut dyn List {
        &mut self.table
    }

    fn asks(&self) -> Vec<Asked> {
        Vec::new()
    }

    fn answer(&mut self, _: &ServerAsk, _: Result<ServerAnswer, Fault>, _: Timestamp, _hold: bool) {}

    fn see(&mut self, target: &TargetId, cx: &Context) {
        let rows = cx.world.checks.of(target).map(|one| one.row(cx.now)).collect();
        self.table.take(rows, cx.now, cx.hold);
        if let Some(name) = self.wanted.take() {
            self.table.go_to(|row| row.name == name);
        }
    }

    /// The marked ones, or the one under the cursor.
    fn checks(&self, world: &World, target: &TargetId) -> Vec<Arc<str>> {
        let chosen = |name: &str| match self.table.marks.is_empty() {
            true => self.table.current().is_some_and(|row| row.name == name),
            false => self.table.marks.contains(name),
        };
        let all = world.checks.of(target).map(|one| one.check.name.clone());
        all.filter(|name| chosen(name)).collect()
    }

    fn object(&self, _account: Option<&Facts>) -> Option<(String, Object)> {
        None
    }

    fn detail(&self, scene: &Scene) -> Vec<Told> {
        self.table.current().map(|row| told(row, scene.now)).unwrap_or_default()
    }

    fn yank(&self, what: Yank) -> Option<String> {
        let row = self.table.current()?;
        Some(match what {
            Yank::Line => row.message.clone(),
            Yank::Field => row.asked.clone(),
            _ => row.name.clone(),
        })
    }

    fn go_to(&mut self, name: &str) {
        self.wanted = Some(name.to_owned());
    }
}

fn told(row: &CheckRow, now: Timestamp) -> Vec<Told> {
    let age = |at: Timestamp| quantity::age(now.as_second() - at.as_second());
    let role = role(row.state);
    let since = row.since.map(|at| format!(" for {}", age(at))).unwrap_or_default();
    let certificate = row.certificate_days.map(|days| format!("ends in {days} days"));
    let coarse = |at: Timestamp| quantity::age_coarse(now.as_second() - at.as_second());
    let last = row.at.map(|at| format!(", last {} ago", coarse(at))).unwrap_or_default();
    let blips = match row.blips {
        0 => String::new(),
        1 => "once, and was no outage".to_owned(),
        n => format!("{n} times, and was no outage"),
    };
    let every = quantity::age(row.every_s as i64);
    let mut told = vec![
        ("", format!("{} {}", row.kind, row.asked), Role::Text),
        ("state", format!("{}{since}", row.state.word()), role),
        ("answer", row.message.clone(), if row.state == State::Ok { Role::Text } else { role }),
        (BELOW, row.hint.clone().unwrap_or_default(), Role::Text),
        ("took", row.took_ms.map(|ms| quantity::took(ms / 1000.0)).unwrap_or_default(), Role::Text),
        ("certificate", certificate.unwrap_or_default(), Role::Text),
        ("asked", format!("every {every}{last}"), Role::Muted),
        ("failed", blips, Role::Muted),
    ];
    // What was suspected and came true is told once.
    let came_true = |i: usize| i > 0 && row.turns[i - 1].at == row.turns[i].at;
    let turns = row.turns.iter().enumerate().filter(|(i, _)| !came_true(*i));
    told.extend(turns.map(|(i, turn)| {
        let text = format!("{:>4} ago  {}: {}", coarse(turn.at), turn.to.word(), turn.message);
        (if i == 0 { "changes" } else { BELOW }, text, self::role(turn.to))
    }));
    told
}
