//! What two sets of lines have not in common: two windows of time, two replicas.

use std::collections::HashMap;

use super::super::level::Level;
use super::mask::{Kind, Masked};
use super::template::{Template, TemplateId};
use super::{MAX_LEAF, Templates, mute_step};

/// Rates that differ by less are equal.
const TWICE: f64 = 2.0;

/// A pattern that is not equally frequent on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The pattern, not sanitised.
    pub text: String,
    pub level: Option<Level>,
    /// Lines on each side.
    pub a: u64,
    pub b: u64,
    pub kind: DifferenceKind,
    /// The step of the filter that hides its lines.
    pub mute_step: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DifferenceKind {
    OnlyA,
    OnlyB,
    /// So many times as frequent in B, of all the lines of each side.
    Changed(f64),
}

/// The patterns that differ between two sets, the most telling first: rare ones count less the fewer lines
/// they have, warnings half as much again, errors twice.
pub fn compare(a: &Templates, b: &Templates) -> Vec<Difference> {
    let mut joined = Templates::new((a.len() + b.len()).max(MAX_LEAF));
    let mut counts: HashMap<TemplateId, (Option<Level>, u64, u64)> = HashMap::new();
    // Each side may have found out other places that vary: the joined pattern has them all. Those that begin
    // with anything come first, so that others find them.
    let mut list: Vec<(bool, &Template)> = a.list().map(|template| (false, template)).collect();
    list.extend(b.list().map(|template| (true, template)));
    list.sort_by_key(|(_, template)| {
        let fixed = template.words.first().is_some_and(|word| word.kind == Kind::Word);
        (fixed, std::cmp::Reverse(template.count))
    });
    for (is_b, template) in list {
        let id = joined.place(&masked(template));
        if let Some(place) = joined.template_mut(id) {
            place.count += template.count;
        }
        let (level, in_a, in_b) = counts.entry(id).or_default();
        *level = (*level).max(template.level());
        *(if is_b { in_b } else { in_a }) += template.count;
    }
    let totals = (a.total().max(1) as f64, b.total().max(1) as f64);
    let mut scored: Vec<(f64, Difference)> = counts
        .into_iter()
        .filter_map(|(id, (level, a, b))| {
            let kind = match (a, b) {
                (_, 0) => DifferenceKind::OnlyA,
                (0, _) => DifferenceKind::OnlyB,
                _ => DifferenceKind::Changed((b as f64 / totals.1) / (a as f64 / totals.0)),
            };
            let score = surprise(a, b, totals);
            let small = matches!(kind, DifferenceKind::Changed(_)) && score < TWICE.ln();
            let template = joined.get(id).filter(|_| !small)?;
            let (text, mute_step) = (template.text(), mute_step(template));
            let weight = match level {
                Some(Level::Error | Level::Fatal) => 2.0,
                Some(Level::Warn) => 1.5,
                _ => 1.0,
            };
            Some((score * weight, Difference { text, level, a, b, kind, mute_step }))
        })
        .collect();
    scored.sort_by(|(x, one), (y, other)| y.total_cmp(x).then_with(|| one.text.cmp(&other.text)));
    scored.into_iter().map(|(_, difference)| difference).collect()
}

/// How far apart the shares are, as the logarithm of their factor. A line more on each side, of the size of
/// the smaller one, makes chance small.
fn surprise(a: u64, b: u64, (total_a, total_b): (f64, f64)) -> f64 {
    let smaller = total_a.min(total_b);
    let share = |count: u64, total: f64| count as f64 / total + 1.0 / smaller;
    (share(b, total_b) / share(a, total_a)).ln().abs()
}

/// A pattern as a line, to find its place among others.
fn masked(template: &Template) -> Masked {
    let mut out = Masked { json: template.json, ..Masked::default() };
    for word in &template.words {
        out.push(&word.text, word.kind);
    }
    // A word that happens to be spelled like what varies is told apart from it.
    for (token, word) in out.tokens.iter_mut().zip(&template.words) {
        token.hash ^= u64::from(word.kind == Kind::Wild);
    }
    out
}
