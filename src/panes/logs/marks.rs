//! Marked lines and the notes to them: what the evidence will hold.

use std::collections::BTreeMap;

use crate::logs::book::LineId;

/// Marked lines with their notes.
#[derive(Debug, Default)]
pub struct Marks {
    notes: BTreeMap<LineId, String>,
}

impl Marks {
    pub fn toggle(&mut self, line: LineId) {
        if self.notes.remove(&line).is_none() {
            self.notes.insert(line, String::new());
        }
    }

    /// A note marks its line too.
    pub fn set_note(&mut self, line: LineId, text: &str) {
        self.notes.insert(line, crate::domain::sanitize::line(text, 1000).into_owned());
    }

    pub fn note(&self, line: LineId) -> Option<&str> {
        self.notes.get(&line).map(String::as_str)
    }

    pub fn remove(&mut self, line: LineId) {
        self.notes.remove(&line);
    }

    pub fn clear(&mut self) {
        self.notes.clear();
    }

    pub fn len(&self) -> usize {
        self.notes.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (LineId, &str)> {
        self.notes.iter().map(|(line, note)| (*line, note.as_str()))
    }
}
