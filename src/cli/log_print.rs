//! Lines of logs on stdout: pretty, raw, json.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use super::Failure;
use super::args::{LogFormat, LogsArgs};
use super::log_choice::Choice;
use super::log_source::Source;
use crate::domain::log::LogLine;
use crate::domain::sanitize;
use crate::logs::export::{Entry, Form, stamp};
use crate::logs::filter::value;
use crate::logs::{self, Level, alike};

/// Labels are padded to the longest, up to this width.
const MAX_LABEL: usize = 32;
/// A line longer than this many characters is cut on a screen (raw and json are not).
const MAX_LINE: usize = 1 << 16;
/// Foreground colours of labels.
const COLORS: [u8; 6] = [36, 33, 32, 35, 34, 31];

/// Prints the lines that are chosen, with those around them.
pub struct Printer {
    format: LogFormat,
    timestamps: bool,
    zone: Option<TimeZone>,
    colored: bool,
    redact: bool,
    columns: Vec<String>,
    choice: Choice,
    sources: Vec<Source>,
    width: usize,
    /// What was printed last, when repeats of it are not printed.
    last: Option<Last>,
    collapse: bool,
}

/// A line that was printed.
struct Last {
    source: usize,
    text: String,
    /// Lines behind it that say the same.
    repeats: u64,
}

impl Printer {
    /// # Errors
    /// A pattern that is not a regular expression, options that do not go together.
    pub fn new(args: &LogsArgs, colored: bool, sources: Vec<Source>) -> Result<Self, Failure> {
        if args.collapse && args.output == LogFormat::Json {
            return Err(Failure::Usage("--collapse does not go with -o json: every object is a line".into()));
        }
        let width = sources.iter().map(|s| s.label.width()).max().unwrap_or_default().min(MAX_LABEL);
        Ok(Self {
            format: args.output,
            timestamps: args.timestamps,
            zone: args.zone.clone(),
            colored,
            redact: args.redact,
            columns: args.column.clone(),
            choice: Choice::new(args)?,
            sources,
            width,
            last: None,
            collapse: args.collapse,
        })
    }

    /// Takes the next line, of the source with this index, and prints what is to be printed now.
    ///
    /// # Errors
    /// The output is gone.
    pub fn line(&mut self, source: usize, line: &LogLine, out: &mut dyn Write) -> io::Result<()> {
        let label = self.sources.get(source).map_or("", |source| source.label.as_str());
        let chosen = self.choice.take(source, label, line);
        if chosen.apart && self.format != LogFormat::Json {
            self.finish(out)?;
            writeln!(out, "--")?;
        }
        for (source, line, level) in &chosen.before {
            self.once(*source, line, *level, out)?;
        }
        match chosen.itself {
            true => self.once(source, line, chosen.level, out),
            false => Ok(()),
        }
    }

    /// Prints how many lines repeated the last one.
    ///
    /// # Errors
    /// The output is gone.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Some(Last { source, repeats: repeats @ 1.., .. }) = self.last.take() else { return Ok(()) };
        let label = match (self.format, self.sources.get(source)) {
            (LogFormat::Pretty, Some(source)) => format!("{} ", self.label(&source.label)),
            _ => String::new(),
        };
        writeln!(out, "{label}-- {repeats} more that differ in numbers only --")
    }

    /// Lines that were not chosen because nothing says their level.
    pub fn unknown(&self) -> u64 {
        self.choice.unknown
    }

    /// Prints the line unless it repeats the last one.
    fn once(
        &mut self,
        source: usize,
        line: &LogLine,
        level: Option<Level>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if self.collapse {
            if let Some(last) = &mut self.last
                && last.source == source
                && alike(&last.text, &line.text)
            {
                last.repeats += 1;
                return Ok(());
            }
            self.finish(out)?;
            self.last = Some(Last { source, text: line.text.clone(), repeats: 0 });
        }
        self.print(source, line, level, out)
    }

    fn print(
        &self,
        source: usize,
        line: &LogLine,
        level: Option<Level>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some(source) = self.sources.get(source) else { return Ok(()) };
        let entry = Entry {
            at: line.at,
            label: &source.label,
            source: &source.name,
            target: &source.target,
            stream: line.stream,
            level,
            text: (&line.text).into(),
            cut: line.cut,
        };
        let entry = if self.redact { entry.redacted() } else { entry };
        let stamp = match line.at.filter(|_| self.timestamps && self.format != LogFormat::Json) {
            Some(at) => match &self.zone {
                Some(zone) => format!("{} ", at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")),
                None => format!("{} ", stamp(at)),
            },
            None => String::new(),
        };
        let form = match self.format {
            LogFormat::Raw => Form::Raw,
            LogFormat::Json => Form::Jsonl,
            LogFormat::Pretty => {
                let (cut, text) = (if line.cut { "…" } else { "" }, &entry.text);
                let text = self.in_columns(text).unwrap_or_else(|| self.pretty(text, line.at));
                return writeln!(out, "{} {stamp}{text}{cut}", self.label(&source.label));
            }
        };
        let mut text = stamp;
        entry.write(form, &mut text);
        out.write_all(text.as_bytes())
    }

    /// The wanted fields and the message, when the line has one of them.
    fn in_columns(&self, text: &str) -> Option<String> {
        let values: Vec<Option<String>> = self.columns.iter().map(|name| value(text, name)).collect();
        values.iter().any(Option::is_some).then_some(())?;
        let message = logs::split(text, &logs::read(text)).and_then(|(message, _)| message);
        let cells = values.into_iter().map(|value| value.unwrap_or_else(|| "-".to_owned()));
        let cells: Vec<String> = cells.chain(message).collect();
        Some(sanitize::line(&cells.join("  "), MAX_LINE).into_owned())
    }

    /// The text, harmless, with the word that says the level in its colour.
    fn pretty(&self, text: &str, at: Option<Timestamp>) -> String {
        let shown = logs::show(text, at, self.timestamps);
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

#[cfg(test)]
mod tests {
    use super::super::Cli;
    use super::super::args::Command;
    use super::super::color::ColorChoice;
    use super::*;
    use crate::backends::docker::Docker;
    use crate::domain::endpoint::DockerEndpoint;
    use crate::domain::ids::{ContainerId, TargetId};
    use crate::domain::log::LogStream;
    use crate::domain::shell_word::sh_split;
    use crate::logs::filter::Stack;
    use crate::logs::view_line::View;
    use clap::Parser;
    use serde_json::json;

    fn source(name: &str) -> Source {
        let docker = Docker::new(TargetId::docker("h"), DockerEndpoint::Unix("/none".into()), true).unwrap();
        Source {
            label: name.into(),
            name: format!("docker/{name}"),
            target: docker.id().to_string(),
            doubt: None,
            log: docker.log_source(ContainerId::new(name)),
        }
    }

    fn cli(words: &[String]) -> Cli {
        Cli::try_parse_from(words).unwrap()
    }

    fn args(flags: &str) -> LogsArgs {
        args_of(cli(&sh_split(&format!("pult logs {flags}")).unwrap()))
    }

    fn args_of(cli: Cli) -> LogsArgs {
        match cli.command {
            Some(Command::Logs(args)) => args,
            other => panic!("{other:?}"),
        }
    }

    fn printed(flags: &str, texts: &[&str]) -> String {
        let cli = cli(&sh_split(&format!("pult logs {flags}")).unwrap());
        let colored = cli.global.color == ColorChoice::Always;
        let args = args_of(cli);
        let sources = vec![source("web"), source("crm-api")];
        let mut printer = Printer::new(&args, colored, sources).unwrap();
        let mut out = Vec::new();
        for text in texts {
            let at = Some(Timestamp::from_millisecond(1_800_000_000_123).unwrap());
            let line = LogLine { at, stream: LogStream::Stderr, text: (*text).into(), cut: false };
            printer.line(0, &line, &mut out).unwrap();
        }
        printer.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pretty_is_harmless_and_raw_is_as_received() {
        assert_eq!(printed("", &["a\u{1b}]0;evil\u{7}b"]), "web     | ab\n");
        assert_eq!(printed("-o raw", &["\u{1b}[31mred"]), "\u{1b}[31mred\n");
        assert_eq!(printed("--timestamps", &["x"]), "web     | 2027-01-15T08:00:00.123Z x\n");
        let berlin = printed("--timestamps --zone berlin", &["x"]);
        assert_eq!(berlin, "web     | 2027-01-15T09:00:00.123+01:00 x\n");
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
        let args = args("--grep (");
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
    fn steps_choose_lines() {
        let lines = [
            r#"{"level":"error","msg":"no pool","status":502}"#,
            "10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] \"GET /healthz HTTP/1.1\" 200 6",
            "java.io.IOException: y",
            "plain password=x1",
        ];
        let count = |flags: &str| printed(&format!("-o raw {flags}"), &lines).lines().count();
        assert_eq!(count("--filter 'status>=500'"), 1);
        assert_eq!(count("--filter=-path:/healthz"), 3);
        assert_eq!(count("--filter -/^java/ --filter '!status?'"), 1);
        assert_eq!(count("--filter source:web --filter 'level>=error' --filter stream:stderr"), 2);
        assert_eq!(count("--filter source:crm"), 0);
        let wrong = Cli::try_parse_from(["pult", "logs", "--filter", "level>=wran"]).unwrap_err();
        assert!(wrong.to_string().contains("column 8: `wran` is no level; did you mean `warn`?"), "{wrong}");
    }

    #[test]
    fn secrets_are_hidden_in_every_form() {
        let line = r#"{"msg":"in","password":"hunter2"}"#;
        for form in ["raw", "pretty", "json"] {
            let out = printed(&format!("--redact -o {form}"), &[line]);
            assert!(out.contains("‹password›") && !out.contains("hunter2"), "{out}");
        }
    }

    #[test]
    fn repeats_are_counted() {
        let lines = ["up 1", "up 2", "up 3", "down", "down"];
        assert_eq!(
            printed("--collapse -o raw", &lines),
            "up 1\n-- 2 more that differ in numbers only --\ndown\n-- 1 more that differ in numbers only --\n"
        );
        assert!(printed("--collapse", &lines).contains("\nweb     | -- 2 more"));
        assert!(matches!(
            Printer::new(&args("--collapse -o json"), false, vec![]),
            Err(Failure::Usage(e)) if e.contains("does not go with")
        ));
    }

    #[test]
    fn fields_stand_before_the_message() {
        let line = r#"{"msg":"in\u0007","req":{"url":"/x"},"status":502}"#;
        assert_eq!(printed("--column status --column REQ.url", &[line]), "web     | 502  /x  in�\n");
        assert_eq!(
            printed("--column status --column none", &[line, "plain"]),
            "web     | 502  -  in�\nweb     | plain\n"
        );
    }

    #[test]
    fn a_saved_view_is_a_command_line() {
        let typed = r#"--since 2h --level warn --filter='-"it'\''s up"' --filter 'status>=500 a' --column x --collapse --redact docker/web shop"#;
        let view: View = format!("pult logs {typed}").parse().unwrap();
        let words = sh_split(&view.to_string()).unwrap();
        let args = args_of(cli(&words));
        let mut stack = Stack::default();
        args.filter.into_iter().for_each(|step| stack.push(step));
        let again = View {
            sources: args.sources,
            stack,
            since: args.since,
            level: args.level,
            collapse: args.collapse,
            columns: args.column,
            redact: args.redact,
        };
        assert_eq!(again, view);
        assert_eq!(again, typed.parse().unwrap());
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
