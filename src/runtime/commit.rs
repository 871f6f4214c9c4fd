//! Carries out what a person consented to: the audit first, then the action, then its outcome.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::actors::{Actor, Actors};
use super::audit_book::AuditBook;
use super::questions::Questions;
use super::tasks::Tasks;
use super::terminals::{Opening, Terminals};
use super::transfers::{Carrier, Teller, Transfers};
use super::visit::{Door, Visit};
use crate::app::{JobId, Msg};
use crate::backends::clock;
use crate::backends::server::dead_man::Stage;
use crate::backends::server::run_command;
use crate::domain::audit::Outcome;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::mutation::Mutation;
use crate::domain::question::Answer;
use crate::domain::server::ran::Answered;
use crate::domain::server::{Canary, RunCommand, ServerAction, ServerMutation};
use crate::domain::shell::ShellScreen;
use crate::domain::terminal::{End, TerminalAsk};
use crate::gate::{Authorized, Consent, Proof, Refusal, authorize};

/// Objects of one bulk action that are worked on at the same time.
const AT_ONCE: usize = 4;

/// How an action under way is told to end, and to go on where it waits.
struct Running {
    cancel: CancellationToken,
    go_on: Arc<Notify>,
}

/// The actions of the session.
pub struct Commits {
    book: AuditBook,
    questions: Questions,
    running: HashMap<JobId, Running>,
    terminals: Terminals,
    door: Door,
    transfers: Transfers,
}

impl Commits {
    pub fn new(book: AuditBook, questions: Questions, door: Door) -> Self {
        Self {
            book,
            questions,
            running: HashMap::new(),
            terminals: Terminals::default(),
            door,
            transfers: Transfers::default(),
        }
    }

    /// Starts an action in the background.
    pub fn start(
        &mut self,
        job: JobId,
        consent: Consent,
        proof: Proof,
        actors: Actors<'_>,
        messages: &mpsc::Sender<Msg>,
        tasks: &mut Tasks,
    ) {
        let acting = |m: &&Mutation| matches!(m, Mutation::Container(_) | Mutation::Server(_));
        let targets: HashMap<TargetId, Result<Actor, Fault>> = consent
            .plan()
            .mutations
            .iter()
            .filter(acting)
            .map(|m| (m.target().clone(), actors.of(m.target())))
            .collect();
        let opening = consent.plan().mutations.iter().find_map(|m| match m {
            Mutation::Shell(open) if open.screen == ShellScreen::Panel => {
                Some(self.terminals.opening(job, open, actors, messages, tasks))
            }
            _ => None,
        });
        let mut carriers = HashMap::new();
        for mutation in consent.plan().mutations.iter().filter(|m| matches!(m, Mutation::Transfer(_))) {
            let target = mutation.target();
            carriers.insert(target.clone(), self.transfers.carrier(target, actors.servers));
        }
        let cancel = CancellationToken::new();
        let go_on = Arc::new(Notify::new());
        self.running.insert(job, Running { cancel: cancel.clone(), go_on: go_on.clone() });
        self.running.retain(|_, running| !running.cancel.is_cancelled());
        let (book, questions, messages) = (self.book.clone(), self.questions.clone(), messages.clone());
        let door = self.door.clone();
        let stop = tasks.stop();
        let run =
            Run { job, book, questions, targets, carriers, opening, door, messages, cancel, go_on, stop };
        tasks.spawn(format!("job {job}"), run.go(consent, proof));
    }

    /// Asks the terminal that a job has opened. False when it takes no more.
    pub fn ask_terminal(&mut self, job: JobId, ask: TerminalAsk) -> bool {
        self.terminals.ask(job, ask)
    }

    /// Leaves out what is not begun, and ends copies. What else is under way at a target is left to end there.
    pub fn cancel(&self, job: JobId) {
        if let Some(running) = self.running.get(&job) {
            running.cancel.cancel();
        }
    }

    /// Begins what waits behind the first one.
    pub fn go_on(&self, job: JobId) {
        if let Some(running) = self.running.get(&job) {
            running.go_on.notify_one();
        }
    }
}

struct Run {
    job: JobId,
    book: AuditBook,
    questions: Questions,
    targets: HashMap<TargetId, Result<Actor, Fault>>,
    carriers: HashMap<TargetId, Result<Carrier, Fault>>,
    opening: Option<Opening>,
    door: Door,
    messages: mpsc::Sender<Msg>,
    cancel: CancellationToken,
    go_on: Arc<Notify>,
    /// The session is over.
    stop: CancellationToken,
}

impl Run {
    async fn go(self, consent: Consent, proof: Proof) {
        let now = clock::now();
        let asked: Vec<_> = consent.plan().mutations.iter().filter_map(Mutation::question).collect();
        // The intent is on the disk before anything happens; a slow disk must not hold up other tasks.
        let authorized = self.book.written(move |file| Ok(authorize(consent, &proof, now, file))).await;
        let authorized = match authorized.unwrap_or_else(|why| Err(Refusal::Audit(why))) {
            Ok(authorized) => authorized,
            Err(refusal) => {
                // Whoever waits for the answer gets one.
                asked.into_iter().for_each(|id| self.questions.answer(id, Answer::Refuse));
                return self.tell(Msg::JobRefused(self.job, refusal)).await;
            }
        };
        self.tell(Msg::JobStarted(self.job)).await;
        let mut rest = authorized.into_iter();
        let run = rest.as_slice().first().and_then(run_of).cloned();
        let at_once = run.as_ref().map_or(AT_ONCE, |run| run.at_once as usize);
        let canary = run.map_or(Canary::None, |run| run.canary);
        if canary != Canary::None
            && let Some(first) = rest.next()
        {
            if !self.one(first).await {
                self.cancel.cancel();
            } else if canary == Canary::Ask && !rest.as_slice().is_empty() {
                self.tell(Msg::RunWaits(self.job)).await;
                tokio::select! {
                    () = self.cancel.cancelled() => {}
                    () = self.go_on.notified() => {}
                }
            }
        }
        let each = async |one| {
            self.one(one).await;
        };
        futures_util::stream::iter(rest).for_each_concurrent(at_once, each).await;
        self.cancel.cancel();
    }

    /// False when it went wrong.
    async fn one(&self, authorized: Authorized) -> bool {
        let (seq, name) = (authorized.audit_seq(), authorized.mutation().name().to_owned());
        if self.cancel.is_cancelled() {
            self.outcome(seq, Outcome::Refused, None, "cancelled before it was begun").await;
            self.tell(Msg::JobSkipped { job: self.job, count: 1 }).await;
            return false;
        }
        if let Some(run) = run_of(&authorized) {
            let run = run.clone();
            return self.command(&run, authorized).await;
        }
        if matches!(authorized.mutation(), Mutation::Shell(_)) {
            match &self.opening {
                Some(opening) => self.shell(opening, authorized).await,
                None => self.shell_outside(authorized).await,
            }
            return true;
        }
        if let Mutation::Transfer(transfer) = authorized.mutation() {
            let teller = Teller::new(self.job, seq, transfer, self.messages.clone());
            return self.transfer(&teller, authorized).await;
        }
        let began = clock::instant();
        let result = match authorized.mutation() {
            Mutation::TrustHost(trust) => {
                let question = trust.question;
                self.questions.trust(question, authorized).await
            }
            change => match self.targets.get(change.target()) {
                Some(Ok(actor)) => {
                    let on_stage = |stage| self.stage(&stage);
                    actor.perform(authorized, &on_stage).await
                }
                Some(Err(fault)) => Err(fault.clone()),
                None => Err(Fault::new(FaultKind::Bug, "the action has no target")),
            },
        };
        let went_well = result.is_ok();
        self.ended(seq, name, result, since(began)).await;
        went_well
    }

    /// A command on one of several servers: where it fails, the others may be spared it.
    async fn command(&self, run: &RunCommand, authorized: Authorized) -> bool {
        let (seq, name) = (authorized.audit_seq(), authorized.mutation().name().to_owned());
        let began = clock::instant();
        let result = match self.targets.get(authorized.mutation().target()) {
            Some(Ok(Actor::Server(host))) => run_command(&**host, authorized).await,
            Some(Err(fault)) => Err(fault.clone()),
            _ => Err(Fault::new(FaultKind::Bug, "the command has no server")),
        };
        let ms = since(began);
        let end = match &result {
            Ok(ran) if ran.is_success() => Ok(ran.end()),
            Ok(ran) => Err(Fault::new(FaultKind::Failed, ran.end())),
            Err(fault) => Err(fault.clone()),
        };
        let went_well = end.is_ok();
        if run.stop && !went_well {
            self.cancel.cancel();
        }
        self.tell(Msg::Ran { job: self.job, answered: Answered { server: name.clone(), result, ms } }).await;
        self.ended(seq, name, end, ms).await;
        went_well
    }

    /// A copy ends when it is cancelled and with the session; what has arrived stays for the next one.
    async fn transfer(&self, teller: &Teller, authorized: Authorized) -> bool {
        let (seq, name) = (authorized.audit_seq(), authorized.mutation().name().to_owned());
        let began = clock::instant();
        let result = match self.carriers.get(authorized.mutation().target()) {
            Some(Ok(carrier)) => {
                let on_progress = |progress| teller.tell(progress);
                tokio::select! {
                    () = self.cancel.cancelled() => Err(left("it was cancelled")),
                    () = self.stop.cancelled() => Err(left("pult was quit")),
                    done = carrier.carry(authorized, &on_progress) => done,
                }
            }
            Some(Err(fault)) => Err(fault.clone()),
            None => Err(Fault::new(FaultKind::Bug, "the copy has no server")),
        };
        let went_well = result.is_ok();
        self.ended(seq, name, result, since(began)).await;
        went_well
    }

    /// A shell is open as far as the job is concerned, and under way for the audit until it has ended.
    async fn shell(&self, opening: &Opening, authorized: Authorized) {
        let (seq, name) = (authorized.audit_seq(), authorized.mutation().name().to_owned());
        let began = clock::instant();
        let terminal = match opening.open(authorized).await {
            Ok(terminal) => terminal,
            Err(fault) => {
                opening.tell(End::Fault(fault.clone())).await;
                return self.ended(seq, name, Err(fault), since(began)).await;
            }
        };
        let opened = Ok("opened".to_owned());
        let ms = since(began);
        self.tell(Msg::JobStep { job: self.job, name, result: opened, audit_seq: seq, ms }).await;
        let end = terminal.run().await;
        let outcome = match &end {
            End::Code(_) | End::Signal(_) | End::HungUp => Outcome::Done,
            End::Unknown | End::Fault(_) => Outcome::Unknown,
        };
        self.outcome(seq, outcome, Some(since(began)), &end.sentence()).await;
        opening.tell(end).await;
    }

    /// A shell on the whole terminal, while the panel is away.
    async fn shell_outside(&self, authorized: Authorized) {
        let (seq, name) = (authorized.audit_seq(), authorized.mutation().name().to_owned());
        let whereabouts = match authorized.mutation() {
            Mutation::Shell(open) => open.whereabouts(),
            other => other.summary(),
        };
        let began = clock::instant();
        let result = Visit::make(&self.door, authorized).await.map(|end| end.sentence());
        let told = result.clone();
        self.ended(seq, name, result, since(began)).await;
        if let Ok(end) = told {
            let text =
                format!("the shell {whereabouts} has ended, {end}; what it said is behind pult (ctrl-z)");
            self.tell(Msg::Notice { text, is_error: false }).await;
        }
    }

    async fn ended(&self, seq: u64, name: String, result: Result<String, Fault>, ms: u64) {
        let (outcome, detail) = match &result {
            Ok(detail) => (Outcome::Done, detail.clone()),
            // No answer says nothing about whether it happened.
            Err(fault) if fault.kind.is_unknown() => (Outcome::Unknown, fault.message.clone()),
            Err(fault) => (Outcome::Failed, fault.message.clone()),
        };
        self.outcome(seq, outcome, Some(ms), &detail).await;
        self.tell(Msg::JobStep { job: self.job, name, result, audit_seq: seq, ms }).await;
    }

    /// Tells how far it is. Nobody waits for that: when the loop is busy, the next one will tell.
    fn stage(&self, stage: &Stage) {
        let (text, left) = stage.told();
        let until = left.and_then(|left| clock::now().checked_add(left).ok());
        let _ = self.messages.try_send(Msg::JobStage { job: self.job, text: text.to_owned(), until });
    }

    async fn outcome(&self, seq: u64, outcome: Outcome, ms: Option<u64>, detail: &str) {
        let detail = detail.to_owned();
        let written = self.book.written(move |file| file.outcome(seq, outcome, ms, Some(&detail)));
        if let Err(why) = written.await {
            let text = format!("the outcome of audit record {seq} could not be written: {why}");
            self.tell(Msg::Notice { text, is_error: true }).await;
        }
    }

    async fn tell(&self, msg: Msg) {
        // The session is over when nobody receives; the audit has the outcome.
        let _ = self.messages.send(msg).await;
    }
}

fn left(why: &str) -> Fault {
    let message = format!("{why} before everything was there");
    Fault::new(FaultKind::Failed, message).hint("copied again it goes on from where it stood")
}

fn since(began: std::time::Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn run_of(authorized: &Authorized) -> Option<&RunCommand> {
    match authorized.mutation() {
        Mutation::Server(ServerMutation { action: ServerAction::Run(run), .. }) => Some(run),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
