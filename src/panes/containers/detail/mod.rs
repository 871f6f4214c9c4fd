//! The detail of the container under the cursor: tabs of facts, charts, processes, log, environment,
//! mounts and the engine's full answer.

mod charts;
mod environment;
mod inspect;
mod log;
mod log_tail;
mod mounts;
mod overview;
mod processes;
mod tab;

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::log_tail::{LOG_LINES, LogTail};
pub use self::tab::Tab;
use crate::command::Motion;
use crate::domain::container::Container;
use crate::domain::fault::Fault;
use crate::domain::ids::ContainerKey;
use crate::domain::log::{LogAnchor, LogEvent, LogSourceId};
use crate::domain::query::{Answer, Inspect, ProcessTable, Query};
use crate::panes::{LogKey, LogWant, QueryWant, Scene, Wants};
use crate::theme::Role;
use crate::widgets::list::ListState;
use crate::widgets::paint::Line;

/// What is known of one container besides its row.
#[derive(Debug, Default)]
struct Known {
    inspect: Option<Result<Arc<Inspect>, Fault>>,
    processes: Option<Result<ProcessTable, Fault>>,
    log: LogTail,
}

/// The state of the detail side.
#[derive(Debug)]
pub struct Detail {
    pub tab: Tab,
    subject: Option<ContainerKey>,
    /// Since when the cursor is on it; questions wait until it stays.
    since: Timestamp,
    known: Known,
    scroll: ListState,
    folded: HashSet<String>,
    search: String,
    follow: bool,
    revealed: HashSet<ContainerKey>,
}

/// A cursor that passes over a row asks nothing; after this time on one row it does, milliseconds.
const SETTLE_MS: i64 = 120;

impl Default for Detail {
    fn default() -> Self {
        Self {
            tab: Tab::Overview,
            subject: None,
            since: Timestamp::UNIX_EPOCH,
            known: Known::default(),
            scroll: ListState::default(),
            folded: HashSet::new(),
            search: String::new(),
            follow: true,
            revealed: HashSet::new(),
        }
    }
}

impl Detail {
    /// Follows the cursor to another container. What is known of the old one is forgotten.
    pub fn show(&mut self, subject: Option<ContainerKey>, now: Timestamp) {
        if subject != self.subject {
            self.subject = subject;
            self.since = now;
            self.known = Known::default();
            self.scroll = ListState::default();
            self.follow = true;
        }
    }

    /// When the cursor will have stayed long enough.
    pub fn settles_at(&self) -> Option<Timestamp> {
        self.subject.as_ref().map(|_| self.since + jiff::SignedDuration::from_millis(SETTLE_MS))
    }

    /// Questions and the log stream that the open tab needs.
    pub fn wants(&self, container: &Container, now: Timestamp, out: &mut Wants) {
        if self.settles_at().is_none_or(|at| now < at) {
            return;
        }
        let key = container.key();
        let version = version_of(container);
        out.queries.push(QueryWant { query: Query::Inspect(key.clone()), version, refresh_s: Some(30) });
        match self.tab {
            Tab::Processes if container.state.has_processes() => {
                out.queries.push(QueryWant { query: Query::Processes(key), version, refresh_s: Some(2) });
            }
            Tab::Log | Tab::Overview => {
                out.logs.push(LogWant {
                    key: LogKey { slot: 0, source: LogSourceId::Container(key) },
                    anchor: LogAnchor::End,
                    tail: LOG_LINES as u32 / 2,
                    turn: 0,
                });
            }
            _ => {}
        }
    }

    pub fn answer(&mut self, query: &Query, result: Result<Answer, Fault>) {
        let of_subject = match query {
            Query::Inspect(key) | Query::Processes(key) | Query::Footprint(key) => {
                self.subject.as_ref() == Some(key)
            }
            Query::Server(_) | Query::Trend(_) => false,
        };
        if !of_subject {
            return;
        }
        match (query, result) {
            (Query::Inspect(_), Ok(Answer::Inspect(inspect))) => {
                self.known.inspect = Some(Ok(Arc::new(*inspect)))
            }
            (Query::Inspect(_), Err(fault)) if !matches!(self.known.inspect, Some(Ok(_))) => {
                self.known.inspect = Some(Err(fault))
            }
            (Query::Processes(_), Ok(Answer::Processes(table))) => self.known.processes = Some(Ok(table)),
            (Query::Processes(_), Err(fault)) => self.known.processes = Some(Err(fault)),
            _ => {}
        }
    }

    pub fn log(&mut self, key: &ContainerKey, event: LogEvent) {
        if self.subject.as_ref() != Some(key) {
            return;
        }
        let tail = &mut self.known.log;
        tail.opened = true;
        match event {
            LogEvent::Lines(lines) => {
                (tail.trouble, tail.ended) = (None, false);
                if self.tab == Tab::Log && !self.follow {
                    tail.hold(lines);
                } else {
                    tail.take(lines);
                }
            }
            LogEvent::Live => tail.trouble = None,
            LogEvent::Gap(_) => {
                tail.remark("-- lines were rotated away during an interruption --".to_owned())
            }
            LogEvent::Dropped(count) => tail.remark(format!("-- {count} lines came too fast to be taken --")),
            LogEvent::Ended => tail.ended = true,
            LogEvent::Refused(fault) => {
                tail.ended = true;
                tail.trouble = Some(fault);
            }
            LogEvent::Lost(fault) => tail.trouble = Some(fault),
            // Nobody asks for pages here, and files are read in the log pane.
            LogEvent::Older { .. }
            | LogEvent::OlderFailed(_)
            | LogEvent::Newer { .. }
            | LogEvent::Found(_)
            | LogEvent::Turned(_)
            | LogEvent::Progress(_)
            | LogEvent::Note(_)
            | LogEvent::Skew(_)
            | LogEvent::Life(_) => {}
        }
    }

    /// A stream is opened anew: its first lines repeat the old ones.
    pub fn restart_log(&mut self) {
        self.known.log = LogTail::default();
    }

    pub fn reveal(&mut self, key: &ContainerKey) {
        self.revealed.insert(key.clone());
    }

    pub fn hides_secrets(&self) -> bool {
        matches!(self.tab, Tab::Environment | Tab::Inspect)
            && self.subject.as_ref().is_some_and(|key| !self.revealed.contains(key))
    }

    fn reveals(&self, key: &ContainerKey) -> bool {
        self.revealed.contains(key)
    }

    pub fn inspect(&self) -> Option<&Arc<Inspect>> {
        self.known.inspect.as_ref().and_then(|r| r.as_ref().ok())
    }

    pub fn turn(&mut self, step: isize) {
        let at = Tab::ALL.iter().position(|t| *t == self.tab).unwrap_or(0);
        let count = Tab::ALL.len() as isize;
        self.tab = Tab::ALL[(at as isize + step).rem_euclid(count) as usize];
        self.scroll = ListState::default();
        self.follow = true;
    }

    /// The number of lines of the open tab and whether a cursor moves in it (else the page scrolls).
    fn extent(&self, container: &Container) -> (usize, bool) {
        match self.tab {
            Tab::Inspect => (self.nodes(container).len(), true),
            Tab::Log => (self.known.log.lines.len(), false),
            Tab::Processes => (
                self.known.processes.as_ref().and_then(|r| r.as_ref().ok()).map_or(0, |t| t.rows.len()),
                true,
            ),
            Tab::Environment => (environment::lines(self, container).len(), true),
            Tab::Mounts => (mounts::lines(container).len(), false),
            Tab::Overview | Tab::Charts => (0, false),
        }
    }

    pub fn go(&mut self, motion: Motion, container: &Container, page: usize) {
        let (len, cursor) = self.extent(container);
        let delta = motion.rows(len, page);
        if self.tab == Tab::Log && self.follow {
            self.scroll.top = len.saturating_sub(page);
        }
        if cursor {
            self.scroll.step(delta, len);
            self.scroll.settle(len, page);
        } else {
            self.scroll.top = self.scroll.top.saturating_add_signed(delta).min(len.saturating_sub(page));
            self.scroll.cursor = self.scroll.top;
            self.follow = self.scroll.top + page >= len;
        }
    }

    /// Held, the page stays where it is now: at the newest lines.
    pub fn toggle_follow(&mut self, page: usize) {
        if self.tab == Tab::Log && self.follow {
            self.scroll.top = self.known.log.lines.len().saturating_sub(page);
            self.scroll.cursor = self.scroll.top;
        }
        self.follow = !self.follow;
    }

    /// Folds, unfolds, or turns over the branch under the cursor of the tree.
    pub fn fold(&mut self, container: &Container, open: Option<bool>) {
        if self.tab != Tab::Inspect {
            return;
        }
        let nodes = self.nodes(container);
        let Some(node) = nodes.get(self.scroll.cursor) else { return };
        if node.branch {
            let open = open.unwrap_or_else(|| self.folded.contains(&node.path));
            if open {
                self.folded.remove(&node.path);
            } else if !self.folded.insert(node.path.clone()) {
                self.go_to_parent(&nodes);
            }
        } else if open == Some(false) {
            self.go_to_parent(&nodes);
        }
    }

    fn go_to_parent(&mut self, nodes: &[crate::widgets::tree::Node]) {
        let depth = nodes.get(self.scroll.cursor).map_or(0, |n| n.depth);
        if let Some(parent) = nodes[..self.scroll.cursor].iter().rposition(|n| n.depth < depth) {
            self.scroll.cursor = parent;
        }
    }

    pub fn fold_all(&mut self, container: &Container) {
        if self.tab != Tab::Inspect {
            return;
        }
        if self.folded.is_empty() {
            self.folded = self.nodes(container).iter().filter(|n| n.branch).map(|n| n.path.clone()).collect();
        } else {
            self.folded.clear();
        }
        self.scroll = ListState::default();
    }

    pub fn search(&mut self, text: &str, container: &Container, page: usize) {
        self.search = text.to_lowercase();
        self.next_match(container, page, 0);
    }

    /// Puts the cursor on the next (1), previous (-1) or nearest (0) line that contains the search.
    pub fn next_match(&mut self, container: &Container, page: usize, step: isize) {
        if self.search.is_empty() {
            return;
        }
        let lines = self.searchable(container);
        let hits: Vec<usize> = lines
            .iter()
            .enumerate()
            .filter(|(_, l)| l.to_lowercase().contains(&self.search))
            .map(|(i, _)| i)
            .collect();
        let at = self.scroll.cursor;
        let hit = match step {
            1 => hits.iter().find(|i| **i > at).or(hits.first()),
            -1 => hits.iter().rev().find(|i| **i < at).or(hits.last()),
            _ => hits.iter().find(|i| **i >= at).or(hits.first()),
        };
        if let Some(hit) = hit {
            self.scroll.cursor = *hit;
            self.follow = false;
            let (len, cursor) = self.extent(container);
            if cursor {
                self.scroll.settle(len, page);
            } else {
                self.scroll.top = (*hit).min(len.saturating_sub(page));
            }
        }
    }

    fn searchable(&self, container: &Container) -> Vec<String> {
        match self.tab {
            Tab::Inspect => {
                self.nodes(container).into_iter().map(|n| format!("{} {}", n.key, n.value)).collect()
            }
            Tab::Log => self.known.log.lines.iter().map(|l| l.text.clone()).collect(),
            Tab::Environment => environment::lines(self, container)
                .into_iter()
                .map(|l| format!("{} {}", l.key, l.value))
                .collect(),
            Tab::Processes => match &self.known.processes {
                Some(Ok(table)) => table.rows.iter().map(|r| r.join(" ")).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The text of the line under the cursor, for the clipboard.
    pub fn line(&self, container: &Container) -> Option<String> {
        match self.tab {
            Tab::Inspect => self.nodes(container).get(self.scroll.cursor).map(|n| n.value.clone()),
            Tab::Environment => {
                environment::lines(self, container).get(self.scroll.cursor).map(|l| l.value.clone())
            }
            _ => None,
        }
    }

    /// True when what is drawn changes each second by itself.
    pub fn shows_seconds(&self) -> bool {
        matches!(self.tab, Tab::Charts | Tab::Overview)
    }

    pub fn view(&self, container: &Container, scene: &Scene, focused: bool, area: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let ellipsis = theme.glyphs.ellipsis;
        if area.height < 3 {
            return;
        }
        let title_role = if focused { Role::Accent } else { Role::Text };
        let mut title = Line::new(buf, area, area.y, ellipsis);
        title.put(&container.name, theme.style(title_role));
        let mut tabs = Line::new(buf, area, area.y + 1, ellipsis);
        for tab in self.visible_tabs(area.width) {
            let role = if tab == self.tab { Role::TabActive } else { Role::Tab };
            tabs.put(tab.title(), theme.style(role)).skip(1);
        }
        let body = Rect { y: area.y + 2, height: area.height - 2, ..area };
        match self.tab {
            Tab::Overview => overview::view(self, container, scene, body, buf),
            Tab::Charts => charts::view(container, scene, body, buf),
            Tab::Processes => processes::view(self, container, scene, focused, body, buf),
            Tab::Log => log::view(self, container, scene, body, buf),
            Tab::Environment => environment::view(self, container, scene, focused, body, buf),
            Tab::Mounts => mounts::view(self, container, scene, body, buf),
            Tab::Inspect => inspect::view(self, container, scene, focused, body, buf),
        }
    }

    /// As many tabs as fit, the open one always among them.
    fn visible_tabs(&self, room: u16) -> Vec<Tab> {
        let mut tabs = Tab::ALL.to_vec();
        let needed = |tabs: &[Tab]| tabs.iter().map(|t| t.title().len() + 1).sum::<usize>();
        while needed(&tabs) > usize::from(room) + 1 && tabs.len() > 1 {
            let drop_last = tabs.last() != Some(&self.tab);
            if drop_last {
                tabs.pop()
            } else {
                Some(tabs.remove(0))
            };
        }
        tabs
    }

    /// The tab whose title is at a column of the detail, for the pointer.
    pub fn tab_at(&self, column: u16, room: u16) -> Option<Tab> {
        let mut x = 0;
        self.visible_tabs(room).into_iter().find(|tab| {
            let from = x;
            x += tab.title().len() as u16 + 1;
            (from..x - 1).contains(&column)
        })
    }

    pub fn scroll_by(&mut self, delta: isize, container: &Container, page: usize) {
        let (len, _) = self.extent(container);
        if self.tab == Tab::Log && self.follow {
            self.scroll.top = len.saturating_sub(page);
        }
        self.scroll.scroll(delta, len, page);
        self.follow = self.scroll.top + page >= len;
    }
}

/// Changes with everything that makes an old inspect wrong.
fn version_of(c: &Container) -> u64 {
    let started = c.started_at.filter(|_| !c.since_rounded).map_or(0, |t| t.as_second() as u64);
    let health = c.health.map_or(0, |h| h as u64 + 1);
    started ^ ((c.state as u64) << 56) ^ (health << 48) ^ (c.name.len() as u64) << 40
}

/// Rows for the message that stands where data will be.
fn note(text: &str, role: Role, scene: &Scene, area: Rect, buf: &mut Buffer) {
    for (i, line) in crate::widgets::paint::wrap(text, area.width).iter().enumerate().take(area.height.into())
    {
        Line::new(buf, area, area.y + i as u16, scene.theme.glyphs.ellipsis)
            .put(line, scene.theme.style(role));
    }
}

/// A fault with its hint, or "asking".
fn waiting(fault: Option<&Fault>, scene: &Scene, area: Rect, buf: &mut Buffer) {
    match fault {
        Some(fault) => note(&fault.in_full(), Role::Bad, scene, area, buf),
        None => note(&format!("asking {}", scene.theme.glyphs.ellipsis), Role::Muted, scene, area, buf),
    }
}
