//! The detail: the line in full, filters, patterns, sources, marks and comparisons.

use pult::domain::log::LogEvent;

use crate::support::Drive;
use crate::support::logs::{at, bring, copied, down_to, here, line, numbered, opened, shown, tell};

const JSON: &str = r#"{"level":50,"msg":"no answer","req":{"method":"POST","url":"/v1/deals?a=b c"},"status":504,"password":"hunter2"}"#;

#[test]
fn the_line_is_shown_in_full_with_its_fields_and_a_field_is_a_filter() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", vec![line(1, JSON), line(2, r#"{"msg":"fine","status":200}"#)]);
    drive.key("k enter");
    let see = drive.see();
    for field in ["source     crm-api", "level      error", "req.method POST", "status     504"] {
        assert!(see.contains(field), "{field}\n{see}");
    }
    drive.key("tab");
    down_to(&mut drive, "status");
    drive.key("y f");
    assert_eq!(copied(&mut drive), "504");
    drive.key("enter").pass(0.1);
    assert!(drive.see().contains("status=504 (1)"), "{}", drive.see());
    assert_eq!(shown(&mut drive, "fine"), 0);
    drive.key("esc esc");
    assert!(!drive.see().contains("req.method"), "{}", drive.see());
}

#[test]
fn a_long_trace_is_read_to_its_end() {
    let mut drive = opened();
    let mut trace = vec![line(1, "ERROR cannot store deal 7")];
    trace.extend((0..80).map(|i| line(1, &format!("\tat com.example.Deal{i}.save(Deal.java:{i})"))));
    bring(&mut drive, "crm-api", trace);
    drive.key("g g enter tab");
    assert!(
        !drive.see().contains("│") && !drive.see().contains("▏     at com.example.Deal79"),
        "{}",
        drive.see()
    );
    drive.key("G");
    assert!(drive.see().contains("▏     at com.example.Deal79"), "{}", drive.see());
    drive.key("g g");
    assert!(drive.see().contains("▏ time"), "{}", drive.see());
}

#[test]
fn where_there_is_no_room_beside_the_line_takes_the_place_of_the_lines() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", vec![line(1, JSON)]);
    drive.screen(80, 20);
    drive.key("enter");
    assert!(drive.see().contains("source     crm-api"), "{}", drive.see());
    drive.key("esc");
    assert!(!drive.see().contains("source     crm-api"), "{}", drive.see());
    drive.key("enter");
    assert!(drive.see().contains("source     crm-api"), "one key opens it again: {}", drive.see());
}

#[test]
fn secrets_are_hidden_on_the_screen_in_the_detail_and_in_copies() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", vec![line(1, JSON), line(2, "login password=hunter2 ok")]);
    drive.key("k enter");
    assert!(drive.see().contains("hunter2"));
    drive.key("R");
    assert!(!drive.see().contains("hunter2"), "{}", drive.see());
    drive.key("y l");
    assert!(!copied(&mut drive).contains("hunter2"));
    drive.key("tab G y f");
    assert!(!copied(&mut drive).contains("hunter2"), "the value alone has no name that gives it away");
    drive.key("R y l");
    assert!(copied(&mut drive).contains("hunter2"));
}

#[test]
fn filters_are_switched_changed_moved_and_removed_one_by_one() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 20));
    for step in ["line 1", "-7", "-8"] {
        drive.key("+").text(step).key("enter");
    }
    drive.key("F").pass(0.1);
    let rows = |drive: &mut Drive| shown(drive, "api  line");
    assert_eq!(rows(&mut drive), 9, "{}", drive.see());
    assert!(drive.see().contains("[✓] -7  1 hidden"), "{}", drive.see());
    drive.key("space").pass(0.1);
    assert!(drive.see().contains("[ ] line 1"), "{}", drive.see());
    assert_eq!(rows(&mut drive), 16);
    drive.key("alt-down").pass(0.1);
    assert!(drive.see().contains("-7 (2) › line 1 › -8 (2)"), "{}", drive.see());
    drive.key("alt-up space j enter");
    assert!(drive.row("filter ").contains("filter -7"), "{}", drive.see());
    drive.key("ctrl-u").text("-9").key("enter").pass(0.1);
    assert!(drive.see().contains("line 1 (11) › -9 (1) › -8 (1)"), "{}", drive.see());
    drive.key("d").pass(0.1);
    assert!(drive.see().contains("line 1 (11) › -8 (1)"), "{}", drive.see());
    drive.key("esc d");
    assert!(drive.see().contains("works on a list beside the lines"), "{}", drive.see());
}

#[test]
fn patterns_tell_what_is_frequent_and_what_is_new() {
    let mut drive = opened();
    drive.resize(200, 60);
    bring(
        &mut drive,
        "crm-api",
        (0..90).map(|i| line(i * 1000, &format!("GET /deals/{i} took {i} ms"))).collect(),
    );
    bring(&mut drive, "crm-db", vec![line(500, "db")]);
    drive.key("P").pass(0.1);
    let row = drive.row("GET /deals/<");
    assert!(row.contains("90"), "{}", drive.see());
    bring(&mut drive, "crm-api", vec![line(400_000, "ERROR deadlock detected")]);
    drive.pass(0.1);
    let see = drive.see();
    assert!(drive.row("ERROR deadlock").contains('+'), "it is new: {see}");
    assert!(see.find("ERROR deadlock") < see.find("GET /deals/<"), "and stands first: {see}");
    drive.key("g g enter").pass(0.1);
    assert_eq!(
        (shown(&mut drive, "took 1 ms"), shown(&mut drive, "crm-api  ERROR")),
        (0, 1),
        "{}",
        drive.see()
    );
}

#[test]
fn the_ledger_counts_every_line_of_every_source() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 1200));
    bring(&mut drive, "crm-db", vec![line(0, "db")]);
    tell(&mut drive, "crm-api", LogEvent::Dropped(7));
    drive.key("-").text("\"line 1\"").key("enter").pass(0.1).key("I");
    let text = drive.screen(200, 60).text;
    let row =
        text.lines().filter_map(|l| l.split_once('▏')).find(|(_, r)| r.contains("● crm-api")).unwrap().1;
    let numbers: Vec<&str> = row.split_whitespace().skip(2).collect();
    assert_eq!(numbers, ["1,200", "889", "311", "7", "0"], "{text}");
    // Where there is less room what was lost is still said.
    let text = drive.screen(120, 40).text;
    let row =
        text.lines().filter_map(|l| l.split_once('▏')).find(|(_, r)| r.contains("● crm-api")).unwrap().1;
    assert_eq!(row.split_whitespace().skip(2).collect::<Vec<_>>(), ["1,200", "7", "0"], "{text}");
    assert!(text.contains("RECEIVED") && text.contains("LOST"), "{text}");
    drive.key("j enter").pass(0.1);
    assert!(drive.see().contains("source:crm-db"), "{}", drive.see());
}

#[test]
fn marks_outlast_filters_and_lead_back() {
    let mut drive = opened();
    bring(&mut drive, "crm-api", numbered(0, 20));
    drive.key("k k k m j a").text("where it \u{1b}[31m began").key("enter");
    let marked = |drive: &mut Drive| drive.see().lines().filter(|l| l.starts_with('▪')).count();
    assert_eq!(marked(&mut drive), 2, "the mark and the noted one: {}", drive.see());
    drive.key("-").text("line 16").key("enter").pass(0.1).key("B");
    let see = drive.see();
    assert!(see.contains("line 16.") && see.contains("where it") && !see.contains('\u{1b}'), "{see}");
    drive.key("enter");
    assert!(drive.see().contains("the filter hides that line"), "{}", drive.see());
    drive.key("esc backspace B B enter").pass(0.1);
    assert_eq!(marked(&mut drive), 2, "{}", drive.see());
    assert!(drive.see().contains("3 below"), "the cursor is there: {}", drive.see());
    drive.key("d").pass(0.1);
    assert_eq!(marked(&mut drive), 1, "{}", drive.see());
}

#[test]
fn before_and_after_and_two_sources_are_compared() {
    let mut drive = opened();
    drive.resize(200, 60);
    let mut lines: Vec<_> = (0..40).map(|i| line(i, &format!("GET /deals/{i} ok"))).collect();
    lines.extend((40..60).map(|i| line(i, &format!("ERROR pool is empty, waited {i} ms"))));
    lines.push(line(60, "    at Pool.get(Pool.java:12)"));
    bring(&mut drive, "crm-api", lines);
    bring(&mut drive, "crm-db", (0..30).map(|i| line(i, &format!("GET /deals/{i} ok"))).collect());
    drive.key("t").text(&at(40).to_string()).key("enter =");
    assert!(drive.see().contains("before and after this line  what began here"), "{}", drive.see());
    drive.key("enter").pass(0.1);
    let row = drive.row("ERROR pool is empty, waited <");
    assert!(row.contains("+            0           20"), "{row}\n{}", drive.see());
    assert!(
        !drive.see().contains("Pool.java:<"),
        "what continues a line is none of its own: {}",
        drive.see()
    );
    drive.key("esc =");
    assert!(drive.see().contains("crm-api with crm-db"), "{}", drive.see());
    drive.key("j enter").pass(0.1);
    let see = drive.see();
    assert!(see.contains("crm-api") && see.contains("crm-db  PATTERN"), "{see}");
    drive.key("g g enter").pass(0.1);
    assert!(drive.see().contains("hidden"), "only its lines: {}", drive.see());
}

#[test]
fn fields_become_columns_and_stay_chosen() {
    let mut drive = opened();
    let json = |i: i64| format!(r#"{{"msg":"done {i}","status":{},"ms":{i},"level":30}}"#, 200 + i % 2);
    bring(&mut drive, "crm-api", (0..20).map(|i| line(i, &json(i))).collect());
    drive.key("c");
    assert!(drive.see().contains("Fields as columns") && drive.see().contains("100 %"), "{}", drive.see());
    down_to(&mut drive, "[ ] status");
    drive.key("space esc").pass(0.1);
    let row = here(&mut drive);
    assert!(row.trim_end().ends_with("201     done 19"), "{row}\n{}", drive.see());
    // A line without fields is shown as it is.
    bring(&mut drive, "crm-api", vec![line(100, "plain text")]);
    assert_eq!(shown(&mut drive, "plain text"), 1);
    // What every line has stands before what it says, too.
    drive.key("k c");
    down_to(&mut drive, "[ ] level");
    drive.key("space esc").pass(0.1);
    bring(&mut drive, "crm-api", vec![line(200, "WARN plain and slow")]);
    assert!(drive.row("plain and slow").contains(" warn "), "{}", drive.see());
    assert_eq!((shown(&mut drive, "plain text"), shown(&mut drive, "done 19")), (1, 1), "{}", drive.see());
}
