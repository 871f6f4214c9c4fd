//! Levels over time as one row of bars, which is the scroll map too: what is on the page is underlined.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::super::view::LogView;
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::Line;

/// Columns that the times at both ends take.
const LABEL: u16 = 10;

/// Draws the strip.
pub fn draw(view: &LogView, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let Some((from, until)) = span(view).filter(|_| area.width > 4 * LABEL && !area.is_empty()) else {
        return;
    };
    let theme = scene.theme;
    let same_day = from.to_zoned(scene.zone.clone()).date() == until.to_zoned(scene.zone.clone()).date();
    let label = |at: Timestamp| {
        let local = at.to_zoned(scene.zone.clone());
        let short = until.duration_since(from).as_secs() < 600;
        local
            .strftime(if !same_day {
                "%m-%d"
            } else if short {
                "%H:%M:%S"
            } else {
                "%H:%M"
            })
            .to_string()
    };
    let bars = bars_of(area);
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    line.skip(1).put(&label(from), theme.style(Role::ChartAxis));
    let columns = view.histogram.bars(from, until, usize::from(bars.width));
    let highest = columns.iter().map(|bar| bar.total).max().unwrap_or(0).max(1);
    let shown = bars.x + columns.len() as u16 + 1;
    Line::new(buf, area, area.y, theme.glyphs.ellipsis)
        .to(shown)
        .put(&label(until), theme.style(Role::ChartAxis));
    let page = page_times(view);
    for (i, bar) in columns.iter().enumerate() {
        let x = bars.x + i as u16;
        let Some(cell) = buf.cell_mut((x, area.y)) else { continue };
        // Of few lines among many something is seen all the same.
        let height = (bar.total * 8).div_ceil(highest).min(8) as usize;
        let role = if bar.error > 0 {
            Role::Bad
        } else if bar.warn > 0 {
            Role::Warn
        } else {
            Role::Faint
        };
        let mut style = theme.style(role);
        if page.is_some_and(|(first, last)| bar.from <= last && bar.until >= first) {
            style = style.add_modifier(Modifier::UNDERLINED);
        }
        cell.set_symbol(theme.glyphs.bars[height]).set_style(style);
    }
}

/// The time that a column of the strip stands for.
pub fn time_at(view: &LogView, area: Rect, column: u16) -> Option<Timestamp> {
    let (from, until) = span(view)?;
    let place = bars_of(area);
    let bars = view.histogram.bars(from, until, place.width.into());
    let index = usize::from(column.saturating_sub(place.x));
    Some(bars.get(index).or(bars.last())?.from)
}

fn bars_of(area: Rect) -> Rect {
    Rect { x: area.x + LABEL, width: area.width.saturating_sub(2 * LABEL), ..area }
}

fn span(view: &LogView) -> Option<(Timestamp, Timestamp)> {
    view.book.oldest().zip(view.book.newest())
}

/// The times of the first and the last line of the page.
fn page_times(view: &LogView) -> Option<(Timestamp, Timestamp)> {
    let at = |index: usize| view.book.line(view.book.row(index)?.line)?.at;
    Some((at(view.viewport.top)?, at(view.viewport.cursor)?))
}
