//! Collects the mistakes of one file, each with its place.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::domain::diagnostic::{Diagnostic, position};
use crate::domain::filter::nearest;

/// What is wrong with a value, before its place is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// With the offending word in backquotes.
    pub message: String,
    pub suggestion: Option<String>,
}

impl Mistake {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), suggestion: None }
    }

    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// A word that is none of the known ones: names the nearest, or all of them.
    pub fn unknown<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        let mistake = Self::new(format!("unknown {what} `{word}`"));
        match did_you_mean(word, known) {
            Some(suggestion) => mistake.suggest(suggestion),
            None => mistake,
        }
    }

    /// A mistake about a whole file or a variable.
    pub fn in_file(self, file: impl Into<PathBuf>) -> Diagnostic {
        Diagnostic {
            file: Some(file.into()),
            line: 0,
            column: 0,
            message: self.message,
            suggestion: self.suggestion,
        }
    }
}

/// "did you mean …" when a known word is near, else the list of known words, if there are any.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(near) = nearest(word, known.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let all: Vec<&str> = known.into_iter().collect();
    (!all.is_empty()).then(|| format!("known are {}", all.join(", ")))
}

/// The mistakes of one text.
pub struct Report<'a> {
    file: &'a Path,
    text: &'a str,
    found: Vec<(usize, Diagnostic)>,
}

impl<'a> Report<'a> {
    pub fn new(file: &'a Path, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    /// Records a mistake at a byte range of the text.
    pub fn at(&mut self, span: Range<usize>, mistake: Mistake) {
        let (line, column) = position(self.text, span.start);
        let Mistake { message, suggestion } = mistake;
        let file = Some(self.file.to_owned());
        self.found.push((span.start, Diagnostic { file, line, column, message, suggestion }));
    }

    /// The text at a range, when it is short enough to be repeated in a message.
    pub fn word(&self, span: Range<usize>) -> Option<&'a str> {
        self.text.get(span).filter(|w| !w.trim().is_empty() && w.chars().count() <= 40 && !w.contains('\n'))
    }

    /// What stands from a byte to the end of its line, without a comment.
    pub fn rest_of_line(&self, from: usize) -> &'a str {
        let rest = self.text.get(from..).unwrap_or_default();
        rest.lines().next().and_then(|line| line.split('#').next()).unwrap_or_default().trim()
    }

    /// All mistakes in the order of the text.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.into_iter().map(|(_, diagnostic)| diagnostic).collect()
    }
}
