//! How the dialog looks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{QuestionDialog, words};
use crate::app::dialogs::DialogScene;
use crate::command::Scope;
use crate::domain::question::Question;
use crate::theme::Role;
use crate::widgets::paint::{Line, width, wrap};
use crate::widgets::popup;

/// Columns of the text: a fingerprint fits in a line.
const COLUMNS: u16 = 72;
/// A field that would be narrower than this stands below its label.
const FIELD: u16 = 20;

/// A row of the dialog.
enum Row {
    Text(Role, String),
    /// A field with the end of its label.
    Field(usize, String),
}

impl QuestionDialog {
    fn rows(&self, columns: u16) -> Vec<Row> {
        let mut rows = Vec::new();
        for (role, text) in words::story(&self.question) {
            match text.is_empty() {
                true => rows.push(Row::Text(role, text)),
                false => rows.extend(wrap(&text, columns).into_iter().map(|line| Row::Text(role, line))),
            }
        }
        if !self.fields.is_empty() && !rows.is_empty() {
            rows.push(Row::Text(Role::Text, String::new()));
        }
        for (index, label) in words::labels(&self.question).into_iter().enumerate() {
            let mut lines = wrap(&label, columns);
            let beside = lines.pop_if(|last| width(last) + 1 + FIELD <= columns).unwrap_or_default();
            rows.extend(lines.into_iter().map(|line| Row::Text(Role::Text, line)));
            rows.push(Row::Field(index, beside));
        }
        rows
    }

    /// At least as many rows as there are at any width.
    pub(super) fn most_rows(&self) -> usize {
        self.rows(FIELD).len()
    }

    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let columns = COLUMNS.min(area.width.saturating_sub(6));
        let rows = self.rows(columns);
        let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(4);
        let frame = popup::centered(area, columns + 4, height);
        let is_strange = matches!(&self.question, Question::HostKey(key) if !key.others.is_empty());
        let role = if is_strange { Role::DialogDanger } else { Role::DialogTitle };
        let inner = popup::frame(frame, &words::title(&self.question), role, theme, buf);
        if inner.is_empty() {
            return;
        }
        let base = theme.style(Role::DialogBackground);
        let style = |role: Role| base.patch(theme.style(role));
        // Where room is short, what is typed into stays in sight.
        let room = usize::from(inner.height.saturating_sub(2));
        let focus = rows.iter().position(|row| matches!(row, Row::Field(i, _) if *i == self.focus));
        let last = rows.len().saturating_sub(room);
        let first = focus.map_or(self.top.min(last), |at| (at + 1).saturating_sub(room));
        for (y, row) in (inner.y..).zip(rows.iter().skip(first).take(room)) {
            let mut line = Line::new(buf, inner, y, theme.glyphs.ellipsis);
            match row {
                Row::Text(role, text) => drop(line.put(text, style(*role))),
                Row::Field(index, label) => {
                    let focused = *index == self.focus;
                    if !label.is_empty() {
                        line.put(label, style(if focused { Role::Accent } else { Role::Muted })).skip(1);
                    }
                    let field = Rect { x: line.x(), y, width: line.room(), height: 1 };
                    if let Some(typed) = self.fields.get(*index) {
                        typed.view(field, buf, style(Role::Input), focused);
                    }
                }
            }
        }
        if first < last && inner.height > 2 {
            let text = format!("{} more", theme.glyphs.down);
            Line::new(buf, inner, inner.bottom() - 2, theme.glyphs.ellipsis).put(&text, style(Role::Warn));
        }
        self.keys(scene, inner, buf);
    }

    /// The last line: the keys, the questions that wait behind this one, and the time that is left.
    fn keys(&self, scene: &DialogScene, inner: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let base = theme.style(Role::DialogBackground);
        let style = |role: Role| base.patch(theme.style(role));
        let key = |id: &str, otherwise: &str| {
            let key = scene.keymap.key_in(&[Scope::HostKey, Scope::Dialog], id);
            key.map_or_else(|| otherwise.to_owned(), ToString::to_string)
        };
        let accept = key("dialog.accept", "enter");
        let keys = match (&self.question, self.fields.len()) {
            (Question::HostKey(_), _) => vec![
                (key("host.trust", ""), "trust"),
                (key("host.trust_once", ""), "this session only"),
                ("esc".to_owned(), "refuse"),
            ],
            (_, 0 | 1) => vec![(accept, "answer"), ("esc".to_owned(), "refuse")],
            _ => vec![(accept, "answer"), (key("dialog.next", "tab"), "field"), ("esc".to_owned(), "refuse")],
        };
        let y = inner.bottom() - 1;
        let mut line = Line::new(buf, inner, y, theme.glyphs.ellipsis);
        for (key, label) in keys.iter().filter(|(key, _)| !key.is_empty()) {
            line.put(key, style(Role::Key)).skip(1).put(label, style(Role::KeyLabel)).skip(2);
        }
        let left = format!("{} s left", self.seconds_left(scene.now));
        let more = if scene.waiting > 0 { format!("{} more wait  ", scene.waiting) } else { String::new() };
        let needed = width(&more) + width(&left);
        if line.room() >= needed {
            line.to(inner.right() - needed).put(&more, style(Role::Info)).put(&left, style(Role::Faint));
        }
    }
}
