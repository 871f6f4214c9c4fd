//! The JSON of a line in many lines, with its names in their order and its values as they are written.

use super::expand::within;
use super::json::{Piece, Pieces};
use super::read::{Format, read};

const INDENT: &str = "  ";
const MAX_LINES: usize = 5_000;

/// The lines of a line: what stands before its JSON, the JSON (also one whose end was cut off), what follows
/// it; a line without JSON as it is. At most 5,000 of the first 256 KiB, an ellipsis stands for the rest. Not
/// sanitised.
pub fn pretty(line: &str) -> Vec<String> {
    let line = within(line);
    let reading = read(line);
    let start = match reading.format {
        Format::Json => line.find('{'),
        _ => Some(reading.message.start).filter(|i| line.get(*i..).is_some_and(|m| m.starts_with("{\""))),
    };
    let Some((head, json)) = start.and_then(|start| line.split_at_checked(start)) else {
        return vec![line.to_owned()];
    };
    let mut out = Out::default();
    if !head.trim().is_empty() {
        out.lines.push(head.trim_end().to_owned());
    }
    let mut pieces = Pieces::new(json);
    let mut next = pieces.next();
    while let Some(piece) = next.take() {
        next = pieces.next();
        if out.lines.len() >= MAX_LINES {
            out.lines.push("…".to_owned());
            return out.lines;
        }
        let more = matches!(next, Some(ref next) if !matches!(next, Piece::Close(_)));
        match piece {
            Piece::Open(bracket) => {
                out.text(&[char::from(bracket).encode_utf8(&mut [0; 4])]);
                out.depth += 1;
                // Empty ones stay in one line.
                if !matches!(next, Some(Piece::Close(_))) {
                    out.end("");
                }
            }
            Piece::Close(bracket) => {
                out.depth -= 1;
                out.text(&[if bracket == b'{' { "}" } else { "]" }]);
                out.end(if more { "," } else { "" });
            }
            Piece::Name(name) => out.text(&["\"", name, "\": "]),
            Piece::Text(text) => {
                out.text(&["\"", text, "\""]);
                out.end(if more { "," } else { "" });
            }
            Piece::Bare(text) | Piece::Deep(text) => {
                out.text(&[text]);
                out.end(if more { "," } else { "" });
            }
        }
    }
    out.text(&[pieces.rest().trim()]);
    out.end("");
    out.lines
}

#[derive(Default)]
struct Out {
    lines: Vec<String>,
    line: String,
    depth: usize,
}

impl Out {
    /// Appends to the line, which is indented at its beginning.
    fn text(&mut self, parts: &[&str]) {
        if self.line.is_empty() && parts.iter().any(|part| !part.is_empty()) {
            (0..self.depth).for_each(|_| self.line.push_str(INDENT));
        }
        self.line.extend(parts.iter().copied());
    }

    fn end(&mut self, sign: &str) {
        if !self.line.is_empty() {
            self.line.push_str(sign);
            self.lines.push(std::mem::take(&mut self.line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn json_in_many_lines() {
        let line =
            r#"2026-11-21T12:04:14Z {"z":1.0,"a":{"b":[true,"x\n",[]],"e":{}},"z":123456789012345678901234}"#;
        assert_eq!(
            pretty(line),
            [
                "2026-11-21T12:04:14Z",
                "{",
                "  \"z\": 1.0,",
                "  \"a\": {",
                "    \"b\": [",
                "      true,",
                "      \"x\\n\",",
                "      []",
                "    ],",
                "    \"e\": {}",
                "  },",
                "  \"z\": 123456789012345678901234",
                "}"
            ]
        );
        assert_eq!(pretty("plain {x}"), ["plain {x}"]);
        assert_eq!(pretty("{}"), ["{}"]);
        assert_eq!(
            pretty(r#"{"a":[1,{"b":"cut o"#),
            ["{", "  \"a\": [", "    1,", "    {", "      \"b\": \"cut o"]
        );
    }

    #[test]
    fn lines_are_bounded() {
        let many = format!("{{\"a\":[{}0]}}", "1,".repeat(200_000));
        let lines = pretty(&many);
        assert_eq!((lines.len(), lines.last().map(String::as_str)), (MAX_LINES + 1, Some("…")));
        assert!(pretty(&format!("{{\"a\":{}", "[".repeat(100_000))).len() < 50);
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,9}".prop_map(Value::from)
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::vec((".{0,5}", inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_says_the_same(value in json()) {
            let line = serde_json::json!({ "x": value });
            let lines = pretty(&line.to_string());
            prop_assert!(lines.iter().all(|line| !line.contains('\n')));
            prop_assert_eq!(serde_json::from_str::<Value>(&lines.join("\n")).unwrap(), line);
        }

        #[test]
        fn any_line(text in ".*", signs in "[{\\[]\"[\\[\\]{}\",:1 \\\\aé]{0,60}") {
            for line in [text, signs] {
                pretty(&line);
            }
        }
    }
}
