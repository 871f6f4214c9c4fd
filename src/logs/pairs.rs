//! Reads the fields of a JSON or logfmt line in place, only as far as level, time and message need it.

use std::ops::Range;

use jiff::Timestamp;
use memchr::{memchr, memchr2};

use super::level::Level;
use super::stamp::{self, Near, at};
use super::text::is_level_key;

/// So much of a line is looked at.
const WINDOW: usize = 8 << 10;

/// What the fields of a line say.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub level: Option<(Level, Range<usize>)>,
    pub at: Option<Timestamp>,
    pub message: Option<Range<usize>>,
    /// Something that only a request has: a method, a path.
    request: bool,
    status: Option<(u16, Range<usize>)>,
    pub pairs: usize,
}

impl Found {
    fn take(&mut self, bytes: &[u8], key: &[u8], value: Range<usize>, near: Option<Near<'_>>) {
        self.pairs += 1;
        let text = bytes.get(value.clone()).unwrap_or_default();
        if self.level.is_none()
            && (is_level_key(key) || key == b"PRIORITY" || (key == b"s" && text.len() <= 2))
        {
            self.level = Level::from_value(text).map(|level| (level, value));
        } else if self.at.is_none() && is_time_key(key) {
            let stamp = stamp::leading(text).or_else(|| stamp::epoch(text));
            self.at = stamp.and_then(|s| s.at(near));
        } else if self.message.is_none() && is_message_key(key) {
            self.message = Some(value);
        } else if matches!(key, b"DownstreamStatus" | b"status" | b"status_code" | b"statusCode") {
            let number = std::str::from_utf8(text).ok().and_then(|t| t.parse().ok());
            self.status = number.map(|n| (n, value));
        } else if is_request_key(key) {
            self.request = true;
        }
    }

    /// An answer's status rules over a milder level: Traefik calls every request `info`.
    fn weigh(&mut self) {
        let Some((status, place)) = self.status.take().filter(|_| self.request) else { return };
        if let Some(level) = Level::from_status(status)
            && self.level.as_ref().is_none_or(|(stated, _)| *stated < level)
        {
            self.level = Some((level, place));
        }
    }
}

/// Fields that hold when it was.
pub(super) fn is_time_key(key: &[u8]) -> bool {
    matches!(
        key,
        b"time"
            | b"timestamp"
            | b"ts"
            | b"@timestamp"
            | b"@t"
            | b"t"
            | b"$date"
            | b"date"
            | b"datetime"
            | b"Timestamp"
            | b"asctime"
            | b"StartUTC"
            | b"__REALTIME_TIMESTAMP"
    )
}

/// Fields that hold what a person reads first.
pub(super) fn is_message_key(key: &[u8]) -> bool {
    matches!(key, b"msg" | b"message" | b"@m" | b"@mt" | b"short_message" | b"MESSAGE" | b"Message")
}

fn is_request_key(key: &[u8]) -> bool {
    matches!(
        key,
        b"RequestMethod" | b"RequestPath" | b"request_method" | b"method" | b"path" | b"uri" | b"request_uri"
    )
}

/// The fields of an object that begins here; nothing when it is none.
pub(super) fn json(bytes: &[u8], start: usize, near: Option<Near<'_>>) -> Option<Found> {
    let closed = bytes.trim_ascii_end().last() == Some(&b'}');
    if at(bytes, start) != b'{' || !closed {
        return None;
    }
    let bytes = bytes.get(..bytes.len().min(start + WINDOW))?;
    let mut found = Found::default();
    object(bytes, start + 1, 0, near, &mut found);
    found.weigh();
    (found.pairs > 0 || at(bytes, start + 1) == b'}').then_some(found)
}

/// Reads `"key": value, …` up to the end of the object; nested ones only where a level or time may be.
fn object(bytes: &[u8], mut i: usize, depth: u8, near: Option<Near<'_>>, found: &mut Found) -> Option<usize> {
    loop {
        i = blank(bytes, i);
        match at(bytes, i) {
            b',' => i += 1,
            b'}' => return Some(i + 1),
            b'"' => {
                let end = string(bytes, i + 1)?;
                let key = bytes.get(i + 1..end)?;
                i = blank(bytes, end + 1);
                if at(bytes, i) != b':' {
                    return None;
                }
                i = blank(bytes, i + 1);
                match at(bytes, i) {
                    b'"' => {
                        let end = string(bytes, i + 1)?;
                        found.take(bytes, key, i + 1..end, near);
                        i = end + 1;
                    }
                    // ECS's {"log":{"level":…}}, MongoDB's {"t":{"$date":…}}.
                    b'{' if depth == 0 && matches!(key, b"log" | b"t") => {
                        i = object(bytes, i + 1, 1, near, found)?;
                    }
                    b'{' | b'[' => i = nested(bytes, i)?,
                    _ => {
                        let rest = bytes.get(i..)?;
                        let end = i + rest
                            .iter()
                            .position(|b| matches!(b, b',' | b'}' | b' '))
                            .unwrap_or(rest.len());
                        found.take(bytes, key, i..end, near);
                        i = end;
                    }
                }
            }
            _ => return None,
        }
    }
}

fn blank(bytes: &[u8], mut i: usize) -> usize {
    while matches!(at(bytes, i), b' ' | b'\t') {
        i += 1;
    }
    i
}

/// Where the string that begins here has its closing quote.
pub(super) fn string(bytes: &[u8], mut i: usize) -> Option<usize> {
    loop {
        i += memchr2(b'"', b'\\', bytes.get(i..)?)?;
        if at(bytes, i) == b'"' {
            return Some(i);
        }
        i += 2;
    }
}

/// Behind the object or array that begins here.
pub(super) fn nested(bytes: &[u8], mut i: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match bytes.get(i)? {
            b'"' => i = string(bytes, i + 1)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
        i += 1;
    }
}

/// The pairs of a logfmt line from here on: places of key and value (without quotes), and whether it was
/// quoted. Ends where the line stops being logfmt.
pub(super) struct Logfmt<'a> {
    pub bytes: &'a [u8],
    pub i: usize,
}

impl Iterator for Logfmt<'_> {
    type Item = (Range<usize>, Range<usize>, bool);

    fn next(&mut self) -> Option<Self::Item> {
        let start = blank(self.bytes, self.i);
        let rest = self.bytes.get(start..)?;
        let length = rest.iter().position(|b| !is_key(*b))?;
        if length == 0 || at(rest, length) != b'=' || at(rest, 0).is_ascii_digit() {
            return None;
        }
        let key = start..start + length;
        let from = key.end + 1;
        if at(self.bytes, from) == b'"' {
            let end = string(self.bytes, from + 1)?;
            self.i = end + 1;
            return matches!(at(self.bytes, self.i), b' ' | 0).then_some((key, from + 1..end, true));
        }
        let rest = self.bytes.get(from..)?;
        let end = from + memchr(b' ', rest).unwrap_or(rest.len());
        self.i = end;
        Some((key, from..end, false))
    }
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@' | b'/')
}

/// The fields of a logfmt line: at least two pairs, or one that is a level or a message.
pub(super) fn logfmt(bytes: &[u8], start: usize, near: Option<Near<'_>>) -> Option<Found> {
    let bytes = bytes.get(..bytes.len().min(start + WINDOW))?;
    let mut found = Found::default();
    let mut pairs = Logfmt { bytes, i: start };
    for (key, value, _) in pairs.by_ref() {
        found.take(bytes, bytes.get(key)?, value, near);
    }
    found.weigh();
    let told = found.level.is_some() || found.message.is_some();
    // `a=1 b=2 and then text` is text.
    let whole = blank(bytes, pairs.i) >= bytes.len() || bytes.len() >= WINDOW;
    (found.pairs > 0 && whole && (told || found.pairs >= 2)).then_some(found)
}
