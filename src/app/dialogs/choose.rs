//! Choosing from a list: any number of items, or one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{DialogScene, Verdict};
use crate::command::DialogIntent;
use crate::keymap::{Code, Key};
use crate::panes::{Choice, ChoiceItem};
use crate::theme::Role;
use crate::widgets::list::ListState;
use crate::widgets::paint::{Line, tint, width};
use crate::widgets::popup;

/// The chooser.
#[derive(Debug)]
pub struct Choose {
    choice: Choice,
    list: ListState,
}

impl Choose {
    pub fn open(choice: Choice) -> Self {
        Self { choice, list: ListState::default() }
    }

    fn step(&mut self, rows: isize) -> Verdict {
        self.list.step(rows, self.choice.items.len());
        Verdict::Stay
    }

    fn toggle(&mut self) -> Verdict {
        let cursor = self.list.cursor;
        if let Some(item) = self.choice.items.get_mut(cursor) {
            item.on = !item.on;
        }
        let on: Vec<String> = self.choice.items.iter().filter(|i| i.on).map(|i| i.id.clone()).collect();
        // A table without columns is no table: the last one stays.
        if on.is_empty() && self.choice.keep_one {
            if let Some(item) = self.choice.items.get_mut(cursor) {
                item.on = true;
            }
            return Verdict::Say("one has to stay".to_owned());
        }
        Verdict::Chosen(self.choice.what, on)
    }

    pub fn act(&mut self, intent: DialogIntent) -> Verdict {
        match intent {
            DialogIntent::NextField => self.step(1),
            DialogIntent::PreviousField => self.step(-1),
            DialogIntent::Move(motion) => self.step(motion.rows(self.choice.items.len(), 10)),
            DialogIntent::Accept if self.choice.many => Verdict::Close,
            DialogIntent::Accept => {
                let taken = self.choice.items.get(self.list.cursor).map(|i| vec![i.id.clone()]);
                taken.map_or(Verdict::Close, |ids| Verdict::Chosen(self.choice.what, ids))
            }
            _ => Verdict::Stay,
        }
    }

    pub fn key(&mut self, key: Key) -> Verdict {
        match key.code() {
            Code::Char(' ' | 'x') if self.choice.many => self.toggle(),
            Code::Char('j') => self.act(DialogIntent::NextField),
            Code::Char('k') => self.act(DialogIntent::PreviousField),
            _ => Verdict::Stay,
        }
    }

    /// True when it is done with the first thing that is chosen.
    pub fn is_single(&self) -> bool {
        !self.choice.many
    }

    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let items = &self.choice.items;
        let wide = |text: fn(&ChoiceItem) -> &str| items.iter().map(|i| width(text(i))).max().unwrap_or(0);
        let titles = wide(|i| &i.title).clamp(12, 40);
        let columns = (titles + wide(|i| &i.note) + 12).clamp(34, area.width.saturating_sub(4).max(34));
        let frame = popup::centered(area, columns, (items.len() as u16).saturating_add(4));
        let inner = popup::frame(frame, self.choice.title, Role::DialogTitle, theme, buf);
        let base = theme.style(Role::DialogBackground);
        let page = usize::from(inner.height.saturating_sub(2));
        let mut list = self.list;
        list.settle(items.len(), page);
        for (i, index) in list.visible(items.len(), page).enumerate() {
            let item = &items[index];
            let y = inner.y + i as u16;
            let selected = index == list.cursor;
            let tone = |role: Role| {
                if selected { theme.selected(role, true) } else { base.patch(theme.style(role)) }
            };
            if selected {
                tint(buf, Rect { y, height: 1, ..inner }, tone(Role::Text));
            }
            let mut line = Line::new(buf, inner, y, theme.glyphs.ellipsis);
            let mut start = inner.x;
            if self.choice.many {
                let sign = if item.on { theme.glyphs.check } else { " " };
                line.put("[", tone(Role::Faint)).put(sign, tone(Role::Accent)).put("] ", tone(Role::Faint));
                start += 4;
            }
            line.put_within(&item.title, titles, tone(Role::Text))
                .to(start + titles + 2)
                .put(&item.note, tone(Role::Faint));
        }
        if inner.height > 0 {
            let mut line = Line::new(buf, inner, inner.bottom() - 1, theme.glyphs.ellipsis);
            let keys = if self.choice.many {
                [("space", "toggle"), ("esc", "close")]
            } else {
                [("enter", "take"), ("esc", "close")]
            };
            for (key, label) in keys {
                line.put(key, base.patch(theme.style(Role::Key)))
                    .skip(1)
                    .put(label, base.patch(theme.style(Role::KeyLabel)))
                    .skip(2);
            }
        }
    }
}
