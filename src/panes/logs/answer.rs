//! What the person answers: what was chosen of a list, and texts that were asked for.

use super::options::Saved;
use super::view::LogView;
use super::{levels, zone};
use crate::domain::ids::TargetId;
use crate::domain::log::LogSourceId;
use crate::domain::log_selection::LogSelection;
use crate::domain::log_word::host_log;
use crate::domain::quantity;
use crate::logs::LineView;
use crate::logs::book::Kind;
use crate::logs::filter::{Preview, Step};
use crate::panes::{Choice, ChoiceItem, Chooser, Context, Prompt, Request};

/// Lines that a step is tried on while it is typed.
pub(super) const PREVIEWED: i64 = 10_000;

impl LogView {
    /// What can be read: everything, projects, hosts, containers.
    pub(super) fn source_choice(&self, cx: &Context) -> Choice {
        let mut items = Vec::new();
        let on = |source: &LogSourceId| self.members.iter().any(|m| m.source == *source);
        for member in self.members.iter().filter(|m| !matches!(m.source, LogSourceId::Container(_))) {
            items.push(ChoiceItem {
                id: member.source.to_string(),
                title: member.label.clone(),
                note: member.source.to_string(),
                on: true,
            });
        }
        for c in cx.world.containers() {
            let source = LogSourceId::Container(c.key());
            items.push(ChoiceItem {
                id: format!("{}/{}", c.target.name, c.id),
                title: c.name.clone(),
                note: [&c.target.name, c.project.as_deref().unwrap_or_default(), c.state.word()]
                    .into_iter()
                    .filter(|word| !word.is_empty())
                    .collect::<Vec<_>>()
                    .join(" "),
                on: on(&source),
            });
        }
        for recording in &cx.world.recorder.recordings {
            let source = LogSourceId::Recording(recording.name.clone());
            if !on(&source) {
                let lines = quantity::count(recording.summary.lines);
                items.push(ChoiceItem {
                    id: source.to_string(),
                    title: recording.name.to_string(),
                    note: format!("recorded, {lines} lines"),
                    on: false,
                });
            }
        }
        Choice { what: Chooser::LogSources, title: "Read the logs of", items, many: true, keep_one: false }
    }

    /// What a step that is being typed would do to the newest lines.
    pub(super) fn preview(&self, what: Prompt, text: &str) -> Option<String> {
        let Prompt::LogStep(replaced) = what else { return None };
        let step: Step = text.trim().parse().ok()?;
        let mut stack = self.stack.clone();
        if let Some(index) = replaced {
            stack.remove(index);
        }
        let end = self.book.positions().end;
        let lines = self.book.lines(end - PREVIEWED..end).filter(|line| line.kind == Kind::Line);
        let views = lines.map(|line| LineView { level: self.level(&line), ..levels::view(&line) });
        let Preview { kept, removed } = stack.preview(&step, views);
        let (kept, removed) = (quantity::count(kept), quantity::count(removed));
        Some(format!("of the newest lines {kept} stay, {removed} go"))
    }

    /// Reads these sources. What is read already stays as it is; others come and go.
    pub(super) fn read(&mut self, sources: Vec<LogSourceId>, cx: &Context) {
        let sources = LogSelection::Sources(sources);
        if self.selection.is_none() {
            return self.open(sources, cx);
        }
        self.selection = Some(sources);
        self.resolve(cx);
        self.watch_lifecycle(cx);
    }

    /// Takes what was chosen of a list.
    pub fn chosen(&mut self, what: Chooser, ids: &[String], saved: &mut Saved, cx: &Context) -> Vec<Request> {
        match what {
            Chooser::LogSources => {
                let containers = cx.world.containers();
                let mut sources: Vec<LogSourceId> = self
                    .members
                    .iter()
                    .map(|m| m.source.clone())
                    .filter(|s| !matches!(s, LogSourceId::Container(_)) && ids.contains(&s.to_string()))
                    .collect();
                sources.extend(
                    containers
                        .filter(|c| ids.contains(&format!("{}/{}", c.target.name, c.id)))
                        .map(|c| LogSourceId::Container(c.key())),
                );
                let recordings = cx.world.recorder.recordings.iter();
                let recorded = recordings.map(|r| LogSourceId::Recording(r.name.clone()));
                for source in recorded.filter(|s| ids.contains(&s.to_string())) {
                    if !sources.contains(&source) {
                        sources.push(source);
                    }
                }
                self.read(sources, cx);
            }
            Chooser::LogColumns => self.take_columns(ids, saved),
            Chooser::LogLevels => return self.take_level(ids, saved, cx),
            Chooser::LogZone => return zone::take_choice(ids, saved),
            Chooser::LogViews => return self.open_view(ids, saved, cx),
            Chooser::LogCompare => self.compare(ids),
            Chooser::Columns | Chooser::Paste => {}
        }
        self.settle(cx);
        Vec::new()
    }

    /// Takes a text that was asked for.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn prompted(
        &mut self,
        what: Prompt,
        text: &str,
        saved: &mut Saved,
        cx: &Context,
    ) -> Result<Vec<Request>, String> {
        let text = text.trim();
        let requests = match what {
            Prompt::LogStep(index) => {
                self.take_step(index, text)?;
                Vec::new()
            }
            Prompt::LogTime if text.is_empty() => Vec::new(),
            Prompt::LogTime => {
                let here = self.current().and_then(|line| self.book.line(line)?.at);
                let at = crate::logs::moment::parse(text, cx.now, here, cx.zone)?;
                self.go_to_time(at, cx)
            }
            Prompt::LogZone => zone::take(text, saved)?,
            Prompt::LogNote => {
                let mut marks = std::mem::take(&mut self.marks);
                if let Some((line, source)) = self.to_mark() {
                    marks.set_note(&line, source, text);
                }
                self.marks = marks;
                Vec::new()
            }
            Prompt::LogTags => {
                let mut marks = std::mem::take(&mut self.marks);
                if let Some((line, source)) = self.to_mark() {
                    marks.set_tags(&line, source, text);
                }
                self.marks = marks;
                Vec::new()
            }
            Prompt::LogFile if text.is_empty() => Vec::new(),
            // Other panes ask for these.
            Prompt::ServerFile | Prompt::CompareFile | Prompt::CompareExport | Prompt::RunExport => {
                Vec::new()
            }
            Prompt::LogFile => {
                if text.ends_with('/') {
                    return Err(format!("{text} is a folder; write the name of a file in it"));
                }
                let mut sources: Vec<LogSourceId> = self.members.iter().map(|m| m.source.clone()).collect();
                let word = format!("file/{text}");
                let is_server = |name: &str| cx.world.target(&TargetId::server(name)).is_some();
                let Some(file) = host_log(&word, is_server) else {
                    return Err(format!("{text}: of a server write the whole path, /var/log/syslog@SERVER"));
                };
                if !sources.contains(&file) {
                    sources.push(file);
                }
                self.read(sources, cx);
                Vec::new()
            }
            Prompt::LogExport => self.begin_export(text, cx)?,
            Prompt::LogView => self.keep_view(text, saved)?,
        };
        self.settle(cx);
        Ok(requests)
    }
}
