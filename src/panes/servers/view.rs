//! The list: status line, headings, rows.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::columns::{self, COLUMNS, Cell};

use super::fleet::{Fleet, MARGIN, row_of};
use crate::domain::remote::Link;
use crate::domain::server_fields::{FIELDS, ServerRow};
use crate::panes::split::Parts;
use crate::panes::{Edit, EditKind, Scene};
use crate::theme::Role;
use crate::widgets::paint::{Line, tint, width, wrap};

pub(super) fn list(pane: &Fleet, scene: &Scene, edit: Option<&Edit>, parts: &Parts, buf: &mut Buffer) {
    status(pane, scene, edit, parts.status, buf);
    let shown = pane.shown_columns(parts);
    headings(pane, scene, &shown, parts.headings, buf);
    if pane.rows.is_empty() {
        return empty(pane, scene, parts.rows, buf);
    }
    for (i, index) in pane.list.visible(pane.rows.len(), parts.page()).enumerate() {
        let area = Rect { y: parts.rows.y + i as u16, height: 1, ..parts.rows };
        if let Some(one) = row_of(scene.world, &pane.rows[index]) {
            row(one, index == pane.list.cursor, scene, &shown, area, buf);
            if pane.marks.contains(&pane.rows[index]) {
                let style = scene.theme.style(Role::Mark);
                Line::new(buf, area, area.y, scene.theme.glyphs.ellipsis)
                    .skip(1)
                    .put(scene.theme.glyphs.marked, style);
            }
        }
    }
}

fn status(pane: &Fleet, scene: &Scene, edit: Option<&Edit>, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    let (shown, total) = (pane.rows.len(), pane.total);
    let counts = if shown == total { total.to_string() } else { format!("{shown} of {total}") };
    line.skip(1).put("servers ", theme.style(Role::Heading)).put(&counts, theme.style(Role::Text)).skip(2);
    match edit {
        Some(edit) if edit.kind == EditKind::Filter => {
            line.put("/", theme.style(Role::Accent));
            let field = Rect { x: line.x(), width: line.room(), ..area };
            return edit.field.view(field, buf, theme.style(Role::Input), true);
        }
        _ if !pane.filter_text.is_empty() => {
            line.put(&format!("/{}", pane.filter_text), theme.style(Role::Accent));
        }
        _ => {}
    }
    if !pane.marks.is_empty() {
        line.skip(2).put(&format!("{} marked", pane.marks.len()), theme.style(Role::Mark));
    }
    let arrow = if pane.descending { theme.glyphs.down } else { theme.glyphs.up };
    let right = format!("sort {} {arrow}", FIELDS[pane.sort].spec.id);
    let (room, needed) = (line.room(), width(&right) + 1);
    if room > needed + 1 {
        line.skip(room - needed).put(&right, theme.style(Role::Faint));
    }
}

fn headings(pane: &Fleet, scene: &Scene, shown: &[(usize, u16)], area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    line.skip(MARGIN);
    for (column, columns) in shown {
        let (title, right) = columns::title(*column);
        let sorted = columns::field(*column) == pane.sort;
        let style = theme.style(if sorted { Role::Sorted } else { Role::Heading });
        let x = line.x();
        match right {
            Some(within) => line.right(title, within, style),
            None => line.put_within(title, *columns, style),
        };
        line.to(x + columns + 2);
    }
}

fn row(row: ServerRow, selected: bool, scene: &Scene, shown: &[(usize, u16)], area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let stale = !matches!(row.remote.link, Link::Live | Link::Connecting);
    let over: Vec<&str> = scene.world.open(&row.target.id).map(|c| c.metric.column()).collect();
    let tone = |role: Role| {
        // What is known of a lost server stays, greyed; that it is lost does not.
        let role = if stale && !matches!(role, Role::Bad | Role::Accent) { Role::Stale } else { role };
        if selected { theme.selected(role, true) } else { theme.style(role) }
    };
    if selected {
        tint(buf, area, tone(Role::Text));
    }
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    line.put(if selected { theme.glyphs.cursor } else { " " }, tone(Role::Accent)).to(area.x + MARGIN);
    for (column, columns) in shown {
        let x = line.x();
        let field = columns::field(*column);
        let is_over = over.contains(&COLUMNS[*column].id);
        let amber = |role: Role| tone(if is_over && role == Role::Text { Role::Warn } else { role });
        let mut cell = Cell { line: &mut line, columns: *columns, field, row, scene, tone: &amber };
        (COLUMNS[*column].cell)(&mut cell);
        if is_over && !stale {
            // Behind what stands there; between two columns when the cell is full.
            let mark = (line.x() + 1).min(x + columns);
            line.to(mark).put_within(theme.glyphs.attention, 1, tone(Role::Warn));
        }
        line.to(x + columns + 2);
    }
}

/// Why there is nothing to see and what to do about it.
fn empty(pane: &Fleet, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let lines = if pane.total > 0 {
        [
            (Role::Text, format!("No server matches the filter; {} are hidden.", pane.total)),
            (Role::Muted, "esc clears the filter".to_owned()),
        ]
    } else {
        [
            (Role::Text, "No server here.".to_owned()),
            (Role::Muted, "Write a [[server]] section with host = \"local\" for this machine, or an ssh_config alias: pult config example".to_owned()),
        ]
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
