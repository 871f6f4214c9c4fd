//! Fields of structured lines as columns: chosen per image or file, remembered.

use super::options::Saved;
use super::view::LogView;
use crate::domain::image;
use crate::domain::log::LogSourceId;
use crate::logs::columns::{self, Column};
use crate::panes::{Choice, ChoiceItem, Chooser, Request};

/// Lines looked at to find out which fields there are.
const LOOK: usize = 500;
/// Columns are this wide at most, and blanks between them.
const WIDEST: usize = 60;

impl LogView {
    /// What is known of a program is kept under this: the image of a container whatever its version, the path
    /// of a file.
    pub(super) fn program(&self, lane: usize) -> Option<String> {
        let source = self.source(lane)?;
        Some(match source {
            LogSourceId::Container(_) => image::without_version(self.images.get(source)?).to_owned(),
            other => other.to_string(),
        })
    }

    /// The chosen fields of a lane.
    pub(super) fn columns_of(&self, lane: usize) -> Option<&Vec<String>> {
        if self.columns.is_empty() {
            return None;
        }
        self.columns.get(&self.program(lane)?).filter(|paths| !paths.is_empty())
    }

    /// Widths of these columns: what the lines on the page need, the last one has no bound.
    pub(super) fn column_widths(&self, paths: &[String]) -> Vec<usize> {
        paths
            .iter()
            .map(|path| {
                let known = self.widths.get(path).copied().unwrap_or(0);
                known.clamp(4, WIDEST)
            })
            .collect()
    }

    /// The fields of the lines around the cursor, to choose from.
    pub(super) fn choose_columns(&self) -> Vec<Request> {
        let Some(lane) = self.current().map(|line| line.lane()) else {
            return vec![Request::Notice("there is no line here".to_owned())];
        };
        let chosen = self.columns_of(lane).cloned().unwrap_or_default();
        let suggested = self.suggested(lane);
        if suggested.is_empty() {
            return vec![Request::Notice("the lines around here have no fields".to_owned())];
        }
        let mut items: Vec<ChoiceItem> = suggested
            .iter()
            .map(|column| ChoiceItem {
                id: column.path.clone(),
                title: crate::domain::sanitize::name(&column.path),
                note: format!("{:.0} %", column.share * 100.0),
                on: chosen.contains(&column.path),
            })
            .collect();
        // Those that are on first, in their order.
        items.sort_by_key(|item| chosen.iter().position(|c| *c == item.id).unwrap_or(usize::MAX));
        vec![Request::Choose(Choice {
            what: Chooser::LogColumns,
            title: "Fields as columns",
            items,
            many: true,
            keep_one: false,
        })]
    }

    fn suggested(&self, lane: usize) -> Vec<Column> {
        let from = self.viewport.cursor.saturating_sub(LOOK);
        let lines = (from..self.book.len())
            .filter_map(|i| self.book.line(self.book.row(i)?.line))
            .filter(|line| line.id.lane() == lane)
            .take(LOOK)
            .map(|line| line.text);
        columns::suggest(lines)
    }

    pub(super) fn take_columns(&mut self, ids: &[String], saved: &mut Saved) {
        let Some(lane) = self.current().map(|line| line.lane()) else { return };
        let Some(key) = self.program(lane) else { return };
        for column in self.suggested(lane) {
            self.widths.insert(column.path, column.width);
        }
        // What was on keeps its place, what is new comes behind.
        let before = self.columns.remove(&key).unwrap_or_default();
        let mut paths: Vec<String> = before.into_iter().filter(|path| ids.contains(path)).collect();
        paths.extend(ids.iter().filter(|id| !paths.contains(id)).cloned().collect::<Vec<_>>());
        if !paths.is_empty() {
            self.columns.insert(key, paths);
        }
        saved.columns.clone_from(&self.columns);
    }
}
