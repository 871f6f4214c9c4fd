//! One server: its views as tabs, each a list with the detail of what is under the cursor.

mod backups;
mod bans;
mod both;
mod certificates;
mod checks;
mod copies;
mod cron;
mod directories;
mod disks;
mod files;
mod firewall;
mod network;
mod overview;
mod plain;
mod ports;
mod processes;
mod sheet;
mod side;
mod subjects;
mod tabs;
mod units;
mod updates;
mod users;
mod view;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::fleet::row_of;
use crate::command::{Facts, HostTab, PaneId, PaneIntent, ServerIntent};
use crate::domain::backup::Backup;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::filter::FilterError;
use crate::domain::ids::{ContainerKey, TargetId};
use crate::domain::log::{HostLog, LogSourceId};
use crate::domain::log_selection::LogSelection;
use crate::domain::query::{Answer, Query};
use crate::domain::remote::{Link, Remote};
use crate::domain::server::accounts::Account;
use crate::domain::server::certificates::Certificate;
use crate::domain::server::cron::CronJob;
use crate::domain::server::{self, Pace, Server, ServerQuery};
use crate::domain::world::World;
use crate::panes::place::place;
use crate::panes::split::{self, Parts, Shape};
use crate::panes::table::{self, list};
use crate::panes::{
    Chooser, Context, Edit, Pane, PaneState, Place, Pointer, QueryWant, Request, Scene, Wants, Yank,
};

use bans::BansView;
use checks::ChecksView;
use disks::DisksView;
use files::FilesView;
use firewall::FirewallView;
use network::NetworkView;
use overview::Overview;
use plain::PlainView;
use ports::PortsView;
use processes::ProcessesView;
use units::UnitsView;
use updates::UpdatesView;
use view::{Asked, Owner, View};

/// Every view that has a list, in the order of the tabs.
fn views() -> Vec<Box<dyn View>> {
    vec![
        Box::<ProcessesView>::default(),
        Box::<UnitsView>::default(),
        Box::<PortsView>::default(),
        Box::<FirewallView>::default(),
        Box::<BansView>::default(),
        Box::<DisksView>::default(),
        Box::<NetworkView>::default(),
        Box::<UpdatesView>::default(),
        Box::<PlainView<Account>>::default(),
        Box::<PlainView<CronJob>>::default(),
        Box::<PlainView<Certificate>>::default(),
        Box::<PlainView<Backup>>::default(),
        Box::<ChecksView>::default(),
        Box::<FilesView>::default(),
    ]
}

/// A cursor that passes over a row asks nothing; after this time on one row it does, milliseconds.
const SETTLE_MS: i64 = 200;

/// Servers that are connected and have fail2ban.
fn guarded(world: &World) -> impl Iterator<Item = &TargetId> {
    let has = |remote: &Remote<Server>| {
        let known = remote.value.as_deref();
        known.is_some_and(|server| server.facts.tools.iter().any(|tool| tool == "fail2ban-client"))
    };
    let fit = move |remote: &Remote<Server>| remote.link == Link::Live && has(remote);
    world.servers.iter().filter(move |(_, remote)| fit(remote)).map(|(target, _)| target)
}

/// A server that is open.
pub struct HostView {
    target: TargetId,
    tab: HostTab,
    overview: Overview,
    views: Vec<Box<dyn View>>,
    /// The object under the cursor, and since when it is there.
    at: (Option<String>, Timestamp),
    detail_open: bool,
    /// It is to be seen although there is hardly room for it.
    detail_wanted: bool,
    zoomed: bool,
    split_percent: u16,
}

impl HostView {
    pub fn new(target: TargetId, tab: HostTab) -> Self {
        Self {
            target,
            tab,
            overview: Overview::default(),
            views: views(),
            at: (None, Timestamp::UNIX_EPOCH),
            detail_open: true,
            detail_wanted: false,
            zoomed: false,
            split_percent: 66,
        }
    }

    /// It is opened again: what it knew is old.
    pub fn open_again(&mut self, tab: HostTab) {
        self.tab = tab;
        self.zoomed = false;
        self.views.iter_mut().for_each(|view| view.list_mut().grow_old());
    }

    pub fn target(&self) -> &TargetId {
        &self.target
    }

    /// The view of the open tab; the overview has none.
    fn current(&self) -> Option<&dyn View> {
        self.views.iter().find(|v| v.tab() == self.tab).map(|v| &**v)
    }

    fn current_mut(&mut self) -> Option<&mut Box<dyn View>> {
        self.views.iter_mut().find(|v| v.tab() == self.tab)
    }

    fn parts(&self, area: Rect) -> Parts {
        self.parts_with(area, self.detail_wanted)
    }

    fn parts_with(&self, area: Rect, detail_wanted: bool) -> Parts {
        let area = tabs::below(area);
        if let Some(view) = self.current().filter(|view| view.sides().is_some()) {
            let [left, right] = both::compute(area).sides;
            return if view.at_right() { right } else { left };
        }
        // A list that leaves half of a narrow terminal empty has its detail there.
        let (shown, rows) = self.current().map_or((0, 0), |view| view.list().counts());
        let rows = u16::try_from(rows).unwrap_or(u16::MAX);
        let leaves_room = area.width < split::SIDE_BY_SIDE && rows.saturating_add(2) <= area.height / 2;
        let shape = Shape {
            detail_open: self.detail_open,
            // The detail of nothing is not worth the place of the list, which says why it is empty.
            zoomed: self.zoomed && shown > 0,
            detail_focused: self.zoomed || detail_wanted,
            stacked: (leaves_room && rows > 0).then_some(rows),
            percent: self.split_percent,
        };
        split::compute(area, shape)
    }

    /// In a small terminal an open detail may have no room; then the key means "show me", and "away again".
    fn toggle_detail(&mut self, area: Rect) {
        if self.detail_open && self.parts_with(area, false).detail.is_empty() {
            self.detail_wanted = !self.detail_wanted;
        } else {
            self.detail_open = !self.detail_open;
            self.detail_wanted = false;
        }
    }

    /// One step back out of what its view has gone into; false when it has gone into nothing.
    pub fn step_out(&mut self, cx: &Context) -> bool {
        if std::mem::take(&mut self.zoomed) {
            return true;
        }
        let stepped = self.current_mut().is_some_and(|view| view.leave());
        self.sync(cx);
        stepped
    }

    /// Its list shows nothing that could be opened.
    fn is_empty(&self) -> bool {
        self.current().is_none_or(|view| view.list().counts().0 == 0)
    }

    fn turn(&mut self, step: isize) {
        let all = HostTab::ALL;
        let at = all.iter().position(|t| *t == self.tab).unwrap_or(0) as isize;
        self.tab = all[(at + step).rem_euclid(all.len() as isize) as usize];
    }

    /// Turns to a tab, and there to the object of this name.
    fn show(&mut self, tab: HostTab, name: Option<&str>) {
        self.tab = tab;
        if let (Some(view), Some(name)) = (self.current_mut(), name) {
            view.go_to(name);
        }
    }

    fn settles_at(&self) -> Timestamp {
        self.at.1 + SignedDuration::from_millis(SETTLE_MS)
    }

    fn account<'w>(&self, world: &'w World) -> Option<&'w server::Facts> {
        world.servers.get(&self.target)?.value.as_deref().map(|server| &*server.facts)
    }

    /// Takes all marks away; false when there were none.
    pub fn unmark(&mut self) -> bool {
        self.current_mut().is_some_and(|view| view.list_mut().unmark())
    }

    /// From a process to what it belongs to.
    fn go_to_owner(&mut self, cx: &Context) -> Vec<Request> {
        match self.current().and_then(View::owner) {
            Some(Owner::Container(id)) => {
                let is_it = |id: &str, c: &crate::domain::container::Container| {
                    c.name == id || (id.len() >= 12 && c.id.0.starts_with(id))
                };
                let known = cx.world.containers().find(|c| is_it(&id, c));
                let Some(container) = known else {
                    let short = id.get(..12).unwrap_or(&id);
                    return vec![Request::Notice(format!(
                        "container {short} is of no engine that is watched here; add its engine to the configuration"
                    ))];
                };
                let place = Place(format!("{} {}", container.target, container.id));
                vec![Request::Visited, Request::GoTo(PaneId::Containers, place)]
            }
            Some(Owner::Unit(name)) => {
                self.show(HostTab::Units, Some(&name));
                Vec::new()
            }
            Some(Owner::Process(pid)) => {
                self.show(HostTab::Processes, Some(&pid.to_string()));
                Vec::new()
            }
            None => vec![Request::Notice("it belongs to no container and no unit".to_owned())],
        }
    }
}

impl Pane for HostView {
    fn id(&self) -> PaneId {
        PaneId::Servers
    }

    fn facts(&self, world: &World, facts: &mut Facts) {
        facts.host = Some(self.tab);
        let (rows, total) = self.current().map_or((0, 0), |view| view.list().counts());
        (facts.rows, facts.total) = (rows, total);
        facts.filtered = !self.filter().is_empty();
        let marked = self.marked(world);
        facts.marked = !marked.is_empty();
        facts.subjects = if facts.marked { marked } else { self.subject(world).into_iter().collect() };
        let here = place(world, &self.target);
        facts.sides = self.current().is_some_and(|view| view.sides().is_some());
        match self.current().map(|view| view.copies(&here)) {
            Some(Ok(copies)) => facts.copies = copies,
            Some(Err(why)) => facts.no_copy = Some(why),
            None => {}
        }
        facts.fleet = facts.subjects.first().map(|s| self.fleet(s, world)).unwrap_or_default();
        facts.place = Some(here);
    }

    fn sync(&mut self, cx: &Context) {
        let target = self.target.clone();
        if let Some(view) = self.current_mut() {
            view.see(&target, cx);
        }
        let page = self.parts(cx.area).page();
        let lost = cx.world.servers.get(&target).and_then(|server| server.link.fault());
        if let Some(view) = self.current_mut() {
            view.list_mut().settle(page);
            view.list_mut().set_link(lost);
        }
        let at = self.current().and_then(|view| view.object(None)).map(|(name, _)| name);
        if at != self.at.0 {
            self.at = (at, cx.now);
        }
    }

    fn act(&mut self, intent: PaneIntent, cx: &Context) -> Vec<Request> {
        let page = self.parts(cx.area).page();
        let mut requests = Vec::new();
        match intent {
            PaneIntent::NextTab | PaneIntent::Unfold => self.turn(1),
            PaneIntent::PreviousTab => self.turn(-1),
            PaneIntent::Server(ServerIntent::Show(tab)) => {
                let name = self.current().and_then(|view| view.name_in(tab));
                self.show(tab, name.as_deref());
            }
            PaneIntent::Server(ServerIntent::Trace) => {
                if let Some(view) = self.current_mut() {
                    view.trace();
                }
            }
            PaneIntent::Server(ServerIntent::AskChecks) => {
                let checks = self.current().map(|view| view.checks(cx.world, &self.target));
                requests = vec![Request::AskChecks(checks.unwrap_or_default())];
            }
            PaneIntent::Server(ServerIntent::Span) => {
                self.tab = HostTab::Overview;
                self.overview.turn_span();
            }
            PaneIntent::Server(ServerIntent::Tree) => {
                if let Some(view) = self.current_mut() {
                    view.turn_tree();
                }
            }
            PaneIntent::Server(ServerIntent::Sides) => {
                if let Some(view) = self.current_mut() {
                    view.turn_sides();
                }
            }
            PaneIntent::SwitchFocus => {
                if let Some(view) = self.current_mut() {
                    view.switch_side();
                }
            }
            PaneIntent::Server(ServerIntent::Owner) => requests = self.go_to_owner(cx),
            PaneIntent::Open if self.current_mut().is_some_and(|view| view.open()) => {}
            PaneIntent::Open | PaneIntent::Zoom if !self.zoomed && self.is_empty() => {}
            PaneIntent::Open if !self.detail_wanted && !self.parts(cx.area).detail.is_empty() => {
                self.zoomed = !self.zoomed;
            }
            PaneIntent::ToggleDetail | PaneIntent::Open => self.toggle_detail(cx.area),
            PaneIntent::Zoom => self.zoomed = !self.zoomed,
            PaneIntent::Widen => self.split_percent = (self.split_percent + 4).min(80),
            PaneIntent::Narrow => self.split_percent = self.split_percent.saturating_sub(4).max(25),
            PaneIntent::OpenLogs => {
                let log = match self.current() {
                    Some(view) => view.log(),
                    // The overview is of the whole machine.
                    None => Some(HostLog::Journal(None)),
                };
                if let Some(log) = log {
                    let source = LogSourceId::Server(self.target.clone(), log);
                    return vec![Request::Visited, Request::OpenLogs(LogSelection::Sources(vec![source]))];
                }
                return vec![Request::Notice("it belongs to no unit, so no journal is its own".to_owned())];
            }
            PaneIntent::ClearFilter => {
                let _always_fits = self.set_filter("", cx);
            }
            _ => {
                if let Some(view) = self.current_mut() {
                    requests = view.list_mut().act(intent, page);
                }
            }
        }
        self.sync(cx);
        requests
    }

    fn pointer(&mut self, event: Pointer, cx: &Context) -> Vec<Request> {
        let parts = self.parts(cx.area);
        match event {
            Pointer::Wheel { delta, .. } => {
                if let Some(view) = self.current_mut() {
                    view.list_mut().wheel(isize::from(delta) * 3, parts.page());
                }
            }
            Pointer::Click { column, row, .. } if row == cx.area.y => {
                if let Some(tab) = tabs::at(&self.target, self.tab, cx.area, column) {
                    self.tab = tab;
                }
            }
            Pointer::Click { column, row, .. } => {
                let at = Position::new(column, row);
                let other = |view: &dyn View| {
                    let [left, right] = both::compute(tabs::below(cx.area)).sides;
                    let behind = if view.at_right() { left } else { right };
                    view.sides().is_some() && (behind.rows.contains(at) || behind.headings.contains(at))
                };
                if self.current().is_some_and(other)
                    && let Some(view) = self.current_mut()
                {
                    view.switch_side();
                }
                let parts = self.parts(cx.area);
                if let Some(view) = self.current_mut() {
                    view.list_mut().click(at, &parts);
                }
            }
        }
        self.sync(cx);
        Vec::new()
    }

    fn wants(&self, cx: &Context) -> Wants {
        let mut wants = Wants::default();
        wants.servers.insert(self.target.clone(), Pace::Shown);
        let mut asks = self.current().map(View::asks).unwrap_or_default();
        if cx.now >= self.settles_at() {
            asks.extend(self.current().and_then(View::asks_about_current));
        }
        let want = |target: &TargetId, (what, refresh_s): Asked| {
            let query = Query::Server(ServerQuery { target: target.clone(), what });
            QueryWant { query, version: 0, refresh_s }
        };
        wants.queries = asks.into_iter().map(|asked| want(&self.target, asked)).collect();
        if let Some(asked) = self.current().and_then(View::asks_everywhere) {
            let others = guarded(cx.world).filter(|target| **target != self.target);
            wants.queries.extend(others.map(|target| want(target, asked.clone())));
        }
        if self.tab == HostTab::Overview {
            wants.queries.extend(self.overview.want(&self.target));
        }
        wants
    }

    fn answer(&mut self, query: &Query, result: Result<Answer, Fault>, cx: &Context) {
        let query = match query {
            Query::Trend(query) if query.target == self.target => return self.overview.answer(query, result),
            Query::Server(query) => query,
            _ => return,
        };
        let result = result.and_then(|answer| match answer {
            Answer::Server(answer) => Ok(answer),
            _ => Err(Fault::new(FaultKind::Bug, "the answer was of another kind")),
        });
        for view in &mut self.views {
            view.answer_of(&query.target, &query.what, &result);
        }
        if query.target != self.target {
            return;
        }
        for view in &mut self.views {
            view.answer(&query.what, result.clone(), cx.now, cx.hold);
        }
        self.sync(cx);
    }

    fn filter(&self) -> &str {
        self.current().map_or("", |view| view.list().filter())
    }

    fn set_filter(&mut self, text: &str, cx: &Context) -> Result<(), FilterError> {
        if let Some(view) = self.current_mut() {
            view.list_mut().set_filter(text)?;
        }
        self.sync(cx);
        Ok(())
    }

    fn chosen(&mut self, _what: Chooser, ids: &[String], _cx: &Context) -> Vec<Request> {
        if let Some(view) = self.current_mut() {
            view.list_mut().choose_columns(ids);
        }
        Vec::new()
    }

    fn search(&mut self, _text: &str, _cx: &Context) {}

    fn can_search(&self) -> bool {
        false
    }

    fn reveal(&mut self, _key: &ContainerKey) {}

    fn yank(&self, what: Yank, world: &World) -> Option<String> {
        let Some(view) = self.current() else { return Some(self.target.name.to_string()) };
        let text = view.yank(what)?;
        let client = world.client(&self.target);
        Some(if what == Yank::Command && !client.is_empty() { format!("{client} {text}") } else { text })
    }

    fn place(&self) -> Option<Place> {
        Some(Place(format!("{} {}", self.target, self.tab.title())))
    }

    fn go_to(&mut self, _place: &Place, _cx: &Context) -> bool {
        false
    }

    fn next_change(&self, cx: &Context) -> Option<Timestamp> {
        let settles = Some(self.settles_at()).filter(|at| *at > cx.now);
        // Ages; what is read comes by itself.
        let ages = self.current().is_some().then(|| cx.now + SignedDuration::from_secs(5));
        settles.or(ages)
    }

    fn save(&self) -> PaneState {
        PaneState::default()
    }

    fn restore(&mut self, _state: &PaneState) {}

    fn view(&self, scene: &Scene, edit: Option<&Edit>, area: Rect, buf: &mut Buffer) {
        let scene = &Scene { limits: scene.world.thresholds.of(&self.target), ..*scene };
        let row = row_of(scene.world, &self.target);
        tabs::view(&self.target, self.tab, row.as_ref(), scene, area, buf);
        let Some(view) = self.current() else {
            if let Some(row) = &row {
                let below = tabs::below(area);
                let inset = Rect { x: below.x + 1, width: below.width.saturating_sub(2), ..below };
                self.overview.view(row, scene, inset, buf);
            }
            return;
        };
        if let Some(lists) = view.sides() {
            let below = tabs::below(area);
            return both::view(lists, view.at_right(), &self.target, scene, edit, below, buf);
        }
        let parts = self.parts(area);
        if !parts.rows.is_empty() {
            view.list().view(scene, edit, &parts, buf);
        }
        parts.draw_rule(scene.theme, buf);
        sheet::view(&view.detail(scene), scene, parts.detail, buf);
    }
}
