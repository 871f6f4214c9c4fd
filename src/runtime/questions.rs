//! Questions of connections on their way to the screen, and answers on their way back. The application knows a
//! question by its number; who waits for the answer is known here alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::tasks::Tasks;
use crate::app::Msg;
use crate::backends::ssh::Asked;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::question::{Answer, QuestionId};
use crate::gate::Authorized;

/// Questions that wait. Cloning is cheap; clones share them.
#[derive(Clone, Default)]
pub struct Questions(Arc<Mutex<HashMap<QuestionId, Asked>>>);

impl Questions {
    /// Hands every question to the application, and takes it back when nobody waits for its answer any more.
    pub fn start(asked: mpsc::Receiver<Asked>, tasks: &mut Tasks, messages: &mpsc::Sender<Msg>) -> Self {
        let questions = Self::default();
        let (forward, stop) = (questions.clone().forward(asked, messages.clone()), tasks.stop());
        tasks.spawn("questions", async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = forward => {}
            }
        });
        questions
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<QuestionId, Asked>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn forward(self, mut asked: mpsc::Receiver<Asked>, messages: mpsc::Sender<Msg>) {
        let mut last: QuestionId = 0;
        let mut ends = FuturesUnordered::new();
        loop {
            let msg = tokio::select! {
                one = asked.recv() => {
                    let Some(one) = one else { return };
                    last += 1;
                    let (id, over) = (last, one.over());
                    ends.push(async move {
                        over.await;
                        id
                    });
                    let msg = Msg::Asked { id, question: one.question.clone(), until: one.until };
                    self.with(|all| all.insert(id, one));
                    msg
                }
                Some(id) = ends.next() => {
                    self.with(|all| all.remove(&id));
                    Msg::AskedOver(id)
                }
            };
            if messages.send(msg).await.is_err() {
                return;
            }
        }
    }

    pub fn answer(&self, id: QuestionId, answer: Answer) {
        if let Some(asked) = self.with(|all| all.remove(&id)) {
            asked.answer(answer);
        }
    }

    /// Says that a server's key is right; what came of it in a few words.
    ///
    /// # Errors
    /// Nobody waits for it any more, or the key could not be written.
    pub async fn trust(&self, id: QuestionId, authorized: Authorized) -> Result<String, Fault> {
        match self.with(|all| all.remove(&id)) {
            Some(asked) => asked.trust(authorized).await,
            None => Err(Fault::new(FaultKind::Gone, "the connection does not wait for this answer any more")
                .hint("connect again to be asked again")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::question::Question;

    /// Asks as a connection does, through the real channel.
    fn asker() -> (crate::backends::ssh::Asker, mpsc::Receiver<Msg>, Questions, Tasks) {
        let (asker, asked) = crate::backends::ssh::Asker::new();
        let (mut tasks, _) = Tasks::new();
        let (messages, inbox) = mpsc::channel(8);
        let questions = Questions::start(asked, &mut tasks, &messages);
        (asker, inbox, questions, tasks)
    }

    #[tokio::test]
    async fn an_answer_finds_its_connection_and_the_question_goes() {
        let (asker, mut inbox, questions, _tasks) = asker();
        let question = Question::Password { target: "ops@web1".into(), again: false };
        let (answer, ()) = tokio::join!(asker.ask(question.clone()), async {
            let Some(Msg::Asked { id, question: shown, .. }) = inbox.recv().await else { panic!() };
            assert_eq!(shown, question);
            questions.answer(id, Answer::Refuse);
        });
        assert!(answer.unwrap_err().message.contains("this was refused"));
        assert!(matches!(inbox.recv().await, Some(Msg::AskedOver(1))));
        questions.answer(1, Answer::Refuse);
    }
}
