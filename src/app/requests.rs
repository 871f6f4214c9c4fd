//! What panes ask of the application, and how they are let do something.

use jiff::Timestamp;

use super::dialogs::{Choose, Dialog};
use super::{App, Effect, Step, registry};
use crate::command::PaneId;
use crate::panes::{Context, Edit, EditKind, Pane, Request};
use crate::widgets::field::Field;

impl App {
    /// Lets the focused pane do something with its context, and carries out what it asks for.
    pub(super) fn with_pane(
        &mut self,
        now: Timestamp,
        act: impl FnOnce(&mut dyn Pane, &Context) -> Vec<Request>,
    ) -> Step {
        self.with(self.pane().id(), now, act)
    }

    /// The same with any pane.
    pub(super) fn with(
        &mut self,
        id: PaneId,
        now: Timestamp,
        act: impl FnOnce(&mut dyn Pane, &Context) -> Vec<Request>,
    ) -> Step {
        let (area, hold) = (self.pane_area(), self.hold(now));
        let cx = Context { world: &self.world, now, area, hold, zone: &self.zone };
        let Some(pane) = self.panes.iter_mut().find(|p| p.id() == id) else { return Step::default() };
        let requests = act(pane.as_mut(), &cx);
        let mut step = Step::now();
        for request in requests {
            step = step.and(self.request(now, id, request));
        }
        step
    }

    pub(super) fn request(&mut self, now: Timestamp, from: PaneId, request: Request) -> Step {
        match request {
            Request::Yank { what, text } => return Step::now().with(Effect::Yank { what, text }),
            Request::Notice(text) => self.notices.add(text, false, now),
            Request::Choose(choice) => self.dialogs.push(Dialog::Choose(Choose::open(choice))),
            Request::Prompt { what, text } => {
                let field = Field::new(&text);
                self.edit = Some(Edit { kind: EditKind::Prompt(what), field, error: None, before: text });
            }
            Request::AskLog { key, ask } => {
                if let Some(stream) = self.streams.number(from, &key) {
                    return Step::now().with(Effect::AskLog { stream, ask });
                }
            }
            Request::OpenLogs(logs) => {
                self.go_to_pane(now, PaneId::Logs);
                return self.with(PaneId::Logs, now, |pane, cx| {
                    pane.open_logs(logs, cx);
                    Vec::new()
                });
            }
            Request::Connect(id) => return Step::now().with(Effect::Connect(id)),
            Request::Disconnect(id) => return Step::now().with(Effect::Disconnect(id)),
            Request::Reconnect(id) => return Step::now().with(Effect::Reconnect(id)),
            Request::GoTo(pane, place) => {
                self.go_to_pane(now, pane);
                let mut found = false;
                let step = self.with(pane, now, |pane, cx| {
                    found = pane.go_to(&place, cx);
                    Vec::new()
                });
                if !found {
                    self.notices.add(
                        "it is not in the list: a filter hides it, or it is gone".to_owned(),
                        false,
                        now,
                    );
                }
                return step;
            }
            Request::AskTerminal { terminal, ask } => {
                return Step::now().with(Effect::AskTerminal { terminal, ask });
            }
            Request::AskChecks(names) => {
                let told = match names.as_slice() {
                    [one] => format!("asking {one}"),
                    several => format!("asking {} checks", several.len()),
                };
                self.notices.add(told, false, now);
                return Step::now().with(Effect::AskChecks(names));
            }
            Request::Leave if self.pane().id() == from => return self.leave(now),
            Request::Leave => {}
            Request::ReadCapsule(id) => return Step::now().with(Effect::ReadCapsule(id)),
            Request::Write(part) => return Step::default().with(Effect::Write(part)),
            Request::Visited => {
                if let Some(place) = self.pane().place() {
                    self.remember(place);
                }
            }
            Request::Run(id) => {
                if let Some(command) = registry::find(id) {
                    return self.run(now, command);
                }
            }
        }
        Step::now()
    }
}
