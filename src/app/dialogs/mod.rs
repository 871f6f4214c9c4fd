//! What floats above the panes and takes the keys while it is there.

mod action;
mod choose;
mod edit;
mod help;
mod leave;
mod palette;
mod question;
mod records;
mod text;

pub use action::ActionDialog;
pub use choose::Choose;
pub use edit::EditDialog;
pub use help::Help;
pub use leave::Leave;
pub use palette::Palette;
pub use question::QuestionDialog;
pub use records::Records;
pub use text::Text;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::{Command, DialogIntent, Facts, Scope};
use crate::domain::query::Query;
use crate::domain::question::{Answer, QuestionId};
use crate::domain::server::edit::Draft;
use crate::domain::world::World;
use crate::gate::{Consent, Proof};
use crate::keymap::{Key, Keymap};
use crate::panes::Chooser;
use crate::theme::Theme;

use super::jobs::Jobs;
use super::notices::Notices;

/// A dialog.
#[derive(Debug)]
pub enum Dialog {
    Action(Box<ActionDialog>),
    Palette(Box<Palette>),
    Help(Help),
    Leave(Leave),
    Choose(Choose),
    Records(Records),
    Text(Text),
    Edit(Box<EditDialog>),
    Question(Box<QuestionDialog>),
}

/// A consent with its proof, on its way to the gate.
#[derive(Debug)]
pub struct Commit {
    pub title: String,
    pub consent: Consent,
    pub proof: Proof,
    /// What is written by it.
    pub draft: Option<Box<Draft>>,
}

/// What a dialog came to.
#[derive(Debug)]
pub enum Verdict {
    Stay,
    Close,
    /// Something to say; the dialog stays.
    Say(String),
    Run(&'static Command),
    Commit(Box<Commit>),
    /// What is said to a question.
    Answer(QuestionId, Answer),
    /// What is on, or the one that was taken.
    Chosen(Chooser, Vec<String>),
    Yank(String),
    /// End pult.
    Quit,
    /// Start a command on the servers that wait for it.
    GoOn,
    /// Back to the editor.
    EditOn(Box<Draft>),
}

/// What dialogs are drawn from.
pub struct DialogScene<'a> {
    pub world: &'a World,
    pub theme: &'a Theme,
    pub keymap: &'a Keymap,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    pub facts: &'a Facts,
    pub jobs: &'a Jobs,
    pub notices: &'a Notices,
    /// Questions that stand in line behind the one on the screen.
    pub waiting: usize,
}

impl Dialog {
    /// An intent from the keymap's dialog section.
    pub fn act(&mut self, intent: DialogIntent, world: &World, now: Timestamp) -> Verdict {
        match self {
            // Leaving it is an answer, too.
            Self::Question(d) => d.act(intent, world, now),
            _ if intent == DialogIntent::Cancel => Verdict::Close,
            Self::Action(d) => d.act(intent, world, now),
            Self::Palette(d) => d.act(intent),
            Self::Help(d) => d.act(intent),
            Self::Leave(d) => d.act(intent),
            Self::Choose(d) => d.act(intent),
            Self::Records(d) => d.act(intent),
            Self::Text(d) => d.act(intent),
            Self::Edit(d) => d.act(intent, world, now),
        }
    }

    /// Where its keys are heard, the nearest first.
    pub fn scopes(&self) -> &'static [Scope] {
        match self {
            Self::Question(d) if d.is_about_a_key() => &[Scope::HostKey, Scope::Dialog],
            _ => &[Scope::Dialog],
        }
    }

    /// The question that it asks.
    pub fn question(&self) -> Option<QuestionId> {
        match self {
            Self::Question(d) => Some(d.id()),
            _ => None,
        }
    }

    /// A key that the keymap does not know in dialogs: text.
    pub fn key(&mut self, key: Key, world: &World, now: Timestamp) -> Verdict {
        match self {
            Self::Action(d) => d.key(key, world, now),
            Self::Palette(d) => d.key(key),
            Self::Help(d) => d.key(key),
            Self::Leave(d) => d.key(key),
            Self::Choose(d) => d.key(key),
            Self::Text(d) => d.key(key),
            Self::Edit(d) => d.key(key, world, now),
            Self::Question(d) => d.key(key),
            Self::Records(_) => Verdict::Stay,
        }
    }

    pub fn paste(&mut self, text: &str, world: &World) {
        match self {
            Self::Action(d) => d.paste(text, world),
            Self::Palette(d) => d.paste(text),
            Self::Question(d) => d.paste(text),
            _ => {}
        }
    }

    /// The world moved on: what was asked about may be gone.
    pub fn sync(&mut self, world: &World) {
        if let Self::Action(d) = self {
            d.refresh(world);
        }
    }

    /// A question whose answer the dialog shows.
    pub fn query(&self) -> Option<Query> {
        match self {
            Self::Action(d) => d.query(),
            _ => None,
        }
    }

    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Action(d) => d.expires_at().filter(|at| *at > now),
            Self::Question(d) => d.next_change(now),
            _ => None,
        }
    }

    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        match self {
            Self::Action(d) => d.view(scene, area, buf),
            Self::Palette(d) => d.view(scene, area, buf),
            Self::Help(d) => d.view(scene, area, buf),
            Self::Leave(d) => d.view(scene, area, buf),
            Self::Choose(d) => d.view(scene, area, buf),
            Self::Records(d) => d.view(scene, area, buf),
            Self::Text(d) => d.view(scene, area, buf),
            Self::Edit(d) => d.view(scene, area, buf),
            Self::Question(d) => d.view(scene, area, buf),
        }
    }
}
