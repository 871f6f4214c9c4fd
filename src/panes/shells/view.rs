//! The shells as they are drawn: one line with all of them, below it the one in front.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ShellsPane;
use super::tab::Tab;
use crate::domain::terminal::{End, Size};
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::{Line, width};
use crate::widgets::terminal::{self, Overlay};

/// Where the terminal of the shell in front is.
pub fn screen(area: Rect) -> Rect {
    Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area }
}

/// Its size.
pub fn size(area: Rect) -> Size {
    let screen = screen(area);
    Size { columns: screen.width, rows: screen.height }
}

pub fn draw(pane: &ShellsPane, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let Some(front) = pane.front() else {
        let text = "No shell is open. ! on a server or a container opens one.";
        Line::new(buf, area, area.y + 1, theme.glyphs.ellipsis).skip(3).put(text, theme.style(Role::Muted));
        return;
    };
    header(pane, front, scene, area, buf);
    let screen = screen(area);
    let Some(picture) = &front.picture else {
        let text = match &front.end {
            Some(end) => end.sentence(),
            None => format!("opening a shell: {}", front.open.equivalent()),
        };
        let role = if front.end.is_some() { Role::Bad } else { Role::Muted };
        for (y, line) in (screen.y + 1..screen.bottom())
            .zip(crate::widgets::paint::wrap(&text, screen.width.saturating_sub(6)))
        {
            Line::new(buf, screen, y, theme.glyphs.ellipsis).skip(3).put(&line, theme.style(role));
        }
        return;
    };
    let overlay = match front.browse {
        Some(browse) => Overlay {
            selection: browse.anchor.map(|anchor| (anchor, browse.at)),
            found: browse.found,
            at: Some(browse.at),
            cursor: false,
        },
        None => Overlay { cursor: front.end.is_none(), ..Overlay::default() },
    };
    terminal::draw(picture, overlay, theme, screen, buf);
}

/// All shells, and how the one in front fares.
fn header(pane: &ShellsPane, front: &Tab, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    line.skip(1);
    for tab in pane.tabs() {
        let is_front = tab.terminal == front.terminal;
        line.put(&tab.open.name, theme.style(if is_front { Role::TabActive } else { Role::Tab })).skip(1);
        let (glyph, role) = match &tab.end {
            Some(End::Code(0) | End::HungUp) => (theme.glyphs.minus, Role::Muted),
            Some(_) => (theme.glyphs.cross, Role::Bad),
            None if tab.picture.is_none() => (theme.glyphs.connecting, Role::Info),
            None => (theme.glyphs.live, Role::Ok),
        };
        line.put(glyph, theme.style(role)).skip(2);
    }
    let (text, role) = state(front);
    let start = area.right().saturating_sub(width(&text) + 1).max(line.x());
    line.to(start).put(&text, theme.style(role));
}

/// What is to be known of the shell in front, and what to press.
fn state(tab: &Tab) -> (String, Role) {
    if let Some(browse) = &tab.browse {
        let text = match browse.anchor {
            Some(_) => "enter copies, space begins anew, esc leaves",
            None => "space selects, / searches, esc leaves",
        };
        return (text.to_owned(), Role::Accent);
    }
    if let Some(end) = &tab.end {
        let how = if tab.picture.is_some() { end.sentence() } else { "not open".to_owned() };
        let role = if matches!(end, End::Code(0) | End::HungUp) { Role::Muted } else { Role::Bad };
        return (format!("{how}: enter opens it again, esc closes it"), role);
    }
    match &tab.picture {
        Some(picture) if picture.back > 0 => (format!("{} rows back", picture.back), Role::Accent),
        Some(picture) => (picture.title.clone(), Role::Muted),
        None => (String::new(), Role::Muted),
    }
}
