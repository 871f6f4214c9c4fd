//! What the `json-file` driver stores: one JSON object for each message, in a line of its own.

use std::borrow::Cow;

use serde::Deserialize;

use crate::domain::log::LogLine;
use crate::logs::frame::Decoder;

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, default)]
    log: Cow<'a, str>,
    #[serde(borrow, default)]
    stream: Cow<'a, str>,
    #[serde(borrow, default)]
    time: Cow<'a, str>,
}

/// The text of a stored message; `None` when it is none, or not whole.
pub(super) fn text(stored: &[u8]) -> Option<Cow<'_, str>> {
    serde_json::from_slice::<Record<'_>>(stored).ok().map(|record| record.log)
}

/// Makes lines of stored messages, in the same way as of those that the engine sends.
pub(super) struct Records {
    decoder: Decoder,
    tty: bool,
    message: Vec<u8>,
}

impl Records {
    pub fn new(tty: bool) -> Self {
        Self { decoder: Decoder::new(tty), tty, message: Vec::new() }
    }

    /// Takes the next stored message and appends the lines that it completes; false when it is none.
    pub fn push(&mut self, stored: &str, lines: &mut Vec<LogLine>) -> bool {
        let Ok(record) = serde_json::from_str::<Record<'_>>(stored) else { return false };
        let length = record.time.len() + 1 + record.log.len();
        self.message.clear();
        if !self.tty {
            let kind = if record.stream == "stderr" { 2 } else { 1 };
            self.message.extend([kind, 0, 0, 0]);
            self.message.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
        self.message.extend(record.time.as_bytes());
        self.message.push(b' ');
        self.message.extend(record.log.as_bytes());
        self.decoder.push(&self.message, lines);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::LogStream;
    use crate::logs::read;

    const TIME: &str = "2026-11-21T12:04:14.30395443Z";

    fn stored(log: &str, stream: &str) -> String {
        serde_json::json!({"log": log, "stream": stream, "attrs": {"env": "x"}, "time": TIME}).to_string()
    }

    #[test]
    fn messages_become_lines() {
        let (mut records, mut lines) = (Records::new(false), Vec::new());
        let piece = "a".repeat(16 << 10);
        for message in [stored(&piece, "stdout"), stored("\"é\\\n", "stderr"), stored("end\r\n", "stdout")] {
            assert!(records.push(&message, &mut lines));
        }
        for strange in ["", "{", "[1]", "{\"log\":1}", "\0", &stored("x\n", "stdout")[..20]] {
            assert!(!records.push(strange, &mut lines), "{strange}");
        }
        let streams: Vec<_> = lines.iter().map(|l| l.stream).collect();
        assert_eq!(streams, [LogStream::Stderr, LogStream::Stdout]);
        assert_eq!((lines[0].text.as_str(), lines[0].at), ("\"é\\", TIME.parse().ok()));
        assert_eq!(lines[1].text.len(), (16 << 10) + 3);
    }

    #[test]
    fn the_time_of_a_message_is_read_where_it_stands() {
        let log = r#"2020-01-01T00:00:00Z {"time":"2021-01-01T00:00:00Z"} "time":"2022-01-01T00:00:00Z""#;
        assert_eq!(read(&stored(log, "stdout")).at, TIME.parse().ok());
    }
}
