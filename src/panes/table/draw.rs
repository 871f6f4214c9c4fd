//! Draws a list: status line, headings, rows, and why there is nothing.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Row, Table};
use crate::domain::filter::{FieldKind, Value, find_field};
use crate::domain::quantity;
use crate::panes::split::Parts;
use crate::panes::{Edit, EditKind, Scene};
use crate::theme::Role;
use crate::widgets::paint::{Line, tint, width, wrap};
use crate::widgets::spark;

/// Cells left of the first column, and between two.
pub const MARGIN: u16 = 3;
pub const GAP: u16 = 2;

/// The columns that fit, with their widths.
pub fn widths<T: Row>(table: &Table<T>, parts: &Parts) -> Vec<(usize, u16)> {
    let room = parts.rows.width.saturating_sub(MARGIN + 1);
    let columns = T::COLUMNS;
    let least = |c: &usize| if columns[*c].width == 0 { T::LEAST } else { columns[*c].width };
    let mut shown = table.columns.clone();
    let needed = |shown: &[usize]| shown.iter().map(|c| least(c) + GAP).sum::<u16>().saturating_sub(GAP);
    while shown.len() > 1 && needed(&shown) > room {
        let Some(last) = shown.iter().copied().max_by_key(|c| columns[*c].priority) else { break };
        shown.retain(|c| *c != last);
    }
    let elastic = shown.iter().filter(|c| columns[**c].width == 0).count() as u16;
    let spare = room.saturating_sub(needed(&shown)).checked_div(elastic).unwrap_or(0);
    let width = |c: usize| if columns[c].width == 0 { T::LEAST + spare } else { columns[c].width };
    shown.into_iter().map(|c| (c, width(c))).collect()
}

pub fn list<T: Row>(table: &Table<T>, scene: &Scene, edit: Option<&Edit>, parts: &Parts, buf: &mut Buffer) {
    status(table, scene, edit, parts.status, buf);
    let shown = widths(table, parts);
    headings(table, scene, &shown, parts.headings, buf);
    if table.is_empty() {
        return empty(table, scene, parts.rows, buf);
    }
    for (i, index) in table.list.visible(table.len(), parts.page()).enumerate() {
        let area = Rect { y: parts.rows.y + i as u16, height: 1, ..parts.rows };
        if let Some((one, depth)) = table.row(index) {
            let selected = index == table.list.cursor;
            let marked = T::MARKS && table.marks.contains(&one.id());
            let look = Look {
                selected,
                marked,
                behind: table.is_behind,
                stale: table.is_old || table.trouble().is_some(),
            };
            row(one, depth, look, scene, &shown, area, buf);
        }
    }
}

fn status<T: Row>(table: &Table<T>, scene: &Scene, edit: Option<&Edit>, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    let (shown, total) = (table.len(), table.data().len());
    line.skip(1).put(T::NOUNS, theme.style(Role::Heading)).skip(1);
    // Before the first answer nothing is counted.
    if table.at.is_some() {
        let counts = if shown == total { total.to_string() } else { format!("{shown} of {total}") };
        line.put(&counts, theme.style(Role::Text)).skip(2);
    }
    if !table.marks.is_empty() {
        line.put(&format!("{} marked", table.marks.len()), theme.style(Role::Mark)).skip(2);
    }
    match edit {
        Some(edit) if edit.kind == EditKind::Filter => {
            line.put("/", theme.style(Role::Accent));
            let field = Rect { x: line.x(), width: line.room(), ..area };
            return edit.field.view(field, buf, theme.style(Role::Input), true);
        }
        _ if !table.filter_text.is_empty() => {
            line.put(&format!("/{}", table.filter_text), theme.style(Role::Accent)).skip(2);
        }
        _ => {}
    }
    if let (Some((note, role)), None, false) = (&table.note, table.trouble(), table.is_old) {
        let reserved = if table.note_first { 1 } else { 18 };
        let room = line.room().saturating_sub(reserved);
        line.put_within(note, room, theme.style(*role)).skip(2);
    }
    let age = |at: Timestamp| quantity::age_coarse(scene.now.as_second() - at.as_second());
    if let (true, None, Some(at)) = (table.is_old, table.trouble(), table.at) {
        line.put(&format!("{} {} old", theme.glyphs.stale, age(at)), theme.style(Role::Stale));
    }
    if let (Some(fault), Some(at)) = (table.trouble(), table.at) {
        // Where the sentence is cut off, its kind is still there.
        let short = format!("{} {} old, {}", theme.glyphs.stale, age(at), fault.kind.word());
        let full = format!("{short}: {}", fault.in_full());
        let room = line.room().saturating_sub(20);
        // That a server is out of reach is told elsewhere, too.
        let text = if fault.kind.is_link() && width(&full) > room { short } else { full };
        line.put_within(&text, room, theme.style(Role::Stale));
    }
    let arrow = if table.descending { theme.glyphs.down } else { theme.glyphs.up };
    let tree = if table.tree { "tree " } else { "" };
    let right = format!("{tree}sort {} {arrow}", T::SPECS[table.sort].id);
    let (room, needed) = (line.room(), width(&right) + 1);
    if room > needed + 1 {
        line.skip(room - needed).put(&right, theme.style(Role::Faint));
    }
}

fn headings<T: Row>(table: &Table<T>, scene: &Scene, shown: &[(usize, u16)], area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    line.skip(MARGIN);
    for (column, columns) in shown {
        let x = line.x();
        let Some(field) = find_field(T::SPECS, T::COLUMNS[*column].id) else { continue };
        let spec = &T::SPECS[field];
        let style = theme.style(if field == table.sort { Role::Sorted } else { Role::Heading });
        if spec.kind.is_number() {
            line.right(spec.title, *columns, style);
        } else {
            line.put_within(spec.title, *columns, style);
        }
        line.to(x + columns + GAP);
    }
}

struct Look {
    selected: bool,
    marked: bool,
    behind: bool,
    stale: bool,
}

fn row<T: Row>(
    one: &T,
    depth: u16,
    look: Look,
    scene: &Scene,
    shown: &[(usize, u16)],
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = scene.theme;
    let tone = |role: Role| {
        let role = if look.stale && role != Role::Accent { Role::Stale } else { role };
        if look.selected { theme.selected(role, !look.behind) } else { theme.style(role) }
    };
    if look.selected {
        tint(buf, area, tone(Role::Text));
    }
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    line.put(if look.selected { theme.glyphs.cursor } else { " " }, tone(Role::Accent));
    if look.marked {
        line.put(theme.glyphs.marked, tone(Role::Mark));
    }
    line.to(area.x + MARGIN);
    let tree_column = shown.iter().map(|(c, _)| *c).find(|c| T::COLUMNS[*c].width == 0);
    for (column, columns) in shown {
        let (x, id) = (line.x(), T::COLUMNS[*column].id);
        let Some(field) = find_field(T::SPECS, id) else { continue };
        let value = (T::FIELDS[field].get)(one);
        let kind = T::SPECS[field].kind;
        let inset = if tree_column == Some(*column) { (depth * 2).min(columns / 2) } else { 0 };
        let role = one.role(id, &scene.limits);
        if let Some(figures) = one.past(id) {
            past(&figures, *columns, scene, &tone, &mut line);
            line.to(x + columns + GAP);
            continue;
        }
        match (one.text(id, scene.now), &value) {
            (_, Value::Absent) if kind.is_number() => {
                line.right(theme.glyphs.unmeasured, *columns, tone(Role::Faint));
            }
            (_, Value::Absent) => {}
            (Some(text), _) => {
                line.right(&text, *columns, tone(role));
            }
            (None, Value::Text(text)) => {
                line.skip(inset).put_within(text, columns - inset, tone(role));
            }
            (None, Value::Number(n)) => {
                let text = number(*n, kind);
                let role = if *n == 0.0 && role == Role::Text { Role::Faint } else { role };
                let unit = if role == Role::Text { Role::Faint } else { role };
                line.quantity(&text, *columns, tone(role), tone(unit));
            }
        }
        line.to(x + columns + GAP);
    }
}

/// A cell for each of the newest figures, the newest at the right. What is as usual is half as high as can be.
fn past(figures: &[(f32, Role)], columns: u16, scene: &Scene, tone: &dyn Fn(Role) -> Style, line: &mut Line) {
    let newest = figures.iter().skip(figures.len().saturating_sub(columns.into()));
    let finite: Vec<f32> = newest.clone().map(|(figure, _)| *figure).filter(|f| f.is_finite()).collect();
    let most = 2.0 * finite.iter().sum::<f32>() / finite.len().max(1) as f32;
    let bars = &scene.theme.glyphs.bars;
    let levels = std::array::from_fn(|i| bars[i + 1]);
    line.skip(columns.saturating_sub(newest.len() as u16));
    for (figure, role) in newest {
        line.put(&spark::line([*figure].into_iter(), most.max(f32::EPSILON), 1, &levels), tone(*role));
    }
}

fn number(n: f64, kind: FieldKind) -> String {
    match kind {
        FieldKind::Bytes => quantity::bytes(n.max(0.0) as u64),
        FieldKind::Percent => quantity::percent(n),
        FieldKind::Seconds => quantity::age_coarse(n as i64),
        FieldKind::Number | FieldKind::Text => format!("{n:.0}"),
    }
}

/// Why there is nothing to see and what to do about it.
fn empty<T: Row>(table: &Table<T>, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let (total, nouns) = (table.data().len(), T::NOUNS);
    let lines = match (&table.fault, table.at) {
        _ if total > 0 => vec![
            (Role::Text, format!("None of {total} {nouns} matches the filter.")),
            (Role::Muted, "esc clears the filter".to_owned()),
        ],
        (Some(fault), _) => {
            let mut lines = vec![(Role::Bad, fault.message.clone())];
            lines.extend(fault.hint.clone().map(|hint| (Role::Text, hint)));
            lines
        }
        (None, None) => vec![(Role::Muted, format!("asking for its {nouns} {}", theme.glyphs.ellipsis))],
        (None, Some(_)) => {
            vec![(Role::Text, format!("It has no {nouns}.")), (Role::Muted, T::EMPTY.to_owned())]
        }
    };
    let mut y = area.y + u16::from(area.height > 3);
    for (role, text) in lines {
        for part in wrap(&text, area.width.saturating_sub(MARGIN + 1)) {
            if y < area.bottom() {
                Line::new(buf, area, y, theme.glyphs.ellipsis).skip(MARGIN).put(&part, theme.style(role));
                y += 1;
            }
        }
    }
}
