//! The value that a line has under a name, parsed when a step asks for the first one.

use std::borrow::Cow;
use std::cell::OnceCell;

use memchr::memchr2_iter;
use serde_json::Value;

use super::measure::Measure;
use crate::domain::log::LogStream;
use crate::logs::book::LineView;
use crate::logs::fields::{Fields, fields};
use crate::logs::read::{Format, read};
use crate::logs::show::shown_otherwise;

/// What is the same in the logs of several programs, under the name that filters use for it.
const COMMON: [(&str, &[&str]); 6] = [
    ("status", &["DownstreamStatus", "status_code", "statusCode", "http.status_code", "res.statusCode"]),
    ("method", &["RequestMethod", "request_method", "http.method", "req.method"]),
    ("path", &["RequestPath", "request_uri", "uri", "url", "req.url", "http.target"]),
    ("bytes", &["DownstreamContentSize", "body_bytes_sent", "bytes_sent"]),
    ("client", &["ClientHost", "remote_addr", "client_ip", "remote_ip", "req.remoteAddress"]),
    ("duration", &["responseTime", "request_time", "duration_ms", "elapsed", "latency", "took"]),
];

/// The value that a line has under a name, as filter steps see it; `status`, `path` and the like also under
/// the names that programs have for them.
pub fn value(text: &str, name: &str) -> Option<String> {
    Values::new(&alone(text)).get(name).map(|found| found.text.into_owned())
}

/// A line of which nothing is known but its text.
fn alone(text: &str) -> LineView<'_> {
    LineView {
        text,
        at: None,
        stream: LogStream::Stdout,
        level: None,
        format: read(text).format,
        source: "",
        lane: 0,
        mark: None,
    }
}

/// The named values of one line.
pub(super) struct Values<'a> {
    line: &'a LineView<'a>,
    fields: OnceCell<Fields>,
    shown: OnceCell<Option<String>>,
}

/// A value, under the name that the line itself has for it.
pub(super) struct Found<'a> {
    pub name: &'a str,
    pub text: Cow<'a, str>,
}

impl<'a> Values<'a> {
    pub(super) fn new(line: &'a LineView<'a>) -> Self {
        Self { line, fields: OnceCell::new(), shown: OnceCell::new() }
    }

    /// The value under a name, whatever its case; `null` is none.
    pub(super) fn get(&self, name: &str) -> Option<Found<'_>> {
        match self.line.format {
            Format::Json | Format::Logfmt | Format::Access => self.field(name),
            _ => loose(self.line.text, name),
        }
    }

    /// The first line as it is shown, where that is another way than it was written.
    pub(super) fn shown(&self) -> Option<&str> {
        let first = || self.line.text.lines().next().unwrap_or_default();
        self.shown.get_or_init(|| shown_otherwise(first(), self.line.format, self.line.at)).as_deref()
    }

    fn field(&self, name: &str) -> Option<Found<'_>> {
        let fields = self.fields.get_or_init(|| fields(self.line.text.lines().next().unwrap_or_default()));
        let found = |name| descend(fields.iter().map(|(key, value)| (key, value)), name);
        let common = |name: &str| {
            let (_, others) = COMMON.iter().find(|(common, _)| common.eq_ignore_ascii_case(name))?;
            others.iter().find_map(|other| found(other))
        };
        let (name, value) = found(name).or_else(|| common(name))?;
        let text = match value {
            Value::Null => return None,
            Value::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(other.to_string()),
        };
        Some(Found { name, text })
    }
}

/// The field of that name, or the field inside a field when the name has dots.
fn descend<'v, I>(fields: I, name: &str) -> Option<(&'v str, &'v Value)>
where
    I: Iterator<Item = (&'v String, &'v Value)> + Clone,
{
    if let Some((key, value)) = fields.clone().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
        return Some((key, value));
    }
    name.contains('.').then_some(())?;
    fields.into_iter().find_map(|(key, value)| {
        let (head, rest) = name.split_at_checked(key.len())?;
        let rest = rest.strip_prefix('.').filter(|_| key.eq_ignore_ascii_case(head))?;
        match value {
            Value::Object(inner) => descend(inner.iter(), rest),
            _ => None,
        }
    })
}

/// `name=value` or `name: value` in free text.
fn loose<'a>(text: &'a str, name: &str) -> Option<Found<'a>> {
    let bytes = text.as_bytes();
    let first = *name.as_bytes().first()?;
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    memchr2_iter(lower, upper, bytes).find_map(|start| {
        let end = start + name.len();
        let own = text.get(start..end).filter(|own| own.eq_ignore_ascii_case(name))?;
        let before = start.checked_sub(1).and_then(|i| bytes.get(i));
        before.is_none_or(|b| !b.is_ascii_alphanumeric() && !b"_-./?&".contains(b)).then_some(())?;
        let rest = text.get(end..)?;
        let rest = rest.strip_prefix('=').or_else(|| rest.strip_prefix(": "))?;
        Some(Found { name: own, text: Cow::Borrowed(begun(rest)) })
    })
}

/// The value at the start of a text: quoted, or up to what ends a word; a unit after a blank belongs to it.
fn begun(text: &str) -> &str {
    if let Some((quoted, _)) = text.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        return quoted;
    }
    let ends = |text: &str, from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.find([' ', '\t', '\n', ',', ';', ')', ']', '}', '|']).unwrap_or(rest.len())
    };
    let end = ends(text, 0);
    let word = text.get(..end).unwrap_or_default();
    let further =
        text.get(..ends(text, end + 1)).filter(|_| text.get(end..).is_some_and(|r| r.starts_with(' ')));
    let measured = |text: &&str| Measure::parse(word).is_some() && Measure::parse(text).is_some();
    further.filter(measured).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(text: &str, name: &str) -> Option<String> {
        Values::new(&alone(text)).get(name).map(|found| format!("{}={}", found.name, found.text))
    }

    #[test]
    fn fields_have_their_names_and_those_that_are_common() {
        let json = r#"{"level":30,"Req":{"url":"/a","id.x":7},"http.status":500,"e":null,"msg":"x"}"#;
        assert_eq!(get(json, "LEVEL").unwrap(), "level=30");
        assert_eq!(get(json, "req.URL").unwrap(), "url=/a");
        assert_eq!(get(json, "req.id.x").unwrap(), "id.x=7");
        assert_eq!(get(json, "http.status").unwrap(), "http.status=500");
        assert_eq!(get(json, "path").unwrap(), "url=/a");
        assert_eq!(get(json, "req").unwrap(), r#"Req={"url":"/a","id.x":7}"#);
        for absent in ["e", "url", "req.", ".url", "req.url.x", ""] {
            assert_eq!(get(json, absent), None, "{absent}");
        }
        let access = r#"10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] "GET /x HTTP/1.1" 502 61"#;
        assert_eq!(get(access, "status").unwrap(), "status=502");
        assert_eq!(get("level=info msg=\"a b\" took=3ms", "duration").unwrap(), "took=3ms");
    }

    #[test]
    fn free_text_has_values_too() {
        let text = "2026-11-21 12:04:14.303 UTC [27] LOG:  Duration: 213.4 ms  statement: SELECT 1 (rows=3, user=\"a b\")";
        assert_eq!(get(text, "duration").unwrap(), "Duration=213.4 ms");
        assert_eq!(get(text, "rows").unwrap(), "rows=3");
        assert_eq!(get(text, "user").unwrap(), "user=a b");
        assert_eq!(get("took: 5 apples", "took").unwrap(), "took=5");
        for absent in ["atement", "select", "ser", "log.x"] {
            assert_eq!(get(text, absent), None, "{absent}");
        }
        assert_eq!(get("GET /x?user=a done", "user"), None);
    }
}
