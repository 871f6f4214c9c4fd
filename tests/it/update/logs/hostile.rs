//! What lines can do to a terminal: nothing. The bytes that go to it are looked at, not the cells.

use pult::app::Msg;
use pult::domain::log::{LogEvent, LogLine};
use pult::runtime::encode::Encoder;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::support::Drive;
use crate::support::logs::{bring, line, numbered, opened, stream_of};

/// Each does something to a terminal that obeys it.
fn corpus() -> Vec<String> {
    let mut all: Vec<String> = [
        // The clipboard, written and asked for; in all the ways to end it, and in none.
        "\x1b]52;c;cm0gLXJmIC8=\x07",
        "\x1b]52;c;?\x1b\\",
        "\x1b]52;p;eA==\u{9c}",
        "\x1b]52;c;b3Blbg==",
        "\u{9d}52;c;eA==\u{9c}",
        // Links, titles, notices, the folder, colours of the terminal, pictures.
        "\x1b]8;;https://evil.example\x1b\\harmless\x1b]8;;\x1b\\",
        "\x1b]0;owned\x07",
        "\x1b]2;owned\x1b\\",
        "\x1b]9;paid\x07\x1b]777;notify;a;b\x07\x1b]99;;x\x1b\\",
        "\x1b]7;file:///etc\x07\x1b]4;1;rgb:00/00/00\x07\x1b]10;#000\x07\x1b]11;?\x07",
        "\x1b]1337;File=inline=1:AAAA\x07\x1b_Ga=T;AAAA\x1b\\",
        // Device control: pictures, questions, what tmux and screen hand through.
        "\x1bPq#0;2;0;0;0~-\x1b\\",
        "\x1bP$qm\x1b\\\x1bP+q544e\x1b\\",
        "\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\",
        "\u{90}q~\u{9c}\x1bXsos\x1b\\\x1b^pm\x1b\\\u{9f}apc\u{9c}",
        // Questions whose answers are typed for the reader.
        "\x1b[6n\x1b[5n\x1b[c\x1b[>c\x1b[=c\x1b[21t\x1b[?1$p\x1b[18t\x05",
        // The screen, its modes, its size, its keys, its tabs, its resets.
        "\x1b[2J\x1b[H\x1b[3J\x1b[1;1Howned\x1b[K\x1b[10A\x1b[999D\x1b[L\x1b[M\x1b[@\x1b[P\x1b[X",
        "\x1b[?1049l\x1b[?25h\x1b[?1000h\x1b[?1006h\x1b[?2004l\x1b[?2026h\x1b[?7l\x1b[4h\x1b[20h",
        "\x1b[8;1;1t\x1b[3;0;0t\x1b[1;1r\x1b[s\x1b[u\x1b7\x1b8\x1bc\x1b[!p\x1b#8\x1bH\x1bD\x1bM\x1bE",
        "\x1b(0lqk\x1b(B\x0elqk\x0f\x1b%@\x1b%G\x1bn\x1bo\x1b|\x1b=\x1b>",
        "\u{9b}2J\u{9b}6n\u{85}\u{84}\u{8d}\u{8e}\u{8f}",
        // Single bytes: nothing, bell, back, tabs, feeds, returns, delete.
        "nul\0nul\0\0",
        "a\x07\x08\x08\x08b\x0b\x0c\rc\n\x7f\x1a\x18\x11\x13",
        "50%\r100%\rdone\r\n",
        // Half of a sequence: what follows must not complete it.
        "\x1b",
        "\x1b[",
        "\x1b[38;5",
        "\x1b]",
        "\x1bP",
        "\u{9b}",
        // Which way the text goes, and what takes no room.
        "\u{202e}gpj.exe\u{202c}\u{2066}x\u{2069}\u{200f}\u{200b}\u{feff}\u{2028}\u{2029}\u{e0001}\u{fff9}",
        // What was no UTF-8.
        "\u{fffd}\u{fffd}[2J\u{fffd}",
        // Colours are allowed; too many of them, too large, wrong ones.
        "\x1b[31mred\x1b[0m \x1b[38;2;999;999;999mx\x1b[38;5;300my\x1b[;;;;;m\x1b[4:3m\x1b[58:2::1:2:3m",
    ]
    .map(str::to_owned)
    .to_vec();
    all.push(format!("{}bomb", "\x1b[31;1;4;5;7;9m".repeat(20_000)));
    all.push(format!("\x1b[{}mlong", "1;".repeat(100_000)));
    all.push(format!("\x1b]52;c;{}", "A".repeat(100_000)));
    all.push(format!("a{}", "\u{301}".repeat(50_000)));
    all.push("\u{202e}".repeat(50_000));
    all.push("\x1b[2J\t\u{1f468}\u{200d}\u{1f469}".repeat(5_000));
    // Behind keys and in what is parsed.
    all.push(
        r#"{"level":"\u001b]0;x\u0007","msg":"\u001b[2J\u009b6n","\u001b[6nk":"\u001b]52;c;eA==\u0007"}"#
            .into(),
    );
    all.push("level=\"\\x1b[2J\" msg=\"\x1b]0;x\x07\" \x1b[6n=1".into());
    all
}

/// Of a frame's bytes what is neither text nor one of the sequences that draw.
fn strange(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut rest = text.as_ref();
    while let Some(at) = rest.find(char::is_control) {
        let control = &rest[at..];
        // To the next row; no cell holds one.
        if control.starts_with(['\r', '\n']) {
            rest = &control[1..];
            continue;
        }
        let Some(sequence) = control.strip_prefix("\x1b[") else {
            return Some(control.chars().take(40).collect());
        };
        let end = sequence.find(|c: char| !matches!(c, '0'..='9' | ';' | ':' | '?'))?;
        let (arguments, last) = (&sequence[..end], sequence[end..].chars().next()?);
        let draws = match last {
            'm' | 'H' | 'K' | 'A' | 'B' | 'C' | 'D' | 'G' | 'd' | 'X' => !arguments.contains('?'),
            // The first frame wipes the screen.
            'J' => arguments == "2",
            'h' | 'l' => arguments == "?2026",
            _ => false,
        };
        if !draws {
            return Some(control.chars().take(40).collect());
        }
        rest = &sequence[end + 1..];
    }
    rest.chars()
        .find(|c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(String::from)
}

fn check(drive: &mut Drive, encoder: &mut Encoder, what: &str) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
    drive.app.view(drive.now, &mut buffer);
    let mut cells = buffer.content().iter().map(|cell| cell.symbol());
    assert_eq!(cells.find(|symbol| symbol.chars().any(char::is_control)), None, "{what}");
    let mut bytes = Vec::new();
    encoder.frame(&buffer, None, &mut bytes);
    assert_eq!(strange(&bytes), None, "{what}");
    // A line may be drawn as it likes, not at any price.
    assert!(bytes.len() < 200_000, "{what}: {} bytes", bytes.len());
}

#[test]
fn the_terminal_gets_nothing_but_text_and_colours() {
    for (i, text) in corpus().into_iter().enumerate() {
        let mut drive = opened();
        let mut encoder = Encoder::new();
        let short: String = text.chars().take(30).collect();
        let what = |doing: &str| format!("{i} {short:?} {doing}");
        let lines: Vec<LogLine> = (0..3).map(|n| line(n * 1000, &text)).collect();
        let stream = stream_of(&drive, "crm-db");
        drive.msg(Msg::Log { stream, event: LogEvent::Note(text.chars().take(2000).collect()) });
        drive.msg(Msg::Log { stream, event: LogEvent::Progress(lines[0].clone()) });
        bring(&mut drive, "crm-api", lines);
        check(&mut drive, &mut encoder, &what("listed"));
        // Wrapped, in the detail, in its tabs, searched, as columns, collapsed, redacted, split.
        for keys in ["k", "w", "enter", ".", ".", ".", ".", "esc", "u", "R", "c", "esc", "s", "esc", "|", "G"]
        {
            drive.key(keys).pass(0.1);
            check(&mut drive, &mut encoder, &what(keys));
        }
        drive.key("/").text("x").key("enter").pass(0.1);
        check(&mut drive, &mut encoder, &what("searched"));
    }
}

#[test]
fn what_is_strange_is_noticed() {
    for text in corpus().iter().take(4) {
        assert!(strange(text.as_bytes()).is_some(), "{text:?}");
    }
    assert_eq!(strange("a\x1b[1;31mb\x1b[2;3H\x1b[Kc\x1b[?2026l".as_bytes()), None);
    assert!(strange("\u{202e}".as_bytes()).is_some() && strange(b"\x1b[6n").is_some());
}

/// A search is on, and all of what comes matches.
#[test]
fn ten_thousand_matches_a_second() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 10));
    drive.key("/").text("line").key("enter").pass(0.1);
    drive.key("+").text("line").key("enter").pass(0.1);
    let stream = stream_of(&drive, "crm-api");
    for second in 0..3 {
        for part in 0..10 {
            let lines = (0..1000)
                .map(|n| line(20_000 + second * 1000 + part * 100 + n / 10, "line line line"))
                .collect();
            drive.msg(Msg::Log { stream, event: LogEvent::Lines(lines) });
            // The clock goes on, and no more is asked for than ten wake-ups a second.
            drive.pass(0.1);
        }
        drive.key("k");
        let see = drive.see();
        let hits = format!("of {}", pult::domain::quantity::count(10 + 10_000 * (second as u64 + 1)));
        assert!(see.contains(&hits), "{hits}: {see}");
        drive.key("n N");
    }
}

#[test]
fn a_source_that_stops_answering_holds_up_nobody_else() {
    use crate::support::logs::asks;
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 50));
    bring(&mut drive, "crm-db", vec![line(10_500, "db")]);
    drive.key("g g").effects();
    // The older lines never come; what is written goes on coming, and keys work.
    for n in 0..5 {
        drive.pass(60.0);
        bring(&mut drive, "crm-db", vec![line(60_000 + n * 1000, &format!("db {n} goes on."))]);
        drive.key("k g g");
    }
    assert!(asks(&mut drive).is_empty(), "it is asked once");
    drive.key("G");
    assert!(drive.see().contains("db 4 goes on."), "{}", drive.see());
}
