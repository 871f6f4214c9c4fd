//! The application: messages in, effects out. Pure and synchronous: no IO, no clock, no spawning, so a test is
//! a list of messages and a look at effects and cells.

pub mod commands;
pub mod dialogs;
pub mod input;
mod jobs;
mod keys;
pub mod layout;
mod msg;
mod notices;
mod pointer;
pub mod redraw;
pub mod registry;
mod streams;
mod subscriptions;
mod view;

pub use msg::{Effect, JobId, Msg, Step};
pub use redraw::Redraw;

use std::collections::HashMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use crate::command::{AppIntent, Command, Facts, Intent, PaneId, PaneIntent, Scope};
use crate::domain::ids::ContainerKey;
use crate::domain::mutation::{ContainerAction, ContainerMutation, Mutation};
use crate::domain::query::Query;
use crate::domain::recording::RecorderState;
use crate::domain::star::Star;
use crate::domain::world::World;
use crate::gate::Proof;
use crate::keymap::{Key, Keymap};
use crate::panes::activity::ActivityPane;
use crate::panes::containers::ContainersPane;
use crate::panes::logs::{LogsPane, capsule_page};
use crate::panes::servers::ServersPane;
use crate::panes::{Context, Edit, EditKind, Pane, PaneStates, Place, Request, Yank};
use crate::theme::Theme;
use crate::widgets::field::Field;

use dialogs::{ActionDialog, Choose, Commit, Dialog, Help, Palette, Records, Text};
use input::Input;
use jobs::Jobs;
use notices::Notices;
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
    pub threshold_percent: f64,
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
    threshold_percent: f64,
    empty_hint: Vec<String>,
    panes: Vec<Box<dyn Pane>>,
    focus: usize,
    dialogs: Vec<Dialog>,
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
    /// Jobs that end in showing the secrets of a container.
    reveals: HashMap<JobId, ContainerKey>,
}

impl App {
    pub fn new(setup: Setup, now: Timestamp) -> Self {
        let mut panes: Vec<Box<dyn Pane>> = vec![
            Box::<ContainersPane>::default(),
            Box::<LogsPane>::default(),
            Box::<ServersPane>::default(),
            Box::<ActivityPane>::default(),
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
            threshold_percent: setup.threshold_percent,
            empty_hint: setup.empty_hint,
            panes,
            focus,
            dialogs: Vec::new(),
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
            reveals: HashMap::new(),
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

    /// Takes one message in. `now` is the only time it knows.
    pub fn update(&mut self, now: Timestamp, msg: Msg) -> Step {
        let mut step = match msg {
            Msg::Input(input) => self.input(now, input),
            Msg::Wake => {
                self.sync(now);
                Step::soon()
            }
            Msg::Docker(target, remote) => {
                self.world.take_docker(target, remote);
                for dialog in &mut self.dialogs {
                    dialog.sync(&self.world);
                }
                self.sync(now);
                Step::soon()
            }
            Msg::Server(target, remote) => {
                let before = self.world.servers.get(&target).map(|r| r.link.clone());
                // Behind another pane only the header tells of servers, and only of their links.
                let told = self.pane().id() == PaneId::Servers || before.as_ref() != Some(&remote.link);
                self.world.take_server(target, remote);
                self.sync(now);
                if told { Step::soon() } else { Step::default() }
            }
            Msg::Usage(samples) => {
                self.world.take_usage(samples);
                self.sync(now);
                Step::soon()
            }
            Msg::Answered { query, generation, result } => self.answered(now, &query, generation, result),
            Msg::Log { stream, event } => {
                let Some((pane, key)) = self.streams.reader(stream) else { return Step::default() };
                let step = self.with(pane, now, |pane, cx| pane.log(&key, Some(event), cx));
                // What happens on a pane behind is no reason to draw.
                let redraw = if self.pane().id() == pane { Redraw::Soon } else { Redraw::No };
                Step { redraw, ..step }
            }
            Msg::Work => {
                let answering = self.is_answering();
                let step = match self.panes.iter().find(|p| p.has_work()).map(|p| p.id()) {
                    Some(id) => self.with(id, now, |pane, cx| pane.work(cx)),
                    None => Step::default(),
                };
                let whole = answering && !self.is_answering();
                Step { redraw: if whole { Redraw::Now } else { Redraw::Soon }, ..step }
            }
            Msg::JobStarted(_) => Step::soon(),
            Msg::JobRefused(id, refusal) => {
                self.jobs.remove(id);
                self.notices.add(refusal.to_string(), true, now);
                Step::now()
            }
            Msg::JobStep { job, name, result, .. } => {
                if let (Ok(_), Some(key)) = (&result, self.reveals.remove(&job)) {
                    self.panes.iter_mut().for_each(|pane| pane.reveal(&key));
                }
                let ended = self.jobs.step(job, name, result, now);
                self.job_ended(job, ended, now)
            }
            Msg::JobSkipped { job, count } => {
                let ended = self.jobs.skip(job, count, now);
                self.job_ended(job, ended, now)
            }
            Msg::Audit(records) => {
                self.world.audit = records;
                self.sync(now);
                Step::soon()
            }
            Msg::Recorder(status) => {
                if status.state != self.world.recorder.state
                    && let RecorderState::Stopped(_) | RecorderState::Elsewhere = status.state
                    && !self.stars.is_empty()
                {
                    self.notices.add(status.state.sentence(), true, now);
                }
                self.world.recorder = status;
                Step::soon()
            }
            Msg::Capsules(capsules) => {
                self.world.capsules = capsules;
                Step::soon()
            }
            Msg::Capsule(Ok(capsule)) => {
                let page = capsule_page(&capsule, &self.zone);
                self.dialogs.push(Dialog::Text(Text::open(page)));
                Step::now()
            }
            Msg::Capsule(Err(fault)) => {
                self.notices.add(fault.in_full(), true, now);
                Step::now()
            }
            Msg::Notice { text, is_error } => {
                self.notices.add(text, is_error, now);
                Step::now()
            }
            Msg::Yanked { what, outcome } => {
                match outcome {
                    Ok(()) => self.notices.add(format!("copied {what}"), false, now),
                    Err(why) => self.notices.add(why, true, now),
                }
                Step::now()
            }
            Msg::Terminate => self.quit(),
            Msg::Resumed => Step::now().with(Effect::Repaint),
        };
        step.effects.extend(self.reconcile(now));
        step
    }

    /// When the screen changes by the passing of time alone, or a question is due again.
    pub fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        let hold = self.last_key.map(|at| at + SignedDuration::from_secs(HOLD_S)).filter(|at| *at > now);
        let cx = self.context(now);
        let pane = self.pane().next_change(&cx);
        let dialog = self.dialogs.last().and_then(|d| d.next_change(now));
        let lost = self.world.docker.values().any(|r| !r.link.is_live());
        let ages = lost.then(|| now + SignedDuration::from_secs(1));
        [hold, pane, dialog, ages, self.notices.next_change(now), self.subscriptions.next_change()]
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

    /// Lets the focused pane do something with its context, and carries out what it asks for.
    fn with_pane(
        &mut self,
        now: Timestamp,
        act: impl FnOnce(&mut dyn Pane, &Context) -> Vec<Request>,
    ) -> Step {
        self.with(self.pane().id(), now, act)
    }

    /// The same with any pane.
    fn with(
        &mut self,
        id: PaneId,
        now: Timestamp,
        act: impl FnOnce(&mut dyn Pane, &Context) -> Vec<Request>,
    ) -> Step {
        let (area, hold) = (self.pane_area(), self.hold(now));
        let cx = Context { world: &self.world, now, area, hold, zone: &self.zone };
        let Some(pane) = self.panes.iter_mut().find(|p| p.id() == id) else { return Step::default() };
        let requests = act(pane.as_mut(), &cx);
        let mut step = Step::now();
        for request in requests {
            step = step.and(self.request(now, id, request));
        }
        step
    }

    /// True while a pane has work to go on with when nothing else is to do.
    pub fn has_work(&self) -> bool {
        self.panes.iter().any(|p| p.has_work())
    }

    fn is_answering(&self) -> bool {
        self.panes.iter().any(|p| p.is_answering())
    }

    fn sync(&mut self, now: Timestamp) {
        self.with_pane(now, |pane, cx| {
            pane.sync(cx);
            Vec::new()
        });
    }

    fn request(&mut self, now: Timestamp, from: PaneId, request: Request) -> Step {
        match request {
            Request::Yank { what, text } => return Step::now().with(Effect::Yank { what, text }),
            Request::Notice(text) => self.notices.add(text, false, now),
            Request::Choose(choice) => self.dialogs.push(Dialog::Choose(Choose::open(choice))),
            Request::Prompt { what, text } => {
                let field = Field::new(&text);
                self.edit = Some(Edit { kind: EditKind::Prompt(what), field, error: None, before: text });
            }
            Request::AskLog { key, ask } => {
                if let Some(stream) = self.streams.number(from, &key) {
                    return Step::now().with(Effect::AskLog { stream, ask });
                }
            }
            Request::OpenLogs(logs) => {
                self.go_to_pane(now, PaneId::Logs);
                return self.with(PaneId::Logs, now, |pane, cx| {
                    pane.open_logs(logs, cx);
                    Vec::new()
                });
            }
            Request::ReadCapsule(id) => return Step::now().with(Effect::ReadCapsule(id)),
            Request::Write(part) => return Step::default().with(Effect::Write(part)),
            Request::Visited => {
                if let Some(place) = self.pane().place() {
                    self.remember(place);
                }
            }
            Request::Run(id) => {
                if let Some(command) = registry::find(id) {
                    return self.run(now, command);
                }
            }
        }
        Step::now()
    }

    fn remember(&mut self, place: Place) {
        let entry = (self.pane().id(), place);
        if self.back.last() != Some(&entry) {
            self.back.push(entry);
            self.forward.clear();
            if self.back.len() > JUMPS {
                self.back.remove(0);
            }
        }
    }

    fn answered(
        &mut self,
        now: Timestamp,
        query: &Query,
        generation: u64,
        result: Result<crate::domain::query::Answer, crate::domain::fault::Fault>,
    ) -> Step {
        if !self.subscriptions.answered(query, generation, now) {
            return Step::default();
        }
        for dialog in &mut self.dialogs {
            if let Dialog::Action(action) = dialog {
                action.answered(query, result.clone());
            }
        }
        self.with_pane(now, |pane, cx| {
            pane.answer(query, result, cx);
            Vec::new()
        });
        Step::soon()
    }

    fn job_ended(&mut self, id: JobId, ended: bool, now: Timestamp) -> Step {
        if ended && let Some(job) = self.jobs.get_mut(id) {
            let (sentence, failed) = (job.sentence(), !job.failed.is_empty());
            self.notices.add(sentence, failed, now);
            return Step::now();
        }
        Step::soon()
    }

    /// Brings what runs in step with what is wanted.
    fn reconcile(&mut self, now: Timestamp) -> Vec<Effect> {
        let mut wants = self.pane().wants(&self.context(now));
        for query in self.dialogs.iter().filter_map(Dialog::query) {
            wants.queries.push(crate::panes::QueryWant { query, version: 0, refresh_s: None });
        }
        let front = self.pane().id();
        let mut logs: Vec<_> = wants.logs.drain(..).map(|want| (front, want)).collect();
        for pane in self.panes.iter().filter(|p| p.id() != front) {
            logs.extend(pane.background().into_iter().map(|want| (pane.id(), want)));
        }
        let mut effects = self.subscriptions.reconcile(wants, now);
        let (streams, begun) = self.streams.reconcile(logs);
        effects.extend(streams);
        let stars: Vec<Star> = self.panes.iter().flat_map(|p| p.stars()).collect();
        if stars != self.stars {
            effects.push(Effect::Record(stars.clone()));
            self.stars = stars;
        }
        for (pane, key) in begun {
            let step = self.with(pane, now, |pane, cx| pane.log(&key, None, cx));
            effects.extend(step.effects);
        }
        effects
    }

    /// What commands may know now.
    pub fn facts(&self) -> Facts {
        let mut facts = Facts {
            pane: Some(self.pane().id()),
            can_go_back: !self.back.is_empty(),
            can_go_forward: !self.forward.is_empty(),
            running_jobs: self.jobs.running().count(),
            lost_targets: self.world.lost().count(),
            mouse: self.mouse,
            ..Facts::default()
        };
        self.pane().facts(&self.world, &mut facts);
        facts
    }

    /// Scopes whose keys are heard, the nearest first.
    fn scopes(&self) -> Vec<Scope> {
        if self.dialogs.is_empty() {
            vec![Scope::Pane(self.pane().id()), Scope::List, Scope::Global]
        } else {
            vec![Scope::Dialog]
        }
    }

    /// Runs a command, or says why it is off.
    fn run(&mut self, now: Timestamp, command: &'static Command) -> Step {
        let facts = self.facts();
        if let crate::command::Availability::Off(why) = (command.when)(&facts) {
            self.notices.add(why, false, now);
            return Step::now();
        }
        if command.danger.is_some() {
            let mut dialog = ActionDialog::open(command, facts, &self.world, now);
            if dialog.needs_nothing() {
                let verdict = dialog.commit(Proof::None);
                return self.verdict(now, verdict);
            }
            self.dialogs.push(Dialog::Action(Box::new(dialog)));
            return Step::now();
        }
        match (command.run)(&facts, &crate::command::Args::defaults(command.args)) {
            Ok(Intent::App(intent)) => self.app_intent(now, intent),
            Ok(Intent::Pane(intent)) => self.pane_intent(now, intent),
            Ok(Intent::Dialog(intent)) => self.dialog_intent(now, intent),
            // A command without a danger that proposes something is a defect: refuse it.
            Ok(Intent::Propose(_)) => {
                self.notices.add(
                    format!("{} is not classified as dangerous but changes something", command.id),
                    true,
                    now,
                );
                Step::now()
            }
            Err(why) => {
                self.notices.add(why, true, now);
                Step::now()
            }
        }
    }

    fn pane_intent(&mut self, now: Timestamp, intent: PaneIntent) -> Step {
        self.with_pane(now, |pane, cx| pane.act(intent, cx))
    }

    fn app_intent(&mut self, now: Timestamp, intent: AppIntent) -> Step {
        match intent {
            AppIntent::Quit => return self.quit(),
            AppIntent::Suspend => return Step::now().with(Effect::Suspend),
            AppIntent::Redraw => return Step::now().with(Effect::Repaint),
            AppIntent::Help => {
                self.dialogs.push(Dialog::Help(Help::open(Some(self.pane().id()), &self.keymap)))
            }
            AppIntent::Palette => self.dialogs.push(Dialog::Palette(Box::new(Palette::open(self.facts())))),
            AppIntent::Jobs => self.dialogs.push(Dialog::Records(Records::jobs())),
            AppIntent::Notices => self.dialogs.push(Dialog::Records(Records::notices())),
            AppIntent::Filter | AppIntent::Search => {
                let kind = if self.pane().can_search() { EditKind::Search } else { EditKind::Filter };
                let before = match kind {
                    EditKind::Search => self.pane().searched().to_owned(),
                    _ => self.pane().filter().to_owned(),
                };
                let text = if kind == EditKind::Filter { before.as_str() } else { "" };
                self.edit = Some(Edit { kind, field: Field::new(text), error: None, before });
            }
            AppIntent::Pane(id) => self.go_to_pane(now, id),
            AppIntent::NextPane => self.go_to_pane(now, self.neighbour(1)),
            AppIntent::PreviousPane => self.go_to_pane(now, self.neighbour(-1)),
            AppIntent::Back => return self.jump(now, true),
            AppIntent::Forward => return self.jump(now, false),
            AppIntent::ToggleMouse => {
                self.mouse = !self.mouse;
                let text = if self.mouse { "mouse on" } else { "mouse off: the terminal selects text" };
                self.notices.add(text.to_owned(), false, now);
                return Step::now().with(Effect::Mouse(self.mouse));
            }
            AppIntent::YankName => return self.yank(now, "name", Yank::Name),
            AppIntent::YankId => return self.yank(now, "id", Yank::Id),
            AppIntent::YankCommand => return self.yank(now, "command", Yank::Command),
            AppIntent::YankLine => return self.yank(now, "value", Yank::Line),
            AppIntent::YankField => return self.yank(now, "field", Yank::Field),
            AppIntent::CancelJob => {
                let ids: Vec<JobId> = self.jobs.running().map(|j| j.id).collect();
                self.notices.add(
                    "cancelling what is not begun; what runs is left to end".to_owned(),
                    false,
                    now,
                );
                return ids.into_iter().fold(Step::now(), |step, id| step.with(Effect::CancelJob(id)));
            }
            AppIntent::Reconnect => {
                let lost: Vec<_> = self.world.lost().cloned().collect();
                return lost.into_iter().fold(Step::now(), |step, id| step.with(Effect::Reconnect(id)));
            }
        }
        Step::now()
    }

    fn neighbour(&self, step: isize) -> PaneId {
        let count = self.panes.len() as isize;
        self.panes[(self.focus as isize + step).rem_euclid(count) as usize].id()
    }

    fn go_to_pane(&mut self, now: Timestamp, id: PaneId) {
        if self.pane().id() == id {
            return;
        }
        if let Some(place) = self.pane().place() {
            self.remember(place);
        }
        self.focus = self.panes.iter().position(|p| p.id() == id).unwrap_or(self.focus);
        self.sync(now);
    }

    fn jump(&mut self, now: Timestamp, back: bool) -> Step {
        let here = self.pane().place().map(|place| (self.pane().id(), place));
        // Places that are gone are passed over.
        while let Some((pane, place)) = if back { self.back.pop() } else { self.forward.pop() } {
            if here.as_ref() == Some(&(pane, place.clone())) {
                continue;
            }
            self.focus = self.panes.iter().position(|p| p.id() == pane).unwrap_or(self.focus);
            self.sync(now);
            let mut found = false;
            self.with_pane(now, |p, cx| {
                found = p.go_to(&place, cx);
                Vec::new()
            });
            if found {
                let other = if back { &mut self.forward } else { &mut self.back };
                other.extend(here);
                break;
            }
        }
        Step::now()
    }

    fn yank(&mut self, now: Timestamp, what: &str, kind: Yank) -> Step {
        match self.pane().yank(kind, &self.world) {
            Some(text) => Step::now().with(Effect::Yank { what: what.to_owned(), text }),
            None => {
                self.notices.add(format!("there is no {what} to copy here"), false, now);
                Step::now()
            }
        }
    }

    fn quit(&mut self) -> Step {
        let panes = self.panes.iter().map(|p| (p.id().word().to_owned(), p.save())).collect();
        let save = Effect::SaveState { last_pane: self.pane().id(), panes, mouse: self.mouse };
        Step::now().with(save).with(Effect::Quit)
    }

    fn begin_job(&mut self, now: Timestamp, commit: Commit) -> Effect {
        let Commit { title, consent, proof } = commit;
        let job = self.jobs.open(title, consent.plan().mutations.len(), now);
        // Secrets are shown only when the gate has let it pass and it is in the audit.
        if let [
            Mutation::Container(ContainerMutation {
                target, id, action: ContainerAction::RevealSecrets, ..
            }),
        ] = consent.plan().mutations.as_slice()
        {
            self.reveals.insert(job, ContainerKey { target: target.clone(), id: id.clone() });
        }
        Effect::Commit { job, consent, proof }
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
            Input::Paste(text) => self.paste(now, &text),
            Input::Mouse(mouse) => self.mouse_event(now, mouse),
        }
    }
}
