//! The encoder against a terminal emulator.

use super::*;

use proptest::prelude::*;
use ratatui::style::{Modifier, Style};

const W: u16 = 24;
const H: u16 = 5;

fn nz(n: u16) -> std::num::NonZeroU16 {
    n.try_into().unwrap()
}

/// A terminal and the encoder that feeds it.
struct Rig {
    encoder: Encoder,
    terminal: vt100::Parser,
}

impl Rig {
    fn new(width: u16, height: u16) -> Self {
        let mut terminal = vt100::Parser::new(nz(height), nz(width), 0);
        // What another program left behind.
        terminal.process(b"\x1b[?25l\x1b[41mgarbage\r\nmore");
        Self { encoder: Encoder::new(), terminal }
    }

    /// Draws a frame, checks that the terminal shows it, and returns the number of bytes.
    fn draw(&mut self, next: &Buffer, cursor: Option<Position>) -> usize {
        let mut out = Vec::new();
        self.encoder.frame(next, cursor, &mut out);
        self.terminal.process(&out);
        self.check(next, &out);
        assert_eq!(self.terminal.screen().hide_cursor(), cursor.is_none());
        if let Some(at) = cursor {
            assert_eq!(self.terminal.screen().cursor_position(), (at.y, at.x));
        }
        let mut again = Vec::new();
        self.encoder.frame(next, cursor, &mut again);
        assert!(again.is_empty(), "an unchanged frame writes {:?}", String::from_utf8_lossy(&again));
        out.len()
    }

    fn check(&self, next: &Buffer, out: &[u8]) {
        let area = next.area;
        for y in 0..area.height {
            let mut x = 0;
            while x < area.width {
                let cell = &next[(x, y)];
                let (text, wide) = glyph(cell);
                let (text, wide) = if wide && x + 1 == area.width { (" ", false) } else { (text, wide) };
                let seen = self.terminal.screen().cell(y, x).unwrap();
                let at = || format!("at {x},{y} in {:?}", String::from_utf8_lossy(out));
                let content = if seen.has_contents() { seen.contents() } else { " " };
                assert_eq!(content, text, "{}", at());
                assert_eq!(seen.is_wide(), wide, "{}", at());
                assert_eq!(seen.bgcolor(), shown(cell.bg), "background {}", at());
                let m = |modifier| cell.modifier.contains(modifier);
                assert_eq!(
                    (seen.inverse(), seen.underline()),
                    (m(Modifier::REVERSED), m(Modifier::UNDERLINED)),
                    "{}",
                    at()
                );
                if text != " " || cell.modifier.intersects(ON_BLANK) {
                    assert_eq!(seen.fgcolor(), shown(cell.fg), "foreground {}", at());
                    assert_eq!(
                        (seen.bold(), seen.dim(), seen.italic()),
                        (m(Modifier::BOLD), m(Modifier::DIM), m(Modifier::ITALIC)),
                        "{}",
                        at()
                    );
                }
                x += if wide { 2 } else { 1 };
            }
        }
    }
}

fn shown(colour: Color) -> vt100::Color {
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        Color::Indexed(i) => vt100::Color::Idx(i),
        Color::Red => vt100::Color::Idx(1),
        Color::Gray => vt100::Color::Idx(7),
        Color::DarkGray => vt100::Color::Idx(8),
        Color::White => vt100::Color::Idx(15),
        other => panic!("{other:?} is not used in these tests"),
    }
}

fn colour() -> impl Strategy<Value = Color> {
    prop_oneof![
        4 => Just(Color::Reset),
        1 => prop_oneof![Just(Color::Red), Just(Color::Gray), Just(Color::DarkGray), Just(Color::White)],
        1 => any::<u8>().prop_map(Color::Indexed),
        1 => any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Color::Rgb(r, g, b)),
    ]
}

fn style() -> impl Strategy<Value = Style> {
    let modifier = prop_oneof![
        3 => Just(Modifier::empty()),
        1 => prop::sample::subsequence(
            vec![Modifier::BOLD, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED], 0..4)
            .prop_map(|all| all.into_iter().fold(Modifier::empty(), |a, b| a | b)),
        1 => Just(Modifier::DIM),
    ];
    (colour(), colour(), modifier).prop_map(|(fg, bg, m)| Style::new().fg(fg).bg(bg).add_modifier(m))
}

/// Text that is written somewhere over the frame before it.
fn stroke() -> impl Strategy<Value = (u16, u16, String, Style)> {
    let piece = prop::sample::select(vec![
        "a",
        "B",
        "7",
        " ",
        "  ",
        "          ",
        "é",
        "│",
        "─",
        "█",
        "世",
        "가",
        "👍",
        "e\u{301}",
        "❤\u{fe0f}",
        "⣿",
        "✓",
        "word",
        "another",
        "\u{7f}",
        "…",
    ]);
    let text = prop::collection::vec(piece, 1..9).prop_map(|v| v.concat());
    (0..W, 0..H, text, style())
}

fn frame(strokes: &[(u16, u16, String, Style)], base: Option<&Buffer>) -> Buffer {
    let mut buffer = base.cloned().unwrap_or_else(|| Buffer::empty(Rect::new(0, 0, W, H)));
    for (x, y, text, style) in strokes {
        buffer.set_string(*x, *y, text, *style);
    }
    // For vt100 bold and dim are one attribute.
    for cell in &mut buffer.content {
        if cell.modifier.contains(Modifier::BOLD) {
            cell.modifier.remove(Modifier::DIM);
        }
    }
    buffer
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any frame after any other one shows exactly, for terminals of both kinds.
    #[test]
    fn the_terminal_shows_the_buffer(
        frames in prop::collection::vec((prop::collection::vec(stroke(), 0..8), any::<bool>(),
            prop::option::of((0..W, 0..H))), 2..6),
        paints in any::<bool>(),
    ) {
        let mut rig = Rig::new(W, H);
        rig.encoder.set_erase_paints(paints);
        let mut last: Option<Buffer> = None;
        for (strokes, keep, cursor) in frames {
            let next = frame(&strokes, last.as_ref().filter(|_| keep));
            rig.draw(&next, cursor.map(Position::from));
            last = Some(next);
        }
    }
}

#[test]
fn an_empty_first_frame_only_clears_and_the_next_one_is_nothing() {
    let mut rig = Rig::new(W, H);
    let blank = Buffer::empty(Rect::new(0, 0, W, H));
    assert_eq!(rig.draw(&blank, None), BEGIN.len() + WIPE.len() + END.len());
    let mut recoloured = blank.clone();
    recoloured.set_style(blank.area, Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
    assert_eq!(rig.draw(&recoloured, None), 0, "the colour of blanks does not show");
}

#[test]
fn a_changed_character_costs_a_move_and_itself() {
    let mut rig = Rig::new(W, H);
    let mut next = Buffer::empty(Rect::new(0, 0, W, H));
    next.set_string(0, 1, "cpu 12% of all", Style::new());
    rig.draw(&next, None);
    next.set_string(5, 1, "3", Style::new());
    assert_eq!(rig.draw(&next, None), BEGIN.len() + END.len() + "\x1b[10D3".len().min("\x1b[6G3".len()));
    next.set_string(6, 1, "4", Style::new());
    assert_eq!(rig.draw(&next, None), BEGIN.len() + END.len() + 1, "the cursor is there already");
}

#[test]
fn clearing_a_row_erases_it() {
    let mut rig = Rig::new(80, 3);
    let area = Rect::new(0, 0, 80, 3);
    let mut next = Buffer::empty(area);
    next.set_string(0, 1, "x".repeat(80), Style::new().fg(Color::Red));
    rig.draw(&next, None);
    assert!(rig.draw(&Buffer::empty(area), None) <= BEGIN.len() + END.len() + 8);
}

#[test]
fn a_resize_and_an_invalidation_paint_from_scratch() {
    let mut rig = Rig::new(W, H);
    let next = frame(&[(2, 1, "text".into(), Style::new())], None);
    rig.draw(&next, Some(Position::new(1, 1)));
    rig.terminal.screen_mut().set_size(nz(3), nz(10));
    let mut small = Buffer::empty(Rect::new(0, 0, 10, 3));
    small.set_string(0, 2, "0123456789", Style::new());
    rig.draw(&small, Some(Position::new(9, 2)));
    rig.terminal.process(b"\x1b[?25l\x1b[2Jsomebody else");
    rig.encoder.invalidate();
    rig.draw(&small, None);
}

#[test]
fn the_corner_below_right_does_not_scroll() {
    let mut rig = Rig::new(W, H);
    let full = Buffer::filled(Rect::new(0, 0, W, H), Cell::new("x"));
    rig.draw(&full, None);
    let mut next = full;
    next[(W - 1, H - 1)].set_symbol("世");
    next[(W - 1, 0)].set_symbol("y");
    rig.draw(&next, None);
}

/// A table's row of `width` columns with eight runs of style, as the container pane draws it.
fn table(width: u16, rows: u16, selected: u16) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, rows));
    let rgb = |n: u8| Style::new().fg(Color::Rgb(200, 100 + n, 150));
    for y in 0..rows {
        let cells = [
            ("● ", rgb(1)),
            ("shop-api-gateway-1", rgb(2).add_modifier(Modifier::BOLD)),
            ("running", rgb(3)),
            ("healthy", rgb(4)),
            ("12.4%", rgb(5)),
            ("181 MiB", rgb(6)),
            ("3d4h", rgb(7)),
            ("registry.example.org/shop/api:1.42.0", rgb(8)),
        ];
        let mut x = 1;
        for (text, style) in cells {
            x = buffer.set_stringn(x, y, text, usize::from(width - x), style).0 + 2;
            x = x.min(width - 1);
        }
    }
    buffer.set_style(Rect::new(0, selected, width, 1), Style::new().bg(Color::Rgb(40, 44, 60)));
    buffer
}

#[test]
fn moving_the_highlight_is_cheap() {
    for width in [80, 120] {
        let mut rig = Rig::new(width, 20);
        rig.draw(&table(width, 20, 7), None);
        let bytes = rig.draw(&table(width, 20, 8), None);
        assert!(bytes <= 600, "{bytes} bytes at {width} columns");
    }
}

#[test]
fn half_of_a_wide_character_is_written_over() {
    let mut rig = Rig::new(W, H);
    let first = frame(&[(6, 1, "another世  ae\u{301}世".into(), Style::new())], None);
    rig.draw(&first, Some(Position::new(20, 1)));
    rig.draw(&frame(&[(21, 1, "é".into(), Style::new())], Some(&first)), None);
}
