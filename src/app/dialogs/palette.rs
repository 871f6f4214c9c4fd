//! All commands by fuzzy words, with their keys and the reason why one is off.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{DialogScene, Verdict};
use crate::app::registry;
use crate::command::{Availability, Command, DialogIntent, Facts, Motion, Scope};
use crate::keymap::Key;
use crate::theme::Role;
use crate::widgets::field::Field;
use crate::widgets::list::ListState;
use crate::widgets::paint::{Line, tint, width};
use crate::widgets::popup;

const PAGE: usize = 14;

/// The palette.
#[derive(Debug)]
pub struct Palette {
    field: Field,
    found: Vec<(&'static Command, Availability)>,
    list: ListState,
    facts: Facts,
}

impl Palette {
    pub fn open(facts: Facts) -> Self {
        let mut palette =
            Self { field: Field::new(""), found: Vec::new(), list: ListState::default(), facts };
        palette.search();
        palette
    }

    /// Best match first; without words in the order of the table, what can run before what cannot.
    fn search(&mut self) {
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(self.field.text(), CaseMatching::Ignore, Normalization::Smart);
        let pane = self.facts.pane;
        let usable = |c: &&&Command| match c.scope {
            Scope::Global | Scope::List => true,
            Scope::Pane(p) => Some(p) == pane,
            Scope::Dialog | Scope::HostKey => false,
        };
        let mut buffer = Vec::new();
        let mut found: Vec<(u32, bool, &'static Command)> = registry::commands()
            .iter()
            .filter(usable)
            .filter_map(|c| {
                let text = format!("{} {}", c.title, c.id);
                let score = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher)?;
                Some((score, c.availability(&self.facts).is_ready(), *c))
            })
            .collect();
        found.sort_by_key(|(score, ready, c)| {
            (std::cmp::Reverse(*score), !ready, matches!(c.scope, Scope::Global | Scope::List))
        });
        self.found = found.into_iter().map(|(_, _, c)| (c, c.availability(&self.facts))).collect();
        self.list = ListState::default();
    }

    pub fn act(&mut self, intent: DialogIntent) -> Verdict {
        let len = self.found.len();
        match intent {
            DialogIntent::NextField | DialogIntent::Move(Motion::Down) => self.list.step(1, len),
            DialogIntent::PreviousField | DialogIntent::Move(Motion::Up) => self.list.step(-1, len),
            DialogIntent::Move(Motion::PageDown) => self.list.step(PAGE as isize - 1, len),
            DialogIntent::Move(Motion::PageUp) => self.list.step(1 - PAGE as isize, len),
            DialogIntent::Accept => {
                return match self.found.get(self.list.cursor) {
                    Some((command, Availability::Ready)) => Verdict::Run(command),
                    Some((_, Availability::Off(why))) => Verdict::Say(why.clone()),
                    None => Verdict::Say("no command of that name".to_owned()),
                };
            }
            _ => {}
        }
        self.list.settle(len, PAGE);
        Verdict::Stay
    }

    pub fn key(&mut self, key: Key) -> Verdict {
        if self.field.key(key) {
            self.search();
        }
        Verdict::Stay
    }

    pub fn paste(&mut self, text: &str) {
        self.field.paste(text);
        self.search();
    }

    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let frame = popup::centered(area, 76, PAGE as u16 + 4);
        let inner = popup::frame(frame, "Commands", Role::DialogTitle, theme, buf);
        if inner.is_empty() {
            return;
        }
        let base = theme.style(Role::DialogBackground);
        Line::new(buf, inner, inner.y, theme.glyphs.ellipsis)
            .put(theme.glyphs.then, base.patch(theme.style(Role::Accent)));
        let field = Rect { x: inner.x + 2, width: inner.width.saturating_sub(2), height: 1, ..inner };
        self.field.view(field, buf, base.patch(theme.style(Role::Input)), true);
        let page = usize::from(inner.height.saturating_sub(2)).min(PAGE);
        let mut list = self.list;
        list.settle(self.found.len(), page);
        for (i, index) in list.visible(self.found.len(), page).enumerate() {
            let (command, availability) = &self.found[index];
            let y = inner.y + 2 + i as u16;
            let selected = index == list.cursor;
            let tone = |role: Role| {
                if selected { theme.selected(role, true) } else { base.patch(theme.style(role)) }
            };
            if selected {
                tint(buf, Rect { y, height: 1, ..inner }, tone(Role::Text));
            }
            let ready = availability.is_ready();
            let keys = scene.keymap.keys_of(command.id).first().map(ToString::to_string).unwrap_or_default();
            let mut line = Line::new(buf, inner, y, theme.glyphs.ellipsis);
            let text_room = inner.width.saturating_sub(width(&keys) + 1);
            line.put_within(command.title, text_room, tone(if ready { Role::Text } else { Role::Disabled }))
                .skip(2);
            if let Availability::Off(why) = availability {
                let room = (inner.x + text_room).saturating_sub(line.x());
                line.put_within(why, room, tone(Role::Faint));
            }
            line.to(inner.right() - width(&keys).min(inner.width)).put(&keys, tone(Role::Key));
        }
        if self.found.is_empty() {
            Line::new(buf, inner, inner.y + 2, theme.glyphs.ellipsis)
                .put("no command of that name", base.patch(theme.style(Role::Muted)));
        }
    }
}
