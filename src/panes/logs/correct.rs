//! How a person says which level lines have: what can be said of the line under the cursor, with what it would
//! change, and what was said before, to be taken back.

use super::alike::like;
use super::answer::PREVIEWED;
use super::levels::view;
use super::options::Saved;
use super::view::LogView;
use crate::domain::log::LogStream;
use crate::domain::{quantity, sanitize};
use crate::logs::book::{Kind, Lane, Line};
use crate::logs::filter::Step;
use crate::logs::levels::{FIELD, MAX_RULES, NONE, field_level};
use crate::logs::{Level, LineView, fields};
use crate::panes::{Choice, ChoiceItem, Chooser, Context, Request};

/// Columns of a rule in a list.
const RULE: usize = 60;
const TAKE_BACK: &str = "back ";

impl LogView {
    /// What the line under the cursor could be corrected to, with what that changes, and what was corrected.
    pub(super) fn choose_level(&self, saved: &Saved) -> Vec<Request> {
        // Of a trace the line that it explains.
        let head = self.current().and_then(|id| self.book.group(id).first().copied());
        let line = head.and_then(|id| self.book.line(id)).filter(|line| line.kind == Kind::Line);
        let (mut items, mut programs) = (Vec::new(), Vec::new());
        if let Some(line) = line
            && let Some(program) = self.program(line.id.lane())
        {
            items = self.corrections(&line, &program);
            programs.push(program);
        } else {
            // With no line left under the cursor a correction can be taken back all the same.
            programs.extend(self.lanes().filter_map(|lane| self.program(lane.place())));
            programs.sort();
            programs.dedup();
        }
        for program in programs {
            for rule in saved.levels.get(&program).into_iter().flatten().rev() {
                items.push(ChoiceItem {
                    id: format!("{TAKE_BACK}{program}\n{rule}"),
                    title: "take back".to_owned(),
                    note: sanitize::line(rule, RULE).into_owned(),
                    on: false,
                });
            }
        }
        if items.is_empty() {
            return vec![Request::Notice("there is no line of a program here".to_owned())];
        }
        vec![Request::Choose(Choice {
            what: Chooser::LogLevels,
            title: "Which level",
            items,
            many: false,
            keep_one: false,
        })]
    }

    /// What can be said of lines like this one, by its text, its fields and its stream.
    fn corrections(&self, line: &Line<'_>, program: &str) -> Vec<ChoiceItem> {
        let mut items = Vec::new();
        let mut offer = |rule: String, title: String, lines: usize| {
            let note = match lines {
                0 => "changes no line here".to_owned(),
                1 => "changes 1 line here".to_owned(),
                lines => format!("changes {} lines here", quantity::count(lines as u64)),
            };
            items.push(ChoiceItem { id: rule, title, note, on: false });
        };
        let step = like(line.text).map(|step| step.trim_start_matches('-').to_owned());
        if let Some((text, step)) = step.and_then(|text| Some((text.clone(), text.parse::<Step>().ok()?))) {
            let now = self.levels_now(program, |view| step.takes(view).then_some(()));
            for level in Level::ALL.iter().rev().copied().map(Some).chain([None]) {
                let word = level.map_or(NONE, Level::word);
                let others = now.iter().filter(|(own, _)| *own != level).count();
                let here = if level == self.level(line) { ", as now" } else { "" };
                offer(format!("{word} {text}"), format!("lines like this: {word}{here}"), others);
            }
        }
        for (name, _) in fields(line.text).iter() {
            let Some(level) = field_level(line.text, name) else { continue };
            let now = self.levels_now(program, |view| Some(field_level(view.text, name).or(view.level)));
            let others = now.iter().filter(|(own, said)| own != said).count();
            let said = format!("field {} says it ({})", sanitize::name(name), level.word());
            offer(format!("{FIELD} {name}"), said, others);
        }
        if line.stream == LogStream::Stderr {
            let bare = |view: &LineView<'_>| view.stream == LogStream::Stderr && view.level.is_none();
            let now = self.levels_now(program, |view| bare(view).then_some(()));
            for level in [Level::Error, Level::Warn, Level::Info] {
                let others = now.iter().filter(|(own, _)| *own != Some(level)).count();
                let said = format!("stderr without a level: {}", level.word());
                offer(format!("{} !level? stream:stderr", level.word()), said, others);
            }
        }
        items
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
        let said = match id.strip_prefix(TAKE_BACK).and_then(|old| old.split_once('\n')) {
            Some((program, old)) => {
                if let Some(rules) = saved.levels.get_mut(program) {
                    rules.retain(|rule| rule != old);
                }
                saved.levels.retain(|_, rules| !rules.is_empty());
                format!("what {program} says counts again")
            }
            None => {
                let Some(program) = self.current().and_then(|line| self.program(line.lane())) else {
                    return Vec::new();
                };
                let rules = saved.levels.entry(program.clone()).or_default();
                // Of the same lines only the last word counts.
                let about = |rule: &str| rule.split_once(' ').map(|(_, about)| about.to_owned());
                rules.retain(|rule| about(rule) != about(id));
                rules.push(id.clone());
                let more = rules.len().saturating_sub(MAX_RULES);
                rules.drain(..more);
                format!("kept for {program}; L takes it back")
            }
        };
        self.take_levels(saved);
        self.settle(cx);
        vec![Request::Notice(said)]
    }
}
