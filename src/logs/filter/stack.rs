//! The steps one after the other, with what each does to the lines that reach it.

use super::step::Step;
use super::values::Values;
use crate::domain::filter::FilterError;
use crate::logs::book::{Choice, LineView};

/// Steps in their order. A line is shown when it passes all that are switched on.
///
/// Each step counts: one that lets lines pass those that passed it (and all before it), one that takes lines
/// away those that it took. One that is switched off counts nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stack {
    steps: Vec<Step>,
}

/// What a step would do to the lines that a stack shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preview {
    pub kept: u64,
    pub removed: u64,
}

impl Stack {
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Reads a step and puts it at the end.
    ///
    /// # Errors
    /// What is wrong with it; the stack stays as it is.
    pub fn parse_push(&mut self, text: &str) -> Result<(), FilterError> {
        self.push(text.parse()?);
        Ok(())
    }

    /// Switches a step on or off.
    pub fn toggle(&mut self, i: usize) {
        if let Some(step) = self.steps.get_mut(i) {
            step.enabled = !step.enabled;
        }
    }

    /// Moves a step by so many places, as far as there are any; the place where it is then.
    pub fn shift(&mut self, i: usize, by: isize) -> usize {
        let to = i.saturating_add_signed(by).min(self.steps.len().saturating_sub(1));
        if i < self.steps.len() {
            let step = self.steps.remove(i);
            self.steps.insert(to, step);
        }
        to
    }

    /// Puts another step in the place of one.
    pub fn replace(&mut self, i: usize, step: Step) {
        if let Some(old) = self.steps.get_mut(i) {
            *old = step;
        }
    }

    pub fn remove(&mut self, i: usize) -> Option<Step> {
        (i < self.steps.len()).then(|| self.steps.remove(i))
    }

    pub fn clear(&mut self) {
        self.steps.clear();
    }

    /// What one more step would do to the lines that are shown now. It looks at as many as it is given.
    pub fn preview<'a>(&self, step: &Step, lines: impl IntoIterator<Item = LineView<'a>>) -> Preview {
        let mut preview = Preview::default();
        for line in lines.into_iter().filter(|line| self.judge(line, &mut [])) {
            match step.holds(&line, &Values::new(&line)) != step.excludes() {
                true => preview.kept += 1,
                false => preview.removed += 1,
            }
        }
        preview
    }
}

impl Choice for Stack {
    fn judge(&self, line: &LineView<'_>, counts: &mut [u64]) -> bool {
        let values = Values::new(line);
        for (i, step) in self.steps.iter().enumerate().filter(|(_, step)| step.enabled) {
            let holds = step.holds(line, &values);
            if holds && let Some(count) = counts.get_mut(i) {
                *count += 1;
            }
            if holds == step.excludes() {
                return false;
            }
        }
        true
    }

    fn steps(&self) -> usize {
        self.steps.len()
    }

    fn cost(&self) -> u32 {
        self.steps.iter().filter(|step| step.enabled).map(Step::cost).sum()
    }
}
