//! What happens in the pane: who is compared, which question is open, where its reader is.

use ratatui::layout::Rect;

use super::question::{Question, Reach};
use super::sheet::{Sheet, names};
use super::{ComparePane, SHARE};
use crate::command::CompareIntent;
use crate::domain::compare_fields::Compared;
use crate::domain::ids::TargetId;
use crate::domain::server::{Facet, FilePath};
use crate::domain::world::World;
use crate::panes::split::{self, Parts, Shape};
use crate::panes::table::list::List;
use crate::panes::{Context, Prompt, Request};
use crate::theme::Role;

impl ComparePane {
    pub(super) fn parts(&self, area: Rect) -> Parts {
        let rows = u16::try_from(self.table.len()).unwrap_or(u16::MAX);
        let shape = Shape {
            detail_open: !self.hides_detail || self.reading,
            zoomed: self.reading,
            detail_focused: self.reading,
            stacked: (area.width < split::SIDE_BY_SIDE).then_some(rows),
            percent: SHARE,
        };
        split::compute(area, shape)
    }

    /// Asks these servers everything, from the beginning.
    pub(super) fn begin(&mut self, servers: Vec<TargetId>, world: &World) {
        let files: Vec<Facet> =
            self.questions.drain(..).map(|question| question.facet).skip(Facet::ALL.len()).collect();
        self.servers = servers.into_iter().map(|id| (id.clone(), Reach::of(world, &id))).collect();
        let facets = Facet::ALL.into_iter().chain(files);
        self.questions = facets.map(|facet| Question::new(facet, &self.servers)).collect();
        self.round += 1;
    }

    pub(super) fn current(&self) -> Option<&Question> {
        let facet = &self.table.current()?.facet;
        self.questions.iter().find(|question| question.facet == *facet)
    }

    /// After an answer, and after the cursor has moved.
    pub(super) fn arrange(&mut self, cx: &Context) {
        let before = self.table.current().map(|row| row.facet.clone());
        let rows: Vec<Compared> = self.questions.iter().map(Question::row).collect();
        if self.table.data() != rows || self.held {
            self.table.take(rows, cx.now, cx.hold);
            self.held = cx.hold;
        }
        let waiting: usize = self.questions.iter().map(|question| question.waiting).sum();
        let asked = if waiting > 0 { format!(", {waiting} answers to come") } else { String::new() };
        let told: Vec<TargetId> = self.servers.iter().map(|(server, _)| server.clone()).collect();
        let text = format!("{} servers{asked}: {}", told.len(), names(&told));
        self.table.note = Some((text, Role::Muted));
        let page = self.parts(cx.area).page();
        self.table.settle(page);
        self.show(before);
    }

    /// Makes the sheet of what is under the cursor; a reader stays where he is in the same one.
    pub(super) fn show(&mut self, before: Option<Facet>) {
        if self.table.current().map(|row| &row.facet) != before.as_ref() {
            self.top = 0;
        }
        self.sheet = self.current().map(Sheet::of).unwrap_or_default();
        self.top = self.top.min(self.sheet.lines.len().saturating_sub(1));
    }

    pub(super) fn scroll(&mut self, rows: isize) {
        self.top = self.top.saturating_add_signed(rows).min(self.sheet.lines.len().saturating_sub(1));
    }

    /// To the next difference: of this question, else of the next one that has any.
    pub(super) fn jump(&mut self, forward: bool) -> Vec<Request> {
        if let Some(stop) = self.sheet.stop(self.top, forward) {
            self.top = stop;
            return Vec::new();
        }
        let at = self.table.list.cursor;
        let differs =
            |i: &usize| self.table.row(*i).is_some_and(|(row, _)| row.differ > 0 && row.waiting == 0);
        let found =
            if forward { (at + 1..self.table.len()).find(differs) } else { (0..at).rev().find(differs) };
        let Some(facet) = found.and_then(|i| self.table.row(i)).map(|(row, _)| row.facet.clone()) else {
            return vec![Request::Notice(format!(
                "no further difference; {} goes the other way",
                if forward { "N" } else { "n" }
            ))];
        };
        self.table.go_to(|row| row.facet == facet);
        self.show(None);
        let stop = if forward { self.sheet.stops.first() } else { self.sheet.stops.last() };
        self.top = stop.copied().unwrap_or(0);
        Vec::new()
    }

    /// Adds a question about a file, and goes to it.
    pub(super) fn add(&mut self, path: &str, cx: &Context) -> Result<Vec<Request>, String> {
        let path =
            FilePath::new(path.trim()).ok_or_else(|| format!("{path}: write the whole path, from / on"))?;
        let facet = Facet::File(path);
        if self.questions.iter().all(|question| question.facet != facet) {
            self.questions.push(Question::new(facet.clone(), &self.servers));
        }
        self.arrange(cx);
        let before = self.table.current().map(|row| row.facet.clone());
        self.table.go_to(|row| row.facet == facet);
        self.show(before);
        Ok(Vec::new())
    }

    pub(super) fn compare(&mut self, intent: CompareIntent, cx: &Context) -> Vec<Request> {
        match intent {
            CompareIntent::NextDifference => self.jump(true),
            CompareIntent::PreviousDifference => self.jump(false),
            CompareIntent::File => {
                vec![Request::Prompt { what: Prompt::CompareFile, text: "/etc/".to_owned() }]
            }
            // Through the same gate as from the list of servers.
            CompareIntent::Run => vec![Request::Run("server.run")],
            CompareIntent::Export => {
                let at = cx.now.to_zoned(cx.zone.clone()).strftime("%Y%m%d-%H%M%S");
                vec![Request::Prompt { what: Prompt::CompareExport, text: format!("compare-{at}.txt") }]
            }
            CompareIntent::Leave if self.reading => {
                self.reading = false;
                Vec::new()
            }
            CompareIntent::Leave => vec![Request::Leave],
        }
    }
}
