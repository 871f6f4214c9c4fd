//! Typed access to a table of the file: every key has one place where its type is checked.

use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::report::{Mistake, Report};
use crate::domain::filter::parse_seconds;
use crate::domain::quantity::{self, parse_bytes};

/// A value with its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct At<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// A table that is being read.
pub struct Reader<'r, 'a, 't> {
    pub report: &'r mut Report<'a>,
    pub table: &'t DeTable<'t>,
    /// The table's own place, for what is missing in it.
    pub span: Range<usize>,
    /// How the table is written: `[[docker]]`.
    pub title: String,
}

impl<'t> Reader<'_, '_, 't> {
    /// Reports every key that is not one of the known ones.
    pub fn only(&mut self, known: &[&str]) {
        for key in self.table.keys() {
            let word: &str = key.get_ref();
            if !known.contains(&word) {
                let mistake =
                    Mistake::unknown(&format!("key in {}:", self.title), word, known.iter().copied());
                self.report.at(key.span(), mistake);
            }
        }
    }

    pub fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.get(key)
    }

    fn wrong_type(&mut self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str, example: String) {
        let is = describe(value.get_ref());
        let mistake = Mistake::new(format!("`{key}` is {is}, not {wanted}")).suggest(example);
        self.report.at(value.span(), mistake);
    }

    /// A text that is not empty.
    pub fn text(&mut self, key: &str) -> Option<At<String>> {
        let value = self.value(key)?;
        let span = value.span();
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                self.report.at(span, Mistake::new(format!("`{key}` is empty")));
                None
            }
            DeValue::String(text) => Some(At { value: text.to_string(), span }),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => {
                let raw = self.report.word(value.span()).unwrap_or("…").to_owned();
                self.wrong_type(key, value, "a text", format!("write {key} = \"{raw}\""));
                None
            }
            _ => {
                self.wrong_type(key, value, "a text", format!("write {key} = \"…\""));
                None
            }
        }
    }

    pub fn boolean(&mut self, key: &str) -> Option<At<bool>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Boolean(b) => Some(At { value: *b, span: value.span() }),
            _ => {
                self.wrong_type(key, value, "true or false", format!("write {key} = true"));
                None
            }
        }
    }

    /// A number between two bounds, both included.
    pub fn number(&mut self, key: &str, min: f64, max: f64, example: &str) -> Option<At<f64>> {
        let value = self.value(key)?;
        let span = value.span();
        let number = match value.get_ref() {
            DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n as f64),
            DeValue::Float(n) => n.as_str().parse().ok(),
            _ => {
                self.wrong_type(key, value, "a number", format!("write {key} = {example}"));
                return None;
            }
        };
        match number {
            Some(n) if (min..=max).contains(&n) => Some(At { value: n, span }),
            _ => {
                let raw = self.report.word(span.clone()).unwrap_or_default();
                let mistake = Mistake::new(format!("`{key}` is {raw}, which is not between {min} and {max}"));
                self.report.at(span, mistake.suggest(format!("write {key} = {example}")));
                None
            }
        }
    }

    /// A time in words, between two bounds in seconds.
    pub fn duration(&mut self, key: &str, min: f64, max: f64, example: &str) -> Option<At<Duration>> {
        let value = self.value(key)?;
        let DeValue::String(text) = value.get_ref() else {
            let raw = self.report.word(value.span()).unwrap_or("60").to_owned();
            let whole = matches!(value.get_ref(), DeValue::Integer(_));
            let suggestion = if whole { format!("{raw}s") } else { example.to_owned() };
            self.wrong_type(key, value, "a time", format!("write {key} = \"{suggestion}\""));
            return None;
        };
        let has_unit = text.trim_end().ends_with(char::is_alphabetic);
        let seconds = parse_seconds(text).filter(|_| has_unit);
        let mistake = match seconds.filter(|s| (min..=max).contains(s)).map(Duration::try_from_secs_f64) {
            Some(Ok(duration)) => return Some(At { value: duration, span: value.span() }),
            _ if seconds.is_some() => {
                let (min, max) = (span_words(min), span_words(max));
                Mistake::new(format!("`{key}` is {text}, which is not between {min} and {max}"))
            }
            _ => Mistake::new(format!("`{}` is no time", text.escape_debug())),
        };
        self.report.at(value.span(), mistake.suggest(format!("write {key} = \"{example}\"")));
        None
    }

    /// A number of bytes, or in words.
    pub fn size(&mut self, key: &str, example: &str) -> Option<At<u64>> {
        let value = self.value(key)?;
        let bytes = match value.get_ref() {
            DeValue::String(text) => parse_bytes(text).ok(),
            DeValue::Integer(n) => u64::from_str_radix(n.as_str(), n.radix()).ok(),
            _ => {
                self.wrong_type(key, value, "a size", format!("write {key} = \"{example}\""));
                return None;
            }
        };
        if let Some(bytes) = bytes {
            return Some(At { value: bytes, span: value.span() });
        }
        let raw = self.report.word(value.span()).unwrap_or_default().trim_matches(['"', '\'']);
        let mistake = Mistake::new(format!("`{raw}` is no size"));
        self.report.at(value.span(), mistake.suggest(format!("write {key} = \"{example}\"")));
        None
    }

    /// Something that is not there. Pointing at the name is better than at the bracket: several tables look alike.
    pub fn missing(&mut self, mistake: Mistake) {
        let span = self.value("name").map_or(self.span.clone(), Spanned::span);
        self.report.at(span, mistake);
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &str) -> Option<Vec<At<String>>> {
        let value = self.value(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            let example = match value.get_ref() {
                DeValue::String(text) => format!("write {key} = [\"{text}\"]"),
                _ => format!("write {key} = [\"…\"]"),
            };
            self.wrong_type(key, value, "a list of texts", example);
            return None;
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::String(text) => texts.push(At { value: text.to_string(), span: item.span() }),
                _ => {
                    let is = describe(item.get_ref());
                    let mistake = Mistake::new(format!("`{key}` holds {is}; it is a list of texts"));
                    self.report.at(item.span(), mistake);
                }
            }
        }
        Some(texts)
    }
}

/// A bound as it is written.
fn span_words(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0}ms", seconds * 1000.0) } else { quantity::age(seconds as i64) }
}

/// What a value is, with its article.
pub fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
