//! Files that are edited: fetched, handed to the person's own editor, asked about, written. What was typed is not
//! lost on the way: when it could not be written, the question stands again, with the reason.

use std::fmt;

use jiff::Timestamp;

use super::dialogs::{Dialog, EditDialog};
use super::{App, Effect, JobId, Step, registry};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::edit::{Check, Content, Draft, Edit, Fetched};

/// A text with what systemd says of it.
pub type Checked = (Content, Check);

/// What an editor begins with; it prints as its length.
pub struct EditedText(pub String);

impl fmt::Debug for EditedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl App {
    pub(super) fn edit(&mut self, now: Timestamp, edit: Edit) -> Step {
        self.notices.add(format!("fetching {} to be edited", edit.name), false, now);
        Step::now().with(Effect::Fetch { edit, mine: None })
    }

    /// What is to be edited is here. `mine` was written for what it was before.
    pub(super) fn fetched(
        &mut self,
        now: Timestamp,
        edit: Edit,
        mine: Option<Checked>,
        result: Result<Fetched, Fault>,
    ) -> Step {
        match (result, mine) {
            (Ok(fetched), None) => {
                if !self.dialogs.is_empty() || self.edit.is_some() || self.types() {
                    let text = format!("{} is not opened now: something else has the keys", edit.name);
                    self.notices.add(text, false, now);
                    return Step::now();
                }
                self.notices.hush();
                let text = EditedText(edit.what.draft(fetched.text(), &fetched.around));
                Step::now().with(Effect::Editor { edit, fetched, text })
            }
            (Ok(fetched), Some((after, check))) => {
                let why = "It was changed meanwhile. This is what yours makes of it as it is now:";
                let draft = Draft { edit, fetched, after, check };
                self.ask_to_write(now, draft, Some(why.to_owned()))
            }
            (Err(fault), _) => {
                self.notices.add(fault.in_full(), true, now);
                Step::now()
            }
        }
    }

    /// The editor has ended.
    pub(super) fn edited(
        &mut self,
        now: Timestamp,
        edit: Edit,
        fetched: Fetched,
        result: Result<Checked, Fault>,
    ) -> Step {
        match result {
            Err(fault) => self.notices.add(fault.in_full(), true, now),
            Ok((after, _)) if edit.what.is_untouched(after.text(), &fetched) => {
                self.notices.add(format!("nothing of {} was changed", edit.name), false, now);
            }
            Ok((after, check)) => {
                return self.ask_to_write(now, Draft { edit, fetched, after, check }, None);
            }
        }
        Step::now()
    }

    fn ask_to_write(&mut self, now: Timestamp, draft: Draft, why: Option<String>) -> Step {
        let dialog = EditDialog::open(draft, why, &self.world, now);
        self.dialogs.push(Dialog::Edit(Box::new(dialog)));
        Step::now()
    }

    /// Back to the editor with what was typed.
    pub(super) fn edit_on(&mut self, draft: Draft) -> Step {
        let Draft { edit, fetched, after, .. } = draft;
        let text = EditedText(edit.what.draft(after.text(), &fetched.around));
        Step::now().with(Effect::Editor { edit, fetched, text })
    }

    /// What came of writing it, if that is what the job was.
    pub(super) fn written(&mut self, now: Timestamp, job: JobId, fault: Option<&Fault>) -> Step {
        let Some(draft) = self.drafts.remove(&job) else { return Step::default() };
        match fault {
            Some(fault) if fault.kind == FaultKind::Conflict => {
                let mine = Some((draft.after, draft.check));
                Step::now().with(Effect::Fetch { edit: draft.edit, mine })
            }
            Some(fault) => self.ask_to_write(now, *draft, Some(fault.in_full())),
            None => self.offer_restart(now, &draft),
        }
    }

    /// What is added to a unit counts when it starts.
    fn offer_restart(&mut self, now: Timestamp, draft: &Draft) -> Step {
        let Some(unit) = draft.edit.what.unit() else { return Step::default() };
        let is_free = self.dialogs.is_empty() && self.edit.is_none() && !self.types();
        let at_hand = self.facts().only().is_some_and(|s| {
            s.target == draft.edit.target && s.unit().is_some_and(|u| u.name == unit && u.is_active())
        });
        match registry::find("unit.restart") {
            Some(restart) if is_free && at_hand => self.run(now, restart),
            _ => Step::default(),
        }
    }
}
