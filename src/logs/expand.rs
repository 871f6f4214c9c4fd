//! A line opened up: everything it says, one thing a row, in its order.

use super::access;
use super::json::{MAX_DEPTH, Piece, Pieces, unescaped};
use super::pairs::Logfmt;
use super::read::{Format, Reading, read};

/// So much of a line is opened.
const WINDOW: usize = 256 << 10;
const MAX_PAIRS: usize = 2_000;
/// Longer paths are cut.
const MAX_PATH: usize = 512;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    Text,
    Number,
    Bool,
    Null,
    /// An object or array; what is in it follows one deeper.
    Group,
}

/// A thing that a line says. Not sanitised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Names from the outside in: `http.status`, `items.0.name`.
    pub path: String,
    /// As written, of texts without quotes and escapes; empty of a group that has something in it.
    pub value: String,
    pub kind: ValueKind,
    /// How many groups it is in.
    pub depth: usize,
}

/// What a line says: the fields of JSON (also JSON inside of it), logfmt and access logs; of other lines time,
/// level and message, then `name=value` pairs and JSON at the end of the message. At most 2,000 pairs of the
/// first 256 KiB.
pub fn expand(line: &str) -> Vec<Pair> {
    let line = within(line);
    let reading = read(line);
    let mut out = Vec::new();
    match reading.format {
        Format::Json => {
            let start = line.find('{').unwrap_or_default();
            open(line.get(start..).unwrap_or_default(), &mut String::new(), 0, &mut out);
        }
        Format::Logfmt => {
            let blanks = line.len() - line.trim_start().len();
            named(line, reading.stamp.end.max(blanks), &mut out);
        }
        Format::Access => {
            let parts = access::parts(line, &reading).into_iter();
            out.extend(parts.map(|(name, value)| bare(name, value)));
        }
        _ => plain(line, &reading, &mut out),
    }
    out.truncate(MAX_PAIRS);
    out
}

/// The beginning of a line that is looked at.
pub(super) fn within(line: &str) -> &str {
    let mut end = line.len().min(WINDOW);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.get(..end).unwrap_or_default()
}

fn pair(path: &str, value: impl Into<String>, kind: ValueKind, depth: usize) -> Pair {
    Pair { path: path.to_owned(), value: value.into(), kind, depth }
}

/// What a bare value is, by its look.
fn bare(path: &str, value: &str) -> Pair {
    pair(path, value, kind_of(value), 0)
}

fn kind_of(value: &str) -> ValueKind {
    match value {
        "true" | "false" => ValueKind::Bool,
        "null" => ValueKind::Null,
        // Not as a number: some are too long for that.
        _ if serde_json::from_str::<&serde_json::value::RawValue>(value).is_ok()
            && value.starts_with(|c: char| c == '-' || c.is_ascii_digit()) =>
        {
            ValueKind::Number
        }
        _ => ValueKind::Text,
    }
}

/// The `name=value` pairs from here on; where they end.
fn named(line: &str, start: usize, out: &mut Vec<Pair>) -> usize {
    let mut pairs = Logfmt { bytes: line.as_bytes(), i: start };
    for (name, value, quoted) in pairs.by_ref().take(MAX_PAIRS) {
        let (name, value) = (line.get(name).unwrap_or_default(), line.get(value).unwrap_or_default());
        out.push(if quoted { pair(name, unescaped(value), ValueKind::Text, 0) } else { bare(name, value) });
    }
    pairs.i
}

/// An object or array that is open.
struct Group {
    /// Of the path, without what is in it.
    path: usize,
    /// Of an array: how many values came.
    index: Option<usize>,
}

/// Appends what is in the JSON that a text begins with; false when it is none.
fn open(text: &str, path: &mut String, depth: usize, out: &mut Vec<Pair>) -> bool {
    let mut pieces = Pieces::new(text).peekable();
    if !matches!(pieces.peek(), Some(Piece::Open(_))) {
        return false;
    }
    let mut groups: Vec<Group> = Vec::new();
    while let Some(piece) = pieces.next() {
        if out.len() >= MAX_PAIRS {
            break;
        }
        if !matches!(piece, Piece::Close(_) | Piece::Name(_))
            && let Some(Group { path: length, index: Some(index) }) = groups.last_mut()
        {
            path.truncate(*length);
            step(path, &index.to_string());
            *index += 1;
        }
        let deep = depth + groups.len().saturating_sub(1);
        match piece {
            Piece::Open(bracket) => {
                if !groups.is_empty() {
                    let empty = matches!(pieces.peek(), Some(Piece::Close(_)));
                    let value = match (empty, bracket) {
                        (true, b'{') => "{}",
                        (true, _) => "[]",
                        _ => "",
                    };
                    out.push(pair(path, value, ValueKind::Group, deep));
                }
                groups.push(Group { path: path.len(), index: (bracket == b'[').then_some(0) });
            }
            Piece::Close(_) => _ = groups.pop(),
            Piece::Name(name) => {
                if let Some(group) = groups.last() {
                    path.truncate(group.path);
                }
                step(path, &unescaped(name));
            }
            Piece::Text(text) => inner(unescaped(text), path, deep, out),
            Piece::Bare(text) => out.push(pair(path, text, kind_of(text), deep)),
            Piece::Deep(text) => out.push(pair(path, text, ValueKind::Group, deep)),
        }
    }
    true
}

/// A text, or the JSON that it is.
fn inner(value: String, path: &mut String, depth: usize, out: &mut Vec<Pair>) {
    let is_json = value.starts_with(['{', '[']) && depth < MAX_DEPTH && {
        let mut pieces = Pieces::new(&value);
        pieces.by_ref().nth(MAX_PAIRS * 2);
        pieces.is_whole() && pieces.rest().trim().is_empty()
    };
    if is_json {
        let (length, place) = (path.len(), out.len());
        out.push(pair(path, "", ValueKind::Group, depth));
        open(&value, path, depth + 1, out);
        path.truncate(length);
        if out.len() == place + 1
            && let Some(group) = out.last_mut()
        {
            group.value = value;
        }
    } else {
        out.push(pair(path, value, ValueKind::Text, depth));
    }
}

fn step(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    let room = MAX_PATH.saturating_sub(path.len());
    match name.char_indices().nth(room) {
        Some((end, _)) => {
            path.push_str(name.get(..end).unwrap_or_default());
            path.push('…');
        }
        None => path.push_str(name),
    }
}

/// Time, level, message and what can be found in it.
fn plain(line: &str, reading: &Reading, out: &mut Vec<Pair>) {
    let start = reading.message.start;
    let message = line.get(reading.message.clone()).unwrap_or_default();
    // A JSON line that was cut has no end, so it is read as text.
    if message.starts_with("{\"") {
        open(message, &mut String::new(), 0, out);
        if !out.is_empty() {
            return;
        }
    }
    let stamp = match reading.format {
        Format::Klog => {
            line.get(1..start).and_then(|head| head.get(..head.find(' ')? + 16)).unwrap_or_default()
        }
        _ => line.get(reading.stamp.clone()).unwrap_or_default(),
    };
    let stamp = stamp.trim_matches(['[', ']', ' ', '\t']);
    if !stamp.is_empty() {
        out.push(pair("time", stamp, ValueKind::Text, 0));
    }
    if let Some(level) = reading.level {
        out.push(pair("level", level.word(), ValueKind::Text, 0));
    }
    out.push(pair("message", message, ValueKind::Text, 0));
    let mut i = start;
    while i < line.len() && out.len() < MAX_PAIRS {
        let rest = line.get(i..).unwrap_or_default();
        if rest.starts_with("{\"") && open(rest, &mut String::new(), 0, out) {
            break;
        }
        let end = named(line, i, out);
        let behind = line.get(end..).unwrap_or_default();
        let word = behind.find(' ').map_or(line.len(), |blank| end + blank);
        i = word + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `path=value` rows, indented, with a letter for the kind.
    fn rows(line: &str) -> Vec<String> {
        let row = |p: Pair| {
            let kind = match p.kind {
                ValueKind::Text => "",
                ValueKind::Number => "#",
                ValueKind::Bool => "?",
                ValueKind::Null => "0",
                ValueKind::Group => ">",
            };
            format!("{}{}{kind}={}", " ".repeat(p.depth), p.path, p.value)
        };
        expand(line).into_iter().map(row).collect()
    }

    #[test]
    fn json_as_it_is_written() {
        assert_eq!(
            rows(
                r#"2026-11-21T12:04:14Z {"z":1.0,"a":{"b":[true,null,{"c":"x\ny"}],"e":{}},"z":12345678901234567890123,"t":"1"}"#
            ),
            [
                "z#=1.0",
                "a>=",
                " a.b>=",
                "  a.b.0?=true",
                "  a.b.10=null",
                "  a.b.2>=",
                "   a.b.2.c=x\ny",
                " a.e>={}",
                "z#=12345678901234567890123",
                "t=1"
            ]
        );
        assert_eq!(rows("{}"), [""; 0]);
    }

    #[test]
    fn json_inside_of_texts_is_opened() {
        assert_eq!(
            rows(r#"{"msg":"{\"user\":{\"id\":7},\"raw\":\"[1]\"}","n":"{not json}","m":"[]"}"#),
            [
                "msg>=",
                " msg.user>=",
                "  msg.user.id#=7",
                " msg.raw>=",
                "  msg.raw.0#=1",
                "n={not json}",
                "m>=[]"
            ]
        );
    }

    #[test]
    fn other_formats() {
        assert_eq!(
            rows(r#"time="2026-11-21T12:04:14Z" level=info msg="a \"b\"" n=007 x=1.50 ok=true e="#),
            ["time=2026-11-21T12:04:14Z", "level=info", "msg=a \"b\"", "n=007", "x#=1.50", "ok?=true", "e="]
        );
        assert_eq!(
            rows(
                r#"10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] "GET /a HTTP/1.1" 200 612 "-" "curl/8" rt=0.010"#
            ),
            [
                "method=GET",
                "path=/a",
                "protocol=HTTP/1.1",
                "status#=200",
                "client=10.0.0.1",
                "bytes#=612",
                "agent=curl/8",
                "rt#=0.010"
            ]
        );
        assert_eq!(
            rows(r#"E1121 12:04:14.303000       1 x.go:1] "Sync failed" pod="a/b" err="no \"x\"""#),
            [
                "time=1121 12:04:14.303000",
                "level=error",
                r#"message="Sync failed" pod="a/b" err="no \"x\"""#,
                "pod=a/b",
                "err=no \"x\""
            ]
        );
        assert_eq!(
            rows("2026-11-21 12:04:14,303 ERROR Reconciler failed id=7 of it {\"a\":{\"b\":1}} []"),
            [
                "time=2026-11-21 12:04:14,303",
                "level=error",
                "message=ERROR Reconciler failed id=7 of it {\"a\":{\"b\":1}} []",
                "id#=7",
                "a>=",
                " a.b#=1"
            ]
        );
        assert_eq!(rows("plain"), ["message=plain"]);
        assert_eq!(rows(r#"{"a":1,"b":"cut o"#), ["a#=1"]);
    }

    #[test]
    fn what_is_opened_is_bounded() {
        let many = format!("{{\"a\":[{}0]}}", "1,".repeat(100_000));
        assert_eq!(expand(&many).len(), MAX_PAIRS);
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
        let deep = expand(&deep);
        assert!(deep.len() <= MAX_DEPTH && deep.iter().all(|p| p.depth <= MAX_DEPTH));
        let name = "n".repeat(50_000);
        let long = format!("{{\"{name}\":{{\"{name}\":{{\"x\":1}}}}}}");
        assert!(expand(&long).iter().all(|p| p.path.len() < MAX_PATH + 20));
        let mut nested = "[1]".to_owned();
        for _ in 0..12 {
            nested = format!("[{}]", serde_json::to_string(&nested).unwrap());
        }
        assert!(expand(&format!("{{\"a\":{nested}}}")).len() < 40);
        assert!(expand(&"k=v ".repeat(100_000)).len() <= MAX_PAIRS);
    }

    proptest! {
        #[test]
        fn any_line(text in ".*", signs in "[\\[\\]{}\",:1 =\\\\aé]{0,80}", cut in 0..100_usize) {
            let json = r#"{"a":{"b":[1,{"c":"{\"d\":[\"é\"]}"}]},"level":"warn","x":null,"y":[[],{}]}"#;
            let cut: String = json.chars().take(cut).collect();
            for line in [text, signs, cut] {
                prop_assert!(expand(&line).len() <= MAX_PAIRS);
            }
        }
    }
}
