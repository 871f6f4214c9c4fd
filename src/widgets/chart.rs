//! A line chart in braille: two by four dots a cell, a dotted line for the limit, gaps where nothing was
//! measured, and an axis that names its maximum.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// A series: values over time, oldest first.
pub struct Line<'a> {
    /// Seconds before now (0 = now) and value; `NaN` = not measured.
    pub points: &'a [(f32, f32)],
    pub style: Style,
}

/// What the chart shows besides its lines.
pub struct Chart<'a> {
    pub lines: &'a [Line<'a>],
    /// The value at the top edge.
    pub max: f32,
    /// Seconds from the left edge to now.
    pub span_s: f32,
    /// A horizontal line, e.g. the memory limit.
    pub limit: Option<(f32, Style)>,
    /// False draws with `*` and `-` for terminals without braille.
    pub braille: bool,
}

/// Dot bits by column and row within a cell, from the Unicode braille block.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

impl Chart<'_> {
    pub fn draw(&self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() || self.max <= 0.0 || self.span_s <= 0.0 {
            return;
        }
        let (dots_x, dots_y) = (usize::from(area.width) * 2, usize::from(area.height) * 4);
        if let Some((limit, style)) = self.limit
            && limit <= self.max
        {
            let y = level(limit, self.max, dots_y) / 4;
            for x in (area.left()..area.right()).step_by(2) {
                if let Some(cell) = buf.cell_mut((x, area.top() + y as u16)) {
                    cell.set_symbol(if self.braille { "┈" } else { "-" }).set_style(style);
                }
            }
        }
        for line in self.lines {
            let mut cells = vec![0u8; usize::from(area.width) * usize::from(area.height)];
            let mut before: Option<(usize, usize)> = None;
            for (age_s, value) in line.points {
                if value.is_nan() || *age_s > self.span_s {
                    before = None;
                    continue;
                }
                let x = ((1.0 - age_s / self.span_s) * (dots_x - 1) as f32).round() as usize;
                let y = level(*value, self.max, dots_y);
                // A point that follows closely is joined by a vertical run, so that a step is seen as one.
                let (from, to) = match before {
                    Some((bx, by)) if x.saturating_sub(bx) <= (dots_x / 8).max(4) => {
                        for (i, px) in (bx..=x).enumerate() {
                            let share = i as f32 / (x - bx).max(1) as f32;
                            let py = by as f32 + (y as f32 - by as f32) * share;
                            set(&mut cells, area.width, px, py.round() as usize);
                        }
                        (y, y)
                    }
                    _ => (y, y),
                };
                for py in from..=to {
                    set(&mut cells, area.width, x, py);
                }
                before = Some((x, y));
            }
            self.stamp(&cells, line.style, area, buf);
        }
    }

    fn stamp(&self, cells: &[u8], style: Style, area: Rect, buf: &mut Buffer) {
        for (i, bits) in cells.iter().enumerate().filter(|(_, bits)| **bits != 0) {
            let (x, y) = (
                area.left() + (i % usize::from(area.width)) as u16,
                area.top() + (i / usize::from(area.width)) as u16,
            );
            let Some(cell) = buf.cell_mut((x, y)) else { continue };
            if self.braille {
                // Two lines in one cell share its dots; the later one gives the colour.
                let old = cell.symbol().chars().next().map_or(0, |c| c as u32);
                let old = if (0x2800..0x2900).contains(&old) { (old - 0x2800) as u8 } else { 0 };
                let mut symbol = [0u8; 4];
                let c = char::from_u32(0x2800 + u32::from(old | bits)).unwrap_or('*');
                cell.set_symbol(c.encode_utf8(&mut symbol)).set_style(style);
            } else {
                cell.set_symbol("*").set_style(style);
            }
        }
    }
}

/// The dot row of a value, 0 = top.
fn level(value: f32, max: f32, dots_y: usize) -> usize {
    let share = (value / max).clamp(0.0, 1.0);
    ((1.0 - share) * (dots_y - 1) as f32).round() as usize
}

fn set(cells: &mut [u8], width: u16, x: usize, y: usize) {
    let i = y / 4 * usize::from(width) + x / 2;
    if let Some(cell) = cells.get_mut(i) {
        *cell |= DOTS[x % 2][y % 4];
    }
}

/// A round number at or above the largest value, so that the axis does not jump with every sample:
/// 1, 2 or 5 times a power of ten.
pub fn nice_max(largest: f32) -> f32 {
    if !largest.is_finite() || largest <= 0.0 {
        return 1.0;
    }
    let power = 10f32.powf(largest.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|m| *m >= largest * 0.999).unwrap_or(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(points: &[(f32, f32)], limit: Option<f32>) -> String {
        let area = Rect::new(0, 0, 8, 2);
        let mut buf = Buffer::empty(area);
        let line = Line { points, style: Style::new() };
        let limit = limit.map(|l| (l, Style::new()));
        Chart { lines: &[line], max: 100.0, span_s: 16.0, limit, braille: true }.draw(area, &mut buf);
        let rows = buf.content().chunks(8).map(|row| row.iter().map(|c| c.symbol()).collect::<String>());
        rows.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn a_level_is_a_straight_line_and_a_gap_stays_empty() {
        let flat: Vec<_> = (0..16).rev().map(|s| (s as f32, 100.0)).collect();
        assert_eq!(draw(&flat, None), "⠈⠉⠉⠉⠉⠉⠉⠉|        ");
        let gap = [(15.0, 0.0), (14.0, f32::NAN), (0.0, 0.0)];
        assert_eq!(draw(&gap, Some(100.0)), "┈ ┈ ┈ ┈ |⢀      ⢀");
    }

    #[test]
    fn the_axis_is_round() {
        for (value, max) in [(0.0, 1.0), (0.7, 1.0), (31.0, 50.0), (212.0, 500.0), (100.0, 100.0)] {
            assert!((nice_max(value) - max).abs() < 0.001, "{value}");
        }
    }
}
