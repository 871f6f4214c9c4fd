//! An entry of the journal as `journalctl --output=json` writes it, and the lines that it makes.

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::log::{LogLine, LogStream};
use crate::logs::frame::MAX_LINE;
use crate::logs::plain::Lines;

/// Fields that are asked for.
pub(super) const FIELDS: &str = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_PID,SYSLOG_PID";
/// Lines made of one entry at most.
const LINES: usize = 5000;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Names it for good.
    pub cursor: String,
    pub at: Option<Timestamp>,
    /// At least one.
    pub lines: Vec<LogLine>,
}

#[derive(Deserialize)]
struct Written {
    #[serde(rename = "__CURSOR")]
    cursor: String,
    #[serde(rename = "__REALTIME_TIMESTAMP", default)]
    at: Field,
    #[serde(rename = "MESSAGE", default)]
    message: Field,
    #[serde(rename = "PRIORITY", default)]
    priority: Field,
    #[serde(rename = "SYSLOG_IDENTIFIER", default)]
    identifier: Field,
    #[serde(rename = "_COMM", default)]
    command: Field,
    #[serde(rename = "_PID", default)]
    pid: Field,
    #[serde(rename = "SYSLOG_PID", default)]
    syslog_pid: Field,
}

/// A value: text, bytes when it is not UTF-8 or has control characters, `null` when it is too long, or several
/// of them when the field stands there more than once.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Field {
    Text(String),
    Bytes(Vec<u8>),
    Several(Vec<Field>),
    #[default]
    Nothing,
}

impl Field {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::Several(fields) => fields.iter().map(Self::bytes).collect::<Vec<_>>().join(&b'\n'),
            Self::Nothing => Vec::new(),
        }
    }

    /// As a word of the line before the message.
    fn word(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes()).into_owned();
        let text: String = text.chars().filter(|c| !c.is_control()).take(64).collect();
        (!text.is_empty()).then_some(text)
    }
}

/// Reads an entry; `None` when it is none.
pub(super) fn parse(json: &[u8]) -> Option<Entry> {
    let written: Written = serde_json::from_slice(json).ok()?;
    let at = written.at.word().and_then(|us| Timestamp::from_microsecond(us.parse().ok()?).ok());
    let mut head = String::new();
    // As systemd itself writes it before lines.
    if let Some(priority) = written.priority.word().filter(|p| matches!(p.as_bytes(), [b'0'..=b'7'])) {
        head = format!("<{priority}>");
    }
    if let Some(identifier) = written.identifier.word().or_else(|| written.command.word()) {
        head.push_str(&identifier);
        if let Some(pid) = written.pid.word().or_else(|| written.syslog_pid.word()) {
            head = format!("{head}[{pid}]");
        }
        head.push_str(": ");
    }
    let mut lines = Vec::new();
    let (mut splitter, mut more) = (Lines::default(), false);
    let line = |text: String, cut: bool| LogLine { at, stream: LogStream::Stdout, text, cut };
    splitter.push(&written.message.bytes(), |one| {
        more = lines.len() >= LINES;
        if !more {
            lines.push(line(one.text, one.cut));
        }
    });
    lines.extend(splitter.finish().filter(|_| !more).map(|one| line(one.text, one.cut)));
    if let Some(last) = lines.last_mut().filter(|_| more) {
        last.cut = true;
    }
    match lines.first_mut() {
        Some(first) => first.text.insert_str(0, &head),
        None => lines.push(line(head, false)),
    }
    Some(Entry { cursor: written.cursor, at, lines })
}

/// What stands for an entry that could not be read.
pub(super) fn unreadable(bytes: u64) -> LogLine {
    let text = format!("an entry of {bytes} bytes is too long or damaged, and is left out");
    LogLine { at: None, stream: LogStream::Engine, text, cut: true }
}

/// An entry is read up to this size, in bytes of JSON: bytes are written as numbers, four times as long.
pub(super) const MAX_ENTRY: usize = 16 * MAX_LINE;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::{Level, read_near, show};
    use proptest::prelude::*;

    fn texts(json: &str) -> Vec<String> {
        parse(json.as_bytes()).unwrap().lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn values_of_all_kinds() {
        let entry = parse(br#"{"__CURSOR":"c","__REALTIME_TIMESTAMP":"1700000000000001","MESSAGE":"up","PRIORITY":"4","SYSLOG_IDENTIFIER":"sshd","_PID":"12","X":[1]}"#).unwrap();
        assert_eq!(entry.cursor, "c");
        assert_eq!(entry.at.unwrap().as_microsecond(), 1_700_000_000_000_001);
        assert_eq!((entry.lines[0].text.as_str(), entry.lines[0].at), ("<4>sshd[12]: up", entry.at));
        for (message, want) in [
            (r#""a\nb\r\n""#, vec!["x: a", "b"]),
            ("[27,91,51,49,109,255]", vec!["x: \u{1b}[31m\u{fffd}"]),
            (r#"["one",[116,119,111],null]"#, vec!["x: one", "two"]),
            ("null", vec!["x: "]),
            (r#""""#, vec!["x: "]),
        ] {
            assert_eq!(
                texts(&format!(r#"{{"__CURSOR":"c","_COMM":"x","MESSAGE":{message}}}"#)),
                want,
                "{message}"
            );
        }
        assert_eq!(
            texts(r#"{"__CURSOR":"c","PRIORITY":"9","SYSLOG_IDENTIFIER":"a\u001b]0;x"}"#),
            ["a]0;x: "]
        );
        for damaged in ["", "{}", "[]", r#"{"__CURSOR":"c""#, r#"{"__CURSOR":"c","MESSAGE":[256]}"#] {
            assert_eq!(parse(damaged.as_bytes()), None, "{damaged}");
        }
    }

    #[test]
    fn an_entry_is_bounded() {
        let entry =
            parse(format!(r#"{{"__CURSOR":"c","MESSAGE":"{}"}}"#, "\\n".repeat(9000)).as_bytes()).unwrap();
        assert!(entry.lines.len() == LINES && entry.lines[LINES - 1].cut);
        let entry =
            parse(format!(r#"{{"__CURSOR":"c","MESSAGE":"{}"}}"#, "x".repeat(100_000)).as_bytes()).unwrap();
        assert!(entry.lines.len() == 1 && entry.lines[0].cut);
    }

    #[test]
    fn the_level_is_the_priority_and_is_not_shown() {
        let line = &parse(br#"{"__CURSOR":"c","__REALTIME_TIMESTAMP":"1700000000000001","MESSAGE":"it broke","PRIORITY":"3","SYSLOG_IDENTIFIER":"app","_PID":"1"}"#).unwrap().lines[0];
        assert_eq!(read_near(&line.text, line.at).level, Some(Level::Error));
        assert_eq!(show(&line.text, line.at, true).text, "app[1]: it broke");
    }

    proptest! {
        #[test]
        fn anything_in_an_entry_is_harmless(message in any::<Vec<u8>>(), garbage in any::<Vec<u8>>()) {
            let _none = parse(&garbage);
            let json = serde_json::json!({"__CURSOR": "c", "MESSAGE": message, "_COMM": String::from_utf8_lossy(&garbage)});
            let entry = parse(json.to_string().as_bytes()).unwrap();
            prop_assert!(!entry.lines.is_empty());
            prop_assert!(entry.lines.iter().all(|l| !l.text.contains(['\n', '\0']) && l.text.len() < 2 * MAX_LINE));
        }
    }
}
