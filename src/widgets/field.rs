//! A one-line text field. Editing is tui-textarea's; drawing is ours, so that it fits into a row of cells.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use tui_textarea::{CursorMove, Input, Key as AreaKey, TextArea};

use super::paint::width;
use crate::keymap::{Code, Key};

/// Longest text a field takes; a pasted megabyte is cut here.
const MAX_CHARS: usize = 1000;

/// The field. Its text is always sanitised and without line ends.
#[derive(Debug, Clone)]
pub struct Field {
    area: TextArea<'static>,
}

impl Field {
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(vec![clean(text)]);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    pub fn set(&mut self, text: &str) {
        *self = Self::new(text);
    }

    pub fn paste(&mut self, text: &str) {
        let room = MAX_CHARS.saturating_sub(self.text().chars().count());
        let text: String = clean(text.trim_end_matches(['\r', '\n'])).chars().take(room).collect();
        self.area.insert_str(text);
    }

    /// Takes a key. False when it means nothing in a field.
    pub fn key(&mut self, key: Key) -> bool {
        let code = match key.code() {
            Code::Char(_) if key.text().is_some() && self.text().chars().count() >= MAX_CHARS => return true,
            // Line breaks have no place here, whatever the editor binds them to.
            Code::Char('m' | 'j') if key.has_ctrl() => return false,
            // As in every shell; the editor's own meaning is undo.
            Code::Char('u') if key.has_ctrl() => {
                self.area.delete_line_by_head();
                return true;
            }
            Code::Char(c) => AreaKey::Char(c),
            Code::Backspace => AreaKey::Backspace,
            Code::Delete => AreaKey::Delete,
            Code::Left => AreaKey::Left,
            Code::Right => AreaKey::Right,
            Code::Home => AreaKey::Home,
            Code::End => AreaKey::End,
            _ => return false,
        };
        self.area.input(Input {
            key: code,
            ctrl: key.has_ctrl(),
            alt: key.has_alt(),
            shift: key.has_shift(),
        });
        true
    }

    /// Draws the text and, when focused, the cursor as a reversed cell. Scrolls so that the cursor shows.
    pub fn view(&self, area: Rect, buf: &mut Buffer, style: Style, focused: bool) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let text = self.text();
        let cursor = self.area.cursor().1;
        let before: String = text.chars().take(cursor).collect();
        let room = area.width.saturating_sub(1);
        let mut start = 0;
        while width(&before[start..]) > room {
            start += before[start..].chars().next().map_or(1, char::len_utf8);
        }
        buf.set_stringn(area.x, area.y, " ".repeat(area.width.into()), area.width.into(), style);
        buf.set_stringn(area.x, area.y, &text[start..], area.width.into(), style);
        if focused {
            let x = area.x + width(&before[start..]);
            if let Some(cell) = buf.cell_mut((x.min(area.right() - 1), area.y)) {
                cell.set_style(style.add_modifier(Modifier::REVERSED));
            }
        }
    }
}

fn clean(text: &str) -> String {
    crate::domain::sanitize::line(&text.replace(['\n', '\r', '\t'], " "), MAX_CHARS).into_owned()
}
