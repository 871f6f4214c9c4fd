//! How the dialog is drawn. Where room is short the form and the answer stay, the story gives way.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{ActionDialog, FormField};
use crate::app::dialogs::DialogScene;
use crate::command::{ArgKind, ObjectKind};
use crate::domain::mutation::Danger;
use crate::gate::{Consent, Need};
use crate::theme::{Role, Theme};
use crate::widgets::paint::{Line, width, wrap};
use crate::widgets::popup;

impl ActionDialog {
    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let columns = 74.min(area.width.saturating_sub(6));
        let body = self.body(scene, columns);
        let refusal = self.plan.as_ref().err().map(|why| wrap(why, columns)).unwrap_or_default();
        let answer_lines = (refusal.len() as u16).max(1);
        let height = body.len() as u16 + self.fields.len() as u16 + 5 + answer_lines;
        let frame = popup::centered(area, columns + 4, height);
        let grave =
            |consent: &Consent| consent.plan().mutations.iter().any(|m| m.danger() == Danger::Destroy);
        let destroys = self.command.danger == Some(Danger::Destroy) || self.plan.as_ref().is_ok_and(grave);
        let title_role = if destroys { Role::DialogDanger } else { Role::DialogTitle };
        let title = capitalised(&format!("{}{}", self.title(), self.places()));
        let inner = popup::frame(frame, &title, title_role, theme, buf);
        if inner.is_empty() {
            return;
        }
        let mut y = inner.y;
        let room = inner.height.saturating_sub(self.fields.len() as u16 + 2 + answer_lines);
        for (role, text) in body.iter().take(room.into()) {
            Line::new(buf, inner, y, theme.glyphs.ellipsis).put(text, style(theme, *role));
            y += 1;
        }
        y += u16::from(room > body.len() as u16);
        let label = self.fields.iter().map(|f| width(f.spec.title)).max().unwrap_or(0) + 2;
        for (i, field) in self.fields.iter().enumerate() {
            let line = Rect { y, height: 1, ..inner };
            self.field(field, i == self.focus, label, theme, line, buf);
            y += 1;
        }
        let y = y + u16::from(y + answer_lines + 1 < inner.bottom());
        self.answer_line(&refusal, scene, inner, y, buf);
        self.keys(theme, inner, buf);
    }

    /// The story and the equivalent command, in lines.
    fn body(&self, scene: &DialogScene, columns: u16) -> Vec<(Role, String)> {
        let mut body: Vec<(Role, String)> = Vec::new();
        for (role, text) in self.story(scene, columns) {
            body.extend(wrap(&text, columns).into_iter().map(|line| (role, line)));
        }
        let mutations =
            self.plan.as_ref().map(|consent| consent.plan().mutations.as_slice()).unwrap_or_default();
        if let Some(first) = mutations.first() {
            let more = match mutations.len() {
                1 => String::new(),
                n => format!("  {} {n} in all", scene.theme.glyphs.ellipsis),
            };
            let lines = wrap(&format!("same as: {}{more}", first.equivalent()), columns);
            body.extend(lines.into_iter().take(3).map(|l| (Role::Command, l)));
        }
        body
    }

    fn field(&self, f: &FormField, focused: bool, label: u16, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
        let role = if focused { Role::Accent } else { Role::Muted };
        line.put_within(f.spec.title, label, style(theme, role)).to(area.x + label);
        let place = Rect { x: line.x(), width: line.room().min(40), ..area };
        if matches!(f.spec.kind, ArgKind::Bool | ArgKind::Choice { open: false, .. }) {
            let (left, right) = (theme.glyphs.left, theme.glyphs.right);
            let text = f.field.text();
            let text = if focused { format!("{left} {text} {right}") } else { text.to_owned() };
            line.put(&text, style(theme, if focused { Role::Accent } else { Role::Text }));
        } else if f.field.text().is_empty() && !focused {
            // A container has a value that stays; elsewhere nothing is said.
            let of_container = self.command.on == Some(ObjectKind::Container);
            let text = match (of_container, f.spec.required) {
                (true, _) => "as it is",
                (false, false) => "left out",
                (false, true) => "",
            };
            line.put(text, style(theme, Role::Placeholder));
        } else {
            f.field.view(place, buf, style(theme, Role::Input), focused);
        }
    }

    /// The last line: the keys, and who asks.
    fn keys(&self, theme: &Theme, inner: Rect, buf: &mut Buffer) {
        let mut line = Line::new(buf, inner, inner.bottom() - 1, theme.glyphs.ellipsis);
        let room = line.room();
        let confirm = match self.plan.as_ref().map(Consent::need) {
            Ok(Need::Yes) => [("y", self.command.label), ("n", "no")],
            _ => [("enter", self.command.label), ("esc", "leave it")],
        };
        let tab = (!self.fields.is_empty()).then_some(("tab", "field"));
        for (key, label) in confirm.into_iter().chain(tab) {
            line.put(key, style(theme, Role::Key)).skip(1).put(label, style(theme, Role::KeyLabel)).skip(2);
        }
        if let Ok(consent) = &self.plan {
            let text = format!("guard: {}", consent.guard());
            if room > line.x() - inner.x + width(&text) {
                line.to(inner.right() - width(&text)).put(&text, style(theme, Role::Faint));
            }
        }
    }

    fn answer_line(&self, refusal: &[String], scene: &DialogScene, inner: Rect, y: u16, buf: &mut Buffer) {
        let theme = scene.theme;
        let style = |role: Role| style(theme, role);
        let mut line = Line::new(buf, inner, y, theme.glyphs.ellipsis);
        if self.is_expired(scene.now) {
            line.put("expired: close it and ask again", style(Role::Bad));
            return;
        }
        let role = if self.in_answer() { Role::Accent } else { Role::Muted };
        let need = match &self.plan {
            Ok(consent) => consent.need(),
            Err(_) => {
                // The last line is that of the keys.
                for (y, text) in (y..inner.bottom().saturating_sub(1)).zip(refusal) {
                    Line::new(buf, inner, y, theme.glyphs.ellipsis).put(text, style(Role::Warn));
                }
                return;
            }
        };
        let ask = match need {
            Need::Yes => "Do it? y/n".to_owned(),
            Need::Nothing => "enter does it".to_owned(),
            Need::Count(n) => format!("type {n}, the number of objects, to confirm: "),
            Need::Name(_) => "type the name to confirm: ".to_owned(),
        };
        line.put(&ask, style(role));
        if matches!(need, Need::Name(_) | Need::Count(_)) {
            let field = Rect { x: line.x(), y, width: line.room(), height: 1 };
            self.answer.view(field, buf, style(Role::Input), self.in_answer());
        }
    }
}

fn style(theme: &Theme, role: Role) -> Style {
    theme.style(Role::DialogBackground).patch(theme.style(role))
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
