//! Two sources, or before and after a line: which patterns only one of them has, and which are more frequent.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::view::LogView;
use super::{Comparison, list, note};
use crate::command::LogTab;
use crate::domain::quantity;
use crate::logs::book::{Kind, Lane};
use crate::logs::styled;
use crate::logs::templates::{DifferenceKind, Templates, compare};
use crate::panes::{Choice, ChoiceItem, Chooser, Context, Request, Scene};
use crate::theme::Role;
use crate::widgets::paint::Line;

/// Patterns of each half.
const CAP: usize = 2_000;
/// Lines looked at of each half, the newest ones.
const LINES: i64 = 200_000;
/// Columns of a number.
const COUNT: u16 = 12;

impl LogView {
    /// What can be compared: before and after the line under the cursor, its source with each other one.
    pub(in crate::panes::logs) fn choose_comparison(&self) -> Vec<Request> {
        let mut items = vec![ChoiceItem {
            id: "time".to_owned(),
            title: "before and after this line".to_owned(),
            note: "what began here".to_owned(),
            on: false,
        }];
        let here = self.current().and_then(|line| self.book.line(line)).map(|line| line.id.lane());
        let name = here.and_then(|here| self.book.lane(here)).map_or("", Lane::label);
        for lane in self.lanes().filter(|lane| Some(lane.place()) != here) {
            items.push(ChoiceItem {
                id: lane.place().to_string(),
                title: format!("{name} with {}", lane.label()),
                note: String::new(),
                on: false,
            });
        }
        vec![Request::Choose(Choice {
            what: Chooser::LogCompare,
            title: "Compare",
            items,
            many: false,
            keep_one: false,
        })]
    }

    pub(in crate::panes::logs) fn compare(&mut self, ids: &[String]) {
        let Some(id) = ids.first() else { return };
        let Some((here, at)) =
            self.current().and_then(|line| self.book.line(line)).map(|line| (line.id.lane(), line.at))
        else {
            return;
        };
        let (mut a, mut b) = (Templates::new(CAP), Templates::new(CAP));
        let other: Option<usize> = id.parse().ok();
        let all = self.book.positions();
        for line in self.book.lines(all.start.max(all.end - 2 * LINES)..all.end) {
            let Some(time) = line.at.filter(|_| line.kind == Kind::Line && !line.continues) else { continue };
            let lane = line.id.lane();
            let half = match other {
                None if at.is_some_and(|at| time < at) => &mut a,
                None => &mut b,
                Some(_) if lane == here => &mut a,
                Some(other) if lane == other => &mut b,
                Some(_) => continue,
            };
            half.learn(line.text, self.level(&line), Some(time), line.source);
        }
        let names = match other {
            None => ("before".to_owned(), "after".to_owned()),
            Some(other) => {
                let label = |lane| self.book.lane(lane).map_or("", Lane::label).to_owned();
                (label(here), label(other))
            }
        };
        self.detail.comparison = Some(Comparison { names, differences: compare(&a, &b) });
        self.detail.open = true;
        self.detail.focused = true;
        self.detail.show(LogTab::Compare);
    }

    /// Enter on a difference: only its lines.
    pub(super) fn take_difference(&mut self, cursor: usize, cx: &Context) -> Vec<Request> {
        let comparison = self.detail.comparison.as_ref();
        let one = comparison.and_then(|c| c.differences.get(cursor));
        let pattern = one.map(|one| (one.mute_step.clone(), one.text.clone()));
        pattern.map_or_else(Vec::new, |(step, text)| self.choose_like(&step, &text, cx))
    }
}

pub fn draw(view: &LogView, scene: &Scene, titles: Rect, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let Some(comparison) = &view.detail.comparison else {
        let text = "= compares before and after the line under the cursor, or its source with another one.";
        return note(text, theme, titles.union(area), buf);
    };
    let all = &comparison.differences;
    let (a, b) = &comparison.names;
    let mut head = Line::new(buf, titles, titles.y, theme.glyphs.ellipsis);
    head.skip(2).right(a, COUNT, theme.style(Role::Heading)).skip(1).right(
        b,
        COUNT,
        theme.style(Role::Heading),
    );
    head.skip(2).put("PATTERN", theme.style(Role::Heading));
    if all.is_empty() {
        return note("Both write the same patterns about as often.", theme, area, buf);
    }
    list(view, scene, area, buf, all.len(), |i, line, tone| {
        let one = &all[i];
        let (sign, role) = match one.kind {
            DifferenceKind::OnlyA => (theme.glyphs.minus, Role::Muted),
            DifferenceKind::OnlyB => (theme.glyphs.fresh, Role::Accent),
            DifferenceKind::Changed(_) => (theme.glyphs.times, Role::Info),
        };
        line.put(sign, tone(role)).skip(1);
        line.right(&quantity::count(one.a), COUNT, tone(Role::Text)).skip(1);
        line.right(&quantity::count(one.b), COUNT, tone(Role::Text)).skip(2);
        if let DifferenceKind::Changed(factor) = one.kind {
            line.put(&format!("{}{factor:.1} ", theme.glyphs.times), tone(Role::Info));
        }
        line.put(&styled::styled(&one.text, 4, 400).text, tone(Role::Text));
    });
}
