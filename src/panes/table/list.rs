//! What a pane does with a list, whatever its rows are.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::{Column, Row, Table, draw};
use crate::command::PaneIntent;
use crate::domain::fault::Fault;
use crate::domain::filter::{FilterError, find_field};
use crate::panes::split::Parts;
use crate::panes::{Choice, Edit, Request, Scene};

/// A list.
pub trait List {
    /// Movement, order and columns.
    fn act(&mut self, intent: PaneIntent, page: usize) -> Vec<Request>;
    fn click(&mut self, at: Position, parts: &Parts);
    fn wheel(&mut self, delta: isize, page: usize);
    fn choose_columns(&mut self, ids: &[String]);
    fn filter(&self) -> &str;
    /// # Errors
    /// Where and what is wrong.
    fn set_filter(&mut self, text: &str) -> Result<(), FilterError>;
    /// Rows shown, and all there are.
    fn counts(&self) -> (usize, usize);
    /// Takes all marks away; false when there were none.
    fn unmark(&mut self) -> bool;
    fn settle(&mut self, page: usize);
    /// What is known is of an earlier visit, until there is an answer.
    fn grow_old(&mut self);
    /// Whether who answers is out of reach.
    fn set_link(&mut self, lost: Option<&Fault>);
    fn view(&self, scene: &Scene, edit: Option<&Edit>, parts: &Parts, buf: &mut Buffer);
}

impl<T: Row> List for Table<T> {
    fn act(&mut self, intent: PaneIntent, page: usize) -> Vec<Request> {
        match intent {
            PaneIntent::Move(motion) => {
                let len = self.len();
                self.list.step(motion.rows(len, page), len);
                self.moved(page);
            }
            PaneIntent::Mark if T::MARKS => {
                if let Some(id) = self.current().map(Row::id) {
                    self.turn_mark(id);
                    let len = self.len();
                    self.list.step(1, len);
                    self.moved(page);
                }
            }
            PaneIntent::MarkAll if T::MARKS => self.marks = self.shown().map(Row::id).collect(),
            PaneIntent::MarkInvert if T::MARKS => {
                let shown: Vec<T::Id> = self.shown().map(Row::id).collect();
                shown.into_iter().for_each(|id| self.turn_mark(id));
            }
            PaneIntent::Unmark => self.marks.clear(),
            PaneIntent::SortNext => self.sort_step(1),
            PaneIntent::SortPrevious => self.sort_step(-1),
            PaneIntent::SortReverse => self.sort_by(self.sort),
            PaneIntent::Refresh => self.arrange(None),
            PaneIntent::ColumnChooser => {
                let item = |(i, column): (usize, &Column)| {
                    let title = find_field(T::SPECS, column.id).map_or(column.id, |f| T::SPECS[f].title);
                    (column.id, title, self.columns.contains(&i))
                };
                return vec![Request::Choose(Choice::columns(T::COLUMNS.iter().enumerate().map(item)))];
            }
            _ => {}
        }
        Vec::new()
    }

    fn click(&mut self, at: Position, parts: &Parts) {
        if parts.rows.contains(at) {
            let index = self.list.top + usize::from(at.y - parts.rows.y);
            self.list.cursor = index.min(self.len().saturating_sub(1));
            self.moved(parts.page());
        } else if parts.headings.contains(at) {
            let mut x = parts.headings.x + draw::MARGIN;
            for (column, width) in draw::widths(self, parts) {
                if (x..x + width).contains(&at.x)
                    && let Some(field) = find_field(T::SPECS, T::COLUMNS[column].id)
                {
                    return self.sort_by(field);
                }
                x += width + draw::GAP;
            }
        }
    }

    fn wheel(&mut self, delta: isize, page: usize) {
        let len = self.len();
        self.list.scroll(delta, len, page);
        self.moved(page);
    }

    fn choose_columns(&mut self, ids: &[String]) {
        let columns = T::COLUMNS.iter().enumerate();
        let chosen: Vec<usize> =
            columns.filter(|(_, c)| ids.iter().any(|id| id == c.id)).map(|(i, _)| i).collect();
        if !chosen.is_empty() {
            self.columns = chosen;
        }
    }

    fn filter(&self) -> &str {
        &self.filter_text
    }

    fn set_filter(&mut self, text: &str) -> Result<(), FilterError> {
        Table::set_filter(self, text)
    }

    fn counts(&self) -> (usize, usize) {
        (self.len(), self.data().len())
    }

    fn unmark(&mut self) -> bool {
        let had = !self.marks.is_empty();
        self.marks.clear();
        had
    }

    fn settle(&mut self, page: usize) {
        let len = self.len();
        self.list.settle(len, page);
    }

    fn set_link(&mut self, lost: Option<&Fault>) {
        if self.link.as_ref() != lost {
            self.link = lost.cloned();
        }
    }

    fn grow_old(&mut self) {
        self.is_old = true;
    }

    fn view(&self, scene: &Scene, edit: Option<&Edit>, parts: &Parts, buf: &mut Buffer) {
        draw::list(self, scene, edit, parts, buf);
    }
}
