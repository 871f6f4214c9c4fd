//! Environment and labels, with secrets masked until they are revealed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Detail, waiting};
use crate::domain::container::Container;
use crate::domain::{sanitize, secret};
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::{Line, tint};

/// A line of the tab.
pub(super) struct Entry {
    pub key: String,
    pub value: String,
    hidden: bool,
    heading: bool,
}

pub(super) fn lines(detail: &Detail, c: &Container) -> Vec<Entry> {
    let shown = detail.reveals(&c.key());
    let entry = |key: &str, value: &str| {
        let masked = if shown { value.into() } else { secret::masked(key, value) };
        let hidden = masked != value;
        Entry {
            key: sanitize::name(key),
            value: sanitize::line(&masked, 2000).into_owned(),
            hidden,
            heading: false,
        }
    };
    let heading =
        |text: &str| Entry { key: text.to_owned(), value: String::new(), hidden: false, heading: true };
    let mut out = Vec::new();
    if let Some(inspect) = detail.inspect() {
        out.push(heading("environment"));
        out.extend(inspect.env.iter().map(|(key, value)| entry(key, value)));
    }
    out.push(heading("labels"));
    out.extend(c.labels.iter().map(|(key, value)| entry(key, value)));
    out
}

pub(super) fn view(
    detail: &Detail,
    c: &Container,
    scene: &Scene,
    focused: bool,
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = scene.theme;
    if let Some(Err(fault)) = &detail.known.inspect {
        return waiting(Some(fault), scene, area, buf);
    }
    let lines = lines(detail, c);
    for (i, index) in detail.scroll.visible(lines.len(), area.height.into()).enumerate() {
        let (entry, y) = (&lines[index], area.y + i as u16);
        let mut line = Line::new(buf, area, y, theme.glyphs.ellipsis);
        if entry.heading {
            line.put(&entry.key, theme.style(Role::Heading));
        } else {
            let role = if entry.hidden { Role::Secret } else { Role::Text };
            line.put(&entry.key, theme.style(Role::Muted))
                .put("=", theme.style(Role::Faint))
                .put(&entry.value, theme.style(role));
        }
        if focused && index == detail.scroll.cursor {
            tint(buf, Rect { y, height: 1, ..area }, theme.selected(Role::Text, true));
        }
    }
}
