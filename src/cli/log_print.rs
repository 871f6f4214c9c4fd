//! Lines of logs on stdout: pretty, raw, json.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Map, json};
use unicode_width::UnicodeWidthStr;

use super::Failure;
use super::args::{LogFormat, LogsArgs};
use super::log_choice::Choice;
use super::output::inert;
use crate::domain::ids::TargetId;
use crate::domain::log::LogLine;
use crate::domain::sanitize;
use crate::logs::{self, Level};

/// Labels are padded to the longest, up to this width.
const MAX_LABEL: usize = 32;
/// A line longer than this many characters is cut on a screen (raw and json are not).
const MAX_LINE: usize = 1 << 16;
/// Foreground colours of labels.
const COLORS: [u8; 6] = [36, 33, 32, 35, 34, 31];

/// Where lines come from.
#[derive(Debug, Clone)]
pub struct Source {
    pub label: String,
    /// The container's name.
    pub name: String,
    pub target: TargetId,
}

/// Prints the lines that are chosen, with those around them.
pub struct Printer {
    format: LogFormat,
    timestamps: bool,
    colored: bool,
    choice: Choice,
    sources: Vec<Source>,
    width: usize,
}

impl Printer {
    /// # Errors
    /// A pattern that is not a regular expression.
    pub fn new(args: &LogsArgs, colored: bool, sources: Vec<Source>) -> Result<Self, Failure> {
        let width = sources.iter().map(|s| s.label.width()).max().unwrap_or_default().min(MAX_LABEL);
        Ok(Self {
            format: args.output,
            timestamps: args.timestamps,
            colored,
            choice: Choice::new(args)?,
            sources,
            width,
        })
    }

    /// Takes the next line, of the source with this index, and prints what is to be printed now.
    ///
    /// # Errors
    /// The output is gone.
    pub fn line(&mut self, source: usize, line: &LogLine, out: &mut dyn Write) -> io::Result<()> {
        let chosen = self.choice.take(source, line);
        if chosen.apart && self.format != LogFormat::Json {
            writeln!(out, "--")?;
        }
        for (source, line, level) in &chosen.before {
            self.print(*source, line, *level, out)?;
        }
        match chosen.itself {
            true => self.print(source, line, chosen.level, out),
            false => Ok(()),
        }
    }

    /// Lines that were not printed because nothing says their level.
    pub fn unknown(&self) -> u64 {
        self.choice.unknown
    }

    fn print(
        &self,
        source: usize,
        line: &LogLine,
        level: Option<Level>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some(source) = self.sources.get(source) else { return Ok(()) };
        let stamp = match line.at.filter(|_| self.timestamps && self.format != LogFormat::Json) {
            Some(at) => format!("{} ", stamp(at)),
            None => String::new(),
        };
        match self.format {
            LogFormat::Raw => writeln!(out, "{stamp}{}", line.text),
            LogFormat::Pretty => {
                let cut = if line.cut { "…" } else { "" };
                writeln!(out, "{} {stamp}{}{cut}", self.label(&source.label), self.pretty(line))
            }
            LogFormat::Json => {
                let reading = logs::read_near(&line.text, line.at);
                let (message, fields) = match logs::split(&line.text, &reading) {
                    Some((message, fields)) => (message, Some(Map::from_iter(fields))),
                    None => (None, None),
                };
                let message = message.as_deref().filter(|m| !m.is_empty()).unwrap_or(&line.text);
                writeln!(
                    out,
                    "{}",
                    inert(&json!({
                        "at": line.at.or(reading.at), "source": format!("docker/{}", source.name),
                        "target": source.target, "stream": line.stream.word(), "level": level.map(Level::word),
                        "message": message, "cut": line.cut, "fields": fields,
                    }).to_string())
                )
            }
        }
    }

    /// The text, harmless, with the word that says the level in its colour.
    fn pretty(&self, line: &LogLine) -> String {
        let shown = logs::show(&line.text, line.at, self.timestamps);
        let clean = |range: std::ops::Range<usize>| {
            sanitize::line(shown.text.get(range).unwrap_or_default(), MAX_LINE)
        };
        let color = match shown.level.filter(|_| self.colored && !shown.word.is_empty()) {
            Some(Level::Fatal) => "1;31",
            Some(Level::Error) => "31",
            Some(Level::Warn) => "33",
            Some(Level::Debug | Level::Trace) => "2",
            Some(Level::Info) | None => return clean(0..shown.text.len()).into_owned(),
        };
        let (start, end) = (shown.word.start, shown.word.end);
        let (before, word, after) = (clean(0..start), clean(start..end), clean(end..shown.text.len()));
        format!("{before}\x1b[{color}m{word}\x1b[0m{after}")
    }

    fn label(&self, label: &str) -> String {
        let pad = " ".repeat(self.width.saturating_sub(label.width()));
        match self.colored {
            true => format!("\x1b[{}m{label}\x1b[0m{pad} |", color(label)),
            false => format!("{label}{pad} |"),
        }
    }
}

/// A colour that depends on nothing but the label (FNV-1a), so that it is the same every time.
fn color(label: &str) -> u8 {
    let hash = label
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    COLORS[(hash % COLORS.len() as u64) as usize]
}

/// RFC 3339 UTC in milliseconds: of one width, so that lines align.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::LogStream;
    use clap::Parser;

    fn printed(flags: &str, texts: &[&str]) -> String {
        let line = format!("pult logs {flags}");
        let cli = super::super::Cli::try_parse_from(line.split_whitespace()).unwrap();
        let Some(super::super::args::Command::Logs(args)) = cli.command else { panic!("{line}") };
        let source =
            |name: &str| Source { label: name.into(), name: name.into(), target: TargetId::docker("h") };
        let colored = cli.global.color == super::super::color::ColorChoice::Always;
        let sources = vec![source("web"), source("crm-api")];
        let mut printer = Printer::new(&args, colored, sources).unwrap();
        let mut out = Vec::new();
        for text in texts {
            let at = Some(Timestamp::from_millisecond(1_800_000_000_123).unwrap());
            let line = LogLine { at, stream: LogStream::Stderr, text: (*text).into(), cut: false };
            printer.line(0, &line, &mut out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pretty_is_harmless_and_raw_is_as_received() {
        assert_eq!(printed("", &["a\u{1b}]0;evil\u{7}b"]), "web     | ab\n");
        assert_eq!(printed("-o raw", &["\u{1b}[31mred"]), "\u{1b}[31mred\n");
        assert_eq!(printed("--timestamps", &["x"]), "web     | 2027-01-15T08:00:00.123Z x\n");
    }

    #[test]
    fn json_has_the_keys_of_the_contract() {
        let line: serde_json::Value = serde_json::from_str(&printed("-o json", &["a\u{1b}b"])).unwrap();
        assert_eq!(line["at"], "2027-01-15T08:00:00.123Z");
        assert_eq!(
            (&line["source"], &line["target"], &line["stream"]),
            (&"docker/web".into(), &"docker:h".into(), &"stderr".into())
        );
        assert_eq!((&line["message"], line["level"].is_null()), (&"a\u{1b}b".into(), true));
    }

    #[test]
    fn patterns_choose_lines() {
        assert_eq!(printed("-o raw --grep err -v noerr", &["err 1", "noerr", "fine"]), "err 1\n");
        let args = LogsArgs {
            grep: Some("(".into()),
            sources: vec![],
            follow: false,
            since: None,
            until: None,
            tail: None,
            without: None,
            level: None,
            context: 0,
            output: LogFormat::Raw,
            timestamps: false,
        };
        assert!(
            matches!(Printer::new(&args, false, vec![]), Err(Failure::Usage(e)) if e.starts_with("--grep: "))
        );
    }

    #[test]
    fn levels_choose_lines_and_what_continues_them() {
        let lines = [
            "INFO up",
            "ERROR no",
            "java.io.IOException: y",
            "\tat A.b(A.java:1)",
            "plain",
            "level=warn msg=z",
        ];
        assert_eq!(
            printed("-o raw --level error", &lines),
            "ERROR no\njava.io.IOException: y\n\tat A.b(A.java:1)\n"
        );
        assert_eq!(printed("-o raw --level warning", &lines).lines().count(), 4);
        assert_eq!(printed("-o raw --level error --grep at", &lines), "\tat A.b(A.java:1)\n");
    }

    #[test]
    fn context_is_as_grep_prints_it() {
        let lines = ["1", "2", "hit 3", "4", "5", "6", "7", "hit 8", "9", "hit 10"];
        assert_eq!(printed("-o raw --grep hit -C 1", &lines), "2\nhit 3\n4\n--\n7\nhit 8\n9\nhit 10\n");
        assert_eq!(printed("-o raw --grep hit -C 2", &lines).lines().count(), 10);
        // What is not wanted is no context either, and separates nothing.
        assert_eq!(printed("-o raw --grep hit -C 1 -v [4567]", &lines), "2\nhit 3\nhit 8\n9\nhit 10\n");
        assert!(!printed("-o json --grep hit -C 1", &lines).contains("--\n"));
    }

    #[test]
    fn structured_lines_are_told_apart() {
        let text = r#"{"level":50,"time":1800000000123,"msg":"no pool","size":3}"#;
        assert_eq!(printed("", &[text]), "web     | ERROR no pool  time=1800000000123 size=3\n");
        let line: serde_json::Value = serde_json::from_str(&printed("-o json", &[text])).unwrap();
        assert_eq!((&line["level"], &line["message"]), (&"error".into(), &"no pool".into()));
        assert_eq!(line["fields"], json!({"level": 50, "time": 1_800_000_000_123_i64, "size": 3}));
    }

    #[test]
    fn only_the_level_is_coloured() {
        assert_eq!(
            printed("--color always --timestamps", &["2027-01-15 08:00:00.1 WARN x"]).split('|').nth(1),
            Some(" 2027-01-15T08:00:00.123Z \u{1b}[33mWARN\u{1b}[0m x\n")
        );
        assert_eq!(printed("", &["\u{1b}[31merror\u{1b}[39m: x"]), "web     | error: x\n");
    }

    #[test]
    fn labels_keep_their_colour() {
        assert_eq!(color("web"), color("web"));
    }
}
