//! What commands may know when they decide: a plain picture of focus and selection.

use crate::domain::container::State;
use crate::domain::guard::Guard;
use crate::domain::ids::ContainerKey;
use crate::domain::remote::Link;

use super::PaneId;

/// One object that a command would act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub key: ContainerKey,
    pub name: String,
    pub state: State,
    pub guard: Guard,
    /// The docker client that reaches it, with options.
    pub client: String,
    /// Why actions on its target are impossible now (the link is lost), if they are.
    pub blocked: Option<String>,
}

/// The server under the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFacts {
    /// It is this machine: nothing leads there.
    pub is_here: bool,
    pub link: Link,
}

/// The picture.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub pane: Option<PaneId>,
    /// The marked objects, or the one under the cursor.
    pub subjects: Vec<Subject>,
    /// True when `subjects` are marked ones.
    pub marked: bool,
    /// True when the cursor is on a group's row.
    pub on_group: bool,
    /// Rows shown, and all there are.
    pub rows: usize,
    pub total: usize,
    pub filtered: bool,
    /// The keys go to a list in the detail.
    pub in_detail: bool,
    pub can_go_back: bool,
    pub can_go_forward: bool,
    pub running_jobs: usize,
    /// Targets with a lost link.
    pub lost_targets: usize,
    pub has_secrets: bool,
    /// The log pane reads something.
    pub logs_open: bool,
    pub mouse: bool,
    pub server: Option<ServerFacts>,
}

impl Facts {
    /// The single object a command acts on, when it takes only one.
    pub fn only(&self) -> Option<&Subject> {
        match self.subjects.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}
