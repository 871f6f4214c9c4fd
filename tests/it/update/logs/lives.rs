//! Lives of containers, before a restart and before they were made anew, and the stars that keep them.

use pult::app::{Effect, Msg};
use pult::domain::log::LogAnchor;
use pult::domain::recording::{RecorderStatus, Recording, Summary};
use pult::panes::PaneStates;

use crate::support::Drive;
use crate::support::logs::{answer, at, bring, numbered, opened};
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
