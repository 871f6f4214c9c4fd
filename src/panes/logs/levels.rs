//! Levels as a person corrects them, program by program: laid over what the lines say wherever a level is
//! shown, counted or asked for. What is held stays as it was read.

use std::collections::HashMap;

use jiff::Timestamp;

use super::answer::PREVIEWED;
use super::choose::like;
use super::options::Saved;
use super::view::LogView;
use crate::domain::log::LogStream;
use crate::domain::{quantity, sanitize};
use crate::logs::book::{Kind, Lane, Line};
use crate::logs::filter::{Stack, Step};
use crate::logs::levels::{FIELD, MAX_RULES, NONE, Rules, field_level};
use crate::logs::{Choice, Level, LineView, fields};
use crate::panes::{self, ChoiceItem, Chooser, Context, Request};

/// Columns of a rule in a list.
const RULE: usize = 60;
const TAKE_BACK: &str = "back ";

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

    /// What the line under the cursor could be corrected to, with what that changes, and what was corrected.
    pub(super) fn choose_level(&self, saved: &Saved) -> Vec<Request> {
        // Of a trace the line that it explains.
        let head = self.current().and_then(|id| self.book.group(id).first().copied());
        let line = head.and_then(|id| self.book.line(id)).filter(|line| line.kind == Kind::Line);
        let Some((line, program)) = line.and_then(|line| Some((line, self.program(line.id.lane())?))) else {
            return vec![Request::Notice("there is no line of a program here".to_owned())];
        };
        let mut items = Vec::new();
        let mut offer = |rule: String, title: String, lines: u64| {
            let note = match lines {
                0 => "changes no line here".to_owned(),
                1 => "changes 1 line here".to_owned(),
                lines => format!("changes {} lines here", quantity::count(lines)),
            };
            items.push(ChoiceItem { id: rule, title, note, on: false });
        };
        let step = like(line.text).map(|step| step.trim_start_matches('-').to_owned());
        if let Some((text, step)) = step.and_then(|text| Some((text.clone(), text.parse::<Step>().ok()?))) {
            let now = self.levels_now(&program, |view| step.takes(view).then_some(()));
            for level in Level::ALL.iter().rev().copied().map(Some).chain([None]) {
                let word = level.map_or(NONE, Level::word);
                let others = now.iter().filter(|(own, _)| *own != level).count();
                let here = if level == self.level(&line) { ", as now" } else { "" };
                offer(format!("{word} {text}"), format!("lines like this: {word}{here}"), others as u64);
            }
        }
        for (name, _) in fields(line.text).iter() {
            let Some(level) = field_level(line.text, name) else { continue };
            let now = self.levels_now(&program, |view| Some(field_level(view.text, name).or(view.level)));
            let others = now.iter().filter(|(own, said)| own != said).count();
            let said = format!("field {} says it ({})", sanitize::name(name), level.word());
            offer(format!("{FIELD} {name}"), said, others as u64);
        }
        if line.stream == LogStream::Stderr {
            let bare = |view: &LineView<'_>| view.stream == LogStream::Stderr && view.level.is_none();
            let now = self.levels_now(&program, |view| bare(view).then_some(()));
            for level in [Level::Error, Level::Warn, Level::Info] {
                let others = now.iter().filter(|(own, _)| *own != Some(level)).count();
                let said = format!("stderr without a level: {}", level.word());
                offer(format!("{} !level? stream:stderr", level.word()), said, others as u64);
            }
        }
        for rule in saved.levels.get(&program).into_iter().flatten().rev() {
            items.push(ChoiceItem {
                id: format!("{TAKE_BACK}{rule}"),
                title: "take back".to_owned(),
                note: sanitize::line(rule, RULE).into_owned(),
                on: false,
            });
        }
        let title = "Which level";
        vec![Request::Choose(panes::Choice {
            what: Chooser::LogLevels,
            title,
            items,
            many: false,
            keep_one: false,
        })]
    }

    /// The present levels of the newest lines of a program, each with what is found of it; of some nothing is.
    fn levels_now<T>(
        &self,
        program: &str,
        find: impl Fn(&LineView<'_>) -> Option<T>,
    ) -> Vec<(Option<Level>, T)> {
        let lanes = self.lanes().map(Lane::place);
        let lanes: Vec<usize> =
            lanes.filter(|lane| self.program(*lane).as_deref() == Some(program)).collect();
        let end = self.book.positions().end;
        let lines = self.book.lines(end - PREVIEWED..end);
        let lines = lines.filter(|l| l.kind == Kind::Line && !l.continues && lanes.contains(&l.id.lane()));
        lines.filter_map(|line| Some((self.level(&line), find(&view(&line))?))).collect()
    }

    /// Takes what was chosen: a correction, or that one is taken back.
    pub(super) fn take_level(&mut self, ids: &[String], saved: &mut Saved, cx: &Context) -> Vec<Request> {
        let Some(id) = ids.first() else { return Vec::new() };
        let Some(program) = self.current().and_then(|line| self.program(line.lane())) else {
            return Vec::new();
        };
        let rules = saved.levels.entry(program.clone()).or_default();
        let said = match id.strip_prefix(TAKE_BACK) {
            Some(old) => {
                rules.retain(|rule| rule != old);
                format!("what {program} says counts again")
            }
            None => {
                // Of the same lines only the last word counts.
                let about = |rule: &str| rule.split_once(' ').map(|(_, about)| about.to_owned());
                rules.retain(|rule| about(rule) != about(id));
                rules.push(id.clone());
                let more = rules.len().saturating_sub(MAX_RULES);
                rules.drain(..more);
                format!("kept for {program}; L takes it back")
            }
        };
        if rules.is_empty() {
            saved.levels.remove(&program);
        }
        self.take_levels(saved);
        self.settle(cx);
        vec![Request::Notice(said)]
    }
}
