//! The text of a terminal, its past included: to be searched and copied.

use unicode_width::UnicodeWidthStr;

use super::emulator::Emulator;
use crate::domain::sanitize;
use crate::domain::terminal::{Found, Spot};

/// Characters of one row that are looked at.
const LONGEST: usize = 4000;

/// A row of text; `wrapped` = it goes on in the next one.
struct Row {
    text: String,
    wrapped: bool,
}

impl Emulator {
    /// Looks further down or up.
    pub fn scroll(&mut self, rows: isize) {
        let back = self.screen().scrollback().saturating_add_signed(rows.saturating_neg());
        self.look_back(back.min(self.past()));
    }

    pub fn scroll_to_end(&mut self) {
        self.look_back(0);
    }

    /// The next place of a text before `from` or behind it, brought into sight. Capitals count when the text
    /// has one.
    pub fn find(&mut self, text: &str, from: Spot, forward: bool) -> Option<Found> {
        let exact = text.chars().any(char::is_uppercase);
        let fold = |text: &str| if exact { text.to_owned() } else { text.to_lowercase() };
        let needle = fold(text);
        if needle.is_empty() {
            return None;
        }
        let columns = u16::try_from(needle.width()).unwrap_or(u16::MAX);
        let oldest = self.oldest();
        let rows = self.rows(0, usize::MAX);
        let hits = rows.iter().enumerate().flat_map(|(i, row)| {
            let row = fold(&row.text);
            let starts: Vec<usize> = row.match_indices(&needle).map(|(at, _)| at).collect();
            let spot = |at: usize| {
                let column = u16::try_from(row.get(..at).unwrap_or_default().width()).unwrap_or(u16::MAX);
                Spot { line: oldest + i as u64, column }
            };
            starts.into_iter().map(spot).collect::<Vec<_>>()
        });
        let at = if forward {
            hits.into_iter().find(|spot| *spot > from)
        } else {
            hits.into_iter().take_while(|spot| *spot < from).last()
        }?;
        self.show(at.line);
        Some(Found { at, columns })
    }

    /// The text from one place to another, both included; rows that were wrapped are one line.
    pub fn copy(&mut self, from: Spot, to: Spot) -> String {
        let (from, to) = if from <= to { (from, to) } else { (to, from) };
        let index = |line: u64| usize::try_from(line.saturating_sub(self.oldest())).unwrap_or(usize::MAX);
        let (first, last) = (index(from.line), index(to.line));
        let mut out = String::new();
        let rows = self.rows(first, last.saturating_add(1));
        let count = rows.len();
        for (i, row) in rows.into_iter().enumerate() {
            let begin = if i == 0 { from.column } else { 0 };
            let end = if first + i == last { to.column } else { u16::MAX };
            let part = columns(&row.text, begin, end);
            out.push_str(if row.wrapped { part } else { part.trim_end() });
            if i + 1 < count && !row.wrapped {
                out.push('\n');
            }
        }
        sanitize::block(&out, usize::MAX)
    }

    /// Brings a row into sight, by as little as it takes.
    pub fn show(&mut self, line: u64) {
        let (past, rows) = (self.past(), usize::from(self.screen().size().0.get()));
        let index = usize::try_from(line.saturating_sub(self.oldest())).unwrap_or(usize::MAX);
        let top = past - self.screen().scrollback().min(past);
        if index < top {
            self.look_back(past - index);
        } else if index >= top + rows {
            self.look_back(past.saturating_sub(index - rows + 1));
        }
    }

    /// Rows counted from the oldest that is kept.
    fn rows(&mut self, from: usize, to: usize) -> Vec<Row> {
        let (past, height) = (self.past(), usize::from(self.screen().size().0.get()));
        let (back, columns) = (self.screen().scrollback(), self.screen().size().1.get());
        let to = to.min(past + height);
        let mut out = Vec::new();
        let mut next = from;
        while next < to {
            // A page of the screen at a time, as that is what can be read.
            self.look_back(past.saturating_sub(next));
            let top = next.min(past);
            let page = self.screen().rows(0, columns).enumerate().skip(next - top).take(to - next);
            let page: Vec<Row> = page
                .map(|(i, text)| {
                    let wrapped = u16::try_from(i).is_ok_and(|i| self.screen().row_wrapped(i));
                    Row { text: sanitize::line(&text, LONGEST).into_owned(), wrapped }
                })
                .collect();
            if page.is_empty() {
                break;
            }
            next += page.len();
            out.extend(page);
        }
        self.look_back(back);
        out
    }
}

/// The part of a text between two columns, both included.
fn columns(text: &str, from: u16, to: u16) -> &str {
    let mut column = 0_usize;
    let (mut begin, mut end) = (text.len(), text.len());
    for (i, c) in text.char_indices() {
        let mut one = [0; 4];
        if column >= usize::from(from) && begin == text.len() {
            begin = i;
        }
        if column > usize::from(to) {
            end = i;
            break;
        }
        column += c.encode_utf8(&mut one).width();
    }
    text.get(begin..end.max(begin)).unwrap_or_default()
}
