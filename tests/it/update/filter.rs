//! The filter: live, harmless while it has a mistake, and taken back by esc.

use super::with;
use crate::support::world;

#[test]
fn it_follows_every_letter_and_counts() {
    let mut drive = with(world::mixed());
    drive.key("/").text("crm-a");
    assert_eq!(drive.names(), ["▾crm", "crm-api-1", "crm-api-2"]);
    assert!(drive.see().contains("2 of 10  enter keeps it, esc takes it back"));
    drive.key("backspace").text("w");
    assert_eq!(drive.names(), ["▾crm", "crm-worker"]);
    drive.key("enter");
    assert!(drive.see().contains("9 hidden by the filter"));
    assert!(drive.row("containers 1 of 10").contains("/crm-w"));
}

#[test]
fn a_mistake_keeps_the_rows_and_says_where() {
    let mut drive = with(world::mixed());
    drive.key("/").text("state:exited");
    let before = drive.names();
    assert_eq!(before, ["▾crm", "crm-worker", "▾(no", "old-job"]);
    drive.paste(" cpu>many");
    assert_eq!(drive.names(), before);
    assert!(drive.see().contains("column 18: `many` is not a number"), "{}", drive.see());
    drive.key("enter");
    assert!(drive.see().contains("column 18"), "enter does not put a wrong filter in force");
    drive.key("esc");
    assert_eq!(drive.names().len(), 13, "esc restores what was before");
}

#[test]
fn esc_takes_back_and_a_second_one_clears() {
    let mut drive = with(world::mixed());
    drive.key("/").text("mail").key("enter");
    drive.key("/").text("x").key("esc");
    assert_eq!(drive.names(), ["mail"]);
    drive.key("esc");
    assert_eq!(drive.names().len(), 13);
}

#[test]
fn columns_comparisons_and_negation() {
    let mut drive = with(world::mixed());
    let at = drive.now;
    drive.msg(pult::app::Msg::Usage(world::samples(&world::mixed(), at)));
    let mut rows = |filter: &str| {
        drive.key("/").key("ctrl-u").paste(filter).key("enter");
        let names: Vec<_> = drive.names().into_iter().filter(|n| !n.starts_with('▾')).collect();
        drive.key("esc");
        names
    };
    assert_eq!(rows("project:crm !api"), ["crm-db", "crm-worker"]);
    assert_eq!(rows("cpu>50"), ["crm-db", "parked"]);
    assert_eq!(rows("name~^crm-.*[0-9]$"), ["crm-api-1", "crm-api-2"]);
    assert_eq!(rows("up<1m state:starting"), ["n8n"]);
    assert_eq!(rows("state:exited exit=137"), ["crm-worker"]);
}

#[test]
fn keys_in_the_field_are_text() {
    let mut drive = with(world::mixed());
    drive.key("/").text("qdSr?");
    assert!(drive.row("containers").contains("/qdSr?"));
    assert!(drive.see().contains("No container matches the filter; 10 are hidden."));
}

#[test]
fn one_megabyte_is_pasted_into_the_field() {
    let mut drive = with(world::mixed());
    drive.key("/").paste(&"a\u{1b}[31mb\n".repeat(125_000));
    assert!(drive.see().contains("0 of 10"));
    drive.key("esc");
    assert_eq!(drive.names().len(), 13);
}
