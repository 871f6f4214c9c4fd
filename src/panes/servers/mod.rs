//! The servers: the fleet, and one of them with its views. The fleet is in front until a server is opened.

mod charts;
mod columns;
pub mod commands;
mod detail;
pub mod file_commands;
mod fleet;
pub mod guard_commands;
mod host;
pub mod package_commands;
mod run_on_many;
pub mod unit_commands;
mod view;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::{Facts, HostTab, PaneId, PaneIntent, ServerFacts, ServerIntent};
use crate::domain::fault::Fault;
use crate::domain::filter::FilterError;
use crate::domain::ids::{ContainerKey, TargetId};
use crate::domain::log::{HostLog, LogSourceId};
use crate::domain::log_selection::LogSelection;
use crate::domain::query::{Answer, Query};
use crate::domain::remote::Link;
use crate::domain::server_fields::ServerRow;
use crate::domain::world::World;
use crate::panes::{
    Chooser, Context, Edit, Pane, PaneState, Place, Pointer, Prompt, Request, Scene, Wants, Yank,
};

use fleet::{Fleet, row_of};
use host::HostView;

/// The pane.
#[derive(Default)]
pub struct ServersPane {
    fleet: Fleet,
    host: Option<HostView>,
    /// Servers that were open, the last one last: what they showed is shown again, as old.
    left: Vec<HostView>,
}

/// Servers whose views are kept.
const KEPT: usize = 8;

impl ServersPane {
    fn front(&self) -> &dyn Pane {
        self.host.as_ref().map_or(&self.fleet as &dyn Pane, |host| host)
    }

    fn front_mut(&mut self) -> &mut dyn Pane {
        match &mut self.host {
            Some(host) => host,
            None => &mut self.fleet,
        }
    }

    fn open(&mut self, target: TargetId, tab: HostTab, cx: &Context) {
        let mut host = match self.left.iter().position(|host| *host.target() == target) {
            Some(at) => {
                let mut host = self.left.remove(at);
                host.open_again(tab);
                host
            }
            None => HostView::new(target, tab),
        };
        host.sync(cx);
        self.keep();
        self.host = Some(host);
    }

    /// The server that is open, or the one under the cursor.
    fn target(&self) -> Option<&TargetId> {
        self.host.as_ref().map(HostView::target).or_else(|| self.fleet.current())
    }

    fn link<'w>(&self, world: &'w World) -> Option<&'w Link> {
        row_of(world, self.target()?).map(|row| &row.remote.link)
    }

    /// Opens a log of it in the log pane.
    fn read(&self, log: HostLog) -> Vec<Request> {
        let Some(target) = self.target() else { return Vec::new() };
        let source = LogSourceId::Server(target.clone(), log);
        vec![Request::Visited, Request::OpenLogs(LogSelection::Sources(vec![source]))]
    }

    /// Back to the fleet.
    fn leave(&mut self, cx: &Context) {
        self.keep();
        self.fleet.sync(cx);
    }

    fn keep(&mut self) {
        self.left.extend(self.host.take());
        let over = self.left.len().saturating_sub(KEPT);
        self.left.drain(..over);
    }
}

impl Pane for ServersPane {
    fn id(&self) -> PaneId {
        PaneId::Servers
    }

    fn facts(&self, world: &World, facts: &mut Facts) {
        self.front().facts(world, facts);
        let server = self.target().and_then(|id| row_of(world, id));
        // Only this machine has no client that leads there.
        let about =
            |r: ServerRow| ServerFacts { is_here: r.target.client.is_empty(), link: r.remote.link.clone() };
        facts.server = server.map(about);
    }

    fn sync(&mut self, cx: &Context) {
        self.front_mut().sync(cx);
    }

    fn act(&mut self, intent: PaneIntent, cx: &Context) -> Vec<Request> {
        match intent {
            PaneIntent::Server(ServerIntent::OpenFile) if self.target().is_some() => {
                let text = "/var/log/".to_owned();
                return vec![Request::Prompt { what: Prompt::ServerFile, text }];
            }
            PaneIntent::Connect => {
                let is_listed = self.link(cx.world) == Some(&Link::Listed);
                let request = if is_listed { Request::Connect } else { Request::Reconnect };
                return self.target().cloned().map(request).into_iter().collect();
            }
            PaneIntent::Disconnect => {
                return self.target().cloned().map(Request::Disconnect).into_iter().collect();
            }
            PaneIntent::Server(ServerIntent::Compare) => return self.fleet.compare(cx.world),
            PaneIntent::OpenLogs if self.host.is_none() => return self.read(HostLog::Journal(None)),
            _ => {}
        }
        let Some(host) = &mut self.host else {
            if matches!(intent, PaneIntent::Open) && self.link(cx.world) == Some(&Link::Listed) {
                return vec![Request::Run("server.connect")];
            }
            let tab = match intent {
                PaneIntent::Open | PaneIntent::Unfold | PaneIntent::Server(ServerIntent::Span) => {
                    HostTab::Overview
                }
                PaneIntent::Server(ServerIntent::Show(tab)) => tab,
                _ => return self.fleet.act(intent, cx),
            };
            if let Some(target) = self.fleet.current().cloned() {
                self.open(target, tab, cx);
                if let (PaneIntent::Server(ServerIntent::Span), Some(host)) = (intent, &mut self.host) {
                    host.act(intent, cx);
                }
                return vec![Request::Visited];
            }
            return Vec::new();
        };
        if matches!(intent, PaneIntent::ClearFilter) && host.filter().is_empty() && host.unmark() {
            return Vec::new();
        }
        let leaves = match intent {
            PaneIntent::Fold => true,
            PaneIntent::ClearFilter => host.filter().is_empty(),
            _ => false,
        };
        if leaves {
            if !host.step_out(cx) {
                self.leave(cx);
            }
            return Vec::new();
        }
        host.act(intent, cx)
    }

    fn prompted(&mut self, what: Prompt, text: &str, _cx: &Context) -> Result<Vec<Request>, String> {
        if what != Prompt::ServerFile || text.is_empty() {
            return Ok(Vec::new());
        }
        if !text.starts_with('/') {
            return Err(format!("{text}: write the whole path, from / on"));
        }
        if text.ends_with('/') {
            return Err(format!("{text} is a folder; write the name of a file in it"));
        }
        Ok(self.read(HostLog::File(text.into())))
    }

    fn pointer(&mut self, event: Pointer, cx: &Context) -> Vec<Request> {
        if self.host.is_none()
            && let Pointer::Click { double: true, .. } = event
        {
            self.fleet.pointer(event, cx);
            return self.act(PaneIntent::Open, cx);
        }
        self.front_mut().pointer(event, cx)
    }

    fn wants(&self, cx: &Context) -> Wants {
        self.front().wants(cx)
    }

    fn answer(&mut self, query: &Query, result: Result<Answer, Fault>, cx: &Context) {
        self.front_mut().answer(query, result, cx);
    }

    fn filter(&self) -> &str {
        self.front().filter()
    }

    fn set_filter(&mut self, text: &str, cx: &Context) -> Result<(), FilterError> {
        self.front_mut().set_filter(text, cx)
    }

    fn chosen(&mut self, what: Chooser, ids: &[String], cx: &Context) -> Vec<Request> {
        self.front_mut().chosen(what, ids, cx)
    }

    fn search(&mut self, text: &str, cx: &Context) {
        self.front_mut().search(text, cx);
    }

    fn can_search(&self) -> bool {
        self.front().can_search()
    }

    fn reveal(&mut self, _key: &ContainerKey) {}

    fn yank(&self, what: Yank, world: &World) -> Option<String> {
        self.front().yank(what, world)
    }

    fn place(&self) -> Option<Place> {
        self.front().place()
    }

    /// `server:web1` is in the fleet, `server:web1 units` one of its views.
    fn go_to(&mut self, place: &Place, cx: &Context) -> bool {
        let (target, tab) = place.0.split_once(' ').unwrap_or((&place.0, ""));
        self.leave(cx);
        let found = self.fleet.go_to(&Place(target.to_owned()), cx);
        if let (true, Some(tab)) = (found, HostTab::ALL.into_iter().find(|t| t.title() == tab))
            && let Some(target) = self.fleet.current().cloned()
        {
            self.open(target, tab, cx);
        }
        found
    }

    fn next_change(&self, cx: &Context) -> Option<Timestamp> {
        self.front().next_change(cx)
    }

    fn save(&self) -> PaneState {
        self.fleet.save()
    }

    fn restore(&mut self, state: &PaneState) {
        self.fleet.restore(state);
    }

    fn view(&self, scene: &Scene, edit: Option<&Edit>, area: Rect, buf: &mut Buffer) {
        self.front().view(scene, edit, area, buf);
    }
}
