//! Messages as they come in: each changes the world or a pane, and says what is to be done and drawn.

use jiff::{SignedDuration, Timestamp};

use super::dialogs::{Dialog, Text};
use super::questions::Waiting;
use super::{App, Effect, JobId, Msg, Redraw, Step};
use crate::command::PaneId;
use crate::domain::backup::Backups;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::query::{Answer, Query};
use crate::domain::recording::RecorderState;
use crate::domain::server::{ServerAnswer, ServerEvent};
use crate::domain::terminal::{End, TerminalNews};
use crate::panes::logs::capsule_page;

/// What a terminal shows so soon after a key is the answer to it, milliseconds.
const ECHO_MS: i64 = 150;

impl App {
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
                let events = self.world.take_server(target, remote);
                return self.happened(events, told);
            }
            Msg::Checked { name, outcome, at } => {
                let event = self.world.take_check(&name, *outcome, at);
                // The header tells of those that are down.
                let told = self.pane().id() == PaneId::Servers || event.is_some();
                return self.happened(event.into_iter().collect(), told);
            }
            Msg::Backups(target, backups) => return self.backups(target, backups),
            Msg::PastEvents(events) => {
                self.world.take_past_events(events);
                self.sync(now);
                Step::soon()
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
            Msg::Work if self.unsettled => {
                self.sync(now);
                Step::soon()
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
                let why = refusal.to_string();
                self.notices.add(why.clone(), true, now);
                let fault = Fault::new(FaultKind::Denied, why);
                let step = self.written(now, id, Some(&fault));
                step.and(self.terminal(now, id, TerminalNews::Ended(End::Fault(fault))))
            }
            Msg::JobStep { job, name, result, audit_seq, .. } => {
                // What is worth to know of a copy is how it ended.
                if let (Some(copy), Ok(said)) = (self.world.end_transfer(audit_seq), &result) {
                    match self.jobs.get_mut(job) {
                        Some(job) if job.total == 1 => job.said = Some(said.clone()),
                        _ => self.notices.add(format!("{}: {said}", copy.title()), false, now),
                    }
                }
                if let (Ok(_), Some(key)) = (&result, self.reveals.remove(&job)) {
                    self.panes.iter_mut().for_each(|pane| pane.reveal(&key));
                }
                let fault = result.as_ref().err().cloned();
                let ended = self.jobs.step(job, name, result, now);
                let step = self.job_ended(job, ended, now);
                step.and(self.written(now, job, fault.as_ref()))
            }
            Msg::JobStage { job, text, until } => {
                if let Some(job) = self.jobs.get_mut(job) {
                    job.stage = Some((text, until));
                }
                Step::soon()
            }
            Msg::Transfer(underway) => {
                if let Some(job) = self.jobs.get_mut(underway.job) {
                    job.stage = Some((underway.brief(), None));
                }
                self.world.take_transfer(underway);
                Step::soon()
            }
            Msg::Fetched { edit, mine, result } => self.fetched(now, edit, mine, result),
            Msg::Edited { edit, fetched, result } => self.edited(now, edit, fetched, result),
            Msg::Ran { job, answered } => self.ran(job, answered),
            Msg::RunWaits(job) => self.run_waits(job, now),
            Msg::Terminal { terminal, news } => self.terminal(now, terminal, news),
            Msg::JobSkipped { job, count } => {
                let ended = self.jobs.skip(job, count, now);
                self.job_ended(job, ended, now)
            }
            Msg::Asked { id, question, until } => self.asked(now, Waiting { id, question, until }),
            Msg::AskedOver(id) => self.asked_over(id),
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
        step = step.and(self.ask_next(now));
        step.effects.extend(self.reconcile(now));
        step
    }

    /// What has begun or ended at servers is kept; `told`: it is seen.
    fn happened(&mut self, events: Vec<ServerEvent>, told: bool) -> Step {
        let incidents = events.iter().filter_map(|event| self.world.incident(event));
        let mut effects: Vec<_> = incidents.map(|one| Effect::Capture(Box::new(one))).collect();
        effects.extend(events.into_iter().map(Effect::Remember));
        // They are lines of the activity.
        let told = told || !effects.is_empty() && self.pane().id() == PaneId::Activity;
        self.unsettled |= told;
        // Rows are put in order, and wishes compared, once for all that have answered meanwhile.
        Step { effects, redraw: if told { Redraw::Soon } else { Redraw::No } }
    }

    pub(super) fn answered(
        &mut self,
        now: Timestamp,
        query: &Query,
        generation: u64,
        result: Result<crate::domain::query::Answer, crate::domain::fault::Fault>,
    ) -> Step {
        if !self.subscriptions.answered(query, generation, now) {
            return Step::default();
        }
        let mut step = Step::soon();
        // What somebody looks at is news for all.
        if let (Query::Server(query), Ok(Answer::Server(ServerAnswer::Backups(all)))) = (query, &result) {
            let backups = Backups { at: now, all: all.clone() };
            let Step { effects, .. } = self.backups(query.target.clone(), backups);
            step.effects = effects;
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
        step
    }

    fn backups(&mut self, target: TargetId, backups: Backups) -> Step {
        let events = self.world.take_backups(target, backups);
        let told = self.pane().id() == PaneId::Servers;
        self.happened(events, told)
    }

    /// What is typed is seen at once; what a program prints by itself can wait for the next frame.
    fn terminal(&mut self, now: Timestamp, terminal: JobId, news: TerminalNews) -> Step {
        let echo =
            self.last_key.is_some_and(|at| now.duration_since(at) < SignedDuration::from_millis(ECHO_MS));
        let step = self.with(PaneId::Shells, now, |pane, cx| pane.terminal(terminal, news, cx));
        let redraw = match self.pane().id() {
            PaneId::Shells if echo => Redraw::Now,
            PaneId::Shells => Redraw::Soon,
            _ => Redraw::No,
        };
        Step { redraw, ..step }
    }

    pub(super) fn job_ended(&mut self, id: JobId, ended: bool, now: Timestamp) -> Step {
        if ended && let Some(job) = self.jobs.get_mut(id) {
            let (sentence, failed) = (job.notice(), !job.failed.is_empty());
            self.notices.add(sentence, failed, now);
            // What was read before says nothing any more.
            self.subscriptions.refresh();
            self.run_ended(id);
            return Step::now();
        }
        Step::soon()
    }
}
