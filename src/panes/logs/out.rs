//! What leaves the pane: lines to a file, the evidence of marked lines, lines and fields to the clipboard,
//! views that are kept.

use super::options::{KeptView, Saved};
use super::view::LogView;
use crate::domain::ids::TargetId;
use crate::domain::log::LogSourceId;
use crate::domain::log_selection::LogSelection;
use crate::domain::log_word::host_log;
use crate::domain::world::World;
use crate::logs::book::{Kind, Lane, Ledger, LineId};
use crate::logs::evidence::{Bundle, Evidence, Marked, Tally};
use crate::logs::export::{Entry, Form};
use crate::logs::filter::Step;
use crate::logs::view_line::View;
use crate::panes::{Choice, ChoiceItem, Chooser, Context, FilePart, FileRecord, Request, Yank};

/// Rows written in a slice of work.
const SLICE: usize = 4_000;

/// Lines on their way to a file.
#[derive(Debug)]
pub struct Export {
    number: u64,
    path: String,
    form: Form,
    /// The last line that was written, and how many.
    last: Option<LineId>,
    /// Where it ends: lines that come meanwhile are not waited for.
    until: Option<LineId>,
    lines: u64,
    first: bool,
}

impl LogView {
    /// A name that says what and when: `logs-web-20261121-140211.jsonl`.
    pub(super) fn export_name(&self, cx: &Context) -> String {
        let what = match self.members.as_slice() {
            [one] => one.label.clone(),
            _ => self.selection.as_ref().and_then(LogSelection::title).unwrap_or_else(|| "merged".to_owned()),
        };
        let safe: String = what.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let at = cx.now.to_zoned(cx.zone.clone()).strftime("%Y%m%d-%H%M%S");
        let extension = if self.marks.list().iter().any(|mark| mark.line.is_some()) { "md" } else { "jsonl" };
        format!("logs-{safe}-{at}.{extension}")
    }

    /// Begins to write to a file; what is written depends on its name.
    ///
    /// # Errors
    /// A name that says no format.
    pub(super) fn begin_export(&mut self, path: &str, cx: &Context) -> Result<Vec<Request>, String> {
        let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        self.exports += 1;
        // Numbers of both views never meet.
        let number = self.exports * 2 + u64::from(self.slot);
        let form = match extension.as_deref() {
            Some("md") => return self.write_evidence(number, path, cx),
            Some("jsonl" | "ndjson" | "json") => Form::Jsonl,
            Some("txt") => Form::Text,
            Some("log" | "raw") => Form::Raw,
            _ => {
                return Err(
                    "the name says what is written: .jsonl, .txt (as shown), .log (as received), .md (evidence of marked lines)"
                        .to_owned(),
                );
            }
        };
        let until = self.book.len().checked_sub(1).and_then(|i| self.book.row(i)).map(|row| row.line);
        let path = path.to_owned();
        self.export = Some(Export { number, path, form, last: None, until, lines: 0, first: true });
        Ok(Vec::new())
    }

    /// Writes the next lines; `None` when nothing is being written.
    pub(super) fn export_on(&mut self) -> Option<Vec<Request>> {
        let mut export = self.export.take()?;
        let from = export.last.map_or(0, |line| self.book.nearest(line).unwrap_or(0) + 1);
        let mut text = String::new();
        let mut done = export.until.is_none();
        for index in from..from + SLICE {
            let Some(row) = self.book.row(index) else {
                done = true;
                break;
            };
            export.last = Some(row.line);
            if let Some(entry) = self.entry(row.line) {
                let entry = if self.options.redact { entry.redacted() } else { entry };
                entry.write(export.form, &mut text);
                export.lines += 1;
            }
            if Some(row.line) == export.until {
                done = true;
                break;
            }
        }
        let part = FilePart {
            number: export.number,
            path: export.path.clone(),
            bytes: text.into_bytes(),
            first: std::mem::take(&mut export.first),
            last: done,
            what: format!("{} lines", crate::domain::quantity::count(export.lines)),
            record: Some(self.record()),
        };
        if !done {
            self.export = Some(export);
        }
        Some(vec![Request::Write(part)])
    }

    fn entry(&self, id: LineId) -> Option<Entry<'_>> {
        let line = self.book.line(id).filter(|line| line.kind == Kind::Line)?;
        let (source, target) = self.words.get(self.source(id.lane())?)?;
        Some(Entry {
            at: line.at,
            label: line.source,
            source,
            target,
            stream: line.stream,
            level: self.level(&line),
            text: line.text.into(),
            cut: line.cut,
        })
    }

    /// The evidence: marked lines with their notes as Markdown, and as JSONL beside it.
    fn write_evidence(&mut self, number: u64, path: &str, cx: &Context) -> Result<Vec<Request>, String> {
        let marks = self.marks.list().iter().filter_map(|mark| {
            let mut entry = self.entry(mark.line?)?;
            // A trace belongs to the line that it explains.
            entry.text = self.message(mark.line?)?.into();
            Some(Marked { entry, note: &mark.note, tags: &mark.tags })
        });
        let marks: Vec<Marked<'_>> = marks.collect();
        let absent = self.marks.list().len() - marks.len();
        let what = match (marks.len(), absent) {
            (0, 0) => return Err("no line is marked for the evidence: m marks, a adds a note".to_owned()),
            (0, _) => {
                return Err("none of the marked lines is held: enter in the list B reads them".to_owned());
            }
            (held, 0) => format!("{held} marked lines"),
            (held, absent) => format!("{held} marked lines; {absent} are not held and not in it"),
        };
        let tally = |lane| -> Option<Tally<'_>> {
            let lane: &Lane = lane;
            let (source, target) = self.words.get(lane.source()?)?;
            let Ledger { received, shown, muted, dropped, gaps, .. } = *lane.ledger();
            Some(Tally { source, target, received, shown, muted, dropped, gaps })
        };
        let view = self.command_line();
        let evidence = Evidence {
            title: "Evidence from logs",
            at: cx.now,
            who: &cx.world.who,
            version: env!("CARGO_PKG_VERSION"),
            view: &view,
            sources: self.lanes().filter_map(tally).collect(),
            marks,
        };
        let Bundle { markdown, jsonl } = evidence.bundle();
        let part = |number: u64, path: String, text: String, record| {
            let what = what.clone();
            let bytes = text.into_bytes();
            Request::Write(FilePart { number, path, bytes, first: true, last: true, what, record })
        };
        let beside = format!("{}.jsonl", path.trim_end_matches(".md"));
        let record = Some(self.record());
        Ok(vec![
            part(number, path.to_owned(), markdown, record),
            part(number + (1 << 32), beside, jsonl, None),
        ])
    }

    /// What the audit says of a file.
    fn record(&self) -> FileRecord {
        let equivalent = self.view_line().to_string();
        FileRecord { command: "logs.export", equivalent, redacted: self.options.redact }
    }

    /// The text of a whole message.
    fn message(&self, id: LineId) -> Option<String> {
        let lines: Vec<&str> =
            self.book.group(id).into_iter().filter_map(|id| Some(self.book.line(id)?.text)).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// For the clipboard.
    pub fn yank(&self, what: Yank, _world: &World) -> Option<String> {
        let redacted = |text: String| self.redacted(&text).into_owned();
        let line = || self.book.line(self.current()?);
        match what {
            Yank::Field => self.field_under_cursor().map(redacted),
            Yank::Line => self.message(self.current()?).map(redacted),
            Yank::Name => Some(line()?.source.to_owned()),
            Yank::Id => {
                let text = line()?.text;
                let found = crate::logs::ids::ids(text).into_iter().next()?;
                Some(text.get(found.range)?.to_owned())
            }
            Yank::Command => self.selection.as_ref().map(|_| self.command_line().to_string()),
        }
    }

    /// This view as a line of `pult logs`.
    pub(super) fn view_line(&self) -> View {
        let sources = match &self.selection {
            Some(LogSelection::Project(name)) => vec![format!("project/{name}")],
            Some(LogSelection::Running) | None => Vec::new(),
            _ => self.members.iter().filter_map(|m| Some(self.words.get(&m.source)?.0.clone())).collect(),
        };
        View {
            sources,
            stack: self.aside.clone().unwrap_or_else(|| self.stack.clone()),
            collapse: self.options.collapse,
            redact: self.options.redact,
            ..View::default()
        }
    }

    /// The same for a shell, where nobody knows of marks.
    fn command_line(&self) -> View {
        let mut view = self.view_line();
        while let Some(i) = view.stack.steps().iter().position(Step::needs_marks) {
            view.stack.remove(i);
        }
        view
    }

    /// Keeps the view under a name.
    ///
    /// # Errors
    /// An empty name.
    pub(super) fn keep_view(&self, name: &str, saved: &mut Saved) -> Result<Vec<Request>, String> {
        if name.is_empty() {
            return Err("a name is needed".to_owned());
        }
        let line = self.view_line().to_string();
        saved.views.retain(|view| view.name != name);
        saved.views.push(KeptView { name: name.to_owned(), line: line.clone() });
        Ok(vec![Request::Notice(format!("kept: {line}"))])
    }

    pub(super) fn choose_view(&self, saved: &Saved) -> Vec<Request> {
        if saved.views.is_empty() {
            return vec![Request::Notice("no view is kept yet; V keeps this one".to_owned())];
        }
        let item = |view: &KeptView| ChoiceItem {
            id: view.name.clone(),
            title: view.name.clone(),
            note: view.line.clone(),
            on: false,
        };
        let items = saved.views.iter().map(item).collect();
        let title = "Kept views";
        vec![Request::Choose(Choice { what: Chooser::LogViews, title, items, many: false, keep_one: false })]
    }

    pub(super) fn open_view(&mut self, ids: &[String], saved: &Saved, cx: &Context) -> Vec<Request> {
        let Some(view) = ids.first().and_then(|id| saved.views.iter().find(|v| v.name == *id)) else {
            return Vec::new();
        };
        let line: View = match view.line.parse() {
            Ok(line) => line,
            Err(why) => return vec![Request::Notice(format!("{} cannot be opened: {why}", view.name))],
        };
        let (selection, missing) = select(&line.sources, cx.world);
        self.stack = line.stack;
        self.options.collapse = line.collapse;
        self.options.redact = line.redact;
        self.book.set_collapse(line.collapse);
        self.apply_stack();
        self.open(selection, cx);
        if missing.is_empty() {
            Vec::new()
        } else {
            vec![Request::Notice(format!("not there now: {}", missing.join(", ")))]
        }
    }
}

/// How a source is written on the command line.
pub(super) fn source_word(source: &LogSourceId, label: &str) -> String {
    match source {
        LogSourceId::Container(_) => format!("docker/{}", label.split('@').next().unwrap_or(label)),
        other => other.to_string(),
    }
}

/// What words of the command line mean here, and those that mean nothing now.
fn select(words: &[String], world: &World) -> (LogSelection, Vec<String>) {
    if words.is_empty() {
        return (LogSelection::Running, Vec::new());
    }
    if let [word] = words
        && let Some(name) = word.strip_prefix("project/")
    {
        return (LogSelection::Project(name.to_owned()), Vec::new());
    }
    let (mut sources, mut missing) = (Vec::new(), Vec::new());
    for word in words {
        let found = match word.split_once('/') {
            Some(("docker", name)) => {
                world.containers().find(|c| c.name == name).map(|c| LogSourceId::Container(c.key()))
            }
            _ => host_log(word, |server| world.target(&TargetId::server(server)).is_some()),
        };
        match found {
            Some(source) => sources.push(source),
            None => missing.push(word.clone()),
        }
    }
    (LogSelection::Sources(sources), missing)
}
