//! Who gets a key: a dialog, the text field, then the pane and the application through the keymap.

use jiff::Timestamp;

use super::dialogs::{Dialog, Verdict};
use super::msg::{Effect, Step};
use super::redraw::Redraw;
use super::{App, registry};
use crate::command::{Command, DialogIntent};
use crate::keymap::{Code, Key, Lookup};
use crate::panes::{EditKind, Prompt};

impl App {
    pub(super) fn key(&mut self, now: Timestamp, key: Key) -> Step {
        self.last_key = Some(now);
        self.notices.dismiss(now);
        let typing = self.types();
        // Ctrl-C always ends, whatever of pult has the keys; a program on a terminal needs it itself.
        if key == Key::ctrl('c') && !typing {
            return self.ask_to_quit(now);
        }
        if !self.dialogs.is_empty() {
            return self.dialog_key(now, key);
        }
        if self.edit.is_some() {
            return self.edit_key(now, key);
        }
        self.pending.push(key);
        match self.keymap.lookup(&self.scopes(), &self.pending) {
            Lookup::Found(id) => {
                let pending = std::mem::take(&mut self.pending);
                match registry::find(id) {
                    Some(command) => self.run(now, self.at_hand(command, &pending)),
                    None => Step::now(),
                }
            }
            Lookup::Prefix(_) => Step::now(),
            Lookup::None => {
                let was_chord = self.pending.len() > 1;
                self.pending.clear();
                if typing && !was_chord {
                    // What it does to the screen, the program will tell.
                    let step = self.with_pane(now, |pane, cx| pane.typed(key, cx));
                    return Step { redraw: Redraw::No, ..step };
                }
                if was_chord {
                    self.notices.add("no command on these keys; ? lists all".to_owned(), false, now);
                }
                Step::now()
            }
        }
    }

    /// The command, or where it is for objects that are not shown here, what the same keys do in a wider scope.
    fn at_hand(&self, command: &'static Command, pending: &[Key]) -> &'static Command {
        if command.on.is_none() {
            return command;
        }
        let facts = self.facts();
        if command.concerns(&facts) {
            return command;
        }
        let scopes = self.scopes();
        let wider = (1..scopes.len()).filter_map(|from| match self.keymap.lookup(&scopes[from..], pending) {
            Lookup::Found(id) => registry::find(id),
            _ => None,
        });
        let fit = |other: &&Command| other.concerns(&facts) && other.availability(&facts).is_ready();
        wider.into_iter().find(fit).unwrap_or(command)
    }

    /// True while keys go to a program on a terminal.
    pub(super) fn types(&self) -> bool {
        self.dialogs.is_empty() && self.edit.is_none() && self.pane().is_typed_into()
    }

    fn dialog_key(&mut self, now: Timestamp, key: Key) -> Step {
        self.pending.clear();
        let intent = match self.keymap.lookup(&self.scopes(), &[key]) {
            Lookup::Found(id) => registry::find(id),
            _ => None,
        };
        // Esc leaves any dialog, whatever the keymap says.
        if key.code() == Code::Esc {
            return self.dialog_intent(now, DialogIntent::Cancel);
        }
        if let Some(command) = intent {
            return self.run(now, command);
        }
        let Some(dialog) = self.dialogs.last_mut() else { return Step::now() };
        let verdict = dialog.key(key, &self.world, now);
        self.verdict(now, verdict)
    }

    pub(super) fn dialog_intent(&mut self, now: Timestamp, intent: DialogIntent) -> Step {
        let Some(dialog) = self.dialogs.last_mut() else { return Step::now() };
        let verdict = dialog.act(intent, &self.world, now);
        self.verdict(now, verdict)
    }

    /// Carries out what a dialog came to.
    pub(super) fn verdict(&mut self, now: Timestamp, verdict: Verdict) -> Step {
        match verdict {
            Verdict::Stay => {}
            Verdict::Close => drop(self.dialogs.pop()),
            Verdict::Quit => return self.quit(),
            Verdict::Say(text) => self.notices.add(text, false, now),
            Verdict::Run(command) => {
                self.dialogs.pop();
                return self.run(now, command);
            }
            Verdict::Answer(question, answer) => {
                self.dialogs.pop();
                return Step::now().with(Effect::Answer { question, answer });
            }
            Verdict::Yank(text) => {
                return Step::now().with(Effect::Yank { what: "command".to_owned(), text });
            }
            Verdict::GoOn => return self.go_on(),
            Verdict::EditOn(draft) => {
                self.dialogs.pop();
                return self.edit_on(*draft);
            }
            Verdict::Chosen(what, ids) => {
                if matches!(self.dialogs.last(), Some(Dialog::Choose(choose)) if choose.is_single()) {
                    self.dialogs.pop();
                }
                return self.with_pane(now, |pane, cx| pane.chosen(what, &ids, cx));
            }
            Verdict::Commit(commit) => {
                if matches!(
                    self.dialogs.last(),
                    Some(Dialog::Action(_) | Dialog::Question(_) | Dialog::Edit(_))
                ) {
                    self.dialogs.pop();
                }
                return self.begin_job(now, *commit);
            }
        }
        Step::now()
    }

    fn edit_key(&mut self, now: Timestamp, key: Key) -> Step {
        let Some(mut edit) = self.edit.take() else { return Step::now() };
        match key.code() {
            Code::Enter => {
                if edit.error.is_some() {
                    // A filter with a mistake is not put in force: stay with it.
                    self.edit = Some(edit);
                } else if edit.kind == EditKind::Search {
                    let text = edit.field.text().to_owned();
                    return self.with_pane(now, |pane, cx| {
                        pane.search(&text, cx);
                        pane.seek(cx)
                    });
                } else if let EditKind::Prompt(what) = edit.kind {
                    return self.prompted(now, what, edit);
                }
                return Step::now();
            }
            Code::Esc => {
                match edit.kind {
                    EditKind::Filter => drop(self.apply_filter(now, &edit.before.clone())),
                    // A search that is given up goes back to the one before it.
                    EditKind::Search => {
                        self.with_pane(now, |pane, cx| {
                            pane.search(&edit.before, cx);
                            Vec::new()
                        });
                    }
                    EditKind::Prompt(_) => {}
                }
                return Step::now();
            }
            _ => {
                edit.field.key(key);
            }
        }
        self.typed_in_field(now, edit);
        Step::now()
    }

    /// After the text of the field changed: the list follows while it is typed.
    fn typed_in_field(&mut self, now: Timestamp, mut edit: crate::panes::Edit) {
        let text = edit.field.text().to_owned();
        match edit.kind {
            EditKind::Filter => edit.error = self.apply_filter(now, &text),
            EditKind::Search => {
                self.with_pane(now, |pane, cx| {
                    pane.search(&text, cx);
                    Vec::new()
                });
            }
            EditKind::Prompt(_) => edit.error = None,
        }
        self.edit = Some(edit);
    }

    /// Gives the pane the text that it has asked for; what it does not take stays in the field.
    fn prompted(&mut self, now: Timestamp, what: Prompt, mut edit: crate::panes::Edit) -> Step {
        let text = edit.field.text().to_owned();
        let mut refused = None;
        let step = if what == Prompt::RunExport {
            self.write_run(&text).unwrap_or_else(|why| {
                refused = Some(why);
                Step::now()
            })
        } else {
            self.with_pane(now, |pane, cx| {
                pane.prompted(what, &text, cx).unwrap_or_else(|why| {
                    refused = Some(why);
                    Vec::new()
                })
            })
        };
        if let Some(message) = refused {
            edit.error = Some(crate::domain::filter::FilterError { at: 0, message });
            self.edit = Some(edit);
        }
        step
    }

    fn apply_filter(&mut self, now: Timestamp, text: &str) -> Option<crate::domain::filter::FilterError> {
        let mut error = None;
        self.with_pane(now, |pane, cx| {
            error = pane.set_filter(text, cx).err();
            Vec::new()
        });
        error
    }

    pub(super) fn paste(&mut self, now: Timestamp, text: &str) -> Step {
        self.last_key = Some(now);
        if let Some(dialog) = self.dialogs.last_mut() {
            dialog.paste(text, &self.world, now);
        } else if let Some(mut edit) = self.edit.take() {
            edit.field.paste(text);
            self.typed_in_field(now, edit);
        } else if self.types() {
            return self.with_pane(now, |pane, cx| pane.pasted(text, cx));
        } else {
            // Pasted text is never taken for keys.
            self.notices.add(
                format!("{} characters pasted where nothing takes text; / filters", text.chars().count()),
                false,
                now,
            );
        }
        Step::now()
    }
}
