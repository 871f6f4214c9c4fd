//! `pult logs recording/NAME`: what the flight recorder has written, printed and followed while it is written.

use jiff::Timestamp;
use pult::backends::recording::Store;
use pult::domain::capsule::{Capsule, CapsuleInfo};
use pult::domain::log::{LogLine, LogStream};
use pult::logs::recording::Limits;

use serde_json::{Value, json};

use super::pult::Pult;

fn line(n: i64, text: &str) -> LogLine {
    let at = Timestamp::from_second(1_795_262_654 + n).ok();
    LogLine { at, stream: LogStream::Stdout, text: text.into(), cut: false }
}

fn store(pult: &Pult) -> Store {
    let limits = Limits { spare_bytes: 0, ..Limits::default() };
    Store::open(&pult.home().join(".local/state/pult"), limits).unwrap()
}

fn capsule(name: &str, exit_code: Option<i64>, oom: bool, lines: usize) -> Capsule {
    let at = Timestamp::from_second(1_795_262_654).unwrap();
    Capsule {
        server: None,
        info: CapsuleInfo {
            id: Capsule::id(at, name, "9b61b3c4c32cde4b"),
            at,
            target: "docker:prod".into(),
            container: "9b61b3c4c32cde4b".into(),
            name: name.into(),
            image: "shop/web:2".into(),
            exit_code,
            oom,
            skipped_before: 0,
            crossing: None,
        },
        image_id: "sha256:1d".into(),
        asked_to_stop: false,
        restart_count: Some(3),
        started_at: None,
        missing: Vec::new(),
        usage: Vec::new(),
        log: (0..lines).map(|n| line(n as i64, "last words")).collect(),
        log_cut: false,
        inspect: Value::Null,
    }
}

#[test]
fn recordings_are_listed_in_every_format() {
    let pult = Pult::alone();
    let ran = pult.run(&["get", "recordings"]);
    assert_eq!((ran.out.trim_end(), ran.code), ("NAME  LINES  SIZE  OLDEST  NEWEST", 0), "none is no fault");
    let mut store = store(&pult);
    let now = Timestamp::from_second(1_795_262_654).unwrap();
    store.append("web@prod", &[line(0, "one"), line(9, "two")], now).unwrap();
    store.append("file:/var/log/syslog", &[line(0, "one")], now).unwrap();
    store.keep(now).unwrap();
    let ran = pult.run(&["get", "recordings", "-o", "name"]);
    assert_eq!(ran.out, "recording/file:/var/log/syslog\nrecording/web@prod\n", "{ran:?}");
    let ran = pult.run(&["get", "recordings", "web@prod", "-o", "json"]);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    let item = &json["items"][0];
    assert_eq!((json["kind"].as_str(), json["items"].as_array().unwrap().len()), (Some("recordings"), 1));
    assert_eq!((&item["name"], &item["source"]), (&json!("web@prod"), &json!("docker/web")));
    assert_eq!((&item["target"], &item["lines"]), (&json!("docker:prod"), &json!(2)));
    assert_eq!(item["from_at"], json!("2026-11-21T12:04:14Z"));
    assert_eq!(item["to_at"], json!("2026-11-21T12:04:23Z"));
    assert!(item["size_bytes"].as_u64().unwrap() > 0 && item["text_bytes"] == json!(6), "{item}");
    let ran = pult.run(&["get", "recordings", "--sort", "lines:desc", "--filter", "lines>1", "-o", "wide"]);
    assert!(ran.out.lines().count() == 2 && ran.out.contains("docker/web"), "{ran:?}");
    let ran = pult.run(&["get", "recordings", "-o", "yaml"]);
    assert!(ran.out.contains("name: web@prod"), "{ran:?}");
    assert_eq!(pult.run(&["get", "recordings", "nothing"]).code, 1);
    assert_eq!(pult.run(&["get", "recordings", "-w"]).code, 2);
}

#[test]
fn capsules_are_listed_in_every_format() {
    let pult = Pult::alone();
    let mut store = store(&pult);
    store.put_capsule(&capsule("web", Some(137), true, 3)).unwrap();
    store.put_capsule(&capsule("db\u{1b}[2J", None, true, 0)).unwrap();
    let ran = pult.run(&["get", "capsules"]);
    assert!(ran.out.starts_with("NAME ") && ran.out.contains("exit 137, out of memory"), "{ran:?}");
    assert!(!ran.out.contains('\u{1b}'), "{ran:?}");
    let ran = pult.run(&["get", "capsules", "--filter", "exit=137", "-o", "json"]);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    let item = &json["items"][0];
    assert_eq!(json["items"].as_array().unwrap().len(), 1, "{json}");
    assert_eq!((&item["source"], &item["exit_code"]), (&json!("docker/web"), &json!(137)));
    assert_eq!((&item["lines"], &item["at"]), (&json!(3), &json!("2026-11-21T12:04:14Z")));
    assert_eq!((&item["reason"], &item["oom_killed"]), (&json!("exit 137, out of memory"), &json!(true)));
    let name = item["name"].as_str().unwrap();
    let mut incident = capsule("web1", None, false, 1);
    let crossing = r#"{"metric":"disk","what":"/","since":"2026-11-21T12:04:14Z","until":null,"peak":91.5,"level":80.0}"#;
    incident.info.crossing = serde_json::from_str(crossing).unwrap();
    incident.info.target = "server:web1".into();
    store.put_capsule(&incident).unwrap();
    let json = pult.json(&["get", "capsules", "--filter", "source:server/web1", "-o", "json"]);
    assert_eq!(json["items"][0]["reason"], "disk / over 80 %, up to 92 %", "{json}");
    let ran = pult.run(&["get", "capsule", name, "-o", "name"]);
    assert_eq!(ran.out, format!("capsule/{name}\n"));
}

#[test]
fn a_recording_is_printed_and_followed() {
    let pult = Pult::alone();
    let mut store = store(&pult);
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
