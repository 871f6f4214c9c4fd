//! The application: messages in, effects out. Pure and synchronous: no IO, no clock, no spawning, so a test is
//! a list of messages and a look at effects and cells.

pub mod commands;
pub mod dialogs;
pub mod edits;
mod facts;
pub mod input;
mod intents;
mod jobs;
mod keys;
pub mod layout;
mod links;
mod msg;
mod notices;
mod places;
mod pointer;
mod questions;
mod reconcile;
pub mod redraw;
pub mod registry;
mod requests;
mod run_report;
mod runs;
mod streams;
mod subscriptions;
mod update;
mod view;

pub use msg::{Effect, JobId, Msg, Step};
pub use redraw::Redraw;

use std::collections::{HashMap, VecDeque};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;
use zeroize::Zeroizing;

use crate::command::PaneId;
use crate::domain::ids::ContainerKey;
use crate::domain::remote::Link;
use crate::domain::server::edit::Draft;
use crate::domain::star::Star;
use crate::domain::terminal::Size;
use crate::domain::world::World;
use crate::keymap::{Key, Keymap};
use crate::panes::activity::ActivityPane;
use crate::panes::compare::ComparePane;
use crate::panes::containers::ContainersPane;
use crate::panes::logs::LogsPane;
use crate::panes::servers::ServersPane;
use crate::panes::shells::ShellsPane;
use crate::panes::{Context, Edit, Pane, PaneStates, Place};
use crate::theme::Theme;

use dialogs::Dialog;
use input::Input;
use jobs::Jobs;
use notices::Notices;
use questions::Waiting;
use streams::Streams;
use subscriptions::Subscriptions;

/// Rows keep their order for this long after a key, seconds.
const HOLD_S: i64 = 3;
/// Places remembered in each direction.
const JUMPS: usize = 50;

/// What the application starts with.
pub struct Setup {
    pub world: World,
    pub theme: Theme,
    pub keymap: Keymap,
    pub zone: TimeZone,
    /// What was looked for and what would help, when there is no target at all.
    pub empty_hint: Vec<String>,
    /// Mistakes in the user's files: shown as the first notice.
    pub banner: Option<String>,
    pub pane: Option<PaneId>,
    pub filter: Option<String>,
    pub states: PaneStates,
    pub mouse: bool,
}

/// The whole state of the panel.
pub struct App {
    pub world: World,
    theme: Theme,
    keymap: Keymap,
    zone: TimeZone,
    empty_hint: Vec<String>,
    panes: Vec<Box<dyn Pane>>,
    focus: usize,
    dialogs: Vec<Dialog>,
    /// Questions of connections that stand in line, the oldest first.
    questions: VecDeque<Waiting>,
    edit: Option<Edit>,
    /// Keys of a chord that is not complete.
    pending: Vec<Key>,
    notices: Notices,
    jobs: Jobs,
    subscriptions: Subscriptions,
    streams: Streams,
    /// What is recorded.
    stars: Vec<Star>,
    back: Vec<(PaneId, Place)>,
    forward: Vec<(PaneId, Place)>,
    size: (u16, u16),
    mouse: bool,
    last_key: Option<Timestamp>,
    last_click: Option<(Timestamp, u16, u16)>,
    /// The pane in front has not looked at the newest of the world yet.
    unsettled: bool,
    /// Jobs that end in showing the secrets of a container.
    reveals: HashMap<JobId, ContainerKey>,
    /// Texts on their way to be written.
    drafts: HashMap<JobId, Box<Draft>>,
    last_run: Option<runs::LastRun>,
    /// Files that answers were written to.
    run_files: u64,
    /// What each terminal was last told of its size.
    terminal_sizes: HashMap<JobId, Size>,
}

impl App {
    pub fn new(setup: Setup, now: Timestamp) -> Self {
        let mut panes: Vec<Box<dyn Pane>> = vec![
            Box::<ContainersPane>::default(),
            Box::<LogsPane>::default(),
            Box::<ServersPane>::default(),
            Box::<ActivityPane>::default(),
            Box::<ShellsPane>::default(),
            Box::<ComparePane>::default(),
        ];
        for pane in &mut panes {
            if let Some(state) = setup.states.get(pane.id().word()) {
                pane.restore(state);
            }
        }
        let focus = setup.pane.and_then(|id| panes.iter().position(|p| p.id() == id)).unwrap_or(0);
        let mut app = Self {
            world: setup.world,
            theme: setup.theme,
            keymap: setup.keymap,
            zone: setup.zone,
            empty_hint: setup.empty_hint,
            panes,
            focus,
            dialogs: Vec::new(),
            questions: VecDeque::new(),
            edit: None,
            pending: Vec::new(),
            notices: Notices::default(),
            jobs: Jobs::default(),
            subscriptions: Subscriptions::default(),
            streams: Streams::default(),
            stars: Vec::new(),
            back: Vec::new(),
            forward: Vec::new(),
            size: (80, 24),
            mouse: setup.mouse,
            last_key: None,
            last_click: None,
            unsettled: false,
            reveals: HashMap::new(),
            drafts: HashMap::new(),
            last_run: None,
            run_files: 0,
            terminal_sizes: HashMap::new(),
        };
        if let Some(banner) = setup.banner {
            app.notices.add(banner, true, now);
        }
        if let Some(filter) = setup.filter {
            app.with_pane(now, |pane, cx| {
                // A filter from the command line was checked there.
                let _checked = pane.set_filter(&filter, cx);
                Vec::new()
            });
        }
        app
    }

    /// The time zone in which times are shown.
    pub fn set_zone(&mut self, zone: TimeZone) {
        self.zone = zone;
    }

    /// When the screen changes by the passing of time alone, or a question is due again.
    pub fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        let hold = self.last_key.map(|at| at + SignedDuration::from_secs(HOLD_S)).filter(|at| *at > now);
        let cx = self.context(now);
        let pane = self.pane().next_change(&cx);
        let dialog = self.dialogs.last().and_then(|d| d.next_change(now));
        let changing = |link: &Link| !matches!(link, Link::Live | Link::Listed);
        let lost = self.world.docker.values().any(|r| changing(&r.link));
        let ages = lost.then(|| now + SignedDuration::from_secs(1));
        [
            hold,
            pane,
            dialog,
            ages,
            self.notices.next_change(now),
            self.subscriptions.next_change(),
            self.jobs.next_change(now),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn pane(&self) -> &dyn Pane {
        self.panes[self.focus].as_ref()
    }

    fn screen(&self) -> Rect {
        Rect::new(0, 0, self.size.0, self.size.1)
    }

    fn pane_area(&self) -> Rect {
        layout::compute(self.screen()).map_or(Rect::default(), |frame| frame.pane)
    }

    fn hold(&self, now: Timestamp) -> bool {
        self.last_key.is_some_and(|at| now.duration_since(at) < SignedDuration::from_secs(HOLD_S))
    }

    fn context(&self, now: Timestamp) -> Context<'_> {
        Context { world: &self.world, now, area: self.pane_area(), hold: self.hold(now), zone: &self.zone }
    }

    /// True while there is work to go on with when nothing else is to do.
    pub fn has_work(&self) -> bool {
        self.unsettled || self.panes.iter().any(|p| p.has_work())
    }

    fn is_answering(&self) -> bool {
        self.panes.iter().any(|p| p.is_answering())
    }

    fn sync(&mut self, now: Timestamp) {
        self.unsettled = false;
        self.with_pane(now, |pane, cx| {
            pane.sync(cx);
            Vec::new()
        });
    }

    fn input(&mut self, now: Timestamp, input: Input) -> Step {
        match input {
            Input::Resize(width, height) => {
                self.size = (width, height);
                self.sync(now);
                Step::now()
            }
            Input::Focus(_) => Step::default(),
            Input::Key(key) => self.key(now, key),
            // It may be a password.
            Input::Paste(text) => self.paste(now, &Zeroizing::new(text)),
            Input::Mouse(mouse) => self.mouse_event(now, mouse),
        }
    }
}
