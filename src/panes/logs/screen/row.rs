//! Lines of the log on the screen: time, source, then the text with its colours, hits and columns.

use std::ops::Range;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::options::Times;
use super::super::view::LogView;
use super::label::Labels;
use super::text;
use crate::domain::quantity;
use crate::logs::book::{Kind, Line as Held, Row};
use crate::logs::{Level, wrap};
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::{Line, tint, width};

/// Columns before the text: sign, time, source.
fn gutter(view: &LogView, labels: &Labels) -> u16 {
    1 + view.options.times.columns() + labels.columns()
}

/// Rows of the screen that a row of the book takes where lines are wrapped.
pub fn row_height(view: &LogView, index: usize, columns: u16) -> usize {
    let Some(line) = view.book.row(index).and_then(|row| view.book.line(row.line)) else { return 1 };
    if line.kind != Kind::Line {
        return 1;
    }
    let room = columns.saturating_sub(gutter(view, &Labels::of(view, columns)) + 1).max(10);
    wrap::rows(&text::of(view, &line).text, room.into()).count().clamp(1, 200)
}

/// The row of the book on a row of the screen.
pub fn row_under(view: &LogView, area: Rect, y: u16) -> Option<usize> {
    let mut top = usize::from(area.y);
    for index in view.viewport.top..view.book.len() {
        let height = view.height(index, area.width);
        if usize::from(y) < top + height {
            return Some(index);
        }
        top += height;
        if top >= usize::from(area.bottom()) {
            break;
        }
    }
    None
}

/// Draws the page.
pub fn draw(view: &LogView, scene: &Scene, focused: bool, area: Rect, buf: &mut Buffer) {
    let labels = Labels::of(view, area.width);
    let mut y = area.y;
    let mut before: Option<(usize, bool)> = None;
    for index in view.viewport.top..view.book.len() {
        if y >= area.bottom() {
            break;
        }
        let Some(row) = view.book.row(index) else { break };
        let Some(line) = view.book.line(row.line) else { continue };
        let selected = index == view.viewport.cursor;
        if view.complete_row == Some(index) {
            let text = "further back not all sources are read yet; going up reads them";
            rule(scene, None, (text, Role::Muted), Rect { y, height: area.bottom() - y, ..area }, buf);
            y += 1;
        }
        if y >= area.bottom() {
            break;
        }
        let rest = Rect { y, height: area.bottom() - y, ..area };
        y += match line.kind {
            Kind::Line => {
                // What continues the line above says neither time nor source again.
                let told = line.continues && before.is_some_and(|(lane, _)| lane == line.id.lane());
                text_row(view, scene, &labels, &row, &line, told, (selected, focused), rest, buf)
            }
            _ => {
                rule_row(view, scene, &line, selected && focused, rest, buf);
                1
            }
        };
        before = Some((line.id.lane(), line.continues));
    }
}

/// What progress bars are writing: not lines yet, and not kept.
pub fn progress(view: &LogView, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let labels = Labels::of(view, area.width);
    for (y, (source, bar)) in (area.top()..area.bottom()).zip(&view.progress) {
        let mut line = Line::new(buf, area, y, scene.theme.glyphs.ellipsis);
        line.skip(1 + view.options.times.columns());
        if let Some(label) = labels.text(view, Some(source)) {
            line.put_within(label, labels.room(), scene.theme.style(Role::Faint));
        }
        line.to(area.x + gutter(view, &labels));
        line.put(&text::clean(bar), scene.theme.style(Role::Muted));
    }
}

#[allow(clippy::too_many_arguments)]
fn text_row(
    view: &LogView,
    scene: &Scene,
    labels: &Labels,
    row: &Row,
    line: &Held<'_>,
    told: bool,
    (selected, focused): (bool, bool),
    area: Rect,
    buf: &mut Buffer,
) -> u16 {
    let theme = scene.theme;
    let painted = text::of(view, line).coloured(view, selected, theme);
    let left = gutter(view, labels);
    let columns = area.width.saturating_sub(left + 1).max(10);
    let pieces: Vec<(Range<usize>, u16)> = if view.options.wrap {
        let rows = wrap::rows(&painted.text, columns.into()).take(usize::from(area.height));
        rows.map(|range| (range, 0)).collect()
    } else {
        let window = wrap::window(&painted.text, view.viewport.shift, columns.into());
        vec![(window.range, window.lead as u16)]
    };
    let height = pieces.len().max(1) as u16;
    let base = if selected { theme.selected(Role::Text, focused) } else { theme.style(Role::Text) };
    let tone = |role: Role| if selected { theme.selected(role, focused) } else { theme.style(role) };
    if selected {
        tint(buf, Rect { height: height.min(area.height), ..area }.intersection(buf.area), base);
    }
    let mut head = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    let marked = view.marks.get(row.line).is_some();
    let sign = if marked {
        theme.glyphs.marked
    } else if selected {
        theme.glyphs.cursor
    } else {
        " "
    };
    head.put(sign, tone(if marked { Role::Mark } else { Role::Accent }));
    if !told {
        if let Some(at) = line.at {
            head.put(&time(view, scene, at), tone(if line.late { Role::Stale } else { Role::Faint }));
        }
        head.to(area.x + 1 + view.options.times.columns());
        if let Some(label) = labels.text(view, view.source(line.id.lane())) {
            head.put_within(label, labels.room(), tone(labels.role(line.id.lane())));
        }
    }
    for (i, (range, lead)) in pieces.iter().enumerate() {
        let y = area.y + i as u16;
        if y >= area.bottom() {
            break;
        }
        let x = area.x + left + lead;
        painted.put(range.clone(), (x, y), area.right(), base, buf);
    }
    if row.repeats > 1 {
        let since = line.at.map_or(String::new(), |at| {
            format!(" since {}", at.to_zoned(scene.zone.clone()).strftime("%H:%M:%S"))
        });
        let text = format!(" {}{}{since}", theme.glyphs.times, row.repeats);
        let x = area.right().saturating_sub(width(&text) + 1);
        Line::new(buf, area, area.y, theme.glyphs.ellipsis).to(x).put(&text, tone(Role::Info));
    } else if !view.options.wrap && pieces.first().is_some_and(|(range, _)| range.end < painted.text.len()) {
        let x = area.right().saturating_sub(1);
        Line::new(buf, area, area.y, theme.glyphs.ellipsis)
            .to(x)
            .put(theme.glyphs.ellipsis, tone(Role::Faint));
    }
    height
}

/// What is no line: a container that died, lines that are missing.
fn rule_row(view: &LogView, scene: &Scene, line: &Held<'_>, selected: bool, area: Rect, buf: &mut Buffer) {
    let role = match (line.kind, line.level) {
        (_, Some(Level::Error | Level::Fatal)) => Role::Bad,
        (Kind::Gap | Kind::Dropped, _) | (_, Some(Level::Warn)) => Role::Warn,
        _ => Role::Info,
    };
    // A gap says whose it is, where several are read.
    let whose = if line.kind != Kind::Note && view.members.len() > 1 {
        format!("{}: ", line.source)
    } else {
        String::new()
    };
    let text = format!("{whose}{}", crate::domain::sanitize::line(line.text, 400));
    rule(scene, line.at, (&text, role), area, buf);
    if selected {
        let style = scene.theme.selected(role, true);
        tint(buf, Rect { height: 1, ..area }.intersection(buf.area), style);
    }
}

/// A line through the text, with a sentence on it.
fn rule(scene: &Scene, at: Option<Timestamp>, (text, role): (&str, Role), area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let dash = theme.glyphs.horizontal;
    let mut out = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    out.skip(1).put(&dash.repeat(2), theme.style(Role::Rule)).skip(1);
    if let Some(at) = at {
        let at = at.to_zoned(scene.zone.clone()).strftime("%H:%M:%S").to_string();
        out.put(&at, theme.style(Role::Faint)).skip(1);
    }
    out.put(text, theme.style(role)).skip(1);
    let rest = usize::from(out.room().saturating_sub(1));
    out.put(&dash.repeat(rest), theme.style(Role::Rule));
}

fn time(view: &LogView, scene: &Scene, at: Timestamp) -> String {
    let local = || at.to_zoned(scene.zone.clone());
    match view.options.times {
        Times::Clock => local().strftime("%H:%M:%S%.3f").to_string(),
        Times::Date => local().strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Times::Age => format!("{:>5}", quantity::age(scene.now.duration_since(at).as_secs().max(0))),
        Times::None => String::new(),
    }
}
