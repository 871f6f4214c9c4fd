//! The filters in their order, each with its count, and the search with its hits.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::view::LogView;
use crate::domain::quantity::count;
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::{Line, width};

/// Draws the row.
pub fn draw(view: &LogView, scene: &Scene, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = scene.theme;
    let g = theme.glyphs;
    let mut line = Line::new(buf, area, area.y, g.ellipsis);
    line.skip(1);
    if view.aside.is_some() {
        let text = if view.stack.steps().is_empty() { "all lines around" } else { "one request" };
        line.put(text, theme.style(Role::Info)).put(", esc goes back", theme.style(Role::Faint)).skip(2);
    }
    let search = searched(view);
    let reserved = search.as_ref().map_or(0, |text| width(text).min(area.width / 2) + 2);
    let counts = view.book.step_counts();
    for (i, step) in view.stack.steps().iter().enumerate() {
        if i > 0 {
            line.put(&format!(" {} ", g.then), theme.style(Role::Faint));
        }
        if line.room() <= reserved + 8 {
            line.put(&format!("+{}", view.stack.steps().len() - i), theme.style(Role::Muted));
            break;
        }
        let role = if step.enabled { Role::Accent } else { Role::Disabled };
        line.put_within(&step.words(), 40, theme.style(role));
        if step.enabled {
            let lines = counts.get(i).copied().unwrap_or_default();
            line.put(&format!(" ({})", count(lines)), theme.style(Role::Muted));
        }
    }
    if let Some(share) = view.book.scanning().filter(|share| *share < 1.0) {
        line.skip(2).put(&format!("{:.0} %", share * 100.0), theme.style(Role::Info));
    }
    if let Some(text) = search {
        let role = if view.search_fault.is_some() { Role::Bad } else { Role::Match };
        let room = line.room();
        line.skip(room.saturating_sub(width(&text) + 1)).put(&text, theme.style(role));
    }
}

/// What is searched, and which hit the cursor is on.
fn searched(view: &LogView) -> Option<String> {
    if let Some(fault) = &view.search_fault {
        return Some(format!("search {}: {}", view.search_text, fault.message));
    }
    view.pattern.as_ref()?;
    let hits = count(view.book.hits() as u64);
    let more = if view.book.searching().is_some() { "+" } else { "" };
    let beyond = view.beyond().map_or(String::new(), |beyond| {
        let share = beyond.share.map_or(String::new(), |share| format!(" {:.0} %", share * 100.0));
        let more = if beyond.done { "" } else { "+" };
        format!(", {}{more} in the sources{share}", count(beyond.hits))
    });
    let here = view.viewport.cursor;
    let place = view.book.is_hit(here).then(|| count(view.book.hits_before(here) as u64 + 1));
    let place = place.map_or(format!("{hits}{more} hits"), |n| format!("{n} of {hits}{more}"));
    Some(format!("search {}: {place}{beyond}", view.search_text))
}
