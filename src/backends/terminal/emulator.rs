//! The terminal that a program believes to be on: bytes in, a picture out.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use super::narrow::Narrow;
use super::replies;
use crate::domain::sanitize;
use crate::domain::terminal::{Cell, Color, Modes, Mouse, Picture, Size, Style, Width};

/// Rows that are kept when they have scrolled by; 32 bytes a cell.
const PAST: usize = 2000;
/// Characters of a title that are kept.
const TITLE: usize = 80;
/// Answers that may wait; a program that asks more often is not answered.
const ANSWERS: usize = 4096;
/// Windows are smaller, and a cell takes memory.
const MOST: u16 = 1000;
/// A wide character needs two; vt100 panics where it finds one.
const LEAST_COLUMNS: NonZeroU16 = NonZeroU16::MIN.saturating_add(1);

/// What the parser tells beside the screen.
#[derive(Debug, Default)]
struct Listener {
    answers: Vec<u8>,
    title: String,
    /// Rows that were forgotten.
    forgotten: u64,
}

impl Listener {
    fn answer(&mut self, text: &str) {
        if self.answers.len() + text.len() <= ANSWERS {
            self.answers.extend_from_slice(text.as_bytes());
        }
    }
}

impl vt100::Callbacks for Listener {
    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.title = sanitize::line(&String::from_utf8_lossy(title), TITLE).into_owned();
    }

    fn unhandled_escape(&mut self, _: &mut vt100::Screen, i1: Option<u8>, _: Option<u8>, b: u8) {
        if i1.is_none() && b == b'Z' {
            self.answer("\x1b[?62;22c");
        }
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        i1: Option<u8>,
        _: Option<u8>,
        parameters: &[&[u16]],
        last: char,
    ) {
        let (rows, columns) = screen.size();
        let size = (rows.get(), columns.get());
        if let Some(text) = replies::to_csi(i1, parameters, last, size, screen.cursor_position()) {
            self.answer(&text);
        }
    }

    fn on_scroll(&mut self, _: vt100::capture::RowContents<'_>, alternate: bool) {
        self.forgotten += u64::from(!alternate);
    }
}

/// A terminal.
pub struct Emulator {
    parser: vt100::Parser<Listener>,
    narrow: Narrow,
}

impl Emulator {
    pub fn new(size: Size) -> Self {
        let (rows, columns) = cells(size);
        let parser = vt100::Parser::new_with_callbacks(rows, columns, PAST, Listener::default());
        Self { parser, narrow: Narrow::default() }
    }

    /// Takes what the program printed.
    pub fn print(&mut self, bytes: &[u8]) {
        self.parser.process(&self.narrow.pass(bytes));
    }

    /// What is to be typed in answer to what the program asked.
    pub fn answers(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.parser.callbacks_mut().answers)
    }

    pub fn resize(&mut self, size: Size) {
        let (rows, columns) = cells(size);
        self.parser.set_size(rows, columns);
    }

    /// Rows of the past that are kept; none while a full-screen program has the screen.
    pub(super) fn past(&self) -> usize {
        self.screen().scrollback_len()
    }

    /// The number of the first row that is kept.
    pub(super) fn oldest(&self) -> u64 {
        self.parser.callbacks().forgotten
    }

    /// Looks this many rows back.
    pub(super) fn look_back(&mut self, rows: usize) {
        self.parser.screen_mut().set_scrollback(rows);
    }

    pub(super) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// What it shows.
    pub fn picture(&self) -> Picture {
        let screen = self.screen();
        let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
        let mut cells = Vec::with_capacity(usize::from(rows) * usize::from(columns));
        let mut marks = BTreeMap::new();
        for row in 0..rows {
            for column in 0..columns {
                let (cell, mark) = screen.cell(row, column).map_or_else(Default::default, cell);
                if let Some(mark) = mark {
                    marks.insert(cells.len(), mark);
                }
                cells.push(cell);
            }
        }
        let (past, back) = (screen.scrollback_len(), screen.scrollback());
        Picture {
            size: Size { columns, rows },
            cells,
            marks,
            cursor: self.cursor(rows, columns, back),
            modes: self.modes(),
            title: self.parser.callbacks().title.clone(),
            first: self.oldest() + (past - back.min(past)) as u64,
            past,
            back,
        }
    }

    fn cursor(&self, rows: u16, columns: u16, back: usize) -> Option<(u16, u16)> {
        let (row, column) = self.screen().cursor_position();
        let row = u16::try_from(usize::from(row) + back).ok().filter(|row| *row < rows)?;
        (!self.screen().hide_cursor()).then_some((column.min(columns - 1), row))
    }

    fn modes(&self) -> Modes {
        let screen = self.screen();
        Modes {
            application_cursor: screen.application_cursor(),
            bracketed_paste: screen.bracketed_paste(),
            mouse: match screen.mouse_protocol_mode() {
                vt100::MouseProtocolMode::None => Mouse::Nothing,
                vt100::MouseProtocolMode::Press => Mouse::Presses,
                vt100::MouseProtocolMode::PressRelease => Mouse::Buttons,
                _ => Mouse::Drags,
            },
            sgr_mouse: screen.mouse_protocol_encoding() == vt100::MouseProtocolEncoding::Sgr,
            alternate: screen.alternate_screen(),
        }
    }
}

fn cells(size: Size) -> (NonZeroU16, NonZeroU16) {
    let between = |n: u16, least: NonZeroU16| NonZeroU16::new(n.min(MOST)).map_or(least, |n| n.max(least));
    (between(size.rows, NonZeroU16::MIN), between(size.columns, LEAST_COLUMNS))
}

/// A cell, and the marks that combine with its character. Characters that no cell should hold are left out.
fn cell(from: &vt100::Cell) -> (Cell, Option<String>) {
    let style = Style {
        fg: color(from.fgcolor()),
        bg: color(from.bgcolor()),
        bold: from.bold(),
        dim: from.dim(),
        italic: from.italic(),
        underline: from.underline(),
        inverse: from.inverse(),
    };
    if from.is_wide_continuation() {
        return (Cell { ch: ' ', width: Width::Tail, style }, None);
    }
    let text = from.contents();
    let clean = sanitize::line(text, TITLE);
    let mut chars = clean.chars();
    let Some(ch) = chars.next() else { return (Cell { style, ..Cell::default() }, None) };
    let marks = chars.as_str();
    let width = if from.is_wide() { Width::Wide } else { Width::Narrow };
    (Cell { ch, width, style }, (!marks.is_empty()).then(|| marks.to_owned()))
}

fn color(from: vt100::Color) -> Color {
    match from {
        vt100::Color::Default => Color::Default,
        vt100::Color::Idx(i) => Color::Indexed(i),
        vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}
