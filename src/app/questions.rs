//! Questions of connections. They stand in line, and the first one becomes a dialog as soon as nothing else has
//! the keys: what was typed for something else can never be an answer.

use jiff::Timestamp;

use super::dialogs::{Dialog, QuestionDialog};
use super::{App, Step};
use crate::domain::question::{Question, QuestionId};

/// A question in line.
#[derive(Debug)]
pub(super) struct Waiting {
    pub id: QuestionId,
    pub question: Question,
    /// When whoever asks gives up.
    pub until: Timestamp,
}

impl App {
    pub(super) fn asked(&mut self, now: Timestamp, waiting: Waiting) -> Step {
        let is_held_up = self.edit.is_some() || self.dialogs.last().is_some_and(|d| d.question().is_none());
        if is_held_up {
            let text = format!("esc leaves this for a question: {}", waiting.question.summary());
            self.notices.add(text, false, now);
        }
        self.questions.push_back(waiting);
        Step::now()
    }

    /// Nobody waits for the answer any more.
    pub(super) fn asked_over(&mut self, id: QuestionId) -> Step {
        let before = (self.questions.len(), self.dialogs.len());
        self.questions.retain(|waiting| waiting.id != id);
        self.dialogs.retain(|dialog| dialog.question() != Some(id));
        if before == (self.questions.len(), self.dialogs.len()) { Step::default() } else { Step::now() }
    }

    /// Puts the next question on the screen, if nothing else has the keys.
    pub(super) fn ask_next(&mut self, now: Timestamp) -> Step {
        let is_free = self.dialogs.is_empty() && self.edit.is_none() && self.pending.is_empty();
        let Some(next) = self.questions.pop_front_if(|_| is_free) else { return Step::default() };
        self.dialogs.push(Dialog::Question(Box::new(QuestionDialog::open(
            next.id,
            next.question,
            next.until,
            now,
        ))));
        Step::now()
    }
}
