//! Whatever logs bring, in any order, at any size, under any keys: no panic and nothing on the screen that a
//! terminal would obey.

use proptest::prelude::*;
use pult::app::Msg;
use pult::domain::log::{LogEvent, LogFound, LogGap, LogLine, LogStream, LogTurn};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::support::Drive;
use crate::support::logs::{answer, at, bring, crm, line, opened, refusal};
use crate::support::world::{docker, hostile, live, make, refused};

/// Something that happens.
#[derive(Debug, Clone)]
enum Deed {
    Key(&'static str),
    Text(usize),
    Event(usize, Happening),
    Size(u16, u16),
    Click(u16, u16),
    Wait(u32),
    World(usize),
}

#[derive(Debug, Clone)]
enum Happening {
    Live,
    Lines(Vec<(i64, usize)>),
    Older(Vec<(i64, usize)>, bool),
    Newer(Vec<(i64, usize)>, bool),
    OlderFailed,
    Gap,
    Dropped(u64),
    Turned,
    Progress(usize),
    Note(usize),
    Skew(i64),
    Found(u64),
    Ended,
    Lost,
    Refused,
}

const KEYS: &[&str] = &[
    "j",
    "k",
    "g g",
    "G",
    "pageup",
    "pagedown",
    "enter",
    "esc",
    "tab",
    ".",
    ",",
    "z",
    "p",
    "+",
    "-",
    "l",
    "backspace",
    "x",
    "r",
    "C",
    "t",
    "<",
    "{",
    "}",
    "m",
    "a",
    "w",
    "T",
    "u",
    "R",
    "H",
    "s",
    "o",
    "=",
    "|",
    "v",
    "V",
    "F",
    "P",
    "I",
    "B",
    "d",
    "alt-up",
    "alt-down",
    "space",
    "c",
    "/",
    "n",
    "N",
    "f",
    "f5",
    "1",
    "2",
    "left",
    "right",
    "ctrl-left",
    "ctrl-right",
    "y l",
    "y f",
    "e",
    "home",
    "end",
    "*",
];
const TEXTS: &[&str] = &[
    "line",
    "-x",
    "level>=warn",
    "status>=500 path~^/api",
    "/(a|b)+$/",
    "/(/",
    "source:db",
    "14:02",
    "-15m",
    "+5m",
    "yesterday 9:00",
    "/tmp/x.jsonl",
    "/tmp/x.md",
    "/var/log/",
    "\u{202e}",
    "日本語",
];

fn texts() -> Vec<String> {
    let mut texts = hostile();
    texts.extend(
        ["ERROR boom", "    at Deal.save", r#"{"msg":"x","status":500,"a":{"b":[1,2]}}"#].map(str::to_owned),
    );
    texts
}

fn lines(all: &[(i64, usize)]) -> Vec<LogLine> {
    let texts = texts();
    let line = |(ms, text): &(i64, usize)| LogLine {
        at: (ms % 7 != 0).then(|| at(*ms)),
        stream: if ms % 3 == 0 { LogStream::Stderr } else { LogStream::Stdout },
        text: texts[text % texts.len()].clone(),
        cut: ms % 11 == 0,
    };
    all.iter().map(line).collect()
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let some = || prop::collection::vec((-5_000_000..5_000_000_i64, 0..50_usize), 0..30);
    let happening = prop_oneof![
        2 => Just(Happening::Live),
        8 => some().prop_map(Happening::Lines),
        3 => (some(), any::<bool>()).prop_map(|(lines, more)| Happening::Older(lines, more)),
        2 => (some(), any::<bool>()).prop_map(|(lines, more)| Happening::Newer(lines, more)),
        1 => Just(Happening::OlderFailed),
        1 => Just(Happening::Gap),
        1 => any::<u64>().prop_map(Happening::Dropped),
        1 => Just(Happening::Turned),
        1 => (0..50_usize).prop_map(Happening::Progress),
        1 => (0..50_usize).prop_map(Happening::Note),
        1 => any::<i64>().prop_map(Happening::Skew),
        1 => any::<u64>().prop_map(Happening::Found),
        1 => Just(Happening::Ended),
        1 => Just(Happening::Lost),
        1 => Just(Happening::Refused),
    ];
    let deed = prop_oneof![
        12 => (0..KEYS.len()).prop_map(|i| Deed::Key(KEYS[i])),
        3 => (0..TEXTS.len()).prop_map(Deed::Text),
        8 => (0..6_usize, happening).prop_map(|(i, happening)| Deed::Event(i, happening)),
        2 => (1..220_u16, 1..70_u16).prop_map(|(w, h)| Deed::Size(w, h)),
        2 => (0..200_u16, 0..60_u16).prop_map(|(x, y)| Deed::Click(x, y)),
        2 => (0..3_000_u32).prop_map(Deed::Wait),
        1 => (0..4_usize).prop_map(Deed::World),
    ];
    prop::collection::vec(deed, 1..60)
}

fn happen(drive: &mut Drive, log: usize, happening: Happening) {
    let Some(stream) = drive.open_logs().get(log).map(|(stream, _)| *stream) else { return };
    let event = match happening {
        Happening::Live => LogEvent::Live,
        Happening::Lines(all) => LogEvent::Lines(lines(&all)),
        Happening::Older(all, more) => LogEvent::Older { lines: lines(&all), more },
        Happening::Newer(all, more) => LogEvent::Newer { lines: lines(&all), more },
        Happening::OlderFailed => LogEvent::OlderFailed(refusal()),
        Happening::Gap => LogEvent::Gap(LogGap::default()),
        Happening::Dropped(count) => LogEvent::Dropped(count),
        Happening::Turned => LogEvent::Turned(LogTurn::Rotated),
        Happening::Progress(text) => LogEvent::Progress(lines(&[(1, text)]).remove(0)),
        Happening::Note(text) => LogEvent::Note(texts()[text % texts().len()].clone()),
        Happening::Skew(ns) => LogEvent::Skew(jiff::SignedDuration::from_nanos(ns)),
        Happening::Found(hits) => LogEvent::Found(LogFound {
            generation: hits % 3,
            places: vec![i64::MAX, -1, 0],
            hits,
            scanned_bytes: hits,
            total_bytes: 0,
            done: hits % 2 == 0,
            fault: None,
        }),
        Happening::Ended => LogEvent::Ended,
        Happening::Lost => LogEvent::Lost(refused()),
        Happening::Refused => LogEvent::Refused(refusal()),
    };
    drive.msg(Msg::Log { stream, event });
}

fn change_world(drive: &mut Drive, kind: usize) {
    let remote = match kind {
        0 => live(crm()),
        1 => live(crm()).lost(refused(), None),
        2 => live(vec![
            make("crm-api").project("crm", "api").exited(137, 5),
            make("crm-x").project("crm", "x"),
        ]),
        _ => live(Vec::new()),
    };
    drive.msg(docker("local", remote));
}

/// Draws at the size that the application was told and at another one.
fn looks_right(drive: &mut Drive, (width, height): (u16, u16)) {
    for (width, height) in [(width, height), (height, width / 2)] {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        drive.app.view(drive.now, &mut buffer);
        for cell in buffer.content() {
            let bidi = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert!(!cell.symbol().chars().any(|c| c.is_control() || bidi(c)), "{:?}", cell.symbol());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_session_with_any_logs_survives(deeds in deeds()) {
        let mut drive = opened();
        bring(&mut drive, "crm-api", lines(&(0..80).map(|i| (i * 10 + 1, i as usize)).collect::<Vec<_>>()));
        let mut size = (120, 40);
        for deed in deeds {
            match deed {
                Deed::Key(key) => {
                    drive.key(key);
                }
                Deed::Text(i) => {
                    drive.text(TEXTS[i]).key("enter");
                }
                Deed::Event(log, happening) => happen(&mut drive, log, happening),
                Deed::Size(width, height) => {
                    size = (width, height);
                    drive.resize(width, height);
                }
                Deed::Click(x, y) => {
                    drive.click(x, y);
                }
                Deed::Wait(ms) => {
                    drive.pass(f64::from(ms) / 1000.0);
                }
                Deed::World(kind) => change_world(&mut drive, kind),
            }
            looks_right(&mut drive, size);
        }
    }
}

#[test]
fn every_tab_at_every_size() {
    let mut drive = opened();
    let all: Vec<_> = (0..200).map(|i| (i * 10 + 1, i as usize)).collect();
    bring(&mut drive, "crm-api", lines(&all));
    bring(&mut drive, "crm-db", vec![line(1, "db")]);
    drive.key("m k k a").text("note").key("enter - ").text("9").key("enter").key("F");
    answer(&mut drive);
    for _ in 0..7 {
        drive.pass(0.1);
        for (width, height) in (0..=50).step_by(3).flat_map(|w| (0..=30).map(move |h| (w * 4, h))) {
            looks_right(&mut drive, (width, height));
        }
        drive.key(".");
    }
}
