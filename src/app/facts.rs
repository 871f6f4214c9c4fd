//! What commands may know now, and where their keys are heard.

use super::App;
use crate::command::{Facts, Scope};

impl App {
    /// What commands may know now.
    pub fn facts(&self) -> Facts {
        let mut facts = Facts {
            pane: Some(self.pane().id()),
            can_go_back: !self.back.is_empty(),
            can_go_forward: !self.forward.is_empty(),
            running_jobs: self.jobs.running().count(),
            run_waits: self.run_is_waiting(),
            lost_targets: self.world.lost().count(),
            mouse: self.mouse,
            ..Facts::default()
        };
        self.pane().facts(&self.world, &mut facts);
        facts
    }

    /// Scopes whose keys are heard, the nearest first.
    pub(super) fn scopes(&self) -> Vec<Scope> {
        if self.types() {
            vec![Scope::Pane(self.pane().id())]
        } else if self.dialogs.is_empty() {
            vec![Scope::Pane(self.pane().id()), Scope::List, Scope::Global]
        } else {
            self.dialogs.last().map_or_else(Vec::new, |dialog| dialog.scopes().to_vec())
        }
    }
}
