//! How a view is drawn: what is read and how it goes, levels over time, the filters, the lines.

mod crumbs;
mod label;
mod row;
mod status;
mod strip;
pub mod text;

pub use row::{row_height, row_under};
pub use strip::time_at as strip_time;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::Parts;
use super::view::LogView;
use crate::logs::book::LaneState;
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::{Line, wrap};

/// Draws the view.
pub fn view(view: &LogView, scene: &Scene, focused: bool, area: Rect, buf: &mut Buffer) {
    let parts = view.parts(area);
    status::draw(view, scene, focused, parts.status, buf);
    if view.selection.is_none() {
        return empty(scene, parts.text, buf);
    }
    strip::draw(view, scene, parts.strip, buf);
    crumbs::draw(view, scene, parts.crumbs, buf);
    if view.book.is_empty() {
        nothing(view, scene, &parts, buf);
    } else {
        row::draw(view, scene, focused && !view.detail.focused, parts.text, buf);
        row::progress(view, scene, parts.progress, buf);
    }
    parts.list.draw_rule(scene.theme, buf);
    super::detail::draw(view, scene, parts.detail(), buf);
}

/// No log is open.
fn empty(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let lines = [
        "No log is open.",
        "",
        "s      choose containers          : logs   everything that runs, the journal",
        "o      open a file of this machine",
        "v      a view that was kept",
        "1 L    the logs of the container or project there, or of marked ones",
    ];
    for (i, text) in lines.iter().enumerate() {
        let role = if i == 0 { Role::Text } else { Role::Muted };
        Line::new(buf, area, area.y + 1 + i as u16, scene.theme.glyphs.ellipsis)
            .skip(3)
            .put(text, scene.theme.style(role));
    }
}

/// Some logs are open, but there is nothing to show: why.
fn nothing(view: &LogView, scene: &Scene, parts: &Parts, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut y = parts.text.y + 1;
    let mut say = |text: &str, role: Role, y: &mut u16| {
        for part in wrap(text, parts.text.width.saturating_sub(6)) {
            Line::new(buf, parts.text, *y, theme.glyphs.ellipsis).skip(3).put(&part, theme.style(role));
            *y += 1;
        }
    };
    if view.members.is_empty() {
        say(
            "Nothing runs that belongs to it. Its lines appear when something starts; s chooses others.",
            Role::Muted,
            &mut y,
        );
        return;
    }
    if !view.book.positions().is_empty() {
        let text = match view.book.scanning() {
            Some(_) => "Looking for lines that pass the filters.",
            None => "No line passes the filters: backspace takes the last one away, F lists them.",
        };
        say(text, Role::Muted, &mut y);
        return;
    }
    for lane in view.lanes() {
        let label = lane.label();
        let (text, role) = match &lane.ledger().state {
            LaneState::Connecting => (format!("{label}: connecting"), Role::Info),
            _ if lane.ledger().waiting() > 0 => {
                (format!("{label}: its lines wait for those of others"), Role::Info)
            }
            LaneState::Live => (format!("{label}: has written no whole line yet"), Role::Muted),
            LaneState::Anchored => (format!("{label}: no lines of that time yet"), Role::Info),
            LaneState::Ended => (format!("{label}: ended, has written nothing"), Role::Muted),
            LaneState::Lost(fault) => (format!("{}: {}; trying again", label, fault.in_full()), Role::Warn),
            LaneState::Refused(fault) => (format!("{}: {}", label, fault.in_full()), Role::Bad),
        };
        say(&text, role, &mut y);
    }
}
