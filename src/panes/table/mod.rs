//! A list of one kind of object with filter, order, columns and a cursor that stays on its object.

mod draw;
pub mod list;

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use jiff::Timestamp;

use crate::domain::fault::Fault;
use crate::domain::field::Field;
use crate::domain::filter::{FieldSpec, Filter, FilterError, Value, find_field};
use crate::domain::server::thresholds::Limits;
use crate::theme::Role;
use crate::widgets::list::ListState;

/// One object as a row.
pub trait Row: 'static + Sized {
    /// What stays the same when rows move.
    type Id: Clone + Eq + Hash;

    const FIELDS: &'static [Field<Self>];
    const SPECS: &'static [FieldSpec];
    const COLUMNS: &'static [Column];
    /// `units`
    const NOUNS: &'static str;
    /// The field that the list is sorted by at first; numbers from the largest.
    const SORT: &'static str;
    /// The column that takes what is left has at least so many cells; others go for it.
    const LEAST: u16 = 16;
    /// What helps where there are none.
    const EMPTY: &'static str = "";
    /// Several can be marked, to be acted on together.
    const MARKS: bool = false;

    fn id(&self) -> Self::Id;

    /// Where it hangs in the tree.
    fn parent(&self) -> Option<Self::Id> {
        None
    }

    /// How a cell is coloured.
    fn role(&self, column: &str, limits: &Limits<'_>) -> Role;

    /// A cell's figures over time, the oldest first: not a number is a gap, an infinite one a full cell.
    fn past(&self, _column: &str) -> Option<Vec<(f32, Role)>> {
        None
    }

    /// A cell's text where its kind does not say it: times.
    fn text(&self, _column: &str, _now: Timestamp) -> Option<String> {
        None
    }
}

/// A column on screen.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The id of its field.
    pub id: &'static str,
    /// Cells; 0 = what is left.
    pub width: u16,
    /// Where room is short, columns with a higher number go first.
    pub priority: u8,
    /// Shown when nothing was chosen.
    pub shown: bool,
}

/// A column of a list.
pub const fn column(id: &'static str, width: u16, priority: u8, shown: bool) -> Column {
    Column { id, width, priority, shown }
}
/// The list.
pub struct Table<T: Row> {
    data: Vec<T>,
    /// Since when `data` is true.
    pub(in crate::panes) at: Option<Timestamp>,
    /// It is of an earlier visit.
    pub(in crate::panes) is_old: bool,
    /// Why there is nothing newer.
    pub(in crate::panes) fault: Option<Fault>,
    /// Why who answers is out of reach: what is known is old before a question fails.
    link: Option<Fault>,
    filter: Filter,
    pub(in crate::panes) filter_text: String,
    /// Index into the fields.
    pub(in crate::panes) sort: usize,
    pub(in crate::panes) descending: bool,
    pub(in crate::panes) tree: bool,
    /// Indices into `data`, and how deep they hang.
    rows: Vec<(usize, u16)>,
    pub(in crate::panes) list: ListState,
    cursor: Option<T::Id>,
    /// Indices into the columns.
    pub(in crate::panes) columns: Vec<usize>,
    /// Marked objects.
    pub(in crate::panes) marks: HashSet<T::Id>,
    /// Keys go to another list.
    pub(in crate::panes) is_behind: bool,
    /// What is said of the whole above the list.
    pub(in crate::panes) note: Option<(String, Role)>,
    /// That is worth more than how the list is sorted, where there is room for one.
    pub(in crate::panes) note_first: bool,
}

impl<T: Row> Default for Table<T> {
    fn default() -> Self {
        let sort = find_field(T::SPECS, T::SORT).unwrap_or_default();
        let columns = T::COLUMNS.iter().enumerate().filter(|(_, column)| column.shown);
        Self {
            data: Vec::new(),
            at: None,
            is_old: false,
            fault: None,
            link: None,
            filter: Filter::default(),
            filter_text: String::new(),
            sort,
            descending: T::SPECS[sort].kind.is_number(),
            tree: false,
            rows: Vec::new(),
            list: ListState::default(),
            cursor: None,
            columns: columns.map(|(i, _)| i).collect(),
            marks: HashSet::new(),
            is_behind: false,
            note: None,
            note_first: false,
        }
    }
}

impl<T: Row> Table<T> {
    /// What was read; `hold` keeps the rows where they are.
    pub fn take(&mut self, data: Vec<T>, now: Timestamp, hold: bool) {
        let before: Vec<T::Id> = self.rows.iter().map(|(i, _)| self.data[*i].id()).collect();
        self.data = data;
        if !self.marks.is_empty() {
            let there: HashSet<T::Id> = self.data.iter().map(Row::id).collect();
            self.marks.retain(|id| there.contains(id));
        }
        self.at = Some(now);
        (self.is_old, self.fault) = (false, None);
        self.arrange(hold.then_some(&before));
    }

    /// It could not be read: what is known stays.
    /// Why what is known is not as it is.
    fn trouble(&self) -> Option<&Fault> {
        self.fault.as_ref().or(self.link.as_ref())
    }

    pub fn fail(&mut self, fault: Fault) {
        self.fault = Some(fault);
    }

    pub fn data(&self) -> &[T] {
        &self.data
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn row(&self, index: usize) -> Option<(&T, u16)> {
        let (i, depth) = self.rows.get(index)?;
        Some((self.data.get(*i)?, *depth))
    }

    pub fn current(&self) -> Option<&T> {
        self.row(self.list.cursor).map(|(row, _)| row)
    }

    /// Marks what is not marked, and the other way round.
    pub fn turn_mark(&mut self, id: T::Id) {
        if !self.marks.remove(&id) {
            self.marks.insert(id);
        }
    }

    /// Those that are shown, in their order.
    pub fn shown(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().filter_map(|(i, _)| self.data.get(*i))
    }

    /// Puts the cursor on an object.
    pub fn go_to(&mut self, is_it: impl Fn(&T) -> bool) -> bool {
        let found = self.rows.iter().position(|(i, _)| is_it(&self.data[*i]));
        if let Some(index) = found {
            self.list.cursor = index;
            self.cursor = self.current().map(Row::id);
        }
        found.is_some()
    }

    /// Somebody moved the cursor: from now on it stays with its object.
    pub fn moved(&mut self, page: usize) {
        self.list.settle(self.rows.len(), page);
        self.cursor = self.current().map(Row::id);
    }

    /// # Errors
    /// Where and what is wrong; the rows stay as they are.
    pub fn set_filter(&mut self, text: &str) -> Result<(), FilterError> {
        self.filter = Filter::parse(text, T::SPECS)?;
        self.filter_text = text.trim().to_owned();
        self.arrange(None);
        Ok(())
    }

    pub fn sort_by(&mut self, field: usize) {
        self.descending =
            if field == self.sort { !self.descending } else { T::SPECS[field].kind.is_number() };
        self.sort = field;
        self.arrange(None);
    }

    /// The next or previous of the shown columns.
    pub fn sort_step(&mut self, step: isize) {
        let shown: Vec<usize> =
            self.columns.iter().filter_map(|c| find_field(T::SPECS, T::COLUMNS[*c].id)).collect();
        if !shown.is_empty() {
            let at = shown.iter().position(|f| *f == self.sort).unwrap_or(0) as isize;
            self.sort = shown[(at + step).rem_euclid(shown.len() as isize) as usize];
            self.descending = T::SPECS[self.sort].kind.is_number();
            self.arrange(None);
        }
    }

    /// Filters and sorts; rows of `hold` keep their order and new ones come last.
    pub fn arrange(&mut self, hold: Option<&[T::Id]>) {
        let (fields, specs) = (T::FIELDS, T::SPECS);
        let mut rows: Vec<usize> = (0..self.data.len())
            .filter(|i| self.filter.matches(specs, |f| (fields[f].get)(&self.data[*i])))
            .collect();
        let get = fields[self.sort].get;
        rows.sort_by(|a, b| {
            let (x, y) = (get(&self.data[*a]), get(&self.data[*b]));
            let known = x != Value::Absent && y != Value::Absent;
            let order = x.order(&y);
            if self.descending && known { order.reverse() } else { order }
        });
        if let Some(hold) = hold {
            let place: HashMap<&T::Id, usize> = hold.iter().enumerate().map(|(i, id)| (id, i)).collect();
            rows.sort_by_key(|i| place.get(&self.data[*i].id()).copied().unwrap_or(usize::MAX));
        }
        self.rows = if self.tree { self.branches(&rows) } else { rows.into_iter().map(|i| (i, 0)).collect() };
        if let Some(at) = &self.cursor
            && let Some(place) = self.rows.iter().position(|(i, _)| self.data[*i].id() == *at)
        {
            self.list.cursor = place;
        }
        self.list.cursor = self.list.cursor.min(self.rows.len().saturating_sub(1));
    }

    /// The rows below their nearest shown ancestor, in their order among themselves.
    fn branches(&self, rows: &[usize]) -> Vec<(usize, u16)> {
        let by_id: HashMap<T::Id, usize> = self.data.iter().enumerate().map(|(i, d)| (d.id(), i)).collect();
        let shown: HashMap<usize, usize> = rows.iter().enumerate().map(|(place, i)| (*i, place)).collect();
        let up = |i: usize| by_id.get(&self.data[i].parent()?).copied().filter(|parent| *parent != i);
        let mut below: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for i in rows {
            let mut parent = up(*i);
            // What a server says may go in circles.
            for _ in 0..64 {
                match parent {
                    Some(p) if !shown.contains_key(&p) => parent = up(p),
                    _ => break,
                }
            }
            below.entry(parent.filter(|p| shown.contains_key(p))).or_default().push(*i);
        }
        let mut out = Vec::with_capacity(rows.len());
        let mut open: Vec<(usize, u16)> =
            below.remove(&None).unwrap_or_default().into_iter().rev().map(|i| (i, 0)).collect();
        while let Some((i, depth)) = open.pop() {
            out.push((i, depth));
            let children = below.remove(&Some(i)).unwrap_or_default();
            open.extend(children.into_iter().rev().map(|child| (child, depth.saturating_add(1))));
        }
        // Those of a circle hang nowhere.
        let mut left: Vec<usize> = below.into_values().flatten().collect();
        left.sort_by_key(|i| shown.get(i).copied());
        out.extend(left.into_iter().map(|i| (i, 0)));
        out
    }
}
