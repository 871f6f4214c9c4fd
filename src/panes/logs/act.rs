//! What the commands do to a view.

use super::options::Saved;
use super::screen::text::MAX_CHARS;
use super::view::LogView;
use crate::command::{LogIntent, LogTab, Motion, PaneIntent};
use crate::domain::log::{LogAnchor, LogSourceId};
use crate::domain::log_selection::LogSelection;
use crate::logs::Level;
use crate::logs::book::{Kind, Lane, Line};
use crate::panes::{Context, Prompt, Request};

/// Columns that a long line moves at a time.
const SHIFT: usize = 20;

impl LogView {
    pub fn act(&mut self, intent: PaneIntent, saved: &mut Saved, cx: &Context) -> Vec<Request> {
        match intent {
            PaneIntent::Logs(intent) => return self.log_intent(intent, saved, cx),
            PaneIntent::Move(motion) if self.detail.takes_keys() => self.go_in_detail(motion, cx),
            PaneIntent::Move(motion) => return self.go(motion, cx),
            PaneIntent::Open if self.detail.takes_keys() => return self.open_item(cx),
            PaneIntent::Open => {
                self.detail.toggle(LogTab::Line);
                self.bring_detail_in(cx);
            }
            PaneIntent::Mark if self.detail.takes_keys() => self.toggle_item(cx),
            PaneIntent::Mark => return self.mark(cx),
            PaneIntent::Fold => self.viewport.shift = self.viewport.shift.saturating_sub(SHIFT),
            PaneIntent::Unfold if !self.options.wrap => {
                self.viewport.shift = (self.viewport.shift + SHIFT).min(MAX_CHARS);
            }
            PaneIntent::ToggleFollow => return self.toggle_follow(cx),
            PaneIntent::NextMatch => return self.next_match(true, cx),
            PaneIntent::PreviousMatch => return self.next_match(false, cx),
            PaneIntent::ColumnChooser => return self.choose_columns(),
            PaneIntent::ToggleDetail => {
                self.detail.open = !self.detail.open;
                self.bring_detail_in(cx);
            }
            PaneIntent::Zoom => self.detail.zoomed = !self.detail.zoomed,
            PaneIntent::Widen => self.detail.percent = (self.detail.percent + 4).min(80),
            PaneIntent::Narrow => self.detail.percent = self.detail.percent.saturating_sub(4).max(25),
            PaneIntent::SwitchFocus if self.detail.focused => self.leave_detail(cx),
            PaneIntent::SwitchFocus => self.detail.focused = self.detail.open,
            PaneIntent::NextTab | PaneIntent::PreviousTab => {
                self.detail.next_tab(if intent == PaneIntent::NextTab { 1 } else { -1 });
                self.bring_detail_in(cx);
            }
            PaneIntent::ClearFilter => return self.leave(cx),
            PaneIntent::Refresh => self.reread(),
            _ => {}
        }
        self.settle(cx);
        Vec::new()
    }

    fn log_intent(&mut self, intent: LogIntent, saved: &mut Saved, cx: &Context) -> Vec<Request> {
        match intent {
            LogIntent::Include => return prompt(Prompt::LogStep(None), ""),
            LogIntent::Exclude => return prompt(Prompt::LogStep(None), "-"),
            LogIntent::Level => self.next_level(),
            LogIntent::Levels => return self.choose_level(saved),
            LogIntent::PopStep => {
                if let Some(last) = self.stack.steps().len().checked_sub(1) {
                    self.stack.remove(last);
                    self.apply_stack();
                }
            }
            LogIntent::MuteLike => return self.mute_like(cx),
            LogIntent::Request => return self.follow_request(cx),
            LogIntent::Context => return self.toggle_context(cx),
            LogIntent::GoToTime => return prompt(Prompt::LogTime, ""),
            LogIntent::LifeBefore => return self.life_before(cx),
            LogIntent::PreviousError => return self.next_error(false, cx),
            LogIntent::NextError => return self.next_error(true, cx),
            LogIntent::Mark => return self.mark(cx),
            LogIntent::Note => {
                self.viewport.hold(&self.book);
                let mark = self.current().and_then(|line| self.marks.get(line));
                return prompt(Prompt::LogNote, mark.map_or("", |mark| &mark.note));
            }
            LogIntent::Tag => {
                self.viewport.hold(&self.book);
                let mark = self.current().and_then(|line| self.marks.get(line));
                return prompt(Prompt::LogTags, &mark.map_or_else(String::new, |mark| mark.tags.join(" ")));
            }
            LogIntent::Export => return prompt(Prompt::LogExport, &self.export_name(cx)),
            LogIntent::Wrap => {
                self.options.wrap = !self.options.wrap;
                self.viewport.shift = 0;
            }
            LogIntent::TimeStyle => self.options.times = self.options.times.next(),
            LogIntent::Zone => return vec![Request::Choose(self.choose_zone())],
            LogIntent::Collapse => {
                self.options.collapse = !self.options.collapse;
                self.viewport.keep();
                self.book.set_collapse(self.options.collapse);
            }
            LogIntent::Redact => self.options.redact = !self.options.redact,
            LogIntent::Histogram => self.options.histogram = !self.options.histogram,
            LogIntent::Sources => return vec![Request::Choose(self.source_choice(cx))],
            LogIntent::OpenFile => return prompt(Prompt::LogFile, "/var/log/"),
            LogIntent::OpenJournal => {
                self.open(LogSelection::Sources(vec![LogSourceId::Journal(None)]), cx);
            }
            LogIntent::OpenRunning => self.open(LogSelection::Running, cx),
            LogIntent::Compare => return self.choose_comparison(),
            LogIntent::Views => return self.choose_view(saved),
            LogIntent::KeepView => return prompt(Prompt::LogView, ""),
            LogIntent::Tab(tab) => {
                self.detail.toggle(tab);
                self.bring_detail_in(cx);
            }
            LogIntent::Remove => self.remove_item(),
            LogIntent::Earlier => self.shift_item(-1),
            LogIntent::Later => self.shift_item(1),
            LogIntent::Star => return self.toggle_star(saved, cx),
            LogIntent::Split => {}
        }
        self.settle(cx);
        Vec::new()
    }

    fn go(&mut self, motion: Motion, cx: &Context) -> Vec<Request> {
        if motion == Motion::Last && self.is_apart() {
            self.back_to_end();
            return Vec::new();
        }
        self.travel(cx, |viewport, book, page, height| viewport.go(motion, book, page, height));
        self.retry_older();
        if motion == Motion::First {
            return self.read_on(cx).into_iter().chain([Request::Visited]).collect();
        }
        self.read_on(cx)
    }

    fn toggle_follow(&mut self, cx: &Context) -> Vec<Request> {
        if self.viewport.follow {
            self.viewport.hold(&self.book);
        } else if self.is_apart() {
            self.back_to_end();
        } else {
            self.viewport.follow = true;
        }
        self.settle(cx);
        Vec::new()
    }

    /// True when what is written now is not what stands behind the lines held: another time is read, or older
    /// pages have pushed the newest lines out.
    pub(super) fn is_apart(&self) -> bool {
        self.anchor != LogAnchor::End || self.lanes().any(Lane::is_detached)
    }

    /// From another time back to what is written now.
    fn back_to_end(&mut self) {
        self.anchor = LogAnchor::End;
        self.seek = None;
        self.reread();
    }

    /// Esc: out of the detail, back from the context, then the search goes, then the detail.
    fn leave(&mut self, cx: &Context) -> Vec<Request> {
        if self.detail.focused {
            self.leave_detail(cx);
        } else if self.aside.is_some() {
            return self.toggle_context(cx);
        } else if !self.search_text.is_empty() {
            self.search_for("", cx);
        } else {
            self.detail.open = false;
        }
        self.settle(cx);
        Vec::new()
    }

    fn next_error(&mut self, forward: bool, cx: &Context) -> Vec<Request> {
        let (book, from) = (&self.book, self.viewport.cursor);
        let is_error = |i: &usize| {
            let line = book.row(*i).and_then(|row| book.line(row.line));
            line.is_some_and(|l| !l.continues && self.level(&l) >= Some(Level::Error))
        };
        let found =
            if forward { (from + 1..book.len()).find(is_error) } else { (0..from).rev().find(is_error) };
        match found {
            Some(index) => {
                self.travel(cx, |v, book, page, height| v.show(index, book, page, height));
                Vec::new()
            }
            None if forward => vec![Request::Notice("no error below".to_owned())],
            None => {
                let mut requests = self.ask_older(20_000);
                let text = if requests.is_empty() {
                    "no error above"
                } else {
                    "no error above; reading older lines"
                };
                requests.push(Request::Notice(text.to_owned()));
                requests
            }
        }
    }

    /// Marks the line and stays on it, whatever comes: a note and tags are mostly next.
    fn mark(&mut self, cx: &Context) -> Vec<Request> {
        let mut marks = std::mem::take(&mut self.marks);
        if let Some((line, source)) = self.to_mark() {
            marks.toggle(&line, source);
        }
        self.marks = marks;
        self.viewport.hold(&self.book);
        self.settle(cx);
        Vec::new()
    }

    /// The line under the cursor, and what its source is called where marks are kept.
    pub(super) fn to_mark(&self) -> Option<(Line<'_>, String)> {
        let line = self.book.line(self.current()?)?;
        // What is no line of a log is not found again.
        let source = self.source(line.id.lane()).filter(|_| line.kind == Kind::Line);
        Some((line, source.map_or_else(String::new, |source| self.kept_as(source))))
    }

    /// The whole text under the cursor, with what continues it.
    pub(super) fn current_text(&self) -> Option<String> {
        Some(self.book.line(self.current()?)?.text.to_owned())
    }
}

fn prompt(what: Prompt, text: &str) -> Vec<Request> {
    vec![Request::Prompt { what, text: text.to_owned() }]
}
