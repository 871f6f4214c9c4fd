//! `pult logs` of this machine: files, the journal, standard input; no engine is asked.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::pult::Pult;

#[test]
fn files_merge_by_time() {
    let pult = Pult::alone();
    let path = |name: &str| pult.home().join(name).to_str().unwrap().to_owned();
    fs::write(path("a.log"), "2026-11-21T12:00:01Z one\n2026-11-21T12:00:03Z ERROR three\n  at three\n")
        .unwrap();
    fs::write(
        path("b.log"),
        "{\"time\":\"2026-11-21T12:00:02Z\",\"level\":\"warn\",\"msg\":\"two \\u001b[2J\"}\n",
    )
    .unwrap();
    let (a, b) = (format!("file/{}", path("a.log")), format!("file/{}", path("b.log")));
    let ran = pult.run(&["logs", &a, &b]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let want = "a.log | 2026-11-21T12:00:01Z one\nb.log | WARN two   time=2026-11-21T12:00:02Z\na.log | 2026-11-21T12:00:03Z ERROR three\na.log |   at three\n";
    assert_eq!(ran.out, want);
    let ran = pult.run(&["logs", &a, "--level", "error", "-o", "json"]);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "a stack trace has the level of its first line");
    assert_eq!((&lines[0]["source"], &lines[0]["target"]), (&a.as_str().into(), &"local".into()));
    assert_eq!(lines[0]["at"], "2026-11-21T12:00:03Z");
    assert_eq!(
        pult.run(&["logs", &a, "--since", "2026-11-21T12:00:02Z", "--tail", "2", "-o", "raw"])
            .out
            .lines()
            .count(),
        2
    );
    let gone = pult.run(&["logs", &format!("file/{}", path("none"))]);
    assert!(gone.code != 0 && gone.out.is_empty() && gone.err.contains("there is no file"), "{gone:?}");
    let folder = pult.run(&["logs", &format!("file/{}", pult.home().display())]);
    assert!(folder.code != 0 && folder.err.contains("is a directory"), "{folder:?}");
}

#[test]
fn a_file_is_followed_through_a_rotation() {
    let pult = Pult::alone();
    let path = pult.home().join("app.log");
    fs::write(&path, "first\n").unwrap();
    let running = pult.start(&["logs", "-f", "-o", "raw", &format!("file/{}", path.display())]);
    running.until("first", |line| line == "first");
    fs::rename(&path, pult.home().join("app.log.1")).unwrap();
    OpenOptions::new().create_new(true).append(true).open(&path).unwrap().write_all(b"second\n").unwrap();
    running.until("second", |line| line == "second");
    assert_eq!(running.interrupt(), Some(130));
}

#[test]
fn standard_input_is_read_to_its_end() {
    let pult = Pult::alone();
    let ran = pult.fed(&["logs", "-"], b"a\r\nb\0\xff\nlast");
    assert_eq!((ran.code, ran.out.as_str()), (0, "stdin | a\nstdin | b\u{fffd}\u{fffd}\nstdin | last\n"));
    let many: String = (0..200_000).map(|n| format!("line {n}\n")).collect();
    let ran = pult.fed(&["logs", "-", "-o", "raw"], many.as_bytes());
    assert!(ran.code == 0 && ran.out == many);
    let ran = pult.fed(&["logs", "-", "-f", "-o", "raw", "--grep", "999$"], many.as_bytes());
    assert!(ran.code == 0 && ran.out.lines().count() == 200 && ran.out.ends_with("line 199999\n"), "{ran:?}");
}

#[test]
fn a_filter_has_alternatives() {
    let pult = Pult::alone();
    let lines = b"level=error msg=a status=200\nlevel=info msg=b status=502\nlevel=info msg=c status=200\n";
    let ran = pult.fed(&["logs", "-", "-o", "raw", "--filter", "level:error or status>=500"], lines);
    assert_eq!(ran.out.lines().map(|l| l.contains("msg=c")).collect::<Vec<_>>(), [false, false], "{ran:?}");
    let ran = pult.fed(&["logs", "-", "-o", "raw", "--filter", "-level:error or status>=500"], lines);
    assert!(ran.out.lines().count() == 1 && ran.out.contains("msg=c"), "{ran:?}");
    let ran = pult.fed(&["logs", "-", "--filter", "level:error or"], lines);
    assert!(ran.code == 2 && ran.err.contains("between two conditions"), "{ran:?}");
}

#[test]
fn units_are_read_from_the_journal() {
    let pult = Pult::alone();
    let program = pult.home().join("journalctl");
    let script = r#"#!/bin/sh
case "$*" in
  *--unit=web*) echo '{"__CURSOR":"c","__REALTIME_TIMESTAMP":"1795262654000000","MESSAGE":"it broke","PRIORITY":"3","SYSLOG_IDENTIFIER":"web","_PID":"7"}' ;;
  *) echo 'No journal files were found.' >&2 ;;
esac
"#;
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let home = pult.home().to_str().unwrap().to_owned();
    let pult = pult.var("PATH", &home);
    assert_eq!(pult.run(&["logs", "unit/web"]).out, "web | web[7]: it broke\n");
    let line = pult.json(&["logs", "unit/web", "-o", "json", "--level", "error"]);
    assert_eq!((&line["source"], &line["at"]), (&"unit/web".into(), &"2026-11-21T12:04:14Z".into()));
    let none = pult.run(&["logs", "journal"]);
    assert!(none.code != 0 && none.err.contains("no journal"), "{none:?}");
}

#[test]
fn a_unit_of_a_server_that_there_is_not_is_told() {
    let pult = Pult::alone().config("[[server]]\nname = \"web1\"\nhost = \"local\"\n");
    let program = pult.home().join("journalctl");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let home = pult.home().to_str().unwrap().to_owned();
    let pult = pult.var("PATH", &home);
    let wrong = pult.run(&["logs", "unit/nginx@nosuch"]);
    assert!(wrong.code == 2 && wrong.err.contains("no server is called nosuch; there are web1"), "{wrong:?}");
    for quiet in [&["logs", "unit/nginx"][..], &["logs", "unit/getty@tty1", "--since", "1h"]] {
        let ran = pult.run(quiet);
        assert!(ran.code == 0 && ran.err.contains("no line of it there"), "{ran:?}");
    }
}
