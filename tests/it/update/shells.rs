//! Shells in the panel: opened through the gate, keys that go there and keys that do not, their end.

use pult::app::input::MouseKind;
use pult::app::{Effect, Msg, Redraw};
use pult::domain::guard::Guard;
use pult::domain::terminal::{End, TerminalAsk};
use pult::runtime::encode::Encoder;

use crate::support::Drive;
use crate::support::drive::commits;
use crate::support::servers::fleet_with;
use crate::support::shells::{ends, opened, prints, typed};

/// A shell on the first server of the fleet.
fn shell() -> (Drive, u64) {
    let mut drive = fleet_with(|_| {});
    drive.key("j ! y");
    let (terminal, size) = opened(&mut drive);
    assert_eq!((size.columns, size.rows), (120, 36));
    prints(&mut drive, (terminal, size), b"\x1b]0;ops@web1: ~\x07$ ");
    (drive, terminal)
}

#[test]
fn a_shell_passes_the_gate_and_a_read_only_session_has_none() {
    let mut drive = fleet_with(|_| {});
    drive.key("j !");
    assert!(drive.see().contains("Open a shell on"), "{}", drive.see());
    drive.key("y");
    let effects = drive.effects();
    let (summary, _) = &commits(&effects)[0].0[0];
    assert!(summary.starts_with("open a shell on"), "{summary}");
    let order: Vec<bool> = effects
        .iter()
        .filter(|e| matches!(e, Effect::Commit { .. } | Effect::AskTerminal { .. }))
        .map(|e| matches!(e, Effect::Commit { .. }))
        .collect();
    assert_eq!(order, [false, true], "its size is told before it is opened");
    let mut drive = fleet_with(|_| {});
    drive.app.world.targets.iter_mut().for_each(|t| t.guard = Guard::ReadOnly);
    drive.key("j !");
    assert!(drive.see().contains("is read-only"), "{}", drive.see());
    assert!(commits(&drive.effects()).is_empty());
}

#[test]
fn keys_go_to_the_shell_but_for_those_behind_the_escape_key() {
    let (mut drive, _) = shell();
    drive.redraw();
    drive.text("q1?").key("ctrl-c up tab esc");
    assert_eq!(drive.redraw(), Redraw::No, "the program says what it does to the screen");
    assert_eq!(typed(&mut drive), b"q1?\x03\x1b[A\t\x1b");
    drive.key("ctrl-] ctrl-]");
    assert_eq!(typed(&mut drive), b"\x1d");
    drive.key("ctrl-]");
    assert!(drive.see().contains("leave"), "the line below lists what follows");
    drive.key("q");
    assert!(drive.see().contains("HOST"), "{}", drive.see());
    // It goes on behind the other pane.
    drive.key("5").text("x");
    assert_eq!(typed(&mut drive), b"x");
}

#[test]
fn several_lines_are_shown_before_they_are_typed() {
    let (mut drive, _) = shell();
    drive.paste("ls");
    assert_eq!(typed(&mut drive), b"ls");
    drive.paste("one\ntwo\x1b[201~\n");
    assert!(drive.see().contains("Several lines"), "{}", drive.see());
    assert_eq!(typed(&mut drive), b"");
    drive.key("enter");
    assert_eq!(typed(&mut drive), b"", "the first answer is no");
    drive.paste("one\ntwo\x1b[201~\n").key("down enter");
    assert_eq!(typed(&mut drive), b"one\rtwo[201~\r");
}

#[test]
fn the_past_is_looked_through_and_copied() {
    let (mut drive, terminal) = shell();
    let size = pult::domain::terminal::Size { columns: 120, rows: 36 };
    let lines: String = (0..100).map(|n| format!("line {n}\r\n")).collect();
    prints(&mut drive, (terminal, size), lines.as_bytes());
    drive.key("ctrl-] [ up up space up enter");
    let copies: Vec<_> = drive
        .effects()
        .into_iter()
        .filter_map(|e| match e {
            Effect::AskTerminal { ask: TerminalAsk::Copy { from, to }, .. } => Some((from.line, to.line)),
            _ => None,
        })
        .collect();
    assert_eq!(copies, [(98, 97)]);
    drive.key("x");
    assert_eq!(typed(&mut drive), b"x", "copied and back");
    drive.wheel(MouseKind::WheelUp, 10, 10);
    let asked = drive.effects();
    assert!(matches!(asked[..], [Effect::AskTerminal { ask: TerminalAsk::Scroll(-3), .. }]), "{asked:?}");
}

#[test]
fn the_mouse_goes_to_a_program_that_asks_for_it() {
    let (mut drive, terminal) = shell();
    let size = pult::domain::terminal::Size { columns: 120, rows: 36 };
    prints(&mut drive, (terminal, size), b"\x1b[?1000h\x1b[?1006h");
    drive.effects();
    drive.click(4, 5);
    // Below the header and the line with the shells.
    assert_eq!(typed(&mut drive), b"\x1b[<0;5;4M");
}

#[test]
fn one_that_has_ended_says_how_and_can_be_opened_again() {
    let (mut drive, terminal) = shell();
    ends(&mut drive, terminal, End::Unknown);
    assert!(drive.see().contains("ended without an exit code: enter opens it again"), "{}", drive.see());
    drive.key("enter y");
    let (again, _) = opened(&mut drive);
    assert_ne!(again, terminal);
    ends(&mut drive, again, End::Code(0));
    drive.key("esc");
    assert!(drive.see().contains("HOST") && !drive.see().contains("5 Shells"), "{}", drive.see());
}

#[test]
fn nothing_of_a_program_reaches_the_terminal_but_cells() {
    let (mut drive, terminal) = shell();
    let size = pult::domain::terminal::Size { columns: 120, rows: 36 };
    let hostile: [&[u8]; 9] = [
        b"\x1b]0;title\x07\x1b]2;title\x1b\\",
        b"\x1b]52;c;cm0gLXJmIC8=\x07",
        b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
        b"\x1bP1$r0m\x1b\\\x1bPq#0;2;0;0;0~-\x1b\\",
        b"\x1b_Ga=T;AAAA\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\",
        b"\x1b[?1000h\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?2026h\x1bc\x1b[!p",
        b"\x1b[6n\x1b[c\x1b[>c\x1b[21t\x1b[18t\x1b]11;?\x07",
        "\u{9d}0;x\u{9c}\u{90}q\u{9c}\u{202e}evil\u{2066}\u{200f}".as_bytes(),
        b"\x07\x05\x0e\x0f\x7f\x00\xff\xfe",
    ];
    for bytes in hostile {
        let text: Vec<u8> = [b"shown ", bytes, b" too"].concat();
        prints(&mut drive, (terminal, size), &text);
        let buffer = drive.buffer();
        let mut out = Vec::new();
        Encoder::new().frame(&buffer, None, &mut out);
        let out = String::from_utf8(out).unwrap();
        let mut rest = out.as_str();
        while let Some(at) = rest.find('\x1b') {
            rest = &rest[at + 1..];
            let sequence = rest.strip_prefix('[').unwrap_or_else(|| panic!("{bytes:?}: {rest:?}"));
            let last = sequence.find(|c: char| ('@'..='~').contains(&c)).unwrap();
            let known = ["H", "J", "K", "m", "G", "d", "A", "B", "C", "D", "X", "b", "h", "l"];
            assert!(known.contains(&&sequence[last..=last]), "{bytes:?}: {sequence:?}");
            let private = sequence.starts_with('?') && !sequence.starts_with("?2026");
            assert!(!private, "{bytes:?}: {:?}", &sequence[..=last]);
        }
        let acts = |c: char| {
            (c.is_control() && !"\x1b\r\n\x08".contains(c)) || ('\u{202a}'..='\u{202e}').contains(&c)
        };
        assert!(!out.contains(acts), "{bytes:?}");
    }
}

#[test]
fn quitting_asks_first_while_a_shell_is_open() {
    let quits = |drive: &mut Drive| drive.effects().iter().any(|e| matches!(e, Effect::Quit));
    let (mut drive, terminal) = shell();
    drive.key("ctrl-] q q");
    let seen = drive.see();
    assert!(seen.contains("Quit pult?") && seen.contains("These shells end"), "{seen}");
    assert!(!quits(&mut drive));
    drive.key("esc");
    assert!(!drive.see().contains("Quit pult?"));
    drive.key("q q");
    assert!(quits(&mut drive), "the second time it ends");
    let (mut drive, _) = shell();
    drive.key("ctrl-] q ctrl-c ctrl-c");
    assert!(quits(&mut drive), "by ctrl-c, too");
    // What has ended is nothing to lose.
    let (mut drive, _) = shell();
    let opened = Ok("opened".to_owned());
    drive.msg(Msg::JobStep { job: terminal, name: "web1".into(), result: opened, audit_seq: 1, ms: 1 });
    ends(&mut drive, terminal, End::Code(0));
    drive.key("ctrl-] q q");
    assert!(quits(&mut drive), "{}", drive.see());
}

#[test]
fn a_shell_outside_of_the_panel_passes_the_same_gate_and_takes_no_tab() {
    let mut drive = fleet_with(|_| {});
    drive.key("j alt-!");
    assert!(drive.see().contains("outside of the panel"), "{}", drive.see());
    drive.key("y");
    let effects = drive.effects();
    let (summary, _) = &commits(&effects)[0].0[0];
    assert!(summary.starts_with("open a shell outside of the panel, on "), "{summary}");
    assert!(!effects.iter().any(|e| matches!(e, Effect::AskTerminal { .. })));
    assert!(drive.see().contains("HOST"), "the servers are in front: {}", drive.see());
    let mut drive = fleet_with(|_| {});
    drive.app.world.targets.iter_mut().for_each(|t| t.guard = Guard::ReadOnly);
    drive.key("j alt-!");
    assert!(drive.see().contains("is read-only"), "{}", drive.see());
}

#[test]
fn a_lost_server_is_tried_again_by_a_shell() {
    let mut drive = fleet_with(|_| {});
    drive.key("/").text("name:web2").key("enter !");
    assert!(drive.see().contains("Open a shell"), "{}", drive.see());
    drive.key("y");
    assert_eq!(commits(&drive.effects()).len(), 1);
}
