//! An aligned table for people: headers in capitals, columns as wide as their content.

use unicode_width::UnicodeWidthStr;

/// One cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// Sanitised; empty prints as `-`.
    pub text: String,
    pub tone: Tone,
}

/// How a cell is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Bad,
    Dim,
}

impl Tone {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Good => Some("32"),
            Self::Bad => Some("31"),
            Self::Dim => Some("2"),
        }
    }

    /// A text in this tone.
    pub fn paint(self, text: &str, colored: bool) -> std::borrow::Cow<'_, str> {
        match self.code().filter(|_| colored) {
            Some(code) => format!("\x1b[{code}m{text}\x1b[0m").into(),
            None => text.into(),
        }
    }
}

/// A column's header and side.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub title: &'static str,
    pub right: bool,
}

/// Lays out lines of cells; columns only ever grow, so that lines printed later still align.
#[derive(Debug, Clone)]
pub struct Grid {
    columns: Vec<Column>,
    widths: Vec<usize>,
    colored: bool,
}

impl Grid {
    pub fn new(columns: Vec<Column>, colored: bool) -> Self {
        let widths = columns.iter().map(|c| c.title.width()).collect();
        Self { columns, widths, colored }
    }

    /// Makes the columns wide enough for some rows.
    pub fn fit(&mut self, rows: &[Vec<Cell>]) {
        for row in rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(shown(cell).width());
            }
        }
    }

    pub fn header(&self) -> String {
        let title = |c: &Column| Cell { text: c.title.to_owned(), tone: Tone::Dim };
        self.line(&self.columns.iter().map(title).collect::<Vec<_>>())
    }

    /// One row: two blanks between columns, none at the end of the line.
    pub fn line(&self, row: &[Cell]) -> String {
        line(&self.columns, &self.widths, row, self.colored)
    }
}

fn shown(cell: &Cell) -> &str {
    if cell.text.is_empty() { "-" } else { &cell.text }
}

fn line(columns: &[Column], widths: &[usize], row: &[Cell], colored: bool) -> String {
    let mut out = String::new();
    let last = columns.len().saturating_sub(1);
    for (i, ((column, width), cell)) in columns.iter().zip(widths).zip(row).enumerate() {
        let text = shown(cell);
        let pad = width.saturating_sub(text.width());
        if column.right {
            out.extend(std::iter::repeat_n(' ', pad));
        }
        out.push_str(&cell.tone.paint(text, colored));
        if i < last {
            if !column.right {
                out.extend(std::iter::repeat_n(' ', pad));
            }
            out.push_str("  ");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Cell {
        Cell { text: text.into(), tone: Tone::Plain }
    }

    #[test]
    fn columns_align_also_with_wide_characters() {
        let columns = [
            Column { title: "NAME", right: false },
            Column { title: "CPU", right: true },
            Column { title: "IMAGE", right: false },
        ];
        let rows = [vec![cell("wéb-日本"), cell("4 %"), cell("x")], vec![cell("a"), cell("120 %"), cell("")]];
        let mut grid = Grid::new(columns.to_vec(), false);
        grid.fit(&rows);
        assert_eq!(
            [grid.header(), grid.line(&rows[0]), grid.line(&rows[1])],
            ["NAME        CPU  IMAGE", "wéb-日本    4 %  x", "a         120 %  -"]
        );
    }

    #[test]
    fn colours_do_not_move_anything() {
        let columns = [Column { title: "A", right: false }, Column { title: "B", right: false }];
        let row = [Cell { text: "x".into(), tone: Tone::Bad }, cell("y")];
        assert_eq!([Grid::new(columns.to_vec(), true).line(&row)], ["\x1b[31mx\x1b[0m  y"]);
    }
}
