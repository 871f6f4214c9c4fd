//! Logs: what containers, files and the journal write, merged by time, as one page to read, search and filter.
//! One view, or two side by side; each is a `view::LogView` with lines of its own.

mod act;
mod alike;
mod answer;
mod beyond;
mod choose;
mod columns;
pub mod commands;
mod correct;
mod detail;
mod layout;
mod levels;
mod lifecycle;
mod lives;
mod marks;
mod memory;
pub mod options;
mod out;
mod page;
mod pointer;
mod read;
mod screen;
mod seek;
mod view;
mod viewport;
mod work;
mod zone;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::{Facts, LogIntent, PaneId, PaneIntent};
use crate::domain::fault::Fault;
use crate::domain::filter::FilterError;
use crate::domain::ids::ContainerKey;
use crate::domain::log::LogEvent;
use crate::domain::log_selection::LogSelection;
use crate::domain::query::{Answer, Query};
use crate::domain::star::Star;
use crate::domain::world::World;
use crate::panes::{
    Chooser, Context, Edit, LogKey, LogWant, Pane, PaneState, Place, Pointer, Prompt, Request, Scene, Wants,
    Yank,
};

use crate::logs::zone::Zone;
pub use detail::capsule_page;
use view::LogView;

/// The pane.
pub struct LogsPane {
    /// One or two.
    views: Vec<LogView>,
    front: usize,
    /// How it was left: kept views and choices that outlive the session.
    saved: options::Saved,
}

impl Default for LogsPane {
    fn default() -> Self {
        Self { views: vec![LogView::new(0)], front: 0, saved: options::Saved::default() }
    }
}

impl LogsPane {
    fn view(&self) -> &LogView {
        &self.views[self.front.min(self.views.len() - 1)]
    }

    /// Lets the view in front do something, in its own part of the screen.
    fn in_front<T>(
        &mut self,
        cx: &Context,
        act: impl FnOnce(&mut LogView, &mut options::Saved, &Context) -> T,
    ) -> T {
        let area = layout::of_view(cx.area, self.views.len(), self.front);
        let front = self.front.min(self.views.len() - 1);
        let zone = self.views[front].zone.clone();
        let zone = zone.as_ref().map_or(cx.zone, Zone::time_zone);
        let result = act(&mut self.views[front], &mut self.saved, &Context { area, zone, ..*cx });
        if self.views[front].remember(&mut self.saved, cx.now) {
            let Self { views, saved, .. } = self;
            let others = views.iter_mut().enumerate().filter(|(i, _)| *i != front);
            others.for_each(|(_, view)| view.recall_anew(saved));
        }
        result
    }

    /// What was chosen in one view for all of them.
    fn share(&mut self) {
        let Self { views, saved, .. } = self;
        views.iter_mut().for_each(|view| view.take_shared(saved));
    }

    fn split(&mut self, cx: &Context) {
        if self.views.len() == 1 {
            let mut other = LogView::new(1);
            other.copy_choice(self.view());
            self.views.push(other);
            self.front = 1;
        } else {
            // The one that is read stays.
            let mut stays = self.views.swap_remove(self.front);
            stays.move_to(0);
            self.views = vec![stays];
            self.front = 0;
        }
        self.sync(cx);
    }
}

impl Pane for LogsPane {
    fn id(&self) -> PaneId {
        PaneId::Logs
    }

    fn facts(&self, world: &World, facts: &mut Facts) {
        self.view().facts(world, facts);
    }

    fn sync(&mut self, cx: &Context) {
        let count = self.views.len();
        for (i, view) in self.views.iter_mut().enumerate() {
            view.sync(&Context { area: layout::of_view(cx.area, count, i), ..*cx });
            view.recall(&self.saved);
        }
    }

    fn act(&mut self, intent: PaneIntent, cx: &Context) -> Vec<Request> {
        match intent {
            PaneIntent::Logs(LogIntent::Split) => {
                self.split(cx);
                Vec::new()
            }
            PaneIntent::SwitchFocus if self.views.len() > 1 && !self.view().detail.open => {
                self.front = 1 - self.front;
                Vec::new()
            }
            _ => self.in_front(cx, |view, saved, cx| view.act(intent, saved, cx)),
        }
    }

    fn pointer(&mut self, event: Pointer, cx: &Context) -> Vec<Request> {
        let (Pointer::Click { column, row, .. } | Pointer::Wheel { column, row, .. }) = event;
        let at = |i: &usize| layout::of_view(cx.area, self.views.len(), *i).contains((column, row).into());
        if let Some(under) = (0..self.views.len()).find(at) {
            self.front = under;
        }
        self.in_front(cx, |view, _, cx| view.pointer(event, cx))
    }

    fn wants(&self, _cx: &Context) -> Wants {
        Wants { logs: self.background(), ..Wants::default() }
    }

    fn background(&self) -> Vec<LogWant> {
        self.views.iter().flat_map(LogView::wants).collect()
    }

    fn answer(&mut self, _query: &Query, _result: Result<Answer, Fault>, _cx: &Context) {}

    fn log(&mut self, key: &LogKey, event: Option<LogEvent>, cx: &Context) -> Vec<Request> {
        let (slot, count) = (usize::from(key.slot), self.views.len());
        let area = layout::of_view(cx.area, count, slot);
        match self.views.get_mut(slot) {
            Some(view) => view.take(&key.source, event, &Context { area, ..*cx }),
            None => Vec::new(),
        }
    }

    fn stars(&self) -> Vec<Star> {
        // One that cannot be read was written by a later version; it stays in the file.
        self.saved.stars.iter().filter_map(|star| star.parse().ok()).collect()
    }

    fn has_work(&self) -> bool {
        self.views.iter().any(LogView::has_work)
    }

    fn is_answering(&self) -> bool {
        self.views.iter().any(LogView::is_answering)
    }

    fn work(&mut self, cx: &Context) -> Vec<Request> {
        let count = self.views.len();
        let mut requests = Vec::new();
        for (i, view) in self.views.iter_mut().enumerate().filter(|(_, view)| view.has_work()) {
            let area = layout::of_view(cx.area, count, i);
            requests.extend(view.work(&Context { area, ..*cx }));
        }
        requests
    }

    fn preview(&self, what: Prompt, text: &str) -> Option<String> {
        self.view().preview(what, text)
    }

    fn prompted(&mut self, what: Prompt, text: &str, cx: &Context) -> Result<Vec<Request>, String> {
        let requests = self.in_front(cx, |view, saved, cx| view.prompted(what, text, saved, cx));
        self.share();
        requests
    }

    fn chosen(&mut self, what: Chooser, ids: &[String], cx: &Context) -> Vec<Request> {
        let requests = self.in_front(cx, |view, saved, cx| view.chosen(what, ids, saved, cx));
        self.share();
        requests
    }

    fn open_logs(&mut self, logs: LogSelection, cx: &Context) {
        self.in_front(cx, |view, _, cx| view.open(logs, cx));
    }

    fn filter(&self) -> &str {
        ""
    }

    fn set_filter(&mut self, text: &str, cx: &Context) -> Result<(), FilterError> {
        self.in_front(cx, |view, _, cx| view.set_filter(text, cx))
    }

    fn search(&mut self, text: &str, cx: &Context) {
        self.in_front(cx, |view, _, cx| view.search_for(text, cx));
    }

    fn searched(&self) -> &str {
        self.view().search_text()
    }

    fn can_search(&self) -> bool {
        true
    }

    fn search_hint(&self) -> &'static str {
        "text  /regex/  ~ltrs of wrds (letters of words)  enter keeps, esc takes back"
    }

    fn reveal(&mut self, _key: &ContainerKey) {}

    fn yank(&self, what: Yank, world: &World) -> Option<String> {
        self.view().yank(what, world)
    }

    fn place(&self) -> Option<Place> {
        self.view().place()
    }

    fn go_to(&mut self, place: &Place, cx: &Context) -> bool {
        self.in_front(cx, |view, _, cx| view.go_to(place, cx))
    }

    fn next_change(&self, cx: &Context) -> Option<Timestamp> {
        self.views.iter().filter_map(|view| view.next_change(cx.now)).min()
    }

    fn save(&self) -> PaneState {
        self.saved.save(self.view())
    }

    fn restore(&mut self, state: &PaneState) {
        self.saved = options::Saved::restore(state);
        let Self { views, saved, .. } = self;
        views.iter_mut().for_each(|view| view.take_options(saved));
    }

    fn view(&self, scene: &Scene, _edit: Option<&Edit>, area: Rect, buf: &mut Buffer) {
        for (i, view) in self.views.iter().enumerate() {
            let focused = i == self.front;
            let zone = view.zone.as_ref().map_or(scene.zone, Zone::time_zone);
            let scene = &Scene { zone, ..*scene };
            screen::view(view, scene, focused, layout::of_view(area, self.views.len(), i), buf);
            if i > 0 {
                layout::draw_border(area, self.views.len(), scene.theme, buf);
            }
        }
    }
}
