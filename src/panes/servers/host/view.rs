//! What a view of a server is to its frame: a list, what it asks for, and what it knows of the object under the
//! cursor. A new view is one more implementation, its tab, and its row in [`super::views`].

use jiff::Timestamp;

use super::list::List;
use crate::command::{HostTab, Object};
use crate::domain::fault::Fault;
use crate::domain::log::HostLog;
use crate::domain::server::{Facts, ServerAnswer, ServerAsk};
use crate::panes::{Scene, Yank};
use crate::theme::Role;

/// A question with how often it is asked again, seconds.
pub type Asked = (ServerAsk, Option<i64>);

/// A line of the detail: a label, a text, its role. An empty text takes the line away.
pub type Told = (&'static str, String, Role);

/// One tab.
pub trait View {
    fn tab(&self) -> HostTab;
    fn list(&self) -> &dyn List;
    fn list_mut(&mut self) -> &mut dyn List;

    /// What it wants to know now.
    fn asks(&self) -> Vec<Asked>;

    /// What it wants to know of the object under the cursor, once the cursor stays there.
    fn asks_about_current(&self) -> Option<Asked> {
        None
    }

    /// `hold`: rows stay where they are.
    fn answer(&mut self, what: &ServerAsk, result: Result<ServerAnswer, Fault>, now: Timestamp, hold: bool);

    /// The object under the cursor as commands see it. `account` is who looks.
    fn object(&self, account: Option<&Facts>) -> Option<(String, Object)>;

    /// What is told of it beside the list.
    fn detail(&self, scene: &Scene) -> Vec<Told>;

    fn yank(&self, what: Yank) -> Option<String>;

    /// Goes into what is under the cursor; false when there is nothing to go into.
    fn open(&mut self) -> bool {
        false
    }

    /// Goes back out of it; false when it is not in anything.
    fn leave(&mut self) -> bool {
        false
    }

    /// Turns between tree and list, if it has a tree.
    fn turn_tree(&mut self) {}

    /// Where the object under the cursor belongs to.
    fn owner(&self) -> Option<Owner> {
        None
    }

    /// The log of the object under the cursor.
    fn log(&self) -> Option<HostLog> {
        None
    }

    /// Puts the cursor on the object of this name, as soon as it is known.
    fn go_to(&mut self, _name: &str) {}
}

/// What a process belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A container's id.
    Container(String),
    Unit(String),
}
