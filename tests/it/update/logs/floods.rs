//! What is dropped in a flood is read again by itself, once it has calmed.

use pult::domain::log::{LogAsk, LogEvent};

use crate::support::logs::{asks, bring, numbered, opened, shown, tell};

#[test]
fn dropped_lines_are_asked_for_when_the_flood_has_calmed() {
    let mut drive = opened();
    let all = numbered(0, 30);
    bring(&mut drive, "crm-api", all[..10].to_vec());
    tell(&mut drive, "crm-api", LogEvent::Dropped(10));
    bring(&mut drive, "crm-api", all[20..].to_vec());
    assert!(asks(&mut drive).is_empty());
    drive.pass(1.0);
    assert!(asks(&mut drive).is_empty(), "it has not calmed");
    drive.pass(2.0);
    let asked = asks(&mut drive);
    let [LogAsk::Older { lines, edge }] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(*lines >= 10 && edge.head == all[20..], "{edge:?}");
    drive.pass(5.0);
    assert!(asks(&mut drive).is_empty(), "it is asked for once");
    tell(&mut drive, "crm-api", LogEvent::Older { lines: all[5..20].to_vec(), more: true });
    drive.pass(0.3);
    assert_eq!(shown(&mut drive, "line "), 30, "{}", drive.see());
    assert_eq!(shown(&mut drive, "10 lines that came too fast were read again"), 1);
}
