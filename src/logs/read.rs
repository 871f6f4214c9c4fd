//! What a line says about itself: its level, its own time, where its message is. Allocates nothing.

use std::ops::Range;

use jiff::Timestamp;
use memchr::memchr;

use super::level::Level;
use super::stamp::{self, Near, Stamp, at};
use super::{pairs, text};

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Json,
    Logfmt,
    /// Of nginx, Apache, Traefik, Envoy, gin: a request and its answer.
    Access,
    Klog,
    Syslog,
    Postgres,
    Redis,
    Plain,
}

/// What [`read`] finds in a line. Ranges are bytes of the line, on character boundaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub level: Option<Level>,
    /// The word (letter, number, status) that says the level.
    pub level_at: Option<Range<usize>>,
    /// The line's own time, not the engine's.
    pub at: Option<Timestamp>,
    /// What may be left out at the start where the time stands elsewhere; empty when it cannot.
    pub stamp: Range<usize>,
    /// What is said; of JSON and logfmt the value of their message as written, else what follows the time.
    pub message: Range<usize>,
    pub format: Format,
}

impl Reading {
    /// Whether the line begins like one of its own, not like the rest of another.
    pub(super) fn is_head(&self) -> bool {
        self.at.is_some()
            || !self.stamp.is_empty()
            || !matches!(self.format, Format::Plain | Format::Postgres)
    }
}

/// Reads a line.
pub fn read(line: &str) -> Reading {
    read_near(line, None)
}

/// Reads a line that was written about that time: it tells the year, day and zone that the line leaves out.
pub fn read_near(line: &str, at: Option<Timestamp>) -> Reading {
    read_in(line, at.map(Near::from))
}

/// Reads a line of which more is known than itself says.
pub fn read_in(line: &str, near: Option<Near<'_>>) -> Reading {
    let bytes = line.as_bytes();
    let start = begin(bytes, 0);
    let mut reading = Reading {
        level: None,
        level_at: None,
        at: None,
        stamp: 0..0,
        message: start..bytes.len(),
        format: Format::Plain,
    };
    if structured(bytes, start, near, &mut reading) || klog(bytes, start, near, &mut reading) {
        return reading;
    }
    let priority = priority(bytes, start);
    let head = header(bytes, priority.map_or(start, |(_, end)| end));
    let from = match &head {
        Some(Header { stamp, whole, end }) => {
            reading.at = stamp.at(near);
            reading.stamp = 0..if *whole { *end } else { 0 };
            reading.message.start = *end;
            *end
        }
        None => priority.map_or(start, |(_, end)| end),
    };
    if head.is_some() && structured(bytes, from, near, &mut reading) {
        return reading;
    }
    if request(bytes, from, head.is_some(), &mut reading) {
        return reading;
    }
    let (mut level, mut word) = (None, None);
    match redis(bytes, start, from).filter(|_| head.is_some()) {
        Some((found, place)) => {
            (level, word) = (Some(found), Some(place));
            reading.format = Format::Redis;
        }
        None => {
            let from = syslog(bytes, from, priority.is_some(), head.as_ref(), &mut reading);
            // What a program prints as JSON, and journald or a syslog daemon took down.
            if reading.format == Format::Syslog && at(bytes, from) == b'{' {
                let stamped = reading.at;
                if structured(bytes, from, near, &mut reading) {
                    reading.at = stamped.or(reading.at);
                    reading.level = reading.level.or(priority.and_then(|(n, _)| Level::from_syslog(n & 7)));
                    return reading;
                }
            }
            if let Some((found, place)) = text::find(bytes, from) {
                if bytes.get(place.end..place.end + 3) == Some(b":  ") && head.is_some() {
                    reading.format = Format::Postgres;
                }
                (level, word) = (Some(found), Some(place));
            }
        }
    }
    if level.is_none()
        && let Some((severity, _)) = priority
    {
        level = Level::from_syslog(severity & 7);
    }
    (reading.level, reading.level_at) = (level, word);
    reading
}

/// Behind blanks and colours.
fn begin(bytes: &[u8], mut i: usize) -> usize {
    loop {
        match at(bytes, i) {
            b' ' | b'\t' => i += 1,
            0x1b => i = text::behind_escape(bytes, i),
            _ => return i,
        }
    }
}

fn structured(bytes: &[u8], start: usize, near: Option<Near<'_>>, reading: &mut Reading) -> bool {
    let (found, format) = match at(bytes, start) {
        b'{' => (pairs::json(bytes, start, near), Format::Json),
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'@' => (pairs::logfmt(bytes, start, near), Format::Logfmt),
        _ => return false,
    };
    let Some(found) = found else { return false };
    (reading.level, reading.level_at) =
        found.level.map_or((None, None), |(level, at)| (Some(level), Some(at)));
    reading.at = found.at.or(reading.at);
    reading.message = found.message.unwrap_or(start..bytes.len());
    reading.format = format;
    true
}

/// `E1121 12:04:14.123456       1 reflector.go:147] message`
fn klog(bytes: &[u8], start: usize, near: Option<Near<'_>>, reading: &mut Reading) -> bool {
    if !matches!(at(bytes, start), b'I' | b'W' | b'E' | b'F') || !at(bytes, start + 1).is_ascii_digit() {
        return false;
    }
    let rest = bytes.get(start + 1..).unwrap_or_default();
    let Some(stamp) = stamp::klog(rest) else { return false };
    let end = start + 1 + stamp.end;
    let message =
        bytes.get(end..bytes.len().min(end + 120)).and_then(|b| memchr(b']', b)).map(|i| end + i + 1);
    reading.level = Level::from_letter(at(bytes, start));
    reading.level_at = Some(start..start + 1);
    reading.at = stamp.at(near);
    reading.message.start = begin(bytes, message.unwrap_or(end));
    reading.format = Format::Klog;
    true
}

/// `<134>` of syslog, `<3>` of systemd: the number, and where it ends.
pub(super) fn priority(bytes: &[u8], start: usize) -> Option<(u16, usize)> {
    if at(bytes, start) != b'<' {
        return None;
    }
    let rest = bytes.get(start + 1..)?;
    let digits = rest.iter().take(3).take_while(|b| b.is_ascii_digit()).count();
    let value = std::str::from_utf8(rest.get(..digits)?).ok()?.parse::<u16>().ok()?;
    // RFC 5424 has its version here.
    let version = usize::from(rest.get(digits..digits + 3) == Some(b">1 ")) * 2;
    (at(rest, digits) == b'>' && value < 192).then_some((value, start + 2 + digits + version))
}

/// What a line begins with.
struct Header {
    stamp: Stamp,
    /// It can be left out: no bracket of it closes further on.
    whole: bool,
    /// Where what follows begins.
    end: usize,
}

/// The time at the start, with what belongs to it: brackets, Redis's process, Ruby's letter.
fn header(bytes: &[u8], start: usize) -> Option<Header> {
    let mut i = start;
    // Ruby's `E, [2026-…`, gin's `[GIN] `.
    if at(bytes, i).is_ascii_uppercase() && bytes.get(i + 1..i + 4) == Some(b", [") {
        i += 3;
    } else if bytes.get(i..i + 6) == Some(b"[GIN] ") {
        i += 6;
    } else if let Some(end) = redis_process(bytes, i) {
        i = end;
    }
    let bracket = usize::from(at(bytes, i) == b'[');
    let stamp = stamp::leading(bytes.get(i + bracket..)?)?;
    let end = i + bracket + stamp.end;
    let closed = bracket == 1 && at(bytes, end) == b']';
    let whole = bracket == 0 || closed;
    Some(Header { stamp, whole, end: begin(bytes, end + usize::from(closed)) })
}

/// Behind `host app[1]: ` where the time is syslog's.
fn syslog(
    bytes: &[u8],
    from: usize,
    prioritized: bool,
    head: Option<&Header>,
    reading: &mut Reading,
) -> usize {
    if !prioritized && !head.is_some_and(|head| head.stamp.has_no_year()) {
        return from;
    }
    reading.format = Format::Syslog;
    let rest = bytes.get(from..bytes.len().min(from + 96)).unwrap_or_default();
    let Some(colon) = rest.windows(2).position(|w| w == b": ") else { return from };
    // `host app[1]` are two words; of more it is a sentence. The journal writes no time and no host.
    let blanks = rest.get(..colon).unwrap_or_default().iter().filter(|b| **b == b' ').count();
    if blanks != usize::from(head.is_some()) {
        return from;
    }
    reading.message.start = from + colon + 2;
    from + colon + 2
}

/// `1:M 21 Nov 2026 12:04:14.303 # message`: the sign is the level.
fn redis(bytes: &[u8], start: usize, from: usize) -> Option<(Level, Range<usize>)> {
    let level = match at(bytes, from) {
        b'.' | b'-' => Level::Debug,
        b'*' => Level::Info,
        b'#' => Level::Warn,
        _ => return None,
    };
    redis_process(bytes, start)?;
    (at(bytes, from + 1) == b' ').then_some((level, from..from + 1))
}

/// Behind Redis's `1:M `.
fn redis_process(bytes: &[u8], start: usize) -> Option<usize> {
    let digits = bytes.get(start..)?.iter().take(8).take_while(|b| b.is_ascii_digit()).count();
    let rest = bytes.get(start + digits..start + digits + 3)?;
    (digits > 0 && matches!(rest, [b':', b'M' | b'S' | b'C' | b'X', b' '])).then_some(start + digits + 3)
}

/// A request with its status: the common log format, Envoy's, gin's.
fn request(bytes: &[u8], from: usize, stamped: bool, reading: &mut Reading) -> bool {
    let status = match (stamped, at(bytes, from)) {
        (true, b'|') => status(bytes, from + 1),
        (true, b'"') => answered(bytes, from),
        (true, _) => None,
        (false, _) => {
            let rest = bytes.get(from..bytes.len().min(from + 160)).unwrap_or_default();
            // `[21/Nov/`: anything else in brackets is not worth a look.
            let bracket = memchr(b'[', rest).filter(|i| at(rest, i + 3) == b'/' && at(rest, i + 7) == b'/');
            let Some(start) = bracket.map(|i| from + i + 1) else { return false };
            let Some(stamp) = bytes.get(start..).and_then(stamp::leading) else { return false };
            let end = start + stamp.end;
            if bytes.get(end..end + 2) != Some(b"] ") {
                return false;
            }
            reading.at = stamp.at(None);
            answered(bytes, end + 2)
        }
    };
    let Some((status, place)) = status else { return false };
    reading.level = Level::from_status(status);
    reading.level_at = Some(place);
    reading.format = Format::Access;
    true
}

/// The status behind the quoted request that begins here.
fn answered(bytes: &[u8], from: usize) -> Option<(u16, Range<usize>)> {
    if at(bytes, from) != b'"' {
        return None;
    }
    let mut i = from + 1;
    loop {
        i += memchr(b'"', bytes.get(i..)?)? + 1;
        if at(bytes, i - 2) != b'\\' {
            return status(bytes, i);
        }
    }
}

fn status(bytes: &[u8], from: usize) -> Option<(u16, Range<usize>)> {
    let digits = bytes.get(from + 1..from + 4)?;
    let bounded = at(bytes, from) == b' ' && matches!(at(bytes, from + 4), b' ' | 0);
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (bounded && (100..600).contains(&number)).then_some((number, from + 1..from + 4))
}
