//! Runs of answers, and what the track makes of them.

use std::time::Duration;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::domain::check::FileProbe;
use crate::domain::ids::TargetId;

fn check(failures: u32) -> Check {
    Check {
        name: "shop".into(),
        server: TargetId::server("web1"),
        kind: "tcp",
        probe: Probe::Tcp { host: "shop".into(), port: 443 },
        every: Duration::from_secs(60),
        timeout: Duration::from_secs(10),
        failures,
        slower_than: None,
        certificate_days: Some(21),
    }
}

fn second(s: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + s)
}

fn outcome(letter: char) -> Outcome {
    match letter {
        'o' => Outcome::ok("fine"),
        'd' => Outcome::new(Verdict::Degraded, "slow"),
        'f' => Outcome::failed("refused"),
        _ => Outcome::unknown("not connected"),
    }
}

/// The states after answers a minute apart; a blank is a time in which nobody asked.
fn states(letters: &str, failures: u32) -> (String, Vec<Outage>, Track) {
    let (check, mut track) = (check(failures), Track::default());
    let (mut said, mut outages, mut s) = (String::new(), Vec::new(), 0);
    for letter in letters.chars() {
        s += if letter == ' ' { 600 } else { 60 };
        if letter == ' ' {
            said.push(state(track.state(&check, second(s))));
            continue;
        }
        outages.extend(track.take(&check, outcome(letter), second(s)));
        said.push(state(track.state(&check, second(s))));
    }
    (said, outages, track)
}

fn state(state: State) -> char {
    state.word().chars().next().unwrap_or_default()
}

#[test]
fn one_failure_is_no_outage() {
    let (said, outages, track) = states("ooffo", 3);
    assert_eq!((said.as_str(), outages.len(), track.blips()), ("oosso", 0, 1));
}

#[test]
fn an_outage_begins_with_its_first_failure_and_ends_with_the_first_good_answer() {
    let (said, outages, track) = states("offfdo", 2);
    assert_eq!(said, "osdddo", "degraded is an answer");
    let times: Vec<_> = outages.iter().map(|o| (o.since, o.until)).collect();
    assert_eq!(times, [(second(120), None), (second(120), Some(second(300)))]);
    assert_eq!((track.blips(), track.outage()), (0, None));
    let turns: Vec<_> = track.turns().map(|t| (t.to.word(), t.at)).collect();
    assert_eq!(
        turns,
        [
            ("ok", second(60)),
            ("suspect", second(120)),
            ("down", second(120)),
            ("degraded", second(300)),
            ("ok", second(360)),
        ]
    );
}

/// Nobody could ask: the outage is not over, and nothing begins by it.
#[test]
fn what_nobody_could_ask_ends_nothing_and_begins_nothing() {
    let (said, outages, _) = states("ffuufuo", 2);
    assert_eq!((said.as_str(), outages.len()), ("sduuduo", 2));
    assert_eq!(outages[1].until, Some(second(420)));
    let (said, outages, _) = states("ofufuo", 2);
    assert_eq!((said.as_str(), outages.len()), ("osusuo", 0));
}

#[test]
fn time_in_which_nobody_asked_is_unknown() {
    let (said, _, track) = states("oo o", 2);
    assert_eq!(said, "oouo");
    assert_eq!(track.since(), Some(second(780)), "it is good since somebody asks again");
    assert_eq!(track.samples().filter(|s| s.verdict == Verdict::Unknown).count(), 1);
    let (_, outages, _) = states("f f", 2);
    assert!(outages.is_empty(), "two failures with nobody knows what between");
    assert_eq!(Track::default().state(&check(2), second(0)), State::Unknown);
}

#[test]
fn a_clock_that_was_set_is_a_gap() {
    let (check, mut track) = (check(2), Track::default());
    assert_eq!(track.take(&check, outcome('f'), second(1000)), None);
    assert_eq!(track.take(&check, outcome('f'), second(10)), None);
    assert_eq!(track.state(&check, second(10)), State::Suspect);
}

#[test]
fn a_file_that_changes_fails_until_it_is_as_it_was() {
    let probe = FileProbe { path: "/etc/passwd".into(), unchanged: true, ..FileProbe::default() };
    let (check, mut track) = (Check { probe: Probe::File(probe), ..check(1) }, Track::default());
    let mut at = 0;
    let mut seen = |digest: &str| {
        at += 60;
        let outcome = Outcome { digest: Some(digest.into()), ..Outcome::ok("there") };
        track.take(&check, outcome, second(at));
        track.state(&check, second(at)).word()
    };
    assert_eq!(
        [seen("aa"), seen("aa"), seen("bb"), seen("bb"), seen("aa")],
        ["ok", "ok", "down", "down", "ok"]
    );
}

#[test]
fn a_slow_answer_is_degraded() {
    let check = Check { slower_than: Some(Duration::from_millis(200)), ..check(1) };
    let judged = check.judge(Outcome::ok("200 OK").took(Duration::from_millis(812)));
    assert_eq!((judged.verdict, judged.message.as_str()), (Verdict::Degraded, "200 OK; slower than 200 ms"));
    assert_eq!(check.judge(Outcome::ok("").took(Duration::from_millis(20))).verdict, Verdict::Ok);
    let shown = |days| Outcome { certificate_days: Some(days), ..Outcome::ok("200 OK") };
    assert_eq!(check.judge(shown(21)).message, "200 OK; its certificate ends in 21 days");
    assert_eq!(check.judge(shown(22)).verdict, Verdict::Ok);
    assert_eq!(Check { certificate_days: None, ..check.clone() }.judge(shown(1)).verdict, Verdict::Ok);
    assert_eq!(check.judge(Outcome::failed("").took(Duration::from_secs(2))).verdict, Verdict::Failed);
}

proptest! {
    /// Whatever comes: outages begin and end in turn, never without enough failures in a row, and never lie.
    #[test]
    fn outages_begin_and_end_in_turn(letters in "[odfu ]{0,80}", failures in 1_u32..4) {
        let (said, outages, track) = states(&letters, failures);
        for (i, outage) in outages.iter().enumerate() {
            prop_assert_eq!(outage.until.is_some(), i % 2 == 1);
            prop_assert!(outage.until.is_none_or(|until| until > outage.since));
        }
        prop_assert_eq!(track.outage().is_some(), outages.len() % 2 == 1);
        for (letter, state) in letters.chars().zip(said.chars()) {
            let fits = match letter {
                'o' => state == 'o',
                'd' => state == 'd',
                'f' => "sd".contains(state),
                _ => state == 'u',
            };
            prop_assert!(fits, "{} {}", letters, said);
        }
        if !letters.contains(&"f".repeat(failures as usize)) {
            prop_assert!(outages.is_empty());
        }
        prop_assert!(track.samples().len() <= MOST_SAMPLES && track.turns().len() <= MOST_TURNS);
    }
}
