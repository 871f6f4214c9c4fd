//! The frame around the pane: header, message line, footer, and what floats above.

use std::ops::Range;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::dialogs::DialogScene;
use super::layout::{self, SMALLEST};
use super::{App, links, registry};
use crate::command::{Command, Facts, PaneId};
use crate::domain::quantity;
use crate::domain::remote::Link;
use crate::keymap::{Lookup, Next};
use crate::panes::{EditKind, Scene};
use crate::theme::Role;
use crate::widgets::paint::{self, Line, width};

/// A command in the footer.
pub(super) struct FooterButton {
    pub range: Range<u16>,
    pub command: &'static Command,
    key: String,
    ready: bool,
}

impl App {
    /// Draws everything. The same state and time give the same cells.
    pub fn view(&self, now: Timestamp, buf: &mut Buffer) {
        let area = buf.area;
        let theme = &self.theme;
        buf.set_style(area, theme.style(Role::Background));
        let Some(frame) = layout::compute(area) else {
            let x = theme.glyphs.times;
            let needs = format!("needs {}{x}{}", SMALLEST.0, SMALLEST.1);
            let full = format!("window too small: {}{x}{}, {needs}", area.width, area.height);
            let text = if width(&full) <= area.width { full } else { needs };
            Line::new(buf, area, area.y, theme.glyphs.ellipsis).put(&text, theme.style(Role::Warn));
            return;
        };
        let facts = self.facts();
        self.header(now, frame.header, buf);
        let scene = Scene {
            world: &self.world,
            theme,
            now,
            zone: &self.zone,
            limits: self.world.thresholds.usual(),
            empty_hint: &self.empty_hint,
        };
        self.pane().view(&scene, self.edit.as_ref(), frame.pane, buf);
        self.message(now, &facts, frame.message, buf);
        self.footer(&facts, now, frame.footer, buf);
        let dialog_scene = DialogScene {
            world: &self.world,
            theme,
            keymap: &self.keymap,
            now,
            zone: &self.zone,
            facts: &facts,
            jobs: &self.jobs,
            notices: &self.notices,
            waiting: self.questions.len(),
        };
        for dialog in &self.dialogs {
            dialog.view(&dialog_scene, frame.pane, buf);
        }
        if !theme.glyphs.braille {
            paint::to_ascii(buf);
        }
    }

    /// The columns of each pane's tab.
    pub(super) fn header_tabs(&self) -> Vec<(Range<u16>, PaneId)> {
        let mut x = 8;
        let tab = |pane: &dyn crate::panes::Pane| {
            let columns = width(&tab_text(pane.id()));
            let range = x..x + columns;
            x += columns + 2;
            (range, pane.id())
        };
        self.panes.iter().map(|pane| &**pane).filter(|pane| pane.is_there()).map(tab).collect()
    }

    fn header(&self, now: Timestamp, area: Rect, buf: &mut Buffer) {
        let theme = &self.theme;
        let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
        line.skip(1).put("pult", theme.style(Role::Brand));
        for (range, id) in self.header_tabs() {
            let open = self.pane().id() == id;
            line.to(range.start)
                .put(&tab_text(id), theme.style(if open { Role::TabActive } else { Role::Tab }));
        }
        let used = line.x() + 2;
        let links = self.links(now, usize::from(area.width.saturating_sub(used + 1)));
        let needed = u16::try_from(links::columns(&links)).unwrap_or(u16::MAX);
        // Never back over the tabs.
        line.to(area.right().saturating_sub(needed.saturating_add(1)).max(used - 1));
        for (text, role) in links {
            line.put(&text, theme.style(role));
        }
    }

    fn message(&self, now: Timestamp, facts: &Facts, area: Rect, buf: &mut Buffer) {
        let theme = &self.theme;
        let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
        line.skip(1);
        if let Some(edit) = self.edit.as_ref().filter(|e| !matches!(e.kind, EditKind::Prompt(_)))
            && let Some(error) = &edit.error
        {
            let column = edit.field.text().get(..error.at).map_or(0, |t| t.chars().count()) + 1;
            line.put(&format!("column {column}: {}", error.message), theme.style(Role::Bad));
            return;
        }
        if let Some(edit) = &self.edit {
            let label = match edit.kind {
                EditKind::Search => Some("search"),
                EditKind::Prompt(what) => Some(what.label()),
                EditKind::Filter => None,
            };
            if let Some(label) = label {
                line.put(label, theme.style(Role::Accent)).skip(1);
                let field = Rect { x: line.x(), width: line.room(), ..area };
                edit.field.view(field, buf, theme.style(Role::Input), true);
                return;
            }
            line.put(&format!("{} of {}", facts.rows, facts.total), theme.style(Role::Text)).skip(2);
            line.put("enter keeps it, esc takes it back", theme.style(Role::Faint));
            return;
        }
        if !self.pending.is_empty() {
            let typed: Vec<_> = self.pending.iter().map(ToString::to_string).collect();
            line.put(&typed.join(" "), theme.style(Role::Accent)).skip(2);
            if let Lookup::Prefix(next) = self.keymap.lookup(&self.scopes(), &self.pending) {
                for continuation in next {
                    let label = match continuation.next {
                        Next::Command(id) => registry::find(id).map_or(String::new(), |c| c.label.to_owned()),
                        Next::More(n) => format!("+{n}"),
                    };
                    line.put(&continuation.key.to_string(), theme.style(Role::Key))
                        .skip(1)
                        .put(&label, theme.style(Role::KeyLabel))
                        .skip(2);
                }
            }
            return;
        }
        if let Some(notice) = self.notices.current(now) {
            let role = if notice.is_error { Role::Bad } else { Role::Info };
            line.put(&notice.text.replace('\n', " "), theme.style(role));
            return;
        }
        // A lost engine says why and what helps where it matters, for as long as nothing else has to be said.
        let matters = matches!(facts.pane, Some(PaneId::Containers | PaneId::Logs));
        for (target, remote) in self.world.docker.iter().filter(|_| matters) {
            if let Link::Lost { fault, retry_at } = &remote.link {
                line.put(&format!("{}: {}", target.name, fault.in_full()), theme.style(Role::Warn));
                let wait = retry_at.map(|at| at.as_second() - now.as_second()).filter(|s| *s > 0);
                if let Some(seconds) = wait {
                    line.skip(1)
                        .put(&format!("(next try in {})", quantity::age(seconds)), theme.style(Role::Faint));
                }
                return;
            }
        }
        if facts.filtered && facts.total > facts.rows {
            line.put(&format!("{} hidden by the filter", facts.total - facts.rows), theme.style(Role::Muted));
        }
    }

    /// The commands that matter now, with their columns: those of the open scopes by rank, as many as fit.
    pub(super) fn footer_buttons(&self, facts: &Facts, room: u16) -> Vec<FooterButton> {
        if self.edit.is_some() {
            return Vec::new(); // every key is text now; the line above says which are not
        }
        let scopes = self.scopes();
        let mut commands: Vec<&'static Command> = registry::commands()
            .iter()
            .copied()
            .filter(|c| c.rank > 0 && scopes.contains(&c.scope) && c.concerns(facts))
            .collect();
        commands.sort_by_key(|c| c.rank);
        // Help is the door to everything else: its place is kept.
        let button = |command: &'static Command, x: u16| {
            let key = self.keymap.key_in(&scopes, command.id)?.to_string();
            let end = x + width(&key) + 1 + width(command.label);
            Some(FooterButton { range: x..end, command, key, ready: command.availability(facts).is_ready() })
        };
        let help_room = registry::find("app.help").and_then(|c| button(c, 0)).map_or(0, |b| b.range.end + 2);
        let mut out: Vec<FooterButton> = Vec::new();
        let mut x = 1;
        for command in commands {
            let limit = if command.id == "app.help" { room } else { room.saturating_sub(help_room) };
            if let Some(button) = button(command, x)
                && button.range.end <= limit
            {
                x = button.range.end + 2;
                out.push(button);
            }
        }
        out
    }

    fn footer(&self, facts: &Facts, now: Timestamp, area: Rect, buf: &mut Buffer) {
        let theme = &self.theme;
        let mut right = String::new();
        let running = facts.running_jobs;
        if let Some(job) = self.jobs.running().next() {
            right = if running == 1 { job.progress(now) } else { format!("{running} jobs") };
        }
        if let Some(last) = self.world.audit.last() {
            if !right.is_empty() {
                right.push_str("  ");
            }
            right.push_str(&format!("audit {}", quantity::count(last.seq)));
        }
        let (right, columns) = crate::widgets::paint::fit(&right, area.width / 3, theme.glyphs.ellipsis);
        let room = area.width.saturating_sub(columns + 2);
        let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
        if let Some(edit) = &self.edit
            && let EditKind::Prompt(what) = edit.kind
        {
            // What is typed stands in the line above.
            match &edit.error {
                Some(error) => line.skip(1).put(&error.message, theme.style(Role::Bad)),
                None => match self.pane().preview(what, edit.field.text()) {
                    Some(preview) => line.skip(1).put(&preview, theme.style(Role::Muted)),
                    None => line.skip(1).put(what.hint(), theme.style(Role::Faint)),
                },
            };
            return;
        }
        if self.edit.as_ref().is_some_and(|edit| edit.kind == EditKind::Search) {
            line.skip(1).put(self.pane().search_hint(), theme.style(Role::Faint));
            return;
        }
        for button in self.footer_buttons(facts, room) {
            let (key, label) =
                if button.ready { (Role::Key, Role::KeyLabel) } else { (Role::Disabled, Role::Disabled) };
            line.to(button.range.start)
                .put(&button.key, theme.style(key))
                .skip(1)
                .put(button.command.label, theme.style(label));
        }
        line.to(area.right().saturating_sub(columns + 1)).put(&right, theme.style(Role::Muted));
    }
}

/// A pane keeps the number of its key when one before it is away.
fn tab_text(id: PaneId) -> String {
    let place = PaneId::ALL.iter().position(|pane| *pane == id).unwrap_or(0);
    format!("{} {}", place + 1, id.title())
}
