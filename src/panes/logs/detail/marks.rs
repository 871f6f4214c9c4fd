//! Marked lines with their notes, in the order of their times.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::screen::text;
use super::super::view::LogView;
use super::{list, note};
use crate::logs::book::{Kind, LineId};
use crate::panes::{Context, Request, Scene};
use crate::theme::Role;

impl LogView {
    /// Marked lines in the order of the book; those that were let go stand first.
    pub(in crate::panes::logs) fn marked(&self) -> Vec<LineId> {
        let mut lines: Vec<LineId> = self.marks.iter().map(|(line, _)| line).collect();
        lines.sort_by_key(|line| self.book.line(*line).and_then(|l| l.at));
        lines
    }

    pub(super) fn go_to_mark(&mut self, cursor: usize, cx: &Context) -> Vec<Request> {
        let Some(line) = self.marked().get(cursor).copied() else { return Vec::new() };
        let Some(index) = self.book.index_of(line) else {
            return vec![Request::Notice(
                "the filter hides that line, or it was let go; C shows all".to_owned(),
            )];
        };
        self.travel(cx, |v, book, page, height| v.show(index, book, page, height));
        vec![Request::Visited]
    }

    pub(super) fn remove_mark(&mut self, cursor: usize) {
        if let Some(line) = self.marked().get(cursor) {
            self.marks.remove(*line);
        }
    }
}

pub fn draw(view: &LogView, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let marked = view.marked();
    if marked.is_empty() {
        let text = "No line is marked. m marks the line under the cursor, a adds a note; e writes all of it \
                    as evidence to a file that ends in .md.";
        return note(text, scene.theme, area, buf);
    }
    list(view, scene, area, buf, marked.len(), |i, line, tone| {
        let note = view.marks.note(marked[i]).unwrap_or_default();
        let Some(held) = view.book.line(marked[i]) else {
            line.put("let go", tone(Role::Stale)).skip(2).put(note, tone(Role::Accent));
            return;
        };
        if let Some(at) = held.at {
            let at = at.to_zoned(scene.zone.clone()).strftime("%H:%M:%S").to_string();
            line.put(&at, tone(Role::Faint)).skip(1);
        }
        if !note.is_empty() {
            line.put(note, tone(Role::Accent)).skip(2);
        }
        if view.members.len() > 1 && held.kind == Kind::Line {
            line.put(held.source, tone(Role::Muted)).skip(1);
        }
        line.put(&text::of(view, &held).text, tone(Role::Text));
    });
}
