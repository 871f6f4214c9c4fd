//! Shells on servers, in containers and here. They go on while other panes are in front.

pub mod commands;
mod keys;
mod paste;
mod tab;
mod view;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::{Facts, Object, PaneId, PaneIntent, ShellFacts, ShellIntent, Subject};
use crate::domain::container::State;
use crate::domain::fault::Fault;
use crate::domain::filter::FilterError;
use crate::domain::ids::ContainerKey;
use crate::domain::query::{Answer, Query};
use crate::domain::shell::{OpenShell, ShellPlace};
use crate::domain::terminal::{Spot, TerminalAsk, TerminalNews, Typed};
use crate::domain::world::World;
use crate::keymap::Key;
use crate::panes::{
    Chooser, Context, Edit, Pane, PaneState, Place, Pointer, Request, Scene, Touch, TouchKind, Wants, Yank,
};

use tab::{Step, Tab};

/// Rows that a turn of the wheel moves.
const WHEEL: isize = 3;

/// The pane.
#[derive(Debug, Default)]
pub struct ShellsPane {
    tabs: Vec<Tab>,
    front: usize,
    /// Lines from the clipboard that wait for an answer.
    paste: Vec<String>,
    search: String,
}

impl ShellsPane {
    fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    fn front(&self) -> Option<&Tab> {
        self.tabs.get(self.front)
    }

    fn front_mut(&mut self) -> Option<&mut Tab> {
        self.tabs.get_mut(self.front)
    }

    fn ask(&self, ask: TerminalAsk) -> Vec<Request> {
        self.front().map(|tab| Request::AskTerminal { terminal: tab.terminal, ask }).into_iter().collect()
    }

    /// Types bytes; whoever types is at the end of the text.
    fn put(&self, bytes: Vec<u8>) -> Vec<Request> {
        let mut requests = Vec::new();
        if self.front().and_then(|tab| tab.picture.as_ref()).is_some_and(|picture| picture.back > 0) {
            requests = self.ask(TerminalAsk::ScrollToEnd);
        }
        if !bytes.is_empty() {
            requests.extend(self.ask(TerminalAsk::Type(Typed::new(bytes))));
        }
        requests
    }

    fn modes(&self) -> crate::domain::terminal::Modes {
        self.front().and_then(|tab| tab.picture.as_ref()).map(|picture| picture.modes).unwrap_or_default()
    }

    fn turn(&mut self, step: isize) {
        let count = self.tabs.len().max(1) as isize;
        self.front = (self.front as isize + step).rem_euclid(count) as usize;
    }

    fn remove(&mut self, index: usize) {
        self.tabs.remove(index);
        if self.front > index || self.front >= self.tabs.len() {
            self.front = self.front.saturating_sub(1);
        }
    }

    /// Hangs up; one that has ended goes at once, and the last one takes its pane with it.
    fn close(&mut self) -> Vec<Request> {
        let index = self.front;
        match self.tabs.get_mut(index) {
            Some(tab) if tab.end.is_none() => {
                tab.closing = true;
                self.ask(TerminalAsk::HangUp)
            }
            Some(_) => {
                self.remove(index);
                if self.tabs.is_empty() { vec![Request::Leave] } else { Vec::new() }
            }
            None => vec![Request::Leave],
        }
    }

    /// Copies what is selected, else the row.
    fn copy(&mut self) -> Vec<Request> {
        let Some(browse) = self.front_mut().and_then(|tab| tab.browse.take()) else { return Vec::new() };
        let row = |column| Spot { column, ..browse.at };
        let (from, to) = browse.anchor.map_or((row(0), row(u16::MAX)), |anchor| (anchor, browse.at));
        let mut requests = self.ask(TerminalAsk::Copy { from, to });
        requests.extend(self.ask(TerminalAsk::ScrollToEnd));
        requests
    }

    fn find(&mut self, forward: bool) -> Vec<Request> {
        let text = self.search.clone();
        match self.front().and_then(|tab| tab.browse) {
            _ if text.is_empty() => vec![Request::Notice("/ searches first".to_owned())],
            Some(browse) => self.ask(TerminalAsk::Find { text, from: browse.at, forward }),
            None => Vec::new(),
        }
    }

    fn leave_browse(&mut self) -> Vec<Request> {
        if let Some(tab) = self.front_mut() {
            tab.browse = None;
        }
        self.ask(TerminalAsk::ScrollToEnd)
    }

    fn subject(&self, world: &World) -> Option<Subject> {
        let open = &self.front()?.open;
        let what = match &open.place {
            ShellPlace::Server => Object::Server { sudo: false },
            ShellPlace::Container { id, .. } => {
                let key = ContainerKey { target: open.target.clone(), id: id.clone() };
                let state = world.container(&key).map_or(State::Dead, |container| container.state);
                Object::Container { id: id.clone(), state }
            }
        };
        Some(Subject {
            target: open.target.clone(),
            name: open.name.clone(),
            what,
            guard: world.guard(&open.target),
            client: open.client.clone(),
            blocked: None,
        })
    }
}

impl Pane for ShellsPane {
    fn id(&self) -> PaneId {
        PaneId::Shells
    }

    fn facts(&self, world: &World, facts: &mut Facts) {
        facts.total = self.tabs.len();
        facts.rows = self.tabs.len();
        facts.subjects = self.subject(world).into_iter().collect();
        facts.shell = self.front().map(|tab| ShellFacts {
            open: tab.open.clone(),
            ended: tab.end.is_some(),
            browsing: tab.browse.is_some(),
        });
    }

    fn sync(&mut self, _cx: &Context) {}

    fn act(&mut self, intent: PaneIntent, _cx: &Context) -> Vec<Request> {
        let browsing = self.front().is_some_and(|tab| tab.browse.is_some());
        match intent {
            PaneIntent::Shell(ShellIntent::Next) => self.turn(1),
            PaneIntent::Shell(ShellIntent::Previous) => self.turn(-1),
            PaneIntent::Shell(ShellIntent::Leave) => return vec![Request::Leave],
            PaneIntent::Shell(ShellIntent::Close) => return self.close(),
            PaneIntent::Shell(ShellIntent::Escape) => return self.put(vec![0x1d]),
            PaneIntent::Shell(ShellIntent::Browse) if browsing => return self.leave_browse(),
            PaneIntent::Shell(ShellIntent::Browse) => {
                if let Some(tab) = self.front_mut() {
                    tab.browse();
                }
            }
            PaneIntent::Move(motion) if browsing => return self.go(Step::Rows(motion)),
            PaneIntent::Fold if browsing => return self.go(Step::Left),
            PaneIntent::Unfold if browsing => return self.go(Step::Right),
            PaneIntent::Mark if browsing => {
                if let Some(browse) = self.front_mut().and_then(|tab| tab.browse.as_mut()) {
                    browse.anchor = Some(browse.at);
                }
            }
            PaneIntent::Open if browsing => return self.copy(),
            PaneIntent::NextMatch => return self.find(true),
            PaneIntent::PreviousMatch => return self.find(false),
            PaneIntent::ClearFilter if browsing => return self.leave_browse(),
            PaneIntent::Open => return vec![Request::Run("shells.again")],
            PaneIntent::ClearFilter => return self.close(),
            _ => {}
        }
        Vec::new()
    }

    fn pointer(&mut self, event: Pointer, cx: &Context) -> Vec<Request> {
        let Pointer::Wheel { delta, .. } = event else { return Vec::new() };
        if self.is_typed_into() && self.modes().alternate {
            // A full-screen program has no past; it takes the keys.
            let key = Key::plain(if delta < 0 { crate::keymap::Code::Up } else { crate::keymap::Code::Down });
            return (0..WHEEL).flat_map(|_| self.typed(key, cx)).collect();
        }
        self.ask(TerminalAsk::Scroll(isize::from(delta) * WHEEL))
    }

    fn is_there(&self) -> bool {
        !self.tabs.is_empty()
    }

    fn is_typed_into(&self) -> bool {
        self.front().is_some_and(|tab| tab.end.is_none() && tab.browse.is_none())
    }

    fn typed(&mut self, key: Key, _cx: &Context) -> Vec<Request> {
        self.put(keys::bytes(key, self.modes()))
    }

    fn pasted(&mut self, text: &str, _cx: &Context) -> Vec<Request> {
        let lines = paste::lines(text);
        if lines.len() > 1 {
            let question = paste::question(&lines);
            self.paste = lines;
            return vec![Request::Choose(question)];
        }
        self.put(paste::bytes(&lines, self.modes().bracketed_paste))
    }

    fn chosen(&mut self, what: Chooser, ids: &[String], _cx: &Context) -> Vec<Request> {
        if what != Chooser::Paste || !self.is_typed_into() {
            return Vec::new();
        }
        let lines = std::mem::take(&mut self.paste);
        let bracketed = self.modes().bracketed_paste;
        match ids.first().map(String::as_str) {
            Some("paste") => self.put(paste::bytes(&lines, bracketed)),
            Some("join") => self.put(paste::bytes(&paste::joined(&lines), bracketed)),
            _ => Vec::new(),
        }
    }

    fn touched(&mut self, touch: Touch, cx: &Context) -> Option<Vec<Request>> {
        let screen = view::screen(cx.area);
        if !self.is_typed_into() || !screen.contains((touch.column, touch.row).into()) {
            return None;
        }
        let inside = Touch { column: touch.column - screen.x, row: touch.row - screen.y, ..touch };
        let report = keys::report(inside, self.modes());
        match (report, touch.kind) {
            (Some(bytes), _) => Some(self.put(bytes)),
            // The wheel scrolls where the program does not want it.
            (None, TouchKind::WheelUp | TouchKind::WheelDown) => None,
            (None, _) => Some(Vec::new()),
        }
    }

    fn open_terminal(&mut self, terminal: u64, open: &OpenShell) {
        let tab = Tab::new(terminal, open.clone());
        match self.front_mut() {
            // The same again takes the place of the one that has ended.
            Some(front) if front.end.is_some() && front.open == *open => *front = tab,
            _ => {
                self.tabs.push(tab);
                self.front = self.tabs.len() - 1;
            }
        }
    }

    fn open_shells(&self) -> Vec<(u64, String)> {
        let open = self.tabs().iter().filter(|tab| tab.end.is_none());
        open.map(|tab| (tab.terminal, tab.open.whereabouts())).collect()
    }

    fn terminal(&mut self, terminal: u64, news: TerminalNews, _cx: &Context) -> Vec<Request> {
        let Some(index) = self.tabs.iter().position(|tab| tab.terminal == terminal) else {
            return Vec::new();
        };
        let tab = &mut self.tabs[index];
        match news {
            TerminalNews::Picture(picture) => tab.picture = Some(picture),
            TerminalNews::Found(None) => {
                return vec![Request::Notice(format!("no other place with `{}`", self.search))];
            }
            TerminalNews::Found(Some(found)) => {
                if let Some(browse) = &mut tab.browse {
                    (browse.at, browse.found) = (found.at, Some(found));
                }
            }
            TerminalNews::Copied(text) => {
                let rows = text.lines().count();
                let what = if rows == 1 { "1 line".to_owned() } else { format!("{rows} lines") };
                return vec![Request::Yank { what, text }];
            }
            TerminalNews::Ended(_) if tab.closing => {
                self.remove(index);
                return if self.tabs.is_empty() { vec![Request::Leave] } else { Vec::new() };
            }
            TerminalNews::Ended(end) => {
                tab.browse = None;
                // Where none was opened, the job says why.
                let opened = tab.picture.is_some();
                let notice = format!("{}: the shell has ended, {}", tab.open.name, end.sentence());
                tab.end = Some(end);
                return if opened { vec![Request::Notice(notice)] } else { Vec::new() };
            }
        }
        Vec::new()
    }

    fn wants(&self, cx: &Context) -> Wants {
        let front = self.front().filter(|tab| tab.end.is_none());
        Wants {
            terminals: front.map(|tab| (tab.terminal, view::size(cx.area))).into_iter().collect(),
            ..Wants::default()
        }
    }

    fn answer(&mut self, _query: &Query, _result: Result<Answer, Fault>, _cx: &Context) {}

    fn filter(&self) -> &str {
        ""
    }

    fn set_filter(&mut self, _text: &str, _cx: &Context) -> Result<(), FilterError> {
        Ok(())
    }

    fn search(&mut self, text: &str, _cx: &Context) {
        text.clone_into(&mut self.search);
    }

    /// What has scrolled by is searched upwards, as the newest is what is looked for.
    fn seek(&mut self, _cx: &Context) -> Vec<Request> {
        if let Some(tab) = self.front_mut()
            && tab.browse.is_none()
        {
            tab.browse();
        }
        self.find(false)
    }

    fn searched(&self) -> &str {
        &self.search
    }

    fn can_search(&self) -> bool {
        true
    }

    fn search_hint(&self) -> &'static str {
        "enter finds it upwards; n goes down, N up; capitals count when there is one"
    }

    fn reveal(&mut self, _key: &ContainerKey) {}

    fn yank(&self, what: Yank, _world: &World) -> Option<String> {
        let open = &self.front()?.open;
        match what {
            Yank::Name => Some(open.name.clone()),
            Yank::Id => Some(open.object_id()),
            Yank::Command => Some(open.equivalent()),
            Yank::Line | Yank::Field => None,
        }
    }

    fn place(&self) -> Option<Place> {
        self.front().map(|tab| Place(tab.terminal.to_string()))
    }

    fn go_to(&mut self, place: &Place, _cx: &Context) -> bool {
        let found = self.tabs.iter().position(|tab| tab.terminal.to_string() == place.0);
        self.front = found.unwrap_or(self.front);
        found.is_some()
    }

    fn next_change(&self, _cx: &Context) -> Option<Timestamp> {
        None
    }

    fn save(&self) -> PaneState {
        PaneState::default()
    }

    fn restore(&mut self, _state: &PaneState) {}

    fn view(&self, scene: &Scene, _edit: Option<&Edit>, area: Rect, buf: &mut Buffer) {
        view::draw(self, scene, area, buf);
    }
}

impl ShellsPane {
    fn go(&mut self, step: Step) -> Vec<Request> {
        let ask = self.front_mut().and_then(|tab| tab.go(step));
        ask.map(|ask| self.ask(ask)).unwrap_or_default()
    }
}
