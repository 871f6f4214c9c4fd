//! What a line says without what varies: numbers, hashes, addresses, durations, quoted text and the variable
//! parts of paths become `<*>`.

use memchr::memchr2;

use super::super::read::{Format, read};
use super::super::shape::{digits, is_hex, is_uuid};
use super::super::stamp::at;
use super::super::text::behind_escape;

/// What stands for something that varies.
pub(super) const WILD: &str = "<*>";
/// So many words of a message are looked at,
pub(super) const MAX_TOKENS: usize = 40;
/// and so many bytes.
const WINDOW: usize = 1 << 10;

/// How much of a word varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It says something.
    Word,
    /// Nothing but what varies, and signs around it.
    Masked,
    /// Any word stood here: only in what was made of several lines.
    Wild,
}

/// A word of a masked line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    /// Equal for equal words. Chosen collisions only blend patterns.
    pub hash: u64,
    pub kind: Kind,
}

/// What stands beside the message in its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// The line begins or ends.
    Line,
    Quote,
    Equals,
    Blank,
    Any,
}

/// A masked line. Used again for the next one.
#[derive(Debug)]
pub(super) struct Masked {
    /// The words one after the other, as [`Token`]s know them.
    pub text: String,
    pub tokens: Vec<Token>,
    pub before: Edge,
    pub after: Edge,
    /// Words are separated by JSON's signs too.
    pub json: bool,
    /// Escape sequences stand between words.
    pub colored: bool,
}

impl Default for Masked {
    fn default() -> Self {
        Self {
            text: String::new(),
            tokens: Vec::new(),
            before: Edge::Any,
            after: Edge::Any,
            json: false,
            colored: false,
        }
    }
}

impl Masked {
    pub fn word(&self, token: &Token) -> &str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    /// A number that is equal for lines of equal words.
    pub fn hash(&self) -> u64 {
        self.tokens.iter().fold(0, |hash, token| mix(hash, token.hash))
    }

    /// Appends a word.
    pub fn push(&mut self, word: &str, kind: Kind) {
        let start = self.text.len();
        self.text.push_str(word);
        self.tokens.push(Token { start, end: self.text.len(), hash: hash(word.as_bytes()), kind });
    }

    /// Takes the message of a line.
    pub fn fill(&mut self, line: &str) {
        let reading = read(line);
        let range = reading.message;
        let bytes = line.as_bytes();
        // A value that was found, not the whole line for want of one.
        let before = at(bytes, range.start.wrapping_sub(1));
        let structured = matches!(reading.format, Format::Json | Format::Logfmt);
        let is_value = structured && matches!(before, b'"' | b'=') && !range.is_empty();
        self.json = reading.format == Format::Json && !is_value;
        // Traefik's access log has an empty one.
        let range = if structured && range.is_empty() { 0..line.len() } else { range };
        self.before = match before {
            _ if range.start == 0 => Edge::Line,
            b'"' if is_value => Edge::Quote,
            b'=' if is_value => Edge::Equals,
            _ => Edge::Any,
        };
        self.after = match at(bytes, range.end) {
            _ if range.end >= line.len() => Edge::Line,
            b'"' => Edge::Quote,
            b' ' => Edge::Blank,
            _ => Edge::Any,
        };
        self.text.clear();
        self.tokens.clear();
        self.colored = false;
        let mut end = range.end.min(range.start + WINDOW);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        let whole = end == range.end;
        let message = line.get(range.start..end).unwrap_or_default();
        let literal = usize::from(reading.format == Format::Access);
        let all = Scan { message, i: 0, json: self.json, literal }.words(self);
        if !(whole && all) {
            self.after = Edge::Any;
        }
    }
}

fn mix(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95)
}

fn hash(bytes: &[u8]) -> u64 {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let hash = chunks.iter().fold(bytes.len() as u64, |hash, chunk| mix(hash, u64::from_le_bytes(*chunk)));
    let rest = rest.iter().fold(0, |n, b| n << 8 | u64::from(*b));
    // A multiplication only reaches upwards.
    let hash = mix(hash, rest);
    hash ^ hash >> 32
}

/// A walk over a message.
struct Scan<'a> {
    message: &'a str,
    i: usize,
    json: bool,
    /// Quoted texts that are not masked: an access log's request comes first.
    literal: usize,
}

impl Scan<'_> {
    /// Appends the words; false when there were too many.
    fn words(mut self, out: &mut Masked) -> bool {
        let bytes = self.message.as_bytes();
        while self.i < bytes.len() {
            if self.separates(at(bytes, self.i)) {
                out.colored |= at(bytes, self.i) == 0x1b;
                self.i = self.behind();
                continue;
            }
            if out.tokens.len() == MAX_TOKENS {
                return false;
            }
            let start = out.text.len();
            let mut says = false;
            while self.i < bytes.len() && !self.separates(at(bytes, self.i)) {
                says |= self.part(&mut out.text, start);
            }
            let word = out.text.get(start..).unwrap_or_default();
            let kind = if says || !word.contains(WILD) { Kind::Word } else { Kind::Masked };
            let hash = hash(word.as_bytes());
            out.tokens.push(Token { start, end: out.text.len(), hash, kind });
        }
        true
    }

    fn separates(&self, byte: u8) -> bool {
        byte.is_ascii_whitespace()
            || byte == 0x1b
            || (self.json && matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"'))
    }

    /// Behind a separator.
    fn behind(&self) -> usize {
        let bytes = self.message.as_bytes();
        if at(bytes, self.i) == 0x1b { behind_escape(bytes, self.i) } else { self.i + 1 }
    }

    /// Takes a run of letters and digits, a quoted text or a sign; true when letters were kept.
    fn part(&mut self, out: &mut String, start: usize) -> bool {
        let bytes = self.message.as_bytes();
        let length = self.run();
        if length > 0 {
            let run = self.message.get(self.i..self.i + length).unwrap_or_default();
            self.i += length;
            return mask(run, out, start);
        }
        if let Some((opening, behind)) = self.quoted(out.len() == start) {
            out.extend([opening, WILD, opening]);
            self.i = behind;
            return false;
        }
        // What is asked of a path.
        let is_query = at(bytes, self.i) == b'?' && out.get(start..).is_some_and(|word| word.contains('/'));
        if is_query && at(bytes, self.i + 1).is_ascii_alphanumeric() {
            out.extend(["?", WILD]);
            let rest = bytes.get(self.i..).unwrap_or_default();
            let is_part = |b: &&u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b')' | b']' | b'\\');
            self.i += rest.iter().take_while(is_part).take_while(|b| !self.separates(**b)).count();
            return false;
        }
        let sign = self.message.get(self.i..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
        out.push(sign);
        self.i += sign.len_utf8();
        false
    }

    /// How long the run of letters, digits and `_-.+%` is that begins here.
    fn run(&self) -> usize {
        let bytes = self.message.as_bytes();
        let mut end = self.i;
        loop {
            match at(bytes, end) {
                b'_' | b'-' | b'.' | b'+' | b'%' => end += 1,
                byte if byte.is_ascii_alphanumeric() => end += 1,
                byte if !byte.is_ascii() => {
                    let c = self.message.get(end..).and_then(|rest| rest.chars().next());
                    match c.filter(|c| c.is_alphanumeric()) {
                        Some(c) => end += c.len_utf8(),
                        None => break,
                    }
                }
                _ => break,
            }
        }
        end - self.i
    }

    /// The quote that opens here and where the quoted text ends. An apostrophe within a word opens nothing.
    fn quoted(&mut self, first: bool) -> Option<(&'static str, usize)> {
        if self.json {
            return None;
        }
        let bytes = self.message.as_bytes();
        let before = at(bytes, self.i.wrapping_sub(1));
        if !first && !matches!(before, b'=' | b'(' | b'[' | b'{' | b':' | b',' | b'<' | b'>') {
            return None;
        }
        // Inside a JSON string.
        let escaped = at(bytes, self.i) == b'\\' && at(bytes, self.i + 1) == b'"';
        let quote = if escaped { b'"' } else { at(bytes, self.i) };
        let opening = match quote {
            b'"' if escaped => "\\\"",
            b'"' => "\"",
            b'\'' => "'",
            _ => return None,
        };
        if self.literal > 0 && quote == b'"' {
            self.literal -= 1;
            return None;
        }
        let mut i = self.i + opening.len();
        loop {
            i += memchr2(quote, b'\n', bytes.get(i..)?)?;
            if at(bytes, i) == b'\n' {
                return None;
            }
            i += 1;
            let is_escaped = at(bytes, i - 2) == b'\\';
            let ends = !at(bytes, i).is_ascii_alphanumeric();
            if is_escaped == escaped && ends {
                return Some((opening, i));
            }
        }
    }
}

/// Appends a run of letters, digits and the signs of names without what varies in it; true when letters were
/// kept.
fn mask(run: &str, out: &mut String, start: usize) -> bool {
    // The end of a sentence is no part of it.
    let core = run.trim_end_matches(['.', '-', '+', '_']);
    let mut says = false;
    if varies(core.as_bytes()) || is_uuid(core.as_bytes()) {
        wild(out, start);
    } else {
        for part in core.split_inclusive(['-', '_', '.']) {
            let name = part.trim_end_matches(['-', '_', '.']);
            if varies(name.as_bytes()) {
                wild(out, start);
            } else {
                says |= !name.is_empty();
                out.push_str(name);
            }
            out.push_str(part.get(name.len()..).unwrap_or_default());
        }
    }
    out.push_str(run.get(core.len()..).unwrap_or_default());
    says
}

/// Numbers with what belongs to them, hashes, and ids that mix letters and digits.
fn varies(word: &[u8]) -> bool {
    let unsigned = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(word);
    let unsigned = unsigned.strip_prefix(b".").unwrap_or(unsigned);
    if unsigned.first().is_some_and(u8::is_ascii_digit) {
        return true;
    }
    let digits = digits(word);
    if digits == 0 || word.contains(&b'-') || word.contains(&b'.') {
        return false;
    }
    let changes = word.windows(2).filter(|w| w[0].is_ascii_digit() != w[1].is_ascii_digit()).count();
    (word.len() >= 6 && is_hex(word)) || changes >= 3 || (word.len() >= 16 && digits >= 2)
}

/// Appends what stands for something that varies. `12:04:14` and `21/Nov/2026` are one thing.
fn wild(out: &mut String, start: usize) {
    let word = out.get(start..).unwrap_or_default();
    let glued = word.strip_suffix([':', '.', ',', '-', '+', '_']).filter(|head| head.ends_with(WILD));
    let dated = word.strip_suffix('/').filter(|head| {
        let day = head.strip_suffix(|c: char| c.is_ascii_alphabetic()).and_then(|head| {
            let head = head.strip_suffix(|c: char| c.is_ascii_alphabetic())?;
            head.strip_suffix(|c: char| c.is_ascii_uppercase())?.strip_suffix('/')
        });
        let day = day.unwrap_or(head);
        day.strip_suffix(WILD).is_some_and(|head| head.bytes().all(|b| b.is_ascii_punctuation()))
    });
    match (glued, dated) {
        (Some(head), _) => out.truncate(start + head.len()),
        (_, Some(head)) => {
            let length = head.find(WILD).unwrap_or_default() + WILD.len();
            out.truncate(start + length);
        }
        _ => out.push_str(WILD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(line: &str) -> String {
        let mut out = Masked::default();
        out.fill(line);
        let words: Vec<_> = out.tokens.iter().map(|t| out.word(t)).collect();
        words.join(" ")
    }

    #[test]
    fn what_varies() {
        for (line, want) in [
            (
                "2026-11-21T12:04:14.303954Z  INFO crm::http: GET /v1/deals/7 200 27ms",
                "INFO crm::http: GET /v1/deals/<*> <*> <*>",
            ),
            ("took 12.5ms, 3 of 40 (7%) at 12:04:14.", "took <*>, <*> of <*> (<*>) at <*>."),
            ("user anna (id=42) from 10.0.0.9:5432", "user anna (id=<*>) from <*>"),
            (
                "commit 3f2a9c8 job 550e8400-e29b-41d4-a716-446655440000 key 0x7f3a",
                "commit <*> job <*> key <*>",
            ),
            ("pod crm-api-7d9f8b6c5-x2x4z is up", "pod crm-api-<*> is up"),
            (
                "[nio-8080-exec-1] HTTP/1.1 utf8 sha256 http2 v1 i18n",
                "[nio-<*>-exec-<*>] HTTP/<*> utf8 sha256 http2 v1 i18n",
            ),
            (
                r#"relation "a b" does not exist at 'x'; can't"#,
                r#"relation "<*>" does not exist at '<*>'; can't"#,
            ),
            (
                "GET /cart?id=7&x=y (a=b) why? 21/Nov/2026:12:04:14 [1/2]",
                "GET /cart?<*> (a=b) why? <*> [<*>]",
            ),
            ("-1 +5 .5 1e-9 - -- é日本 x", "<*> <*> <*> <*> - -- é日本 x"),
            ("a\x1b[31mred\x1b[0mb", "a red b"),
            ("unclosed \"quote here", "unclosed \"quote here"),
        ] {
            assert_eq!(masked(line), want, "{line}");
        }
    }

    #[test]
    fn structured_lines_are_their_message() {
        for (line, want) in [
            (r#"{"level":30,"msg":"no \"pool of 3\" for 7","x":1}"#, r#"no \"<*>\" for <*>"#),
            (r#"level=info msg="user 7 gone" n=3"#, "user <*> gone"),
            ("level=info msg=gone n=3", "gone"),
            (r#"{"msg":"","path":"/cart/7","n":[1]}"#, "msg path /cart/<*> n <*>"),
            (
                r#"10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] "GET /a/7 HTTP/1.1" 200 612 "-" "curl/8 x""#,
                r#"<*> - - [<*> <*>] "GET /a/<*> HTTP/<*>" <*> <*> "<*>" "<*>""#,
            ),
            ("E1121 12:04:14.303000 1 x.go:147] Error syncing pod", "Error syncing pod"),
        ] {
            assert_eq!(masked(line), want, "{line}");
        }
    }

    #[test]
    fn only_the_beginning_counts() {
        let mut out = Masked::default();
        out.fill(&"word ".repeat(10_000));
        assert_eq!((out.tokens.len(), out.after), (MAX_TOKENS, Edge::Any));
        out.fill(&"é".repeat(10_000));
        assert_eq!((out.tokens.len(), out.text.len(), out.after), (1, WINDOW, Edge::Any));
        out.fill("short");
        assert_eq!((out.before, out.after), (Edge::Line, Edge::Line));
    }

    proptest! {
        #[test]
        fn any_line(text in ".*", signs in "[a1f0 \"'\\\\:./?=<>*_é\u{a0}-]{0,80}") {
            for line in [text, signs] {
                let mut out = Masked::default();
                out.fill(&line);
                assert!(out.tokens.iter().all(|t| out.text.get(t.start..t.end).is_some_and(|w| !w.is_empty())));
                assert!(out.text.len() <= 4 * line.len());
            }
        }
    }
}
