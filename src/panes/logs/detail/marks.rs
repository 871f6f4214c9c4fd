//! Marked lines with their notes and tags in the order of their times, those that are not held too, and where
//! somebody read last.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::marks::Mark;
use super::super::screen::text;
use super::super::view::LogView;
use super::{list, note};
use crate::logs::book::Kind;
use crate::panes::{Context, Request, Scene};
use crate::theme::Role;

/// A row of the list.
pub enum MarkRow<'a> {
    /// With its place among the marks.
    Mark(usize, &'a Mark),
    /// Where somebody read last.
    Left(Timestamp),
}

impl LogView {
    pub(super) fn mark_rows(&self) -> Vec<MarkRow<'_>> {
        let marks = self.marks.list().iter().enumerate();
        let mut rows: Vec<MarkRow<'_>> = marks.map(|(place, mark)| MarkRow::Mark(place, mark)).collect();
        if let Some(left) = self.left_at() {
            let before = self.marks.list().partition_point(|mark| mark.at <= Some(left));
            rows.insert(before, MarkRow::Left(left));
        }
        rows
    }

    pub(super) fn go_to_mark(&mut self, cursor: usize, cx: &Context) -> Vec<Request> {
        let say = |text: &str| vec![Request::Notice(text.to_owned())];
        let (line, at, gone) = match self.mark_rows().get(cursor) {
            None => return Vec::new(),
            Some(MarkRow::Left(at)) => (None, Some(*at), false),
            Some(MarkRow::Mark(_, mark)) => (mark.line, mark.at, self.is_gone(mark)),
        };
        match (line, at) {
            (Some(line), _) => match self.book.index_of(line) {
                Some(index) => {
                    self.travel(cx, |v, book, page, height| v.show(index, book, page, height));
                    vec![Request::Visited]
                }
                None => say("the filter hides that line; C shows all"),
            },
            _ if gone => say("that line is gone: its log does not have it any more; d removes the mark"),
            (None, Some(at)) => self.go_to_time(at, cx),
            (None, None) => say("that line has no time and is not among those held"),
        }
    }

    pub(super) fn remove_mark(&mut self, cursor: usize) {
        if let Some(MarkRow::Mark(place, _)) = self.mark_rows().get(cursor) {
            let place = *place;
            self.marks.remove(place);
        }
    }

    /// Lines around its time are held, and it is not among them.
    fn is_gone(&self, mark: &Mark) -> bool {
        let is_read = |at: Timestamp| match self.complete_since() {
            Some(since) => at >= since || !self.has_older(),
            None => false,
        };
        mark.line.is_none() && mark.at.is_some_and(is_read)
    }
}

pub fn draw(view: &LogView, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let rows = view.mark_rows();
    if rows.is_empty() {
        let text = "No line is marked. m marks the line under the cursor, a adds a note, A tags; e writes all of \
                    it as evidence to a file that ends in .md. Marks are kept over sessions.";
        return note(text, scene.theme, area, buf);
    }
    // Of another day the day is said.
    let today = scene.now.to_zoned(scene.zone.clone()).date();
    let time = |at: Timestamp| {
        let local = at.to_zoned(scene.zone.clone());
        local.strftime(if local.date() == today { "%H:%M:%S" } else { "%m-%d %H:%M" }).to_string()
    };
    list(view, scene, area, buf, rows.len(), |i, line, tone| {
        let mark = match &rows[i] {
            MarkRow::Mark(_, mark) => mark,
            MarkRow::Left(at) => {
                line.put(&time(*at), tone(Role::Faint)).skip(1);
                line.put("read up to here last; enter goes there", tone(Role::Info));
                return;
            }
        };
        if let Some(at) = mark.at {
            line.put(&time(at), tone(Role::Faint)).skip(1);
        }
        for tag in &mark.tags {
            line.put(&format!("#{tag}"), tone(Role::Mark)).skip(1);
        }
        if !mark.note.is_empty() {
            line.put(&mark.note, tone(Role::Accent)).skip(2);
        }
        let Some(held) = mark.line.and_then(|line| view.book.line(line)) else {
            let state = if view.is_gone(mark) { "gone" } else { "not read yet" };
            line.put(state, tone(Role::Stale)).skip(1).put(&mark.text, tone(Role::Muted));
            return;
        };
        if view.members.len() > 1 && held.kind == Kind::Line {
            line.put(held.source, tone(Role::Muted)).skip(1);
        }
        line.put(text::of(view, &held).text.trim_start(), tone(Role::Text));
    });
}
