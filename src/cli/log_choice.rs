//! Which lines `pult logs` prints: by level, by pattern, by filter steps, and those around them.

use std::collections::{HashMap, VecDeque};

use regex::Regex;

use super::Failure;
use super::args::{LogFormat, LogsArgs};
use crate::domain::filter::pattern;
use crate::domain::log::{LogLine, LogStream};
use crate::logs::filter::Stack;
use crate::logs::{self, Choice as _, Level, LineView};

/// A line of the source with this index, and its level.
type Placed = (usize, LogLine, Option<Level>);

/// Decides line by line. Lines around a hit are those before and after it in the merged output.
pub struct Choice {
    level: Option<Level>,
    grep: Option<Regex>,
    without: Option<Regex>,
    stack: Stack,
    context: usize,
    /// The level of each line is wanted.
    leveled: bool,
    /// The last line of each source and stream, with its level: what comes may continue it.
    last: HashMap<(usize, LogStream), (String, Option<Level>)>,
    before: VecDeque<Placed>,
    /// Lines still to print after a hit.
    after: usize,
    /// Lines taken, and the number of the last one printed.
    taken: u64,
    printed: Option<u64>,
    /// Lines that were no hits for want of a level.
    pub unknown: u64,
}

/// What is to be printed now.
#[derive(Debug, Default)]
pub struct Chosen {
    /// Lines between this and what was printed last are not printed.
    pub apart: bool,
    pub before: Vec<Placed>,
    /// The line that was taken, and its level.
    pub itself: bool,
    pub level: Option<Level>,
}

impl Choice {
    /// # Errors
    /// A pattern that is not a regular expression.
    pub fn new(args: &LogsArgs) -> Result<Self, Failure> {
        let regex = |flag: &str, text: &Option<String>| {
            let regex = text.as_deref().map(|text| pattern(text, false, 0)).transpose();
            regex.map_err(|e| Failure::Usage(format!("{flag}: {}", e.message)))
        };
        let mut stack = Stack::default();
        args.filter.iter().cloned().for_each(|step| stack.push(step));
        Ok(Self {
            level: args.level,
            grep: regex("--grep", &args.grep)?,
            without: regex("-v", &args.without)?,
            context: args.context,
            leveled: args.level.is_some() || !stack.is_empty() || args.output == LogFormat::Json,
            stack,
            last: HashMap::new(),
            before: VecDeque::new(),
            after: 0,
            taken: 0,
            printed: None,
            unknown: 0,
        })
    }

    /// Takes the next line; `label` is what its source is called.
    pub fn take(&mut self, source: usize, label: &str, line: &LogLine) -> Chosen {
        let level = if self.leveled { self.level_of(source, line) } else { None };
        if self.without.as_ref().is_some_and(|re| re.is_match(&line.text)) {
            return Chosen::default();
        }
        let number = self.taken;
        self.taken += 1;
        let severe = self.level.is_none_or(|least| level >= Some(least));
        let hit = severe
            && self.grep.as_ref().is_none_or(|re| re.is_match(&line.text))
            && (self.stack.is_empty() || self.passes(source, label, line, level));
        self.unknown += u64::from(!severe && level.is_none());
        if !hit && self.after == 0 {
            if self.context > 0 {
                if self.before.len() == self.context {
                    self.before.pop_front();
                }
                self.before.push_back((source, line.clone(), level));
            }
            return Chosen::default();
        }
        let before: Vec<Placed> = self.before.drain(..).collect();
        let first = number - before.len() as u64;
        let apart = self.context > 0 && self.printed.is_some_and(|last| last + 1 < first);
        self.after = if hit { self.context } else { self.after - 1 };
        self.printed = Some(number);
        Chosen { apart, before, itself: true, level }
    }

    fn passes(&self, lane: usize, label: &str, line: &LogLine, level: Option<Level>) -> bool {
        let LogLine { at, stream, text, .. } = line;
        let format = logs::read(text).format;
        let view =
            LineView { text, at: *at, stream: *stream, level, format, source: label, lane, mark: None };
        self.stack.judge(&view, &mut [])
    }

    /// Its own level, or that of the line it continues.
    fn level_of(&mut self, source: usize, line: &LogLine) -> Option<Level> {
        let own = logs::read_near(&line.text, line.at).level;
        let (previous, last) = self.last.entry((source, line.stream)).or_default();
        let level = own.or_else(|| last.filter(|_| logs::continues(previous, &line.text)));
        previous.clone_from(&line.text);
        *last = level;
        level
    }
}
