//! The difference between two frames as few bytes.
//!
//! Every row that changed is written in the cheapest of a few ways (cell by cell, with its blank end erased,
//! erased from the first change on), tried out one after the other in a scratch buffer. What the terminal may
//! see differently than we do (the width of an emoji or of a combination) is followed by an absolute column, so that
//! a disagreement spoils two cells and not the row. An unchanged frame is no bytes at all.

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::{Position, Rect};
use ratatui::style::Color;

use super::sgr::{self, ON_BLANK, Pen};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
const WIPE: &[u8] = b"\x1b[m\x1b[H\x1b[2J";
const ERASE_LINE: &[u8] = b"\x1b[K";

/// A column that is not known: behind the last one, or after a character of doubtful width.
const NOWHERE: u16 = u16::MAX;
/// Unchanged cells that are printed again, at most, in place of a move over them.
const SHORT_GAP: u16 = 8;

/// What the terminal shows, and how to get from there to the next frame.
#[derive(Debug)]
pub struct Encoder {
    /// The cells on the screen, row by row. The second cell of a wide character has an empty symbol.
    shown: Vec<Cell>,
    area: Rect,
    state: State,
    /// The cursor, when it is visible.
    cursor: Option<Position>,
    wipe: bool,
    /// Erasing paints the pen's background. All but GNU screen and some ancient terminals do that.
    erase_paints: bool,
    /// Candidates for a row.
    trial: Vec<u8>,
    best: Vec<u8>,
}

/// The part of the terminal's state that every byte may change.
#[derive(Debug, Clone, Copy)]
struct State {
    pen: Pen,
    x: u16,
    y: u16,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder {
    /// An encoder that paints its first frame from scratch, on a screen whose cursor is hidden.
    pub fn new() -> Self {
        Self {
            shown: Vec::new(),
            area: Rect::ZERO,
            state: State { pen: Pen::DEFAULT, x: NOWHERE, y: NOWHERE },
            cursor: None,
            wipe: true,
            erase_paints: true,
            trial: Vec::new(),
            best: Vec::new(),
        }
    }

    /// Whether the terminal paints the background when it erases (`bce` in terminfo).
    pub fn set_erase_paints(&mut self, erase_paints: bool) {
        self.erase_paints = erase_paints;
    }

    /// Forgets what the terminal shows: the next frame is painted from scratch. For the time after another program
    /// had the screen; the cursor is taken for hidden.
    pub fn invalidate(&mut self) {
        self.wipe = true;
        self.cursor = None;
    }

    /// Appends to `out` what turns the screen into `next`, with the cursor at `cursor` or hidden.
    pub fn frame(&mut self, next: &Buffer, cursor: Option<Position>, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(BEGIN);
        let body = out.len();
        if self.wipe || self.area != next.area {
            self.wipe_screen(next.area, out);
        }
        let width = usize::from(self.area.width);
        if width > 0 {
            for (y, row) in (0..self.area.height).zip(next.content.chunks_exact(width)) {
                self.row(y, row, out);
            }
        }
        self.place_cursor(cursor, out);
        if out.len() == body {
            out.truncate(start);
        } else {
            out.extend_from_slice(END);
        }
    }

    fn wipe_screen(&mut self, area: Rect, out: &mut Vec<u8>) {
        out.extend_from_slice(WIPE);
        self.area = area;
        self.shown.clear();
        self.shown.resize(usize::from(area.width) * usize::from(area.height), Cell::EMPTY);
        self.state = State { pen: Pen::DEFAULT, x: 0, y: 0 };
        self.wipe = false;
    }

    fn row(&mut self, y: u16, next: &[Cell], out: &mut Vec<u8>) {
        let width = usize::from(self.area.width);
        let begin = usize::from(y) * width;
        let Some(shown) = self.shown.get_mut(begin..begin + width) else { return };
        let Some(first) = first_change(shown, next) else { return };

        let mut row = Row { shown, next, y, erase: None };
        let mut best_state = self.state;
        self.best.clear();
        row.write(first, &mut best_state, &mut self.best);
        let (end, bg) = blank_end(next, self.erase_paints);
        for from in [end.max(first), first] {
            // Erasing costs three bytes.
            if usize::from(from) + 3 > width || row.erase == Some((from, bg)) {
                continue;
            }
            row.erase = Some((from, bg));
            let mut state = self.state;
            self.trial.clear();
            row.write(first, &mut state, &mut self.trial);
            if self.trial.len() < self.best.len() {
                std::mem::swap(&mut self.trial, &mut self.best);
                best_state = state;
            }
        }
        out.extend_from_slice(&self.best);
        self.state = best_state;
        remember(shown, next, usize::from(first));
    }

    fn place_cursor(&mut self, cursor: Option<Position>, out: &mut Vec<u8>) {
        if let Some(at) = cursor {
            let x = at.x.saturating_sub(self.area.x).min(self.area.width.saturating_sub(1));
            let y = at.y.saturating_sub(self.area.y).min(self.area.height.saturating_sub(1));
            go(&mut self.state, x, y, out);
        }
        match (self.cursor.is_some(), cursor.is_some()) {
            (false, true) => out.extend_from_slice(b"\x1b[?25h"),
            (true, false) => out.extend_from_slice(b"\x1b[?25l"),
            _ => {}
        }
        self.cursor = cursor;
    }
}

/// A row that has to change.
struct Row<'a> {
    shown: &'a [Cell],
    next: &'a [Cell],
    y: u16,
    /// Erase from this column to the end, in this colour, before anything there is painted.
    erase: Option<(u16, Color)>,
}

impl Row<'_> {
    fn write(&self, first: u16, state: &mut State, out: &mut Vec<u8>) {
        let width = u16::try_from(self.next.len()).unwrap_or(u16::MAX);
        let mut x = first;
        let mut erased = None;
        while x < width {
            if let (None, Some((_, bg))) = (erased, self.erase.filter(|(from, _)| *from <= x)) {
                self.erase_from(x, bg, state, out);
                erased = Some(bg);
            }
            let Some(cell) = self.next.get(usize::from(x)) else { return };
            let (text, wide) = self.glyph(cell, x);
            if self.differs(cell, text, x, erased) {
                self.reach(x, state, out);
                print(cell, text, wide, x, state, out);
                if state.x >= width {
                    state.x = NOWHERE;
                }
            }
            x += if wide { 2 } else { 1 };
        }
    }

    fn erase_from(&self, x: u16, bg: Color, state: &mut State, out: &mut Vec<u8>) {
        self.reach(x, state, out);
        // Some terminals fill with more of the pen than its background.
        let pen = state.pen.for_blank(bg);
        sgr::change(state.pen, pen, out);
        state.pen = pen;
        out.extend_from_slice(ERASE_LINE);
    }

    /// A wide character that the edge would cut is a blank.
    fn glyph<'c>(&self, cell: &'c Cell, x: u16) -> (&'c str, bool) {
        let (text, wide) = glyph(cell);
        if wide && usize::from(x) + 1 >= self.next.len() { (" ", false) } else { (text, wide) }
    }

    fn differs(&self, cell: &Cell, text: &str, x: u16, erased: Option<Color>) -> bool {
        if let Some(bg) = erased {
            return !(text == " " && cell.bg == bg && !cell.modifier.intersects(ON_BLANK));
        }
        self.shown.get(usize::from(x)).is_none_or(|shown| !same(shown, cell, text))
    }

    /// Moves to a column of this row, by printing what stands there already if that is shorter.
    fn reach(&self, x: u16, state: &mut State, out: &mut Vec<u8>) {
        if (state.x, state.y) == (x, self.y) {
            return;
        }
        let start = out.len();
        let before = *state;
        go(state, x, self.y, out);
        let move_length = out.len() - start;
        let gap = self.next.get(usize::from(before.x)..usize::from(x));
        let Some(gap) = gap.filter(|g| before.y == self.y && g.len() <= usize::from(SHORT_GAP)) else {
            return;
        };
        // Inside a wide character the cursor may stand, but nothing may be printed without destroying it.
        let is_wide = |cells: &[Cell]| {
            let left = before.x.checked_sub(1).and_then(|x| cells.get(usize::from(x)));
            left.is_some_and(|cell| glyph(cell).1)
        };
        if !is_wide(self.shown)
            && !is_wide(self.next)
            && gap.iter().all(|cell| is_plain(cell) && paints(before.pen, cell))
            && gap.iter().map(|cell| cell.symbol().len()).sum::<usize>() <= move_length
        {
            out.truncate(start);
            gap.iter().for_each(|cell| out.extend_from_slice(cell.symbol().as_bytes()));
        }
    }
}

/// True when printing the cell's text with this pen gives the cell.
fn paints(pen: Pen, cell: &Cell) -> bool {
    let wanted = Pen::of(cell);
    pen == wanted || (is_blank(cell) && pen.for_blank(cell.bg) == pen)
}

/// A narrow character whose width no terminal doubts.
fn is_plain(cell: &Cell) -> bool {
    let mut chars = cell.symbol().chars();
    matches!((chars.next(), chars.next()), (Some(c), None) if is_plain_char(c))
}

/// Printable ASCII, Latin, Greek, Cyrillic without combining marks, arrows, lines, blocks, braille.
fn is_plain_char(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{370}'..='\u{482}' | '\u{48a}'..='\u{52f}'
        | '\u{2010}'..='\u{2027}' | '\u{2190}'..='\u{21ff}' | '\u{2500}'..='\u{25ff}' | '\u{2800}'..='\u{28ff}')
}

/// Ideographs, kana and Hangul syllables: two columns everywhere.
fn is_wide_char(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{ff01}'..='\u{ff60}')
}

/// A blank that shows nothing of the pen but its background.
fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && !cell.modifier.intersects(ON_BLANK)
}

/// A cell's text and whether it takes two columns. What cannot be printed (control characters, which never get
/// past `domain::sanitize`, and text without a width) is a blank.
fn glyph(cell: &Cell) -> (&str, bool) {
    let text = cell.symbol();
    match text.as_bytes() {
        [b' '..=b'~'] => (text, false),
        [] | [_] => (" ", false),
        _ if text.chars().any(char::is_control) => (" ", false),
        _ => match text.cell_width() {
            1 => (text, false),
            2 => (text, true),
            _ => (" ", false),
        },
    }
}

/// True when a cell on the screen looks like `next`, whose text is `text`.
fn same(shown: &Cell, next: &Cell, text: &str) -> bool {
    shown.symbol() == text
        && shown.bg == next.bg
        && ((text == " " && !shown.modifier.intersects(ON_BLANK) && !next.modifier.intersects(ON_BLANK))
            || (shown.fg == next.fg
                && shown.modifier == next.modifier
                && shown.underline_color == next.underline_color))
}

fn first_change(shown: &[Cell], next: &[Cell]) -> Option<u16> {
    let mut x = 0;
    while let (Some(old), Some(new)) = (shown.get(x), next.get(x)) {
        let (mut text, mut wide) = glyph(new);
        if wide && x + 1 >= next.len() {
            (text, wide) = (" ", false);
        }
        if !same(old, new, text) {
            return u16::try_from(x).ok();
        }
        x += if wide { 2 } else { 1 };
    }
    None
}

/// The column from which on the row is blank in one colour, and the colour to erase with: the one of the row's
/// last blank, if erasing can paint it.
fn blank_end(next: &[Cell], erase_paints: bool) -> (u16, Color) {
    let bg = next.iter().rev().find(|c| is_blank(c)).map_or(Color::Reset, |c| c.bg);
    let bg = if erase_paints { bg } else { Color::Reset };
    let mut end = next.len();
    while end > 0
        && next.get(end - 1).is_some_and(|c| is_blank(c) && c.bg == bg)
        && !end.checked_sub(2).and_then(|i| next.get(i)).is_some_and(|c| glyph(c).1)
    {
        end -= 1;
    }
    (u16::try_from(end).unwrap_or(u16::MAX), bg)
}

/// Notes what the terminal shows now.
fn remember(shown: &mut [Cell], next: &[Cell], first: usize) {
    let mut x = first;
    while let (Some(old), Some(new)) = (shown.get_mut(x), next.get(x)) {
        let (text, wide) = glyph(new);
        let wide_fits = wide && x + 1 < next.len();
        let text = if wide && !wide_fits { " " } else { text };
        if old.symbol() != text {
            old.set_symbol(text);
        }
        (old.fg, old.bg, old.underline_color, old.modifier) =
            (new.fg, new.bg, new.underline_color, new.modifier);
        if wide_fits && let Some(second) = shown.get_mut(x + 1) {
            second.set_symbol("");
        }
        x += if wide_fits { 2 } else { 1 };
    }
}

/// Prints a cell at the cursor, which is at column `x`.
fn print(cell: &Cell, text: &str, wide: bool, x: u16, state: &mut State, out: &mut Vec<u8>) {
    let blank = text == " " && !cell.modifier.intersects(ON_BLANK);
    let pen = if blank { state.pen.for_blank(cell.bg) } else { Pen::of(cell) };
    sgr::change(state.pen, pen, out);
    state.pen = pen;
    let mut chars = text.chars();
    let sure = match (chars.next(), chars.next()) {
        (Some(c), None) => {
            if wide {
                is_wide_char(c)
            } else {
                is_plain_char(c)
            }
        }
        _ => false,
    };
    if wide && !sure {
        // A terminal that takes it for narrow must not show what was in the second column.
        out.extend_from_slice(b"  ");
        state.x = x + 2;
        column(x, out);
    }
    out.extend_from_slice(text.as_bytes());
    state.x = if sure { x + 1 + u16::from(wide) } else { NOWHERE };
}

/// Moves the cursor in the shortest way that is safe with and without automatic wrapping and with a terminal driver
/// that turns a line feed into two characters.
fn go(state: &mut State, x: u16, y: u16, out: &mut Vec<u8>) {
    let (from_x, from_y) = (state.x, state.y);
    if (from_x, from_y) == (x, y) {
        return;
    }
    (state.x, state.y) = (x, y);
    let known = from_x != NOWHERE;
    if from_y == y && from_y != NOWHERE {
        return along(from_x, x, out);
    }
    if from_y != NOWHERE && x == 0 && y == from_y + 1 {
        return out.extend_from_slice(b"\r\n");
    }
    if known && x == from_x && from_y != NOWHERE && y.abs_diff(from_y) <= 9 {
        return relative(y.abs_diff(from_y), if y > from_y { b'B' } else { b'A' }, out);
    }
    out.extend_from_slice(b"\x1b[");
    if y > 0 || x > 0 {
        sgr::number(y + 1, out);
    }
    if x > 0 {
        out.push(b';');
        sgr::number(x + 1, out);
    }
    out.push(b'H');
}

/// Moves within a row.
fn along(from: u16, to: u16, out: &mut Vec<u8>) {
    let distance = from.abs_diff(to);
    if to == 0 {
        out.push(b'\r');
    } else if from == NOWHERE {
        column(to, out);
    } else if to < from && distance <= 3 {
        out.extend((0..distance).map(|_| b'\x08'));
    } else if digits(distance) < digits(to + 1) || distance == 1 {
        relative(distance, if to > from { b'C' } else { b'D' }, out);
    } else {
        column(to, out);
    }
}

fn digits(n: u16) -> u8 {
    match n {
        0..=9 => 1,
        10..=99 => 2,
        _ => 3,
    }
}

fn relative(distance: u16, direction: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[");
    if distance > 1 {
        sgr::number(distance, out);
    }
    out.push(direction);
}

/// Moves to a column, counted from 0, of the cursor's row.
fn column(x: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[");
    sgr::number(x + 1, out);
    out.push(b'G');
}

#[cfg(test)]
mod tests;
