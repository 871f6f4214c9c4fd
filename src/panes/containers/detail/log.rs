//! The last lines of the container's output, followed.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Detail, note, waiting};
use crate::domain::container::Container;
use crate::domain::log::{LogLine, LogStream};
use crate::domain::{quantity, sanitize};
use crate::logs::{self, Level};
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::Line;

/// More of a line is on no screen.
const MAX_CHARS: usize = 1000;

/// The tab.
pub(super) fn view(detail: &Detail, c: &Container, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let tail = &detail.known.log;
    let theme = scene.theme;
    if tail.lines.is_empty() {
        return match (&tail.trouble, tail.opened) {
            (Some(fault), _) => waiting(Some(fault), scene, area, buf),
            (None, true) if c.state.has_processes() => {
                note("it has written no whole line yet", Role::Muted, scene, area, buf)
            }
            (None, true) => note("it has written nothing", Role::Muted, scene, area, buf),
            (None, false) => waiting(None, scene, area, buf),
        };
    }
    let page = usize::from(area.height.saturating_sub(1));
    let top = if detail.follow { tail.lines.len().saturating_sub(page) } else { detail.scroll.top };
    let state = match (&tail.trouble, tail.ended, detail.follow) {
        (Some(fault), ..) => fault.message.clone(),
        (None, true, _) => "ended".to_owned(),
        (None, false, true) => format!("follow {}", theme.glyphs.live),
        (None, false, false) => format!(
            "paused, {} below",
            quantity::count(tail.lines.len().saturating_sub(top + page) as u64 + tail.missed)
        ),
    };
    let role = if tail.trouble.is_some() { Role::Warn } else { Role::Muted };
    let mut head = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    head.put(&state, theme.style(role)).skip(2);
    if tail.dropped > 0 {
        head.put(&format!("{} older not kept", quantity::count(tail.dropped)), theme.style(Role::Faint));
    }
    for (i, line) in tail.lines.iter().skip(top).take(page).enumerate() {
        draw(line, &detail.search, scene, area, area.y + 1 + i as u16, buf);
    }
}

/// What fits below the overview, under a heading.
pub(super) fn last_lines(detail: &Detail, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let tail = &detail.known.log;
    let mut head = Line::new(buf, area, area.y, scene.theme.glyphs.ellipsis);
    head.put("last lines", scene.theme.style(Role::Muted)).skip(2);
    if let Some(fault) = &tail.trouble {
        head.put(&fault.message, scene.theme.style(Role::Warn));
    }
    let page = usize::from(area.height - 1);
    for (i, line) in tail.lines.iter().skip(tail.lines.len().saturating_sub(page)).enumerate() {
        draw(line, "", scene, area, area.y + 1 + i as u16, buf);
    }
}

fn draw(line: &LogLine, search: &str, scene: &Scene, area: Rect, y: u16, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut row = Line::new(buf, area, y, theme.glyphs.ellipsis);
    if let Some(at) = line.at {
        let local = at.to_zoned(scene.zone.clone());
        row.put(&local.strftime("%H:%M:%S").to_string(), theme.style(Role::Faint)).skip(1);
    }
    let base = theme.style(match line.stream {
        // Most servers write everything to stderr: it says nothing about weight.
        LogStream::Stdout | LogStream::Stderr => Role::Text,
        LogStream::Engine => Role::Warn,
    });
    let shown = logs::show(&line.text, line.at, true);
    let severe = match shown.level {
        Some(Level::Error | Level::Fatal) => Some(theme.style(Role::Bad)),
        Some(Level::Warn) => Some(theme.style(Role::Warn)),
        _ => None,
    };
    let (text, word) = clean(&shown);
    if let Some(style) = severe.filter(|_| word.is_empty()) {
        row.put("!", style).skip(1);
    }
    let hit = Some(search).filter(|s| !s.is_empty() && text.is_ascii());
    let hit = hit.and_then(|s| text.to_lowercase().find(s).map(|i| i..i + s.len())).unwrap_or_default();
    let mut cuts = [0, word.start, word.end, hit.start, hit.end, text.len()];
    cuts.sort_unstable();
    for (from, to) in cuts.into_iter().zip(cuts.into_iter().skip(1)).filter(|(from, to)| from < to) {
        let style = match severe {
            _ if hit.contains(&from) => theme.style(Role::Match),
            Some(style) if word.contains(&from) => style,
            _ => base,
        };
        row.put(text.get(from..to).unwrap_or_default(), style);
    }
}

/// The text, harmless, and where the word that says the level is in it.
fn clean(shown: &logs::Shown) -> (String, Range<usize>) {
    let piece = |range| sanitize::line(shown.text.get(range).unwrap_or_default(), MAX_CHARS);
    let mut text = piece(0..shown.word.start).into_owned();
    let start = text.len();
    text.push_str(&piece(shown.word.clone()));
    let end = text.len();
    text.push_str(&piece(shown.word.end..shown.text.len()));
    (text, start..end)
}
