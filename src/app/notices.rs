//! Short messages to the person: one on the message line for some seconds, all of them in a list.

use jiff::{SignedDuration, Timestamp};

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub at: Timestamp,
    pub text: String,
    pub is_error: bool,
}

/// The messages of the session.
#[derive(Debug, Default)]
pub struct Notices {
    list: Vec<Notice>,
    /// The banner that stays until something replaces it: a configuration with mistakes.
    until: Option<Timestamp>,
}

const KEPT: usize = 200;

impl Notices {
    /// Shows a message. Errors stay longer, and long ones longer than short ones.
    pub fn add(&mut self, text: String, is_error: bool, now: Timestamp) {
        let reading_s = (text.chars().count() as i64 / 15).clamp(4, 12);
        let seconds = if is_error { reading_s.max(8) } else { reading_s };
        self.until = Some(now + SignedDuration::from_secs(seconds));
        if self.list.len() == KEPT {
            self.list.remove(0);
        }
        self.list.push(Notice { at: now, text, is_error });
    }

    /// The message to show now.
    pub fn current(&self, now: Timestamp) -> Option<&Notice> {
        self.until.filter(|until| now < *until).and_then(|_| self.list.last())
    }

    /// The message is not true any more.
    pub fn hush(&mut self) {
        self.until = None;
    }

    /// Takes the message off the line; a key was pressed and it has been seen.
    pub fn dismiss(&mut self, now: Timestamp) -> bool {
        // Not at once: a key that follows within a second was pressed before the message could be read.
        let seen = self.list.last().is_some_and(|n| now.as_second() - n.at.as_second() >= 1);
        let shown = self.current(now).is_some();
        if shown && seen {
            self.until = None;
        }
        shown && seen
    }

    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| *until > now)
    }

    pub fn all(&self) -> &[Notice] {
        &self.list
    }
}
