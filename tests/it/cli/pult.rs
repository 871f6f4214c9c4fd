//! Runs the binary in surroundings of its own: no configuration, no home, no audit but the test's.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::backends::docker_bed::{Bed, var};

/// The binary and its surroundings.
pub struct Pult {
    home: tempfile::TempDir,
    vars: Vec<(String, String)>,
}

/// What a run has printed and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub out: String,
    pub err: String,
    pub code: i32,
}

impl Pult {
    /// Without any engine.
    pub fn alone() -> Self {
        Self { home: tempfile::tempdir().unwrap(), vars: Vec::new() }
    }

    /// With one engine of the bed, called `local`.
    pub fn at(bed: Bed) -> Self {
        Self::alone().var("DOCKER_HOST", &format!("unix://{}", bed.socket().display()))
    }

    /// With both engines of the bed, called `old` and `new`, and more lines of configuration.
    pub fn fleet(more: &str) -> Self {
        let (old, new) = (var("PULT_BED_DOCKER_OLD"), var("PULT_BED_DOCKER_NEW"));
        Self::alone().config(&format!(
            "[[docker]]\nname = \"old\"\nhost = \"{old}\"\n[[docker]]\nname = \"new\"\nhost = \"{new}\"\n{more}\n"
        ))
    }

    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn config(self, text: &str) -> Self {
        let path = self.config_path();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub fn config_path(&self) -> PathBuf {
        self.home.path().join(".config/pult/config.toml")
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    fn command(&self, args: &[&str]) -> Command {
        #[allow(clippy::disallowed_methods)] // The program under test.
        let mut command = Command::new(env!("CARGO_BIN_EXE_pult"));
        command.args(args).env_clear().env("HOME", self.home.path()).env("TZ", "UTC");
        command.envs(self.vars.iter().map(|(k, v)| (k, v))).stdin(Stdio::null());
        command
    }

    /// Runs to the end.
    pub fn run(&self, args: &[&str]) -> Ran {
        ran(self.command(args).output().unwrap())
    }

    /// Runs to the end with something on standard input.
    pub fn fed(&self, args: &[&str], input: &[u8]) -> Ran {
        let piped = Stdio::piped;
        let mut child = self.command(args).stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let fed = std::thread::spawn(move || {
            // It may end without reading all.
            let _ = stdin.write_all(&input);
        });
        let done = child.wait_with_output().unwrap();
        fed.join().unwrap();
        ran(done)
    }

    /// Runs and reads stdout as one JSON document.
    pub fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(args);
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
    }

    /// Starts it and reads its lines as they come.
    pub fn start(&self, args: &[&str]) -> Running {
        let mut child = self.command(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = lines(child.stdout.take().unwrap());
        Running { child, lines }
    }
}

fn ran(done: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { out: text(done.stdout), err: text(done.stderr), code: done.status.code().unwrap_or(-1) }
}

/// A run that goes on until it is dropped.
pub struct Running {
    pub child: Child,
    lines: mpsc::Receiver<String>,
}

impl Running {
    /// Waits for a line that fits.
    pub fn until(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let mut seen = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(20)) {
            if fits(&line) {
                return line;
            }
            seen.push(line);
        }
        panic!("no line in 20 s: {what}; there were {seen:#?}")
    }

    /// Interrupts it as Ctrl-C does, and gives its exit code.
    pub fn interrupt(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(out: ChildStdout) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines() {
            if line.is_err() || send.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    receive
}
