//! Puts a connection's questions to whoever sits before the screen, and does not wait for ever: a server
//! closes a login that takes longer than two minutes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::keeper::Keeper;
use crate::backends::clock;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::mutation::Mutation;
use crate::domain::question::{Answer, HostKey, Question};
use crate::domain::trust::Keep;
use crate::gate::Authorized;

/// How long a person may think.
const PATIENCE: Duration = Duration::from_secs(60);
/// Questions that may stand in line; a fleet that is new asks for each of its servers.
const WAITING: usize = 256;

/// A question on its way to a dialog. Dropping it refuses.
#[derive(Debug)]
pub struct Asked {
    pub question: Question,
    /// When whoever asks gives up.
    pub until: Timestamp,
    reply: oneshot::Sender<Reply>,
    over: CancellationToken,
}

/// What comes back. Nobody can trust a key without having passed the gate.
#[derive(Debug)]
enum Reply {
    Answer(Answer),
    Trust(Trust),
}

/// Trust in a server's key, given by a person and written to the audit.
#[derive(Debug)]
pub(super) struct Trust {
    authorized: Authorized,
    done: oneshot::Sender<Result<String, Fault>>,
}

impl Trust {
    /// How long the key is to be trusted; `None` = this is about another one.
    pub fn of(&self, host: &str, fingerprint: &str) -> Option<Keep> {
        match self.authorized.mutation() {
            Mutation::TrustHost(trust) if trust.is_about(host, fingerprint) => Some(trust.keep),
            _ => None,
        }
    }

    /// Tells what came of it.
    pub fn done(self, outcome: Result<String, Fault>) {
        // Nobody listens when the session ends.
        let _ = self.done.send(outcome);
    }
}

impl Asked {
    /// True when nobody waits for the answer any more: the dialog may go.
    pub fn is_over(&self) -> bool {
        self.reply.is_closed()
    }

    /// Ends when nobody waits for the answer any more.
    pub fn over(&self) -> impl Future<Output = ()> + Send + use<> {
        self.over.clone().cancelled_owned()
    }

    pub fn answer(self, answer: Answer) {
        // Who has given up meanwhile needs no answer.
        let _ = self.reply.send(Reply::Answer(answer));
    }

    /// Says that the server's key is right; what came of it in a few words.
    ///
    /// # Errors
    /// Nobody waits for it any more, or the key could not be written.
    pub async fn trust(self, authorized: Authorized) -> Result<String, Fault> {
        let gone = || {
            Fault::new(FaultKind::Gone, "the connection does not wait for this answer any more")
                .hint("connect again to be asked again")
        };
        let (done, outcome) = oneshot::channel();
        self.reply.send(Reply::Trust(Trust { authorized, done })).map_err(|_| gone())?;
        outcome.await.unwrap_or_else(|_| Err(gone()))
    }
}

/// Where questions go.
#[derive(Debug, Clone)]
pub struct Asker {
    /// `None` = there is nobody to ask.
    to: Option<mpsc::Sender<Asked>>,
    patience: Duration,
    /// Questions without an answer so far.
    open: Arc<AtomicUsize>,
    /// Hears what ssh_config answers by itself.
    keeper: Option<Keeper>,
}

/// One question without an answer so far.
struct Open<'a>(&'a AtomicUsize);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Asker {
    /// Somebody reads the questions.
    pub fn new() -> (Self, mpsc::Receiver<Asked>) {
        let (to, from) = mpsc::channel(WAITING);
        (Self { to: Some(to), patience: PATIENCE, open: Arc::default(), keeper: None }, from)
    }

    /// For a run without a screen: every question is refused, with what would help instead.
    pub fn nobody() -> Self {
        Self { to: None, patience: PATIENCE, open: Arc::default(), keeper: None }
    }

    /// The same with other patience.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same, with somebody who hears which keys ssh_config takes unasked; without, it takes none.
    #[must_use]
    pub fn heard_by(self, keeper: Option<Keeper>) -> Self {
        Self { keeper, ..self }
    }

    pub(super) fn keeper(&self) -> Option<&Keeper> {
        self.keeper.as_ref()
    }

    /// True while a person thinks about something: who waits for a connection may wait longer.
    pub(super) fn is_asking(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// Nobody is there, nobody answers in time, or the answer is no.
    pub async fn ask(&self, question: Question) -> Result<Answer, Fault> {
        let summary = question.summary();
        match self.exchange(question).await? {
            Reply::Answer(answer) if answer != Answer::Refuse => Ok(answer),
            _ => Err(refused(&summary)),
        }
    }

    /// Asks whether a server's key is right.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub(super) async fn ask_trust(&self, key: HostKey) -> Result<Trust, Fault> {
        let question = Question::HostKey(key);
        let summary = question.summary();
        match self.exchange(question).await? {
            Reply::Trust(trust) => Ok(trust),
            Reply::Answer(_) => Err(refused(&summary)),
        }
    }

    async fn exchange(&self, question: Question) -> Result<Reply, Fault> {
        let summary = question.summary();
        let Some(to) = &self.to else {
            return Err(denied(&summary, "there is nobody to ask", without_a_screen(&question)));
        };
        self.open.fetch_add(1, Ordering::Relaxed);
        let _open = Open(&self.open);
        let over = CancellationToken::new();
        let _over = over.clone().drop_guard();
        let patience = SignedDuration::try_from(self.patience).unwrap_or_default();
        let until = clock::now().checked_add(patience).unwrap_or(Timestamp::MAX);
        let (reply, replied) = oneshot::channel();
        let exchange = async {
            to.send(Asked { question, until, reply, over }).await.ok()?;
            replied.await.ok()
        };
        match tokio::time::timeout(self.patience, exchange).await {
            Ok(reply) => reply.ok_or_else(|| refused(&summary)),
            Err(_) => {
                let why = format!("nobody answered within {} s", self.patience.as_secs());
                Err(denied(&summary, &why, ASK_AGAIN))
            }
        }
    }
}

const ASK_AGAIN: &str = "connect again to be asked again";

fn refused(summary: &str) -> Fault {
    denied(summary, "this was refused", ASK_AGAIN)
}

fn denied(summary: &str, why: &str, hint: &str) -> Fault {
    Fault::new(FaultKind::Denied, format!("{summary}; {why}")).hint(hint)
}

/// What makes the question go away.
fn without_a_screen(question: &Question) -> &'static str {
    match question {
        Question::HostKey(_) => {
            "compare the fingerprint with the server's own, then connect once with `ssh`, which asks"
        }
        Question::Passphrase { .. } => "unlock the key for the agent: ssh-add",
        Question::Password { .. } | Question::Interactive { .. } => "let a key log in there: ssh-copy-id",
        Question::Sudo { .. } => "allow these commands in sudoers with NOPASSWD",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::password::Password;

    fn question() -> Question {
        Question::Password { target: "ops@web1".into(), again: false }
    }

    #[tokio::test]
    async fn an_answer_comes_back() {
        let (asker, mut questions) = Asker::new();
        let answer = Answer::Secret(Password::new("x".into()));
        let (asked, ()) = tokio::join!(asker.ask(question()), async {
            questions.recv().await.unwrap().answer(answer.clone());
        });
        assert_eq!(asked, Ok(answer));
    }

    #[tokio::test]
    async fn nobody_silence_and_no_are_refusals_with_a_way_out() {
        let fault = Asker::nobody().ask(question()).await.unwrap_err();
        assert!(fault.in_full().contains("nobody to ask; let a key log in there"), "{fault:?}");
        let (asker, mut questions) = Asker::new();
        let asker = asker.patient_for(Duration::from_millis(50));
        let (fault, asked) = tokio::join!(asker.ask(question()), questions.recv());
        assert!(fault.unwrap_err().message.contains("nobody answered within 0 s"));
        let asked = asked.unwrap();
        assert!(asked.is_over() && !asker.is_asking());
        asked.over().await;
        let (fault, ()) = tokio::join!(asker.ask(question()), async { drop(questions.recv().await) });
        assert!(fault.unwrap_err().message.contains("refused"));
    }
}
