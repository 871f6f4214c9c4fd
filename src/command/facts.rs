//! What commands may know when they decide: a plain picture of focus and selection.

use super::{Availability, HostTab, ObjectKind, PaneId, Subject};
use crate::domain::guard::Guard;
use crate::domain::remote::Link;
use crate::domain::server::Transfer;
use crate::domain::shell::OpenShell;

/// The server under the cursor, or the one whose view is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFacts {
    /// It is this machine: nothing leads there.
    pub is_here: bool,
    pub link: Link,
}

/// The shell that is in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellFacts {
    /// How it was opened.
    pub open: OpenShell,
    pub ended: bool,
    /// Its past is looked through: keys move there and are not typed.
    pub browsing: bool,
}

/// The picture.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub pane: Option<PaneId>,
    /// The marked objects, or the one under the cursor.
    pub subjects: Vec<Subject>,
    /// The same on every server that is connected, for what is done to all of them.
    pub fleet: Vec<Subject>,
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
    /// A command waits on the other servers for somebody to say so.
    pub run_waits: bool,
    /// Targets with a lost link.
    pub lost_targets: usize,
    pub has_secrets: bool,
    /// The log pane reads something.
    pub logs_open: bool,
    /// The view of one server that is open.
    pub host: Option<HostTab>,
    /// It shows two sides, between which files are copied.
    pub sides: bool,
    /// What would be copied to the other side, and why nothing would be.
    pub copies: Vec<Transfer>,
    pub no_copy: Option<String>,
    pub mouse: bool,
    pub server: Option<ServerFacts>,
    pub shell: Option<ShellFacts>,
    /// The server that is open or under the cursor, for commands about the whole of it.
    pub place: Option<Subject>,
    /// Servers that are marked: such commands are about all of them then.
    pub marked_places: Vec<Subject>,
}

impl Facts {
    /// The picture for a command about such objects: one about servers sees the server and not what lies under the
    /// cursor there.
    #[must_use]
    pub fn about(mut self, kind: Option<ObjectKind>) -> Self {
        if kind == Some(ObjectKind::Server)
            && let Some(place) = self.place.take()
        {
            let marked = std::mem::take(&mut self.marked_places);
            self.marked = !marked.is_empty();
            self.subjects = if self.marked { marked } else { vec![place] };
        }
        self
    }

    /// The single object a command acts on, when it takes only one.
    pub fn only(&self) -> Option<&Subject> {
        match self.subjects.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// At least one subject has to be fit; those that are not are left out. When none is, the first gives the
    /// reason.
    pub fn usable(&self, kind: ObjectKind, unfit: impl Fn(&Subject) -> Option<String>) -> Availability {
        let noun = kind.noun();
        if self.subjects.is_empty() {
            return Availability::Off(if self.total == 0 {
                format!("there is no {noun}")
            } else {
                format!("no {noun} is selected")
            });
        }
        for subject in &self.subjects {
            if let Some(why) = &subject.blocked {
                return Availability::off(why.clone());
            }
            if subject.guard == Guard::ReadOnly {
                return Availability::off(format!("{} is read-only", subject.target));
            }
        }
        let mut reasons = self.subjects.iter().map(unfit);
        match reasons.next() {
            Some(Some(first)) if reasons.all(|reason| reason.is_some()) => Availability::Off(first),
            _ => Availability::Ready,
        }
    }

    /// What kind of object there is to act on.
    pub fn kind(&self) -> Option<ObjectKind> {
        self.subjects.first().map(|s| s.what.kind())
    }
}
