//! What programs print becomes what people see, and nothing else.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use proptest::prelude::*;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::domain::fault::Fault;
use crate::domain::terminal::{
    Color, End, Mouse, Picture, Size, Spot, TerminalAsk, TerminalNews, Typed, Width,
};

const SMALL: Size = Size { columns: 20, rows: 4 };

fn printed(bytes: &[u8]) -> Emulator {
    let mut emulator = Emulator::new(SMALL);
    emulator.print(bytes);
    emulator
}

fn row(picture: &Picture, row: u16) -> String {
    (0..picture.size.columns)
        .map(|column| picture.text(column, row))
        .collect::<String>()
        .trim_end()
        .to_owned()
}

#[test]
fn text_and_colours_are_cells() {
    let picture =
        printed(b"\x1b[1;31mred\x1b[0m \x1b[48;5;200mx\x1b[m\x1b[38;2;1;2;3my\r\n\xe6\x97\xa5e\xcc\x81")
            .picture();
    assert_eq!((row(&picture, 0).as_str(), picture.text(2, 1)), ("red xy", "e\u{301}".to_owned()));
    let style = |column: usize, line: u16| picture.row(line)[column].style;
    assert!(style(0, 0).bold && style(0, 0).fg == Color::Indexed(1));
    assert_eq!((style(4, 0).bg, style(5, 0).fg), (Color::Indexed(200), Color::Rgb(1, 2, 3)));
    let widths: Vec<Width> = picture.row(1)[..3].iter().map(|cell| cell.width).collect();
    assert_eq!(widths, [Width::Wide, Width::Tail, Width::Narrow]);
    assert_eq!(picture.cursor, Some((3, 1)));
}

#[test]
fn modes_are_what_the_program_asked_for() {
    let picture = printed(b"\x1b[?1h\x1b[?2004h\x1b[?1002h\x1b[?1006h\x1b[?1049h\x1b[?25l").picture();
    let modes = picture.modes;
    assert!(modes.application_cursor && modes.bracketed_paste && modes.sgr_mouse && modes.alternate);
    assert_eq!((modes.mouse, picture.cursor), (Mouse::Drags, None));
}

#[test]
fn questions_are_answered_or_dropped_as_the_table_says() {
    let answer = |asked: &[u8]| String::from_utf8(printed(asked).answers()).unwrap();
    for (asked, answered) in [
        ("\x1b[c", "\x1b[?62;22c"),
        ("\x1b[0c", "\x1b[?62;22c"),
        ("\x1bZ", "\x1b[?62;22c"),
        ("\x1b[>c", "\x1b[>1;0;0c"),
        ("\x1b[5n", "\x1b[0n"),
        ("ab\x1b[6n", "\x1b[1;3R"),
        ("\x1b[18t", "\x1b[8;4;20t"),
        // What comes back as if typed may never be what was sent.
        ("\x1b]0;rm -rf /\x07\x1b[21t", ""),
        ("\x1b[20t", ""),
        ("\x1b]52;c;?\x07", ""),
        ("\x1b]10;?\x07\x1b]11;?\x1b\\\x1b]4;1;?\x07", ""),
        ("\x1bP+q544e\x1b\\\x1bP$qm\x1b\\", ""),
        ("\x05", ""),
    ] {
        assert_eq!(answer(asked.as_bytes()), answered, "{asked:?}");
    }
    assert!(answer("\x1b[c".repeat(10_000).as_bytes()).len() <= 4096);
}

#[test]
fn cells_hold_nothing_that_a_terminal_acts_on() {
    let picture =
        printed("a\u{202e}b\u{9b}31mc\x1b]2;t\x1b[31m\u{202e}itle\x07\x7f\x01d".as_bytes()).picture();
    let text: String = (0..4).map(|y| row(&picture, y)).collect();
    let acts = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.contains(acts), "{text:?}");
    assert!(!picture.title.contains(acts), "{:?}", picture.title);
}

#[test]
fn the_past_is_kept_in_bounds_searched_and_copied() {
    let mut emulator = Emulator::new(SMALL);
    for n in 0..5000 {
        emulator.print(format!("line {n}\r\n").as_bytes());
    }
    let picture = emulator.picture();
    assert_eq!((picture.past, picture.back, picture.first), (2000, 0, 4997));
    let from = Spot { line: u64::MAX, column: 0 };
    let found = emulator.find("LINE 4000".to_lowercase().as_str(), from, false).unwrap();
    assert_eq!((found.at, found.columns), (Spot { line: 4000, column: 0 }, 9));
    let there = emulator.picture();
    assert_eq!((there.first, row(&there, 0).as_str()), (4000, "line 4000"));
    assert_eq!(emulator.find("Line 4000", from, false), None, "a capital counts");
    assert_eq!(emulator.find("line 4001", found.at, true).map(|f| f.at.line), Some(4001));
    let (a, b) = (Spot { line: 4000, column: 5 }, Spot { line: 4002, column: 5 });
    assert_eq!(emulator.copy(b, a), "4000\nline 4001\nline 4");
    // It stays where it is while more is printed.
    emulator.print(b"more\r\n");
    assert_eq!(emulator.picture().first, 4000);
    emulator.scroll_to_end();
    emulator.scroll(-3);
    assert_eq!(emulator.picture().back, 3);
    emulator.scroll(isize::MIN);
    assert_eq!(emulator.picture().back, 2000);
    emulator.scroll(isize::MAX);
    assert_eq!(emulator.picture().back, 0);
}

#[test]
fn wrapped_rows_are_one_line_in_a_copy() {
    let mut emulator = printed(b"0123456789012345678901234\r\nnext");
    let (from, to) = (Spot { line: 0, column: 0 }, Spot { line: 2, column: u16::MAX });
    assert_eq!(emulator.copy(from, to), "0123456789012345678901234\nnext");
}

proptest! {
    #[test]
    fn nothing_printed_is_too_much(
        parts in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..60),
                "\\x1b\\[[?>]?[0-9;]{0,12}[@A-Za-z`]".prop_map(String::into_bytes),
                "[ -~日e\u{301}\u{fe0f}\u{200d}\u{1f3fb}🇩🇪❤👍\r\n\t]{0,50}".prop_map(String::into_bytes),
            ],
            0..40,
        ),
        sizes in prop::collection::vec((0_u16..40, 0_u16..15), 0..4),
    ) {
        let mut emulator = Emulator::new(SMALL);
        for (i, part) in parts.iter().enumerate() {
            emulator.print(part);
            if let Some((columns, rows)) = sizes.get(i) {
                emulator.resize(Size { columns: *columns, rows: *rows });
            }
        }
        let picture = emulator.picture();
        prop_assert_eq!(picture.cells.len(), usize::from(picture.size.columns) * usize::from(picture.size.rows));
        prop_assert!(picture.cells.iter().all(|cell| !cell.ch.is_control()));
        emulator.find("a", Spot { line: 0, column: 0 }, true);
        emulator.copy(Spot { line: 0, column: 0 }, Spot { line: u64::MAX, column: 3 });
    }
}

/// A program that prints without end until it is interrupted.
#[derive(Default)]
struct Flood {
    typed: Mutex<Vec<u8>>,
    interrupted: Notify,
}

impl Pty for Flood {
    fn read(&self) -> BoxFuture<'_, Option<Bytes>> {
        Box::pin(async {
            let done = self.typed.lock().unwrap().contains(&3);
            (!done).then(|| Bytes::from_static(&[b'y'; 16 << 10]))
        })
    }

    fn write(&self, typed: Bytes) -> BoxFuture<'_, Result<(), Fault>> {
        self.typed.lock().unwrap().extend_from_slice(&typed);
        self.interrupted.notify_one();
        Box::pin(async { Ok(()) })
    }

    fn resize(&self, _: Size) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    fn ended(&self) -> BoxFuture<'_, End> {
        Box::pin(async { End::Code(130) })
    }
}

#[tokio::test]
async fn an_interrupt_goes_before_a_flood() {
    let flood = Flood::default();
    let (asks, mut asked) = mpsc::channel(8);
    let (pictures, mut shown) = watch::channel(Arc::default());
    let (news, _told) = mpsc::channel::<TerminalNews>(8);
    let inbox = Inbox { pictures, news };
    let stop = CancellationToken::new();
    let press = async {
        shown.changed().await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        asks.send(TerminalAsk::Type(Typed::new(vec![3]))).await.unwrap();
        let began = crate::backends::clock::instant();
        flood.interrupted.notified().await;
        began.elapsed()
    };
    let (end, waited) = tokio::join!(run(&flood, SMALL, &mut asked, &inbox, &stop), press);
    assert_eq!(end, End::Code(130));
    assert!(waited < Duration::from_millis(500), "{waited:?}");
}
