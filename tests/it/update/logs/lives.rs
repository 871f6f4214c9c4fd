//! Lives of containers, before a restart and before they were made anew, and the stars that keep them.

use pult::app::{Effect, Msg};
use pult::domain::log::{LogAnchor, LogEnd, LogEvent, LogLife};
use pult::domain::recording::{RecorderStatus, Recording, Summary};
use pult::panes::PaneStates;

use crate::support::Drive;
use crate::support::logs::{answer, at, bring, here, line, numbered, opened, shown, tell};
use crate::support::world::{docker, live, make, one};

/// The container was made anew a while ago; what its predecessor wrote is recorded.
fn made_anew() -> Drive {
    let api = || make("crm-api").project("crm", "api");
    let mut drive = Drive::new(one());
    let created = at(100_500);
    let api = api().with(|c| (c.created_at, c.started_at) = (Some(created), Some(created)));
    drive.msg(docker("local", live(vec![api, make("crm-db").project("crm", "db")])));
    let summary = Summary { lines: 50, first: Some(at(0)), last: Some(at(200_000)), ..Summary::default() };
    let recording = Recording { name: "crm-api@local".into(), summary, ..Recording::default() };
    let status = RecorderStatus { recordings: vec![recording], ..RecorderStatus::default() };
    drive.msg(Msg::Recorder(status)).pass(10.0).key("1 g g L");
    answer(&mut drive);
    drive
}

#[test]
fn the_last_words_of_a_predecessor_are_read_from_its_recording() {
    let mut drive = made_anew();
    bring(&mut drive, "crm-api", numbered(101_000, 20));
    bring(&mut drive, "crm-db", numbered(0, 5));
    drive.key("I");
    assert!(drive.see().contains("the life of its predecessor is recorded: <"), "{}", drive.see());
    drive.key("esc k <").pass(0.1);
    assert!(drive.see().contains("the life before: recording/crm-api@local"), "{}", drive.see());
    let read: Vec<_> = drive.open_logs().iter().map(|(_, want)| want.clone()).collect();
    let sources: Vec<String> = read.iter().map(|want| want.key.source.to_string()).collect();
    assert_eq!(read.len(), 2, "it takes the place of the container: {sources:?}");
    assert!(sources.contains(&"recording/crm-api@local".to_owned()), "{sources:?}");
    let before = at(100_500) - jiff::SignedDuration::from_nanos(1);
    assert!(read.iter().all(|want| want.anchor == LogAnchor::Time(before)), "{read:?}");
}

#[test]
fn a_container_that_was_only_restarted_goes_back_in_its_own_log_first() {
    let mut drive = made_anew();
    let api = make("crm-api").project("crm", "api");
    let api = api.with(|c| (c.created_at, c.started_at) = (Some(at(100_500)), Some(at(300_500))));
    drive.msg(docker("local", live(vec![api, make("crm-db").project("crm", "db")]))).pass(0.1);
    bring(&mut drive, "crm-api", numbered(101_000, 300));
    bring(&mut drive, "crm-db", numbered(0, 1));
    drive.key("k <").pass(0.1);
    assert!(!drive.see().contains("recording/crm-api@local"), "{}", drive.see());
    drive.key("k <").pass(0.1);
    assert!(drive.see().contains("recording/crm-api@local"), "once more, further: {}", drive.see());
}

fn life(start: i64, end: Option<LogEnd>) -> LogEvent {
    LogEvent::Life(LogLife { started_at: Some(at(start)), end })
}

/// An engine tells of a start when the first lines may be written already; the reader knows better.
#[test]
fn the_last_words_are_those_before_the_start_as_the_reader_knows_it() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 200));
    bring(&mut drive, "crm-db", vec![line(99_800, "of another")]);
    let api = make("crm-api").project("crm", "api").with(|c| c.started_at = Some(at(102_500)));
    drive.msg(docker("local", live(vec![api, make("crm-db").project("crm", "db")]))).pass(0.1);
    tell(&mut drive, "crm-api", life(99_900, None));
    drive.key("<").pass(0.1);
    assert!(here(&mut drive).contains("line 99."), "{}", drive.see());
    // The lines of the other one are none of its words, and it has no earlier life.
    tell(&mut drive, "crm-db", LogEvent::Older { lines: Vec::new(), more: false });
    tell(&mut drive, "crm-db", life(99_700, None));
    drive.key("k");
    while !here(&mut drive).contains("of another") {
        drive.key("j");
    }
    drive.key("<").pass(0.1);
    assert!(here(&mut drive).contains("of another"), "{}", drive.see());
    assert!(drive.see().contains("nothing is kept of a life before"), "{}", drive.see());
}

/// Of what stopped before it was opened only the reader knows the exact times.
#[test]
fn a_container_that_had_ended_says_so_has_the_row_of_its_end_and_an_earlier_life() {
    let mut drive = Drive::new(one());
    let dead = make("crm-api").project("crm", "api").exited(3, -500).with(|c| c.since_rounded = true);
    drive.msg(docker("local", live(vec![dead]))).pass(10.0);
    drive.key("1 g g j L");
    tell(&mut drive, "crm-api", LogEvent::Live);
    bring(&mut drive, "crm-api", numbered(0, 20));
    assert!(drive.see().contains("follow"), "{}", drive.see());
    let end = LogEnd { at: at(19_200), code: Some(3), oom_killed: false };
    for _ in 0..2 {
        tell(&mut drive, "crm-api", life(9_500, Some(end.clone())));
    }
    tell(&mut drive, "crm-api", LogEvent::Ended);
    drive.pass(1.0);
    let see = drive.see();
    assert!(see.contains("ended, exit 3") && !see.contains("follow ●"), "{see}");
    assert_eq!(shown(&mut drive, "crm-api died: exit 3"), 1, "{see}");
    assert!(see.find("line 19.") < see.find("crm-api died"), "{see}");
    drive.key("<").pass(0.1);
    assert!(here(&mut drive).contains("line 9."), "{}", drive.see());
    assert!(drive.see().contains("ended, exit 3"), "{}", drive.see());
    // It is started again.
    tell(&mut drive, "crm-api", LogEvent::Live);
    drive.key("G");
    assert!(drive.see().contains("follow ●"), "{}", drive.see());
}

#[test]
fn units_are_starred_like_files_and_containers() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 3));
    drive.effects();
    drive.key("*");
    assert!(drive.see().contains("docker/crm-api@local is recorded on disk"), "{}", drive.see());
    let mut drive = Drive::with(one(), |setup| setup.states = kept_view("pult logs unit/nginx.service"));
    drive.key("2 v enter");
    assert_eq!(drive.open_logs().len(), 1);
    drive.effects();
    drive.key("*");
    assert!(drive.see().contains("unit/nginx.service is recorded on disk"), "{}", drive.see());
    let stars = |drive: &mut Drive| {
        drive.effects().into_iter().find_map(|e| match e {
            Effect::Record(stars) => Some(stars.iter().map(ToString::to_string).collect::<Vec<_>>()),
            _ => None,
        })
    };
    assert_eq!(stars(&mut drive), Some(vec!["unit/nginx.service".to_owned()]));
    drive.key("*");
    assert_eq!(stars(&mut drive), Some(Vec::new()));
}

/// A panel that was left with a kept view.
fn kept_view(line: &str) -> PaneStates {
    let view = format!("[logs.logs]\nviews = [{{ name = \"one\", line = \"{line}\" }}]");
    toml::from_str(&view).unwrap()
}
