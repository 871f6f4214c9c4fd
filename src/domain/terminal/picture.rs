//! What a terminal shows at a moment: cells and nothing that a real terminal would act on.

use std::collections::BTreeMap;

use super::Size;

/// A colour as the program asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// Whatever the screen has.
    #[default]
    Default,
    /// One of the 256.
    Indexed(u8),
    Rgb(u8, u8, u8),
}

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    pub fg: Color,
    pub bg: Color,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underline: bool,
    pub inverse: bool,
}

/// Columns of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Width {
    #[default]
    Narrow,
    Wide,
    /// The second column of the wide character before it.
    Tail,
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub ch: char,
    pub width: Width,
    pub style: Style,
}

impl Default for Cell {
    fn default() -> Self {
        Self { ch: ' ', width: Width::Narrow, style: Style::default() }
    }
}

/// What the program wants to hear of the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mouse {
    #[default]
    Nothing,
    /// Buttons when they go down.
    Presses,
    /// Buttons down and up.
    Buttons,
    /// Buttons, and motion while one is held.
    Drags,
}

/// What the program has asked its terminal for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modes {
    /// Arrow keys as `ESC O A`.
    pub application_cursor: bool,
    /// Pastes between marks.
    pub bracketed_paste: bool,
    pub mouse: Mouse,
    /// Mouse reports as numbers (1006), which have no end of columns.
    pub sgr_mouse: bool,
    /// The screen of a full-screen program, which has no past.
    pub alternate: bool,
}

/// The screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picture {
    pub size: Size,
    /// Row by row.
    pub cells: Vec<Cell>,
    /// Marks that combine with a cell's character, by its index.
    pub marks: BTreeMap<usize, String>,
    /// Column and row; `None` = hidden, or not in sight.
    pub cursor: Option<(u16, u16)>,
    pub modes: Modes,
    /// What the program calls its window; harmless text.
    pub title: String,
    /// The number of the first row in sight, counted from the first row that there ever was.
    pub first: u64,
    /// Rows above the live screen that are kept.
    pub past: usize,
    /// How many of them the picture is scrolled back.
    pub back: usize,
}

impl Picture {
    /// The cells of a row.
    pub fn row(&self, row: u16) -> &[Cell] {
        let columns = usize::from(self.size.columns);
        let start = usize::from(row) * columns;
        self.cells.get(start..start + columns).unwrap_or_default()
    }

    /// A cell's whole text, combining marks included.
    pub fn text(&self, column: u16, row: u16) -> String {
        let index = usize::from(row) * usize::from(self.size.columns) + usize::from(column);
        let mut text: String = self.cells.get(index).map_or(' ', |cell| cell.ch).into();
        text.push_str(self.marks.get(&index).map_or("", String::as_str));
        text
    }
}
