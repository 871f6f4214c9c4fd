//! Where the parts of the log pane stand: for update (pages, the pointer) and view alike.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::panes::split::{self, SIDE_BY_SIDE, Shape};
use crate::theme::{Role, Theme};

/// The parts of one view. An empty rectangle is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    pub status: Rect,
    /// Levels over time.
    pub strip: Rect,
    /// The filters, and what is searched.
    pub crumbs: Rect,
    pub text: Rect,
    /// What progress bars are writing, below the text.
    pub progress: Rect,
    pub list: split::Parts,
}

impl Parts {
    pub fn detail(&self) -> Rect {
        self.list.detail
    }

    pub fn page(&self) -> usize {
        self.text.height.into()
    }
}

/// What decides where the parts stand.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    pub shape: Shape,
    pub strip: bool,
    pub crumbs: bool,
    /// Rows of progress bars.
    pub progress: u16,
}

pub fn compute(area: Rect, form: Form) -> Parts {
    let list = split::compute(area, form.shape);
    let mut rest = list.headings.union(list.rows);
    if list.headings.is_empty() {
        rest = list.rows;
    }
    let mut take = |wanted: bool| {
        // The text comes first: below a few rows there is nothing else.
        if !wanted || rest.height < 5 {
            return Rect { height: 0, ..rest };
        }
        let row = Rect { height: 1, ..rest };
        rest = Rect { y: rest.y + 1, height: rest.height - 1, ..rest };
        row
    };
    let strip = take(form.strip);
    let crumbs = take(form.crumbs);
    let under = form.progress.min(rest.height / 3);
    let text = Rect { height: rest.height - under, ..rest };
    let progress = Rect { y: text.bottom(), height: under, ..rest };
    Parts { status: list.status, strip, crumbs, text, progress, list }
}

/// The part of the pane that one of `count` views has.
pub fn of_view(area: Rect, count: usize, index: usize) -> Rect {
    if count < 2 {
        return area;
    }
    if area.width >= 2 * SIDE_BY_SIDE / 3 * 2 {
        let left = area.width / 2;
        return match index {
            0 => Rect { width: left.saturating_sub(1), ..area },
            _ => Rect { x: area.x + left, width: area.width - left, ..area },
        };
    }
    let top = area.height / 2;
    match index {
        0 => Rect { height: top, ..area },
        _ => Rect { y: area.y + top + 1, height: area.height.saturating_sub(top + 1), ..area },
    }
}

/// The line between two views.
pub fn draw_border(area: Rect, count: usize, theme: &Theme, buf: &mut Buffer) {
    let (first, second) = (of_view(area, count, 0), of_view(area, count, 1));
    let (line, symbol) = if first.y == second.y {
        (Rect { x: second.x.saturating_sub(1), width: 1, ..area }, theme.glyphs.rule)
    } else {
        (Rect { y: first.bottom(), height: 1, ..area }, theme.glyphs.horizontal)
    };
    for position in line.intersection(buf.area).positions() {
        buf[position].set_symbol(symbol).set_style(theme.style(Role::Rule));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stay_inside_and_apart() {
        for (width, height) in [(40, 7), (80, 21), (120, 37), (200, 57), (40, 1), (1, 1)] {
            let area = Rect::new(0, 1, width, height);
            let shape =
                Shape { detail_open: true, zoomed: false, detail_focused: false, stacked: None, percent: 62 };
            for (strip, crumbs) in [(true, true), (false, true), (false, false)] {
                let parts = compute(area, Form { shape, strip, crumbs, progress: 2 });
                for part in [parts.status, parts.strip, parts.crumbs, parts.text, parts.progress] {
                    assert!(part.is_empty() || area.intersection(part) == part, "{area:?} {part:?}");
                }
                assert!(!parts.text.intersects(parts.crumbs) || parts.crumbs.is_empty());
            }
            let (a, b) = (of_view(area, 2, 0), of_view(area, 2, 1));
            assert!(a.is_empty() || b.is_empty() || !a.intersects(b), "{a:?} {b:?}");
        }
    }
}
