//! Going from pane to pane, and back to places that were left.

use jiff::Timestamp;

use super::{App, JUMPS, Step};
use crate::command::PaneId;
use crate::panes::Place;

impl App {
    pub(super) fn remember(&mut self, place: Place) {
        let entry = (self.pane().id(), place);
        if self.back.last() != Some(&entry) {
            self.back.push(entry);
            self.forward.clear();
            if self.back.len() > JUMPS {
                self.back.remove(0);
            }
        }
    }

    pub(super) fn neighbour(&self, step: isize) -> PaneId {
        let count = self.panes.len() as isize;
        let around = (1..=count).map(|n| (self.focus as isize + n * step).rem_euclid(count) as usize);
        let mut there = around.filter_map(|i| self.panes.get(i)).filter(|pane| pane.is_there());
        there.next().map_or(self.pane().id(), |pane| pane.id())
    }

    pub(super) fn go_to_pane(&mut self, now: Timestamp, id: PaneId) {
        if self.pane().id() == id {
            return;
        }
        if let Some(place) = self.pane().place() {
            self.remember(place);
        }
        self.focus = self.panes.iter().position(|p| p.id() == id).unwrap_or(self.focus);
        self.sync(now);
    }

    /// Back to where one came from, or to the first pane.
    pub(super) fn leave(&mut self, now: Timestamp) -> Step {
        if !self.back.is_empty() {
            return self.jump(now, true);
        }
        if let Some(first) = self.panes.first().map(|pane| pane.id()) {
            self.go_to_pane(now, first);
        }
        Step::now()
    }

    pub(super) fn jump(&mut self, now: Timestamp, back: bool) -> Step {
        let here = self.pane().place().map(|place| (self.pane().id(), place));
        // Places that are gone are passed over.
        while let Some((pane, place)) = if back { self.back.pop() } else { self.forward.pop() } {
            if here.as_ref() == Some(&(pane, place.clone())) {
                continue;
            }
            self.focus = self.panes.iter().position(|p| p.id() == pane).unwrap_or(self.focus);
            self.sync(now);
            let mut found = false;
            self.with_pane(now, |p, cx| {
                found = p.go_to(&place, cx);
                Vec::new()
            });
            if found {
                let other = if back { &mut self.forward } else { &mut self.back };
                other.extend(here);
                break;
            }
        }
        Step::now()
    }
}
