//! The log pane: what is read, shown, chosen, found, marked and written.

mod beyond;
mod detail;
mod floods;
mod hostile;
mod levels;
mod lives;
mod marks;
mod out;
mod places;
mod quiet;
mod robust;
mod sources;

use pult::app::Setup;
use pult::command::PaneId;
use pult::domain::log::{LogEvent, LogGap};
use ratatui::layout::Position;
use ratatui::style::Color;

use crate::support::Drive;
use crate::support::logs::{answer, bring, here, line, numbered, open, opened, shown, tell};
use crate::support::world::one;

#[test]
fn a_project_is_read_whole_and_merged_by_time() {
    let mut drive = opened();
    assert_eq!(drive.open_logs().len(), 2);
    bring(&mut drive, "crm-api", vec![line(10, "first"), line(30, "third")]);
    bring(&mut drive, "crm-db", vec![line(40, "fourth")]);
    let see = drive.see();
    let place = |word: &str| see.find(word).unwrap_or_else(|| panic!("{word}\n{see}"));
    assert!(place("first") < place("third") && place("third") < place("fourth"));
    assert!(see.contains("project crm (2)") && see.contains("follow"), "{see}");
}

/// A page of the past that comes after lines of others has its place between them.
#[test]
fn sources_that_come_one_after_another_are_merged_all_the_same() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", vec![line(10, "one"), line(3_599_900, "three")]);
    bring(&mut drive, "crm-db", vec![line(20, "two"), line(3_599_950, "four")]);
    let order: Vec<usize> =
        ["one", "two", "three", "four"].iter().map(|word| drive.see().find(word).unwrap()).collect();
    assert!(order.is_sorted(), "{}", drive.see());
}

#[test]
fn a_pause_holds_the_page_and_counts_what_comes() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 200));
    assert_eq!(shown(&mut drive, "line 199."), 1);
    drive.key("k");
    let before = drive.see();
    bring(&mut drive, "crm-api", (200..250).map(|i| line(i * 1000, &format!("line {i}."))).collect());
    let see = drive.see();
    assert!(see.contains("51 below"), "{see}");
    assert_eq!(shown(&mut drive, "line 249."), 0);
    let text = |see: &str| see.lines().filter(|l| l.contains("line ")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(text(&before), text(&see), "nothing moves under the reader");
    drive.key("f");
    assert_eq!(shown(&mut drive, "line 249."), 1);
    drive.key("f");
    bring(&mut drive, "crm-api", vec![line(260_000, "line 250.")]);
    assert_eq!(shown(&mut drive, "line 250."), 0, "held again");
    drive.key("G");
    assert_eq!(shown(&mut drive, "line 250."), 1);
}

#[test]
fn filters_are_stacked_counted_and_taken_back() {
    let mut drive = opened();
    let text = |i: i64| format!("GET /{} {} n{i}", if i % 2 == 0 { "health" } else { "deals" }, 200 + i % 3);
    bring(&mut drive, "crm-api", (0..30).map(|i| line(i, &text(i))).collect());
    drive.key("-").text("health").key("enter").pass(0.1);
    assert_eq!(shown(&mut drive, "GET /health"), 0);
    assert_eq!(shown(&mut drive, "GET /deals"), 15);
    drive.key("+").text("201").key("enter").pass(0.1);
    let see = drive.see();
    assert_eq!(shown(&mut drive, "GET /deals 201"), 5, "{see}");
    assert!(see.contains("-health (15)") && see.contains("hidden 25"), "{see}");
    drive.key("backspace").pass(0.1);
    assert_eq!(shown(&mut drive, "GET /deals"), 15);
    // What comes later is judged as it comes.
    bring(&mut drive, "crm-api", vec![line(100, "GET /health 200 late"), line(101, "GET /deals 200 late")]);
    assert_eq!(shown(&mut drive, "late"), 1);
}

#[test]
fn a_step_has_alternatives() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 20));
    drive.key("+").text("line 3. or line 7. or line 1");
    assert!(drive.see().contains("of the newest lines 13 stay, 7 go"), "{}", drive.see());
    drive.key("enter").pass(0.1);
    assert!(drive.see().contains("line 3. or line 7. or line 1 (13)"), "{}", drive.see());
    drive.key("backspace +").text("line or").key("enter");
    assert!(drive.see().contains("`or` stands between two conditions"), "{}", drive.see());
}

#[test]
fn a_filter_that_hides_everything_says_so() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 5));
    drive.key("+").text("no such text").key("enter").pass(0.1);
    assert_eq!(shown(&mut drive, "No line passes the filters"), 1, "{}", drive.see());
    drive.key("backspace").pass(0.1);
    assert_eq!(shown(&mut drive, "line "), 5);
}

#[test]
fn a_wrong_filter_stays_in_the_field_and_says_why() {
    let mut drive = opened();
    drive.key("+").text("/(/").key("enter");
    let see = drive.see();
    assert!(see.contains("column"), "{see}");
    drive.key("esc");
    assert!(!drive.see().contains("column"));
}

#[test]
fn levels_are_chosen_round_and_round_where_they_stand() {
    let mut drive = opened();
    let lines = ["INFO fine", "WARN slow", "ERROR broken"];
    bring(&mut drive, "crm-api", lines.iter().zip(0..).map(|(text, i)| line(i, text)).collect());
    for (crumb, rows) in [("level>=warn (2) › -x", 2), ("level>=error (1) › -x", 1)] {
        drive.key("l");
        if crumb.contains("warn") {
            drive.key("-").text("x9").key("enter");
        }
        drive.pass(0.1);
        let see = drive.see();
        assert!(see.contains(crumb), "{crumb}\n{see}");
        assert_eq!(see.lines().filter(|l| l.contains("crm-api ")).count(), rows, "{see}");
    }
    drive.key("l").pass(0.1);
    assert!(!drive.see().contains("level>="), "{}", drive.see());
}

#[test]
fn a_line_and_those_like_it_are_muted() {
    let mut drive = opened();
    let text =
        |i: i64| if i % 3 == 0 { "deadlock detected".into() } else { format!("GET /deals/{i} took {i} ms") };
    bring(&mut drive, "crm-api", (0..30).map(|i| line(i, &text(i))).collect());
    drive.key("x").pass(0.1);
    assert_eq!(
        (shown(&mut drive, "GET /deals/1 "), shown(&mut drive, "deadlock")),
        (0, 10),
        "{}",
        drive.see()
    );
    assert!(drive.see().contains(" -like GET /deals/<*> took <*> ms (20)"), "{}", drive.see());
    assert!(drive.see().contains("hidden 20"), "{}", drive.see());
    drive.key("backspace").pass(0.1);
    assert_eq!(shown(&mut drive, "GET /deals"), 20);
}

/// A structured line is found by what a person reads of it as well as by what was written.
#[test]
fn what_stands_on_the_screen_is_found() {
    let mut drive = opened();
    let text = |i: i64| match i % 2 {
        0 => format!(
            r#"{{"DownstreamStatus":200,"Duration":1{i}000000,"RequestHost":"shop","RequestMethod":"GET","RequestPath":"/deals","msg":""}}"#
        ),
        _ => format!(r#"{{"level":50,"msg":"no pool","n":{i},"db":"x"}}"#),
    };
    bring(&mut drive, "crm-api", (0..20).map(|i| line(i, &text(i))).collect());
    for (searched, hits) in
        [("deals 200 14ms", 1), ("ERROR no pool", 10), ("\"n\":7,", 1), ("/deals 200", 10)]
    {
        drive.key("/").text(searched).key("enter").pass(0.1);
        let see = drive.see();
        assert!(
            see.contains(&format!("of {hits}")) || see.contains(&format!(": {hits} hits")),
            "{searched}\n{see}"
        );
        drive.key("esc");
        drive.key("+").text(&format!("\"{}\"", searched.replace('"', "\\\""))).key("enter").pass(0.1);
        let see = drive.see();
        assert!(see.contains(&format!("({hits})")), "{searched}\n{see}");
        drive.key("backspace");
    }
}

/// What went wrong is not like what went well, and what is hidden is said in words.
#[test]
fn muting_what_is_well_hides_no_error() {
    let mut drive = opened();
    let answered = |status: i64| {
        format!(
            r#"{{"ClientHost":"10.0.0.9","DownstreamStatus":{status},"Duration":31000000,"RequestHost":"shop.example","RequestMethod":"GET","RequestPath":"/v1/deals","level":"info","msg":""}}"#
        )
    };
    let text = |i: i64| match i % 4 {
        0 => answered(502),
        1 => format!("WARN deals of {i} took {i} ms"),
        2 => format!("INFO deals of {i} took {i} ms"),
        _ => answered(200),
    };
    bring(&mut drive, "crm-api", (0..20).map(|i| line(i, &text(i))).collect());
    drive.key("x").pass(0.1);
    let see = drive.see();
    assert_eq!((shown(&mut drive, "/v1/deals 200"), shown(&mut drive, "/v1/deals 502")), (0, 5), "{see}");
    assert!(see.contains("-info 2xx like GET shop.example/v1/deal"), "{see}");
    assert!(see.contains("info 2xx lines like that one are hidden"), "{see}");
    drive.key("x").pass(0.1);
    let see = drive.see();
    assert_eq!((shown(&mut drive, "INFO deals of 2 "), shown(&mut drive, "WARN deals of")), (0, 5), "{see}");
    assert!(see.contains("hidden 10"), "{see}");
    drive.key("F").pass(0.1);
    let see = drive.see();
    assert!(see.contains("-info like") && !see.contains("(?m)"), "{see}");
}

#[test]
fn what_is_missing_is_said_where_it_is_missing() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", vec![line(1, "before")]);
    tell(&mut drive, "crm-api", LogEvent::Dropped(1204));
    tell(&mut drive, "crm-api", LogEvent::Gap(LogGap::default()));
    bring(&mut drive, "crm-api", vec![line(2, "after")]);
    let see = drive.see();
    let place = |word: &str| see.find(word).unwrap_or_else(|| panic!("{word}\n{see}"));
    assert!(place("before") < place("1,204 lines") && place("1,204 lines") < place("after"), "{see}");
    assert!(see.contains("lost 1,204 +1 gap"), "{see}");
    // In a window without room for anything else this is still said, and whether it is followed.
    for (width, height) in [(80, 24), (60, 20), (44, 12)] {
        let text = drive.screen(width, height).text;
        let status = text.lines().nth(1).unwrap();
        assert!(status.contains("follow") && status.contains("lost 1,204"), "{width}: {status}");
    }
}

#[test]
fn repeats_are_collapsed_and_opened_again() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", (0..50).map(|i| line(i, "connection refused")).collect());
    drive.key("u").pass(0.1);
    assert_eq!(shown(&mut drive, "connection refused"), 1);
    assert!(drive.row("connection refused").contains("×50"), "{}", drive.see());
    bring(&mut drive, "crm-api", vec![line(60, "connection refused"), line(61, "connected")]);
    assert!(drive.row("connection refused").contains("×51"), "{}", drive.see());
    drive.key("u").pass(0.1);
    assert!(shown(&mut drive, "connection refused") > 30);
}

#[test]
fn long_lines_are_shifted_or_wrapped_under_their_text() {
    let mut drive = opened();
    let long: Vec<String> = (0..60).map(|i| format!("word{i}")).collect();
    bring(&mut drive, "crm-api", vec![line(1, &long.join(" ")), line(2, "next")]);
    assert!(drive.see().contains("word0 ") && !drive.see().contains("word59"));
    drive.key("right right right right");
    assert!(!drive.see().contains("word0 "), "{}", drive.see());
    drive.key("left left left left w");
    let see = drive.see();
    let rows: Vec<&str> = see.lines().filter(|l| l.contains("word")).collect();
    assert!(rows.len() > 3 && see.contains("word59"), "{see}");
    let place = rows[0].find("word0").unwrap();
    for row in &rows[1..] {
        assert_eq!(row.find("word"), Some(place), "under the text: {row}");
    }
    // The line below a long one is still one key away.
    drive.key("k k");
    assert!(here(&mut drive).contains("word0 "), "{}", drive.see());
    drive.key("w");
    assert_eq!(shown(&mut drive, "word"), 1);
}

#[test]
fn times_are_a_clock_a_date_an_age_or_nothing() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", vec![line(0, "hello")]);
    assert!(drive.row("hello").contains("14:06:40.000"));
    drive.key("T");
    assert!(drive.row("hello").contains("2025-06-15 14:06:40"));
    drive.key("T");
    assert!(drive.row("hello").contains("1h  crm-api"), "{}", drive.row("hello"));
    drive.key("T");
    assert!(drive.row("hello").starts_with("▌crm-api"), "{}", drive.row("hello"));
    drive.key("T");
    assert!(drive.row("hello").contains("14:06:40.000"));
}

#[test]
fn times_are_of_the_zone_that_was_chosen_in_every_view_and_session() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", vec![line(0, "hello"), line(1000, "there")]);
    drive.key("alt-t j j enter").text("nowhere").key("enter");
    assert!(drive.see().contains("`nowhere` is no time zone"), "{}", drive.see());
    drive.key("ctrl-u").text("kolkata").key("enter");
    assert!(drive.row("hello").contains("19:36:40.000"), "{}", drive.see());
    assert!(drive.row("logs  project").contains("times IST"), "{}", drive.see());
    // What is typed is of that zone too.
    drive.key("t").text("19:36:40").key("enter");
    assert!(here(&mut drive).contains("hello"), "{}", drive.see());
    drive.key("q");
    let panes = drive.effects().into_iter().find_map(|e| match e {
        pult::app::Effect::SaveState { panes, .. } => Some(panes),
        _ => None,
    });
    let mut drive = open(Drive::with(one(), |setup| setup.states = panes.unwrap()));
    drive.key("|");
    answer(&mut drive);
    bring(&mut drive, "crm-api", vec![line(0, "hello")]);
    assert!(drive.row("hello").contains("19:36:40.000"), "{}", drive.see());
    drive.key("alt-t enter");
    assert!(drive.row("hello").contains("14:06:40.000"), "{}", drive.see());
    assert!(drive.see().contains("times are local") && !drive.see().contains("Kolkata"), "{}", drive.see());
}

#[test]
fn names_are_short_where_the_window_is() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", vec![line(0, "hello")]);
    let text = drive.screen(80, 24).text;
    let row = text.lines().find(|l| l.contains("hello")).unwrap();
    assert!(row.contains("14:06:40.000 api  hello"), "what all names begin with is left out: {row}");
    let text = drive.screen(120, 40).text;
    assert!(text.contains("crm-api  hello"), "{text}");
}

#[test]
fn colours_of_a_program_are_shown_and_wide_characters_kept_whole() {
    let mut drive = opened();
    bring(
        &mut drive,
        "crm-api",
        vec![line(1, "\u{1b}[38;2;1;2;3mred\u{1b}[0m 日本語 \u{1b}[42mground\u{1b}[0m")],
    );
    let buffer = drive.buffer();
    let row = (0..40).find(|y| drive.see().lines().nth(*y).unwrap().contains("日本語")).unwrap() as u16;
    let cell = |symbol: &str| {
        (0..120).map(|x| &buffer[Position::new(x, row)]).find(|cell| cell.symbol() == symbol).unwrap().clone()
    };
    assert_eq!(cell("d").fg, Color::Rgb(1, 2, 3));
    assert_eq!(cell("g").bg, Color::Indexed(2));
    assert!(drive.row("日本語").contains("red 日本語 ground"));
    // At every width, also through the middle of a wide character.
    for width in 40..70 {
        drive.screen(width, 12);
    }
}

#[test]
fn the_histogram_is_a_switch() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 300));
    let strip = drive.see().lines().nth(2).unwrap().to_owned();
    assert!(strip.contains("14:06:40") || strip.contains("14:06"), "{strip}");
    assert!(strip.contains('█'), "{strip}");
    drive.key("H");
    assert!(drive.see().lines().nth(2).unwrap().contains("line "), "{}", drive.see());
}

#[test]
fn a_panel_starts_with_a_filter() {
    let mut drive = open(Drive::with(one(), |setup: &mut Setup| {
        setup.pane = Some(PaneId::Logs);
        setup.filter = Some("level>=warn".to_owned());
    }));
    bring(&mut drive, "crm-api", vec![line(1, "INFO fine"), line(2, "WARN slow")]);
    let see = drive.see();
    assert!(see.contains("level>=warn (1)") && see.contains("slow") && !see.contains("fine"), "{see}");
}

#[test]
fn hostile_lines_reach_no_cell_as_they_are() {
    let mut drive = opened();
    let lines = crate::support::world::hostile();
    let lines = lines.iter().enumerate().map(|(i, text)| line(i as i64, text)).collect();
    bring(&mut drive, "crm-api", lines);
    drive.key("w").pass(0.1);
    for c in drive.see().chars() {
        assert!(c == '\n' || !c.is_control(), "{c:?}");
    }
}
