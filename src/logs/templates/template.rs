//! One pattern, and what is known of the lines that have it.

use jiff::Timestamp;

use super::super::level::Level;
use super::super::timeline::Timeline;
use super::mask::{Edge, Kind, MAX_TOKENS, Masked, Token, WILD};

/// Sources named of a pattern.
const MAX_SOURCES: usize = 16;
/// Buckets of time held of a pattern.
const MAX_BUCKETS: usize = 48;

/// Names a pattern as long as it is held; of one that is gone it names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TemplateId {
    pub(super) slot: u32,
    pub(super) generation: u32,
}

/// A pattern of lines.
#[derive(Debug, Clone)]
pub struct Template {
    pub id: TemplateId,
    /// Lines that had it.
    pub count: u64,
    /// The times of the first and the last one, of those that have a time.
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// How many had which level, none first.
    levels: [u64; Level::ALL.len() + 1],
    pub(super) words: Vec<Word>,
    pub(super) before: Edge,
    pub(super) after: Edge,
    pub(super) json: bool,
    pub(super) colored: bool,
    sources: Vec<(Box<str>, u64)>,
    history: Timeline<1>,
    minutes: Minutes,
}

/// A word of a pattern.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub text: Box<str>,
    pub hash: u64,
    pub kind: Kind,
    /// Blanks may be in what stood here.
    pub loose: bool,
}

impl Word {
    fn new(masked: &Masked, token: &Token) -> Self {
        let text = masked.word(token);
        Self { text: text.into(), hash: token.hash, kind: token.kind, loose: is_loose(text) }
    }

    /// Stands for another word too, from now on.
    fn widen(&mut self, other: &str) {
        // `user=anna` and `user=bob` are `user=<*>`.
        let same = |(name, _): &(&str, &str)| other.split_once('=').is_some_and(|(n, _)| n == *name);
        let text = match self.text.split_once('=').filter(same) {
            Some((name, _)) => format!("{name}={WILD}"),
            None => WILD.to_owned(),
        };
        self.loose |= is_loose(other);
        (self.text, self.hash, self.kind) = (text.into(), 0, Kind::Wild);
    }

    fn covers(&self, masked: &Masked, token: &Token) -> bool {
        match self.kind {
            Kind::Wild => {
                let head = self.text.strip_suffix(WILD).unwrap_or_default();
                let word = masked.word(token);
                word.starts_with(head) && (self.loose || !is_loose(word))
            }
            Kind::Word | Kind::Masked => self.hash == token.hash,
        }
    }
}

fn is_loose(word: &str) -> bool {
    let quoted = |sign: &str| word.split(WILD).skip(1).any(|rest| rest.starts_with(sign));
    quoted("\"") || quoted("'") || quoted("\\\"") || word.contains(char::is_whitespace)
}

/// How alike a line and a pattern are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Likeness {
    /// Words that are equal,
    pub equal: usize,
    /// and places where any word may stand.
    pub wild: usize,
    /// Words that could be equal: what is masked on both sides says nothing.
    words: usize,
}

impl Likeness {
    /// Half of the words are equal, and not just one of two.
    pub fn is_enough(self) -> bool {
        self.equal * 2 >= self.words && self.equal >= self.words.min(2)
    }
}

impl Template {
    pub(super) fn new(id: TemplateId, masked: &Masked) -> Self {
        Self {
            id,
            count: 0,
            first: None,
            last: None,
            levels: [0; Level::ALL.len() + 1],
            words: masked.tokens.iter().map(|token| Word::new(masked, token)).collect(),
            before: masked.before,
            after: masked.after,
            json: masked.json,
            colored: masked.colored,
            sources: Vec::new(),
            history: Timeline::new(MAX_BUCKETS),
            minutes: Minutes::default(),
        }
    }

    /// The level that most of its lines had; of two the worse one. An access log's pattern has several.
    pub fn level(&self) -> Option<Level> {
        let levels = std::iter::once(None).chain(Level::ALL.into_iter().map(Some));
        levels.zip(self.levels).max_by_key(|(_, count)| *count).and_then(|(level, _)| level)
    }

    /// The pattern with `<*>` for what varies. Not sanitised.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for word in &self.words {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&word.text);
        }
        if self.words.len() == MAX_TOKENS && self.after == Edge::Any {
            text.push_str(" …");
        }
        text
    }

    /// The sources that have it, with their lines; at most 16.
    pub fn sources(&self) -> impl Iterator<Item = (&str, u64)> {
        self.sources.iter().map(|(source, count)| (source.as_ref(), *count))
    }

    /// None of its lines is older.
    pub fn is_new(&self, since: Timestamp) -> bool {
        self.first.is_some_and(|first| first >= since)
    }

    /// Lines in the last minute.
    pub fn per_minute(&self, now: Timestamp) -> f64 {
        self.minutes.rate(now)
    }

    /// About how many lines came in a range of time.
    pub fn count_between(&self, from: Timestamp, until: Timestamp) -> f64 {
        let [count] = self.history.sum(from.as_second(), until.as_second());
        count
    }

    pub(super) fn likeness(&self, masked: &Masked) -> Likeness {
        let mut found = Likeness::default();
        for (word, token) in self.words.iter().zip(&masked.tokens) {
            let wild = word.kind == Kind::Wild;
            let equal = if wild { token.kind == Kind::Wild } else { word.hash == token.hash };
            found.wild += usize::from(wild);
            if !(equal && word.kind == Kind::Masked) {
                found.words += 1;
                found.equal += usize::from(equal);
            }
        }
        found
    }

    /// Makes the pattern wide enough for a line.
    pub(super) fn widen(&mut self, masked: &Masked) {
        for (word, token) in self.words.iter_mut().zip(&masked.tokens) {
            if !word.covers(masked, token) {
                word.widen(masked.word(token));
            }
        }
    }

    /// Counts a line of it.
    pub(super) fn count(
        &mut self,
        masked: &Masked,
        level: Option<Level>,
        at: Option<Timestamp>,
        source: &str,
    ) {
        self.count += 1;
        if let Some(count) = self.levels.get_mut(level.map_or(0, |level| level as usize + 1)) {
            *count += 1;
        }
        self.colored |= masked.colored;
        self.json |= masked.json;
        if self.before != masked.before {
            self.before = Edge::Any;
        }
        if self.after != masked.after {
            self.after = Edge::Any;
        }
        if let Some(at) = at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = self.last.max(Some(at));
            self.history.add(at, [1]);
            self.minutes.add(at);
        }
        let room = self.sources.len() < MAX_SOURCES;
        match self.sources.iter_mut().find(|(known, _)| **known == *source) {
            Some((_, count)) => *count += 1,
            None if room => self.sources.push((source.into(), 1)),
            None => {}
        }
    }
}

/// Lines of the running minute and of the one before it.
#[derive(Debug, Clone, Copy, Default)]
struct Minutes {
    minute: i64,
    now: u32,
    before: u32,
}

impl Minutes {
    fn add(&mut self, at: Timestamp) {
        let minute = at.as_second().div_euclid(60);
        if minute > self.minute {
            let next = minute == self.minute + 1;
            *self = Self { minute, now: 0, before: if next { self.now } else { 0 } };
        }
        if minute == self.minute {
            self.now = self.now.saturating_add(1);
        } else if minute == self.minute - 1 {
            self.before = self.before.saturating_add(1);
        }
    }

    fn rate(self, now: Timestamp) -> f64 {
        let (minute, second) = (now.as_second().div_euclid(60), now.as_second().rem_euclid(60));
        // So much of the minute before is not older than a minute.
        let share = (60 - second) as f64 / 60.0;
        match minute - self.minute {
            0 => f64::from(self.before) * share + f64::from(self.now),
            1 => f64::from(self.now) * share,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_minute() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut minutes = Minutes::default();
        (600..690).for_each(|second| minutes.add(at(second)));
        minutes.add(at(601));
        minutes.add(at(1));
        assert_eq!(minutes.rate(at(690)), 30.0 + 61.0 / 2.0);
        assert_eq!((minutes.rate(at(720)), minutes.rate(at(779)), minutes.rate(at(780))), (30.0, 0.5, 0.0));
    }
}
