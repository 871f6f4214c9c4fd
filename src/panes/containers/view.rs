//! The list: status line, headings, rows.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::ContainersPane;
use super::columns::{self, COLUMNS};
use super::rows::{Row, RowAge, RowId};
use crate::domain::container::Container;
use crate::domain::quantity;
use crate::domain::remote::Link;
use crate::panes::{Edit, EditKind, Scene};
use crate::theme::Role;
use crate::widgets::paint::{Line, tint, width};

/// Cells left of the first column: cursor mark, mark or fresh sign, blank.
const MARGIN: u16 = 3;

/// The name of the group of containers without a project.
pub(super) const NO_PROJECT: &str = "(no project)";

/// Cells that the name of a container's group takes: `crm`, with several engines `crm @prod`.
pub(super) fn group_width(container: &Container, several_hosts: bool) -> u16 {
    let host = if several_hosts { width(&container.target.name).saturating_add(2) } else { 0 };
    width(container.project.as_deref().unwrap_or(NO_PROJECT)).saturating_add(host)
}

pub(super) fn list(
    pane: &ContainersPane,
    scene: &Scene,
    edit: Option<&Edit>,
    focused: bool,
    parts: &crate::panes::split::Parts,
    buf: &mut Buffer,
) {
    status(pane, scene, edit, parts.status, buf);
    let shown = pane.column_widths(parts.rows.width.saturating_sub(MARGIN + 1));
    headings(pane, scene, &shown, parts.headings, buf);
    if pane.rows.rows.is_empty() {
        return empty(pane, scene, parts.rows, buf);
    }
    for (i, index) in pane.list.visible(pane.rows.rows.len(), parts.page()).enumerate() {
        let area = Rect { y: parts.rows.y + i as u16, height: 1, ..parts.rows };
        let selected = (index == pane.list.cursor).then_some(focused);
        row(pane, &pane.rows.rows[index], selected, scene, &shown, area, buf);
    }
}

fn status(pane: &ContainersPane, scene: &Scene, edit: Option<&Edit>, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    line.skip(1).put("containers ", theme.style(Role::Heading));
    let (matching, total) = (pane.rows.matching, pane.rows.total);
    let counts = if matching == total { total.to_string() } else { format!("{matching} of {total}") };
    line.put(&counts, theme.style(Role::Text));
    if !pane.marks.is_empty() {
        line.skip(2).put(&format!("{} marked", pane.marks.len()), theme.style(Role::Mark));
    }
    match edit {
        Some(edit) if edit.kind == EditKind::Filter => {
            line.skip(2).put("/", theme.style(Role::Accent));
            let field = Rect { x: line.x(), width: line.room(), ..area };
            edit.field.view(field, buf, theme.style(Role::Input), true);
            if let Some(error) = &edit.error {
                let at = edit.field.text().get(..error.at).map_or(0, |s| s.chars().count()) as u16;
                tint(
                    buf,
                    Rect {
                        x: field.x + at,
                        width: 1.max(field.width.saturating_sub(at)).min(40),
                        height: 1,
                        y: area.y,
                    },
                    theme.style(Role::Bad),
                );
            }
            return;
        }
        _ if !pane.filter_text.is_empty() => {
            line.skip(2)
                .put("/", theme.style(Role::Accent))
                .put(&pane.filter_text, theme.style(Role::Accent));
        }
        _ => {}
    }
    let spec = crate::domain::container_fields::FIELDS[pane.how.sort].spec;
    let arrow = if pane.how.descending { theme.glyphs.down } else { theme.glyphs.up };
    let mut right = format!("sort {} {arrow}", spec.id);
    if pane.how.grouped {
        right.push_str("  by project");
    }
    let room = line.room();
    let needed = crate::widgets::paint::width(&right) + 1;
    if room > needed + 1 {
        line.skip(room - needed).put(&right, theme.style(Role::Faint));
    }
}

fn headings(pane: &ContainersPane, scene: &Scene, shown: &[(usize, u16)], area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let sorted = crate::domain::container_fields::FIELDS[pane.how.sort].spec.id;
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    line.skip(MARGIN);
    for (column, columns) in shown {
        let (title, right) = columns::title(*column);
        let role = if COLUMNS[*column].id == sorted { Role::Sorted } else { Role::Heading };
        let x = line.x();
        match right {
            Some(within) => line.right(title, within, theme.style(role)),
            None => line.put_within(title, *columns, theme.style(role)),
        };
        line.to(x + columns + 2);
    }
}

fn row(
    pane: &ContainersPane,
    row: &Row,
    selected: Option<bool>,
    scene: &Scene,
    shown: &[(usize, u16)],
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = scene.theme;
    let lost = |target| scene.world.docker.get(target).is_some_and(|r| !r.link.is_live());
    let (age, stale) = match row {
        Row::Container { container, age, .. } => (*age, lost(&container.target)),
        Row::Group { key, .. } => (RowAge::Settled, lost(&key.target)),
    };
    // Rows of a lost engine stay, greyed as a whole.
    let tone = move |role: Role| -> Style {
        columns::toned(theme, if stale { Role::Stale } else { role }, selected, age)
    };
    if selected.is_some() {
        tint(buf, area, tone(Role::Text));
    }
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    match selected {
        Some(_) => line.put(theme.glyphs.cursor, tone(Role::Accent)),
        None => line.skip(1),
    };
    let marked = matches!(row.id(), RowId::Container(key) if pane.marks.contains(&key));
    match (marked, age) {
        (true, _) => line.put(theme.glyphs.marked, tone(Role::Mark)),
        (_, RowAge::Fresh) => line.put(theme.glyphs.fresh, tone(Role::Fresh)),
        (_, RowAge::Gone) => line.put(theme.glyphs.minus, tone(Role::Gone)),
        _ => line.skip(1),
    };
    line.to(area.x + MARGIN);
    for (column, columns) in shown {
        let (x, columns) = (line.x(), *columns);
        match row {
            Row::Container { container, indent, .. } => {
                let inset = if *indent && COLUMNS[*column].id == "name" { 2 } else { 0 };
                line.skip(inset);
                columns::draw(*column, &mut line, columns - inset, container, scene, &tone);
            }
            Row::Group { key, folded, .. } if COLUMNS[*column].id == "name" => {
                let sign = if *folded { theme.glyphs.folded } else { theme.glyphs.unfolded };
                let mut name = key.project.as_deref().unwrap_or(NO_PROJECT).to_owned();
                if scene.world.has_several_engines() {
                    name = format!("{name} @{}", key.target.name);
                }
                line.put(sign, tone(Role::Faint)).skip(1).put_within(&name, columns - 2, tone(Role::Group));
            }
            Row::Group { totals, .. } => {
                columns::draw_total(*column, &mut line, columns, totals, theme, &tone)
            }
        }
        line.to(x + columns + 2);
    }
}

/// Why there is nothing to see and what to do about it.
fn empty(pane: &ContainersPane, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut lines: Vec<(Role, String)> = Vec::new();
    let world = scene.world;
    if pane.rows.total > 0 {
        lines.push((Role::Text, format!("No container matches the filter; {} are hidden.", pane.rows.total)));
        lines.push((Role::Muted, "esc clears the filter".into()));
    } else if world.docker.is_empty() {
        lines.push((Role::Text, "No Docker engine here.".into()));
        lines.extend(scene.empty_hint.iter().map(|h| (Role::Muted, h.clone())));
    } else {
        for (target, remote) in &world.docker {
            match &remote.link {
                Link::Live => lines.push((Role::Text, format!("{target} has no containers."))),
                Link::Listed => lines.push((Role::Muted, format!("{target} is not connected"))),
                Link::Connecting => {
                    lines.push((Role::Muted, format!("connecting to {target} {}", theme.glyphs.ellipsis)))
                }
                Link::Lost { fault, retry_at } => {
                    lines.push((Role::Bad, format!("{} {target}: {}", theme.glyphs.lost, fault.message)));
                    lines.extend(fault.hint.iter().map(|h| (Role::Text, format!("  {h}"))));
                    let wait = retry_at.map(|at| at.as_second() - scene.now.as_second()).filter(|s| *s > 0);
                    lines.extend(wait.map(|s| (Role::Muted, format!("  next try in {}", quantity::age(s)))));
                }
            }
        }
        if world.docker.values().all(|r| r.link.is_live()) {
            lines.push((Role::Muted, "Try: docker run -d --name hello nginx".into()));
        }
    }
    let mut y = area.y + u16::from(area.height > 3);
    for (role, text) in lines {
        for part in crate::widgets::paint::wrap(&text, area.width.saturating_sub(MARGIN + 1)) {
            if y < area.bottom() {
                Line::new(buf, area, y, theme.glyphs.ellipsis).skip(MARGIN).put(&part, theme.style(role));
                y += 1;
            }
        }
    }
}
