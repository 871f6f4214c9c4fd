//! The container's processes as the engine reports them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Detail, note, waiting};
use crate::domain::container::Container;
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::{Line, tint, width};

pub(super) fn view(
    detail: &Detail,
    c: &Container,
    scene: &Scene,
    focused: bool,
    area: Rect,
    buf: &mut Buffer,
) {
    if !c.state.has_processes() {
        return note("it is not running: it has no processes", Role::Muted, scene, area, buf);
    }
    let table = match &detail.known.processes {
        Some(Ok(table)) => table,
        Some(Err(fault)) => return waiting(Some(fault), scene, area, buf),
        None => return waiting(None, scene, area, buf),
    };
    let theme = scene.theme;
    // The command is last and takes the rest; everything before it is as wide as its longest cell.
    let last = table.titles.len().saturating_sub(1);
    let widths: Vec<u16> = (0..last)
        .map(|i| {
            let cells = table.rows.iter().filter_map(|r| r.get(i)).map(|c| width(c));
            cells.chain([width(&table.titles[i])]).max().unwrap_or(0).min(12)
        })
        .collect();
    let draw = |buf: &mut Buffer, y: u16, cells: &[String], role: Role| {
        let mut line = Line::new(buf, area, y, theme.glyphs.ellipsis);
        for (cell, columns) in cells.iter().zip(&widths) {
            let x = line.x();
            line.put_within(
                cell,
                *columns,
                theme.style(if role == Role::Heading { role } else { Role::Muted }),
            );
            line.to(x + columns + 1);
        }
        if let Some(cell) = cells.get(last) {
            line.put(cell, theme.style(role));
        }
    };
    draw(buf, area.y, &table.titles, Role::Heading);
    let page = usize::from(area.height.saturating_sub(1));
    for (i, row) in detail.scroll.visible(table.rows.len(), page).enumerate() {
        let y = area.y + 1 + i as u16;
        draw(buf, y, &table.rows[row], Role::Text);
        if focused && row == detail.scroll.cursor {
            tint(buf, Rect { y, height: 1, ..area }, theme.selected(Role::Text, true));
        }
    }
}
