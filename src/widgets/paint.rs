//! Writing text into cells: clipped, with an ellipsis, never over a wide character's half.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The number of columns a text takes.
pub fn width(text: &str) -> u16 {
    if text.is_ascii() {
        u16::try_from(text.len()).unwrap_or(u16::MAX)
    } else {
        u16::try_from(text.width()).unwrap_or(u16::MAX)
    }
}

/// The longest start of a text that fits, with `ellipsis` for the rest; and its width.
pub fn fit<'a>(text: &'a str, max: u16, ellipsis: &str) -> (std::borrow::Cow<'a, str>, u16) {
    let full = width(text);
    if full <= max {
        return (text.into(), full);
    }
    let room = max.saturating_sub(width(ellipsis));
    let mut used = 0;
    let mut end = 0;
    for (i, grapheme) in text.grapheme_indices(true) {
        let w = width(grapheme);
        if used + w > room {
            break;
        }
        used += w;
        end = i + grapheme.len();
    }
    let mut out = text[..end].to_owned();
    if max >= width(ellipsis) {
        out.push_str(ellipsis);
        used += width(ellipsis);
    }
    (out.into(), used)
}

/// A brush on one row of a buffer that moves to the right as it writes.
pub struct Line<'a> {
    buf: &'a mut Buffer,
    y: u16,
    x: u16,
    end: u16,
    ellipsis: &'static str,
}

impl<'a> Line<'a> {
    /// A brush on row `y` of `area`, from its left to its right edge. Outside the buffer it writes nothing.
    pub fn new(buf: &'a mut Buffer, area: Rect, y: u16, ellipsis: &'static str) -> Self {
        let area = area.intersection(buf.area);
        let end = if y >= area.top() && y < area.bottom() { area.right() } else { area.left() };
        Self { buf, y, x: area.left(), end, ellipsis }
    }

    /// Columns left.
    pub fn room(&self) -> u16 {
        self.end.saturating_sub(self.x)
    }

    pub fn x(&self) -> u16 {
        self.x
    }

    /// Moves to a column; never back over the area's left edge or beyond its right one.
    pub fn to(&mut self, x: u16) -> &mut Self {
        self.x = x.min(self.end);
        self
    }

    pub fn skip(&mut self, columns: u16) -> &mut Self {
        self.x = self.x.saturating_add(columns).min(self.end);
        self
    }

    /// Writes as much of a text as fits.
    pub fn put(&mut self, text: &str, style: Style) -> &mut Self {
        let room = self.room();
        self.put_within(text, room, style)
    }

    /// Writes a text into at most `max` columns.
    pub fn put_within(&mut self, text: &str, max: u16, style: Style) -> &mut Self {
        let (text, used) = fit(text, max.min(self.room()), self.ellipsis);
        if used > 0 {
            self.buf.set_stringn(self.x, self.y, &text, usize::from(used), style);
            self.x += used;
        }
        self
    }

    /// Writes a text flush right within the next `columns`, and moves behind them.
    pub fn right(&mut self, text: &str, columns: u16, style: Style) -> &mut Self {
        let columns = columns.min(self.room());
        let (text, used) = fit(text, columns, self.ellipsis);
        let start = self.x + columns - used;
        if used > 0 {
            self.buf.set_stringn(start, self.y, &text, usize::from(used), style);
        }
        self.x += columns;
        self
    }

    /// A number and its unit flush right within `columns`: the unit in a fainter style.
    pub fn quantity(&mut self, text: &str, columns: u16, number: Style, unit: Style) -> &mut Self {
        let columns = columns.min(self.room());
        let cut = text.find(|c: char| c.is_ascii_alphabetic() || c == '%' || c == ' ').unwrap_or(text.len());
        let total = width(text);
        if total > columns {
            return self.right(text, columns, number);
        }
        let start = self.x + columns - total;
        self.buf.set_stringn(start, self.y, &text[..cut], usize::from(columns), number);
        self.buf.set_stringn(start + width(&text[..cut]), self.y, &text[cut..], usize::from(columns), unit);
        self.x += columns;
        self
    }
}

/// Sets the style of a whole area without touching its text.
pub fn tint(buf: &mut Buffer, area: Rect, style: Style) {
    buf.set_style(area.intersection(buf.area), style);
}

/// Blanks an area in a style.
pub fn clear(buf: &mut Buffer, area: Rect, style: Style) {
    let area = area.intersection(buf.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(style);
            }
        }
    }
}

/// Replaces what a terminal without UTF-8 cannot show, texts from outside included.
pub fn to_ascii(buf: &mut Buffer) {
    for cell in &mut buf.content {
        let plain = match cell.symbol() {
            symbol if symbol.is_ascii() => continue,
            "…" => ".",
            "→" => ">",
            "×" => "x",
            "−" | "–" | "—" => "-",
            _ => "?",
        };
        cell.set_symbol(plain);
    }
}

/// Breaks a text into lines of at most `columns`, at blanks where there are some.
pub fn wrap(text: &str, columns: u16) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        // Names hold together (`perf-c000`): lines break at blanks only.
        for word in paragraph.split_inclusive(' ').flat_map(|w| {
            let (word, blank) = w.split_at(w.trim_end_matches(' ').len());
            [word, blank].into_iter().filter(|part| !part.is_empty())
        }) {
            if width(&line) + width(word) <= columns {
                line.push_str(word);
                continue;
            }
            if !line.trim_end().is_empty() {
                lines.push(line.trim_end().to_owned());
            }
            line.clear();
            if word.trim().is_empty() {
                continue;
            }
            for grapheme in word.graphemes(true) {
                if width(&line) + width(grapheme) > columns {
                    lines.push(std::mem::take(&mut line));
                }
                line.push_str(grapheme);
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_whole_characters() {
        assert_eq!(fit("crm-worker", 6, "…"), ("crm-w…".into(), 6));
        assert_eq!(fit("日本語", 4, "…"), ("日…".into(), 3));
        assert_eq!(fit("ab", 2, "…"), ("ab".into(), 2));
        assert_eq!(fit("abc", 0, "…").1, 0);
    }

    #[test]
    fn a_line_stays_inside_its_area() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
        Line::new(&mut buf, Rect::new(2, 0, 4, 1), 0, "…").put("abcdefgh", Style::new());
        Line::new(&mut buf, Rect::new(2, 5, 4, 1), 5, "…").put("outside", Style::new());
        assert_eq!(buf.content().iter().map(|c| c.symbol()).collect::<String>(), "  abc…  ");
    }

    #[test]
    fn numbers_align_right() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 10, 1));
        Line::new(&mut buf, Rect::new(0, 0, 10, 1), 0, "…").quantity("24 %", 10, Style::new(), Style::new());
        assert_eq!(buf.content().iter().map(|c| c.symbol()).collect::<String>(), "      24 %");
    }

    #[test]
    fn wrapping_prefers_blanks() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("ab  perf-c1", 8), ["ab", "perf-c1"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("a\n\nb", 9), ["a", "", "b"]);
    }
}
