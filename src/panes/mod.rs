//! One folder a pane: its state and behaviour, its table of commands, its view. What several panes are built with
//! lies beside them.
//!
//! A pane is pure: it sees the [`World`], takes intents, and says declaratively what it wants to be kept
//! informed about. It never acts on anything outside itself.

pub mod activity;
mod ask;
pub mod compare;
pub mod containers;
pub mod logs;
mod place;
mod plots;
pub mod servers;
pub mod shells;
pub mod split;
pub mod table;
pub mod wants;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::{Facts, PaneId, PaneIntent};
use crate::domain::fault::Fault;
use crate::domain::ids::{ContainerKey, TargetId};
use crate::domain::log::{LogAsk, LogEvent};
use crate::domain::log_selection::LogSelection;
use crate::domain::query::{Answer, Query};
use crate::domain::server::thresholds::Limits;
use crate::domain::shell::OpenShell;
use crate::domain::star::Star;
use crate::domain::terminal::{TerminalAsk, TerminalNews};
use crate::domain::world::World;
use crate::keymap::Key;
use crate::theme::Theme;
use crate::widgets::field::Field;
pub use ask::{Choice, ChoiceItem, Chooser, FilePart, FileRecord, Page, Prompt};
pub use wants::{LogKey, LogWant, QueryWant, Wants};

/// What a pane sees when something happens.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub world: &'a World,
    pub now: Timestamp,
    /// Where the pane is drawn.
    pub area: Rect,
    /// True while rows keep their order because a key was pressed just now.
    pub hold: bool,
    pub zone: &'a TimeZone,
}

/// All that a view sees: the same scene gives the same cells.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    pub world: &'a World,
    pub theme: &'a Theme,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    /// From here on a number is coloured as a warning: those of the server that is looked into, else the usual ones.
    pub limits: Limits<'a>,
    /// Why there is nothing to see when there is no target at all.
    pub empty_hint: &'a [String],
}

/// What a pane asks of the application besides being redrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Yank {
        what: String,
        text: String,
    },
    Notice(String),
    /// A place worth coming back to was left.
    Visited,
    /// Run a command by its id (Enter on a row).
    Run(&'static str),
    /// Ask a log that the pane reads.
    AskLog {
        key: LogKey,
        ask: LogAsk,
    },
    /// Ask the person for a line of text, with what stands in the field at first.
    Prompt {
        what: Prompt,
        text: String,
    },
    /// Ask the person to choose from a list.
    Choose(Choice),
    /// Go to the log pane with these logs.
    OpenLogs(LogSelection),
    /// Go to a place of another pane.
    GoTo(PaneId, Place),
    /// Write a part of a file.
    Write(FilePart),
    /// Dial a server that is only listed, hang up at one, try a lost one again.
    Connect(TargetId),
    Disconnect(TargetId),
    Reconnect(TargetId),
    /// Ask these checks now.
    AskChecks(Vec<Arc<str>>),
    /// Read a crash capsule by its id.
    ReadCapsule(String),
    /// Ask a terminal by its number.
    AskTerminal {
        terminal: u64,
        ask: TerminalAsk,
    },
    /// Back to the pane that was left for this one, if this one is still in front.
    Leave,
}

/// What the pointer did inside the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    Click { column: u16, row: u16, double: bool },
    Wheel { column: u16, row: u16, delta: i8 },
}

/// How a pane was left; outlives the session. `None` and empty: the pane's own default.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct PaneState {
    /// The column's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    pub sort_descending: bool,
    /// Ids of the columns on the screen, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The list's share of the space next to the detail, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_percent: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grouped: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail_open: Option<bool>,
    /// What only the log pane keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<logs::options::Saved>,
}

/// What a button or the wheel did, for a program that wants to hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    pub kind: TouchKind,
    pub column: u16,
    pub row: u16,
}

/// Buttons: 0 left, 1 middle, 2 right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TouchKind {
    Press(u8),
    Release(u8),
    Drag(u8),
    WheelUp,
    WheelDown,
}

/// A pane's name for a place: what the jump list goes back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(pub String);

/// A pane.
pub trait Pane {
    fn id(&self) -> PaneId;

    /// Adds what commands may know about this pane.
    fn facts(&self, world: &World, facts: &mut Facts);

    /// The world or the time moved on.
    fn sync(&mut self, cx: &Context);

    /// Carries out an intent.
    fn act(&mut self, intent: PaneIntent, cx: &Context) -> Vec<Request>;

    fn pointer(&mut self, event: Pointer, cx: &Context) -> Vec<Request>;

    /// True when there is something to go to it for: its tab is shown.
    fn is_there(&self) -> bool {
        true
    }

    /// True while keys are typed into a program: then only those of the pane's own section are heard.
    fn is_typed_into(&self) -> bool {
        false
    }

    /// Takes a key for the program.
    fn typed(&mut self, _key: Key, _cx: &Context) -> Vec<Request> {
        Vec::new()
    }

    /// Takes a text from the clipboard for the program.
    fn pasted(&mut self, _text: &str, _cx: &Context) -> Vec<Request> {
        Vec::new()
    }

    /// Hands the mouse to a program that wants it; `None` = none does.
    fn touched(&mut self, _touch: Touch, _cx: &Context) -> Option<Vec<Request>> {
        None
    }

    /// A terminal is being opened under this number.
    fn open_terminal(&mut self, _terminal: u64, _open: &OpenShell) {}

    /// The terminals that are open and would end with pult, and where each leads.
    fn open_shells(&self) -> Vec<(u64, String)> {
        Vec::new()
    }

    /// What a terminal tells.
    fn terminal(&mut self, _terminal: u64, _news: TerminalNews, _cx: &Context) -> Vec<Request> {
        Vec::new()
    }

    /// What it wants to be kept informed about, as of now.
    fn wants(&self, cx: &Context) -> Wants;

    fn answer(&mut self, query: &Query, result: Result<Answer, Fault>, cx: &Context);

    /// What a log that it wants brings; `None` when it is opened (anew) and begins.
    fn log(&mut self, _key: &LogKey, _event: Option<LogEvent>, _cx: &Context) -> Vec<Request> {
        Vec::new()
    }

    /// Wishes that stay while another pane is in front.
    fn background(&self) -> Vec<LogWant> {
        Vec::new()
    }

    /// What is to be recorded on disk, whether anybody looks or not.
    fn stars(&self) -> Vec<Star> {
        Vec::new()
    }

    /// True while it has work that is done in slices of a few milliseconds, so that keys come in between.
    fn has_work(&self) -> bool {
        false
    }

    /// True while such work answers a key: the answer is drawn as soon as it is whole.
    fn is_answering(&self) -> bool {
        false
    }

    /// Does the next slice.
    fn work(&mut self, _cx: &Context) -> Vec<Request> {
        Vec::new()
    }

    /// What a text that is being typed would come to.
    fn preview(&self, _what: Prompt, _text: &str) -> Option<String> {
        None
    }

    /// Takes a text that it has asked for by [`Request::Prompt`].
    ///
    /// # Errors
    /// What is wrong with it; the field stays open.
    fn prompted(&mut self, _what: Prompt, _text: &str, _cx: &Context) -> Result<Vec<Request>, String> {
        Ok(Vec::new())
    }

    /// Takes what was chosen of a list that it has asked for by [`Request::Choose`].
    fn chosen(&mut self, _what: Chooser, _ids: &[String], _cx: &Context) -> Vec<Request> {
        Vec::new()
    }

    /// Another pane wants these logs opened here.
    fn open_logs(&mut self, _logs: LogSelection, _cx: &Context) {}

    /// The filter that is in force, and the error in the one being typed.
    fn filter(&self) -> &str;

    /// Tries a filter; a wrong one leaves the rows as they are.
    ///
    /// # Errors
    /// Where and what is wrong.
    fn set_filter(&mut self, text: &str, cx: &Context) -> Result<(), crate::domain::filter::FilterError>;

    /// The search inside the detail, if the pane has one.
    fn search(&mut self, text: &str, cx: &Context);

    /// The search was typed to its end: what is asked for to find it.
    fn seek(&mut self, _cx: &Context) -> Vec<Request> {
        Vec::new()
    }

    /// The search that is in force.
    fn searched(&self) -> &str {
        ""
    }

    /// True when `/` searches in the detail instead of filtering the list.
    fn can_search(&self) -> bool;
    /// What can be written into the field of the search.
    fn search_hint(&self) -> &'static str {
        ""
    }

    /// Secrets of this container may be shown from now on.
    fn reveal(&mut self, key: &ContainerKey);

    /// Name, id or command of what is under the cursor, for the clipboard.
    fn yank(&self, what: Yank, world: &World) -> Option<String>;

    fn place(&self) -> Option<Place>;

    /// Goes back to a place. False when it is not there any more.
    fn go_to(&mut self, place: &Place, cx: &Context) -> bool;

    /// When the view changes by the passing of time alone.
    fn next_change(&self, cx: &Context) -> Option<Timestamp>;

    fn save(&self) -> PaneState;
    fn restore(&mut self, state: &PaneState);

    /// `edit` is the filter field while it is typed in.
    fn view(&self, scene: &Scene, edit: Option<&Edit>, area: Rect, buf: &mut Buffer);
}

/// The text field that has the keys: a filter or a search, with what is wrong in it.
#[derive(Debug)]
pub struct Edit {
    pub kind: EditKind,
    pub field: Field,
    pub error: Option<crate::domain::filter::FilterError>,
    /// The filter or search before editing began; Esc puts it back.
    pub before: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditKind {
    Filter,
    Search,
    /// Something else that a pane asks for.
    Prompt(Prompt),
}

/// What to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yank {
    Name,
    Id,
    /// The command line that shows the same with the native client.
    Command,
    /// The value of the line under the cursor of the detail.
    Line,
    /// One value out of it.
    Field,
}

/// States of all panes by their word, as kept in the state file.
pub type PaneStates = BTreeMap<String, PaneState>;
