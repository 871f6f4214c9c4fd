//! Lines of logs on stdout: pretty, raw, json.

use std::io::{self, Write};

use jiff::Timestamp;
use regex::Regex;
use serde_json::json;
use unicode_width::UnicodeWidthStr;

use super::Failure;
use super::args::{LogFormat, LogsArgs};
use super::output::inert;
use crate::domain::ids::TargetId;
use crate::domain::log::LogLine;
use crate::domain::sanitize;

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

/// Prints the lines that pass the patterns.
pub struct Printer {
    format: LogFormat,
    timestamps: bool,
    colored: bool,
    grep: Option<Regex>,
    without: Option<Regex>,
    sources: Vec<Source>,
    width: usize,
}

impl Printer {
    /// # Errors
    /// A pattern that is not a regular expression.
    pub fn new(args: &LogsArgs, colored: bool, sources: Vec<Source>) -> Result<Self, Failure> {
        let pattern = |flag: &str, text: &Option<String>| {
            let regex = text.as_deref().map(Regex::new).transpose();
            regex.map_err(|e| {
                let why = e.to_string();
                Failure::Usage(format!(
                    "{flag}: {}",
                    why.lines().last().unwrap_or("not a regular expression")
                ))
            })
        };
        let width = sources.iter().map(|s| s.label.width()).max().unwrap_or_default().min(MAX_LABEL);
        Ok(Self {
            format: args.output,
            timestamps: args.timestamps,
            colored,
            grep: pattern("--grep", &args.grep)?,
            without: pattern("-v", &args.without)?,
            sources,
            width,
        })
    }

    /// Prints a line of the source with this index.
    ///
    /// # Errors
    /// The output is gone.
    pub fn line(&self, source: usize, line: &LogLine, out: &mut dyn Write) -> io::Result<()> {
        if self.grep.as_ref().is_some_and(|re| !re.is_match(&line.text))
            || self.without.as_ref().is_some_and(|re| re.is_match(&line.text))
        {
            return Ok(());
        }
        let Some(source) = self.sources.get(source) else { return Ok(()) };
        let stamp = match line.at.filter(|_| self.timestamps && self.format != LogFormat::Json) {
            Some(at) => format!("{} ", stamp(at)),
            None => String::new(),
        };
        match self.format {
            LogFormat::Raw => writeln!(out, "{stamp}{}", line.text),
            LogFormat::Pretty => {
                let text = sanitize::line(&line.text, MAX_LINE);
                let cut = if line.cut { "…" } else { "" };
                writeln!(out, "{} {stamp}{text}{cut}", self.label(&source.label))
            }
            LogFormat::Json => writeln!(
                out,
                "{}",
                inert(&json!({
                    "at": line.at, "source": format!("docker/{}", source.name), "target": source.target,
                    "stream": line.stream.word(), "level": null, "message": line.text, "cut": line.cut, "fields": null,
                }).to_string())
            ),
        }
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
        let printer = Printer::new(&args, false, vec![source("web"), source("crm-api")]).unwrap();
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
            output: LogFormat::Raw,
            timestamps: false,
        };
        assert!(
            matches!(Printer::new(&args, false, vec![]), Err(Failure::Usage(e)) if e.starts_with("--grep: "))
        );
    }

    #[test]
    fn labels_keep_their_colour() {
        assert_eq!(color("web"), color("web"));
    }
}
