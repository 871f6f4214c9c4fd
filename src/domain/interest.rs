//! What somebody looks at: decides what a backend measures and how often.

use super::ids::ContainerId;

/// Containers of one engine whose usage is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interest {
    /// On screen now, or pinned: measured every two seconds.
    pub visible: Vec<ContainerId>,
    /// True when the order of all rows depends on usage (sorted or filtered by it): all running ones are
    /// measured, under a budget.
    pub all: bool,
    /// True when nobody looks: another pane is open or the terminal lost the focus.
    pub hidden: bool,
}
