//! `pult audit tail | verify | export`: reads the audit, changes nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::output::API;
use super::{Exit, Failure, since};
use crate::domain::audit::{AuditRecord, Outcome};
use crate::domain::sanitize;
use crate::runtime::audit_read::{Follower, VerifyError, scan, verify as check};

#[derive(Debug, Clone, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    pub command: AuditCommand,
    /// Another audit file than the state directory's
    #[arg(long, global = true, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum AuditCommand {
    /// Print the last actions
    Tail(TailArgs),
    /// Check that no line was changed, added or removed
    Verify,
    /// Print all of it for other programs
    Export(ExportArgs),
}

#[derive(Debug, Clone, Args)]
pub struct TailArgs {
    /// How many lines
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub lines: usize,
    /// Go on with new ones, also those of other pults
    #[arg(short, long)]
    pub follow: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// Actions from T on: RFC 3339, a local HH:MM, or an age like 15m, 2h, 3d
    #[arg(long, value_name = "T")]
    pub since: Option<String>,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: ExportFormat,
}

/// What `audit export` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ExportFormat {
    /// One document
    #[default]
    Json,
    /// With a header, for spreadsheets
    Csv,
}

/// When and where the command runs.
#[derive(Debug, Clone)]
pub struct Moment {
    pub now: Timestamp,
    pub zone: TimeZone,
}

/// Does what the arguments say with the audit at `path` (unless `--file` names another).
///
/// # Errors
/// When the file cannot be read or stdout not written.
pub async fn run(
    args: &AuditArgs,
    path: &Path,
    moment: &Moment,
    out: &mut (dyn Write + Send),
) -> Result<Exit, Failure> {
    let path = args.file.as_deref().unwrap_or(path);
    match &args.command {
        AuditCommand::Tail(args) => tail(path, args, moment, out).await,
        AuditCommand::Verify => verify(path, out),
        AuditCommand::Export(args) => export(path, args, moment, out),
    }
}

async fn tail(
    path: &Path,
    args: &TailArgs,
    moment: &Moment,
    out: &mut (dyn Write + Send),
) -> Result<Exit, Failure> {
    let (mut records, mut follower) = Follower::tail(path, args.lines)?;
    loop {
        for record in &records {
            writeln!(out, "{}", line(record, &moment.zone))?;
        }
        out.flush()?;
        if !args.follow {
            return Ok(Exit::Done);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        records = follower.poll()?;
    }
}

/// A record for people: `17 2026-11-21 10:00:00 ops@10.0.0.9 done container.stop docker:local: docker stop web`.
fn line(r: &AuditRecord, zone: &TimeZone) -> String {
    let at = r.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let mut text = format!("{} {at} {}", r.seq, r.user);
    let mut add = |part: String| text.push_str(&part);
    if let Some(origin) = &r.origin {
        add(format!("@{origin}"));
    }
    add(format!(" {} {} {}: {}", r.outcome.word(), r.command, r.target, r.equivalent));
    if let Some(intent) = r.intent {
        add(format!(" (of {intent})"));
    }
    if let Some(ms) = r.ms {
        add(format!(" in {ms} ms"));
    }
    if r.outcome == Outcome::Intent {
        add(format!(" [{}, {}]", r.guard, r.verdict));
    }
    for part in [&r.detail, &r.reason].into_iter().flatten() {
        add(format!(" - {part}"));
    }
    sanitize::line(&text, 2000).into_owned()
}

fn verify(path: &Path, out: &mut dyn Write) -> Result<Exit, Failure> {
    match check(path, |_| {}) {
        Ok(v) if v.lines == 0 => {
            writeln!(out, "ok: {} holds no action yet", path.display())?;
            Ok(Exit::Done)
        }
        Ok(v) => {
            writeln!(out, "ok: {} lines, unbroken from the first to the last", v.lines)?;
            writeln!(out, "head: {}", v.head)?;
            if !v.open.is_empty() {
                let open: Vec<String> = v.open.iter().map(u64::to_string).collect();
                writeln!(out, "without an outcome (running, or cut off): {}", open.join(", "))?;
            }
            writeln!(out, "lines cut off at the end leave no trace: keep the head elsewhere to notice that")?;
            Ok(Exit::Done)
        }
        Err(VerifyError::Broken(broken)) => {
            writeln!(out, "broken: {}: {broken}", path.display())?;
            match broken.line {
                1 => writeln!(out, "nothing in this file is proven")?,
                n => writeln!(
                    out,
                    "lines 1 to {} are as pult wrote them; line {n} and those after it prove nothing",
                    n - 1
                )?,
            }
            writeln!(out, "move the file away and keep it as evidence; the next action starts a new one")?;
            Ok(Exit::Failed)
        }
        Err(VerifyError::Io(e)) => Err(e.into()),
    }
}

fn export(path: &Path, args: &ExportArgs, moment: &Moment, out: &mut dyn Write) -> Result<Exit, Failure> {
    let from = match &args.since {
        Some(text) => since::parse(text, moment.now, &moment.zone).map_err(Failure::Usage)?,
        None => Timestamp::MIN,
    };
    let damaged = match args.output {
        ExportFormat::Json => export_json(path, from, moment.now, out)?,
        ExportFormat::Csv => export_csv(path, from, out)?,
    };
    out.flush()?;
    if damaged > 0 {
        eprintln!(
            "pult: {damaged} lines of {} are no records; `pult audit verify` says more",
            path.display()
        );
        return Ok(Exit::Failed);
    }
    Ok(Exit::Done)
}

/// The document of `get`, written piece by piece: an audit may be larger than the memory.
fn export_json(path: &Path, from: Timestamp, now: Timestamp, out: &mut dyn Write) -> Result<usize, Failure> {
    let at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    write!(
        out,
        "{{\n  \"api\": {},\n  \"kind\": \"audit\",\n  \"at\": {},\n  \"items\": [",
        json!(API),
        json!(at)
    )?;
    let mut separator = "";
    let damaged = scan(path, |record| {
        if record.at >= from {
            write!(out, "{separator}\n    {}", serde_json::to_string(&record)?)?;
            separator = ",";
        }
        Ok(())
    })?;
    writeln!(out, "\n  ],\n  \"faults\": []\n}}")?;
    Ok(damaged)
}

const COLUMNS: [&str; 20] = [
    "seq",
    "at",
    "session",
    "user",
    "origin",
    "command",
    "target",
    "object",
    "summary",
    "equivalent",
    "guard",
    "verdict",
    "outcome",
    "intent",
    "ms",
    "detail",
    "reason",
    "prev",
    "hash",
    "undo",
];

fn export_csv(path: &Path, from: Timestamp, out: &mut dyn Write) -> Result<usize, Failure> {
    write!(out, "{}\r\n", COLUMNS.join(","))?;
    Ok(scan(path, |record| {
        if record.at < from {
            return Ok(());
        }
        let value = serde_json::to_value(&record)?;
        let cells: Vec<String> = COLUMNS
            .iter()
            .map(|column| match value.get(column) {
                Some(serde_json::Value::String(text)) => cell(text),
                None | Some(serde_json::Value::Null) => String::new(),
                Some(other) => other.to_string(),
            })
            .collect();
        write!(out, "{}\r\n", cells.join(","))
    })?)
}

/// A text in CSV (RFC 4180). What a spreadsheet would run as a formula gets an apostrophe before it.
fn cell(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{guarded}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guarded}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::guard::Guard;
    use crate::gate::{Entry, Ledger};
    use crate::runtime::audit_file::AuditFile;
    use crate::runtime::session::Session;

    fn filled(dir: &Path) -> PathBuf {
        let who = Session { user: "ops".into(), origin: Some("10.0.0.9".into()), session: "1-1".into() };
        let mut file = AuditFile::open(dir, who).unwrap();
        let entry = Entry {
            command: "container.stop",
            target: "docker:local".into(),
            object: "4f".into(),
            summary: "stop container \"web\", now".into(),
            equivalent: "docker stop web".into(),
            undo: Some("docker start web".into()),
            guard: Guard::Confirm,
            verdict: "yes",
        };
        let intent = file.intent(&entry).unwrap();
        file.outcome(intent, Outcome::Failed, Some(7), Some("=bad\u{1b}[31m")).unwrap();
        file.intent(&entry).unwrap();
        file.path().to_owned()
    }

    async fn printed(path: &Path, command: AuditCommand) -> (Exit, String) {
        let args = AuditArgs { command, file: None };
        let moment = Moment { now: crate::backends::clock::now(), zone: TimeZone::UTC };
        let mut out = Vec::new();
        let exit = run(&args, path, &moment, &mut out).await.unwrap();
        (exit, String::from_utf8(out).unwrap())
    }

    #[tokio::test]
    async fn tail_and_verify() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let (_, text) = printed(&path, AuditCommand::Tail(TailArgs { lines: 2, follow: false })).await;
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(
            lines[0].starts_with("2 2")
                && lines[0].contains(
                    "ops@10.0.0.9 failed container.stop docker:local: docker stop web (of 1) in 7 ms - =bad"
                ),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'));
        let (exit, text) = printed(&path, AuditCommand::Verify).await;
        assert_eq!(exit, Exit::Done);
        assert!(text.starts_with("ok: 3 lines") && text.contains("cut off): 3\n"), "{text}");
        let content = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, content.replace("\"ms\":7", "\"ms\":8")).unwrap();
        let (exit, text) = printed(&path, AuditCommand::Verify).await;
        assert_eq!(exit, Exit::Failed);
        assert!(text.contains("line 2: its hash") && text.contains("lines 1 to 1 are"), "{text}");
        assert_eq!(printed(&dir.path().join("none"), AuditCommand::Verify).await.0, Exit::Done);
    }

    #[tokio::test]
    async fn exports() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let export = |output, since: Option<&str>| {
            AuditCommand::Export(ExportArgs { since: since.map(str::to_owned), output })
        };
        let (exit, text) = printed(&path, export(ExportFormat::Json, Some("1h"))).await;
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((exit, document["items"].as_array().unwrap().len()), (Exit::Done, 3));
        assert_eq!(document["items"][1]["outcome"], "failed");
        let (_, none) = printed(&path, export(ExportFormat::Json, Some("2999-01-01T00:00:00Z"))).await;
        assert_eq!(serde_json::from_str::<serde_json::Value>(&none).unwrap()["items"], json!([]));
        let (_, csv) = printed(&path, export(ExportFormat::Csv, None)).await;
        let lines: Vec<&str> = csv.split("\r\n").collect();
        assert_eq!(lines[0], COLUMNS.join(","));
        assert!(lines[2].contains(",\"stop container \"\"web\"\", now\",docker stop web,"), "{csv}");
        assert!(lines[2].contains(",'=bad"), "{csv}");
        std::fs::write(&path, "no record\n").unwrap();
        assert_eq!(printed(&path, export(ExportFormat::Csv, None)).await.0, Exit::Failed);
    }

    #[test]
    fn the_columns_are_the_record_s() {
        let dir = tempfile::tempdir().unwrap();
        let first = std::fs::read_to_string(filled(dir.path())).unwrap();
        let value: serde_json::Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
        let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        // A column that came later stands behind the others, so that scripts find these where they were.
        keys.sort_by_key(|key| *key == "undo");
        assert_eq!(keys, COLUMNS);
    }
}
