//! The packages of a server that could be newer, and the upgrade that runs: what it says goes on to be shown after a
//! connection was lost, for it is a job of the server.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::list::List;
use super::table::{Column, Row, Table, column};
use super::view::{Asked, Told, View};
use crate::command::{HostTab, Object};
use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::package_fields::{FIELDS, SPECS};
use crate::domain::quantity;
use crate::domain::server::packages::{Manager, Package, Packages, UpgradeJob};
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{Facts, Rights, ServerAnswer, ServerAsk};
use crate::domain::shell_word::sh_quote;
use crate::panes::{Scene, Yank};
use crate::theme::Role;

/// Seconds between two looks at the packages, which cost the server some work, and at the job.
const AGAIN: i64 = 20;
const JOB_AGAIN: i64 = 3;
/// Lists older than this are worth a word, seconds.
const OLD: i64 = 3 * 86_400;
/// Lines of the job's log.
const LOG: usize = 12;

const COLUMNS: [Column; 6] = [
    column("name", 0, 0, true),
    column("security", 8, 1, true),
    column("held", 4, 3, true),
    column("installed", 22, 4, true),
    column("candidate", 22, 2, true),
    column("origin", 30, 5, false),
];

impl Row for Package {
    type Id = String;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "updates";
    const SORT: &'static str = "attention";

    fn id(&self) -> String {
        self.name.clone()
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
        match column {
            "security" => Role::Warn,
            _ if self.held => Role::Muted,
            "name" | "candidate" => Role::Text,
            _ => Role::Muted,
        }
    }
}

/// Configuration that an upgrade leaves alone.
fn kept(files: Vec<&str>) -> String {
    match files.len() {
        0 => String::new(),
        1 => format!("{} (changed here; the new one is put beside it)", files.join(" ")),
        _ => format!("{} (changed here; the new ones are put beside them)", files.join(" ")),
    }
}

/// The view.
#[derive(Default)]
pub struct UpdatesView {
    table: Table<Package>,
    known: Option<Packages>,
    job: Option<UpgradeJob>,
}

impl UpdatesView {
    /// What is told of the server, whatever is under the cursor.
    fn about_all(&self, scene: &Scene) -> Vec<Told> {
        let mut told = Vec::new();
        let Some(known) = &self.known else { return told };
        if known.manager == Manager::None && self.table.data().is_empty() {
            told.push(("", "neither apt nor dnf nor apk was found there".to_owned(), Role::Muted));
        }
        if let Some(at) = known.refreshed_at {
            let age = scene.now.as_second() - at.as_second();
            let role = if age > OLD { Role::Warn } else { Role::Text };
            told.push(("lists", format!("fetched {} ago", quantity::age_coarse(age)), role));
        }
        if let Some(packages) = &known.reboot {
            let why = if packages.is_empty() { String::new() } else { format!(" by {}", packages.join(" ")) };
            told.push(("reboot", format!("required{why}"), Role::Warn));
        }
        let all = |of: fn(&Package) -> &Vec<String>| -> Vec<&str> {
            let each: BTreeSet<&str> = known.packages.iter().flat_map(of).map(String::as_str).collect();
            each.into_iter().collect()
        };
        if self.table.data().len() > 1 {
            let restarts = match all(|p| &p.restarts) {
                units if units.is_empty() => None,
                units => Some(format!("restarts {}", units.join(" "))),
            };
            let keeps = Some(kept(all(|p| &p.kept))).filter(|text| !text.is_empty());
            let parts: Vec<String> =
                restarts.into_iter().chain(keeps.map(|text| format!("keeps {text}"))).collect();
            told.push(("all", parts.join("; "), Role::Text));
        }
        told.push(("to restart", known.restart.join(" "), Role::Warn));
        told.push(("left over", known.leftover.join(" "), Role::Warn));
        if let Some(job) = &self.job {
            let (state, failed) = job.state();
            told.push(("upgrade", state, if failed { Role::Bad } else { Role::Text }));
            let lines = job.log.iter().skip(job.log.len().saturating_sub(LOG));
            told.extend(lines.map(|line| ("", line.clone(), Role::Muted)));
        }
        told
    }
}

impl View for UpdatesView {
    fn tab(&self) -> HostTab {
        HostTab::Updates
    }

    fn list(&self) -> &dyn List {
        &self.table
    }

    fn list_mut(&mut self) -> &mut dyn List {
        &mut self.table
    }

    fn asks(&self) -> Vec<Asked> {
        vec![(ServerAsk::Packages, Some(AGAIN)), (ServerAsk::UpgradeJob, Some(JOB_AGAIN))]
    }

    fn answer(&mut self, what: &ServerAsk, result: Result<ServerAnswer, Fault>, now: Timestamp, hold: bool) {
        match (what, result) {
            (ServerAsk::Packages, Ok(ServerAnswer::Packages(packages))) => {
                self.table.take(packages.packages.clone(), now, hold);
                self.known = Some(*packages);
            }
            (ServerAsk::Packages, Err(fault)) => self.table.fail(fault),
            (ServerAsk::UpgradeJob, Ok(ServerAnswer::UpgradeJob(job))) => self.job = job,
            _ => {}
        }
    }

    fn object(&self, account: Option<&Facts>) -> Option<(String, Object)> {
        let package = self.table.current()?;
        let sudo = account.is_none_or(|facts| facts.rights != Rights::Root);
        Some((package.name.clone(), Object::Package { package: Box::new(package.clone()), sudo }))
    }

    fn detail(&self, scene: &Scene) -> Vec<Told> {
        let mut told = Vec::new();
        if let Some(package) = self.table.current() {
            let security = if package.security { "closes a hole" } else { "" };
            let held = if package.held { "held: it stays as it is" } else { "" };
            told.extend([
                ("", package.name.clone(), Role::Heading),
                ("installed", package.installed.clone(), Role::Text),
                ("newer", package.candidate.clone(), Role::Text),
                ("from", package.origin.clone(), Role::Text),
                ("", security.to_owned(), Role::Warn),
                ("", held.to_owned(), Role::Muted),
                ("restarts", package.restarts.join(" "), Role::Text),
                ("keeps", kept(package.kept.iter().map(String::as_str).collect()), Role::Text),
            ]);
        }
        told.extend(self.about_all(scene));
        told
    }

    fn yank(&self, what: Yank) -> Option<String> {
        let package = self.table.current()?;
        Some(match what {
            Yank::Command if package.manager == Manager::Apt => {
                format!("apt-cache policy {}", sh_quote(&package.name))
            }
            Yank::Command if package.manager == Manager::Dnf => {
                format!("dnf info {}", sh_quote(&package.name))
            }
            Yank::Command => format!("apk policy {}", sh_quote(&package.name)),
            Yank::Field => package.candidate.clone(),
            _ => package.name.clone(),
        })
    }
}
