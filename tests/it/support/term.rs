//! The real binary on a pseudo-terminal: what it wrote, what a terminal would show of it, and keys.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What has come out so far.
struct Seen {
    raw: Vec<u8>,
    screen: vt100::Parser,
    ended: bool,
    /// The reader lets go of the terminal with what comes next.
    closing: bool,
}

type Shared = Arc<(Mutex<Seen>, Condvar)>;

/// Home and state directory of one or several pults.
pub struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    /// Its only server is out of reach: what happens on this machine meanwhile (a full disk, much to do) would be
    /// told among the actions.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join(".config/pult");
        std::fs::create_dir_all(&config).unwrap();
        let away = "[[server]]\nname = 'away'\nhost = '127.0.0.1'\nport = 9\n";
        std::fs::write(config.join("config.toml"), away).unwrap();
        Self { dir }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// The audit, line by line.
    pub fn audit(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.state().join("audit.jsonl")).unwrap_or_default();
        text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
    }

    /// The outcomes of what was done to an object, with the command.
    pub fn outcomes(&self, object: &str) -> Vec<(String, String)> {
        let text = |v: &Value, key: &str| v[key].as_str().unwrap_or_default().to_owned();
        let of_object = self.audit().into_iter().filter(|r| r["object"] == object);
        of_object.map(|r| (text(&r, "command"), text(&r, "outcome"))).collect()
    }

    /// The binary in these surroundings, as a person's terminal has them.
    fn command(&self, program: &str) -> CommandBuilder {
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        for (name, value) in [
            ("PATH", "/usr/bin:/bin"),
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("LANG", "C.UTF-8"),
            ("TZ", "UTC"),
        ] {
            command.env(name, value);
        }
        command.env("HOME", self.dir.path());
        command.env("PULT_STATE_DIR", self.state());
        command.env("PULT", env!("CARGO_BIN_EXE_pult"));
        command.cwd(self.dir.path());
        command
    }

    /// Starts pult on a terminal of 120×40; `socket` is its engine.
    pub fn start(&self, socket: &Path, args: &[&str]) -> Term {
        let mut command = self.command(env!("CARGO_BIN_EXE_pult"));
        command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
        command.args(args);
        Term::run(command)
    }

    /// Runs a shell script that has pult as `$PULT`.
    pub fn shell(&self, socket: &Path, script: &str) -> Term {
        let mut command = self.command("bash");
        command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
        command.args(["-c", script]);
        Term::run(command)
    }
}

/// A pseudo-terminal with a program on it.
pub struct Term {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Mutex<Option<Box<dyn Write + Send>>>,
    child: Box<dyn Child + Send + Sync>,
    shared: Shared,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, ..PtySize::default() }
}

fn nz(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

impl Term {
    fn run(command: CommandBuilder) -> Self {
        let pair = native_pty_system().openpty(size(120, 40)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = vt100::Parser::new(nz(40), nz(120), 0);
        let seen = Seen { raw: Vec::new(), screen, ended: false, closing: false };
        let shared: Shared = Arc::new((Mutex::new(seen), Condvar::new()));
        let (theirs, mut reader) = (shared.clone(), pair.master.try_clone_reader().unwrap());
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            loop {
                // A terminal without a program ends with an error.
                let n = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = theirs.0.lock().unwrap();
                seen.raw.extend_from_slice(&buffer[..n]);
                seen.screen.process(&buffer[..n]);
                seen.ended = n == 0;
                theirs.1.notify_all();
                if n == 0 || seen.closing {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Self { master: Some(pair.master), writer: Mutex::new(Some(writer)), child, shared }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.shared.0.lock().unwrap()
    }

    /// Waits until what has come out is as wanted.
    #[track_caller]
    fn wait(&self, what: &str, want: impl Fn(&Seen) -> bool) {
        let (seen, timeout) = self.shared.1.wait_timeout_while(self.lock(), PATIENCE, |s| !want(s)).unwrap();
        let screen = seen.screen.screen().contents();
        assert!(!timeout.timed_out(), "not within {PATIENCE:?}: {what}; the screen is\n{screen}");
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub fn until(&self, text: &str) -> &Self {
        self.wait(text, |s| s.screen.screen().contents().contains(text));
        self
    }

    /// Waits until a text is not on the screen.
    #[track_caller]
    pub fn until_gone(&self, text: &str) -> &Self {
        self.wait(&format!("without {text}"), |s| !s.screen.screen().contents().contains(text));
        self
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    pub fn until_screen(&self, what: &str, want: impl Fn(&str) -> bool) -> &Self {
        self.wait(what, |s| want(&s.screen.screen().contents()));
        self
    }

    /// Waits until these bytes have come out `times` times.
    #[track_caller]
    pub fn until_bytes(&self, bytes: &str, times: usize) -> &Self {
        self.wait(bytes, |s| String::from_utf8_lossy(&s.raw).matches(bytes).count() >= times);
        self
    }

    pub fn screen(&self) -> String {
        self.lock().screen.screen().contents()
    }

    pub fn raw(&self) -> Vec<u8> {
        self.lock().raw.clone()
    }

    pub fn type_in(&self, text: &str) -> &Self {
        let mut writer = self.writer.lock().unwrap();
        let writer = writer.as_mut().unwrap();
        writer.write_all(text.as_bytes()).unwrap();
        writer.flush().unwrap();
        self
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let mut seen = self.lock();
        seen.screen.screen_mut().set_size(nz(rows), nz(columns));
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.process_id().unwrap().cast_signed()).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Closes the terminal, as a window or a lost connection does.
    pub fn close(&mut self) {
        self.lock().closing = true;
        // The help is something to read, so that the reader wakes and drops its end.
        self.type_in("?");
        *self.writer.lock().unwrap() = None;
        self.master = None;
    }

    /// Quits by its key and waits for the end.
    #[track_caller]
    pub fn quit(&mut self) -> ExitStatus {
        self.type_in("q");
        self.ended()
    }

    /// Waits for the end of the program and of its output.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        self.wait("the end", |s| s.ended);
        self.child.wait().unwrap()
    }

    /// After the end: the terminal is as it was before.
    #[track_caller]
    pub fn is_restored(&self) {
        let seen = self.lock();
        let (screen, raw) = (seen.screen.screen(), String::from_utf8_lossy(&seen.raw));
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor shows");
        assert!(!screen.bracketed_paste(), "pastes are plain");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        for mode in ["1004", "2004", "1000", "1002", "1006", "1049"] {
            let (on, off) = (raw.rfind(&format!("\x1b[?{mode}h")), raw.rfind(&format!("\x1b[?{mode}l")));
            assert!(on.is_some() && off > on, "mode {mode} is switched off at the end: {on:?} {off:?}");
        }
        assert!(raw.rfind("\x1b[?7h") > raw.rfind("\x1b[?7l"), "lines wrap again");
        drop(raw);
        if let Some(mode) = self.master.as_ref().and_then(|m| m.get_termios()) {
            const ICANON: u32 = 0o2;
            const ECHO: u32 = 0o10;
            assert_eq!(mode.local_flags.bits() & (ICANON | ECHO), ICANON | ECHO, "cooked again");
        }
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
