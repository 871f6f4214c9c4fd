//! All keys by scope, from the command table and the keymap in force.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{DialogScene, Verdict};
use crate::app::registry;
use crate::command::{DialogIntent, Motion, Scope};
use crate::keymap::{Code, Key, Keymap};
use crate::theme::Role;
use crate::widgets::paint::{Line, width};
use crate::widgets::popup;

/// The help.
#[derive(Debug)]
pub struct Help {
    top: usize,
    lines: Vec<HelpLine>,
}

#[derive(Debug)]
enum HelpLine {
    Heading(String),
    Entry { keys: String, title: &'static str, id: &'static str },
    Blank,
}

impl Help {
    /// The open pane's commands first.
    pub fn open(pane: Option<crate::command::PaneId>, keymap: &Keymap) -> Self {
        let mut scopes: Vec<Scope> =
            Scope::all().filter(|s| !matches!(s, Scope::Pane(p) if Some(*p) != pane)).collect();
        scopes.sort_by_key(|s| !matches!(s, Scope::Pane(_)));
        let mut lines = Vec::new();
        for scope in scopes {
            let commands: Vec<_> = registry::commands().iter().filter(|c| c.scope == scope).collect();
            if commands.is_empty() {
                continue;
            }
            lines.push(HelpLine::Heading(scope.word().to_owned()));
            for command in commands {
                let keys: Vec<_> = keymap.keys_of(command.id).iter().map(ToString::to_string).collect();
                lines.push(HelpLine::Entry { keys: keys.join(", "), title: command.title, id: command.id });
            }
            lines.push(HelpLine::Blank);
        }
        lines.push(HelpLine::Heading("filters".into()));
        for (keys, title) in [
            ("web api", "both texts, anywhere in the row"),
            ("!tmp", "without it"),
            ("state:exited", "the column contains"),
            ("name~^crm-", "regular expression"),
            ("cpu>50 mem>500m", "comparisons with units"),
            ("up<10m", "durations: s m h d"),
        ] {
            lines.push(HelpLine::Entry { keys: keys.into(), title, id: "" });
        }
        Self { top: 0, lines }
    }

    fn scroll(&mut self, delta: isize) {
        self.top = self.top.saturating_add_signed(delta).min(self.lines.len().saturating_sub(5));
    }

    pub fn act(&mut self, intent: DialogIntent) -> Verdict {
        match intent {
            DialogIntent::NextField | DialogIntent::Move(Motion::Down) => self.scroll(1),
            DialogIntent::PreviousField | DialogIntent::Move(Motion::Up) => self.scroll(-1),
            DialogIntent::Move(Motion::PageDown) => self.scroll(15),
            DialogIntent::Move(Motion::PageUp) => self.scroll(-15),
            DialogIntent::Move(Motion::First) => self.top = 0,
            DialogIntent::Accept => return Verdict::Close,
            _ => {}
        }
        Verdict::Stay
    }

    pub fn key(&mut self, key: Key) -> Verdict {
        match key.code() {
            Code::Char('?' | 'q') => return Verdict::Close,
            Code::Char('j') => self.scroll(1),
            Code::Char('k') => self.scroll(-1),
            Code::Char(' ') => self.scroll(15),
            _ => {}
        }
        Verdict::Stay
    }

    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let frame = popup::centered(area, 90, area.height.saturating_sub(2));
        let inner = popup::frame(frame, "Keys", Role::DialogTitle, theme, buf);
        let base = theme.style(Role::DialogBackground);
        let style = |role: Role| base.patch(theme.style(role));
        for (i, line) in self.lines.iter().skip(self.top).take(inner.height.into()).enumerate() {
            let mut row = Line::new(buf, inner, inner.y + i as u16, theme.glyphs.ellipsis);
            match line {
                HelpLine::Heading(text) => {
                    row.put(text, style(Role::Heading));
                }
                HelpLine::Blank => {}
                HelpLine::Entry { keys, title, id } => {
                    let keys = if keys.is_empty() { theme.glyphs.unmeasured } else { keys };
                    row.right(keys, 18, style(Role::Key)).skip(2).put(title, style(Role::Text)).skip(2);
                    // Ids stand flush right, out of the way; where both do not fit, the title is worth more.
                    if row.room() > width(id) {
                        row.to(inner.right() - width(id) - 1).put(id, style(Role::Faint));
                    }
                }
            }
        }
        let below = self.lines.len().saturating_sub(self.top + usize::from(inner.height));
        let more = if below > 0 { format!(" {below} more {} ", theme.glyphs.down) } else { String::new() };
        let (leave, last) = (" esc closes ", frame.bottom().saturating_sub(1));
        let mut foot = Line::new(buf, frame, last, theme.glyphs.ellipsis);
        foot.skip(3).put(&more, style(Role::Muted));
        if foot.room() > width(leave) + 3 {
            foot.to(frame.right() - width(leave) - 3).put(leave, style(Role::Muted));
        }
    }
}
