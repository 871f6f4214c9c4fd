//! Which lines are shown: levels and texts, one request, and the line among all others.

use super::view::LogView;
use super::work::SLICE_NS;
use crate::domain::filter::FilterError;
use crate::logs::filter::Stack;
use crate::logs::ids;
use crate::panes::{Context, Request};

impl LogView {
    /// The filter is in force from now on.
    pub(super) fn apply_stack(&mut self) {
        self.viewport.keep();
        let choice = self.is_filtered().then(|| self.choice());
        self.book.set_choice(choice);
        // Of few lines it is known at once, without a page that says that it is being looked.
        self.book.scan(SLICE_NS);
    }

    /// True when a filter is in force.
    pub(super) fn is_filtered(&self) -> bool {
        self.stack.steps().iter().any(|step| step.enabled)
    }

    /// Replaces all steps by one line of them, as on the command line.
    ///
    /// # Errors
    /// Where and what is wrong.
    pub fn set_filter(&mut self, text: &str, cx: &Context) -> Result<(), FilterError> {
        let mut stack = Stack::default();
        if !text.trim().is_empty() {
            stack.parse_push(text)?;
        }
        self.stack = stack;
        self.apply_stack();
        self.settle(cx);
        Ok(())
    }

    /// All, warnings, errors, and all again.
    pub(super) fn next_level(&mut self) {
        let words = ["level>=warn", "level>=error"];
        let at = self.stack.steps().iter().position(|s| words.contains(&s.to_string().as_str()));
        let next = match at.map(|i| self.stack.steps()[i].to_string()) {
            None => Some(words[0]),
            Some(word) if word == words[0] => Some(words[1]),
            Some(_) => None,
        };
        // One of our own words always parses.
        match (at, next.and_then(|word| word.parse().ok())) {
            (Some(old), Some(step)) => self.stack.replace(old, step),
            (Some(old), None) => {
                self.stack.remove(old);
            }
            (None, Some(step)) => self.stack.push(step),
            (None, None) => {}
        }
        self.apply_stack();
    }

    /// Adds or replaces a step that was typed.
    ///
    /// # Errors
    /// Where and what is wrong with it.
    pub(super) fn take_step(&mut self, replaced: Option<usize>, text: &str) -> Result<(), String> {
        let text = text.trim();
        if text.is_empty() || text == "-" {
            return Ok(());
        }
        let step = text.parse().map_err(|e: FilterError| format!("column {}: {}", e.at + 1, e.message))?;
        match replaced {
            Some(index) => self.stack.replace(index, step),
            None => self.stack.push(step),
        }
        self.apply_stack();
        Ok(())
    }

    /// Only lines with the id of the one under the cursor: of all sources, whatever else was chosen.
    pub(super) fn follow_request(&mut self, cx: &Context) -> Vec<Request> {
        let Some(text) = self.current_text() else { return Vec::new() };
        let Some(id) = ids::ids(&text).into_iter().next() else {
            return vec![Request::Notice("no id is known in this line; + filters by any text".to_owned())];
        };
        let word = text.get(id.range.clone()).unwrap_or_default().to_owned();
        let mut stack = Stack::default();
        if stack.parse_push(&format!("\"{word}\"")).is_err() {
            return Vec::new();
        }
        let before = std::mem::replace(&mut self.stack, stack);
        // From one request to another: what was chosen before both comes back.
        self.aside.get_or_insert(before);
        self.apply_stack();
        self.settle(cx);
        vec![Request::Visited, Request::Notice(format!("only lines with {word}; esc goes back"))]
    }

    /// The line under the cursor among all its neighbours, or back to what was chosen.
    pub(super) fn toggle_context(&mut self, cx: &Context) -> Vec<Request> {
        match self.aside.take() {
            Some(stack) => self.stack = stack,
            None if self.is_filtered() => self.aside = Some(std::mem::take(&mut self.stack)),
            None => return vec![Request::Notice("no filter hides anything: all lines are shown".to_owned())],
        }
        self.viewport.hold(&self.book);
        self.apply_stack();
        self.viewport.keep_in_the_middle(self.parts(cx.area).page());
        self.settle(cx);
        Vec::new()
    }
}
