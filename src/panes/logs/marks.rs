//! Marked lines with their notes and tags: what the evidence will hold. A mark is of what a line says and when,
//! so that it is found again when the line is read anew, in this session or in a later one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::sanitize;
use crate::logs::book::{Kind, Line, LineId};
use crate::logs::redact;

/// Characters of a note, of a tag, and of what is kept of a line.
const NOTE: usize = 1000;
const TAG: usize = 40;
const TEXT: usize = 200;
/// Tags of a line.
const TAGS: usize = 16;

/// A marked line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mark {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Of the whole text.
    hash: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// How the line begins, without secrets: said of a line that is gone.
    pub text: String,
    /// What is kept of its source is kept under this; empty when nothing is.
    #[serde(skip)]
    pub source: String,
    /// The line, once it has been found.
    #[serde(skip)]
    pub line: Option<LineId>,
}

impl Mark {
    fn of(line: &Line<'_>, source: String) -> Self {
        Self {
            at: line.at,
            hash: hash(line.text),
            text: sanitize::line(redact::redact(line.text).trim(), TEXT).into_owned(),
            source,
            line: Some(line.id),
            ..Self::default()
        }
    }

    fn is_of(&self, line: &Line<'_>) -> bool {
        self.at == line.at && line.kind == Kind::Line && self.hash == hash(line.text)
    }
}

/// The same in every version of pult (FNV-1a).
fn hash(text: &str) -> i64 {
    let mixed = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, mixed) as i64
}

/// All marks of a view.
#[derive(Debug, Default)]
pub struct Marks {
    /// In the order of their times; those without one first.
    all: Vec<Mark>,
    places: BTreeMap<LineId, usize>,
    /// Since it was asked last.
    changed: bool,
}

impl Marks {
    /// Marks a line, or not any more.
    pub fn toggle(&mut self, line: &Line<'_>, source: String) {
        match self.places.get(&line.id) {
            Some(place) => drop(self.all.remove(*place)),
            None => self.all.push(Mark::of(line, source)),
        }
        self.touched();
    }

    /// A note marks its line too.
    pub fn set_note(&mut self, line: &Line<'_>, source: String, text: &str) {
        self.of_line(line, source).note = sanitize::line(text, NOTE).into_owned();
        self.touched();
    }

    /// Words with blanks or commas between; they mark the line too.
    pub fn set_tags(&mut self, line: &Line<'_>, source: String, words: &str) {
        let words = words.split([' ', ',', '\t']).map(|word| word.trim_start_matches('#'));
        let mut tags: Vec<String> = Vec::new();
        for word in words.filter(|word| !word.is_empty()).take(TAGS) {
            let tag = sanitize::line(word, TAG).into_owned();
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        self.of_line(line, source).tags = tags;
        self.touched();
    }

    fn of_line(&mut self, line: &Line<'_>, source: String) -> &mut Mark {
        let place = self.places.get(&line.id).copied().unwrap_or(self.all.len());
        if place == self.all.len() {
            self.all.push(Mark::of(line, source));
        }
        &mut self.all[place]
    }

    pub fn get(&self, line: LineId) -> Option<&Mark> {
        self.all.get(*self.places.get(&line)?)
    }

    pub fn remove(&mut self, place: usize) {
        if place < self.all.len() {
            self.all.remove(place);
            self.touched();
        }
    }

    /// Takes what was kept of a source.
    pub fn recall(&mut self, source: &str, marks: &[Mark]) {
        self.all.extend(marks.iter().map(|mark| Mark { source: source.to_owned(), ..mark.clone() }));
        self.order();
    }

    /// A line has come: it may be a marked one. True when it is.
    pub fn meet(&mut self, line: &Line<'_>, source: impl FnOnce() -> String) -> bool {
        let waits = |mark: &Mark| mark.line.is_none() && mark.at == line.at;
        if !self.all.iter().any(waits) {
            return false;
        }
        let source = source();
        let found = self.all.iter_mut().find(|mark| waits(mark) && mark.source == source && mark.is_of(line));
        let is_found = found.map(|mark| mark.line = Some(line.id)).is_some();
        if is_found {
            self.order();
        }
        is_found
    }

    /// Lines that are not held any more are waited for again.
    pub fn let_go(&mut self, is_held: impl Fn(LineId) -> bool) {
        if self.all.iter().any(|mark| mark.line.is_some_and(|line| !is_held(line))) {
            self.all.iter_mut().for_each(|mark| mark.line = mark.line.filter(|line| is_held(*line)));
            self.order();
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn list(&self) -> &[Mark] {
        &self.all
    }

    /// Whether a person has changed something since this was asked last.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    fn touched(&mut self) {
        self.changed = true;
        self.order();
    }

    fn order(&mut self) {
        self.all.sort_by_key(|mark| (mark.at, mark.line));
        let places = self.all.iter().enumerate().filter_map(|(i, mark)| Some((mark.line?, i)));
        self.places = places.collect();
    }
}
