//! What a view of a server is to its frame: a list, what it asks for, and what it knows of the object under the
//! cursor. A new view is one more implementation, its tab, and its row in [`super::views`].

use std::sync::Arc;

use jiff::Timestamp;

use super::list::List;
use crate::command::{HostTab, Object, Subject};
use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;
use crate::domain::log::HostLog;
use crate::domain::server::{Facts, ServerAnswer, ServerAsk, Transfer};
use crate::domain::world::World;
use crate::panes::{Context, Scene, Yank};
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

    /// What the world knows of this server, for a view that asks for nothing.
    fn see(&mut self, _target: &TargetId, _cx: &Context) {}

    /// The checks that are chosen.
    fn checks(&self, _world: &World, _target: &TargetId) -> Vec<Arc<str>> {
        Vec::new()
    }

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

    /// What it wants to know of every server that is connected.
    fn asks_everywhere(&self) -> Option<Asked> {
        None
    }

    /// What a server said, whichever it is.
    fn answer_of(&mut self, _target: &TargetId, _what: &ServerAsk, _result: &Result<ServerAnswer, Fault>) {}

    /// Every server is to be asked about the object under the cursor.
    fn trace(&mut self) {}

    /// What the object under the cursor is called in another view, to go there.
    fn name_in(&self, _tab: HostTab) -> Option<String> {
        None
    }

    /// The marked objects, if there are any.
    fn marked(&self, _account: Option<&Facts>) -> Vec<(String, Object)> {
        Vec::new()
    }

    /// Both lists, when it shows two sides; the one that has the keys is [`Self::list`].
    fn sides(&self) -> Option<[&dyn List; 2]> {
        None
    }

    /// The keys go to the right side.
    fn at_right(&self) -> bool {
        false
    }

    /// Shows both sides, or the right one alone.
    fn turn_sides(&mut self) {}

    /// The keys go to the other side.
    fn switch_side(&mut self) {}

    /// What a copy to the other side would be, on this server.
    ///
    /// # Errors
    /// Why nothing can be copied.
    fn copies(&self, _place: &Subject) -> Result<Vec<Transfer>, String> {
        Err("copies are made between both sides of a server's files".to_owned())
    }

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
    /// A container's id, or its name.
    Container(String),
    Unit(String),
    /// By its number.
    Process(u32),
}
