//! Servers beside each other: the same questions to all of them, their answers in groups, and in what they differ.
//! It is there while servers are compared. It only reads; nothing of it is kept.

mod act;
pub mod commands;
mod out;
mod question;
mod rows;
mod sheet;
mod view;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::command::{Facts, PaneId, PaneIntent};
use crate::domain::compare_fields::Compared;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::filter::FilterError;
use crate::domain::ids::{ContainerKey, TargetId, TargetKind};
use crate::domain::query::{Answer, Query};
use crate::domain::server::{Facet, Pace, ServerAnswer, ServerAsk, ServerQuery};
use crate::domain::world::World;
use crate::panes::place::place;
use crate::panes::table::Table;
use crate::panes::table::list::List;
use crate::panes::{
    Chooser, Context, Edit, FilePart, FileRecord, Pane, PaneState, Place, Pointer, Prompt, QueryWant,
    Request, Scene, Wants, Yank,
};

use out::Form;
use question::{Asked, Question, Reach, due};
use sheet::{Sheet, names};

/// The share of the list beside the detail, per cent.
const SHARE: u16 = 42;

/// Numbers of files that are written here; those of other panes are others.
const FILES: u64 = 1 << 32;

/// The pane.
#[derive(Default)]
pub struct ComparePane {
    servers: Vec<Asked>,
    questions: Vec<Question>,
    table: Table<Compared>,
    /// The question under the cursor in full, and the line of it that is at the top.
    sheet: Sheet,
    top: usize,
    /// The sheet has the keys.
    reading: bool,
    /// Rows were left where they are for a moment.
    held: bool,
    hides_detail: bool,
    /// Another round asks everything again.
    round: u64,
    exports: u64,
    export: Option<Export>,
}

/// A file that is being written.
#[derive(Debug)]
struct Export {
    path: String,
    form: Form,
    /// The question that comes next.
    next: usize,
}

impl Pane for ComparePane {
    fn id(&self) -> PaneId {
        PaneId::Compare
    }

    fn is_there(&self) -> bool {
        !self.servers.is_empty()
    }

    fn facts(&self, world: &World, facts: &mut Facts) {
        (facts.rows, facts.total) = self.table.counts();
        facts.filtered = !self.table.filter().is_empty();
        facts.in_detail = self.reading;
        facts.marked_places = self.servers.iter().map(|(server, _)| place(world, server)).collect();
        facts.place = facts.marked_places.first().cloned();
    }

    fn sync(&mut self, cx: &Context) {
        let reach = |(server, _): &Asked| (server.clone(), Reach::of(cx.world, server));
        let servers: Vec<Asked> = self.servers.iter().map(reach).collect();
        let released = self.held && !cx.hold;
        if servers != self.servers || released {
            self.servers = servers;
            for question in &mut self.questions {
                question.count(&self.servers);
            }
            self.arrange(cx);
        }
        let page = self.parts(cx.area).page();
        self.table.settle(page);
    }

    fn act(&mut self, intent: PaneIntent, cx: &Context) -> Vec<Request> {
        let parts = self.parts(cx.area);
        let before = self.table.current().map(|row| row.facet.clone());
        match intent {
            PaneIntent::Compare(intent) => return self.compare(intent, cx),
            PaneIntent::Move(motion) if self.reading => {
                self.scroll(motion.rows(self.sheet.lines.len(), parts.detail.height.into()));
            }
            PaneIntent::Open | PaneIntent::Unfold => self.reading = !self.sheet.lines.is_empty(),
            PaneIntent::Zoom | PaneIntent::SwitchFocus => self.reading = !self.reading,
            PaneIntent::Fold => self.reading = false,
            PaneIntent::ClearFilter if self.reading => self.reading = false,
            PaneIntent::ClearFilter if self.table.filter().is_empty() => return vec![Request::Leave],
            PaneIntent::ClearFilter => {
                let _always_fits = self.set_filter("", cx);
            }
            PaneIntent::ToggleDetail => self.hides_detail = !self.hides_detail,
            PaneIntent::Refresh => {
                let servers = self.servers.iter().map(|(server, _)| server.clone()).collect();
                self.begin(servers, cx.world);
                self.arrange(cx);
            }
            _ => {
                let requests = self.table.act(intent, parts.page());
                self.table.settle(parts.page());
                if self.table.current().map(|row| &row.facet) != before.as_ref() {
                    self.show(before);
                }
                return requests;
            }
        }
        Vec::new()
    }

    fn pointer(&mut self, event: Pointer, cx: &Context) -> Vec<Request> {
        let parts = self.parts(cx.area);
        let before = self.table.current().map(|row| row.facet.clone());
        match event {
            Pointer::Wheel { column, row, delta } if parts.detail.contains(Position::new(column, row)) => {
                self.scroll(isize::from(delta) * 3);
            }
            Pointer::Wheel { delta, .. } => self.table.wheel(isize::from(delta) * 3, parts.page()),
            Pointer::Click { column, row, double } => {
                self.table.click(Position::new(column, row), &parts);
                self.reading |= double && parts.rows.contains(Position::new(column, row));
            }
        }
        if self.table.current().map(|row| &row.facet) != before.as_ref() {
            self.show(before);
        }
        Vec::new()
    }

    fn wants(&self, _cx: &Context) -> Wants {
        let want = |(target, facet): (&TargetId, &Facet)| {
            let query = ServerQuery { target: target.clone(), what: ServerAsk::Facet(facet.clone()) };
            QueryWant { query: Query::Server(query), version: self.round, refresh_s: None }
        };
        Wants {
            servers: self.servers.iter().map(|(server, _)| (server.clone(), Pace::Listed)).collect(),
            queries: due(&self.questions, &self.servers).into_iter().map(want).collect(),
            ..Wants::default()
        }
    }

    fn answer(&mut self, query: &Query, result: Result<Answer, Fault>, cx: &Context) {
        let Query::Server(ServerQuery { target, what: ServerAsk::Facet(facet) }) = query else { return };
        let said = result.and_then(|answer| match answer {
            Answer::Server(ServerAnswer::Facet(said)) => Ok(said),
            _ => Err(Fault::new(FaultKind::Bug, "the answer was of another kind")),
        });
        if let Some(question) = self.questions.iter_mut().find(|question| question.facet == *facet) {
            question.take(target.clone(), said, &self.servers);
            self.arrange(cx);
        }
    }

    fn prompted(&mut self, what: Prompt, text: &str, cx: &Context) -> Result<Vec<Request>, String> {
        match what {
            Prompt::CompareFile if !text.is_empty() => self.add(text, cx),
            Prompt::CompareExport if !text.is_empty() => {
                self.exports += 1;
                self.export = Some(Export { path: text.to_owned(), form: Form::of(text)?, next: 0 });
                Ok(Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn has_work(&self) -> bool {
        self.export.is_some()
    }

    /// Writes the next question.
    fn work(&mut self, _cx: &Context) -> Vec<Request> {
        let Some(mut export) = self.export.take() else { return Vec::new() };
        let Some(question) = self.questions.get(export.next) else { return Vec::new() };
        let bytes = export.form.write(question).into_bytes();
        export.next += 1;
        let servers: Vec<TargetId> = self.servers.iter().map(|(server, _)| server.clone()).collect();
        let part = FilePart {
            number: FILES + self.exports,
            path: export.path.clone(),
            bytes,
            first: export.next == 1,
            last: export.next == self.questions.len(),
            what: format!("{} questions", self.questions.len()),
            record: Some(FileRecord {
                command: "compare.export",
                equivalent: format!("compare {}", names(&servers)),
                redacted: false,
            }),
        };
        self.export = (!part.last).then_some(export);
        vec![Request::Write(part)]
    }

    fn filter(&self) -> &str {
        self.table.filter()
    }

    fn set_filter(&mut self, text: &str, cx: &Context) -> Result<(), FilterError> {
        let before = self.table.current().map(|row| row.facet.clone());
        List::set_filter(&mut self.table, text)?;
        self.table.settle(self.parts(cx.area).page());
        self.show(before);
        Ok(())
    }

    fn chosen(&mut self, _what: Chooser, ids: &[String], _cx: &Context) -> Vec<Request> {
        self.table.choose_columns(ids);
        Vec::new()
    }

    fn search(&mut self, _text: &str, _cx: &Context) {}

    fn can_search(&self) -> bool {
        false
    }

    fn reveal(&mut self, _key: &ContainerKey) {}

    fn yank(&self, what: Yank, _world: &World) -> Option<String> {
        let question = self.current()?;
        let others = || question.groups.groups.iter().skip(1).flat_map(|group| &group.servers);
        Some(match what {
            Yank::Name => question.facet.title(),
            // Who differs.
            Yank::Id | Yank::Field => others().map(|server| &*server.name).collect::<Vec<_>>().join(" "),
            Yank::Command => question.facet.command()?.to_owned(),
            Yank::Line => self.sheet.text(),
        })
    }

    fn place(&self) -> Option<Place> {
        let names: Vec<String> = self.servers.iter().map(|(server, _)| server.to_string()).collect();
        (!names.is_empty()).then(|| Place(names.join(" ")))
    }

    /// The place is the servers' names: others than before are asked anew.
    fn go_to(&mut self, place: &Place, cx: &Context) -> bool {
        if self.place().as_ref() != Some(place) {
            let known = cx.world.targets.iter().filter(|target| target.id.kind == TargetKind::Server);
            let named = known.filter(|target| place.0.split(' ').any(|name| name == target.id.to_string()));
            let servers: Vec<TargetId> = named.map(|target| target.id.clone()).collect();
            if servers.is_empty() {
                return false;
            }
            self.reading = false;
            self.begin(servers, cx.world);
            self.arrange(cx);
        }
        true
    }

    fn next_change(&self, _cx: &Context) -> Option<Timestamp> {
        None
    }

    fn save(&self) -> PaneState {
        PaneState::default()
    }

    fn restore(&mut self, _state: &PaneState) {}

    fn view(&self, scene: &Scene, edit: Option<&Edit>, area: Rect, buf: &mut Buffer) {
        if self.servers.is_empty() {
            return view::empty(scene, area, buf);
        }
        let parts = self.parts(area);
        if !parts.rows.is_empty() {
            self.table.view(scene, edit, &parts, buf);
        }
        parts.draw_rule(scene.theme, buf);
        view::sheet(&self.sheet, self.top, scene, parts.detail, buf);
    }
}
