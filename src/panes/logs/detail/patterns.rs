//! Patterns of the lines: how often, since when, which are new.

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::view::LogView;
use super::{list, note};
use crate::domain::container::Container;
use crate::domain::log::LogSourceId;
use crate::domain::quantity;
use crate::logs::templates::{Template, mute_step};
use crate::logs::{Level, styled};
use crate::panes::{Context, Request, Scene};
use crate::theme::Role;

/// Columns of a level.
const LEVEL: u16 = 5;
/// What has come in this time is new when nothing was started.
const NEW: SignedDuration = SignedDuration::from_mins(5);

impl LogView {
    /// The most telling first: new ones, errors, then by number.
    pub(super) fn patterns(&self) -> Vec<&Template> {
        let since = self.fresh_since();
        let mut all: Vec<&Template> = self.templates.list().collect();
        all.sort_by_key(|t| {
            let new = since.is_some_and(|since| t.is_new(since));
            (!new, std::cmp::Reverse(t.level().filter(|l| *l >= Level::Warn)), std::cmp::Reverse(t.count))
        });
        all
    }

    /// From when on a pattern counts as new: the last start of a container that is among the lines, else some
    /// minutes ago.
    fn fresh_since(&self) -> Option<Timestamp> {
        let (oldest, newest) = (self.book.oldest()?, self.book.newest()?);
        let started = self.started_at.values().copied().filter(|at| *at > oldest).max();
        let since = started.or_else(|| newest.checked_sub(NEW).ok())?;
        // With nothing before it everything would be new.
        (since > oldest).then_some(since)
    }

    /// Enter on a pattern: only its lines.
    pub(super) fn take_pattern(&mut self, cursor: usize, cx: &Context) -> Vec<Request> {
        let pattern = self.patterns().get(cursor).map(|t| (mute_step(t), t.text()));
        pattern.map_or_else(Vec::new, |(step, text)| self.choose_like(&step, &text, cx))
    }

    /// Remembers when what is read was started last.
    pub(in crate::panes::logs) fn remember_start(&mut self, source: &LogSourceId, container: &Container) {
        if let Some(at) = container.started_at.filter(|_| !container.since_rounded) {
            self.started_at.insert(source.clone(), at);
        }
    }
}

pub fn draw(view: &LogView, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let patterns = view.patterns();
    if patterns.is_empty() {
        return note("No line has been read yet.", scene.theme, area, buf);
    }
    let since = view.fresh_since();
    let theme = scene.theme;
    let wide = area.width >= 60;
    list(view, scene, area, buf, patterns.len(), |i, line, tone| {
        let template = patterns[i];
        let new = since.is_some_and(|since| template.is_new(since));
        let role = match template.level() {
            Some(Level::Error | Level::Fatal) => Role::Bad,
            Some(Level::Warn) => Role::Warn,
            _ => Role::Faint,
        };
        let level = template.level().map_or(theme.glyphs.unmeasured.to_owned(), |l| l.word().to_uppercase());
        line.put(if new { theme.glyphs.fresh } else { " " }, tone(Role::Accent)).skip(1);
        line.right(&quantity::count(template.count), 8, tone(Role::Text)).skip(1);
        if wide {
            let rate = template.per_minute(scene.now);
            let rate = if rate > 0.0 { format!("{rate:.0}/m") } else { String::new() };
            line.right(&rate, 7, tone(Role::Muted)).skip(1);
        }
        let text = styled::styled(&template.text(), 4, 400).text;
        // A level that the lines themselves begin with is said once.
        let said = text.strip_prefix(&*level).map_or(&*text, str::trim_start);
        let x = line.x();
        line.put(&level, tone(role)).to(x + LEVEL + 1);
        line.put(said, tone(Role::Text));
    });
}
