//! A one-line field for what nobody may see: it shows only that something is typed, is never printed, and wipes
//! what was in it. It has no cursor and no undo: both would keep copies.

use std::fmt;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use zeroize::{Zeroize, Zeroizing};

use super::paint::width;
use crate::keymap::{Code, Key};

/// Longest content; the memory is taken at once, so that growing leaves no copy behind.
const MAX_BYTES: usize = 1024;

/// The field.
pub struct SecretField {
    text: Zeroizing<String>,
    /// What is typed is shown: a code that is worth nothing a minute later.
    shown: bool,
}

impl fmt::Debug for SecretField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretField(***)")
    }
}

impl SecretField {
    pub fn new(shown: bool) -> Self {
        Self { text: Zeroizing::new(String::with_capacity(MAX_BYTES)), shown }
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Hands the content out; the field is empty afterwards.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    fn push(&mut self, c: char) {
        if !c.is_control() && self.text.len() + c.len_utf8() <= MAX_BYTES {
            self.text.push(c);
        }
    }

    /// Without the line end that copying a line takes along.
    pub fn paste(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c));
    }

    pub fn key(&mut self, key: Key) {
        match (key.code(), key.text()) {
            (Code::Char('u'), _) if key.has_ctrl() => self.text.zeroize(),
            (Code::Backspace, _) => drop(self.text.pop()),
            (_, Some(c)) => self.push(c),
            _ => {}
        }
    }

    /// Draws an asterisk for each letter and, when focused, the cursor as a reversed cell.
    pub fn view(&self, area: Rect, buf: &mut Buffer, style: Style, focused: bool) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let room = area.width - 1;
        let masked = Zeroizing::new("*".repeat(self.text.chars().count().min(room.into())));
        let mut text: &str = if self.shown { &self.text } else { &masked };
        while width(text) > room {
            text = text.get(text.chars().next().map_or(1, char::len_utf8)..).unwrap_or_default();
        }
        buf.set_stringn(area.x, area.y, " ".repeat(area.width.into()), area.width.into(), style);
        buf.set_stringn(area.x, area.y, text, area.width.into(), style);
        if focused && let Some(cell) = buf.cell_mut((area.x + width(text), area.y)) {
            cell.set_style(style.add_modifier(Modifier::REVERSED));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_letters_and_pasted_lines_and_never_grows() {
        let mut field = SecretField::new(false);
        field.paste("hunter2\r\n");
        field.key(Key::char('x'));
        field.key(Key::plain(Code::Backspace));
        assert_eq!((format!("{field:?}").as_str(), field.take().as_str()), ("SecretField(***)", "hunter2"));
        field = SecretField::new(false);
        let before = field.text.capacity();
        field.paste(&"ü".repeat(5000));
        assert_eq!((field.text.capacity(), field.text.len()), (before, MAX_BYTES));
        field.key(Key::ctrl('u'));
        assert!(field.is_empty());
    }

    #[test]
    fn only_asterisks_reach_the_screen() {
        let mut field = SecretField::new(false);
        field.paste("hunter2");
        let mut buf = Buffer::empty(Rect::new(0, 0, 10, 1));
        field.view(buf.area, &mut buf, Style::default(), true);
        let row: String = buf.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(row, "*******   ");
    }
}
