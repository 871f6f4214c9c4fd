//! Plays the person, the clock and the terminal of an application, as the runtime would, without any of them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pult::app::input::{Button, Input, Mouse, MouseKind};
use pult::app::{App, Effect, Msg, Redraw, Setup, registry};
use pult::domain::fault::Fault;
use pult::domain::mutation::Mutation;
use pult::domain::query::{Answer, Query};
use pult::domain::world::World;
use pult::gate::Proof;
use pult::keymap::{Key, Keymap};
use pult::panes::{LogWant, PaneStates};
use pult::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::dump::Dump;
use super::world::start;

/// An application with its simulated surroundings.
pub struct Drive {
    pub app: App,
    pub now: Timestamp,
    theme: Theme,
    size: (u16, u16),
    effects: Vec<Effect>,
    /// Logs that are read now, in the order in which they were opened.
    open_logs: Vec<(u64, LogWant)>,
    redraw: Redraw,
    /// Wake-ups so far.
    pub wakes: usize,
}

/// The embedded default keymap.
pub fn keymap(name: &str) -> Keymap {
    let (keymap, mistakes) = Keymap::load(name, &|_| None, registry::commands());
    assert!(mistakes.is_empty(), "{mistakes:?}");
    keymap
}

impl Drive {
    pub fn new(world: World) -> Self {
        Self::with(world, |_| {})
    }

    /// With changes to what the application starts with.
    pub fn with(world: World, change: impl FnOnce(&mut Setup)) -> Self {
        let mut setup = Setup {
            world,
            theme: Theme::default(),
            keymap: keymap("default"),
            zone: TimeZone::UTC,
            empty_hint: Vec::new(),
            banner: None,
            pane: None,
            filter: None,
            states: PaneStates::new(),
            mouse: true,
        };
        change(&mut setup);
        let (theme, now) = (setup.theme.clone(), start());
        let app = App::new(setup, now);
        let (effects, redraw) = (Vec::new(), Redraw::No);
        let size = (0, 0);
        let open_logs = Vec::new();
        let mut drive = Self { app, now, theme, size, effects, open_logs, redraw, wakes: 0 };
        drive.resize(120, 40);
        drive
    }

    /// Hands a message in; what a server says is settled at once, as if nothing else were to do.
    pub fn msg(&mut self, msg: Msg) -> &mut Self {
        let is_server = matches!(msg, Msg::Server(..));
        self.unsettled(msg);
        if is_server && self.app.has_work() {
            self.unsettled(Msg::Work);
        }
        self
    }

    /// Hands a message in while more of them wait.
    pub fn unsettled(&mut self, msg: Msg) -> &mut Self {
        let step = self.app.update(self.now, msg);
        for effect in &step.effects {
            match effect {
                Effect::OpenLog { stream, want } => self.open_logs.push((*stream, want.clone())),
                Effect::CloseLog(closed) => self.open_logs.retain(|(stream, _)| stream != closed),
                _ => {}
            }
        }
        self.effects.extend(step.effects);
        self.redraw = self.redraw.max(step.redraw);
        self
    }

    /// Presses keys one after another: `g g`, `ctrl-d`, `enter`.
    pub fn key(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap_or_else(|e| panic!("{key}: {e:?}"));
            self.msg(Msg::Input(Input::Key(key)));
        }
        self
    }

    /// Types a text, blanks included.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.msg(Msg::Input(Input::Key(Key::char(c))));
        }
        self
    }

    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.msg(Msg::Input(Input::Paste(text.to_owned())))
    }

    pub fn click(&mut self, column: u16, row: u16) -> &mut Self {
        self.msg(Msg::Input(Input::Mouse(Mouse { kind: MouseKind::Press(Button::Left), column, row })))
    }

    pub fn wheel(&mut self, kind: MouseKind, column: u16, row: u16) -> &mut Self {
        self.msg(Msg::Input(Input::Mouse(Mouse { kind, column, row })))
    }

    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        if self.size != (width, height) {
            self.size = (width, height);
            self.msg(Msg::Input(Input::Resize(width, height)));
        }
        self
    }

    /// Lets time pass and delivers every wake-up that the application asks for, as the runtime does.
    pub fn pass(&mut self, seconds: f64) -> &mut Self {
        let end = self.now + SignedDuration::from_millis((seconds * 1000.0).round() as i64);
        let before = self.wakes;
        self.work();
        while let Some(at) = self.app.next_wake(self.now) {
            let at = at.max(self.now + SignedDuration::from_millis(20));
            if at > end {
                break;
            }
            self.now = at;
            self.wakes += 1;
            self.msg(Msg::Wake);
            let allowed = 10.0 + 10.0 * seconds;
            assert!((self.wakes - before) as f64 <= allowed, "more than 10 wake-ups a second");
        }
        self.now = end;
        self.work();
        self
    }

    /// Does what is done in slices, to its end.
    fn work(&mut self) {
        for _ in 0..10_000 {
            if !self.app.has_work() {
                return;
            }
            self.msg(Msg::Work);
        }
        panic!("work without end");
    }

    /// Effects since the last call.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    pub fn redraw(&mut self) -> Redraw {
        std::mem::take(&mut self.redraw)
    }

    /// Answers the newest open question of a kind.
    pub fn answer(&mut self, is: fn(&Query) -> bool, answer: Answer) -> &mut Self {
        self.answered(is, Ok(answer))
    }

    /// The same, with why there is no answer.
    pub fn fail(&mut self, is: fn(&Query) -> bool, fault: Fault) -> &mut Self {
        self.answered(is, Err(fault))
    }

    fn answered(&mut self, is: fn(&Query) -> bool, result: Result<Answer, Fault>) -> &mut Self {
        let asked = self.effects.iter().rev().find_map(|e| match e {
            Effect::Ask { query, generation } if is(query) => Some((query.clone(), *generation)),
            _ => None,
        });
        let (query, generation) = asked.unwrap_or_else(|| panic!("not asked: {:?}", self.effects));
        self.msg(Msg::Answered { query, generation, result })
    }

    /// Logs that are read now, with the numbers of their streams.
    pub fn open_logs(&self) -> &[(u64, LogWant)] {
        &self.open_logs
    }

    /// The number of the log stream that was asked for last.
    pub fn stream(&self) -> u64 {
        let stream = self.effects.iter().rev().find_map(|e| match e {
            Effect::OpenLog { stream, .. } => Some(*stream),
            _ => None,
        });
        stream.unwrap_or_else(|| panic!("no log is followed: {:?}", self.effects))
    }

    pub fn buffer(&mut self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        self.app.view(self.now, &mut buffer);
        buffer
    }

    /// The screen at a size.
    pub fn screen(&mut self, width: u16, height: u16) -> Dump {
        self.resize(width, height);
        let buffer = self.buffer();
        Dump::of(&buffer, &self.theme)
    }

    /// The text of the screen as it is.
    pub fn see(&mut self) -> String {
        let buffer = self.buffer();
        Dump::of(&buffer, &self.theme).text
    }

    /// The row of the screen in which a text stands.
    #[track_caller]
    pub fn row(&mut self, needle: &str) -> String {
        let screen = self.see();
        let found = screen.lines().find(|l| l.contains(needle));
        found.unwrap_or_else(|| panic!("`{needle}` is not on the screen:\n{screen}")).to_owned()
    }

    /// The name on the row under the cursor.
    #[track_caller]
    pub fn cursor(&mut self) -> String {
        let row = self.row("▌");
        row.trim_start_matches(['▌', ' ', '+', '▪', '−']).split_whitespace().next().unwrap_or("").to_owned()
    }

    /// Names of the rows of the list from the top, without signs; groups as `▾name`.
    pub fn names(&mut self) -> Vec<String> {
        let screen = self.see();
        let page = screen.lines().skip(3).take_while(|l| !l.starts_with('─'));
        let name = |l: &str| {
            let row = l.split('▏').next().unwrap_or("");
            let cells: String = row.chars().skip(3).collect();
            let mut words = cells.split_whitespace();
            match words.next()? {
                sign @ ("▾" | "▸") => Some(format!("{sign}{}", words.next()?)),
                name => Some(name.to_owned()),
            }
        };
        let rows = usize::from(self.size.1.saturating_sub(5));
        page.take(rows).filter_map(name).collect()
    }
}

/// What was sent through the gate: summaries, ids, and the proof.
pub fn commits(effects: &[Effect]) -> Vec<(Vec<(String, String)>, Proof)> {
    let commits = effects.iter().filter_map(|e| match e {
        Effect::Commit { consent, proof, .. } => {
            let one = |m: &Mutation| (m.summary(), m.object_id().into_owned());
            Some((consent.plan().mutations.iter().map(one).collect(), proof.clone()))
        }
        _ => None,
    });
    commits.collect()
}
