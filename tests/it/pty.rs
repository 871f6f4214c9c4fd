//! The panel as a person has it: the real binary on a pseudo-terminal, at the real engine.
//!
//! What a panic does to the terminal is pinned next to `runtime::terminal`.

use std::path::Path;
use std::time::Duration;

use regex::Regex;
use rustix::process::Signal;
use serde_json::json;

use crate::backends::docker_bed::{Bed, Disturbed, Made, alone, calm, unique};
use crate::cli::pult::Pult;
use crate::support::term::{Home, Term};

const SLEEP: &str = "trap 'exit 0' TERM; while true; do sleep 0.1; done";

fn bed() -> std::path::PathBuf {
    Bed::New.socket()
}

/// No engine at all, so that nothing but the frame is there.
fn nowhere() -> &'static Path {
    Path::new("/nonexistent/docker.sock")
}

/// A container, and a panel that shows nothing else, the cursor on it.
fn panel(home: &Home, what: &str, script: &str) -> (Made, Term) {
    let made = Made::run(Bed::New, what, script, json!({}));
    let term = home.start(&bed(), &["--filter", &made.name]);
    term.until(&made.name).until("running").until("containers 1");
    (made, term)
}

/// The container was the only one that the filter let through, or the only one there was.
fn has_no_rows(screen: &str) -> bool {
    screen.contains("No container matches") || screen.contains("has no containers")
}

/// Waits for what the engine says, without looking faster than it can answer.
#[track_caller]
fn until(what: &str, want: impl Fn() -> bool) {
    for _ in 0..300 {
        if want() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("not within 30 s: {what}");
}

fn state(made: &Made) -> String {
    made.inspect()["State"]["Status"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_first_frame_needs_no_engine_and_q_gives_the_terminal_back() {
    let home = Home::new();
    let mut term = home.start(nowhere(), &[]);
    term.until("1 Containers").until("? help");
    let status = term.quit();
    assert!(status.success(), "{status:?}");
    term.is_restored();
    assert!(home.state().join("ui.toml").exists(), "the view is remembered");
}

/// Whoever types on while pult ends types for the shell, and nothing in pult is so busy that it has to be given up.
#[test]
fn what_is_typed_behind_q_is_the_shell_s() {
    let home = Home::new();
    let mut term =
        home.shell(nowhere(), "$PULT --log log; read -r line; echo \"got $line\"; grep -c 'given up' log");
    term.until("? help").type_in("q").until_bytes("\x1b[?1049l", 1);
    term.type_in("hello\n")
        .until("got hello")
        .until_screen("no task was given up", |s| s.trim().ends_with('0'));
    term.ended();
}

/// A terminal that answers nothing must not be waited for, so nothing is asked.
#[test]
fn the_terminal_is_asked_nothing() {
    let home = Home::new();
    let mut term = home.start(nowhere(), &[]);
    term.until("? help").type_in("?").until("─ Keys ─");
    term.type_in("\x1b").until_gone("─ Keys ─");
    term.quit();
    let raw = String::from_utf8_lossy(&term.raw()).into_owned();
    let asks = [
        r"\x1b\[[>=]?[0-9;]*c", // device attributes
        r"\x1b\[\??[0-9;]*n",   // status and cursor position
        r"\x1b\[\??[0-9;]*\$p", // DECRQM
        r"\x1b\[\?u",           // keyboard protocol
        r"\x1b\[[0-9;]*t",      // window reports
        r"\x1b\[>[0-9;]*q",     // XTVERSION
        r"\x1bP",               // XTGETTCAP, DECRQSS
        r"\x1b\][0-9;]*\?",     // colours
    ];
    for ask in asks {
        let found = Regex::new(ask).unwrap().find(&raw).map(|m| m.as_str().to_owned());
        assert_eq!(found, None, "{ask}");
    }
}

#[test]
fn signals_end_it_in_order() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let home = Home::new();
        let mut term = home.start(nowhere(), &[]);
        term.until("? help").signal(signal);
        let status = term.ended();
        assert_eq!(status.signal(), None, "{signal:?} is answered, not suffered");
        term.is_restored();
        assert!(home.state().join("ui.toml").exists(), "{signal:?}: the view is remembered");
    }
}

#[test]
fn a_closed_terminal_ends_it() {
    let home = Home::new();
    let mut term = home.start(nowhere(), &[]);
    term.until("? help");
    let pid = term.pid();
    term.close();
    until("the end of pult", || {
        // A zombie has ended; it waits for us.
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).unwrap_or_default();
        stat.is_empty() || stat.rsplit(')').next().is_some_and(|s| s.trim_start().starts_with('Z'))
    });
    assert!(home.state().join("ui.toml").exists());
}

#[test]
fn ctrl_z_stops_and_fg_brings_it_back() {
    let home = Home::new();
    let mut term =
        home.shell(nowhere(), "set -m; $PULT; echo 'in the SHELL'; read -r x; fg; echo 'after THE END'");
    term.until("? help").type_in("\x1a").until("in the SHELL");
    assert!(!term.screen().contains("? help"), "the shell has its own screen");
    term.is_restored();
    term.type_in("\n").until("? help").until("1 Containers");
    term.type_in("4").until("activity 0");
    term.type_in("q").until("after THE END");
    assert!(term.ended().success());
    term.is_restored();
}

/// Stopped and continued from outside: whatever somebody wrote meanwhile, the screen is taken again.
#[test]
fn continued_from_outside_it_paints_the_screen_again() {
    let home = Home::new();
    let mut term = home.start(nowhere(), &[]);
    term.until("? help").until_bytes("\x1b[?1049h", 1);
    term.signal(Signal::STOP);
    let stat = format!("/proc/{}/stat", term.pid().as_raw_pid());
    until("stopped", || std::fs::read_to_string(&stat).is_ok_and(|s| s.contains(") T ")));
    term.signal(Signal::CONT);
    term.until_bytes("\x1b[?1049h", 2).until_bytes("\x1b[2J", 2).until("? help");
    term.quit();
    term.is_restored();
}

#[test]
fn without_a_terminal_it_says_what_to_use() {
    let ran = Pult::alone().run(&[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("pult get") && ran.out.is_empty(), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_start_and_restart_by_keys() {
    let _engines = calm().await;
    let home = Home::new();
    let (made, mut term) = panel(&home, "keys", SLEEP);
    term.type_in("S").until("Stop container").until("docker stop").type_in("y");
    term.until("○ exit 0").until("done in");
    assert_eq!(state(&made), "exited");
    term.type_in("s")
        .until("Start container")
        .type_in("y")
        .until_screen("runs again", |s| s.contains("● running"));
    until("running at the engine", || state(&made) == "running");
    let before = made.inspect()["State"]["StartedAt"].clone();
    term.type_in("r").until("Restart container").type_in("y");
    until("another start", || made.inspect()["State"]["StartedAt"] != before && state(&made) == "running");
    term.until("audit 6");
    term.type_in("4").until("activity 3").until("✓ done");
    term.quit();
    let done = |command: &str| (command.to_owned(), "done".to_owned());
    let outcomes = home.outcomes(&made.id);
    assert_eq!(outcomes.len(), 6, "{outcomes:?}");
    for command in ["container.stop", "container.start", "container.restart"] {
        assert!(outcomes.contains(&done(command)), "{outcomes:?}");
    }
    assert_eq!(home.audit()[0]["equivalent"], format!("docker stop {}", made.name));
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_takes_the_typed_name() {
    let _engines = calm().await;
    let home = Home::new();
    let (made, mut term) = panel(&home, "remove", SLEEP);
    term.type_in("d").until("Remove container").until("Goes with it: its writable layer");
    // By force, as it runs: the first field of the form.
    term.type_in("\t\x1b[C").until("docker rm --force").type_in("\t\t");
    term.type_in("wrong\r").until("Remove container");
    assert_eq!(state(&made), "running");
    assert!(home.outcomes(&made.id).is_empty(), "nothing was even begun");
    term.type_in("\x15").type_in(&made.name).type_in("\r");
    term.until_screen("no rows", has_no_rows).until_gone("Remove container");
    let (status, _) = Bed::New.http("GET", &format!("/v1.41/containers/{}/json", made.id), None);
    assert_eq!(status, 404, "it is gone");
    term.quit();
    term.is_restored();
    let outcomes: Vec<_> = home.outcomes(&made.id).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["intent", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pults_share_a_state_directory() {
    let _engines = calm().await;
    let home = Home::new();
    let (one, mut first) = panel(&home, "first", SLEEP);
    let (two, mut second) = panel(&home, "second", SLEEP);
    first.type_in("P").until("Pause container");
    second.type_in("P").until("Pause container").type_in("y");
    first.type_in("y").until("‖ paused");
    second.until("‖ paused");
    // Each sees what the other did.
    first.type_in("4").until("activity 2");
    second.type_in("4").until("activity 2");
    first.quit();
    second.quit();
    for made in [&one, &two] {
        assert_eq!(home.outcomes(&made.id).last().map(|(_, o)| o.as_str()), Some("done"));
    }
    let sessions: std::collections::BTreeSet<_> =
        home.audit().iter().map(|r| r["session"].to_string()).collect();
    assert_eq!(sessions.len(), 2);
    let state = home.state();
    let ran = Pult::alone().var("PULT_STATE_DIR", &state.display().to_string()).run(&["audit", "verify"]);
    assert_eq!(ran.code, 0, "one chain: {ran:?}");
    let ui = std::fs::read_to_string(state.join("ui.toml")).unwrap();
    assert!(ui.parse::<toml::Table>().is_ok(), "{ui}");
}

#[test]
fn a_damaged_view_is_put_aside() {
    let home = Home::new();
    std::fs::create_dir_all(home.state()).unwrap();
    std::fs::write(home.state().join("ui.toml"), b"last_pane = [[[\xff\n").unwrap();
    let mut term = home.start(nowhere(), &[]);
    term.until("is damaged").until("1 Containers");
    assert!(home.state().join("ui.toml.damaged-1").exists());
    term.quit();
    let ui = std::fs::read_to_string(home.state().join("ui.toml")).unwrap();
    assert!(ui.parse::<toml::Table>().is_ok());
}

/// A file system of a few pages on the state directory; without root, an audit file that takes nothing.
struct FullDisk {
    dir: std::path::PathBuf,
    mounted: bool,
}

impl FullDisk {
    fn on(dir: std::path::PathBuf) -> Self {
        std::fs::create_dir_all(&dir).unwrap();
        #[allow(clippy::disallowed_methods)] // The tests' own disk.
        let mut mount = std::process::Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", "size=16k", "tmpfs"]).arg(&dir);
        let mounted = mount.stderr(std::process::Stdio::null()).status().is_ok_and(|s| s.success());
        Self { dir, mounted }
    }

    fn fill(&self) {
        if self.mounted {
            let full = std::fs::write(self.dir.join("ballast"), vec![0; 1 << 20]);
            assert!(full.is_err(), "the disk is full");
        } else {
            let audit = self.dir.join("audit.jsonl");
            let _ = std::fs::remove_file(&audit);
            std::os::unix::fs::symlink("/dev/full", audit).unwrap();
        }
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        if self.mounted {
            #[allow(clippy::disallowed_methods)] // The tests' own disk.
            let _ = std::process::Command::new("umount").arg("-l").arg(&self.dir).status();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_audited_is_not_done() {
    let _engines = calm().await;
    let home = Home::new();
    let disk = FullDisk::on(home.state());
    if !disk.mounted {
        disk.fill();
    }
    let (made, mut term) = panel(&home, "full", SLEEP);
    if disk.mounted {
        disk.fill();
    }
    term.type_in("S").until("Stop container").type_in("y");
    term.until("refused: the audit line could not be written");
    assert_eq!(state(&made), "running");
    term.until("1 Containers").type_in("q");
    assert!(term.ended().success(), "a view that cannot be saved stops nothing");
    term.is_restored();
    assert_eq!(state(&made), "running");
}

#[test]
fn a_megabyte_is_pasted() {
    let home = Home::new();
    let mut term = home.start(nowhere(), &[]);
    term.until("? help");
    let text = "qdy S\n".repeat(174_763);
    term.type_in("\x1b[200~").type_in(&text).type_in("\x1b[201~");
    term.until("characters pasted where nothing takes text");
    // Into the filter: what does not fit is left out, and the field still takes keys.
    term.type_in("/").until("enter keeps it");
    term.type_in("\x1b[200~")
        .type_in(&text)
        .type_in("\x1b[201~")
        .type_in("\x1b")
        .until_gone("enter keeps it");
    term.type_in("4").until("activity 0");
    term.quit();
    term.is_restored();
}

#[test]
fn a_storm_of_window_sizes() {
    let home = Home::new();
    let mut term = home.start(nowhere(), &[]);
    term.until("? help");
    for i in 0..300_u16 {
        term.resize(1 + (i * 37) % 180, 1 + (i * 17) % 60);
    }
    term.resize(39, 9);
    term.until("window too small");
    term.resize(100, 30);
    let whole = |s: &str| {
        let rows: Vec<_> = s.lines().collect();
        rows.first().is_some_and(|r| r.starts_with(" pult   1 Containers")) && s.contains("? help")
    };
    term.until_screen("the whole frame", whole).until_gone("window too small");
    let before = term.screen();
    // Painted from scratch it is the same: the differences were right.
    term.type_in("\x0c").until_bytes("\x1b[2J", 3);
    term.until_screen("the same frame again", |s| s == before);
    term.quit();
    term.is_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_killed_and_started_under_the_panel() {
    let _engines = alone().await;
    let home = Home::new();
    let (made, mut term) = panel(&home, "survivor", SLEEP);
    let _back = Disturbed(Bed::New);
    Bed::New.script("kill");
    term.until_screen("lost, with an age", |s| s.contains("◐ ")).until(&made.name);
    term.until("containers 1");
    term.type_in("S").until("is unreachable");
    Bed::New.script("start");
    term.until_screen("live again", |s| s.lines().next().is_some_and(|l| l.trim_end().ends_with('●')));
    term.until("containers 1").until("● running");
    let rows = |s: &str| {
        s.lines().filter(|l| l.chars().take(70).collect::<String>().contains(&made.name[..12])).count()
    };
    // Status line and one row.
    assert_eq!(rows(&term.screen()), 2, "{}", term.screen());
    term.type_in("S").until("Stop container").type_in("y");
    until("stopped after all", || state(&made) == "exited");
    // While it is under way pult would ask.
    term.until("done in");
    term.quit();
    term.is_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_removed_by_somebody_else_under_its_dialog() {
    let _engines = calm().await;
    let home = Home::new();
    let (made, mut term) = panel(&home, "contested", SLEEP);
    term.type_in("d").until("Remove container").type_in(&made.name);
    Bed::New.http("DELETE", &format!("/v1.41/containers/{}?force=1", made.id), None);
    term.until("is gone: somebody removed it meanwhile")
        .type_in("\r")
        .until("somebody removed")
        .type_in("\x1b");
    term.until_gone("somebody removed it").until_screen("no rows", has_no_rows);
    term.quit();
    assert!(home.outcomes(&made.id).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_container_is_shown_and_harmless() {
    let _engines = calm().await;
    let home = Home::new();
    let name = unique("hostile");
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[6n\u{202e}evil\u{1b}[2J";
    let script = "printf '\\033]0;owned\\007\\033[6n\\033[?1049lshown\\n'; sleep 600";
    let labels = json!({"pult.test": "1", "com.docker.compose.project": evil, "note": evil});
    let _made =
        Made::run(Bed::New, "hostile", script, json!({"Labels": labels, "Env": [format!("E={evil}")]}));
    let mut term = home.start(&bed(), &["--filter", name.rsplit_once('-').unwrap().0]);
    term.until("● running").type_in("j").until("shown");
    term.quit();
    let raw = String::from_utf8_lossy(&term.raw()).into_owned();
    assert!(!raw.contains("owned\u{7}") && !raw.contains("\x1b[6n") && !raw.contains('\u{202e}'));
    assert_eq!(raw.matches("\x1b[?1049l").count(), 1, "only at the end");
    term.is_restored();
}

/// Opening the logs of a container, reading, filtering, quitting.
#[tokio::test(flavor = "multi_thread")]
async fn logs_are_opened_read_and_filtered() {
    let _engines = calm().await;
    let home = Home::new();
    let script = "i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo \"line $i of 300\"; echo \"health $i\"; done; sleep 600";
    let (made, mut term) = panel(&home, "logs", script);
    term.type_in("L").until("line 300 of 300").until("follow").until("received 600");
    term.type_in("-health\r").until("-health (300)").until("hidden 300");
    term.until_screen("every second one is hidden", |s| {
        s.contains("line 299 of 300") && !s.contains("health 300")
    });
    term.type_in("gg").until("line 1 of 300").until("paused");
    term.type_in("/line 999\r").until("search line 999: 0 hits");
    term.type_in("\x1b").until_gone("search line 999");
    term.type_in("/line 150\r").until("1 hits").type_in("n").until("1 of 1").until("line 149 of 300");
    // Over to another pane and back: the place stays.
    term.type_in("1").until("containers 1").type_in("2").until("1 of 1").until("line 149 of 300");
    term.type_in("G").until("follow").until("line 300 of 300");
    term.quit();
    term.is_restored();
    assert!(home.outcomes(&made.id).is_empty(), "reading changes nothing");
}

/// What a container writes must not reach the terminal as it is: the clipboard, the title, a question, the
/// screen's own switches.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_container_writes_is_obeyed_by_the_terminal() {
    let _engines = calm().await;
    let home = Home::new();
    let script = r"printf '\033]52;c;b3duZWQ=\007\033]0;owned title\007\033]8;;http://evil\007link\033]8;;\007 one\n'
printf '\033P+q544e\033\\\033[6n\033[c\033[2J\033[H\033[?1049l\033[?2004l two\n'
printf '\302\2336n\302\2354;owned\302\234 \233 \342\200\256three\n'
printf '\033[31mred\033[0m and \033[38;5;208morange\033[0m four\nhidden\rfive\n'
printf '\000\001\377\376 six\n'
head -c 70000 /dev/zero | tr '\0' x; echo ' seven'
echo end of it; sleep 600";
    let (_made, mut term) = panel(&home, "evil", script);
    term.type_in("L").until("end of it").until("red and orange");
    // Each line in full, too, wrapped, as columns are offered, and in the marks.
    term.type_in("\x1b[H").until("one");
    for _ in 0..8 {
        term.type_in("\r").until("stream").type_in("\rm");
    }
    term.type_in("wB").until("marks");
    term.quit();
    let raw = term.raw();
    let text = String::from_utf8_lossy(&raw).into_owned();
    let forbidden = [
        r"\x1b\]",              // any OSC: the clipboard, the title, links
        r"\x1bP",               // DCS
        r"\x1b\[[0-9;]*n",      // where the cursor is
        r"\x1b\[[>=]?[0-9;]*c", // what the terminal is
        "[\u{80}-\u{9f}]",      // C1
        "[\u{202a}-\u{202e}\u{2066}-\u{2069}]",
        r"[\x00-\x06\x0e-\x1a]", // C0 but the few that move the cursor
    ];
    for pattern in forbidden {
        let found = Regex::new(pattern).unwrap().find(&text).map(|m| (m.start(), m.as_str().to_owned()));
        assert_eq!(found, None, "{pattern}");
    }
    assert!(!raw.windows(2).any(|w| w == b"\xff\xfe"), "bytes that are no text");
    assert_eq!(text.matches("\x1b[?1049l").count(), 1, "only at the end");
    assert_eq!(text.matches("\x1b[?2004l").count(), 1, "only at the end");
    term.is_restored();
}

#[test]
fn what_is_shown_at_the_start_is_read_from_the_start() {
    let home = Home::new();
    std::fs::remove_file(home.path().join(".config/pult/config.toml")).unwrap();
    let mut term = home.start(nowhere(), &["--pane", "servers"]);
    let bars = |row: &str| row.chars().filter(|c| "▁▂▃▄▅▆▇█".contains(*c)).count();
    term.until_screen("three readings of this machine", |s| s.lines().skip(3).any(|row| bars(row) >= 3));
    term.quit();
    term.is_restored();
}

#[tokio::test]
async fn a_client_that_is_not_installed_is_named() {
    let home = Home::new();
    let made = Made::run(Bed::New, "no-client", "sleep 300", json!({}));
    let script = format!("PATH=/nowhere exec \"$PULT\" --filter {}", made.name);
    let mut term = home.shell(&bed(), &script);
    term.until(&made.name).until("running").until("containers 1");
    term.type_in("\x1b!").until("exec -it").type_in("\r").until("y/n").type_in("y");
    term.until("there is no `docker` here");
    assert!(term.quit().success());
    assert_eq!(home.audit().last().unwrap()["outcome"], "failed");
}
