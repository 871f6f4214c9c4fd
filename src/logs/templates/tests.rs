//! Patterns of lines as they come, their muting and comparing.

use proptest::prelude::*;
use regex::Regex;

use super::*;

fn at(second: i64) -> Option<Timestamp> {
    Some(Timestamp::from_second(1_795_262_654 + second).unwrap())
}

fn learned(lines: &[&str]) -> Templates {
    let mut templates = Templates::new(DEFAULT_CAP);
    lines.iter().for_each(|line| _ = templates.learn(line, None, None, "api"));
    templates
}

/// `count pattern`, the most frequent first.
fn patterns(templates: &Templates) -> Vec<String> {
    let mut list: Vec<_> = templates.list().map(|t| (t.count, t.text())).collect();
    list.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    list.into_iter().map(|(count, text)| format!("{count} {text}")).collect()
}

#[test]
fn lines_that_differ_in_what_varies_are_one_pattern() {
    let templates = learned(&[
        "2026-11-21T12:04:14Z INFO user anna logged in from 10.0.0.1",
        "2026-11-21T12:04:15Z INFO user bob logged in from 10.0.0.2",
        "2026-11-21T12:04:16Z INFO user carl logged in from 10.0.0.3",
        "2026-11-21T12:04:17Z ERROR deadlock detected",
        "connection opened",
        "connection closed",
        "retry peer=db1 in 3s",
        "retry peer=cache in 12s",
        r#"{"level":30,"msg":"job 7 done","x":1}"#,
        r#"{"level":30,"msg":"job 8 done","y":2}"#,
    ]);
    assert_eq!(
        patterns(&templates),
        [
            "3 INFO user <*> logged in from <*>",
            "2 job <*> done",
            "2 retry peer=<*> in <*>",
            "1 ERROR deadlock detected",
            "1 connection closed",
            "1 connection opened",
        ]
    );
    let id = templates.of("2026-11-21T13:00:00Z INFO user dora logged in from 10.0.0.4").unwrap();
    assert_eq!(templates.get(id).unwrap().count, 3);
    assert_eq!(templates.of("something else"), None);
}

#[test]
fn what_is_known_of_a_pattern() {
    let mut templates = Templates::new(10);
    for second in 0..600 {
        templates.learn("tick 1", Some(Level::Info), at(second), "api");
    }
    for second in 600..660 {
        (0..12).for_each(|_| _ = templates.learn("tick 2", Some(Level::Warn), at(second), "db"));
        templates.learn("new 1 error", Some(Level::Error), at(second), "db");
    }
    let of = |text: &str| templates.get(templates.of(text).unwrap()).unwrap();
    let (tick, new) = (of("tick 9"), of("new 9 error"));
    assert_eq!((tick.first, tick.last, tick.level()), (at(0), at(659), Some(Level::Warn)));
    assert_eq!(tick.sources().collect::<Vec<_>>(), [("api", 600), ("db", 720)]);
    let since = at(600).unwrap();
    assert!(new.is_new(since) && !tick.is_new(since));
    let factor = templates.change(tick, since).factor().unwrap();
    assert!((11.0..13.0).contains(&factor), "{factor}");
    assert_eq!(templates.change(new, since).factor(), None);
    let rate = tick.per_minute(at(660).unwrap());
    assert!((500.0..=720.0).contains(&rate), "{rate}");
}

#[test]
fn patterns_are_bounded_and_the_least_used_go() {
    let mut templates = Templates::new(40);
    let kept = templates.learn("often seen", None, at(0), "a");
    templates.learn("often seen", None, at(0), "a");
    let gone = templates.learn("once seen", None, at(0), "a");
    for i in 0..5_000_u32 {
        let word: String = i.to_string().bytes().map(|b| char::from(b - b'0' + b'a')).collect();
        templates.learn(&format!("{word} {} in", word.repeat(2)), None, at(1), "a");
        assert!(templates.len() <= 40);
    }
    assert!(templates.get(kept).is_some() && templates.get(gone).is_none());
    assert!(templates.known.len() <= 160);
    let listed: usize = templates.leaves.values().map(Vec::len).sum();
    assert_eq!((listed, templates.list().count()), (templates.len(), templates.len()));
    assert_eq!(templates.total(), 5_003);
}

#[test]
fn a_crowded_place_becomes_wide() {
    let mut templates = Templates::new(DEFAULT_CAP);
    for i in 0..1_000_u32 {
        let name: String = i.to_string().bytes().map(|b| char::from(b - b'0' + b'k')).collect();
        templates.learn(&format!("login {name}"), None, None, "a");
        templates.learn(&format!("{name} went away"), None, None, "a");
    }
    let list = patterns(&templates);
    assert!(list.len() <= MAX_LEAF + MAX_FIRST + 1, "{}", list.len());
    assert!(
        list.iter().any(|p| p.ends_with("login <*>")) && list.iter().any(|p| p.ends_with("<*> went away"))
    );
}

#[test]
fn one_side_knows_that_any_word_may_come_first() {
    let (mut a, mut b) = (Templates::new(1_000), Templates::new(1_000));
    for i in 0..300_u32 {
        let name: String = i.to_string().bytes().map(|b| char::from(b - b'0' + b'k')).collect();
        a.learn(&format!("{name} went away again"), None, None, "a");
    }
    b.learn("anna went away again", None, None, "b");
    // Those that came before it was known are patterns of their own; anna's is not the only one of B.
    assert!(compare(&a, &b).iter().all(|d| d.kind != DifferenceKind::OnlyB));
    assert!(compare(&b, &a).iter().all(|d| d.kind != DifferenceKind::OnlyA));
}

/// The expression of a step, as a filter reads it.
fn expression(step: &str) -> Regex {
    assert!(!step.contains(char::is_whitespace) && step.len() < 4096, "{step}");
    let inner = step.strip_prefix("-/").and_then(|rest| rest.strip_suffix('/')).unwrap();
    assert!(!inner.replace(r"\\", "").replace(r"\/", "").contains('/'), "{step}");
    Regex::new(inner).unwrap()
}

#[test]
fn muting_hides_the_lines_and_no_others() {
    let like = [
        vec![
            "2026-11-21T12:04:14Z INFO user anna logged in from 10.0.0.1",
            "2026-11-22T00:00:00Z INFO  user bob logged in from ::1",
        ],
        vec!["GET /healthz 200 1ms", "GET /healthz 200 27.5ms "],
        vec!["connection closed"],
        vec!["the connection closed"],
        vec![
            r#"{"level":30,"msg":"read \"a b\" (7/8)","x":1}"#,
            r#"{"level":30,"msg":"read \"c\" (9/10)","y":[1]}"#,
        ],
        vec![r#"{"level":30,"msg":"read","x":1}"#],
        vec!["level=info msg=\"cache miss\" key=a", "level=warn msg=\"cache miss\" key=b"],
        vec![
            "\x1b[32mINFO\x1b[0m listening on \x1b[1m80\x1b[0m",
            "\x1b[32mINFO\x1b[0m listening on \x1b[1m81\x1b[0m",
        ],
        vec!["a.b*c [x] $1 50% (é) a\\b", "a.b*c [x] $2 51% (é) a\\b"],
        vec![r#"{"msg":"","path":"/cart/7","status":200}"#, r#"{"msg":"","path":"/cart/8","status":502}"#],
        vec!["relation 'a b' is gone", "relation 'c' is gone"],
    ];
    let lines: Vec<&str> = like.iter().flatten().copied().collect();
    let templates = learned(&lines);
    for (i, group) in like.iter().enumerate() {
        let id = templates.of(group[0]).unwrap();
        let step = mute_step(templates.get(id).unwrap());
        let regex = expression(&step);
        for (other, group) in like.iter().enumerate() {
            for line in group {
                assert_eq!(regex.is_match(line), other == i, "{step}\n{line}");
            }
        }
    }
    let step = mute_step(templates.get(templates.of("GET /healthz 200 3ms").unwrap()).unwrap());
    assert_eq!(step, r"-/(?m)^\s*GET\s+\/healthz\s+\S+\s+\S+\s*(?m:$)/");
}

#[test]
fn a_long_line_is_muted_by_its_beginning() {
    let line = format!("{} end", "wörd{} ".repeat(2_000));
    let templates = learned(&[&line]);
    let template = templates.list().next().unwrap();
    assert!(template.text().ends_with(" …"));
    assert!(expression(&mute_step(template)).is_match(&line));
}

#[test]
fn the_difference_of_two_sets() {
    let (mut a, mut b) = (Templates::new(100), Templates::new(100));
    for i in 0..1_000 {
        a.learn(&format!("request {i} done"), Some(Level::Info), None, "a");
        b.learn(&format!("request {i} done"), Some(Level::Info), None, "b");
        b.learn(&format!("request {i} done"), Some(Level::Info), None, "b");
        // One side knows only one of the names: still the same pattern.
        a.learn("user anna came in today", None, None, "a");
        b.learn(
            if i % 2 == 0 { "user anna came in today" } else { "user bob came in today" },
            None,
            None,
            "b",
        );
        b.learn("all is well as ever", None, None, "b");
        if i % 10 == 0 {
            a.learn("retry now", Some(Level::Warn), None, "a");
        }
    }
    (0..20).for_each(|_| _ = b.learn("deadlock detected", Some(Level::Error), None, "b"));
    a.learn("shutting down", None, None, "a");
    let list: Vec<_> = compare(&a, &b).into_iter().map(|d| (d.text, d.a, d.b, d.kind)).collect();
    let told: Vec<_> = list.iter().map(|(text, a, b, _)| format!("{text} {a} {b}")).collect();
    assert_eq!(
        told,
        ["retry now 100 0", "all is well as ever 0 1000", "deadlock detected 0 20", "shutting down 1 0"]
    );
    assert_eq!(list[0].3, DifferenceKind::OnlyA);
    assert_eq!(list[1].3, DifferenceKind::OnlyB);
    (0..200).for_each(|_| _ = b.learn("retry now", Some(Level::Warn), None, "b"));
    (0..5_000).for_each(|_| _ = a.learn("deadlock detected", Some(Level::Error), None, "a"));
    let first = compare(&a, &b).remove(0);
    let DifferenceKind::Changed(factor) = first.kind else { panic!("{first:?}") };
    assert!(first.text == "deadlock detected" && (0.001..0.02).contains(&factor), "{factor}");
    assert!(compare(&a, &a).is_empty() && compare(&Templates::new(1), &Templates::new(1)).is_empty());
}

const WORDS: [&str; 16] = [
    "user",
    "=",
    "7",
    "\"a b\"",
    "'x'",
    "/v1/9?q=1",
    "\x1b[1m",
    "{\"msg\":\"",
    "\"}",
    "\u{a0}",
    "level=info msg=",
    "<*>",
    "12:04:14",
    "\\\"",
    "é",
    "\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Whatever lines come: each is counted once, and the step of its pattern hides it.
    #[test]
    fn any_lines(lines in proptest::collection::vec(proptest::collection::vec((0..WORDS.len(), any::<bool>()), 0..8), 0..12), raw in ".*") {
        let line = |parts: &Vec<(usize, bool)>| -> String {
            parts.iter().map(|(i, blank)| format!("{}{}", WORDS[*i], if *blank { " " } else { "" })).collect()
        };
        let lines: Vec<String> = lines.iter().map(line).chain([raw]).collect();
        let mut templates = Templates::new(20);
        let ids: Vec<_> = lines.iter().map(|line| templates.learn(line, None, at(0), "a")).collect();
        prop_assert!(templates.len() <= 20);
        for (line, id) in lines.iter().zip(ids) {
            if let Some(template) = templates.get(id) {
                let step = mute_step(template);
                prop_assert!(expression(&step).is_match(line), "{step}\n{line:?}");
            }
        }
    }
}
