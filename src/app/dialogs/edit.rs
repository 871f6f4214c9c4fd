//! The question whether an edited text is written: what it changes, to be read in full, and the proof that the
//! guard asks for.
//!
//! It does not expire while it is read: what is written is bound to what the file held, not to a moment.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Commit, DialogScene, Verdict};
use crate::command::{DialogIntent, Motion};
use crate::domain::mutation::Mutation;
use crate::domain::sanitize;
use crate::domain::server::edit::Draft;
use crate::domain::world::World;
use crate::gate::{Consent, Need, Plan, Proof, Refusal, weigh};
use crate::keymap::{Code, Key};
use crate::theme::Role;
use crate::widgets::diff::{Diff, diff};
use crate::widgets::field::Field;
use crate::widgets::paint::{Line, width, wrap};
use crate::widgets::popup;

/// After this time a smaller difference is not looked for.
const LONG_ENOUGH: Duration = Duration::from_millis(200);
/// Lines that a page goes.
const PAGE: usize = 15;

/// The dialog.
#[derive(Debug)]
pub struct EditDialog {
    draft: Draft,
    /// Why it is asked again.
    why: Option<String>,
    diff: Diff,
    need: Result<Need, String>,
    answer: Field,
    top: usize,
}

fn weighed(draft: &Draft, world: &World, now: Timestamp) -> Result<Consent, Refusal> {
    let command = if draft.edit.what.unit().is_some() { "unit.edit" } else { "file.edit" };
    let plan = Plan { command, mutations: vec![Mutation::Server(draft.mutation())] };
    weigh(plan, |target| world.guard(target), now)
}

impl EditDialog {
    pub fn open(draft: Draft, why: Option<String>, world: &World, now: Timestamp) -> Self {
        let need = weighed(&draft, world, now).map(|consent| consent.need().clone());
        Self {
            diff: diff(draft.fetched.text(), draft.after.text(), LONG_ENOUGH),
            need: need.map_err(|refusal| refusal.to_string()),
            draft,
            why,
            answer: Field::new(""),
            top: 0,
        }
    }

    /// `Edit /etc/fstab on web1`
    fn title(&self) -> String {
        let deed = self.deed();
        format!("{}{} on {}", deed[..1].to_uppercase(), &deed[1..], self.draft.edit.target.name)
    }

    fn deed(&self) -> String {
        let fetched = &self.draft.fetched;
        let verb = if fetched.before.is_some() { "edit" } else { "write" };
        format!("{verb} {}", fetched.path.shown())
    }

    fn commit(&self, proof: Proof, world: &World, now: Timestamp) -> Verdict {
        match weighed(&self.draft, world, now) {
            Ok(consent) if consent.is_met_by(&proof) => {
                let title = self.deed();
                let draft = Some(Box::new(self.draft.clone()));
                Verdict::Commit(Box::new(Commit { title, consent, proof, draft }))
            }
            Ok(consent) => Verdict::Say(consent.need().sentence()),
            Err(refusal) => Verdict::Say(refusal.to_string()),
        }
    }

    fn scroll(&mut self, rows: isize) -> Verdict {
        let last = self.diff.lines.len().saturating_sub(1);
        self.top = self.top.saturating_add_signed(rows).min(last);
        Verdict::Stay
    }

    pub fn act(&mut self, intent: DialogIntent, world: &World, now: Timestamp) -> Verdict {
        match intent {
            DialogIntent::NextField => self.scroll(1),
            DialogIntent::PreviousField => self.scroll(-1),
            DialogIntent::Move(motion) => {
                let rows = motion.rows(self.diff.lines.len(), PAGE);
                self.scroll(rows)
            }
            DialogIntent::Yank => Verdict::Yank(Mutation::Server(self.draft.mutation()).equivalent()),
            DialogIntent::Accept => match &self.need {
                // Enter is the default answer, and the default is no.
                Ok(Need::Nothing | Need::Yes) => {
                    Verdict::Say("press y to write it, e to edit on, esc to leave it".to_owned())
                }
                Ok(_) => self.commit(Proof::Typed(self.answer.text().to_owned()), world, now),
                Err(why) => Verdict::Say(why.clone()),
            },
            _ => Verdict::Stay,
        }
    }

    pub fn key(&mut self, key: Key, world: &World, now: Timestamp) -> Verdict {
        let types = matches!(self.need, Ok(Need::Name(_) | Need::Count(_)));
        if types {
            if key == Key::new(Code::Char('e'), false, true, false) {
                return Verdict::EditOn(Box::new(self.draft.clone()));
            }
            self.answer.key(key);
            return Verdict::Stay;
        }
        match key.code() {
            Code::Char('y' | 'Y') => self.commit(Proof::Yes, world, now),
            Code::Char('n' | 'N') => Verdict::Close,
            Code::Char('e') => Verdict::EditOn(Box::new(self.draft.clone())),
            Code::Char('j') => self.scroll(1),
            Code::Char('k') => self.scroll(-1),
            Code::Char(' ') => self.act(DialogIntent::Move(Motion::PageDown), world, now),
            Code::Char('G') => self.act(DialogIntent::Move(Motion::Last), world, now),
            _ => Verdict::Stay,
        }
    }

    /// What stands above the difference.
    fn story(&self, columns: u16) -> Vec<(Role, String)> {
        let Draft { fetched, check, edit, .. } = &self.draft;
        let mut told = Vec::new();
        told.extend(self.why.iter().map(|why| (Role::Warn, why.clone())));
        let mut text = format!("Lines: {} added, {} removed.", self.diff.comes, self.diff.goes);
        if fetched.before.is_some() {
            text.push_str(" What it holds now is kept beside it.");
        }
        if fetched.sudo {
            text.push_str(" Written as root.");
        }
        told.push((Role::Text, text));
        match (edit.what.unit(), check.failed, check.said.is_empty()) {
            (None, ..) => {}
            (_, true, _) => told.push((Role::Bad, "systemd says that it is wrong:".to_owned())),
            (_, false, true) => told.push((Role::Text, "systemd finds nothing wrong with it.".to_owned())),
            (_, false, false) => told.push((Role::Warn, "systemd says:".to_owned())),
        }
        told.extend(check.said.iter().map(|line| (Role::Warn, line.clone())));
        let wrapped = |(role, text): (Role, String)| {
            wrap(&sanitize::line(&text, 600), columns).into_iter().map(move |line| (role, line))
        };
        told.into_iter().flat_map(wrapped).collect()
    }

    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let frame = popup::centered(area, 130, area.height.saturating_sub(2));
        let role = if self.draft.check.failed { Role::DialogDanger } else { Role::DialogTitle };
        let inner = popup::frame(frame, &self.title(), role, theme, buf);
        if inner.height < 5 {
            return;
        }
        let base = theme.style(Role::DialogBackground);
        let style = |role: Role| base.patch(theme.style(role));
        let mut put = |y: u16, role: Role, text: &str| {
            Line::new(buf, inner, y, theme.glyphs.ellipsis).put(text, style(role));
        };
        let mut y = inner.y;
        let answer = inner.bottom() - 2;
        for (role, text) in self.story(inner.width).iter().take(usize::from(inner.height - 3)) {
            put(y, *role, text);
            y += 1;
        }
        y += u16::from(y + 3 < answer);
        let room = answer.saturating_sub(y + 1);
        let shown = self.diff.lines.iter().skip(self.top).take(room.into());
        for (i, (role, text)) in shown.enumerate() {
            put(y + i as u16, *role, text);
        }
        let mut line = Line::new(buf, inner, answer, theme.glyphs.ellipsis);
        match &self.need {
            Err(why) => {
                line.put(why, style(Role::Warn));
            }
            Ok(Need::Nothing | Need::Yes) => {
                line.put("Write it? y/n", style(Role::Accent));
            }
            Ok(Need::Name(_) | Need::Count(_)) => {
                line.put("type the name to confirm: ", style(Role::Accent));
                let field = Rect { x: line.x(), y: answer, width: line.room(), height: 1 };
                self.answer.view(field, buf, style(Role::Input), true);
            }
        }
        let keys: &[(&str, &str)] = match &self.need {
            Ok(Need::Nothing | Need::Yes) => {
                &[("y", "write"), ("n", "leave it"), ("e", "edit on"), ("j k", "scroll")]
            }
            _ => &[("enter", "write"), ("esc", "leave it"), ("alt-e", "edit on"), ("tab", "scroll")],
        };
        let mut line = Line::new(buf, inner, inner.bottom() - 1, theme.glyphs.ellipsis);
        for (key, label) in keys {
            line.put(key, style(Role::Key)).skip(1).put(label, style(Role::KeyLabel)).skip(2);
        }
        let below = self.diff.lines.len().saturating_sub(self.top + usize::from(room));
        let more = format!("{below} more below");
        if below > 0 && line.room() > width(&more) {
            line.to(inner.right() - width(&more)).put(&more, style(Role::Faint));
        }
    }
}
