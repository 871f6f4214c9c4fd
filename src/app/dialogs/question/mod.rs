//! What a connection has to ask before it can go on: a server's new key, a passphrase, a password, a server's own
//! questions. The safe answer is no, and nobody gives another one by a key that was meant for something else.

mod view;
mod words;

use jiff::{SignedDuration, Timestamp};

use super::{Commit, Verdict};
use crate::command::{DialogIntent, Motion};
use crate::domain::guard::Guard;
use crate::domain::mutation::Mutation;
use crate::domain::password::Password;
use crate::domain::question::{Answer, HostKey, Question, QuestionId};
use crate::domain::trust::{Keep, TrustHost};
use crate::domain::world::World;
use crate::gate::{Plan, Proof, weigh};
use crate::keymap::Key;
use crate::widgets::secret_field::SecretField;

/// Nobody has read a question that has been on the screen for less than this.
const READ: SignedDuration = SignedDuration::from_millis(600);

/// The dialog.
#[derive(Debug)]
pub struct QuestionDialog {
    id: QuestionId,
    question: Question,
    opened: Timestamp,
    /// When whoever asks gives up.
    until: Timestamp,
    /// One for each text that is wanted.
    fields: Vec<SecretField>,
    focus: usize,
    /// Rows that are scrolled out of sight, where there is nothing to type into.
    top: usize,
}

impl QuestionDialog {
    pub fn open(id: QuestionId, question: Question, until: Timestamp, now: Timestamp) -> Self {
        let fields = match &question {
            Question::HostKey(_) => Vec::new(),
            Question::Interactive { prompts, .. } => {
                prompts.iter().map(|prompt| SecretField::new(prompt.echo)).collect()
            }
            _ => vec![SecretField::new(false)],
        };
        Self { id, question, opened: now, until, fields, focus: 0, top: 0 }
    }

    pub fn id(&self) -> QuestionId {
        self.id
    }

    /// True when it asks whether a server's key is right.
    pub fn is_about_a_key(&self) -> bool {
        matches!(self.question, Question::HostKey(_))
    }

    /// The seconds that are left grow fewer.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        (now < self.until).then(|| now + SignedDuration::from_secs(1))
    }

    fn seconds_left(&self, now: Timestamp) -> i64 {
        self.until.duration_since(now).as_secs().max(0)
    }

    /// To the next field, or down the text.
    fn step(&mut self, rows: isize) {
        match self.fields.len() as isize {
            0 => self.top = self.top.saturating_add_signed(rows).min(self.most_rows()),
            fields => self.focus = (self.focus as isize + rows).rem_euclid(fields) as usize,
        }
    }

    pub fn act(&mut self, intent: DialogIntent, world: &World, now: Timestamp) -> Verdict {
        match intent {
            _ if now.duration_since(self.opened) < READ && self.is_about_a_key() => {}
            DialogIntent::Cancel => return Verdict::Answer(self.id, Answer::Refuse),
            DialogIntent::Accept => return self.accept(),
            DialogIntent::NextField | DialogIntent::Move(Motion::Down) => self.step(1),
            DialogIntent::PreviousField | DialogIntent::Move(Motion::Up) => self.step(-1),
            DialogIntent::Trust(keep) => return self.trust(keep, world),
            DialogIntent::Yank => {
                if let Question::HostKey(key) = &self.question {
                    return Verdict::Yank(TrustHost::new(self.id, key, Keep::Written).equivalent());
                }
            }
            DialogIntent::Move(_) | DialogIntent::GoOn => {}
        }
        Verdict::Stay
    }

    pub fn key(&mut self, key: Key) -> Verdict {
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.key(key);
        }
        Verdict::Stay
    }

    pub fn paste(&mut self, text: &str) {
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.paste(text);
        }
    }

    fn accept(&mut self) -> Verdict {
        let is_own = matches!(self.question, Question::Interactive { .. });
        match self.fields.as_mut_slice() {
            [] => Verdict::Answer(self.id, Answer::Refuse),
            [one] if !is_own && one.is_empty() => Verdict::Say("type it, or esc to do without".to_owned()),
            [one] if !is_own => Verdict::Answer(self.id, Answer::Secret(Password::new(one.take()))),
            fields if self.focus + 1 < fields.len() => {
                self.focus += 1;
                Verdict::Stay
            }
            fields => {
                let said = fields.iter_mut().map(|field| Password::new(field.take())).collect();
                Verdict::Answer(self.id, Answer::Fields(said))
            }
        }
    }

    fn trust(&self, keep: Keep, world: &World) -> Verdict {
        let Question::HostKey(key) = &self.question else { return Verdict::Stay };
        // It changes this machine and not the server, so the session's guard counts and not the target's.
        let guard = if world.read_only { Guard::ReadOnly } else { Guard::Confirm };
        match weigh(plan(self.id, key, keep), |_| guard, self.opened) {
            Ok(consent) => {
                let title = format!("trust the key of {}", key.host);
                Verdict::Commit(Box::new(Commit { title, consent, proof: Proof::Yes, draft: None }))
            }
            Err(refusal) => Verdict::Say(format!("{refusal}; connect once with ssh, which asks")),
        }
    }
}

fn plan(id: QuestionId, key: &HostKey, keep: Keep) -> Plan {
    let command = match keep {
        Keep::Written => "host.trust",
        Keep::Session => "host.trust_once",
    };
    Plan { command, mutations: vec![Mutation::TrustHost(TrustHost::new(id, key, keep))] }
}
