//! The ports of a server: what listens or is published, whose it is, who can reach it and why.

use std::sync::Arc;

use jiff::Timestamp;

use super::list::List;
use super::table::{Column, Row, Table, column};
use super::view::{Asked, Owner, Told, View};
use crate::command::{HostTab, Object};
use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::port_fields::{FIELDS, SPECS};
use crate::domain::server::exposure::Reach;
use crate::domain::server::surface::{JudgedPort, Surface};
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{Facts, Rights, ServerAnswer, ServerAsk};
use crate::panes::{Scene, Yank};
use crate::theme::Role;

/// Seconds between two looks: ufw takes a second of the server's time.
pub(super) const AGAIN: i64 = 10;

const COLUMNS: [Column; 12] = [
    column("port", 5, 0, true),
    column("protocol", 5, 2, true),
    column("address", 15, 4, true),
    column("interface", 9, 12, false),
    column("process", 15, 3, true),
    column("pid", 7, 11, false),
    column("unit", 18, 8, true),
    column("container", 14, 7, true),
    column("connections", 5, 6, true),
    column("reach", 8, 14, false),
    column("allowed", 7, 13, false),
    column("why", 0, 1, true),
];

impl Row for JudgedPort {
    type Id = String;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "ports";
    const SORT: &'static str = "attention";
    /// Why a port is open is what the list is for.
    const LEAST: u16 = 26;

    fn id(&self) -> String {
        self.name()
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
        let against_ufw = self.open.allowed_by_firewall == Some(false);
        match (column, &self.open.reach) {
            ("reach" | "why", Reach::Anybody) if against_ufw => Role::Bad,
            ("reach" | "why", Reach::Anybody | Reach::Unknown) => Role::Warn,
            ("port" | "process" | "connections", _) | ("why", Reach::Some) => Role::Text,
            _ => Role::Muted,
        }
    }
}

/// The view.
#[derive(Default)]
pub struct PortsView {
    table: Table<JudgedPort>,
    surface: Option<Arc<Surface>>,
}

impl View for PortsView {
    fn tab(&self) -> HostTab {
        HostTab::Ports
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
                let ports = surface.judged();
                self.table.note = Some(note(&surface, &ports));
                self.table.take(ports, now, hold);
                self.surface = Some(surface);
            }
            (ServerAsk::Surface, Err(fault)) => self.table.fail(fault),
            _ => {}
        }
    }

    fn object(&self, account: Option<&Facts>) -> Option<(String, Object)> {
        let port = self.table.current()?;
        let surface = Arc::clone(self.surface.as_ref()?);
        let sudo = account.is_none_or(|facts| facts.rights != Rights::Root);
        Some((port.short(), Object::Port { port: Box::new(port.clone()), surface, sudo }))
    }

    fn detail(&self, scene: &Scene) -> Vec<Told> {
        let Some(port) = self.table.current() else { return Vec::new() };
        let owner = port.owner.as_ref();
        let use_now = match port.connections {
            Some(0) => "nobody is connected".to_owned(),
            Some(1) => "one connection stands".to_owned(),
            Some(n) => format!("{n} connections stand"),
            None => String::new(),
        };
        let close = match self.surface.as_ref().map(|surface| surface.closing(port)) {
            Some(Ok(change)) if !port.is_our_way => change.command(),
            Some(Err(why)) if port.open.reach != Reach::Local => why,
            _ => String::new(),
        };
        let ours = if port.is_our_way { "you came by it" } else { "" };
        vec![
            ("", port.name(), Role::Heading),
            ("reach", port.open.why.clone(), port.role("why", &scene.limits)),
            ("in use", use_now, Role::Text),
            ("", ours.to_owned(), Role::Accent),
            ("process", owner.map(|o| format!("{} ({})", o.name, o.pid)).unwrap_or_default(), Role::Text),
            ("unit", owner.and_then(|o| o.unit.clone()).unwrap_or_default(), Role::Text),
            ("container", port.container.clone().unwrap_or_default(), Role::Text),
            ("to close", close, Role::Command),
        ]
    }

    fn yank(&self, what: Yank) -> Option<String> {
        let port = self.table.current()?;
        Some(match what {
            Yank::Name | Yank::Id => port.name(),
            Yank::Field => port.port.to_string(),
            Yank::Line => port.open.why.clone(),
            Yank::Command => format!("ss -tulnp sport = {}", port.port),
        })
    }

    fn owner(&self) -> Option<Owner> {
        let port = self.table.current()?;
        let owner = port.owner.as_ref();
        port.container
            .clone()
            .map(Owner::Container)
            .or_else(|| owner?.unit.clone().map(Owner::Unit))
            .or_else(|| Some(Owner::Process(owner?.pid)))
    }

    fn name_in(&self, tab: HostTab) -> Option<String> {
        let owner = self.table.current()?.owner.as_ref()?;
        match tab {
            HostTab::Processes => Some(owner.pid.to_string()),
            HostTab::Units => owner.unit.clone(),
            _ => None,
        }
    }
}

/// What can be closed, or why it is not known.
fn note(surface: &Surface, ports: &[JudgedPort]) -> (String, Role) {
    if let Some(doubt) = surface.doubt() {
        return (doubt.message.clone(), Role::Warn);
    }
    // One that listens for both families is one to close.
    let mut closable: Vec<String> =
        ports.iter().filter(|port| port.can_be_closed()).map(JudgedPort::short).collect();
    closable.sort_unstable();
    closable.dedup();
    match closable.len() {
        0 => ("what is open is in use".to_owned(), Role::Muted),
        // That nobody is there now does not make it useless.
        1 => ("1 port is open with nobody connected".to_owned(), Role::Warn),
        n => (format!("{n} ports are open with nobody connected"), Role::Warn),
    }
}
