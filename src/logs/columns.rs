//! Fields of structured lines as columns: which ones there are, and what stands in them.

use std::collections::HashMap;

use unicode_width::UnicodeWidthStr;

use super::access;
use super::json::{MAX_DEPTH, Piece, Pieces, unescaped};
use super::pairs::{Logfmt, is_message_key, is_time_key};
use super::read::{Format, Reading, read};
use super::text::is_level_key;

/// Lines that are looked at for suggestions, and fields that are counted.
const MAX_LINES: usize = 2_000;
const MAX_PATHS: usize = 500;
/// Wider values are cut anyway.
const MAX_WIDTH: usize = 40;

/// The columns that every program has, whatever it calls them.
pub const TIME: &str = "time";
pub const LEVEL: &str = "level";
pub const MESSAGE: &str = "message";

/// A field that could be a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Names from the outside in: `http.status`; [`TIME`], [`LEVEL`] and [`MESSAGE`] whatever they are called.
    pub path: String,
    /// Of the lines, how many have it (0 to 1).
    pub share: f64,
    /// Cells of the widest value or of its name, at most 40.
    pub width: usize,
    /// Not every line says the same.
    pub varies: bool,
}

/// What is known of a field so far.
#[derive(Debug, Default)]
struct Seen {
    order: usize,
    /// The number of the last line that has it.
    last: u32,
    lines: u32,
    width: usize,
    value: String,
    varies: bool,
}

/// The fields of these lines (of the first 2,000): time, level and message, then those that vary, the most
/// frequent first.
pub fn suggest<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Column> {
    let mut seen: HashMap<String, Seen> = HashMap::new();
    let mut count = 0;
    for line in lines.into_iter().take(MAX_LINES) {
        count += 1;
        let mut left = MAX_PATHS;
        walk(line, &read(line), &|_| true, &mut |path, value| {
            left -= 1;
            let path = usual(path);
            let order = seen.len();
            if !seen.contains_key(path) && order < MAX_PATHS {
                seen.insert(path.to_owned(), Seen { order, ..Seen::default() });
            }
            // A line may have a field twice.
            if let Some(field) = seen.get_mut(path).filter(|field| field.last != count) {
                let value: String = plain(value).chars().take(MAX_WIDTH).collect();
                field.width = field.width.max(value.width());
                field.varies |= field.lines > 0 && field.value != value;
                (field.last, field.value) = (count, value);
                field.lines += 1;
            }
            left > 0
        });
    }
    let mut found: Vec<(String, Seen)> = seen.into_iter().collect();
    found.sort_by_key(|(path, field)| {
        let place = [TIME, LEVEL, MESSAGE].iter().position(|name| name == path);
        (place.unwrap_or(3), !field.varies, std::cmp::Reverse(field.lines), field.order)
    });
    let column = |(path, field): (String, Seen)| Column {
        share: f64::from(field.lines) / f64::from(count),
        width: field.width.max(path.width()).min(MAX_WIDTH),
        varies: field.varies,
        path,
    };
    found.into_iter().map(column).collect()
}

/// What a line has in these columns. The line is read no further than they need. Level, time and message are
/// known of other lines too. Not sanitised.
pub fn cells<P: AsRef<str>>(line: &str, paths: &[P]) -> Vec<Option<String>> {
    let reading = read(line);
    let mut out: Vec<Option<String>> = vec![None; paths.len()];
    let mut open = 0;
    for (cell, path) in out.iter_mut().zip(paths) {
        match path.as_ref() {
            LEVEL => *cell = reading.level.map(|level| level.word().to_owned()),
            _ => open += 1,
        }
    }
    let enter = |path: &str| {
        let inside = |wanted: &str| wanted.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        paths.iter().any(|wanted| inside(wanted.as_ref()) || (wanted.as_ref() == TIME && path == "t"))
    };
    if open > 0 {
        walk(line, &reading, &enter, &mut |path, value| {
            for (cell, wanted) in out.iter_mut().zip(paths) {
                let wanted = wanted.as_ref();
                if cell.is_none() && (wanted == path || wanted == usual(path)) {
                    *cell = Some(plain(value));
                    open -= 1;
                }
            }
            open > 0
        });
    }
    let structured = matches!(reading.format, Format::Json | Format::Logfmt);
    for (cell, path) in out.iter_mut().zip(paths).filter(|(cell, _)| cell.is_none()) {
        *cell = match path.as_ref() {
            MESSAGE if !structured => line.get(reading.message.clone()),
            TIME => line.get(reading.stamp.clone()).map(|stamp| stamp.trim_matches(['[', ']', ' ', '\t'])),
            _ => None,
        }
        .filter(|text| !text.is_empty())
        .map(str::to_owned);
    }
    out
}

/// The name of a field under which every program's is known.
fn usual(path: &str) -> &str {
    let key = path.as_bytes();
    if is_level_key(key) {
        LEVEL
    } else if is_time_key(key) || path == "t.$date" {
        TIME
    } else if is_message_key(key) {
        MESSAGE
    } else {
        path
    }
}

/// A value as it is written: texts of JSON with their quotes.
#[derive(Clone, Copy)]
enum Value<'a> {
    Json(&'a str),
    Quoted(&'a str),
    Bare(&'a str),
}

fn plain(value: Value<'_>) -> String {
    match value {
        Value::Json(text) => match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(inner) => unescaped(inner),
            None => text.to_owned(),
        },
        Value::Quoted(text) => unescaped(text),
        Value::Bare(text) => text.to_owned(),
    }
}

/// Goes through the fields of a line until `visit` says no; objects are entered where `enter` says so, else
/// they are a value.
fn walk(
    line: &str,
    reading: &Reading,
    enter: &impl Fn(&str) -> bool,
    visit: &mut impl FnMut(&str, Value<'_>) -> bool,
) {
    match reading.format {
        Format::Json => {
            let json = line.find('{').and_then(|start| line.get(start..)).unwrap_or_default();
            _ = walk_json(json, enter, visit);
        }
        Format::Logfmt => {
            let blanks = line.len() - line.trim_start().len();
            let pairs = Logfmt { bytes: line.as_bytes(), i: reading.stamp.end.max(blanks) };
            for (name, value, quoted) in pairs {
                let (name, value) = (line.get(name).unwrap_or_default(), line.get(value).unwrap_or_default());
                if !visit(name, if quoted { Value::Quoted(value) } else { Value::Bare(value) }) {
                    return;
                }
            }
        }
        Format::Access => {
            let parts = access::parts(line, reading);
            _ = parts.into_iter().all(|(name, value)| visit(name, Value::Bare(value)));
        }
        _ => {}
    }
}

fn walk_json(
    json: &str,
    enter: &impl Fn(&str) -> bool,
    visit: &mut impl FnMut(&str, Value<'_>) -> bool,
) -> Option<()> {
    let mut pieces = Pieces::new(json);
    let mut path = String::new();
    // Lengths of the path in the objects that are open.
    let mut open = Vec::new();
    loop {
        match pieces.next()? {
            Piece::Open(_) => open.push(path.len()),
            Piece::Close(_) => _ = open.pop(),
            Piece::Name(name) => {
                path.truncate(*open.last()?);
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&unescaped(name));
                let is_object = pieces.rest().trim_start().starts_with('{') && open.len() < MAX_DEPTH;
                if is_object && enter(&path) {
                    continue;
                }
                if !visit(&path, Value::Json(pieces.value()?)) {
                    return None;
                }
            }
            // Only in arrays, which are values, and at the top.
            Piece::Text(_) | Piece::Bare(_) | Piece::Deep(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PINO: &str = r#"{"level":30,"time":1795262654303,"pid":1,"req":{"method":"GET","url":"/a b"},"tags":["x"],"msg":"done \"7\"","ms":12}"#;

    fn shown(line: &str, paths: &[&str]) -> String {
        let cells = cells(line, paths);
        cells.into_iter().map(|cell| cell.unwrap_or_else(|| "-".to_owned())).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn cells_of_all_formats() {
        assert_eq!(
            shown(PINO, &["level", "message", "req.url", "ms", "tags", "req", "none", "time"]),
            r#"info | done "7" | /a b | 12 | ["x"] | - | - | 1795262654303"#
        );
        assert_eq!(shown(PINO, &["req"]), r#"{"method":"GET","url":"/a b"}"#);
        assert_eq!(
            shown(
                r#"ts=2026-11-21T12:04:14Z level=warn msg="a \"b\"" n=1.50"#,
                &["time", "level", "message", "n"]
            ),
            r#"2026-11-21T12:04:14Z | warn | a "b" | 1.50"#
        );
        assert_eq!(
            shown(
                r#"10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] "GET /x HTTP/1.1" 503 0"#,
                &["status", "path", "level"]
            ),
            "503 | /x | error"
        );
        assert_eq!(
            shown("2026-11-21 12:04:14 ERROR it broke", &["time", "level", "message", "x"]),
            "2026-11-21 12:04:14 | error | ERROR it broke | -"
        );
        assert_eq!(
            shown(r#"{"t":{"$date":"2026"},"log.level":"warn","a.b":1}"#, &["time", "level", "a.b"]),
            "2026 | warn | 1"
        );
        assert_eq!(shown("{}", &["a"]), "-");
    }

    #[test]
    fn reading_stops_early() {
        // What stands behind is not even valid.
        assert_eq!(shown(r#"{"a":1,"b":{"c":2},!}"#, &["a", "b.c"]), "1 | 2");
    }

    #[test]
    fn columns_are_suggested() {
        let lines: Vec<String> = (0..10)
            .map(|i| {
                let rare = if i < 2 { r#","err":"x""# } else { "" };
                format!(
                    r#"{{"pid":1,"msg":"m{i}","http":{{"status":20{i},"path":"/é/{i}"}},"level":30{rare}}}"#
                )
            })
            .collect();
        let columns = suggest(lines.iter().map(String::as_str));
        let told: Vec<_> =
            columns.iter().map(|c| format!("{} {} {} {}", c.path, c.share, c.width, c.varies)).collect();
        assert_eq!(
            told,
            [
                "level 1 5 false",
                "message 1 7 true",
                "http.status 1 11 true",
                "http.path 1 9 true",
                "pid 1 3 false",
                "err 0.2 3 false"
            ]
        );
        assert!(suggest(["plain", ""]).is_empty() && suggest([]).is_empty());
    }

    #[test]
    fn suggestions_are_bounded() {
        let many: String = (0..5_000).map(|i| format!(",\"k{i}\":1")).collect();
        assert_eq!(suggest([format!("{{\"a\":1{many}}}").as_str()]).len(), MAX_PATHS);
        assert_eq!(suggest(std::iter::repeat_n("{\"a\":1}", 10 * MAX_LINES))[0].share, 1.0);
    }

    proptest! {
        #[test]
        fn any_line(text in ".*", signs in "\\{\"[\\[\\]{}\",:1 =\\\\aé.]{0,60}\\}", cut in 0..120_usize) {
            let cut: String = PINO.chars().take(cut).chain("}".chars()).collect();
            for line in [text, signs, cut] {
                prop_assert_eq!(cells(&line, &["a", "req.url", "time", "a.a"]).len(), 4);
                suggest([line.as_str()]);
            }
        }
    }
}
