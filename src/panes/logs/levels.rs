//! Levels as a person corrects them, program by program: laid over what the lines say wherever a level is
//! shown, counted or asked for. What is held stays as it was read.

use std::collections::HashMap;

use jiff::Timestamp;

use super::options::Saved;
use super::view::LogView;
use crate::logs::book::{Kind, Line};
use crate::logs::filter::{Stack, Step};
use crate::logs::levels::Rules;
use crate::logs::{Choice, Level, LineView};

/// The filter, asked of lines with what a person knows of them.
struct Known {
    stack: Stack,
    /// Of levels, by the place of the lane.
    rules: Vec<Option<Rules>>,
    /// Tags of marked messages, by lane, time and first line.
    marks: HashMap<(usize, Option<Timestamp>, String), String>,
}

impl Choice for Known {
    fn judge(&self, line: &LineView<'_>, counts: &mut [u64]) -> bool {
        let rules = self.rules.get(line.lane).and_then(Option::as_ref);
        // The first line says the level of a message.
        let first = LineView { text: line.text.lines().next().unwrap_or_default(), ..*line };
        let level = rules.map_or(line.level, |rules| rules.level(&first));
        let mark = if self.marks.is_empty() {
            None
        } else {
            self.marks.get(&(line.lane, line.at, first.text.to_owned())).map(String::as_str)
        };
        self.stack.judge(&LineView { level, mark, ..*line }, counts)
    }

    fn steps(&self) -> usize {
        Choice::steps(&self.stack)
    }

    fn cost(&self) -> u32 {
        self.stack.cost() + 500
    }
}

/// A held line as steps see it, with the level that it says itself.
pub(super) fn view<'a>(line: &Line<'a>) -> LineView<'a> {
    let Line { text, at, stream, level, format, source, .. } = *line;
    LineView { text, at, stream, level, format, source, lane: line.id.lane(), mark: None }
}

impl LogView {
    /// The level of a line, as far as a person knows it better.
    pub(super) fn level(&self, line: &Line<'_>) -> Option<Level> {
        let rules = if line.kind == Kind::Line { self.rules(line.id.lane()) } else { None };
        let Some(rules) = rules else { return line.level };
        // What continues a line has its level.
        let group = if line.continues { self.book.group(line.id) } else { Vec::new() };
        let head = group.first().and_then(|id| self.book.line(*id));
        rules.level(&view(head.as_ref().unwrap_or(line)))
    }

    /// Whether a line that begins a message may have another level than it says.
    pub(super) fn is_corrected(&self, line: &Line<'_>) -> bool {
        line.kind == Kind::Line && !line.continues && self.rules(line.id.lane()).is_some()
    }

    fn rules(&self, lane: usize) -> Option<&Rules> {
        if self.levels.is_empty() {
            return None;
        }
        self.levels.get(&self.program(lane)?)
    }

    /// The filter, for the book.
    pub(super) fn choice(&self) -> Box<dyn Choice> {
        let stack = self.stack.clone();
        let needs_marks = stack.steps().iter().any(Step::needs_marks);
        if self.levels.is_empty() && !needs_marks {
            return Box::new(stack);
        }
        let marks = if needs_marks { self.marked_messages() } else { HashMap::new() };
        let lanes = self.lanes().map(|lane| lane.place() + 1).max().unwrap_or(0);
        let rules = (0..lanes).map(|lane| self.rules(lane).cloned()).collect();
        Box::new(Known { stack, rules, marks })
    }

    fn marked_messages(&self) -> HashMap<(usize, Option<Timestamp>, String), String> {
        let mut messages: HashMap<_, String> = HashMap::new();
        for mark in self.marks.list() {
            let head = mark.line.and_then(|line| self.book.group(line).first().copied());
            let Some(head) = head.and_then(|id| self.book.line(id)) else { continue };
            let tags = messages.entry((head.id.lane(), head.at, head.text.to_owned())).or_default();
            let gap = if tags.is_empty() || mark.tags.is_empty() { "" } else { " " };
            *tags = format!("{tags}{gap}{}", mark.tags.join(" "));
        }
        messages
    }

    /// Other levels count from now on.
    pub(super) fn correct(&mut self) {
        if self.is_filtered() {
            self.apply_stack();
        }
        self.recount();
    }

    /// Takes over what was corrected.
    pub(super) fn take_levels(&mut self, saved: &Saved) {
        let levels = saved.levels.iter().map(|(program, rules)| (program.clone(), Rules::read(rules)));
        let levels = levels.collect();
        if self.levels != levels {
            self.levels = levels;
            self.correct();
        }
    }
}
