//! The evidence bundle: lines that somebody marked, with what they were found among, as Markdown for people
//! and JSONL for machines. Nothing in a line or a name can change the document around it.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::export::{Entry, stamp};
use super::level::Level;
use super::view_line::View;
use crate::domain::sanitize;

/// Shorter fences are none.
const FENCE: usize = 3;

/// What is handed over.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    pub title: &'a str,
    pub at: Timestamp,
    /// `user@host`
    pub who: &'a str,
    /// Of pult.
    pub version: &'a str,
    /// What was looked at; its `redact` holds for the bundle too.
    pub view: &'a View,
    pub sources: Vec<Tally<'a>>,
    pub marks: Vec<Marked<'a>>,
}

/// What came of a source while it was looked at, in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally<'a> {
    /// As in `pult logs SOURCE`.
    pub source: &'a str,
    pub target: &'a str,
    pub received: u64,
    pub shown: u64,
    /// Hidden by filters.
    pub muted: u64,
    pub dropped: u64,
    /// Places where lines are missing.
    pub gaps: u64,
}

/// A line that was marked.
#[derive(Debug, Clone)]
pub struct Marked<'a> {
    pub entry: Entry<'a>,
    /// Empty without one.
    pub note: &'a str,
    pub tags: &'a [String],
}

/// The two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    pub markdown: String,
    /// The marked lines as `pult logs -o json` prints them, with `note`, `tags` and the `raw` text; the Markdown has
    /// its SHA-256.
    pub jsonl: String,
}

impl Evidence<'_> {
    pub fn bundle(&self) -> Bundle {
        let mut marks = self.marks.clone();
        if self.view.redact {
            for mark in &mut marks {
                mark.entry = mark.entry.clone().redacted();
            }
        }
        // A line without a time stays behind the one before it.
        let mut last = Timestamp::MIN;
        let mut timed: Vec<(Timestamp, Marked<'_>)> = Vec::with_capacity(marks.len());
        for mark in marks {
            last = mark.entry.at.unwrap_or(last);
            timed.push((last, mark));
        }
        timed.sort_by_key(|(at, _)| *at);
        let marks: Vec<Marked<'_>> = timed.into_iter().map(|(_, mark)| mark).collect();
        let jsonl: String = marks.iter().map(object).collect();
        Bundle { markdown: self.markdown(&marks, &jsonl), jsonl }
    }

    fn markdown(&self, marks: &[Marked<'_>], jsonl: &str) -> String {
        let mut text = String::new();
        let mut line = |args: std::fmt::Arguments<'_>| {
            // Writing to a text cannot fail.
            let _ = text.write_fmt(format_args!("{args}\n"));
        };
        line(format_args!("# {}\n", inline(self.title)));
        line(format_args!("- when: {}", stamp(self.at)));
        line(format_args!("- who: {}", inline(self.who)));
        line(format_args!("- pult: {}", inline(self.version)));
        line(format_args!("- lines: {}, SHA-256 of their JSONL: `{}`", marks.len(), sha256(jsonl)));
        if self.view.redact {
            line(format_args!("- secrets are hidden"));
        }
        line(format_args!("\nThe view:\n\n{}", fenced("sh", &self.view.to_string())));
        line(format_args!("## Sources\n\n| source | target | received | shown | muted | dropped | gaps |"));
        line(format_args!("|---|---|--:|--:|--:|--:|--:|"));
        for Tally { source, target, received, shown, muted, dropped, gaps } in &self.sources {
            let (source, target) = (inline(source), inline(target));
            line(format_args!(
                "| {source} | {target} | {received} | {shown} | {muted} | {dropped} | {gaps} |"
            ));
        }
        line(format_args!("\n## Lines"));
        for (i, Marked { entry, note, tags }) in marks.iter().enumerate() {
            let at = entry.at.map_or_else(|| "no time".to_owned(), stamp);
            let level = entry.level.map_or("no level", Level::word);
            line(format_args!("\n### {}. {at}, {}, {level}\n", i + 1, inline(entry.source)));
            for note in note.lines() {
                line(format_args!("> {}", inline(note)));
            }
            if !note.is_empty() {
                line(format_args!(""));
            }
            if !tags.is_empty() {
                line(format_args!("Tags: {}\n", inline(&tags.join(", "))));
            }
            let cut = if entry.cut { "…" } else { "" };
            line(format_args!("{}", fenced("text", &format!("{}{cut}", entry.text)).trim_end()));
        }
        text
    }
}

fn object(mark: &Marked<'_>) -> String {
    let mut object = mark.entry.json();
    if let Some(fields) = object.as_object_mut() {
        fields.insert("raw".to_owned(), json!(mark.entry.text));
        fields.insert("note".to_owned(), json!(mark.note));
        fields.insert("tags".to_owned(), json!(mark.tags));
    }
    format!("{}\n", sanitize::json(&object.to_string()))
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"))
}

/// A text inside a line of Markdown: every sign that could mean something is escaped.
fn inline(text: &str) -> String {
    let clean = sanitize::line(text, text.len());
    let mut out = String::with_capacity(clean.len());
    for c in clean.chars() {
        let harmless = matches!(c, '.' | ',' | ':' | ';' | '/' | '@' | '\'') || (c == '-' && !out.is_empty());
        if c.is_ascii_punctuation() && !harmless {
            out.push('\\');
        }
        out.push(c);
    }
    // These are made links as they stand.
    out.replace("://", ":\\//").replace("www.", "www\\.")
}

/// A text as a block, harmless, in a fence that is longer than any in it.
fn fenced(language: &str, text: &str) -> String {
    let clean = sanitize::block(text, text.len());
    let longest = clean.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(FENCE.max(longest + 1));
    format!("{fence}{language}\n{clean}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::LogStream;

    fn mark<'a>(at: Option<&str>, text: &'a str, note: &'a str) -> Marked<'a> {
        tagged(at, text, note, &[])
    }

    fn tagged<'a>(at: Option<&str>, text: &'a str, note: &'a str, tags: &'a [String]) -> Marked<'a> {
        let entry = Entry {
            at: at.map(|at| format!("2026-11-21T12:04:{at}Z").parse().unwrap()),
            label: "api",
            source: "docker/api",
            target: "docker:prod",
            stream: LogStream::Stdout,
            level: Some(Level::Error),
            text: text.into(),
            cut: false,
        };
        Marked { entry, note, tags }
    }

    fn evidence<'a>(view: &'a View, title: &'a str, marks: Vec<Marked<'a>>) -> Evidence<'a> {
        let tally = Tally {
            source: "docker/api",
            target: "docker:prod",
            received: 9,
            shown: 5,
            muted: 3,
            dropped: 1,
            gaps: 0,
        };
        let at = "2026-11-21T12:10:00Z".parse().unwrap();
        Evidence { title, at, who: "ops@web1", version: "0.1.0", view, sources: vec![tally], marks }
    }

    #[test]
    fn a_bundle_says_what_was_seen_and_how() {
        let view: View = "pult logs --filter='level>=error' --redact docker/api".parse().unwrap();
        let marks = vec![
            mark(Some("15.5"), "late password=x1", ""),
            mark(None, "  behind it", ""),
            mark(Some("14"), r#"{"level":"error","msg":"no pool"}"#, "the first\nof many"),
        ];
        let bundle = evidence(&view, "Outage *1*", marks).bundle();
        let lines: Vec<serde_json::Value> =
            bundle.jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
        assert_eq!(messages, ["no pool", "late password=‹password›", "  behind it"]);
        assert_eq!(
            (&lines[0]["note"], &lines[1]["raw"]),
            (&json!("the first\nof many"), &json!(messages[1]))
        );
        let want = format!(
            "# Outage \\*1\\*

- when: 2026-11-21T12:10:00.000Z
- who: ops@web1
- pult: 0.1.0
- lines: 3, SHA-256 of their JSONL: `{}`
- secrets are hidden

The view:

```sh
pult logs --filter='level>=error' --redact docker/api
```

## Sources

| source | target | received | shown | muted | dropped | gaps |
|---|---|--:|--:|--:|--:|--:|
| docker/api | docker:prod | 9 | 5 | 3 | 1 | 0 |

## Lines

### 1. 2026-11-21T12:04:14.000Z, docker/api, error

> the first
> of many

```text
{{\"level\":\"error\",\"msg\":\"no pool\"}}
```

### 2. 2026-11-21T12:04:15.500Z, docker/api, error

```text
late password=‹password›
```

### 3. no time, docker/api, error

```text
  behind it
```
",
            sha256(&bundle.jsonl)
        );
        assert_eq!(bundle.markdown, want);
        assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn tags_are_said() {
        let tags = ["cause".to_owned(), "d|b".to_owned()];
        let view = View::default();
        let bundle = evidence(&view, "x", vec![tagged(None, "a", "b", &tags)]).bundle();
        assert!(bundle.markdown.contains("> b\n\nTags: cause, d\\|b\n\n```text\na\n"), "{}", bundle.markdown);
        let line: serde_json::Value = serde_json::from_str(bundle.jsonl.trim_end()).unwrap();
        assert_eq!(line["tags"], json!(["cause", "d|b"]));
    }

    #[test]
    fn no_text_breaks_out() {
        let text = "```\n# not a title\n````\u{1b}[2J <script>";
        let view = View::default();
        let bundle =
            evidence(&view, "a\n# b <img> [x](http://e)|", vec![mark(None, text, "x\n- </p> `y`")]).bundle();
        assert!(
            bundle.markdown.starts_with("# a⏎\\# b \\<img\\> \\[x\\]\\(http:\\//e\\)\\|\n"),
            "{}",
            bundle.markdown
        );
        assert!(
            bundle.markdown.ends_with("`````text\n```\n# not a title\n```` <script>\n`````\n"),
            "{}",
            bundle.markdown
        );
        assert!(bundle.markdown.contains("> x\n> \\- \\</p\\> \\`y\\`\n"));
    }

    proptest::proptest! {
        /// A block ends where its fence ends, whatever stands in it.
        #[test]
        fn fences_hold(text in "[`~#a\n\r\u{1b}]{0,40}") {
            let block = fenced("text", &text);
            let (fence, rest) = block.split_once("text\n").unwrap();
            let inner = rest.strip_suffix(&format!("\n{fence}\n")).unwrap();
            proptest::prop_assert!(!inner.contains(fence) && fence.len() >= FENCE);
        }
    }
}
