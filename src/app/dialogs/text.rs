//! A text to read: scrolled, wrapped, closed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{DialogScene, Verdict};
use crate::command::{DialogIntent, Motion};
use crate::domain::sanitize;
use crate::keymap::{Code, Key};
use crate::panes::Page;
use crate::theme::Role;
use crate::widgets::paint::{Line, wrap};
use crate::widgets::popup;

/// Longer lines are cut.
const MAX_CHARS: usize = 4_000;

/// The last line.
const KEYS: [(&str, &str); 3] = [("j/k", "scroll"), ("ctrl-y", "copy"), ("esc", "close")];

/// The text with the place of the reader in it.
#[derive(Debug)]
pub struct Text {
    page: Page,
    top: usize,
}

impl Text {
    pub fn open(page: Page) -> Self {
        Self { page, top: 0 }
    }

    fn scroll(&mut self, rows: isize) -> Verdict {
        self.top = self.top.saturating_add_signed(rows).min(self.page.lines.len().saturating_sub(1));
        Verdict::Stay
    }

    pub fn act(&mut self, intent: DialogIntent) -> Verdict {
        match intent {
            DialogIntent::NextField => self.scroll(1),
            DialogIntent::PreviousField => self.scroll(-1),
            DialogIntent::Move(motion) => self.scroll(motion.rows(self.page.lines.len(), 15)),
            DialogIntent::GoOn => Verdict::GoOn,
            DialogIntent::Yank => Verdict::Yank(self.page.lines.join("\n")),
            _ => Verdict::Close,
        }
    }

    pub fn key(&mut self, key: Key) -> Verdict {
        match key.code() {
            Code::Char('q') => Verdict::Close,
            Code::Char('j') => self.scroll(1),
            Code::Char('k') => self.scroll(-1),
            Code::Char(' ') => self.act(DialogIntent::Move(Motion::PageDown)),
            Code::Char('G') => self.act(DialogIntent::Move(Motion::Last)),
            _ => Verdict::Stay,
        }
    }

    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let frame = popup::centered(area, 130, area.height.saturating_sub(2));
        let title = sanitize::line(&self.page.title, 100);
        let inner = popup::frame(frame, &title, Role::DialogTitle, theme, buf);
        let base = theme.style(Role::DialogBackground);
        let style = base.patch(theme.style(Role::Text));
        let keys = Rect { y: inner.bottom().saturating_sub(1), height: 1.min(inner.height), ..inner };
        let mut line = Line::new(buf, keys, keys.y, theme.glyphs.ellipsis);
        for (key, label) in KEYS {
            line.put(key, base.patch(theme.style(Role::Key))).skip(1);
            line.put(label, base.patch(theme.style(Role::KeyLabel))).skip(2);
        }
        let inner = Rect { height: inner.height.saturating_sub(2), ..inner };
        let mut y = inner.y;
        for text in self.page.lines.iter().skip(self.top) {
            for part in wrap(&sanitize::line(text, MAX_CHARS), inner.width) {
                if y >= inner.bottom() {
                    return;
                }
                Line::new(buf, inner, y, theme.glyphs.ellipsis).put(&part, style);
                y += 1;
            }
        }
    }
}
