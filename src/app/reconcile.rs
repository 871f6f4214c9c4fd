//! Brings what runs (questions, logs, recordings) in step with what is wanted.

use jiff::Timestamp;

use super::dialogs::Dialog;
use super::{App, Effect};
use crate::domain::star::Star;

impl App {
    /// Brings what runs in step with what is wanted.
    pub(super) fn reconcile(&mut self, now: Timestamp) -> Vec<Effect> {
        let mut wants = self.pane().wants(&self.context(now));
        for query in self.dialogs.iter().filter_map(Dialog::query) {
            wants.queries.push(crate::panes::QueryWant { query, version: 0, refresh_s: None });
        }
        let front = self.pane().id();
        let mut logs: Vec<_> = wants.logs.drain(..).map(|want| (front, want)).collect();
        for pane in self.panes.iter().filter(|p| p.id() != front) {
            logs.extend(pane.background().into_iter().map(|want| (pane.id(), want)));
        }
        let mut effects = self.subscriptions.reconcile(wants, now);
        let (streams, begun) = self.streams.reconcile(logs);
        effects.extend(streams);
        let stars: Vec<Star> = self.panes.iter().flat_map(|p| p.stars()).collect();
        if stars != self.stars {
            effects.push(Effect::Record(stars.clone()));
            self.stars = stars;
        }
        for (pane, key) in begun {
            let step = self.with(pane, now, |pane, cx| pane.log(&key, None, cx));
            effects.extend(step.effects);
        }
        effects
    }
}
