//! A line as a person reads it: without a time that already stands beside it, and of a structured line the
//! message before the other fields.

use std::fmt::Write as _;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::fields::split;
use super::level::Level;
use super::pairs;
use super::read::{Format, Reading, priority, read_near};

/// A line to show. Not sanitised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub text: String,
    pub level: Option<Level>,
    /// The word in `text` that says the level.
    pub word: Range<usize>,
}

/// The line as to be shown; `engine` is the engine's time of it, `beside` whether that one is shown too.
pub fn show(line: &str, engine: Option<Timestamp>, beside: bool) -> Shown {
    let reading = read_near(line, engine);
    let same = beside && engine.zip(reading.at).is_some_and(|(engine, own)| is_same(engine, own));
    compact(line, &reading, same).unwrap_or_else(|| {
        // A priority is a level for programs; a person sees it by its colour.
        let from = if same && !reading.stamp.is_empty() { reading.stamp.end } else { unprioritized(line) };
        let place = reading.level_at.filter(|place| place.start >= from).unwrap_or(from..from);
        Shown {
            text: line.get(from..).unwrap_or(line).to_owned(),
            level: reading.level,
            word: place.start - from..place.end - from,
        }
    })
}

/// What is looked for in a line that is not shown as it was written, with its time beside it.
pub(super) fn shown_otherwise(line: &str, format: Format, engine: Option<Timestamp>) -> Option<String> {
    matches!(format, Format::Json | Format::Logfmt).then(|| show(line, engine, true).text)
}

/// Where a line begins behind a priority like `<3>`.
fn unprioritized(line: &str) -> usize {
    priority(line.as_bytes(), 0).map_or(0, |(_, end)| end)
}

/// The engine stamps what it has read: in the same second, or a moment after.
fn is_same(engine: Timestamp, own: Timestamp) -> bool {
    let later = engine.duration_since(own);
    engine.as_second() == own.as_second()
        || (SignedDuration::ZERO..SignedDuration::from_secs(1)).contains(&later)
}

/// `ERROR message  key=value key=value`.
fn compact(line: &str, reading: &Reading, same: bool) -> Option<Shown> {
    if !matches!(reading.format, Format::Json | Format::Logfmt) {
        return None;
    }
    let (message, fields) = split(line, reading)?;
    let request = request(&fields);
    // Without a message it is no log line but data.
    let message = request.as_ref().or(message.as_ref())?;
    let mut text = String::with_capacity(line.len());
    if reading.format == Format::Json && unprioritized(line) > 0 {
        text.push_str(line.get(unprioritized(line)..line.find('{')?)?);
    }
    let start = text.len();
    if let Some(level) = reading.level.filter(|level| *level != Level::Info) {
        text.push_str(&level.word().to_ascii_uppercase());
    }
    let word = start..text.len();
    if !word.is_empty() {
        text.push(' ');
    }
    text.push_str(message);
    let mut gap = "  ";
    for (key, value) in &fields {
        let name = key.as_bytes();
        let told =
            pairs::is_time_key(name) && same || super::text::is_level_key(name) && reading.level.is_some();
        if told || (request.is_some() && IN_REQUEST.contains(&key.as_str())) {
            continue;
        }
        let _ = match value {
            Value::String(s) if !s.is_empty() && !s.contains([' ', '"', '=', '\t', '\n']) => {
                write!(text, "{gap}{key}={s}")
            }
            other => write!(text, "{gap}{key}={other}"),
        };
        gap = " ";
    }
    Some(Shown { text, level: reading.level, word })
}

/// Fields of Traefik's access log that stand in the message, or that say them again.
const IN_REQUEST: [&str; 13] = [
    "RequestMethod",
    "RequestHost",
    "RequestAddr",
    "RequestPath",
    "RequestPort",
    "RequestScheme",
    "RequestProtocol",
    "DownstreamStatus",
    "Duration",
    "Overhead",
    "StartLocal",
    "StartUTC",
    "msg",
];

/// Traefik's access log has no message: `GET shop.example/cart 502 12ms`.
fn request(fields: &[(String, Value)]) -> Option<String> {
    let of = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let word = |name: &str| of(name).and_then(Value::as_str);
    let (method, path) = (word("RequestMethod")?, word("RequestPath")?);
    let status = of("DownstreamStatus")?.as_u64()?;
    let host = word("RequestHost").unwrap_or_default();
    let took = of("Duration").and_then(Value::as_u64);
    let took = took.map_or_else(String::new, |ns| format!(" {}ms", ns / 1_000_000));
    Some(format!("{method} {host}{path} {status}{took}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        let shown = show(line, Some("2026-11-21T12:04:14.5Z".parse().unwrap()), true);
        let (a, b) = (shown.word.start, shown.word.end);
        format!("{}<{}>{}", &shown.text[..a], &shown.text[a..b], &shown.text[b..])
    }

    #[test]
    fn a_time_is_not_said_twice() {
        assert_eq!(shown("2026-11-21 12:04:14.303 UTC [27] ERROR:  x"), "[27] <ERROR>:  x");
        assert_eq!(shown("2026-11-21T12:04:13.9Z  WARN app: x"), "<WARN> app: x");
        assert_eq!(shown("2026-11-21 14:04:14,303 - root - INFO - x"), "- root - <INFO> - x");
        assert_eq!(shown("2026-11-20 12:04:14.3 UTC ERROR x"), "2026-11-20 12:04:14.3 UTC <ERROR> x");
        assert_eq!(shown("E1121 12:04:14.303000 1 x.go:1] no"), "<E>1121 12:04:14.303000 1 x.go:1] no");
        assert_eq!(shown("plain é"), "<>plain é");
        assert_eq!(shown("[2026-11-21T12:04:14Z ERROR app] x"), "[2026-11-21T12:04:14Z <ERROR> app] x");
        assert_eq!(shown("[2026-11-21 12:04:14,303] INFO x (kafka)"), "<INFO> x (kafka)");
    }

    #[test]
    fn a_priority_is_not_shown() {
        assert_eq!(shown("<3>app[1]: it broke"), "<>app[1]: it broke");
        assert_eq!(shown("<6>kernel: an ERROR here"), "kernel: an <ERROR> here");
        assert_eq!(shown("<134>Nov 21 12:04:14 host app: x"), "<>host app: x");
        assert_eq!(shown("<134>Nov 20 12:04:14 host app: x"), "<>Nov 20 12:04:14 host app: x");
        assert_eq!(
            shown(r#"<6>app[1]: {"level":"error","msg":"no pool","n":1}"#),
            "app[1]: <ERROR> no pool  n=1"
        );
    }

    #[test]
    fn structured_lines_are_compact() {
        assert_eq!(
            shown(
                r#"{"level":50,"time":1795262654303,"pid":1,"msg":"no \"pool\"","err":{"code":"E"},"q":""}"#
            ),
            r#"<ERROR> no "pool"  pid=1 err={"code":"E"} q="""#
        );
        assert_eq!(shown(r#"{"level":"info","msg":"up","port":80}"#), "<>up  port=80");
        assert_eq!(
            shown(r#"time=2026-11-21T12:00:00Z level=warn msg="x y" n=1"#),
            "<WARN> x y  time=2026-11-21T12:00:00Z n=1"
        );
        assert_eq!(shown(r#"{"a":1}"#), r#"<>{"a":1}"#);
        assert_eq!(shown(r#"{"msg":"x""#), r#"<>{"msg":"x""#);
        let traefik = r#"{"ClientHost":"10.0.0.9","DownstreamStatus":502,"Duration":12345678,"RequestHost":"shop","RequestMethod":"GET","RequestPath":"/cart","level":"info","msg":"","time":"2026-11-21T12:04:14Z"}"#;
        assert_eq!(shown(traefik), "<ERROR> GET shop/cart 502 12ms  ClientHost=10.0.0.9");
    }
}
