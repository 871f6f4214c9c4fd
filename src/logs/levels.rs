//! What a person knows of a program's levels better than its lines say: which level lines like one have, which
//! field holds the level, what a stream means. Laid over what was read of a line; nothing that is held changes.

use std::fmt;
use std::str::FromStr;

use super::book::LineView;
use super::filter::{Step, value};
use super::level::Level;

/// Corrections of one program.
pub const MAX_RULES: usize = 50;

/// One correction.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// Lines that pass the step have that level, or none at all.
    Says { step: Step, level: Option<Level> },
    /// A field of this name holds the level.
    Field(String),
}

/// The corrections of one program; a later one goes before an earlier one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// Those that can be read: others were written by a later version.
    pub fn read(texts: &[String]) -> Self {
        Self(texts.iter().filter_map(|text| text.parse().ok()).collect())
    }

    /// The level of a line, whatever it seems to be.
    pub fn level(&self, line: &LineView<'_>) -> Option<Level> {
        self.0.iter().rev().find_map(|rule| rule.level(line)).unwrap_or(line.level)
    }
}

impl Rule {
    /// The level that it gives a line; `None` when it has nothing to say about it.
    pub fn level(&self, line: &LineView<'_>) -> Option<Option<Level>> {
        match self {
            Self::Says { step, level } => step.takes(line).then_some(*level),
            Self::Field(name) => field_level(line.text, name).map(Some),
        }
    }
}

/// The level that stands in a field, as a word, a number or a letter.
pub fn field_level(text: &str, name: &str) -> Option<Level> {
    Level::from_value(value(text, name)?.as_bytes())
}

/// What a correction begins with that takes the level away, and one that names a field.
pub const NONE: &str = "none";
pub const FIELD: &str = "field";

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Says { step, level } => write!(f, "{} {step}", level.map_or(NONE, Level::word)),
            Self::Field(name) => write!(f, "{FIELD} {name}"),
        }
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no correction of levels");
        let (word, rest) = text.split_once(' ').ok_or_else(wrong)?;
        if word == FIELD {
            return Ok(Self::Field(rest.to_owned()));
        }
        let level = match word {
            NONE => None,
            word => Some(Level::from_word(word).ok_or_else(wrong)?),
        };
        Ok(Self::Says { step: rest.parse().map_err(|_| wrong())?, level })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::LogStream;
    use crate::logs::read;

    fn level(rules: &[&str], text: &str) -> Option<Level> {
        let rules: Vec<String> = rules.iter().map(|r| (*r).to_owned()).collect();
        let reading = read(text);
        let (level, format) = (reading.level, reading.format);
        let stream = LogStream::Stderr;
        Rules::read(&rules).level(&LineView {
            text,
            at: None,
            stream,
            level,
            format,
            source: "a",
            lane: 0,
            mark: None,
        })
    }

    #[test]
    fn the_last_rule_that_says_something_counts() {
        assert_eq!(level(&[], "ERROR x"), Some(Level::Error));
        assert_eq!(level(&["info x"], "ERROR x"), Some(Level::Info));
        assert_eq!(level(&["none x"], "ERROR x"), None);
        assert_eq!(level(&["info x", "warn ERROR"], "ERROR x"), Some(Level::Warn));
        assert_eq!(level(&["info !level? stream:stderr"], "plain"), Some(Level::Info));
        assert_eq!(level(&["info !level? stream:stderr"], "ERROR plain"), Some(Level::Error));
        assert_eq!(level(&["error -x"], "plain"), Some(Level::Error), "a step may be turned around");
    }

    #[test]
    fn a_field_holds_the_level_where_it_has_one() {
        let line = r#"{"msg":"a","prio":40,"kind":"no level"}"#;
        assert_eq!(level(&["field prio"], line), Some(Level::Warn));
        assert_eq!(level(&["field kind"], line), None);
        assert_eq!(level(&["field prio"], "WARN without fields"), Some(Level::Warn));
        assert_eq!(field_level("severity=E x=1", "severity"), Some(Level::Error));
    }

    #[test]
    fn rules_are_written_as_they_are_read_and_foreign_ones_are_left_out() {
        for text in ["warn /GET .* 404/", "none -a or b", "field log.severity"] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
        for text in ["", "warn", "loud x", "warn level:loud"] {
            assert!(text.parse::<Rule>().is_err(), "{text}");
        }
        assert_eq!(level(&["shade of grey", "warn x"], "x"), Some(Level::Warn));
    }
}
