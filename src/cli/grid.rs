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
}

/// A column's header and side.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub title: &'static str,
    pub right: bool,
}

/// Lays out lines of cells below their headers; two blanks between columns, none at the end of a line.
pub fn lines(columns: &[Column], rows: &[Vec<Cell>], colored: bool, header: bool) -> Vec<String> {
    let mut widths: Vec<usize> = columns.iter().map(|c| c.title.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(shown(cell).width());
        }
    }
    let mut out = Vec::with_capacity(rows.len() + 1);
    if header {
        let titles: Vec<Cell> =
            columns.iter().map(|c| Cell { text: c.title.to_owned(), tone: Tone::Dim }).collect();
        out.push(line(columns, &widths, &titles, colored));
    }
    out.extend(rows.iter().map(|row| line(columns, &widths, row, colored)));
    out
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
        match cell.tone.code().filter(|_| colored) {
            Some(code) => out.push_str(&format!("\x1b[{code}m{text}\x1b[0m")),
            None => out.push_str(text),
        }
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
        assert_eq!(
            lines(&columns, &rows, false, true),
            ["NAME        CPU  IMAGE", "wéb-日本    4 %  x", "a         120 %  -"]
        );
    }

    #[test]
    fn colours_do_not_move_anything() {
        let columns = [Column { title: "A", right: false }, Column { title: "B", right: false }];
        let rows = [vec![Cell { text: "x".into(), tone: Tone::Bad }, cell("y")]];
        assert_eq!(lines(&columns, &rows, true, false), ["\x1b[31mx\x1b[0m  y"]);
    }
}
