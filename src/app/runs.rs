//! Commands on many servers: what each has said so far, as one text.

use jiff::Timestamp;

use super::dialogs::{Dialog, Text};
use super::msg::JobId;
use super::{App, Step};
use crate::domain::mutation::Mutation;
use crate::domain::server::ran::{Answered, report};
use crate::domain::server::{ServerAction, ServerMutation};
use crate::panes::Page;

/// The last command, and what came of it.
#[derive(Debug)]
pub struct LastRun {
    job: JobId,
    command: String,
    /// Where it is to run.
    servers: Vec<String>,
    answers: Vec<Answered>,
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
        Some(Self { job, command: command?, servers, answers: Vec::new(), ended: false })
    }

    fn page(&self) -> Page {
        let silent = |name: &&String| self.answers.iter().all(|one| one.server != **name);
        let silent: Vec<String> = self.servers.iter().filter(silent).cloned().collect();
        let mut lines = report(&self.answers, if self.ended { &silent } else { &[] });
        if !self.ended {
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

    /// Shows what came of a command, unless somebody is busy with something else.
    pub(super) fn run_ended(&mut self, job: JobId) {
        let Some(run) = self.last_run.as_mut().filter(|run| run.job == job) else { return };
        run.ended = true;
        let page = run.page();
        if self.dialogs.is_empty() && self.edit.is_none() && !self.types() {
            self.dialogs.push(Dialog::Text(Text::open(page)));
        }
    }

    pub(super) fn show_run(&mut self, now: Timestamp) {
        match &self.last_run {
            Some(run) => self.dialogs.push(Dialog::Text(Text::open(run.page()))),
            None => self.notices.add("no command was run on servers yet".to_owned(), false, now),
        }
    }
}
