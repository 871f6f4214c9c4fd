//! fail2ban on a server: its jails with their figures, below each whom it keeps out, and what is known of somebody.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::list::List;
use super::table::{Column, Row, Table, column};
use super::view::{Asked, Told, View};
use crate::command::{HostTab, Object};
use crate::domain::ban_fields::{FIELDS, SPECS};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::ids::TargetId;
use crate::domain::quantity;
use crate::domain::server::ban_rows::{BanRow, rows};
use crate::domain::server::jails::{Attacker, JailName, JailReport, Jails};
use crate::domain::server::network::Network;
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{Facts, Rights, ServerAnswer, ServerAsk};
use crate::panes::{Scene, Yank};
use crate::theme::Role;

/// Seconds between two looks: a jail takes half a second of the server's time.
const AGAIN: i64 = 10;

const COLUMNS: [Column; 8] = [
    column("who", 0, 0, true),
    column("jail", 16, 9, false),
    column("failed", 6, 4, true),
    column("failed_total", 11, 6, true),
    column("banned", 6, 3, true),
    column("banned_total", 11, 5, true),
    column("since", 6, 1, true),
    column("until", 6, 2, true),
];

impl Row for BanRow {
    type Id = (JailName, Option<String>);

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "jails and bans";
    const SORT: &'static str = "since";

    fn id(&self) -> Self::Id {
        (self.jail.clone(), self.who.clone())
    }

    fn parent(&self) -> Option<Self::Id> {
        self.who.is_some().then(|| (self.jail.clone(), None))
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
        match column {
            "banned" if self.banned_now.is_some_and(|n| n > 0) => Role::Warn,
            "who" if self.who.is_none() => Role::Heading,
            "who" | "since" => Role::Text,
            _ => Role::Muted,
        }
    }

    fn text(&self, column: &str, now: Timestamp) -> Option<String> {
        match column {
            "since" => self.since.map(|at| quantity::age_coarse((now.as_second() - at.as_second()).max(0))),
            // It lies ahead.
            "until" => self.until.map(|at| quantity::age_coarse((at.as_second() - now.as_second()).max(0))),
            _ => None,
        }
    }
}

/// What each server said of somebody.
type Said = BTreeMap<TargetId, Result<Attacker, Fault>>;

/// The view.
pub struct BansView {
    table: Table<BanRow>,
    report: Option<Arc<JailReport>>,
    /// Somebody who was asked about, with what each server said.
    known: Option<(Network, Said)>,
    /// Every server is asked about him.
    traced: Option<Network>,
}

impl Default for BansView {
    fn default() -> Self {
        let mut table = Table::default();
        table.tree = true;
        Self { table, report: None, known: None, traced: None }
    }
}

impl BansView {
    fn current(&self) -> Option<Network> {
        self.table.current()?.who.as_ref()?.parse().ok()
    }

    fn card(&self, who: Network, scene: &Scene) -> Vec<Told> {
        let asking = || vec![("", format!("asking {}", scene.theme.glyphs.ellipsis), Role::Faint)];
        let Some((_, known)) = self.known.as_ref().filter(|(about, _)| *about == who) else {
            return asking();
        };
        let mut told = Vec::new();
        for (target, known) in known {
            match known {
                Err(fault) => told.push(("", format!("{}: {}", target.name, fault.message), Role::Muted)),
                Ok(known) => {
                    let jails: Vec<&str> = known.jails.iter().map(JailName::as_str).collect();
                    let role = if jails.is_empty() { Role::Muted } else { Role::Warn };
                    let jails = if jails.is_empty() {
                        "not banned".to_owned()
                    } else {
                        format!("banned in {}", jails.join(", "))
                    };
                    let often = format!("the log has {} finds and {} bans", known.found, known.banned);
                    told.push(("", format!("{}: {jails}; {often}", target.name), role));
                    told.extend(known.lines.iter().map(|line| ("", line.clone(), Role::Faint)));
                }
            }
        }
        told
    }
}

impl View for BansView {
    fn tab(&self) -> HostTab {
        HostTab::Bans
    }

    fn list(&self) -> &dyn List {
        &self.table
    }

    fn list_mut(&mut self) -> &mut dyn List {
        &mut self.table
    }

    fn asks(&self) -> Vec<Asked> {
        vec![(ServerAsk::Jails, Some(AGAIN))]
    }

    fn asks_about_current(&self) -> Option<Asked> {
        self.current().map(|who| (ServerAsk::Attacker(who), Some(AGAIN)))
    }

    fn asks_everywhere(&self) -> Option<Asked> {
        let who = self.traced.filter(|who| Some(*who) == self.current())?;
        Some((ServerAsk::Attacker(who), None))
    }

    fn trace(&mut self) {
        self.traced = self.current();
    }

    fn answer(&mut self, what: &ServerAsk, result: Result<ServerAnswer, Fault>, now: Timestamp, hold: bool) {
        match (what, result) {
            (ServerAsk::Jails, Ok(ServerAnswer::Jails(report))) => match &report.jails {
                Jails::Absent => self.table.fail(
                    Fault::new(FaultKind::Unsupported, "fail2ban is not there, or does not run")
                        .hint("apt install fail2ban, or systemctl start fail2ban"),
                ),
                Jails::Running(jails) => {
                    let banned: u64 = jails.iter().filter_map(|jail| jail.banned_now).sum();
                    self.table.note = Some((format!("{banned} banned; jails: {}", jails.len()), Role::Muted));
                    self.table.take(rows(jails), now, hold);
                    self.report = Some(report);
                }
            },
            (ServerAsk::Jails, Err(fault)) => self.table.fail(fault),
            _ => {}
        }
    }

    fn answer_of(&mut self, target: &TargetId, what: &ServerAsk, result: &Result<ServerAnswer, Fault>) {
        let ServerAsk::Attacker(who) = what else { return };
        let answer = match result {
            Ok(ServerAnswer::Attacker(known)) => Ok(known.clone()),
            Ok(_) => return,
            Err(fault) => Err(fault.clone()),
        };
        match &mut self.known {
            Some((about, known)) if about == who => {
                known.insert(target.clone(), answer);
            }
            _ => self.known = Some((*who, BTreeMap::from([(target.clone(), answer)]))),
        }
    }

    fn object(&self, account: Option<&Facts>) -> Option<(String, Object)> {
        let row = self.table.current()?;
        let seen = self.report.as_ref().and_then(|report| report.seen);
        let sudo = account.is_none_or(|facts| facts.rights != Rights::Root);
        let jail = row.jail.clone();
        Some(match self.current() {
            Some(who) => (who.to_string(), Object::Ban { who, jail, seen, sudo }),
            None => (jail.as_str().to_owned(), Object::Jail { jail, seen, sudo }),
        })
    }

    fn detail(&self, scene: &Scene) -> Vec<Told> {
        let Some(row) = self.table.current() else { return Vec::new() };
        let count = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        let mut told = vec![("", row.title().to_owned(), Role::Heading)];
        match &row.who {
            None => {
                told.push(("failed now", count(row.failed_now), Role::Text));
                told.push(("failed ever", count(row.failed_total), Role::Text));
                told.push(("banned now", count(row.banned_now), Role::Text));
                told.push(("banned ever", count(row.banned_total), Role::Text));
            }
            Some(_) => {
                let age = |at: Timestamp| quantity::age((scene.now.as_second() - at.as_second()).max(0));
                let left = |at: Timestamp| quantity::age((at.as_second() - scene.now.as_second()).max(0));
                told.push(("jail", row.jail.as_str().to_owned(), Role::Text));
                told.push((
                    "banned",
                    row.since.map(age).map(|t| format!("{t} ago")).unwrap_or_default(),
                    Role::Text,
                ));
                let until = row.until.map_or_else(
                    || if row.since.is_some() { "for ever".to_owned() } else { String::new() },
                    |at| format!("for {} more", left(at)),
                );
                told.push(("", until, Role::Text));
                match self.current() {
                    Some(who) => told.extend(self.card(who, scene)),
                    None => told.push(("", "it is no address".to_owned(), Role::Muted)),
                }
            }
        }
        told
    }

    fn yank(&self, what: Yank) -> Option<String> {
        let row = self.table.current()?;
        Some(match (what, &row.who) {
            (Yank::Command, Some(who)) => {
                format!("fail2ban-client banned {}", crate::domain::shell_word::sh_quote(who))
            }
            (Yank::Command, None) => format!("fail2ban-client status {}", row.jail.as_str()),
            _ => row.title().to_owned(),
        })
    }
}
