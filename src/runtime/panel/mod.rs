//! The loop of the panel: messages in, frames and effects out. It never waits for anything but the next event.

mod lending;
mod setup;
mod work;

use std::time::Duration;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc;

use self::work::Work;
use super::actors::Actors;
use super::audit_book::AuditBook;
use super::editing;
use super::encode::Encoder;
use super::frames::Frames;
use super::guest::{self, Guest};
use super::osc52::{self, Multiplexer};
use super::output::Output;
use super::session::Session;
use super::signals::{Sig, Signals};
use super::tasks::Tasks;
use super::terminal::{self, Terminal, TerminalError};
use super::terminal_events::Events;
use super::ui_state::{self, UiState};
use super::{kept_edits, keys, recorder_news};
use crate::app::input::Input;
use crate::app::{App, Effect, Msg};
use crate::backends::clock;
use crate::command::PaneId;
use crate::config::{Environment, Profile, paths};
use crate::domain::query::Query;
use crate::theme::Choice;

/// Messages taken in before a frame is drawn.
const DRAIN: usize = 512;
/// Messages that may wait for the loop.
const WAITING: usize = 256;
/// What runs at the end has this long to end by itself.
const GRACE: Duration = Duration::from_secs(2);

/// What the panel is started with.
pub struct Start {
    pub profile: Profile,
    pub env: Environment,
    pub color: Choice,
    pub pane: Option<PaneId>,
    pub filter: Option<String>,
}

/// Runs the panel until it is quit.
///
/// # Errors
/// When there is no terminal, or it cannot be set up.
pub async fn run(start: Start) -> Result<(), TerminalError> {
    let state_dir = paths::state_dir(&start.env);
    let (state, state_trouble) = state_dir.as_deref().map(ui_state::load).unwrap_or_default();
    let session = Session::current();
    let setup = setup::setup(&start, &session, state, state_trouble);
    let Start { profile, env, .. } = start;
    let mouse = setup.mouse;
    let mut signals = Signals::listen()?;
    let terminal = Terminal::enter(mouse)?;
    terminal::install_panic_hook();
    let mut panel = Panel::new(
        App::new(setup, clock::now()),
        terminal,
        Multiplexer::detect(|name| env.var(name).map(str::to_owned)),
        editing::line(|name| env.var(name).map(str::to_owned)),
    )?;
    // The first frame is out before anything is connected.
    let begun = panel.resized(terminal::size());
    panel.draw();
    // Finding the time zone reads a folder with hundreds of files; the first frame shows no time.
    panel.app.set_zone(TimeZone::system());
    let (tasks, mut panics) = Tasks::new();
    let (messages, mut inbox) = mpsc::channel(WAITING);
    let book = AuditBook::of(state_dir.as_deref(), session).opened();
    let events = Events::read()?;
    let (mut work, mut visits) =
        Work::start(&profile, &env, state_dir, book.clone(), tasks, messages, events);
    for effect in begun {
        panel.carry_out(effect, &mut work);
    }
    if let Some(text) = work.state_dir.as_deref().and_then(kept_edits::told) {
        panel.take(Msg::Notice { text, is_error: false }, &mut work);
    }
    while !panel.done {
        // While another program has the terminal, nothing is drawn.
        let draws = panel.guest.is_none();
        if draws && panel.frames.is_due(clock::instant()) && panel.output.ready() {
            panel.draw();
        }
        let now = clock::now();
        // Never in the past: a moment that has gone by would spin.
        let wake = panel.app.next_wake(now).map(|at| {
            let wait = Duration::try_from(at.duration_since(now)).unwrap_or_default();
            wait.clamp(Duration::from_millis(20), Duration::from_secs(3600))
        });
        let frame = panel.frames.due().filter(|_| draws && panel.output.ready());
        tokio::select! {
            biased;
            sig = signals.next() => panel.signal(sig, &mut work),
            event = work.events.recv() => {
                panel.terminal_event(event, &mut work);
                // What was typed meanwhile goes into the same frame.
                for _ in 0..DRAIN {
                    match work.events.try_recv() {
                        Some(event) => panel.terminal_event(Some(event), &mut work),
                        None => break,
                    }
                }
            }
            status = guest::wait(&mut panel.guest), if panel.guest.is_some() => {
                panel.guest_ended(&status, &mut work);
            }
            Some(visit) = visits.recv(), if panel.guest.is_none() => panel.receive(visit, &mut work),
            Some(msg) = inbox.recv() => {
                panel.take(msg, &mut work);
                for _ in 0..DRAIN {
                    match inbox.try_recv() {
                        Ok(msg) => panel.take(msg, &mut work),
                        Err(_) => break,
                    }
                }
            }
            Some(task) = panics.recv() => {
                let text = format!("a part of pult failed: {task}. It does not run any more; restart pult. --log FILE tells more");
                panel.take(Msg::Notice { text, is_error: true }, &mut work);
            }
            cost = panel.output.wait_ready(), if !panel.output.ready() => {
                panel.frames.written(cost);
                panel.check_output(&mut work);
            }
            () = sleep_until(frame), if frame.is_some() => {}
            () = tokio::time::sleep(wake.unwrap_or_default()), if wake.is_some() => panel.take(Msg::Wake, &mut work),
            // Last, so that everything that is ready goes first.
            () = tokio::task::yield_now(), if panel.app.has_work() => panel.take(Msg::Work, &mut work),
        }
    }
    let guest = panel.guest.take();
    // What is typed from now on is for whoever has the terminal next.
    work.events.pause();
    drop(panel);
    // Nobody reads messages any more: who waits to be heard ends.
    drop(inbox);
    if let Some(guest) = guest
        && let Some(kept) = guest.dismiss(work.state_dir.as_deref()).await
    {
        tracing::warn!("{kept}");
        terminal::say(&kept);
    }
    work.history.finish();
    // The last part of a file is written, and none comes any more.
    drop(work.files);
    work.tasks.shutdown(GRACE).await;
    if let Err(e) = book.write(|file| file.close("pult ended while it was under way")) {
        tracing::error!("the audit could not be closed: {e}");
    }
    Ok(())
}

async fn sleep_until(at: Option<std::time::Instant>) {
    if let Some(at) = at {
        tokio::time::sleep_until(at.into()).await;
    }
}

/// The application with its screen.
struct Panel {
    app: App,
    terminal: Terminal,
    output: Output,
    encoder: Encoder,
    frames: Frames,
    buffer: Buffer,
    bytes: Vec<u8>,
    multiplexer: Multiplexer,
    /// The person's editor.
    editor_line: String,
    /// While it is there, the terminal is its own.
    guest: Option<Guest>,
    done: bool,
}

impl Panel {
    fn new(
        app: App,
        terminal: Terminal,
        multiplexer: Multiplexer,
        editor_line: String,
    ) -> std::io::Result<Self> {
        Ok(Self {
            app,
            terminal,
            output: Output::screen()?,
            encoder: Encoder::new(),
            frames: Frames::default(),
            buffer: Buffer::empty(Rect::default()),
            bytes: Vec::new(),
            multiplexer,
            editor_line,
            guest: None,
            done: false,
        })
    }

    fn draw(&mut self) {
        let began = clock::instant();
        self.buffer.reset();
        self.app.view(clock::now(), &mut self.buffer);
        self.encoder.frame(&self.buffer, None, &mut self.bytes);
        let bytes = self.bytes.len();
        self.bytes = self.output.submit(std::mem::take(&mut self.bytes));
        self.bytes.clear();
        self.frames.drawn(began, began.elapsed(), bytes);
    }

    /// The window has this size to begin with. What is to be done is done once there is somebody to do it.
    fn resized(&mut self, (width, height): (u16, u16)) -> Vec<Effect> {
        self.buffer.resize(Rect::new(0, 0, width, height));
        self.encoder.invalidate();
        let step = self.app.update(clock::now(), Msg::Input(Input::Resize(width, height)));
        self.frames.wants(step.redraw, clock::instant());
        step.effects
    }

    fn take(&mut self, msg: Msg, work: &mut Work) {
        if let Msg::Input(Input::Resize(width, height)) = msg {
            self.buffer.resize(Rect::new(0, 0, width, height));
            self.encoder.invalidate();
        }
        if let Msg::Input(Input::Focus(focused)) = msg {
            self.frames.set_focused(focused);
        }
        if let Msg::Server(id, remote) = &msg {
            work.history.take(id, remote);
        }
        let step = self.app.update(clock::now(), msg);
        self.frames.wants(step.redraw, clock::instant());
        for effect in step.effects {
            self.carry_out(effect, work);
        }
    }

    fn carry_out(&mut self, effect: Effect, work: &mut Work) {
        match effect {
            Effect::Quit => self.done = true,
            Effect::Suspend => self.suspend(work),
            Effect::Repaint => self.encoder.invalidate(),
            Effect::Mouse(on) => {
                if let Err(e) = self.terminal.set_mouse(on) {
                    tracing::warn!("mouse: {e}");
                }
            }
            Effect::Interest(id, interest) => work.engines.set_interest(&id, interest),
            Effect::Pace(id, pace) => work.servers.set_pace(&id, pace),
            Effect::Ask { query: Query::Server(query), generation } => {
                work.servers.ask(query, generation, &mut work.tasks);
            }
            Effect::Ask { query: Query::Trend(query), generation } => work.history.ask(query, generation),
            Effect::Ask { query, generation } => work.engines.ask(query, generation, &mut work.tasks),
            Effect::OpenLog { stream, want } => {
                work.logs.open(stream, want, &work.engines, &mut work.tasks);
            }
            Effect::CloseLog(stream) => work.logs.close(stream),
            Effect::AskLog { stream, ask } => {
                if !work.logs.ask(stream, ask) {
                    tracing::debug!(stream, "a log was asked more than it can answer");
                }
            }
            Effect::Write(part) => work.files.write(part),
            Effect::Record(stars) => {
                if let Some(recorder) = &work.recorder {
                    recorder.star(stars);
                }
            }
            Effect::Remember(event) => work.history.remember(event),
            Effect::Capture(incident) => {
                if let (Some(recorder), Ok(host)) = (&work.recorder, work.servers.hosted(&incident.target)) {
                    recorder.incident(host, *incident);
                }
            }
            Effect::ReadCapsule(id) => {
                if let Some(recorder) = &work.recorder {
                    recorder_news::read_capsule(recorder, id, &mut work.tasks, &work.messages);
                }
            }
            Effect::Commit { job, consent, proof } => {
                let Work { commits, engines, servers, messages, tasks, .. } = work;
                commits.start(job, consent, proof, Actors { engines, servers }, messages, tasks);
            }
            Effect::Fetch { edit, mine } => {
                let host = work.servers.actor(&edit.target);
                editing::fetch(edit, mine, host, &work.messages, &mut work.tasks);
            }
            Effect::Editor { edit, fetched, text } => self.open_editor(edit, fetched, &text.0, work),
            Effect::CancelJob(job) => work.commits.cancel(job),
            Effect::GoOn(job) => work.commits.go_on(job),
            Effect::AskTerminal { terminal, ask } => {
                if !work.commits.ask_terminal(terminal, ask) {
                    tracing::debug!(terminal, "a terminal was asked more than it takes");
                }
            }
            Effect::Reconnect(id) => {
                work.engines.retry(&id);
                work.servers.retry(&id);
            }
            Effect::AskChecks(names) => work.checks.ask(&names),
            Effect::Answer { question, answer } => work.questions.answer(question, answer),
            Effect::Connect(id) => work.servers.connect(&id, &mut work.tasks),
            Effect::Disconnect(id) => work.servers.disconnect(&id, &mut work.tasks),
            Effect::Yank { what, text } => {
                let outcome = osc52::copy(&text, self.multiplexer).map(|bytes| {
                    self.output.insert(&bytes);
                    if self.multiplexer == Multiplexer::Tmux {
                        osc52::load_into_tmux(&text);
                    }
                });
                self.take(Msg::Yanked { what, outcome }, work);
            }
            Effect::SaveState { last_pane, panes, mouse } => {
                let state =
                    UiState { last_pane: Some(last_pane.word().to_owned()), mouse: Some(mouse), panes };
                if let Some(Err(why)) = work.state_dir.as_deref().map(|dir| ui_state::save(dir, &state)) {
                    tracing::warn!("{why}");
                }
            }
        }
    }

    fn signal(&mut self, sig: Sig, work: &mut Work) {
        match sig {
            // Ctrl-C is the guest's.
            Sig::Interrupt if self.guest.is_some() => {}
            // The guest stops, too, and takes the terminal up again by itself.
            Sig::Stop if self.guest.is_some() => terminal::stop(),
            Sig::Continue if self.guest.is_some() => {}
            Sig::Terminate | Sig::Interrupt | Sig::Hangup => self.take(Msg::Terminate, work),
            Sig::Stop => self.suspend(work),
            Sig::Window => {
                let (width, height) = terminal::size();
                self.take(Msg::Input(Input::Resize(width, height)), work);
            }
            Sig::Continue => {
                // Stopped and continued from outside: the screen and its mode are somebody else's.
                if let Err(e) = self.terminal.resume() {
                    tracing::warn!("resume: {e}");
                }
                let (width, height) = terminal::size();
                self.take(Msg::Input(Input::Resize(width, height)), work);
                self.take(Msg::Resumed, work);
            }
        }
    }

    fn terminal_event(&mut self, event: Option<std::io::Result<crossterm::event::Event>>, work: &mut Work) {
        match event {
            Some(Ok(event)) => {
                if let Some(input) = keys::input(event) {
                    self.take(Msg::Input(input), work);
                }
            }
            // The terminal is closed.
            Some(Err(_)) | None => self.take(Msg::Terminate, work),
        }
    }

    fn check_output(&mut self, work: &mut Work) {
        if let Some(why) = self.output.failed() {
            tracing::error!("the terminal takes nothing any more: {why}");
            self.take(Msg::Terminate, work);
        }
    }
}
