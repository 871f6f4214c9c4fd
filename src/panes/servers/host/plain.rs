//! A view whose rows come whole with one answer: nothing more is asked about the one under the cursor.

use jiff::Timestamp;

use super::list::List;
use super::table::{Row, Table};
use super::view::{Asked, Told, View};
use crate::command::{HostTab, Object};
use crate::domain::fault::Fault;
use crate::domain::server::{Facts, ServerAnswer, ServerAsk};
use crate::panes::{Scene, Yank};

/// The rows of such a view.
pub trait Plain: Row {
    const TAB: HostTab;
    const ASK: ServerAsk;
    /// Seconds between two looks.
    const AGAIN: i64;

    /// `None` when the answer is to another question.
    fn rows(answer: ServerAnswer) -> Option<Vec<Self>>;

    fn told(&self, scene: &Scene) -> Vec<Told>;

    fn yanked(&self, what: Yank) -> String;
}

/// The view.
pub struct PlainView<T: Plain> {
    table: Table<T>,
}

impl<T: Plain> Default for PlainView<T> {
    fn default() -> Self {
        Self { table: Table::default() }
    }
}

impl<T: Plain> View for PlainView<T> {
    fn tab(&self) -> HostTab {
        T::TAB
    }

    fn list(&self) -> &dyn List {
        &self.table
    }

    fn list_mut(&mut self) -> &mut dyn List {
        &mut self.table
    }

    fn asks(&self) -> Vec<Asked> {
        vec![(T::ASK, Some(T::AGAIN))]
    }

    fn answer(&mut self, what: &ServerAsk, result: Result<ServerAnswer, Fault>, now: Timestamp, hold: bool) {
        if *what != T::ASK {
            return;
        }
        match result.map(T::rows) {
            Ok(Some(rows)) => self.table.take(rows, now, hold),
            Ok(None) => {}
            Err(fault) => self.table.fail(fault),
        }
    }

    fn object(&self, _account: Option<&Facts>) -> Option<(String, Object)> {
        None
    }

    fn detail(&self, scene: &Scene) -> Vec<Told> {
        self.table.current().map(|row| row.told(scene)).unwrap_or_default()
    }

    fn yank(&self, what: Yank) -> Option<String> {
        self.table.current().map(|row| row.yanked(what))
    }
}
