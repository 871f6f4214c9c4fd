//! The column chooser.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{DialogScene, Verdict};
use crate::command::{DialogIntent, Motion};
use crate::keymap::{Code, Key};
use crate::theme::Role;
use crate::widgets::list::ListState;
use crate::widgets::paint::{Line, tint};
use crate::widgets::popup;

/// The chooser: id, title and whether the column is on.
#[derive(Debug)]
pub struct Columns {
    items: Vec<(String, String, bool)>,
    list: ListState,
}

impl Columns {
    pub fn open(items: Vec<(String, String, bool)>) -> Self {
        Self { items, list: ListState::default() }
    }

    pub fn act(&mut self, intent: DialogIntent) -> Verdict {
        match intent {
            DialogIntent::NextField | DialogIntent::Move(Motion::Down) => self.list.step(1, self.items.len()),
            DialogIntent::PreviousField | DialogIntent::Move(Motion::Up) => {
                self.list.step(-1, self.items.len())
            }
            DialogIntent::Accept => return Verdict::Close,
            _ => {}
        }
        Verdict::Stay
    }

    pub fn key(&mut self, key: Key) -> Verdict {
        match key.code() {
            Code::Char(' ' | 'x') => {
                if let Some(item) = self.items.get_mut(self.list.cursor) {
                    item.2 = !item.2;
                }
                let on: Vec<String> = self.items.iter().filter(|i| i.2).map(|i| i.0.clone()).collect();
                // A table without columns is no table: the last one stays.
                if on.is_empty() {
                    if let Some(item) = self.items.get_mut(self.list.cursor) {
                        item.2 = true;
                    }
                    return Verdict::Say("one column has to stay".to_owned());
                }
                Verdict::Columns(on)
            }
            Code::Char('j') => self.act(DialogIntent::NextField),
            Code::Char('k') => self.act(DialogIntent::PreviousField),
            _ => Verdict::Stay,
        }
    }

    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let frame = popup::centered(area, 34, self.items.len() as u16 + 4);
        let inner = popup::frame(frame, "Columns", Role::DialogTitle, theme, buf);
        let base = theme.style(Role::DialogBackground);
        let page = usize::from(inner.height.saturating_sub(2));
        let mut list = self.list;
        list.settle(self.items.len(), page);
        for (i, index) in list.visible(self.items.len(), page).enumerate() {
            let (id, title, on) = &self.items[index];
            let y = inner.y + i as u16;
            let selected = index == list.cursor;
            let tone = |role: Role| {
                if selected { theme.selected(role, true) } else { base.patch(theme.style(role)) }
            };
            if selected {
                tint(buf, Rect { y, height: 1, ..inner }, tone(Role::Text));
            }
            let mut line = Line::new(buf, inner, y, theme.glyphs.ellipsis);
            let sign = if *on { theme.glyphs.check } else { " " };
            line.put("[", tone(Role::Faint)).put(sign, tone(Role::Accent)).put("] ", tone(Role::Faint));
            line.put_within(title, 12, tone(Role::Text)).to(inner.x + 16).put(id, tone(Role::Faint));
        }
        if inner.height > 0 {
            let mut line = Line::new(buf, inner, inner.bottom() - 1, theme.glyphs.ellipsis);
            for (key, label) in [("space", "toggle"), ("esc", "close")] {
                line.put(key, base.patch(theme.style(Role::Key)))
                    .skip(1)
                    .put(label, base.patch(theme.style(Role::KeyLabel)))
                    .skip(2);
            }
        }
    }
}
