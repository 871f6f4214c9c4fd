//! Pages of the journal before and behind an entry.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;

use super::entry::unreadable;
use super::journalctl::{Answer, Journalctl};
use crate::backends::line_index;
use crate::domain::fault::Fault;
use crate::domain::log::LogLine;

/// Lines of one page at most, besides those of its last entry.
const LINES: usize = 20_000;

/// An entry, by the name that the journal has given it, or a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Entry(Arc<str>),
    /// The first entry of that time or later.
    Time(Timestamp),
}

impl line_index::Place for Place {
    fn goes_on_to(&self, _: &Self) -> bool {
        true
    }
}

impl Place {
    /// The argument for this entry and those behind it.
    fn from(&self) -> String {
        match self {
            Self::Entry(cursor) => format!("--cursor={cursor}"),
            Self::Time(at) => format!("--since={}", moment(*at)),
        }
    }

    /// The argument for the entries behind this one.
    pub fn behind(&self) -> String {
        match self {
            Self::Entry(cursor) => format!("--after-cursor={cursor}"),
            Self::Time(_) => self.from(),
        }
    }
}

/// A time as journalctl takes it, to the microsecond.
pub(super) fn moment(at: Timestamp) -> String {
    let us = at.as_microsecond();
    format!("@{}.{:06}", us.div_euclid(1_000_000), us.rem_euclid(1_000_000))
}

/// Lines that follow each other.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub lines: Vec<LogLine>,
    /// The first and the last entry with lines here.
    pub first: Option<Place>,
    pub last: Option<Place>,
    /// False at the journal's beginning, or at its present end.
    pub more: bool,
}

impl Journalctl {
    /// Lines of the entries before a place. As many entries as lines are wanted; those of several lines bring
    /// more.
    ///
    /// # Errors
    /// What journalctl says.
    pub async fn older(&self, place: &Place, count: u32) -> Result<Page, Fault> {
        let count = usize::try_from(count).unwrap_or(LINES).min(LINES);
        let (until, own) = match place {
            Place::Entry(cursor) => (format!("--cursor={cursor}"), Some(cursor)),
            Place::Time(at) => {
                let before = Timestamp::from_microsecond(at.as_microsecond() - 1).unwrap_or(*at);
                (format!("--until={}", moment(before)), None)
            }
        };
        let lines = format!("--lines={}", count + usize::from(own.is_some()));
        let mut answers = self.ask(vec!["--reverse".into(), lines, until]).await?;
        let (mut entries, mut page) = (VecDeque::new(), Page::default());
        while let Some(answer) = answers.next().await? {
            match answer {
                Answer::Entry(entry) if own.is_some_and(|own| **own == *entry.cursor) => {}
                Answer::Entry(entry) => {
                    let place = Place::Entry(entry.cursor.into());
                    page.last.get_or_insert_with(|| place.clone());
                    page.first = Some(place);
                    entries.push_front(entry.lines);
                }
                Answer::Unreadable(bytes) => entries.push_front(vec![unreadable(bytes)]),
                Answer::Remark(_) => {}
            }
        }
        answers.end().await?;
        page.more = entries.len() >= count;
        page.lines = entries.into_iter().flatten().collect();
        Ok(page)
    }

    /// Lines of the entries from a place on, or of those behind it.
    ///
    /// # Errors
    /// What journalctl says.
    pub async fn newer(&self, place: &Place, behind: bool, count: u32) -> Result<Page, Fault> {
        let count = usize::try_from(count).unwrap_or(LINES).min(LINES);
        let from = if behind { place.behind() } else { place.from() };
        let mut answers = self.ask(vec![from]).await?;
        let mut page = Page { more: true, ..Page::default() };
        // It is killed when there is enough.
        while page.lines.len() < count {
            match answers.next().await? {
                Some(Answer::Entry(entry)) => {
                    let place = Place::Entry(entry.cursor.into());
                    page.first.get_or_insert_with(|| place.clone());
                    page.last = Some(place);
                    page.lines.extend(entry.lines);
                }
                Some(Answer::Unreadable(bytes)) => page.lines.push(unreadable(bytes)),
                Some(Answer::Remark(_)) => {}
                None => {
                    answers.end().await?;
                    page.more = false;
                    break;
                }
            }
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_to_the_microsecond() {
        let at = |us| moment(Timestamp::from_microsecond(us).unwrap());
        assert_eq!((at(1_700_000_000_000_001), at(-1)), ("@1700000000.000001".into(), "@-1.999999".into()));
    }
}
