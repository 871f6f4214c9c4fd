//! The first line of an open server: its name, its link, its views.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::HostTab;
use crate::domain::ids::TargetId;
use crate::domain::server_fields::ServerRow;
use crate::panes::Scene;
use crate::panes::servers::columns::look;
use crate::theme::Role;
use crate::widgets::paint::{Line, width};

/// Names take no more than this; the tabs always begin at the same place.
const NAME: u16 = 24;

fn begins(target: &TargetId, area: Rect) -> u16 {
    area.x + 1 + width(&target.name).min(NAME) + 4
}

/// Cells for the sign that there are more.
const SIGN: u16 = 2;

/// The tabs with their columns; where room is short those before the open one go.
fn places(target: &TargetId, open: HostTab, area: Rect) -> Vec<(HostTab, u16)> {
    let mut tabs = HostTab::ALL.to_vec();
    let begin = begins(target, area);
    let room = area.right().saturating_sub(begin);
    let needed = |tabs: &[HostTab]| tabs.iter().map(|t| width(t.title()) + 2).sum::<u16>();
    while needed(&tabs) > room + 2 - if tabs.len() < HostTab::ALL.len() { SIGN } else { 0 } && tabs.len() > 1
    {
        if tabs.last() == Some(&open) {
            tabs.remove(0);
        } else {
            tabs.pop();
        }
    }
    let mut x = begin;
    tabs.into_iter()
        .map(|tab| {
            let at = x;
            x += width(tab.title()) + 2;
            (tab, at)
        })
        .collect()
}

/// The tab at a column, for the pointer.
pub fn at(target: &TargetId, open: HostTab, area: Rect, column: u16) -> Option<HostTab> {
    let hit = |(tab, x): &(HostTab, u16)| (*x..*x + width(tab.title())).contains(&column);
    places(target, open, area).into_iter().find(hit).map(|(tab, _)| tab)
}

/// The whole of a view's area that its list and its detail share.
pub fn below(area: Rect) -> Rect {
    Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area }
}

pub fn view(
    target: &TargetId,
    open: HostTab,
    row: Option<&ServerRow>,
    scene: &Scene,
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = scene.theme;
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    line.skip(1).put_within(&target.name, NAME, theme.style(Role::Heading)).skip(1);
    let look = row.map(|row| look(row, scene.now, theme.glyphs));
    if let Some((glyph, _, role)) = &look {
        line.put_within(glyph, 2, theme.style(*role));
    }
    let tabs = places(target, open, area);
    if tabs.first().map(|(tab, _)| *tab) != HostTab::ALL.first().copied() {
        line.to(begins(target, area) - SIGN).put(theme.glyphs.left, theme.style(Role::Faint));
    }
    for (tab, x) in &tabs {
        let role = if *tab == open { Role::TabActive } else { Role::Tab };
        line.to(*x).put(tab.title(), theme.style(role));
    }
    if tabs.last().map(|(tab, _)| *tab) != HostTab::ALL.last().copied() {
        line.skip(1).put(theme.glyphs.right, theme.style(Role::Faint));
    }
    if let Some((_, words, role)) = look {
        let needed = width(&words) + 1;
        if line.room() > needed + 2 {
            let role = if role == Role::Ok { Role::Faint } else { role };
            line.to(area.right() - needed).put(&words, theme.style(role));
        }
    }
}
