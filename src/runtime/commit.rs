//! Carries out what a person consented to: the audit first, then the action, then its outcome.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::actors::{Actor, Actors};
use super::audit_file::AuditFile;
use super::questions::Questions;
use super::tasks::Tasks;
use crate::app::{JobId, Msg};
use crate::backends::clock;
use crate::backends::server::dead_man::Stage;
use crate::domain::audit::Outcome;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::mutation::Mutation;
use crate::domain::question::Answer;
use crate::gate::{Authorized, Consent, Proof, Refusal, authorize};

/// Objects of one bulk action that are worked on at the same time.
const AT_ONCE: usize = 4;

/// The audit of the session, or why there is none: then nothing can be done.
pub type Book = Arc<Mutex<Result<AuditFile, String>>>;

/// The actions of the session.
pub struct Commits {
    book: Book,
    questions: Questions,
    running: HashMap<JobId, CancellationToken>,
}

impl Commits {
    pub fn new(book: Book, questions: Questions) -> Self {
        Self { book, questions, running: HashMap::new() }
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
        let acting = |m: &&Mutation| !matches!(m, Mutation::TrustHost(_));
        let targets: HashMap<TargetId, Result<Actor, Fault>> = consent
            .plan()
            .mutations
            .iter()
            .filter(acting)
            .map(|m| (m.target().clone(), actors.of(m.target())))
            .collect();
        let cancel = CancellationToken::new();
        self.running.insert(job, cancel.clone());
        self.running.retain(|_, token| !token.is_cancelled());
        let (book, questions, messages) = (self.book.clone(), self.questions.clone(), messages.clone());
        let run = Run { job, book, questions, targets, messages, cancel };
        tasks.spawn(format!("job {job}"), run.go(consent, proof));
    }

    /// Leaves out what is not begun. What is under way at a target is left to end there.
    pub fn cancel(&self, job: JobId) {
        if let Some(token) = self.running.get(&job) {
            token.cancel();
        }
    }
}

struct Run {
    job: JobId,
    book: Book,
    questions: Questions,
    targets: HashMap<TargetId, Result<Actor, Fault>>,
    messages: mpsc::Sender<Msg>,
    cancel: CancellationToken,
}

impl Run {
    async fn go(self, consent: Consent, proof: Proof) {
        let now = clock::now();
        let asked: Vec<_> = consent.plan().mutations.iter().filter_map(Mutation::question).collect();
        // The intent is on the disk before anything happens; a slow disk must not hold up other tasks.
        let authorized = self.with_book(move |file| authorize(consent, &proof, now, file)).await;
        let authorized = match authorized.unwrap_or_else(|why| Err(Refusal::Audit(why))) {
            Ok(authorized) => authorized,
            Err(refusal) => {
                // Whoever waits for the answer gets one.
                asked.into_iter().for_each(|id| self.questions.answer(id, Answer::Refuse));
                return self.tell(Msg::JobRefused(self.job, refusal)).await;
            }
        };
        self.tell(Msg::JobStarted(self.job)).await;
        futures_util::stream::iter(authorized).for_each_concurrent(AT_ONCE, |one| self.one(one)).await;
        self.cancel.cancel();
    }

    async fn one(&self, authorized: Authorized) {
        let (seq, name) = (authorized.audit_seq(), authorized.mutation().name().to_owned());
        if self.cancel.is_cancelled() {
            self.outcome(seq, Outcome::Refused, None, "cancelled before it was begun").await;
            return self.tell(Msg::JobSkipped { job: self.job, count: 1 }).await;
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
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (outcome, detail) = match &result {
            Ok(detail) => (Outcome::Done, detail.clone()),
            // No answer says nothing about whether it happened.
            Err(fault) if fault.kind == FaultKind::Timeout => (Outcome::Unknown, fault.message.clone()),
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
        let written = self
            .with_book(move |file| file.outcome(seq, outcome, ms, Some(&detail)).map_err(|e| e.to_string()))
            .await;
        if let Ok(Err(why)) | Err(why) = written.map(|r| r.map(drop)) {
            let text = format!("the outcome of audit record {seq} could not be written: {why}");
            self.tell(Msg::Notice { text, is_error: true }).await;
        }
    }

    /// Uses the audit file away from the async threads.
    ///
    /// # Errors
    /// Why there is no audit.
    async fn with_book<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut AuditFile) -> T + Send + 'static,
    ) -> Result<T, String> {
        let book = self.book.clone();
        let done = tokio::task::spawn_blocking(move || {
            match &mut *book.lock().unwrap_or_else(PoisonError::into_inner) {
                Ok(file) => Ok(act(file)),
                Err(why) => Err(why.clone()),
            }
        });
        done.await.unwrap_or_else(|_| Err("the audit task ended unexpectedly".to_owned()))
    }

    async fn tell(&self, msg: Msg) {
        // The session is over when nobody receives; the audit has the outcome.
        let _ = self.messages.send(msg).await;
    }
}
