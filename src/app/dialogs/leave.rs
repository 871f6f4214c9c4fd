//! Quitting while something is open or under way: what ends with pult is named first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{DialogScene, Verdict};
use crate::command::DialogIntent;
use crate::domain::sanitize;
use crate::keymap::{Code, Key};
use crate::theme::Role;
use crate::widgets::paint::{Line, wrap};
use crate::widgets::popup;

/// Of more of a kind only the number is told.
const NAMED: usize = 8;

/// What there is to lose, as it was when the question was asked.
#[derive(Debug)]
pub struct Leave {
    /// Shells, by what opened them.
    shells: Vec<String>,
    /// Jobs, with how far they are.
    jobs: Vec<String>,
    /// Copies, with how far they are.
    copies: Vec<String>,
}

impl Leave {
    /// `None` when nothing would end.
    pub fn open(shells: Vec<String>, jobs: Vec<String>, copies: Vec<String>) -> Option<Self> {
        let is_something = !shells.is_empty() || !jobs.is_empty() || !copies.is_empty();
        is_something.then_some(Self { shells, jobs, copies })
    }

    pub fn act(&self, intent: DialogIntent) -> Verdict {
        match intent {
            DialogIntent::Accept => Verdict::Quit,
            _ => Verdict::Stay,
        }
    }

    pub fn key(&self, key: Key) -> Verdict {
        match key.code() {
            Code::Char('q' | 'y') => Verdict::Quit,
            Code::Char('n') => Verdict::Close,
            _ => Verdict::Stay,
        }
    }

    fn lines(&self, width: u16) -> Vec<(Role, String)> {
        let mut lines = Vec::new();
        let shells = "These shells end, with what runs in them:";
        let jobs = "These are under way; what is begun may go on there, and pult will not see its end:";
        let copies = "These copies stop; copied again they go on from where they stand:";
        for (title, names) in [(shells, &self.shells), (jobs, &self.jobs), (copies, &self.copies)] {
            if names.is_empty() {
                continue;
            }
            lines.extend(wrap(title, width).into_iter().map(|part| (Role::Text, part)));
            for name in names.iter().take(NAMED) {
                lines.push((Role::Warn, format!("  {}", sanitize::line(name, 200))));
            }
            if let Some(more @ 1..) = names.len().checked_sub(NAMED) {
                lines.push((Role::Warn, format!("  and {more} more")));
            }
            lines.push((Role::Text, String::new()));
        }
        lines
    }

    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        const COLUMNS: u16 = 76;
        let theme = scene.theme;
        let lines = self.lines(COLUMNS - 4);
        let frame = popup::centered(area, COLUMNS, lines.len() as u16 + 3);
        let inner = popup::frame(frame, "Quit pult?", Role::DialogTitle, theme, buf);
        let base = theme.style(Role::DialogBackground);
        let room = usize::from(inner.height.saturating_sub(1));
        for (y, (role, text)) in (inner.y..).zip(lines.iter().take(room)) {
            Line::new(buf, inner, y, theme.glyphs.ellipsis).put(text, base.patch(theme.style(*role)));
        }
        if inner.height > 0 {
            let mut line = Line::new(buf, inner, inner.bottom() - 1, theme.glyphs.ellipsis);
            for (key, label) in [("q", "quit"), ("esc", "stay")] {
                line.put(key, base.patch(theme.style(Role::Key)))
                    .skip(1)
                    .put(label, base.patch(theme.style(Role::KeyLabel)))
                    .skip(2);
            }
        }
    }
}
