//! The network of a server: its interfaces, where its packets go, and who is connected. What listens has a view of
//! its own.

use jiff::Timestamp;

use super::list::List;
use super::table::{Column, Row, Table, column};
use super::view::{Asked, Told, View};
use crate::command::{HostTab, Object};
use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::network_fields::{FIELDS, SPECS};
use crate::domain::quantity;
use crate::domain::server::interfaces::{NetworkItem, NetworkKind, Traffic};
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{Facts, ServerAnswer, ServerAsk};
use crate::domain::shell_word::sh_quote;
use crate::panes::{Scene, Yank};
use crate::theme::Role;

/// Seconds between two readings.
const AGAIN: i64 = 3;

const COLUMNS: [Column; 14] = [
    column("name", 20, 0, true),
    column("kind", 9, 2, true),
    column("state", 8, 3, true),
    column("address", 0, 1, true),
    column("rx", 8, 4, true),
    column("tx", 8, 6, true),
    column("errors", 6, 8, true),
    column("dropped", 7, 10, false),
    column("connections", 5, 7, true),
    column("process", 12, 5, true),
    column("received", 8, 11, false),
    column("sent", 8, 12, false),
    column("mac", 17, 13, false),
    column("mtu", 6, 14, false),
];

impl Row for NetworkItem {
    type Id = String;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "network";
    const SORT: &'static str = "order";

    fn id(&self) -> String {
        Self::id(self)
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
        match column {
            "name" | "state" if self.is_down() => Role::Warn,
            "errors" if self.errors.is_some_and(|n| n > 0) => Role::Warn,
            "name" | "address" | "rx" | "tx" | "connections" => Role::Text,
            _ => Role::Muted,
        }
    }
}

/// The view.
#[derive(Default)]
pub struct NetworkView {
    table: Table<NetworkItem>,
    /// The reading before: rates are differences.
    before: Option<Traffic>,
}

impl View for NetworkView {
    fn tab(&self) -> HostTab {
        HostTab::Network
    }

    fn list(&self) -> &dyn List {
        &self.table
    }

    fn list_mut(&mut self) -> &mut dyn List {
        &mut self.table
    }

    fn asks(&self) -> Vec<Asked> {
        // There are no rates before the second reading.
        let measured = self.table.data().iter().any(|item| item.rx_bytes_per_s.is_some());
        vec![(ServerAsk::Network, Some(if self.before.is_some() && !measured { 1 } else { AGAIN }))]
    }

    fn answer(&mut self, what: &ServerAsk, result: Result<ServerAnswer, Fault>, now: Timestamp, hold: bool) {
        match (what, result) {
            (ServerAsk::Network, Ok(ServerAnswer::Network(traffic))) => {
                let traffic = match &self.before {
                    Some(before) => traffic.since(before),
                    None => traffic,
                };
                self.table.take(traffic.items.clone(), now, hold);
                self.before = Some(traffic);
            }
            (ServerAsk::Network, Err(fault)) => self.table.fail(fault),
            _ => {}
        }
    }

    fn object(&self, _account: Option<&Facts>) -> Option<(String, Object)> {
        None
    }

    fn detail(&self, _scene: &Scene) -> Vec<Told> {
        let Some(item) = self.table.current() else { return Vec::new() };
        let size = |n: Option<u64>| n.map(quantity::bytes).unwrap_or_default();
        let count = |n: Option<u64>| n.map(quantity::count).unwrap_or_default();
        let what = match item.kind {
            NetworkKind::Interface => "addresses",
            NetworkKind::Route => "leads",
            NetworkKind::Resolver => "searches",
            NetworkKind::State => "",
            NetworkKind::Peer => "by",
        };
        let speed = item.speed_mbit.map(|n| format!("{n} Mbit/s {}", item.duplex)).unwrap_or_default();
        let is_interface = item.kind == NetworkKind::Interface;
        let wrong = if item.errors.is_some_and(|n| n > 0) { Role::Warn } else { Role::Text };
        vec![
            ("", item.name.clone(), Role::Heading),
            ("state", item.state.clone(), if item.is_down() { Role::Warn } else { Role::Text }),
            (what, item.address.clone(), Role::Text),
            (if is_interface { "kind" } else { "process" }, item.process.clone(), Role::Text),
            ("connections", count(item.connections), Role::Text),
            ("mac", item.mac.clone(), Role::Text),
            ("mtu", item.mtu.map(|n| n.to_string()).unwrap_or_default(), Role::Text),
            ("speed", speed, Role::Text),
            ("received", size(item.rx_bytes), Role::Text),
            ("sent", size(item.tx_bytes), Role::Text),
            ("errors", count(item.errors), wrong),
            ("dropped", count(item.dropped), Role::Text),
        ]
    }

    fn yank(&self, what: Yank) -> Option<String> {
        let item = self.table.current()?;
        let name = sh_quote(&item.name);
        Some(match (what, item.kind) {
            (Yank::Command, NetworkKind::Interface) => format!("ip -s addr show dev {name}"),
            (Yank::Command, NetworkKind::Route) => "ip route".to_owned(),
            (Yank::Command, NetworkKind::Resolver) => "cat /etc/resolv.conf".to_owned(),
            (Yank::Command, NetworkKind::State) => "ss -tuna".to_owned(),
            (Yank::Command, NetworkKind::Peer) => format!("ss -tunp dst {name}"),
            (Yank::Field, _) => item.address.clone(),
            _ => item.name.clone(),
        })
    }
}
