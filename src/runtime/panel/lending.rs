//! The terminal in the hands of others: the person's editor, a shell outside of the panel, the shell it was started by.

use super::Panel;
use super::work::Work;
use crate::app::Msg;
use crate::app::input::Input;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::edit::{Edit, Fetched};
use crate::runtime::editing::{self, Editor};
use crate::runtime::guest::Guest;
use crate::runtime::terminal::{self, Suspend};
use crate::runtime::visit::Visit;

impl Panel {
    /// Gives the terminal to the person's editor. Everything else goes on meanwhile, unseen.
    pub(super) fn open_editor(&mut self, edit: Edit, fetched: Fetched, text: &str, work: &mut Work) {
        if let Err(fault) = self.lend(work) {
            return self.take(Msg::Notice { text: fault.in_full(), is_error: true }, work);
        }
        match Editor::start(&self.editor_line, edit, fetched, text) {
            Ok(editor) => self.guest = Some(Guest::Editor(Box::new(editor))),
            Err(fault) => {
                self.take_back(work);
                self.take(Msg::Notice { text: fault.in_full(), is_error: true }, work);
            }
        }
    }

    /// Gives the terminal to a shell outside of the panel.
    pub(super) fn receive(&mut self, visit: Visit, work: &mut Work) {
        if let Err(fault) = self.lend(work) {
            return visit.turn_away(fault);
        }
        self.guest = visit.start().map(Guest::Visitor);
        if self.guest.is_none() {
            self.take_back(work);
        }
    }

    fn lend(&mut self, work: &mut Work) -> Result<(), Fault> {
        if self.guest.is_some() || !work.events.pause() {
            return Err(Fault::new(FaultKind::Conflict, "the terminal is busy").hint("try it again"));
        }
        self.terminal.leave();
        Ok(())
    }

    pub(super) fn guest_ended(
        &mut self,
        status: &std::io::Result<std::process::ExitStatus>,
        work: &mut Work,
    ) {
        let Some(guest) = self.guest.take() else { return };
        self.take_back(work);
        match guest {
            Guest::Editor(editor) => {
                let ended = editor.end(status);
                let host = work.servers.actor(ended.target());
                editing::hand_in(ended, host, &work.messages, &mut work.tasks);
            }
            Guest::Visitor(visitor) => visitor.end(status),
        }
    }

    /// The terminal is ours again.
    fn take_back(&mut self, work: &mut Work) {
        if let Err(e) = self.terminal.resume() {
            tracing::error!("after another program: {e}");
            self.done = true;
        }
        work.events.resume();
        let (width, height) = terminal::size();
        self.take(Msg::Input(Input::Resize(width, height)), work);
        self.take(Msg::Resumed, work);
    }

    pub(super) fn suspend(&mut self, work: &mut Work) {
        match self.terminal.suspend() {
            Ok(Suspend::Resumed) => {
                let (width, height) = terminal::size();
                self.take(Msg::Input(Input::Resize(width, height)), work);
                self.take(Msg::Resumed, work);
            }
            Ok(Suspend::NoShell) => {
                let text = "no shell to go back to: pult is not a job of one".to_owned();
                self.take(Msg::Notice { text, is_error: false }, work);
            }
            Err(e) => {
                tracing::error!("suspend: {e}");
                self.done = true;
            }
        }
    }
}
