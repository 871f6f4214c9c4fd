//! Which lines are the rest of the message before them: stack traces of Java, Python, Go, Rust and Node,
//! PostgreSQL's details, indented text.

use super::level::Level;
use super::read::{Format, Reading, read};

/// Starts that only the rest of a trace has.
const RESTS: [&str; 16] = [
    "Caused by: ",
    "Suppressed: ",
    "at ",
    "stack backtrace:",
    "note: run with `RUST_BACKTRACE",
    "note: Some details are omitted",
    "goroutine ",
    "created by ",
    "[signal ",
    "exit status ",
    "During handling of the above exception",
    "The above exception was the direct cause",
    "... ",
    "--- End of ",
    "Node.js v",
    "[Previous line repeated ",
];
/// What PostgreSQL adds to a message, each with a time of its own.
const DETAILS: [&str; 6] = ["DETAIL:  ", "HINT:  ", "STATEMENT:  ", "CONTEXT:  ", "QUERY:  ", "LOCATION:  "];
/// So far in a line the keywords above are looked for.
const WINDOW: usize = 120;

/// Whether a line belongs to the message of the one before it (of the same source and stream). It looks at
/// nothing else, so a whole trace is found line by line.
pub fn continues(previous: &str, line: &str) -> bool {
    continues_as(previous, line, &read(line))
}

/// The same of a line that has been read.
pub(super) fn continues_as(previous: &str, line: &str, reading: &Reading) -> bool {
    let text = line.trim_end();
    if text.is_empty() {
        return trace_like(previous);
    }
    if reading.is_head() {
        let tail = line.get(reading.message.start..).unwrap_or_default();
        let tail = tail.as_bytes();
        let tail = tail.get(..tail.len().min(WINDOW)).unwrap_or_default();
        return reading.format == Format::Plain
            && DETAILS.iter().any(|word| tail.windows(word.len()).any(|w| w == word.as_bytes()));
    }
    let inner = text.trim_start();
    if inner.len() < text.len() {
        // Indented. After an empty line only what looks like a trace.
        return !previous.trim().is_empty() || inner.starts_with("at ") || inner.starts_with("File \"");
    }
    if RESTS.iter().any(|start| text.starts_with(start)) {
        return true;
    }
    let indented = previous.starts_with([' ', '\t']);
    let failed = || read(previous).level >= Some(Level::Error);
    if text.starts_with("Traceback (most recent call last)") {
        return previous.trim().is_empty() || (!indented && failed());
    }
    // `}` and `],` after what they close.
    if closes(text) {
        return indented;
    }
    // Go's `main.work(0x1)` before its indented place.
    if is_go_frame(text) {
        return previous.starts_with("goroutine ") || (indented && previous.contains(".go:"));
    }
    // Rust's message on the line after the place.
    if previous.starts_with("thread '") && previous.contains("' panicked at ") {
        return previous.trim_end().ends_with(':');
    }
    if is_exception(text) {
        // Python's last line; Node's after the source; Java's after the line that logged it.
        return indented || previous.trim().is_empty() || (!is_exception(previous) && failed());
    }
    false
}

/// A line after which an empty one is part of a trace.
fn trace_like(previous: &str) -> bool {
    let inner = previous.trim_start();
    let indented = inner.len() < previous.len() && !inner.trim_end().is_empty();
    (indented && !read(previous).is_head())
        || (!inner.is_empty() && closes(inner))
        || ["panic: ", "[signal ", "fatal error: ", "goroutine ", "During handling ", "The above exception "]
            .iter()
            .any(|start| previous.starts_with(start))
        || is_exception(previous)
}

fn closes(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'}' | b']' | b')' | b',' | b';'))
}

fn is_go_frame(text: &str) -> bool {
    let Some((path, rest)) = text.split_once('(') else { return false };
    text.ends_with(')') && path.contains('.') && !path.contains(' ') && !rest.contains(": ")
}

/// `java.lang.IllegalStateException: x`, `ValueError: x`, `KeyError`, `Error: x`.
fn is_exception(text: &str) -> bool {
    let name = text.split([':', ' ']).next().unwrap_or_default();
    let class = name.rsplit(['.', '$']).next().unwrap_or_default();
    let fits = class.ends_with("Error") || class.ends_with("Exception") || class.ends_with("Throwable");
    let alone = text.len() == name.len() || text.as_bytes().get(name.len()) == Some(&b':');
    fits && alone && class.starts_with(|c: char| c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines with `+` before those that continue.
    fn check(text: &str) {
        let lines: Vec<(bool, &str)> =
            text.lines().map(|l| (l.starts_with('+'), l.get(1..).unwrap_or(""))).collect();
        for pair in lines.windows(2) {
            let ((_, previous), (want, line)) = (pair[0], pair[1]);
            assert_eq!(continues(previous, line), want, "{previous:?}\n{line:?}");
        }
    }

    #[test]
    fn java() {
        check(
            "-2026-11-21 12:00:00.1 ERROR 1 --- [main] c.e.App : Request failed
+java.lang.IllegalStateException: no pool
+\tat com.example.App.run(App.java:10)
+\tat com.example.App.main(App.java:3)
+Caused by: java.net.ConnectException: refused
+\tat java.net.Socket.connect(Socket.java:1)
+\t... 12 more
-2026-11-21 12:00:01.1  INFO 1 --- [main] c.e.App : up
-Exception in thread \"main\" java.lang.NullPointerException
+\tat A.main(A.java:1)
-done",
        );
    }

    #[test]
    fn python() {
        check(
            "-ERROR:root:it failed
+Traceback (most recent call last):
+  File \"/app/x.py\", line 3, in <module>
+    1 / 0
+    ~~^~~
+ZeroDivisionError: division by zero
+
+During handling of the above exception, another exception occurred:
+
+Traceback (most recent call last):
+  File \"/app/x.py\", line 5, in <module>
+KeyError: 'x'
-INFO:root:next
-Traceback (most recent call last):
+  File \"x.py\", line 1
+ValueError",
        );
    }

    #[test]
    fn go() {
        check(
            "-2026/11/21 12:00:00 listening on :8080
-panic: runtime error: index out of range [3] with length 2
+
+goroutine 1 [running]:
+main.work(...)
+\t/app/main.go:12
+main.main()
+\t/app/main.go:8 +0x1d
+exit status 2
-2026/11/21 12:00:01 listening on :8080",
        );
    }

    #[test]
    fn rust() {
        check(
            "-2026-11-21T12:00:00.1Z  INFO app: up
-thread 'main' panicked at src/main.rs:2:5:
+index out of bounds: the len is 3 but the index is 99
+stack backtrace:
+   0: rust_begin_unwind
+             at /rustc/abc/library/std/src/panicking.rs:652:5
+   1: core::panicking::panic_fmt
+note: run with `RUST_BACKTRACE=full` for a verbose backtrace
-next",
        );
    }

    #[test]
    fn node() {
        check(
            "-/app/index.js:10
+    throw new Error('boom');
+    ^
+
+Error: boom
+    at Object.<anonymous> (/app/index.js:10:11) {
+  code: 'E_BOOM'
+}
+
+Node.js v22.1.0
-listening",
        );
    }

    #[test]
    fn postgres_and_what_stands_alone() {
        check(
            "-2026-11-21 12:00:00.1 UTC [27] ERROR:  deadlock detected
+2026-11-21 12:00:00.1 UTC [27] DETAIL:  Process 27 waits for ShareLock
+\tProcess 28 waits for ShareLock
+2026-11-21 12:00:00.1 UTC [27] HINT:  See server log
-2026-11-21 12:00:00.2 UTC [27] LOG:  checkpoint starting: time
-GET / 200
-GET /x 404
-{\"level\":30}
-  {\"level\":30}
-
-
-  banner",
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(a in ".*", b in ".*") {
            continues(&a, &b);
        }
    }
}
