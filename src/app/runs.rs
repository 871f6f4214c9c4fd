//! Commands on many servers: what each has said so far, as one text, and whether the others may begin.

use jiff::Timestamp;

use super::dialogs::{Dialog, Text};
use super::msg::JobId;
use super::run_report::{json_lines, report};
use super::{App, Effect, Step};
use crate::domain::mutation::Mutation;
use crate::domain::server::ran::Answered;
use crate::domain::server::{ServerAction, ServerMutation};
use crate::panes::{Edit, EditKind, FilePart, FileRecord, Page, Prompt};
use crate::widgets::field::Field;

/// Numbers of files that are written here; those of panes are others.
const FILES: u64 = 2 << 32;

/// The last command, and what came of it.
#[derive(Debug)]
pub struct LastRun {
    job: JobId,
    command: String,
    /// Where it is to run.
    servers: Vec<String>,
    answers: Vec<Answered>,
    /// The first one has answered, and the others wait for somebody to say so.
    waits: bool,
    ended: bool,
}

impl LastRun {
    /// What is to be run, if it is a command.
    pub fn of(job: JobId, mutations: &[Mutation]) -> Option<Self> {
        let mut command = None;
        for mutation in mutations {
            match mutation {
                Mutation::Server(ServerMutation { action: ServerAction::Run(run), .. }) => {
                    command = Some(run.command.clone());
                }
                _ => return None,
            }
        }
        let servers = mutations.iter().map(|m| m.name().to_owned()).collect();
        Some(Self { job, command: command?, servers, answers: Vec::new(), waits: false, ended: false })
    }

    fn silent(&self) -> Vec<String> {
        let silent = |name: &&String| self.answers.iter().all(|one| one.server != **name);
        self.servers.iter().filter(silent).cloned().collect()
    }

    fn page(&self) -> Page {
        let silent = self.silent();
        let mut lines = report(&self.answers, if self.ended { &silent } else { &[] });
        if self.waits {
            let (n, verb) = (silent.len(), if silent.len() == 1 { "waits" } else { "wait" });
            lines.push(String::new());
            lines.push(format!(
                "\u{2500}\u{2500} {n} {verb} for you: ctrl-g goes on; esc, then ctrl-x spares them: {}",
                silent.join("  ")
            ));
        } else if !self.ended {
            lines.push(format!("\u{2500}\u{2500} no answer yet: {}", silent.join("  ")));
        }
        Page { title: format!("{}: {} of {}", self.command, self.answers.len(), self.servers.len()), lines }
    }
}

impl App {
    /// What one server has said.
    pub(super) fn ran(&mut self, job: JobId, answered: Answered) -> Step {
        if let Some(run) = self.last_run.as_mut().filter(|run| run.job == job) {
            run.answers.push(answered);
        }
        Step::soon()
    }

    /// The first one has answered: what it said is shown, and nothing else begins.
    pub(super) fn run_waits(&mut self, job: JobId, now: Timestamp) -> Step {
        if let Some(run) = self.last_run.as_mut().filter(|run| run.job == job) {
            run.waits = true;
            if let Some(job) = self.jobs.get_mut(job) {
                job.stage = Some(("waits for you".to_owned(), None));
            }
            if !self.show_page() {
                let text = "the first server has answered, the others wait: the last command goes on when you say so";
                self.notices.add(text.to_owned(), false, now);
            }
        }
        Step::now()
    }

    /// True while a command waits for a person.
    pub(super) fn run_is_waiting(&self) -> bool {
        self.last_run.as_ref().is_some_and(|run| run.waits && !run.ended)
    }

    /// Begins the command on the others.
    pub(super) fn go_on(&mut self) -> Step {
        let Some(run) = self.last_run.as_mut().filter(|run| run.waits) else { return Step::now() };
        run.waits = false;
        if let Some(job) = self.jobs.get_mut(run.job) {
            job.stage = None;
        }
        if matches!(self.dialogs.last(), Some(Dialog::Text(_))) {
            self.dialogs.pop();
        }
        Step::now().with(Effect::GoOn(run.job))
    }

    /// Shows what came of a command, unless somebody is busy with something else.
    pub(super) fn run_ended(&mut self, job: JobId) {
        let Some(run) = self.last_run.as_mut().filter(|run| run.job == job) else { return };
        (run.ended, run.waits) = (true, false);
        self.show_page();
    }

    /// False when somebody is busy with something else.
    fn show_page(&mut self) -> bool {
        let free = self.dialogs.is_empty() && self.edit.is_none() && !self.types();
        if let (true, Some(run)) = (free, &self.last_run) {
            self.dialogs.push(Dialog::Text(Text::open(run.page())));
        }
        free
    }

    pub(super) fn show_run(&mut self, now: Timestamp) {
        match &self.last_run {
            Some(run) => self.dialogs.push(Dialog::Text(Text::open(run.page()))),
            None => self.no_run(now),
        }
    }

    fn no_run(&mut self, now: Timestamp) {
        self.notices.add("no command was run on servers yet".to_owned(), false, now);
    }

    /// Asks where the answers are to be written.
    pub(super) fn ask_run_file(&mut self, now: Timestamp) {
        if self.last_run.is_none() {
            return self.no_run(now);
        }
        let at = now.to_zoned(self.zone.clone()).strftime("%Y%m%d-%H%M%S");
        let text = format!("run-{at}.txt");
        let field = Field::new(&text);
        self.edit =
            Some(Edit { kind: EditKind::Prompt(Prompt::RunExport), field, error: None, before: text });
    }

    /// Writes every answer to a file.
    ///
    /// # Errors
    /// A name that says no format.
    pub(super) fn write_run(&mut self, path: &str) -> Result<Step, String> {
        let Some(run) = self.last_run.as_ref().filter(|_| !path.is_empty()) else { return Ok(Step::now()) };
        let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let text = match extension.as_deref() {
            Some("txt") => {
                let page = run.page();
                format!("{}\n\n{}\n", page.title, page.lines.join("\n"))
            }
            Some("jsonl" | "ndjson" | "json") => json_lines(&run.command, &run.answers, &run.silent()),
            _ => {
                return Err(
                    "the name says what is written: .txt (as shown), .jsonl (a line a server)".to_owned()
                );
            }
        };
        self.run_files += 1;
        let part = FilePart {
            number: FILES + self.run_files,
            path: path.to_owned(),
            bytes: text.into_bytes(),
            first: true,
            last: true,
            what: format!("{} answers", run.answers.len()),
            record: Some(FileRecord {
                command: "app.export_run",
                equivalent: run.command.clone(),
                redacted: false,
            }),
        };
        Ok(Step::now().with(Effect::Write(part)))
    }
}
