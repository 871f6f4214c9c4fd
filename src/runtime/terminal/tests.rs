//! Taking over and giving back a real pseudo-terminal.

use super::*;

use std::io::Read;
use std::sync::mpsc;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

#[test]
fn everything_that_is_switched_on_is_switched_off() {
    for mode in [ENTER, MOUSE_ON].concat().split('\x1b').filter(|s| !s.is_empty()) {
        let (number, on) = mode.split_at(mode.len() - 1);
        let off = format!("\x1b{number}{}", if on == "h" { "l" } else { "h" });
        assert!(LEAVE.contains(&off), "{mode:?}");
    }
    assert!(!ENTER.contains("[6n") && !ENTER.contains("[c"), "the terminal is asked nothing");
}

#[test]
fn without_a_terminal_there_is_no_screen_and_nothing_to_restore() {
    restore();
    restore();
    assert!(write_screen(b"dropped").is_ok());
    let (width, height) = size();
    assert!(width > 0 && height > 0);
}

#[test]
fn parents_are_found_through_proc() {
    assert_eq!(parent_of(getpid()), getppid());
}

/// What the tests below run on a terminal of their own.
#[test]
fn probe() {
    let Ok(what) = std::env::var("PULT_TEST_PROBE") else { return };
    let mut terminal = Terminal::enter(true).unwrap();
    assert_eq!(size(), (60, 20));
    write_screen(b"ON-SCREEN").unwrap();
    match what.as_str() {
        "drop" => drop(terminal),
        "panic" => {
            install_panic_hook();
            panic!("PANICKED");
        }
        "other-thread" => {
            install_panic_hook();
            assert!(std::thread::spawn(|| panic!("ELSEWHERE")).join().is_err());
            write_screen(b"STILL-ON").unwrap();
        }
        "stall" => {
            let output = crate::runtime::output::Output::screen().unwrap();
            output.submit(vec![b'x'; 1_000_000]);
            std::thread::sleep(Duration::from_millis(200));
            assert!(!output.ready());
            drop(terminal);
        }
        "suspend" => {
            let suspended = terminal.suspend().unwrap();
            write_screen(format!("{suspended:?}").as_bytes()).unwrap();
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_terminal_that_takes_nothing_does_not_hold_up_the_end() {
    let pair = native_pty_system().openpty(PtySize { rows: 20, cols: 60, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "runtime::terminal::tests::probe", "--nocapture"]);
    command.env("PULT_TEST_PROBE", "stall");
    let mut child = pair.slave.spawn_command(command).unwrap();
    let mut waited = Duration::ZERO;
    while child.try_wait().unwrap().is_none() {
        assert!(waited < Duration::from_secs(8), "the end waits for a terminal that takes nothing");
        std::thread::sleep(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    }
}

/// Runs a shell script on a new terminal, `$PROBE` being the command of the test above, and returns all output.
fn on_a_terminal(what: &str, script: &str) -> String {
    let pair =
        native_pty_system().openpty(PtySize { rows: 20, cols: 60, pixel_width: 0, pixel_height: 0 }).unwrap();
    let mut command = CommandBuilder::new("bash");
    let exe = std::env::current_exe().unwrap();
    command.args(["-c", script]);
    command.env("PROBE", format!("{} --exact runtime::terminal::tests::probe --nocapture", exe.display()));
    command.env("PULT_TEST_PROBE", what);
    command.env("RUST_BACKTRACE", "0");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A terminal without a program ends with an error.
        let _ = reader.read_to_end(&mut bytes);
        let _ = send.send(bytes);
    });
    let seen = receive.recv_timeout(Duration::from_secs(20));
    let _ = child.kill();
    let _ = child.wait();
    String::from_utf8_lossy(&seen.expect("the program hangs")).into_owned()
}

const MODE: &str = "stty -a | grep -oE -- '-?icanon'";

/// The part of the output before the terminal was given back, and the part behind.
fn halves(output: &str) -> (&str, &str) {
    output.rsplit_once("\x1b[?1049l").unwrap_or_else(|| panic!("not restored: {output:?}"))
}

#[test]
fn the_end_gives_the_terminal_back() {
    let output = on_a_terminal("drop", &format!("$PROBE; {MODE}"));
    let (before, after) = halves(&output);
    assert!(before.contains("\x1b[?1049h") && before.contains("ON-SCREEN"), "{output:?}");
    assert!(before.ends_with("\x1b[?7h\x1b[?25h"), "{output:?}");
    assert!(after.contains("icanon") && !after.contains("-icanon"), "{output:?}");
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_speaks() {
    let output = on_a_terminal("panic", &format!("$PROBE; {MODE}"));
    let (before, after) = halves(&output);
    assert!(!before.contains("PANICKED") && after.contains("PANICKED"), "{output:?}");
    assert!(!after.contains("-icanon"), "{output:?}");
    assert_eq!(output.matches("\x1b[?1049l").count(), 1, "{output:?}");
}

#[test]
fn a_panic_of_another_thread_leaves_the_screen_alone() {
    let output = on_a_terminal("other-thread", "$PROBE");
    let (before, _) = halves(&output);
    assert!(before.contains("STILL-ON") && !output.contains("ELSEWHERE"), "{output:?}");
}

#[test]
fn suspending_gives_the_terminal_to_the_shell_and_takes_it_again() {
    let output = on_a_terminal("suspend", &format!("set -m; $PROBE; echo SHELL; {MODE}; fg"));
    let parts: Vec<&str> = output.split("\x1b[?1049l").collect();
    assert_eq!(parts.len(), 3, "{output:?}");
    let (shell, pult) = parts[1].split_once("\x1b[?1049h").unwrap();
    assert!(shell.contains("SHELL") && !shell.contains("-icanon"), "{output:?}");
    assert!(pult.contains("Resumed"), "{output:?}");
}

#[test]
fn without_job_control_nothing_stops() {
    let output = on_a_terminal("suspend", "exec $PROBE");
    assert!(halves(&output).0.contains("NoShell"), "{output:?}");
}
