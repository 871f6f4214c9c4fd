//! The list: the cursor follows identity, rows hold still under a hand, what comes and goes is seen.

use pult::app::input::{Input, Mouse, MouseKind};
use pult::app::{Effect, Msg};
use pult::domain::container::State;
use pult::domain::usage::{Usage, UsageSample};

use super::{rows, with};
use crate::support::world::{self, docker, key, live, make};
use crate::support::{Drive, drive};

fn cpu(drive: &mut Drive, figures: &[(&str, f64)]) {
    let at = drive.now;
    let sample = |(name, percent): &(&str, f64)| UsageSample {
        key: key(name),
        at,
        usage: Usage { cpu_percent: Some(*percent), ..Usage::default() },
    };
    drive.msg(Msg::Usage(figures.iter().map(sample).collect()));
}

/// Sorted by CPU, the largest first.
fn by_cpu() -> Drive {
    let mut drive = with(rows(&["a", "b", "c"]));
    cpu(&mut drive, &[("a", 30.0), ("b", 20.0), ("c", 10.0)]);
    drive.key("> >").pass(4.0);
    assert_eq!(drive.names(), ["a", "b", "c"]);
    drive
}

#[test]
fn the_cursor_follows_its_container_when_rows_move() {
    let mut drive = by_cpu();
    drive.key("j").pass(4.0);
    assert_eq!(drive.cursor(), "b");
    cpu(&mut drive, &[("a", 1.0), ("b", 2.0), ("c", 90.0)]);
    assert_eq!(drive.names(), ["c", "b", "a"]);
    assert_eq!(drive.cursor(), "b");
    drive.msg(docker("local", live(rows(&["0", "00", "b", "c"]))));
    assert_eq!(drive.cursor(), "b", "rows above came and went");
}

#[test]
fn the_cursor_comes_back_with_its_row_while_a_filter_is_typed() {
    let mut drive = with(rows(&["api", "db", "web"]));
    drive.key("j j");
    assert_eq!(drive.cursor(), "web");
    drive.key("/ a p i");
    assert_eq!(drive.cursor(), "api");
    drive.key("backspace backspace backspace");
    assert_eq!(drive.cursor(), "web");
    drive.key("d b");
    assert_eq!(drive.cursor(), "db");
    drive.key("enter").key("k").key("esc");
    assert_eq!(drive.cursor(), "db", "a move makes another row the place to be");
}

#[test]
fn the_order_holds_for_three_seconds_after_a_key() {
    let mut drive = by_cpu();
    drive.key("j");
    cpu(&mut drive, &[("a", 1.0), ("b", 2.0), ("c", 90.0)]);
    assert_eq!(drive.names(), ["a", "b", "c"]);
    drive.pass(2.9);
    assert_eq!(drive.names(), ["a", "b", "c"]);
    drive.pass(0.2);
    assert_eq!((drive.names(), drive.cursor().as_str()), (vec!["c".into(), "b".into(), "a".into()], "b"));
    // Asked for, the order comes at once.
    drive.key("k");
    cpu(&mut drive, &[("a", 99.0)]);
    drive.key("f5");
    assert_eq!(drive.names()[0], "a");
}

#[test]
fn new_rows_carry_a_sign_and_gone_ones_stay_for_three_seconds() {
    let mut drive = with(rows(&["a", "b"]));
    assert!(!drive.see().contains('+'), "the first picture is no news");
    drive.msg(docker("local", live(rows(&["a", "c"]))));
    assert_eq!(drive.names(), ["a", "b", "c"]);
    assert!(drive.row(" c ").contains("+"));
    assert!(drive.row(" b ").contains("−"));
    assert!(drive.row("containers").contains("containers 2"), "a gone one does not count");
    drive.pass(3.0);
    assert_eq!(drive.names(), ["a", "c"]);
    assert!(!drive.row(" c ").contains("+"));
}

#[test]
fn gone_rows_cannot_be_acted_on() {
    let mut drive = with(rows(&["a", "b"]));
    drive.key("j").msg(docker("local", live(rows(&["a"]))));
    drive.key("S");
    assert_eq!(drive.cursor(), "b");
    assert!(drive.see().contains("no container is selected"), "{}", drive.see());
}

#[test]
fn marks_are_kept_by_identity_and_go_with_their_container() {
    let mut drive = with(rows(&["a", "b", "c", "d"]));
    drive.key("space").key("j").key("space");
    assert!(drive.row("containers").contains("2 marked"));
    drive.msg(docker("local", live(rows(&["0", "a", "c", "d"]))));
    assert!(drive.row(" a ").contains("▪") && drive.row(" c ").contains("▪"));
    drive.msg(docker("local", live(rows(&["0", "c", "d"]))));
    assert!(drive.row("containers").contains("1 marked"));
    drive.key("*");
    assert!(!drive.row(" c ").contains("▪") && drive.row(" d ").contains("▪"));
    drive.key("ctrl-a");
    assert!(drive.row("containers").contains("3 marked"));
    drive.key("U");
    assert!(!drive.row("containers").contains("marked"));
}

#[test]
fn a_group_stands_for_its_containers() {
    let mut drive = with(world::mixed());
    assert_eq!(drive.names()[0], "▾crm");
    drive.key("left");
    assert_eq!(drive.names()[..2], ["▸crm", "▾n8n"]);
    drive.key("r");
    assert!(drive.see().contains("Restart 4 containers"), "{}", drive.see());
    drive.key("esc").key("-");
    assert!(drive.names().iter().all(|n| !n.starts_with('▸')), "unfolds all when something is folded");
    drive.key("-");
    assert_eq!(drive.names(), ["▸crm", "▸n8n", "▸(no"]);
}

/// What a filter hides is not marked, and a group is what it counts.
#[test]
fn what_is_not_shown_is_not_touched() {
    let mut drive = with(world::mixed());
    drive.key("/").text("state:exited").key("enter");
    assert_eq!(drive.names(), ["▾crm", "crm-worker", "▾(no", "old-job"]);
    assert!(drive.row("▾ crm").contains("0 of 1"));
    drive.key("g g r");
    assert!(drive.see().contains("Restart container crm-worker"), "{}", drive.see());
    drive.key("esc ctrl-a");
    assert!(drive.row("containers").contains("2 marked"), "{}", drive.see());
    drive.key("U - ctrl-a");
    assert!(drive.row("containers").contains("2 marked"), "folded away is not hidden");
    drive.key("*");
    assert!(!drive.row("containers").contains("marked"));
}

#[test]
fn jumps_go_back_and_forward() {
    let mut drive = with(rows(&["a", "b", "c", "d"]));
    drive.key("j").key("2").key("1");
    assert_eq!(drive.cursor(), "b");
    drive.key("G");
    assert_eq!(drive.cursor(), "d");
    drive.key("ctrl-o");
    assert_eq!(drive.cursor(), "b");
    drive.key("alt-right");
    assert_eq!(drive.cursor(), "d");
    drive.key("alt-right");
    assert!(drive.see().contains("no place to go forward to"));
    // A place that is gone is passed over.
    drive.msg(docker("local", live(rows(&["a", "c", "d"]))));
    drive.pass(4.0).key("ctrl-o");
    assert!(["c", "d"].contains(&drive.cursor().as_str()));
}

#[test]
fn panes_switch_by_number_bracket_and_mouse() {
    let mut drive = with(rows(&["a"]));
    drive.key("4");
    assert!(drive.see().contains("activity 0"));
    drive.key("[");
    assert!(drive.see().contains("No server here"));
    drive.key("[");
    assert!(drive.see().contains("No log is open"));
    drive.key("[");
    assert!(drive.see().contains("containers 1"));
    drive.key("] ] ]");
    assert!(drive.see().contains("activity 0"));
    drive.key("2");
    assert!(drive.see().contains("No log is open"));
    drive.click(10, 0);
    assert!(drive.see().contains("containers 1"));
}

#[test]
fn the_mouse_selects_folds_and_presses_footer_buttons() {
    let mut drive = with(world::mixed());
    drive.click(10, 5);
    assert_eq!(drive.cursor(), "crm-api-2");
    drive.click(3, 3);
    assert_eq!(drive.names()[0], "▸crm");
    let footer = drive.see().lines().last().unwrap().to_owned();
    let help = footer.chars().take(footer.find("? help").unwrap()).count() as u16;
    drive.click(help, 39);
    assert!(drive.see().contains("─ Keys ─"));
    drive.key("esc").click(20, 2);
    assert!(drive.row("containers 10").contains("sort state"), "a heading sorts");
}

/// Found by `any_session_survives`: the wheel over a list that has no room or no rows.
#[test]
fn the_wheel_turns_where_there_is_no_page() {
    for size in [(120, 40), (60, 20), (40, 10), (10, 3)] {
        for open in ["", "tab z", "p", "2", "2 F", "3", "4"] {
            let mut drive = with(world::mixed());
            drive.key(open).resize(size.0, size.1);
            for kind in [MouseKind::WheelDown, MouseKind::WheelDown, MouseKind::WheelUp] {
                for row in 0..size.1 {
                    drive.msg(Msg::Input(Input::Mouse(Mouse { kind, column: size.0 / 2, row })));
                }
            }
            drive.msg(docker("local", live(Vec::new())));
            drive.msg(Msg::Input(Input::Mouse(Mouse { kind: MouseKind::WheelDown, column: 5, row: 0 })));
            drive.pass(4.0).buffer();
        }
    }
}

#[test]
fn a_lost_engine_keeps_its_rows_and_says_its_age() {
    let mut drive = with(rows(&["a"]));
    drive.msg(docker("local", live(rows(&["a"])).lost(world::refused(), None)));
    drive.pass(30.0);
    assert_eq!(drive.names(), ["a"]);
    assert!(drive.see().contains("◐ unreachable 40s"), "{}", drive.see());
    drive.key("S");
    assert!(drive.see().contains("docker:local is unreachable: connection refused"), "{}", drive.see());
    drive.effects();
    drive.key("ctrl-r");
    assert!(drive.effects().iter().any(|e| matches!(e, Effect::Reconnect(id) if *id == world::local())));
    drive.msg(docker("local", live(rows(&["a"]))));
    assert_eq!(drive.names(), ["a"], "no double, no sign of news");
    drive.pass(1.0).key("ctrl-r");
    assert!(drive.see().contains("no connection is lost"));
}

#[test]
fn several_keymaps_move_the_cursor() {
    for name in pult::keymap::embedded_names() {
        let mut drive = Drive::with(world::one(), |setup| setup.keymap = drive::keymap(name));
        drive.msg(docker("local", live(rows(&["a", "b", "c"]))));
        drive.key("j G");
        assert_eq!(drive.cursor(), "c", "{name}");
        drive.key("g g");
        assert_eq!(drive.cursor(), "a", "{name}");
    }
}

#[test]
fn quitting_remembers_the_view() {
    let mut drive = with(rows(&["a", "b"]));
    drive.key("> o b c").key("j").text(" ").key("esc").key("ctrl-left p");
    drive.effects();
    drive.key("q");
    let effects = drive.effects();
    let [Effect::SaveState { panes, .. }, Effect::Quit] = &effects[..] else { panic!("{effects:?}") };
    let state = &panes["containers"];
    assert_eq!((state.sort.as_deref(), state.grouped), (Some("state"), Some(false)));
    assert_eq!((state.detail_open, state.split_percent), (Some(false), Some(68)));
    assert!(!state.columns.contains(&"state".to_owned()), "{:?}", state.columns);
    let states = panes.clone();
    let mut again = Drive::with(world::one(), |setup| setup.states = states);
    again.msg(docker("local", live(rows(&["a"]))));
    again.key("q");
    let again = again.effects();
    assert!(
        again.iter().any(|e| matches!(e, Effect::SaveState { panes: p, .. } if p["containers"] == *state))
    );
}

#[test]
fn ctrl_c_ends_whatever_is_open() {
    for open in ["?", "ctrl-p", "/", "d", "u", "c", "J", "y"] {
        let mut drive = with(rows(&["a"]));
        drive.key(open).effects();
        drive.key("ctrl-c");
        assert!(drive.effects().iter().any(|e| matches!(e, Effect::Quit)), "{open}");
    }
}

#[test]
fn states_have_a_glyph_and_a_word() {
    let mut drive = with(world::mixed());
    for words in ["● healthy", "! unhealthy", "✕ 137 oom", "✕ restarting", "◌ starting", "○ exit 0"]
    {
        drive.row(words);
    }
    for words in ["‖ paused", "○ created", "○ dead"] {
        drive.row(words);
    }
    drive.msg(docker("local", live(vec![make("x").state(State::Unknown)])));
    drive.row("unknown");
}
