//! Brings what runs (questions, logs, recordings) in step with what is wanted.

use jiff::Timestamp;

use super::dialogs::Dialog;
use super::{App, Effect};
use crate::domain::star::Star;
use crate::domain::terminal::TerminalAsk;

impl App {
    /// Brings what runs in step with what is wanted.
    pub(super) fn reconcile(&mut self, now: Timestamp) -> Vec<Effect> {
        let sizes = self.measure_terminals(now);
        let mut wants = self.pane().wants(&self.context(now));
        for query in self.dialogs.iter().filter_map(Dialog::query) {
            wants.queries.push(crate::panes::QueryWant { query, version: 0, refresh_s: None });
        }
        let front = self.pane().id();
        let mut logs: Vec<_> = wants.logs.drain(..).map(|want| (front, want)).collect();
        for pane in self.panes.iter().filter(|p| p.id() != front) {
            logs.extend(pane.background().into_iter().map(|want| (pane.id(), want)));
        }
        let mut effects = sizes;
        effects.extend(self.subscriptions.reconcile(wants, now));
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

    /// Tells terminals on the screen how large they are, where they do not know.
    pub(super) fn measure_terminals(&mut self, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (terminal, size) in self.pane().wants(&self.context(now)).terminals {
            if self.terminal_sizes.insert(terminal, size) != Some(size) {
                effects.push(Effect::AskTerminal { terminal, ask: TerminalAsk::Resize(size) });
            }
        }
        effects
    }
}
