//! The patterns of the lines that come by, found while they come: lines that differ only in numbers, names and
//! the like are one pattern. After Drain (He et al. 2017): a line is compared only with patterns of as many
//! words and the same first word.

mod compare;
mod mask;
mod mute;
mod template;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::Timestamp;

pub use compare::{Difference, DifferenceKind, compare};
use mask::{Kind, MAX_TOKENS, Masked};
pub use mute::mute_step;
use template::Likeness;
pub use template::{Template, TemplateId};

use super::level::Level;

/// Patterns that are enough for hundreds of programs.
pub const DEFAULT_CAP: usize = 5_000;
/// Patterns that one line is compared with at most.
const MAX_LEAF: usize = 64;
/// Different first words of lines of one length; after so many it is no word but something that varies.
const MAX_FIRST: usize = 100;

/// The number of words and the first one (0: any).
type Key = (usize, u64);

/// The patterns of some lines.
#[derive(Debug)]
pub struct Templates {
    cap: usize,
    slots: Vec<Slot>,
    free: Vec<u32>,
    leaves: HashMap<Key, Vec<u32>>,
    /// First words of lines of each length.
    firsts: [usize; MAX_TOKENS + 1],
    /// Lines that came before, by their hash: nearly all are found here.
    known: HashMap<u64, TemplateId>,
    masked: Masked,
    total: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

#[derive(Debug)]
struct Slot {
    key: Key,
    generation: u32,
    template: Option<Template>,
}

/// Lines per minute before and after a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    pub before: f64,
    pub after: f64,
}

impl Change {
    /// How many times as many came after; nothing is said where none came before.
    pub fn factor(self) -> Option<f64> {
        (self.before > 0.0).then(|| self.after / self.before)
    }
}

impl Templates {
    /// Holds at most so many patterns; those with the fewest lines go.
    pub fn new(cap: usize) -> Self {
        Self {
            cap: cap.max(1),
            slots: Vec::new(),
            free: Vec::new(),
            leaves: HashMap::new(),
            firsts: [0; MAX_TOKENS + 1],
            known: HashMap::new(),
            masked: Masked::default(),
            total: 0,
            first: None,
            last: None,
        }
    }

    /// Counts a line with its pattern, which is made or widened if there is none yet.
    pub fn learn(
        &mut self,
        text: &str,
        level: Option<Level>,
        at: Option<Timestamp>,
        source: &str,
    ) -> TemplateId {
        let mut masked = std::mem::take(&mut self.masked);
        masked.fill(text);
        let id = self.place(&masked);
        if let Some(template) = self.template_mut(id) {
            template.count(&masked, level, at, source);
        }
        self.masked = masked;
        self.total += 1;
        if let Some(at) = at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = self.last.max(Some(at));
        }
        id
    }

    /// The pattern of a line, if it is held.
    pub fn of(&self, text: &str) -> Option<TemplateId> {
        let mut masked = Masked::default();
        masked.fill(text);
        let known = self.known.get(&masked.hash()).copied().filter(|id| self.get(*id).is_some());
        known.or_else(|| {
            let slot = self.nearest(self.key(&masked), &masked)?;
            self.template(slot).map(|template| template.id)
        })
    }

    pub fn get(&self, id: TemplateId) -> Option<&Template> {
        self.template(id.slot).filter(|template| template.id == id)
    }

    /// All patterns, in no order.
    pub fn list(&self) -> impl Iterator<Item = &Template> {
        self.slots.iter().filter_map(|slot| slot.template.as_ref())
    }

    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lines learned.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How often a pattern came before and after a moment, within the time that all lines span.
    pub fn change(&self, template: &Template, since: Timestamp) -> Change {
        let rate = |from: Timestamp, until: Timestamp| {
            let minutes = (until.as_second() - from.as_second()).max(1) as f64 / 60.0;
            template.count_between(from, until) / minutes
        };
        let first = self.first.unwrap_or(since).min(since);
        let behind = Timestamp::from_second(self.last.unwrap_or(since).as_second() + 1).unwrap_or(since);
        Change { before: rate(first, since), after: rate(since, behind.max(since)) }
    }

    /// Where a line belongs; the pattern is made or widened if it has to be.
    fn place(&mut self, masked: &Masked) -> TemplateId {
        let hash = masked.hash();
        if let Some(id) = self.known.get(&hash).copied().filter(|id| self.get(*id).is_some()) {
            return id;
        }
        let key = self.key(masked);
        let full = self.leaves.get(&key).is_some_and(|leaf| leaf.len() >= MAX_LEAF);
        let slot = self.nearest(key, masked).or_else(|| self.alike(key, masked, |l| full && l.equal > 0));
        let id = match slot.and_then(|slot| self.slots.get_mut(slot as usize)?.template.as_mut()) {
            Some(template) => {
                template.widen(masked);
                template.id
            }
            None => {
                if full {
                    self.forget_least(&self.leaves.get(&key).cloned().unwrap_or_default(), 1);
                }
                self.create(key, masked)
            }
        };
        if self.known.len() >= self.cap.saturating_mul(4) {
            self.known.clear();
        }
        self.known.insert(hash, id);
        id
    }

    fn key(&self, masked: &Masked) -> Key {
        let count = masked.tokens.len();
        let first = masked.tokens.first().filter(|t| t.kind == Kind::Word).map_or(0, |t| t.hash);
        let crowded = self.firsts.get(count).is_some_and(|n| *n >= MAX_FIRST);
        if crowded && !self.leaves.contains_key(&(count, first)) { (count, 0) } else { (count, first) }
    }

    /// The pattern that is most like a line: one with its first word, or one that begins with anything.
    fn nearest(&self, key: Key, masked: &Masked) -> Option<u32> {
        let own = self.alike(key, masked, Likeness::is_enough);
        own.or_else(|| self.alike((key.0, 0), masked, Likeness::is_enough).filter(|_| key.1 != 0))
    }

    /// Of some patterns the one that is most like a line, if it is enough.
    fn alike(&self, key: Key, masked: &Masked, enough: impl Fn(Likeness) -> bool) -> Option<u32> {
        let leaf = self.leaves.get(&key)?;
        let found = leaf.iter().filter_map(|slot| Some((self.template(*slot)?.likeness(masked), *slot)));
        found.filter(|(likeness, _)| enough(*likeness)).max_by_key(|(likeness, _)| *likeness).map(|(_, s)| s)
    }

    fn create(&mut self, key: Key, masked: &Masked) -> TemplateId {
        if self.len() >= self.cap {
            let all: Vec<u32> = self.list().map(|template| template.id.slot).collect();
            self.forget_least(&all, (self.cap / 8).max(1));
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { key, generation: 0, template: None });
            (self.slots.len() - 1) as u32
        });
        let mut id = TemplateId { slot, generation: 0 };
        if let Some(place) = self.slots.get_mut(slot as usize) {
            place.generation = place.generation.wrapping_add(1);
            id.generation = place.generation;
            place.key = key;
            place.template = Some(Template::new(id, masked));
        }
        let leaf = self.leaves.entry(key).or_default();
        if leaf.is_empty()
            && let Some(firsts) = self.firsts.get_mut(key.0)
        {
            *firsts += 1;
        }
        leaf.push(slot);
        id
    }

    /// Forgets some of these patterns: those with the fewest lines, of equal ones those that came last the
    /// longest ago.
    fn forget_least(&mut self, slots: &[u32], count: usize) {
        let mut order: Vec<_> = slots
            .iter()
            .filter_map(|slot| self.template(*slot).map(|template| (template.count, template.last, *slot)))
            .collect();
        order.sort_unstable();
        for (.., slot) in order.into_iter().take(count) {
            let Some(place) = self.slots.get_mut(slot as usize) else { continue };
            place.template = None;
            self.free.push(slot);
            let key = place.key;
            let Some(leaf) = self.leaves.get_mut(&key) else { continue };
            leaf.retain(|other| *other != slot);
            if leaf.is_empty() {
                self.leaves.remove(&key);
                if let Some(firsts) = self.firsts.get_mut(key.0) {
                    *firsts -= 1;
                }
            }
        }
    }

    fn template(&self, slot: u32) -> Option<&Template> {
        self.slots.get(slot as usize)?.template.as_ref()
    }

    fn template_mut(&mut self, id: TemplateId) -> Option<&mut Template> {
        self.slots.get_mut(id.slot as usize)?.template.as_mut()
    }
}
