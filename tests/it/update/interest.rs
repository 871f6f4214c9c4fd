//! What is measured is what is looked at.

use pult::app::Effect;
use pult::domain::interest::Interest;

use super::with;
use crate::support::Drive;
use crate::support::world::{self, make};

/// The last interest that was told.
fn interest(drive: &mut Drive) -> Option<Interest> {
    let told = drive.effects().into_iter().rev();
    told.filter_map(|e| if let Effect::Interest(_, interest) = e { Some(interest) } else { None }).next()
}

#[test]
fn only_rows_on_the_screen_are_measured() {
    let mut drive = with((0..500).map(|i| make(&format!("w-{i}"))).collect());
    let first = interest(&mut drive).unwrap();
    let page = drive.names();
    assert_eq!((first.visible.len(), first.all, first.hidden), (page.len(), false, false));
    assert_eq!(first.visible[0].0.as_ref(), world::id_of("w-0"));
    drive.key("j");
    assert_eq!(interest(&mut drive), None, "the cursor alone changes nothing");
    drive.key("G");
    let last = interest(&mut drive).unwrap();
    assert!(last.visible.iter().any(|id| id.0.as_ref() == world::id_of("w-499")));
    assert!(!last.visible.iter().any(|id| id.0.as_ref() == world::id_of("w-0")));
}

#[test]
fn all_are_measured_when_the_order_or_the_filter_needs_it() {
    let mut drive = with((0..200).map(|i| make(&format!("w-{i}"))).collect());
    drive.effects();
    drive.key("> >");
    assert!(interest(&mut drive).unwrap().all, "sorted by cpu");
    drive.key("< <");
    assert!(!interest(&mut drive).unwrap().all);
    drive.key("/").paste("cpu>1").key("enter");
    assert!(interest(&mut drive).unwrap().all, "filtered by cpu");
    drive.key("esc");
    assert!(!interest(&mut drive).unwrap().all);
}

#[test]
fn nothing_is_measured_behind_another_pane() {
    let mut drive = with(vec![make("web")]);
    drive.effects();
    drive.key("2");
    let hidden = interest(&mut drive).unwrap();
    assert!(hidden.hidden && hidden.visible.is_empty());
    drive.key("1");
    assert_eq!(interest(&mut drive).unwrap().visible.len(), 1);
}

#[test]
fn stopped_ones_are_not_measured_and_folded_groups_are() {
    let mut drive = with(world::mixed());
    let all = interest(&mut drive).unwrap().visible.len();
    assert_eq!(all, 5, "those with processes");
    drive.key("-");
    assert_eq!(interest(&mut drive).map_or(all, |i| i.visible.len()), all, "for the totals");
}
