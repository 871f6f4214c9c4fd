//! The engine's full answer as a tree: foldable, searchable, secrets masked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Detail, waiting};
use crate::domain::container::Container;
use crate::domain::{sanitize, secret};
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::{Line, tint};
use crate::widgets::tree::{Node, Scalars, flatten};

struct Masked {
    shown: bool,
}

impl Scalars for Masked {
    fn string(&self, parent: &str, key: &str, value: &str) -> (String, bool) {
        let clean = |text: &str| sanitize::line(text, 2000).into_owned();
        if self.shown {
            return (clean(value), false);
        }
        // Environment variables are `KEY=value` strings in a list.
        let masked = match value.split_once('=') {
            Some((name, inner)) if parent == "Env" => {
                let hidden = secret::masked(name, inner);
                if hidden == inner { value.to_owned() } else { format!("{name}={hidden}") }
            }
            _ => secret::masked(key, value).into_owned(),
        };
        let hidden = masked != value;
        (clean(&masked), hidden)
    }
}

impl Detail {
    pub(super) fn nodes(&self, c: &Container) -> Vec<Node> {
        match self.inspect() {
            Some(inspect) => {
                flatten(&inspect.document, &self.folded, &Masked { shown: self.reveals(&c.key()) })
            }
            None => Vec::new(),
        }
    }
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
    match &detail.known.inspect {
        Some(Ok(_)) => {}
        Some(Err(fault)) => return waiting(Some(fault), scene, area, buf),
        None => return waiting(None, scene, area, buf),
    }
    let nodes = detail.nodes(c);
    for (i, index) in detail.scroll.visible(nodes.len(), area.height.into()).enumerate() {
        let (node, y) = (&nodes[index], area.y + i as u16);
        let mut line = Line::new(buf, area, y, theme.glyphs.ellipsis);
        line.skip(node.depth * 2);
        let sign = match (node.branch, detail.folded.contains(&node.path)) {
            (true, true) => theme.glyphs.folded,
            (true, false) => theme.glyphs.unfolded,
            _ => " ",
        };
        let hit = !detail.search.is_empty()
            && format!("{} {}", node.key, node.value).to_lowercase().contains(&detail.search);
        let key_role = if hit { Role::Match } else { Role::Muted };
        let value_role = match (node.secret, node.branch) {
            (true, _) => Role::Secret,
            (_, true) => Role::Faint,
            _ => Role::Text,
        };
        line.put(sign, theme.style(Role::Faint)).skip(1).put(&node.key, theme.style(key_role)).skip(1);
        line.put(&node.value, theme.style(value_role));
        if focused && index == detail.scroll.cursor {
            tint(buf, Rect { y, height: 1, ..area }, theme.selected(Role::Text, true));
        }
    }
}
