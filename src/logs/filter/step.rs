//! One step of the stack: conditions that must all hold, to let lines pass or to take them away.

use std::fmt;
use std::str::FromStr;

use super::condition::Condition;
use super::terms;
use super::values::Values;
use crate::domain::filter::FilterError;
use crate::logs::book::LineView;

/// A step. It is printed as a person would type it, and read back the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// It takes away the lines for which it holds, and lets the others pass.
    excludes: bool,
    /// As typed.
    conditions: Vec<Condition>,
    /// Their places, the cheapest first.
    order: Vec<usize>,
    /// A step that is switched off lets every line pass.
    pub enabled: bool,
}

impl FromStr for Step {
    type Err = FilterError;

    /// Reads a step, switched on.
    fn from_str(text: &str) -> Result<Self, FilterError> {
        let (excludes, terms) = terms::read(text)?;
        let conditions = terms.into_iter().map(Condition::new).collect::<Result<Vec<_>, _>>()?;
        let mut order: Vec<usize> = (0..conditions.len()).collect();
        order.sort_by_key(|i| conditions.get(*i).map(Condition::cost));
        Ok(Self { excludes, conditions, order, enabled: true })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = if self.excludes { "-" } else { "" };
        for condition in &self.conditions {
            write!(f, "{before}{condition}")?;
            before = " ";
        }
        Ok(())
    }
}

impl Step {
    pub fn excludes(&self) -> bool {
        self.excludes
    }

    /// What a line costs, roughly, in nanoseconds.
    pub(super) fn cost(&self) -> u32 {
        self.conditions.iter().map(Condition::cost).sum()
    }

    /// Whether its conditions hold for a line.
    pub(super) fn holds(&self, line: &LineView<'_>, values: &Values<'_>) -> bool {
        self.order.iter().filter_map(|i| self.conditions.get(*i)).all(|c| c.holds(line, values))
    }
}
