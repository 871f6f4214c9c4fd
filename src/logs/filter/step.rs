//! One step of the stack: conditions that must all hold, or others instead, to let lines pass or to take them
//! away.

use std::fmt;
use std::str::FromStr;

use super::condition::Condition;
use super::terms::{self, Term};
use super::values::Values;
use crate::domain::filter::FilterError;
use crate::logs::book::LineView;

/// A step. It is printed as a person would type it, and read back the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// It takes away the lines for which it holds, and lets the others pass.
    excludes: bool,
    /// As typed, one of them has to hold.
    alternatives: Vec<All>,
    /// Their places, the cheapest first.
    order: Vec<usize>,
    /// What it asks in a person's words, where its conditions were not typed by one.
    said: Option<Box<str>>,
    /// A step that is switched off lets every line pass.
    pub enabled: bool,
}

/// Conditions that must all hold.
#[derive(Debug, Clone, PartialEq)]
struct All {
    /// As typed.
    conditions: Vec<Condition>,
    /// Their places, the cheapest first.
    order: Vec<usize>,
}

impl All {
    fn new(terms: Vec<Term>) -> Result<Self, FilterError> {
        let conditions = terms.into_iter().map(Condition::new).collect::<Result<Vec<_>, _>>()?;
        let order = cheapest_first(&conditions, Condition::cost);
        Ok(Self { conditions, order })
    }

    fn cost(&self) -> u32 {
        self.conditions.iter().map(Condition::cost).sum()
    }

    fn holds(&self, line: &LineView<'_>, values: &Values<'_>) -> bool {
        self.order.iter().filter_map(|i| self.conditions.get(*i)).all(|c| c.holds(line, values))
    }
}

fn cheapest_first<T>(all: &[T], cost: impl Fn(&T) -> u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|i| all.get(*i).map(&cost));
    order
}

impl FromStr for Step {
    type Err = FilterError;

    /// Reads a step, switched on.
    fn from_str(text: &str) -> Result<Self, FilterError> {
        let (excludes, alternatives) = terms::read(text)?;
        let alternatives = alternatives.into_iter().map(All::new).collect::<Result<Vec<_>, _>>()?;
        let order = cheapest_first(&alternatives, All::cost);
        Ok(Self { excludes, alternatives, order, said: None, enabled: true })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = if self.excludes { "-" } else { "" };
        let mut left: usize = self.alternatives.iter().map(|all| all.conditions.len()).sum();
        for all in &self.alternatives {
            for condition in &all.conditions {
                left -= 1;
                match left {
                    0 => write!(f, "{before}{condition}")?,
                    _ => write!(f, "{before}{condition:#}")?,
                }
                before = " ";
            }
            before = " or ";
        }
        Ok(())
    }
}

impl Step {
    pub fn excludes(&self) -> bool {
        self.excludes
    }

    /// The same step, said in these words where it is shown.
    #[must_use]
    pub fn saying(self, words: String) -> Self {
        Self { said: Some(words.into()), ..self }
    }

    /// As a person reads it; printed it is as it can be typed.
    pub fn words(&self) -> String {
        self.said.as_deref().map_or_else(|| self.to_string(), str::to_owned)
    }

    /// Whether it asks for marks, which only a panel has.
    pub fn needs_marks(&self) -> bool {
        self.alternatives.iter().flat_map(|all| &all.conditions).any(Condition::needs_marks)
    }

    /// Whether a line passes it, whatever the switch says.
    pub fn takes(&self, line: &LineView<'_>) -> bool {
        self.holds(line, &Values::new(line)) != self.excludes
    }

    /// What a line costs, roughly, in nanoseconds.
    pub(super) fn cost(&self) -> u32 {
        self.alternatives.iter().map(All::cost).sum()
    }

    /// Whether its conditions hold for a line.
    pub(super) fn holds(&self, line: &LineView<'_>, values: &Values<'_>) -> bool {
        self.order.iter().filter_map(|i| self.alternatives.get(*i)).any(|all| all.holds(line, values))
    }
}
