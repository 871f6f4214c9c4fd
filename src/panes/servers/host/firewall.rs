//! The firewall of a server: ufw with its rules, else the kernel's own, which are only shown.

use std::sync::Arc;

use jiff::Timestamp;

use super::list::List;
use super::ports::AGAIN;
use super::table::{Column, Row, Table, column};
use super::view::{Asked, Told, View};
use crate::command::{HostTab, Object};
use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::firewall_fields::{FIELDS, SPECS};
use crate::domain::server::firewall::FirewallChange;
use crate::domain::server::firewall_rows::{FirewallRow, rows};
use crate::domain::server::surface::Surface;
use crate::domain::server::thresholds::Limits;
use crate::domain::server::ufw::{Action, Change};
use crate::domain::server::{Facts, Rights, ServerAnswer, ServerAsk};
use crate::panes::{Scene, Yank};
use crate::theme::Role;

const COLUMNS: [Column; 13] = [
    column("number", 4, 0, true),
    column("number6", 4, 6, true),
    column("action", 6, 1, true),
    column("direction", 6, 4, true),
    column("port", 12, 1, true),
    column("protocol", 5, 3, true),
    column("from", 20, 2, true),
    column("to", 16, 5, true),
    column("interface", 10, 7, true),
    column("comment", 0, 4, true),
    column("packets", 9, 8, false),
    column("chain", 22, 9, false),
    column("rule", 0, 10, false),
];

/// Those of the kernel's rules.
const KERNEL: [&str; 3] = ["packets", "chain", "rule"];

impl Row for FirewallRow {
    type Id = (usize, String);

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "rules";
    const SORT: &'static str = "order";

    /// The same text may stand in several chains of the kernel; in ufw there is only one.
    fn id(&self) -> Self::Id {
        (if self.rule.is_some() { 0 } else { self.place }, self.text.clone())
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
        match (column, self.rule.as_ref().map(|rule| rule.action)) {
            ("action", Some(Action::Deny | Action::Reject)) => Role::Warn,
            ("action" | "port" | "from" | "rule" | "number", _) => Role::Text,
            _ => Role::Muted,
        }
    }
}

/// The view.
#[derive(Default)]
pub struct FirewallView {
    table: Table<FirewallRow>,
    surface: Option<Arc<Surface>>,
    /// The columns are those of the kernel's rules.
    kernel: bool,
}

impl FirewallView {
    fn show_columns(&mut self, kernel: bool) {
        if self.kernel != kernel {
            self.kernel = kernel;
            let of_kernel = |column: &Column| KERNEL.contains(&column.id);
            let all = COLUMNS.iter().enumerate();
            self.table.columns = all.filter(|(_, c)| of_kernel(c) == kernel).map(|(i, _)| i).collect();
        }
    }
}

impl View for FirewallView {
    fn tab(&self) -> HostTab {
        HostTab::Firewall
    }

    fn list(&self) -> &dyn List {
        &self.table
    }

    fn list_mut(&mut self) -> &mut dyn List {
        &mut self.table
    }

    fn asks(&self) -> Vec<Asked> {
        vec![(ServerAsk::Surface, Some(AGAIN))]
    }

    fn answer(&mut self, what: &ServerAsk, result: Result<ServerAnswer, Fault>, now: Timestamp, hold: bool) {
        match (what, result) {
            (ServerAsk::Surface, Ok(ServerAnswer::Surface(surface))) => {
                self.show_columns(surface.firewall().is_none() && surface.filter.is_some());
                self.table.note = Some(note(&surface));
                match (rows(&surface), surface.doubt()) {
                    // That nothing may be seen does not mean that there is nothing.
                    (rows, Some(doubt)) if rows.is_empty() => self.table.fail(doubt.clone()),
                    (rows, _) => self.table.take(rows, now, hold),
                }
                self.surface = Some(surface);
            }
            (ServerAsk::Surface, Err(fault)) => self.table.fail(fault),
            _ => {}
        }
    }

    fn object(&self, account: Option<&Facts>) -> Option<(String, Object)> {
        let surface = Arc::clone(self.surface.as_ref()?);
        let sudo = account.is_none_or(|facts| facts.rights != Rights::Root);
        let rule = self.table.current().and_then(|row| row.rule.clone());
        Some(match rule {
            Some(rule) => (rule.identity(), Object::Rule { rule: Box::new(rule), surface, sudo }),
            None => ("ufw".to_owned(), Object::Firewall { surface, sudo }),
        })
    }

    fn detail(&self, _scene: &Scene) -> Vec<Told> {
        let (Some(row), Some(surface)) = (self.table.current(), &self.surface) else { return Vec::new() };
        let mut told = vec![("", row.text.clone(), Role::Heading), ("chain", row.chain.clone(), Role::Text)];
        let Some(rule) = &row.rule else { return told };
        told.push(("comment", rule.comment.clone().unwrap_or_default(), Role::Text));
        // Whether it would keep us out is the dialog's affair as well: it is said before anybody asks.
        match FirewallChange::weigh(surface, "", Change::Delete(rule.clone()), true, 0) {
            Ok(gone) => {
                let risk = gone.risk.sentence().unwrap_or_default().to_owned();
                told.push(("without it", risk, Role::Warn));
                told.extend(gone.ports.into_iter().map(|text| ("", text, Role::Text)));
            }
            Err(why) => told.push(("", why, Role::Muted)),
        }
        told
    }

    fn yank(&self, what: Yank) -> Option<String> {
        let row = self.table.current()?;
        let command = row.rule.as_ref().map(|rule| rule.command());
        Some(match what {
            Yank::Command => command.unwrap_or_else(|| "iptables-save -c".to_owned()),
            _ => row.text.clone(),
        })
    }
}

/// How it stands.
fn note(surface: &Surface) -> (String, Role) {
    match (&surface.ufw, &surface.filter) {
        (Err(fault), _) => (fault.message.clone(), Role::Warn),
        (Ok(Some(ufw)), _) => {
            let d = &ufw.defaults;
            let defaults = format!(
                "else {} in, {} out, {} routed",
                d.incoming.word(),
                d.outgoing.word(),
                d.routed.word()
            );
            match ufw.active {
                true => (format!("ufw is on; {defaults}"), Role::Muted),
                false => (format!("ufw is off: nothing is kept out; once on, {defaults}"), Role::Warn),
            }
        }
        (Ok(None), Some(filter)) => {
            (format!("no ufw: the kernel's rules by {}, to be read only", filter.tool), Role::Muted)
        }
        (Ok(None), None) => ("no ufw, and nothing that tells the kernel's rules".to_owned(), Role::Warn),
    }
}
