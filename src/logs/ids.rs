//! The ids in a line by which a request can be followed through other lines and sources. They are known by
//! their look or by the name before them, never by configuration. A time, a version, a duration or a commit
//! is none.

use std::ops::Range;

use super::shape::{digits, ipv4, ipv6, is_hex, is_ulid, is_uuid};
use super::stamp::at;

/// So much of a line is looked at.
const WINDOW: usize = 16 << 10;
const MAX_IDS: usize = 64;
/// Shorter values of a named field occur by chance elsewhere.
const SHORTEST: usize = 6;
const LONGEST: usize = 128;
const LONGEST_KEY: usize = 40;

/// What an id stands for, the best to follow first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    Trace,
    Request,
    Span,
    Uuid,
    Ulid,
    /// 16 to 64 hexadecimal digits.
    Hex,
    /// The value of a field whose name ends in `id`.
    Field,
    /// IPv4 or IPv6.
    Address,
    Mail,
}

impl IdKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Request => "request",
            Self::Span => "span",
            Self::Uuid => "uuid",
            Self::Ulid => "ulid",
            Self::Hex => "hex",
            Self::Field => "field",
            Self::Address => "address",
            Self::Mail => "mail",
        }
    }
}

/// An id and where it stands, in bytes of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id {
    pub kind: IdKind,
    pub range: Range<usize>,
}

/// The ids of a line, each once, the best to follow first.
pub fn ids(text: &str) -> Vec<Id> {
    let bytes = text.as_bytes();
    let bytes = bytes.get(..bytes.len().min(WINDOW)).unwrap_or_default();
    let mut found: Vec<Id> = Vec::new();
    let mut i = 0;
    while i < bytes.len() && found.len() < MAX_IDS {
        let length = word(bytes, i);
        if length == 0 {
            i += 1;
            continue;
        }
        let special = mail(bytes, i).map(|n| (IdKind::Mail, n)).or_else(|| address(bytes, i));
        if let Some((kind, length)) = special {
            found.push(Id { kind, range: i..i + length });
            i += length;
            continue;
        }
        named_or_shaped(bytes, i..i + length, &mut found);
        i += length;
    }
    found.sort_by_key(|id| (id.kind, id.range.start));
    let mut seen = Vec::new();
    found.retain(|id| {
        let value = bytes.get(id.range.clone());
        let new = !seen.contains(&value);
        seen.push(value);
        new
    });
    found
}

/// How long the word is that begins here. Letters beyond ASCII belong to it, so ids end at whole characters.
fn word(bytes: &[u8], i: usize) -> usize {
    let rest = bytes.get(i..).unwrap_or_default();
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(*b, b'_' | b'-') || *b >= 0x80;
    rest.iter().take_while(|b| is_word(b)).count()
}

/// What stands before a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Kind(IdKind),
    /// A hash of contents or a version: not what a request is followed by.
    Content,
    Other,
}

fn named_or_shaped(bytes: &[u8], range: Range<usize>, found: &mut Vec<Id>) {
    let Some(value) = bytes.get(range.clone()).filter(|v| v.len() <= LONGEST && v.is_ascii()) else { return };
    let name = key_before(bytes, range.start).map_or(Name::Other, of_key);
    if name == Name::Content {
        return;
    }
    if let Some((trace, span)) = context(value) {
        let shift = |part: Range<usize>| range.start + part.start..range.start + part.end;
        found.push(Id { kind: IdKind::Trace, range: shift(trace) });
        found.push(Id { kind: IdKind::Span, range: shift(span) });
        return;
    }
    let named = match name {
        Name::Kind(kind) if is_telling(value) => Some(kind),
        _ => None,
    };
    let kind = named.into_iter().chain(shape(bytes, &range, value)).min();
    found.extend(kind.map(|kind| Id { kind, range }));
}

/// `traceparent: 00-TRACE-SPAN-01`, `b3: TRACE-SPAN-1`: where trace and span stand in it.
fn context(value: &[u8]) -> Option<(Range<usize>, Range<usize>)> {
    let start = if value.starts_with(b"00-") { 3 } else { 0 };
    let rest = value.get(start..)?;
    let trace = rest.iter().position(|b| *b == b'-')?;
    let span = rest.get(trace + 1..)?.split(|b| *b == b'-').next()?.len();
    let (trace, span) = (start..start + trace, start + trace + 1..start + trace + 1 + span);
    let is =
        |range: &Range<usize>| value.get(range.clone()).is_some_and(|part| is_hex(part) && digits(part) > 0);
    let zeros = value.get(trace.clone())?.iter().all(|b| *b == b'0');
    let fits = matches!(trace.len(), 16 | 32) && span.len() == 16 && is(&trace) && is(&span);
    (fits && !zeros).then_some((trace, span))
}

/// What a value looks like where no name tells.
fn shape(bytes: &[u8], range: &Range<usize>, value: &[u8]) -> Option<IdKind> {
    if is_uuid(value) {
        return value.iter().any(|b| !matches!(b, b'0' | b'-')).then_some(IdKind::Uuid);
    }
    if is_ulid(value) {
        return Some(IdKind::Ulid);
    }
    if let Some(rest) = value.strip_prefix(b"req-").or_else(|| value.strip_prefix(b"req_")) {
        let telling = rest.len() >= 4 && (digits(rest) > 1 || (is_hex(rest) && digits(rest) > 0));
        return telling.then_some(IdKind::Request);
    }
    // Amazon's `1-5759e988-bd862e3fe1be46a994272793`.
    let parts = value.strip_prefix(b"1-").and_then(|rest| rest.split_at_checked(8));
    if parts.is_some_and(|(time, rest)| is_hex(time) && rest.len() == 25 && is_hex(&rest[1..])) {
        return Some(IdKind::Trace);
    }
    let lower = value.iter().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    let upper = value.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    let mixed = digits(value) > 0 && digits(value) < value.len();
    // `app.4f3e2d1c0b9a8f7e.js`.
    let in_name = at(bytes, range.start.wrapping_sub(1)) == b'.'
        || (at(bytes, range.end) == b'.' && at(bytes, range.end + 1).is_ascii_alphanumeric());
    let is_id = (16..=64).contains(&value.len()) && is_hex(value) && (lower || upper) && mixed && !in_name;
    (is_id && !word_before(bytes, range.start).is_some_and(is_content)).then_some(IdKind::Hex)
}

/// Whether the value of a named field is one of few with it.
fn is_telling(value: &[u8]) -> bool {
    if value.starts_with(b"req") {
        return digits(value) > 0;
    }
    let cases = value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_uppercase);
    let enough = (value.len() >= SHORTEST && digits(value) > 0) || (value.len() >= 16 && cases);
    enough && value.iter().any(|b| !matches!(b, b'0' | b'-')) && !is_quantity(value) && !is_date(value)
}

/// `1200ms`, `4096kB`.
fn is_quantity(value: &[u8]) -> bool {
    let number = value.iter().take_while(|b| b.is_ascii_digit()).count();
    let unit = value.get(number..).unwrap_or_default();
    number > 0
        && matches!(
            unit.to_ascii_lowercase().as_slice(),
            b"ns" | b"us" | b"ms" | b"s" | b"m" | b"h" | b"kb" | b"mb" | b"gb" | b"kib" | b"mib" | b"gib"
        )
}

/// `2026-11-21T12`, `20261121T120414Z`.
fn is_date(value: &[u8]) -> bool {
    let dashed = at(value, 4) == b'-' && at(value, 7) == b'-';
    let number = value.iter().take_while(|b| b.is_ascii_digit()).count();
    (dashed && number == 4) || (number == 8 && matches!(at(value, 8), b'T' | b't'))
}

/// The name before a value: `key=`, `key: `, `"key":"`, `\"key\": \"`.
fn key_before(bytes: &[u8], start: usize) -> Option<&[u8]> {
    let mut i = start;
    let mut back = |set: &[u8], most: usize| {
        let from = i;
        while i > 0 && from - i < most && set.contains(&at(bytes, i - 1)) {
            i -= 1;
        }
        (i, from - i)
    };
    back(b"\"'\\[", 3);
    back(b" ", 1);
    if back(b"=:", 1).1 == 0 {
        return None;
    }
    back(b" ", 1);
    let (end, _) = back(b"\"'\\", 2);
    let head = bytes.get(..end)?;
    let is_key = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'-' | b'.');
    let length = head.iter().rev().take(LONGEST_KEY + 1).take_while(is_key).count();
    let key = head.get(end - length..)?;
    (length <= LONGEST_KEY && key.first()?.is_ascii_alphabetic()).then_some(key)
}

/// The word before a value in a sentence.
fn word_before(bytes: &[u8], start: usize) -> Option<&[u8]> {
    let head = bytes.get(..start)?.strip_suffix(b" ")?;
    let length = head.iter().rev().take(LONGEST_KEY).take_while(|b| b.is_ascii_alphanumeric()).count();
    head.get(head.len() - length..)
}

fn of_key(key: &[u8]) -> Name {
    let plain = key.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase);
    let plain: Vec<u8> = plain.collect();
    let ends = |words: &[&[u8]]| words.iter().any(|word| plain.ends_with(word));
    let is = |words: &[&[u8]]| words.contains(&plain.as_slice());
    if is_content(&plain) {
        return Name::Content;
    }
    if ends(&[b"traceid", b"traceparent", b"cloudtracecontext"]) || is(&[b"trace", b"root", b"b3"]) {
        return Name::Kind(IdKind::Trace);
    }
    if ends(&[b"spanid"]) || is(&[b"span", b"parent"]) {
        return Name::Kind(IdKind::Span);
    }
    if ends(&[b"requestid", b"reqid", b"correlationid"]) || is(&[b"req", b"rid", b"request"]) {
        return Name::Kind(IdKind::Request);
    }
    // Of the machine, not of what it works on.
    if ends(&[b"threadid", b"processid"]) {
        return Name::Other;
    }
    let cut = key.len().saturating_sub(2);
    let (head, tail) = key.split_at_checked(cut).unwrap_or((key, b""));
    let apart = match head.last() {
        None | Some(b'_' | b'-' | b'.') => tail.eq_ignore_ascii_case(b"id"),
        Some(before) => matches!(tail, b"Id" | b"ID") && before.is_ascii_lowercase(),
    };
    let known =
        [&b"userid"[..], b"orderid", b"sessionid", b"customerid", b"accountid", b"messageid", b"jobid"];
    if apart || ends(&known) { Name::Kind(IdKind::Field) } else { Name::Other }
}

/// Names and words for what is hashed or versioned; in lower case.
fn is_content(word: &[u8]) -> bool {
    matches!(
        word,
        b"commit"
            | b"sha"
            | b"sha1"
            | b"sha256"
            | b"sha512"
            | b"md5"
            | b"digest"
            | b"checksum"
            | b"etag"
            | b"hash"
            | b"revision"
            | b"rev"
            | b"version"
            | b"v"
            | b"release"
            | b"build"
            | b"fingerprint"
            | b"layer"
            | b"image"
    )
}

fn address(bytes: &[u8], i: usize) -> Option<(IdKind, usize)> {
    let before = at(bytes, i.wrapping_sub(1));
    let length = match before {
        b'.' => None,
        b':' => ipv4(bytes, i),
        _ => ipv4(bytes, i).or_else(|| ipv6(bytes, i)),
    }?;
    // `Chrome/124.0.0.0`, `version 1.2.3.4`; nobody's address.
    let of_product = before == b'/' && at(bytes, i.wrapping_sub(2)).is_ascii_alphanumeric();
    let lower = |word: &[u8]| is_content(&word.to_ascii_lowercase());
    let of_version = key_before(bytes, i).is_some_and(lower) || word_before(bytes, i).is_some_and(lower);
    let value = bytes.get(i..i + length)?;
    let nobody = matches!(value, b"0.0.0.0" | b"255.255.255.255");
    (!of_product && !of_version && !nobody).then_some((IdKind::Address, length))
}

/// How long the mail address is that begins here.
fn mail(bytes: &[u8], i: usize) -> Option<usize> {
    let rest = bytes.get(i..)?;
    let is_local = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'.' | b'_' | b'%' | b'+' | b'-');
    let local = rest.iter().take(65).take_while(is_local).count();
    if local == 0 || at(rest, local) != b'@' || at(bytes, i.wrapping_sub(1)) == b'.' {
        return None;
    }
    let is_domain = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'.' | b'-');
    let domain = rest.get(local + 1..)?;
    let domain = domain.get(..domain.iter().take(255).take_while(is_domain).count())?;
    let domain = domain.strip_suffix(b".").unwrap_or(domain);
    let dot = domain.iter().rposition(|b| *b == b'.')?;
    let top = domain.get(dot + 1..)?;
    let labels = domain.split(|b| *b == b'.').all(|label| !label.is_empty());
    let is_top = top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic) && !is_file_end(top);
    // Name and password of a URL, or of git.
    let head = bytes.get(i.saturating_sub(64)..i)?;
    let head = head.rsplit(|b| matches!(b, b' ' | b'"' | b'\'')).next().unwrap_or_default();
    let of_url = head.windows(3).any(|w| w == b"://") || rest.starts_with(b"git@");
    (labels && is_top && !of_url).then_some(local + 1 + domain.len())
}

/// `getty@tty1.service` is a unit, `icon@2x.png` a file.
fn is_file_end(top: &[u8]) -> bool {
    matches!(
        top,
        b"service"
            | b"socket"
            | b"timer"
            | b"mount"
            | b"target"
            | b"slice"
            | b"scope"
            | b"png"
            | b"jpg"
            | b"svg"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> String {
        let ids = ids(text);
        let words: Vec<_> =
            ids.iter().map(|id| format!("{}:{}", id.kind.word(), &text[id.range.clone()])).collect();
        words.join(" ")
    }

    #[test]
    fn known_by_their_name() {
        for (text, want) in [
            ("done request_id=8f7JK2aQ in 3ms", "request:8f7JK2aQ"),
            (r#"{"reqId":"req-1","msg":"x"}"#, "request:req-1"),
            (r#"X-Request-Id: "a81b99c0""#, "request:a81b99c0"),
            (
                "dd.trace_id=1234567890123456789 dd.span_id=987654321",
                "trace:1234567890123456789 span:987654321",
            ),
            (r#"{"userId":88123456,"pid":12345678}"#, "field:88123456"),
            (r#"msg="{\"order_id\":\"A-100234\"}""#, "field:A-100234"),
            ("order_id=550e8400-e29b-41d4-a716-446655440000", "uuid:550e8400-e29b-41d4-a716-446655440000"),
            ("trace_id=550e8400-e29b-41d4-a716-446655440000", "trace:550e8400-e29b-41d4-a716-446655440000"),
            ("sessionid=AbCdEfGhIjKlMnOpQr", "field:AbCdEfGhIjKlMnOpQr"),
        ] {
            assert_eq!(found(text), want, "{text}");
        }
    }

    #[test]
    fn known_by_their_look() {
        for (text, want) in [
            (
                "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "trace:0af7651916cd43dd8448eb211c80319c span:b7ad6b7169203331",
            ),
            (
                "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793",
                "trace:1-5759e988-bd862e3fe1be46a994272793",
            ),
            ("[0af7651916cd43dd8448eb211c80319c] GET /", "hex:0af7651916cd43dd8448eb211c80319c"),
            ("job 01ARZ3NDEKTSV4RRFFQ69G5FAV done", "ulid:01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            ("(req-7f3a) POST /v1 from 10.0.0.9:4711", "request:req-7f3a address:10.0.0.9"),
            (
                "mail to anna.k@shop.example. sent, http://10.0.0.5/x",
                "address:10.0.0.5 mail:anna.k@shop.example",
            ),
            ("client [2001:db8::1]:443 is 2001:db8::1", "address:2001:db8::1"),
        ] {
            assert_eq!(found(text), want, "{text}");
        }
    }

    #[test]
    fn no_false_alarms() {
        for text in [
            "2026-11-21T12:04:14.303954436Z started in 1200ms",
            "1795262654303954436 20261121120414303954 20261121T120414Z",
            "version 1.2.3.4, v1.2.3.4, release=1.2.3.4, 1.2.3.4.5",
            "Mozilla/5.0 Chrome/124.0.0.0 Safari/537.36",
            "took 12:04:14 mac aa:bb:cc:dd:ee:ff listening on 0.0.0.0",
            "deadbeef 3f2a9c8 decade facade commit 3f2a9c81d0b1a2c3d4e5f60718293a4b5c6d7e8f",
            "image@sha256:3f2a9c81d0b1a2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b",
            "at 0x00007f3a9c81d0b1 app.4f3e2d1c0b9a8f7e.js",
            "std::fmt::Debug abc::def face::add",
            "postgres://app:secret@db.example.com/x git@github.com:a/b getty@tty1.service react@18.2.0",
            "valid=20261121 paid=100000000 android=12345678 pid=12345678 thread_id=140735123456",
            "00000000-0000-0000-0000-000000000000 request_id=- trace_id= req=1200ms trace=2026-11-21",
            "request_id=abc span=auth req=GET req-timeout",
            "the decadence of the effaced façade 日本語",
        ] {
            assert_eq!(found(text), "", "{text}");
        }
    }

    #[test]
    fn what_is_looked_at_is_bounded() {
        assert_eq!(ids(&"10.0.0.1 ".repeat(10_000)).len(), 1);
        let many: String = (0..255).map(|i| format!("10.0.0.{i} ")).collect();
        assert_eq!(ids(&many).len(), MAX_IDS);
        assert!(ids(&format!("{} 10.0.0.1", "x".repeat(WINDOW))).is_empty());
    }

    proptest! {
        #[test]
        fn ranges_lie_in_the_text(text in "([a-f0-9.:@_=\"é -]|id|req-|00-){0,80}", raw in ".*") {
            for text in [text, raw] {
                ids(&text).iter().for_each(|id| assert!(text.get(id.range.clone()).is_some()));
            }
        }
    }
}
