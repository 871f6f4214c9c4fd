//! Steps as people type them, on lines as programs write them.

use proptest::prelude::*;

use super::{Stack, Step, word};
use crate::domain::log::LogStream;
use crate::logs::templates::{Templates, mute_step};
use crate::logs::{Choice, LineView, read};

const JSON: &str = r#"{"level":50,"msg":"No pool","req":{"method":"GET","url":"/api/deals"},"status":502,"user":"Anna","size":2097153,"took":"213ms","err":null,"id":12345678901234567891}"#;
const ACCESS: &str = r#"10.0.0.1 - bob [21/Nov/2026:12:04:14 +0000] "GET /healthz HTTP/1.1" 200 61"#;
const LOGFMT: &str = r#"level=warn msg="slow query" duration=1.5s rows=3 empty="""#;
const TRACE: &str = "2026-11-21T12:04:14Z ERROR no\njava.io.IOException: y\n\tat A.b(A.java:1)";

fn view(text: &str) -> LineView<'_> {
    let reading = read(text);
    let (level, format) = (reading.level, reading.format);
    LineView {
        text,
        at: None,
        stream: LogStream::Stderr,
        level,
        format,
        source: "crm-api-1",
        lane: 0,
        mark: None,
    }
}

fn stack(steps: &[&str]) -> Stack {
    let mut stack = Stack::default();
    steps.iter().for_each(|step| stack.parse_push(step).unwrap());
    stack
}

fn passes(step: &str, line: &str) -> bool {
    stack(&[step]).judge(&view(line), &mut [])
}

#[test]
fn what_steps_let_pass() {
    for (line, yes, no) in [
        (
            JSON,
            "pool|\"No pool\"|!\"no pools\"|/p.ol/|~p..l|level:error|level>=warn|level>info|level!=debug|level?\
             |source:api|source:crm-*|source:*-1|source=crm-api-1|source~^crm|source!=web|stream:stderr|stream!=stdout\
             |status>=500|status=502|status=502.0|STATUS<600|status:50|\"status\"=502|\"level\"=50|user=anna|user=Anna\
             |user!=bob|user:an|took>200ms|took<0.3s|size>2m|size<2.1MiB|req.method=get|path~^/api|req.URL~deals$\
             |status?|req.url?|!err?|!nothing?|status>=500 path~^/api|-level:debug|-status=200|-\"x y\"\
             |pools or pool|level:debug or status>=500 path~^/api or nothing?|-pools or level:debug|\"or\" or pool\
             |id=12345678901234567891|id!=12345678901234567890|-level:error user=bob|took=0.213s",
            "pools|POOL?|\"no  pool\"|/P.OL/|level:warn|level<error|!level?|source:web|source:api-*|source=crm\
             |pools or POOL|status<500 or level:error user=bob|-pools or pool|pool \"or\"\
             |stream:stdout|status<500|status=50|user=ANNA|user!=anna|nothing!=x|err?|took>1s|req.method=POST\
             |status>=500 path~^/x|-level>=warn|-pool|-status?|id=12345678901234567890|-level:error user=anna",
        ),
        (
            ACCESS,
            "status=200|path=/healthz|method=get|client~^10|user=bob|bytes<100|level:info|-status>=500",
            "status>=500|protocol=x|-path~^/health",
        ),
        (
            LOGFMT,
            "duration>1s|duration<2s|rows=3|empty=\"\"|msg~slow|level=warning|msg=\"slow query\"|slow query",
            "duration>2s|empty!=\"\"|rows>3|msg=slow",
        ),
        (TRACE, "IOException:|A.java:1|/^java/|/no$/|level:error|io.IOException", "/^at/|status?|level?x"),
        (
            "2026-11-21 12:04:14.303 UTC [27] LOG:  duration: 213.4 ms  statement: SELECT",
            "duration>200ms|duration<0.3s|LOG:|12:04:14.303|LOG: SELECT",
            "duration>1s|duration?x",
        ),
    ] {
        for step in yes.split('|') {
            assert!(passes(step, line), "{step} on {line}");
        }
        for step in no.split('|') {
            assert!(!passes(step, line), "{step} on {line}");
        }
    }
}

#[test]
fn steps_are_written_as_they_are_read() {
    for (typed, written) in [
        ("  connection   refused ", "connection refused"),
        (r#""connection refused""#, r#""connection refused""#),
        (r#"-"a \"b\" \\ \d""#, r#"-"a \"b\" \ \d""#),
        (r#""error""#, "error"),
        (r#""-x" "!y" "/z/" "a=b" "~q" "c?""#, r#""-x" "!y" "/z/" "a=b" "~q" "c?""#),
        ("~a.b ~\"c d\"", "/a.b/ /c d/"),
        (r"/a\/b/ /c\/ d/", r"/a/b/ /c\/ d/"),
        ("/api/v1", "/api/v1"),
        ("Error: x", "Error: x"),
        ("Level=WARNING level?", "level:warn level?"),
        ("source=a stream=STDERR", "source=a stream:stderr"),
        (r#"user="anna b" path~"^/a b" "my key">=5"#, r#"user="anna b" path~"^/a b" "my key">=5"#),
        (r#"user="anna" x="" "level"=50"#, r#"user=anna x="" "level"=50"#),
        ("!status?  !a:b", "!status? !a:b"),
        ("-level:debug source:api", "-level:debug source:api"),
        ("10:30 <b> it's 100%", "10:30 <b> it's 100%"),
        ("é:ü größe>5k", "é:ü größe>5k"),
        ("Mark?", "mark?"),
        ("/ ~a", r#""/" /a/"#),
        ("-/api/v1 !/x or /y", r#"-"/api/v1" !"/x" or /y"#),
        ("MARK=\"a\"", "mark=a"),
        ("level=error OR status>=500  path~^/api", "level:error or status>=500 path~^/api"),
        (r#"-a or "or" or order"#, r#"-a or "or" or order"#),
    ] {
        let step: Step = typed.parse().unwrap();
        assert_eq!(step.to_string(), written, "{typed}");
        assert_eq!(step.to_string().parse::<Step>(), Ok(step), "{typed}");
    }
}

#[test]
fn marks_and_their_tags_are_asked_for() {
    let holds = |step: &str, mark| stack(&[step]).judge(&LineView { mark, ..view(LOGFMT) }, &mut []);
    for (step, yes) in [("mark?", true), ("mark:cau", true), ("mark=db", true), ("mark~^c.*e$", true)] {
        assert_eq!(holds(step, Some("cause db")), yes, "{step}");
        assert!(!holds(step, None) && holds(&format!("-{step}"), None), "{step}");
        assert_eq!(holds(step, Some("")), step == "mark?", "{step}");
    }
    assert!(!holds("mark=cau", Some("cause db")) && holds("!mark:cause", Some("db")));
    assert!("a or mark:x".parse::<Step>().unwrap().needs_marks());
    assert!(!"\"mark\"=x remark:y".parse::<Step>().unwrap().needs_marks());
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (step, at, says) in [
        ("", 0, "nothing to filter by"),
        (" -", 2, "there is nothing"),
        ("- a", 1, "there is nothing"),
        ("a !", 2, "there is none"),
        ("a -b", 2, "negate one of several conditions with `!`"),
        ("--x", 1, "put a text in quotes"),
        ("a \"b", 2, "not closed"),
        ("user=\"a\"b", 8, "blank"),
        ("\"a\"b", 3, "operator"),
        ("level>=wran", 7, "did you mean `warn`?"),
        ("level:loud", 6, "there are trace, debug"),
        ("level~warn", 0, "compare a level"),
        ("a lvel:warn", 2, "did you mean `level`?"),
        ("steam:stderr", 0, "did you mean `stream`?"),
        ("stream:stdrr", 7, "did you mean `stderr`?"),
        ("source?", 0, "every line has a source"),
        ("status>", 7, "needs a value"),
        ("status>high", 7, "no number"),
        ("user=", 5, "`user=\"\"`"),
        ("path~(", 5, "unclosed group"),
        ("/(/", 1, "unclosed group"),
        ("a\u{1b}[31m", 1, "control character"),
        ("mark!=x", 0, "`!mark:tag`"),
        ("or a", 0, "between two conditions"),
        ("a or", 2, "the word itself is `\"or\"`"),
        ("a or or b", 5, "between two conditions"),
        ("- or a", 1, "there is nothing"),
        ("a or -b", 5, "negate one of several conditions"),
        ("a or level:loud", 11, "there are trace, debug"),
    ] {
        let error = step.parse::<Step>().unwrap_err();
        assert!(error.at == at && error.message.contains(says), "{step}: {error:?}");
    }
    assert!("/(x{999}){999}/".parse::<Step>().is_err(), "a regular expression that is too large");
}

#[test]
fn each_step_counts_what_it_does() {
    let mut stack = stack(&["level>=warn", "-/^skip/", "status>=500"]);
    let lines = [JSON, LOGFMT, ACCESS, "skip ERROR: x", r#"{"level":"error","status":500}"#];
    let counts = |stack: &Stack| {
        let mut counts = [0; 3];
        let shown = lines.iter().filter(|line| stack.judge(&view(line), &mut counts)).count();
        (counts, shown)
    };
    assert_eq!(counts(&stack), ([4, 1, 2], 2));
    stack.toggle(0);
    assert_eq!(counts(&stack), ([0, 1, 2], 2));
    stack.toggle(0);
    assert_eq!(stack.shift(2, -9), 0);
    assert_eq!(counts(&stack), ([2, 2, 0], 2));
    assert_eq!(stack.shift(0, 1), 1);
    assert_eq!(stack.remove(1).unwrap().to_string(), "status>=500");
    assert_eq!(stack.remove(9), None);
    let more: Step = "-source:crm-*".parse().unwrap();
    let preview = stack.preview(&more, lines.iter().map(|line| view(line)));
    assert_eq!((preview.kept, preview.removed), (0, 3));
    stack.replace(0, "slow".parse().unwrap());
    assert_eq!(stack.preview(&more, lines.iter().map(|line| view(line))).removed, 1);
    stack.clear();
    assert!(stack.is_empty() && stack.judge(&view(""), &mut []));
}

#[test]
fn lines_like_this_are_muted() {
    for line in [
        JSON,
        ACCESS,
        LOGFMT,
        "2026-11-21 12:04:14.303 UTC [27] LOG:  duration: 213.4 ms  statement: SELECT \"a b\" / 2",
        "retry or give up 7 or",
        "GET /healthz/ 200 3ms - \\ (a|b)* \u{1b}[31mred\u{1b}[0m",
    ] {
        let mut templates = Templates::new(9);
        templates.learn(line, None, None, "api");
        let step = mute_step(templates.list().next().unwrap());
        assert!(!passes(&step, line), "{step} on {line}");
        assert!(passes(&step, "another line"), "{step}");
        let read: Step = step.parse().unwrap();
        assert_eq!(read.to_string().parse(), Ok(read));
    }
}

/// One condition as it may be typed.
fn condition() -> impl Strategy<Value = String> {
    let text = "[a-zA-Z0-9 \"\\\\/!~:=<>?*.é-]{1,8}";
    let name =
        proptest::sample::select(vec!["status", "http.status", "@t", "\"my key\"", "\"level\"", "größe"]);
    let value = text.prop_map(|t| super::terms::value(&t).into_owned());
    prop_oneof![
        // Others may follow: it must not end in them.
        text.prop_map(|t| match t.starts_with('/') {
            true => super::terms::quote(&t),
            false => word(&t).into_owned(),
        }),
        "[a-z/ .]{1,6}".prop_map(|t| format!("~{}", super::terms::value(&t))),
        "[a-z.]{1,6}".prop_map(|t| format!("/{t}/")),
        (name.clone(), proptest::sample::select(vec![":", "=", "!="]), value)
            .prop_map(|(name, sign, value)| format!("{name}{sign}{value}")),
        (name.clone(), proptest::sample::select(vec!["~", "!~"]), "[a-z/ ]{1,5}")
            .prop_map(|(name, sign, value)| format!("{name}{sign}{}", super::terms::value(&value))),
        (name.clone(), proptest::sample::select(vec![">", ">=", "<", "<="]), 0..9_u32)
            .prop_map(|(name, sign, value)| format!("{name}{sign}{value}ms")),
        name.prop_map(|name| format!("{name}?")),
        proptest::sample::select(vec![
            "level>=warn",
            "level?",
            "stream:stderr",
            "source:a*",
            "source!=\"a b\""
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn steps_come_back(
        excludes in any::<bool>(),
        conditions in proptest::collection::vec((any::<bool>(), condition()), 1..4),
        between in proptest::sample::select(vec![" ", " or "]),
    ) {
        let conditions: Vec<String> =
            conditions.into_iter().map(|(not, c)| format!("{}{c}", if not { "!" } else { "" })).collect();
        let typed = format!("{}{}", if excludes { "-" } else { "" }, conditions.join(between));
        let step: Step = typed.parse().map_err(|e| TestCaseError::fail(format!("{typed}: {e:?}")))?;
        let written = step.to_string();
        prop_assert_eq!(written.parse::<Step>(), Ok(step), "{} {}", typed, written);
    }

    #[test]
    fn words_are_taken_as_they_stand(text in "[a-z \"\\\\/!~:=<>?*.-]{1,10}") {
        let line = format!("before {text} after");
        prop_assert!(passes(&word(&text), &line));
        let without = format!("-{}", word(&text));
        prop_assert!(!passes(&without, &line));
    }

    #[test]
    fn no_step_panics_and_what_is_read_is_written(typed in "[-!~/\"\\\\:=<>? a-z0-9.]{0,24}", text in "\\PC{0,60}") {
        if let Ok(step) = typed.parse::<Step>() {
            prop_assert_eq!(step.to_string().parse::<Step>(), Ok(step.clone()), "{}", typed);
            let excludes = step.excludes();
            let mut stack = Stack::default();
            stack.push(step);
            let mut counts = [0];
            prop_assert_eq!(stack.judge(&view(&text), &mut counts), (counts[0] == 1) != excludes);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(typed in ".{0,24}") {
        if let Err(error) = typed.parse::<Step>() {
            prop_assert!(typed.get(error.at..).is_some(), "{:?}", error);
        }
    }
}
