//! Lines on their way out: to a file, a pipe or the clipboard.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::fields::split;
use super::level::Level;
use super::read::read_near;
use super::redact::redact;
use super::show::show;
use crate::domain::log::LogStream;
use crate::domain::sanitize;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As received.
    Raw,
    /// Time, source, level and text, harmless for a terminal.
    Text,
    /// One JSON object a line, as `pult logs -o json`.
    Jsonl,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::Raw, Self::Text, Self::Jsonl];

    /// What a person calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Text => "text",
            Self::Jsonl => "jsonl",
        }
    }

    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Raw => "log",
            Self::Text => "txt",
            Self::Jsonl => "jsonl",
        }
    }
}

/// A line with what is known of it.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The engine's time of it.
    pub at: Option<Timestamp>,
    /// What people call its source.
    pub label: &'a str,
    /// Its source as in `pult logs SOURCE`.
    pub source: &'a str,
    /// Where that is: `docker:prod-1`; empty for this machine.
    pub target: &'a str,
    pub stream: LogStream,
    /// Its own level, or that of the line it continues.
    pub level: Option<Level>,
    pub text: Cow<'a, str>,
    /// Its end is missing.
    pub cut: bool,
}

impl<'a> Entry<'a> {
    /// Without secrets.
    pub fn redacted(mut self) -> Self {
        if let Cow::Owned(clean) = redact(&self.text) {
            self.text = Cow::Owned(clean);
        }
        self
    }

    /// Adds the line, with a line feed.
    pub fn write(&self, form: Form, out: &mut String) {
        match form {
            Form::Raw => out.push_str(&self.text),
            Form::Text => out.push_str(&self.text()),
            Form::Jsonl => out.push_str(&sanitize::json(&self.json().to_string())),
        }
        out.push('\n');
    }

    /// `2026-11-21T12:04:14.303Z api error no pool`
    fn text(&self) -> String {
        let shown = show(&self.text, self.at, true);
        // The level is said before.
        let said = self.level == shown.level && shown.word.start == 0 && !shown.word.is_empty();
        let rest = shown.text.get(shown.word.end..).and_then(|rest| rest.strip_prefix(' '));
        let text = rest.filter(|_| said).unwrap_or(&shown.text);
        let words = [
            self.at.map(stamp).map(Cow::Owned),
            Some(sanitize::line(self.label, self.label.len())),
            Some(self.level.map_or("-", Level::word).into()),
            Some(sanitize::line(text, text.len())),
        ];
        let words: Vec<_> = words.into_iter().flatten().collect();
        format!("{}{}", words.join(" "), if self.cut { "…" } else { "" })
    }

    /// The line as an object, with the keys of `pult logs -o json`.
    pub fn json(&self) -> Value {
        let reading = read_near(&self.text, self.at);
        let (message, fields) = match split(&self.text, &reading) {
            Some((message, fields)) => (message, Some(Map::from_iter(fields))),
            None => (None, None),
        };
        let message = message.as_deref().filter(|m| !m.is_empty()).unwrap_or(&self.text);
        let target = Some(self.target).filter(|target| !target.is_empty());
        json!({
            "at": self.at.or(reading.at), "source": self.source, "target": target,
            "stream": self.stream.word(), "level": self.level.map(Level::word),
            "message": message, "cut": self.cut, "fields": fields,
        })
    }
}

/// RFC 3339 UTC in milliseconds: of one width, so that lines align.
pub fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Entry<'_> {
        Entry {
            at: "2026-11-21T12:04:14.3034Z".parse().ok(),
            label: "api\u{1b}[2J",
            source: "docker/api",
            target: "",
            stream: LogStream::Stderr,
            level: super::super::read(text).level,
            text: text.into(),
            cut: false,
        }
    }

    fn written(form: Form, entry: &Entry<'_>) -> String {
        let mut out = String::new();
        entry.write(form, &mut out);
        out
    }

    #[test]
    fn lines_are_written_in_three_forms() {
        let line = r#"{"level":50,"time":1795262654303,"msg":"no pool","password":"x1"}"#;
        let clean = entry(line).redacted();
        assert_eq!(written(Form::Raw, &entry(line)), format!("{line}\n"));
        assert_eq!(
            written(Form::Text, &clean),
            "2026-11-21T12:04:14.303Z api error no pool  password=‹password›\n"
        );
        let json: Value = serde_json::from_str(&written(Form::Jsonl, &clean)).unwrap();
        assert_eq!(
            json,
            json!({
                "at": "2026-11-21T12:04:14.3034Z", "source": "docker/api", "target": null, "stream": "stderr",
                "level": "error", "message": "no pool", "cut": false,
                "fields": {"level": 50, "time": 1_795_262_654_303_i64, "password": "‹password›"},
            })
        );
    }

    #[test]
    fn text_is_harmless_and_says_the_level_once() {
        let line = "2026-11-21 12:04:14.303 WARN a\u{1b}]52;c;x\u{7}b";
        assert_eq!(written(Form::Text, &entry(line)), "2026-11-21T12:04:14.303Z api warn ab\n");
        assert_eq!(written(Form::Text, &entry("plain é")), "2026-11-21T12:04:14.303Z api - plain é\n");
        let cut = Entry { at: None, cut: true, ..entry("[error] x") };
        assert_eq!(written(Form::Text, &cut), "api error [error] x…\n");
        assert!(!written(Form::Jsonl, &entry("a\u{9b}\u{202e}b")).contains(['\u{9b}', '\u{202e}']));
    }
}
