//! Commands that run: what they want of the application itself.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::dialogs::{ActionDialog, Commit, Dialog, Help, Leave, Palette, Records};
use super::runs::LastRun;
use super::{App, Effect, JobId, Step};
use crate::command::{AppIntent, Command, Intent, PaneId, PaneIntent};
use crate::domain::ids::ContainerKey;
use crate::domain::mutation::{ContainerAction, ContainerMutation, Mutation};
use crate::domain::shell::ShellScreen;
use crate::gate::Proof;
use crate::panes::{Edit, EditKind, Yank};
use crate::widgets::field::Field;

impl App {
    /// Runs a command, or says why it is off.
    pub(super) fn run(&mut self, now: Timestamp, command: &'static Command) -> Step {
        let facts = self.facts().about(command.on);
        if let crate::command::Availability::Off(why) = command.availability(&facts) {
            self.notices.add(why, false, now);
            return Step::now();
        }
        if command.danger.is_some() {
            let mut dialog = ActionDialog::open(command, command.about(&facts), &self.world, now);
            if dialog.needs_nothing() {
                let verdict = dialog.commit(Proof::None);
                return self.verdict(now, verdict);
            }
            self.dialogs.push(Dialog::Action(Box::new(dialog)));
            return Step::now();
        }
        match (command.run)(&facts, &crate::command::Args::defaults(command.args)) {
            Ok(Intent::App(intent)) => self.app_intent(now, intent),
            Ok(Intent::Edit(edit)) => self.edit(now, edit),
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

    pub(super) fn pane_intent(&mut self, now: Timestamp, intent: PaneIntent) -> Step {
        self.with_pane(now, |pane, cx| pane.act(intent, cx))
    }

    pub(super) fn app_intent(&mut self, now: Timestamp, intent: AppIntent) -> Step {
        match intent {
            AppIntent::Quit => return self.ask_to_quit(now),
            AppIntent::Suspend => return Step::now().with(Effect::Suspend),
            AppIntent::Redraw => return Step::now().with(Effect::Repaint),
            AppIntent::Help => {
                self.dialogs.push(Dialog::Help(Help::open(Some(self.pane().id()), &self.keymap)))
            }
            AppIntent::Palette => self.dialogs.push(Dialog::Palette(Box::new(Palette::open(self.facts())))),
            AppIntent::Jobs => self.dialogs.push(Dialog::Records(Records::jobs())),
            AppIntent::LastRun => self.show_run(now),
            AppIntent::GoOn => return self.go_on(),
            AppIntent::ExportRun => self.ask_run_file(now),
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
                    "cancelling what is not begun, and copies; what else runs is left to end".to_owned(),
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

    pub(super) fn yank(&mut self, now: Timestamp, what: &str, kind: Yank) -> Step {
        match self.pane().yank(kind, &self.world) {
            Some(text) => Step::now().with(Effect::Yank { what: what.to_owned(), text }),
            None => {
                self.notices.add(format!("there is no {what} to copy here"), false, now);
                Step::now()
            }
        }
    }

    /// Quits; where something would end with it, that is told first, and the second time it ends.
    pub(super) fn ask_to_quit(&mut self, now: Timestamp) -> Step {
        let told = matches!(self.dialogs.last(), Some(Dialog::Leave(_)));
        let (terminals, shells): (Vec<JobId>, Vec<String>) =
            self.panes.iter().flat_map(|pane| pane.open_shells()).unzip();
        let copies = &self.world.transfers;
        let is_copy = |id| copies.iter().any(|copy| copy.job == id);
        let jobs = self.jobs.running().filter(|job| !terminals.contains(&job.id) && !is_copy(job.id));
        let jobs = jobs.map(|job| job.progress(now)).collect();
        let copies = copies.iter().map(|copy| format!("{}: {}", copy.title(), copy.sentence())).collect();
        match Leave::open(shells, jobs, copies).filter(|_| !told) {
            None => self.quit(),
            Some(leave) => {
                self.dialogs.push(Dialog::Leave(leave));
                Step::now()
            }
        }
    }

    pub(super) fn quit(&mut self) -> Step {
        let panes = self.panes.iter().map(|p| (p.id().word().to_owned(), p.save())).collect();
        let save = Effect::SaveState { last_pane: self.pane().id(), panes, mouse: self.mouse };
        Step::now().with(save).with(Effect::Quit)
    }

    /// Where it is done is worth telling: there are several such places, and it is not done to the place itself.
    fn needs_place(&self, mutation: &Mutation) -> bool {
        let target = mutation.target();
        let alike = self.world.targets.iter().filter(|other| other.id.kind == target.kind);
        alike.count() > 1 && mutation.name() != &*target.name
    }

    pub(super) fn begin_job(&mut self, now: Timestamp, commit: Commit) -> Step {
        let Commit { title, consent, proof, draft } = commit;
        let mutations = &consent.plan().mutations;
        let tells_place = mutations.iter().any(|one| self.needs_place(one));
        let job = self.jobs.open(title, place_of(mutations), tells_place, mutations.len(), now);
        if let Some(draft) = draft {
            self.drafts.insert(job, draft);
        }
        // Secrets are shown only when the gate has let it pass and it is in the audit.
        if let [
            Mutation::Container(ContainerMutation {
                target, id, action: ContainerAction::RevealSecrets, ..
            }),
        ] = consent.plan().mutations.as_slice()
        {
            self.reveals.insert(job, ContainerKey { target: target.clone(), id: id.clone() });
        }
        if let Some(run) = LastRun::of(job, &consent.plan().mutations) {
            self.last_run = Some(run);
        }
        let mut step = Step::now();
        if let [Mutation::Shell(open)] = consent.plan().mutations.as_slice()
            && open.screen == ShellScreen::Panel
        {
            self.go_to_pane(now, PaneId::Shells);
            self.with(PaneId::Shells, now, |pane, _| {
                pane.open_terminal(job, open);
                Vec::new()
            });
            // Its size is told before it is opened.
            step.effects.extend(self.measure_terminals(now));
        }
        step.with(Effect::Commit { job, consent, proof })
    }
}

/// Where an action happens.
fn place_of(mutations: &[Mutation]) -> String {
    let places: BTreeSet<&str> = mutations.iter().map(|one| &*one.target().name).collect();
    match places.len() {
        1 => places.into_iter().collect(),
        n => format!("{n} targets"),
    }
}
