//! "Lines like this one": the step that hides them, which says in words what it hides. The level and the class
//! of an answer's status belong to what a line is like, so that with what is healthy no error is hidden.

use super::screen::text::clean;
use super::view::LogView;
use crate::logs::book::{Kind, Line};
use crate::logs::filter::{Step, value};
use crate::logs::templates::{Templates, mute_step};
use crate::logs::{read, show};
use crate::panes::{Context, Request};

/// What a step says of a pattern.
const LIKE: &str = "like ";

impl LogView {
    pub(super) fn mute_like(&mut self, cx: &Context) -> Vec<Request> {
        let line = self.current().and_then(|id| self.book.line(id)).filter(|line| line.kind == Kind::Line);
        let Some(line) = line else {
            return vec![Request::Notice("there is no line of a program here".to_owned())];
        };
        // What continues a line is judged with it.
        let head = self.book.group(line.id).first().and_then(|id| self.book.line(*id)).unwrap_or(line);
        let said = Manner::of(self, &head);
        let Some(pattern) = like(line.text) else { return Vec::new() };
        let Ok(step) = format!("-{} {}", said.conditions, pattern.trim_start_matches('-')).parse::<Step>()
        else {
            return Vec::new();
        };
        let step = step.saying(format!("-{}{LIKE}{}", said.words, self.redacted(&in_words(&line))));
        self.stack.push(step);
        self.apply_stack();
        self.settle(cx);
        let text = format!("{}lines like that one are hidden; backspace shows them again", said.words);
        vec![Request::Notice(text)]
    }

    /// Only lines that a step would hide, said as their pattern is.
    pub(super) fn choose_like(&mut self, muting: &str, pattern: &str, cx: &Context) -> Vec<Request> {
        let Ok(step) = muting.trim_start_matches('-').parse::<Step>() else { return Vec::new() };
        self.stack.push(step.saying(format!("{LIKE}{}", clean(pattern))));
        self.apply_stack();
        self.settle(cx);
        Vec::new()
    }
}

/// How a line came out: its level, and of a request the class of the answer's status.
struct Manner {
    conditions: String,
    /// A blank behind each.
    words: String,
}

impl Manner {
    fn of(log: &LogView, head: &Line<'_>) -> Self {
        let (mut conditions, mut words) = match log.level(head) {
            Some(level) => (format!("level:{}", level.word()), format!("{} ", level.word())),
            None => ("!level?".to_owned(), String::new()),
        };
        let status = value(head.text, "status").and_then(|status| status.parse::<u16>().ok());
        if let Some(class) = status.map(|status| status / 100).filter(|class| (1..=5).contains(class)) {
            conditions.push_str(&format!(" status>={class}00 status<{}00", class + 1));
            words.push_str(&format!("{class}xx "));
        }
        Self { conditions, words }
    }
}

/// The step that hides lines like this one, whatever their level.
pub(super) fn like(text: &str) -> Option<String> {
    let mut templates = Templates::new(1);
    let id = templates.learn(text, None, None, "");
    templates.get(id).map(mute_step)
}

/// A line's pattern as a person knows the line: of one whose message is empty as it stands on the screen,
/// without its further fields.
fn in_words(line: &Line<'_>) -> String {
    let shown = read(line.text).message.is_empty().then(|| show(line.text, line.at, true));
    let shown = shown.as_ref().map(|shown| shown.text.split("  ").next().unwrap_or_default());
    let mut templates = Templates::new(1);
    let id = templates.learn(shown.unwrap_or(line.text), None, None, "");
    templates.get(id).map_or_else(String::new, |template| clean(&template.text()))
}
