//! `pult logs recording/NAME`: what the flight recorder has written, printed and followed while it is written.

use jiff::Timestamp;
use pult::backends::recording::Store;
use pult::domain::log::{LogLine, LogStream};
use pult::logs::recording::Limits;

use super::pult::Pult;

fn line(n: i64, text: &str) -> LogLine {
    let at = Timestamp::from_second(1_795_262_654 + n).ok();
    LogLine { at, stream: LogStream::Stdout, text: text.into(), cut: false }
}

#[test]
fn a_recording_is_printed_and_followed() {
    let pult = Pult::alone();
    let limits = Limits { spare_bytes: 0, ..Limits::default() };
    let state = pult.home().join(".local/state/pult");
    let mut store = Store::open(&state, limits).unwrap();
    let now = Timestamp::from_second(1_795_262_654).unwrap();
    store.append("web@prod", &[line(0, "one"), line(1, "two")], now).unwrap();
    store.keep(now).unwrap();
    let ran = pult.run(&["logs", "-o", "raw", "recording/web@prod"]);
    assert_eq!((ran.out.as_str(), ran.code), ("one\ntwo\n", 0), "{ran:?}");
    let ran = pult.run(&["logs", "-o", "raw", "--tail", "1", "recording/web@prod"]);
    assert_eq!(ran.out, "two\n");
    let running = pult.start(&["logs", "-f", "-o", "raw", "recording/web@prod"]);
    running.until("what is stored", |line| line == "two");
    store.append("web@prod", &[line(2, "three")], now).unwrap();
    store.keep(now).unwrap();
    running.until("what is written", |line| line == "three");
    assert_eq!(running.interrupt(), Some(130));
    let ran = pult.run(&["logs", "recording/wep@prod"]);
    assert!(ran.code != 0 && ran.err.contains("did you mean web@prod?"), "{ran:?}");
}
