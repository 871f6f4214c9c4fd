//! Sources that write little are read back as far as those that write much, and do not hold them up.

use pult::domain::fault::{Fault, FaultKind};
use pult::domain::log::{LogAsk, LogEvent, LogLine};

use crate::support::Drive;
use crate::support::logs::{asks, bring, line, opened, shown, stream_of, tell};

/// So many lines ten milliseconds apart, the last one at a time.
fn chatty(count: i64, until: i64) -> Vec<LogLine> {
    (0..count).map(|i| line(until - (count - 1 - i) * 10, &format!("chatter {i}."))).collect()
}

/// Who is asked for older lines.
fn asked(drive: &mut Drive) -> Vec<(u64, LogAsk)> {
    let ask = |effect| match effect {
        pult::app::Effect::AskLog { stream, ask } => Some((stream, ask)),
        _ => None,
    };
    drive.effects().into_iter().filter_map(ask).collect()
}

#[test]
fn a_quiet_source_is_asked_before_it_holds_up_the_others() {
    let mut drive = opened();
    bring(&mut drive, "crm-db", vec![line(59_990, "the quiet one")]);
    drive.effects();
    bring(&mut drive, "crm-api", chatty(1000, 60_000));
    let quiet = stream_of(&drive, "crm-db");
    assert_eq!(asks(&mut drive).len(), 1);
    tell(&mut drive, "crm-db", LogEvent::Older { lines: Vec::new(), more: true });
    bring(&mut drive, "crm-db", vec![line(60_010, "again")]);
    // What brought nothing is not asked over and over; its lines hold nobody up.
    assert!(asks(&mut drive).is_empty());
    drive.key("g g");
    assert!(shown(&mut drive, "chatter 0.") == 1, "{}", drive.see());
    assert!(asked(&mut drive).iter().any(|(stream, _)| *stream != quiet), "the chatty one has older lines");
}

#[test]
fn little_is_asked_for_once_and_until_there_is_enough() {
    let mut drive = opened();
    bring(&mut drive, "crm-db", vec![line(59_990, "the quiet one")]);
    drive.effects();
    bring(&mut drive, "crm-api", chatty(1000, 60_000));
    drive.pass(0.5);
    let quiet = stream_of(&drive, "crm-db");
    let first = asked(&mut drive);
    assert!(matches!(first.as_slice(), [(stream, LogAsk::Older { .. })] if *stream == quiet), "{first:?}");
    tell(&mut drive, "crm-db", LogEvent::Older { lines: vec![line(59_980, "before it")], more: true });
    drive.pass(0.5);
    let second = asked(&mut drive);
    assert!(
        matches!(second.as_slice(), [(stream, LogAsk::Older { edge, .. })] if *stream == quiet && edge.head[0].text == "before it"),
        "{second:?}"
    );
    tell(&mut drive, "crm-db", LogEvent::Older { lines: Vec::new(), more: false });
    drive.pass(0.5);
    assert!(asked(&mut drive).is_empty(), "its beginning is known");
    // All that is held of the other one has its place, and back there only that one is asked.
    drive.key("g g");
    assert_eq!(shown(&mut drive, "chatter 0."), 1, "{}", drive.see());
    let asked = asked(&mut drive);
    assert!(asked.len() == 1 && asked[0].0 != quiet, "{asked:?}");
}

#[test]
fn a_source_that_cannot_be_read_back_is_asked_once() {
    let mut drive = opened();
    bring(&mut drive, "crm-db", vec![line(59_990, "the quiet one")]);
    bring(&mut drive, "crm-api", chatty(1000, 60_000));
    assert_eq!(asks(&mut drive).len(), 1);
    tell(&mut drive, "crm-db", LogEvent::OlderFailed(Fault::new(FaultKind::Timeout, "no answer")));
    drive.pass(5.0);
    assert!(asks(&mut drive).is_empty());
    drive.key("g g");
    assert_eq!(shown(&mut drive, "chatter 0."), 1, "{}", drive.see());
}
