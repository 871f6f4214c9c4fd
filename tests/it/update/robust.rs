//! Whatever comes in any order at any size: no panic, no cell outside, no control character on the screen.

use proptest::prelude::*;
use pult::app::input::{Button, Input, Mouse, MouseKind};
use pult::app::{Effect, Msg};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::log::{LogEvent, LogLine, LogStream};
use pult::domain::query::{Answer, Inspect, ProcessTable, Query};
use pult::keymap::{Code, Key};
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;

use super::{rows, with};
use crate::support::Drive;
use crate::support::world::{self, Make, docker, hostile, inspect, live, make};

/// Draws into the middle of a larger buffer's worth of sentinels and looks at every cell.
fn draws_inside(drive: &mut Drive, width: u16, height: u16) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    drive.app.view(drive.now, &mut buffer);
    assert_eq!(buffer.area, Rect::new(0, 0, width, height));
    no_control_characters(&buffer);
}

#[track_caller]
fn no_control_characters(buffer: &Buffer) {
    let bidi =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let width = usize::from(buffer.area.width).max(1);
    for (i, cell) in buffer.content().iter().enumerate() {
        let symbol = cell.symbol();
        assert!(!symbol.chars().any(|c| c.is_control() || bidi(c)), "{symbol:?} in a cell");
        let room = width - i % width;
        assert!(usize::from(cell.cell_width()) <= room, "{symbol:?} reaches over the edge");
    }
}

/// Dialogs and modes, each as the keys that open it.
const OPEN: [&str; 15] =
    ["", "?", "ctrl-p", "c", "d", "S", "u", "K", "e", "J", "f8", "/", "y", "tab z", "space space space d"];

#[test]
fn every_size_with_every_dialog() {
    for open in OPEN {
        let mut drive = with(world::mixed());
        let at = drive.now;
        drive.msg(Msg::Usage(world::samples(&world::mixed(), at)));
        drive.key("j").pass(0.2).key(open);
        for width in (0..=60).chain([99, 100, 101]) {
            for height in 0..=30 {
                // The view at a size the update was not told of, as between a resize and its message …
                draws_inside(&mut drive, width, height);
            }
            // … and told.
            drive.resize(width, width / 2);
            draws_inside(&mut drive, width, width / 2);
        }
    }
}

#[test]
fn every_tab_at_every_size() {
    let mut drive = with(world::mixed());
    let at = drive.now;
    drive.msg(Msg::Usage(world::samples(&world::mixed(), at))).key("j").pass(0.2);
    drive.answer(|q| matches!(q, Query::Inspect(_)), inspect("crm-api-1"));
    let stream = drive.stream();
    let lines = (0..60).map(|i| world::line(i, "some words of a log")).collect();
    drive.msg(Msg::Log { stream, event: LogEvent::Lines(lines) }).key("tab");
    for tab in 0..7 {
        if tab == 2 {
            drive.pass(0.1).answer(|q| matches!(q, Query::Processes(_)), world::processes());
        }
        for (width, height) in (0..=60).step_by(3).flat_map(|w| (0..=30).map(move |h| (w * 4, h))) {
            draws_inside(&mut drive, width, height);
        }
        drive.key(".");
    }
}

#[test]
fn a_storm_of_resizes() {
    let mut drive = with(world::mixed());
    drive.key("j d");
    let mut seed = 7_u32;
    for i in 0..1000 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (width, height) = match i % 10 {
            0 => (0, 0),
            1 => (1, 1),
            2 => (39, 9),
            3 => (u16::MAX / 200, 60),
            _ => ((seed >> 16) as u16 % 300, (seed >> 8) as u16 % 90),
        };
        drive.resize(width, height);
        let area = Rect::new(0, 0, width.min(400), height);
        draws_inside(&mut drive, area.width, area.height);
    }
    assert!(drive.screen(120, 40).text.contains("Remove container crm-api-1"));
}

#[test]
fn a_megabyte_is_pasted_everywhere() {
    let text = "crm ".repeat(262_144);
    for open in OPEN {
        let mut drive = with(world::mixed());
        drive.key(open).paste(&text);
        draws_inside(&mut drive, 120, 40);
        drive.key("end x backspace home");
        draws_inside(&mut drive, 120, 40);
        assert!(!drive.effects().iter().any(|e| matches!(e, Effect::Commit { .. })), "{open}");
    }
}

/// Names, labels, logs, faults and answers as a hostile host would send them, past the sanitising at ingest.
#[test]
fn hostile_texts_never_reach_the_cells() {
    for text in hostile() {
        let mut drive = with(vec![evil(&text), make("web")]);
        for key in ["", "space", "d", "e", "/", "?"] {
            drive.key(key).pass(0.2);
            draws_inside(&mut drive, 120, 40);
            draws_inside(&mut drive, 80, 24);
            draws_inside(&mut drive, 41, 11);
            drive.key("esc esc");
        }
        let fault = Fault::new(FaultKind::Failed, text.clone()).hint(text.clone());
        drive.msg(Msg::Notice { text: text.clone(), is_error: true });
        draws_inside(&mut drive, 120, 40);
        drive.msg(docker("local", live(vec![evil(&text)]).lost(fault.clone(), None)));
        draws_inside(&mut drive, 120, 40);
        drive.msg(docker("local", pult::domain::remote::Remote::default().lost(fault, None)));
        draws_inside(&mut drive, 120, 40);
    }
}

#[test]
fn hostile_answers_never_reach_the_cells() {
    for text in hostile() {
        let mut drive = Drive::new(world::one());
        let lonely = evil(&text).with(|c| c.project = None);
        drive.msg(docker("local", live(vec![lonely]))).pass(0.2);
        let Answer::Inspect(clean) = inspect("x") else { panic!() };
        let answer = Inspect {
            document: serde_json::json!({"Config": {text.clone(): [text.clone(), {"k": text.clone()}]}}),
            env: vec![(text.clone(), text.clone())],
            restart_policy: Some(text.clone()),
            ..*clean
        };
        drive.answer(|q| matches!(q, Query::Inspect(_)), Answer::Inspect(Box::new(answer)));
        let stream = drive.stream();
        let line = LogLine { at: None, stream: LogStream::Stdout, text: text.clone(), cut: true };
        drive.msg(Msg::Log { stream, event: LogEvent::Lines(vec![line]) }).key("tab");
        for tab in 0..7 {
            if tab == 2 {
                let rows = vec![vec![text.clone(); 3]; 3];
                let table = ProcessTable { titles: vec![text.clone(); 3], rows };
                drive.pass(0.1).answer(|q| matches!(q, Query::Processes(_)), Answer::Processes(table));
            }
            draws_inside(&mut drive, 120, 40);
            draws_inside(&mut drive, 200, 30);
            drive.key(".");
        }
    }
}

fn evil(text: &str) -> Make {
    make("evil").with(|c| {
        c.name = text.to_owned();
        c.image = text.to_owned();
        c.command = text.to_owned();
        c.project = Some(text.to_owned());
        c.service = Some(text.to_owned());
        c.labels.insert(text.to_owned(), text.to_owned());
        c.networks[0].name = text.to_owned();
    })
}

#[derive(Debug, Clone)]
enum Act {
    Key(Key),
    Paste(String),
    Mouse(MouseKind, u16, u16),
    Resize(u16, u16),
    Containers(Vec<u8>),
    Lost,
    Connecting,
    Usage,
    Answer,
    Log(String),
    Jobs(u64),
    Pass(u16),
}

fn key() -> impl Strategy<Value = Key> {
    let code = prop_oneof![
        8 => proptest::sample::select(" abcdefghijklmnopqrstuvwxyzSKPGNMJU123?/:<>-*.,[]".chars().collect::<Vec<_>>())
            .prop_map(Code::Char),
        1 => any::<char>().prop_filter("a terminal sends no control characters as such", |c| !c.is_control()).prop_map(Code::Char),
        6 => proptest::sample::select(vec![
            Code::Enter, Code::Esc, Code::Tab, Code::BackTab, Code::Up, Code::Down, Code::Left, Code::Right,
            Code::Home, Code::End, Code::PageUp, Code::PageDown, Code::Backspace, Code::Delete, Code::F(5), Code::F(8),
        ]),
    ];
    (code, proptest::bool::weighted(0.15), proptest::bool::weighted(0.05))
        .prop_map(|(code, ctrl, alt)| Key::new(code, ctrl, alt, false))
        .prop_filter("ctrl-c ends it", |k| *k != Key::ctrl('c'))
}

fn act() -> impl Strategy<Value = Act> {
    let kind = proptest::sample::select(vec![
        MouseKind::Press(Button::Left),
        MouseKind::Press(Button::Right),
        MouseKind::Release(Button::Left),
        MouseKind::Drag(Button::Left),
        MouseKind::WheelUp,
        MouseKind::WheelDown,
    ]);
    prop_oneof![
        12 => key().prop_map(Act::Key),
        1 => ".{0,40}".prop_map(Act::Paste),
        3 => (kind, 0..130_u16, 0..45_u16).prop_map(|(k, x, y)| Act::Mouse(k, x, y)),
        2 => (0..220_u16, 0..60_u16).prop_map(|(w, h)| Act::Resize(w, h)),
        3 => prop::collection::vec(0..20_u8, 0..20).prop_map(Act::Containers),
        1 => Just(Act::Lost),
        1 => Just(Act::Connecting),
        1 => Just(Act::Usage),
        2 => Just(Act::Answer),
        1 => ".{0,200}".prop_map(Act::Log),
        1 => (0..4_u64).prop_map(Act::Jobs),
        3 => (0..9000_u16).prop_map(Act::Pass),
    ]
}

fn play(drive: &mut Drive, act: Act) {
    match act {
        Act::Key(key) => {
            drive.msg(Msg::Input(Input::Key(key)));
        }
        Act::Paste(text) => {
            drive.paste(&text);
        }
        Act::Mouse(kind, column, row) => {
            drive.msg(Msg::Input(Input::Mouse(Mouse { kind, column, row })));
        }
        Act::Resize(width, height) => {
            drive.resize(width, height);
        }
        Act::Containers(numbers) => {
            let mut numbers = numbers;
            numbers.sort_unstable();
            numbers.dedup();
            let all = world::mixed();
            let each = numbers.iter().map(|n| match all.get(usize::from(*n)) {
                Some(m) => Make(m.0.clone()),
                None => make(&format!("more-{n}")),
            });
            let remote = live(each.collect());
            drive.msg(docker("local", remote));
        }
        Act::Lost => {
            let value = drive.app.world.docker.get(&world::local()).cloned().unwrap_or_default();
            drive.msg(docker("local", value.lost(world::refused(), Some(drive.now))));
        }
        Act::Connecting => {
            drive.msg(docker("local", world::connecting()));
        }
        Act::Usage => {
            let at = drive.now;
            drive.msg(Msg::Usage(world::samples(&world::mixed(), at)));
        }
        Act::Answer => {
            let asked: Vec<_> = drive.effects().into_iter().collect();
            for effect in asked {
                if let Effect::Ask { query, generation } = effect {
                    let result = Ok(match &query {
                        Query::Inspect(_) => inspect("x"),
                        Query::Processes(_) => world::processes(),
                        Query::Footprint(_) => world::footprint(),
                        Query::Server(_) | Query::Trend(_) => world::footprint(),
                    });
                    drive.msg(Msg::Answered { query, generation, result });
                }
            }
        }
        Act::Log(text) => {
            for stream in 1..4 {
                let line = LogLine {
                    at: Some(drive.now),
                    stream: LogStream::Stderr,
                    text: text.clone(),
                    cut: false,
                };
                drive.msg(Msg::Log { stream, event: LogEvent::Lines(vec![line]) });
            }
        }
        Act::Jobs(job) => {
            let result = if job == 1 { Err(Fault::new(FaultKind::Failed, "no")) } else { Ok(String::new()) };
            drive.msg(Msg::JobStep { job, name: "x".into(), result, audit_seq: 1, ms: 1 });
            drive.msg(Msg::JobSkipped { job, count: 1 });
        }
        Act::Pass(ms) => {
            drive.pass(f64::from(ms) / 1000.0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_session_survives(acts in prop::collection::vec(act(), 1..60)) {
        let mut drive = Drive::new(world::one());
        drive.msg(docker("local", live(rows(&["a", "b"]))));
        let (mut width, mut height) = (120, 40);
        for act in acts {
            if let Act::Resize(w, h) = act {
                (width, height) = (w, h);
            }
            play(&mut drive, act);
            draws_inside(&mut drive, width, height);
        }
        // Esc leads back to a list that still answers, from anywhere.
        drive.resize(120, 40).key("esc esc esc esc").key("1").msg(docker("local", live(rows(&["a", "b"]))));
        drive.key("esc esc esc");
        drive.pass(4.0);
        prop_assert!(drive.see().contains("containers 2"), "{}", drive.see());
    }
}
