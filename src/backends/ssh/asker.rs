//! Puts a connection's questions to whoever sits before the screen, and does not wait for ever: a server
//! closes a login that takes longer than two minutes.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::question::{Answer, Question};

/// How long a person may think.
const PATIENCE: Duration = Duration::from_secs(60);
/// Questions that may stand in line; a fleet that is new asks for each of its servers.
const WAITING: usize = 256;

/// A question on its way to a dialog. Dropping it refuses.
#[derive(Debug)]
pub struct Asked {
    pub question: Question,
    pub answer: oneshot::Sender<Answer>,
}

impl Asked {
    /// True when nobody waits for the answer any more: the dialog may go.
    pub fn is_over(&self) -> bool {
        self.answer.is_closed()
    }
}

/// Where questions go.
#[derive(Debug, Clone)]
pub struct Asker {
    /// `None` = there is nobody to ask.
    to: Option<mpsc::Sender<Asked>>,
    patience: Duration,
}

impl Asker {
    /// Somebody reads the questions.
    pub fn new() -> (Self, mpsc::Receiver<Asked>) {
        let (to, from) = mpsc::channel(WAITING);
        (Self { to: Some(to), patience: PATIENCE }, from)
    }

    /// For a run without a screen: every question is refused, with what would help instead.
    pub fn nobody() -> Self {
        Self { to: None, patience: PATIENCE }
    }

    /// The same with other patience.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// Nobody is there, nobody answers in time, or the answer is no.
    pub(super) async fn ask(&self, question: Question) -> Result<Answer, Fault> {
        let summary = question.summary();
        let refused =
            |why: &str, hint: &str| Fault::new(FaultKind::Denied, format!("{summary}; {why}")).hint(hint);
        let Some(to) = &self.to else {
            return Err(refused("there is nobody to ask", without_a_screen(&question)));
        };
        let (answer, answered) = oneshot::channel();
        let exchange = async {
            to.send(Asked { question, answer }).await.ok()?;
            answered.await.ok()
        };
        match tokio::time::timeout(self.patience, exchange).await {
            Ok(Some(Answer::Refuse) | None) => {
                Err(refused("this was refused", "connect again to be asked again"))
            }
            Ok(Some(answer)) => Ok(answer),
            Err(_) => {
                let why = format!("nobody answered within {} s", self.patience.as_secs());
                Err(refused(&why, "connect again to be asked again"))
            }
        }
    }
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
            questions.recv().await.unwrap().answer.send(answer.clone()).unwrap();
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
        assert!(asked.unwrap().is_over());
        let (fault, ()) = tokio::join!(asker.ask(question()), async { drop(questions.recv().await) });
        assert!(fault.unwrap_err().message.contains("refused"));
    }
}
