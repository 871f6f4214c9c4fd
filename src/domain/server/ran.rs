//! What a command said on many servers, told together: those who said the same stand together, with the odd ones
//! after the many.

use crate::domain::fault::Fault;
use crate::domain::sanitize;

/// Lines of one answer that are shown.
const LINES: usize = 400;
/// Characters of a line.
const CHARACTERS: usize = 2000;

/// How a command ended on one server, and what it printed, harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// `None` = killed by a signal.
    pub code: Option<i32>,
    pub stdout: Vec<String>,
    pub stderr: Vec<String>,
    /// Lines of both that are not kept.
    pub left_out: usize,
}

impl Ran {
    pub fn new(code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> Self {
        let (stdout, more) = lines(stdout);
        let (stderr, more_errors) = lines(stderr);
        Self { code, stdout, stderr, left_out: more + more_errors }
    }

    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }

    /// `exit code 3`.
    pub fn end(&self) -> String {
        self.code.map_or("killed by a signal".to_owned(), |code| format!("exit code {code}"))
    }
}

fn lines(bytes: &[u8]) -> (Vec<String>, usize) {
    let text = String::from_utf8_lossy(bytes);
    let kept = text.lines().take(LINES).map(|line| sanitize::line(line, CHARACTERS).into_owned());
    (kept.collect(), text.lines().count().saturating_sub(LINES))
}

/// One server, what became of the command there, and how long it took.
#[derive(Debug, Clone)]
pub struct Answered {
    pub server: String,
    pub result: Result<Ran, Fault>,
    pub ms: u64,
}

/// All answers as lines to read. Of every answer but the most frequent, the lines that differ from it are marked.
pub fn report(answers: &[Answered], not_begun: &[String]) -> Vec<String> {
    let mut groups: Vec<(&Result<Ran, Fault>, Vec<&Answered>)> = Vec::new();
    for answer in answers {
        match groups.iter_mut().find(|(result, _)| **result == answer.result) {
            Some((_, servers)) => servers.push(answer),
            None => groups.push((&answer.result, vec![answer])),
        }
    }
    groups.sort_by_key(|(_, servers)| std::cmp::Reverse(servers.len()));
    let usual: Vec<String> = groups.first().map(|(result, _)| body(result)).unwrap_or_default();
    let mut out = Vec::new();
    for (i, (result, servers)) in groups.iter().enumerate() {
        let names: Vec<String> =
            servers.iter().map(|one| format!("{} ({} ms)", one.server, one.ms)).collect();
        let end = result.as_ref().map_or_else(|fault| fault.in_full(), Ran::end);
        let noun = if names.len() == 1 { "server" } else { "servers" };
        if i > 0 {
            out.push(String::new());
        }
        out.push(format!("── {} {noun}: {end} ── {}", names.len(), names.join("  ")));
        for line in body(result) {
            let odd = i > 0 && !usual.contains(&line);
            out.push(if odd { format!("≠ {line}") } else { format!("  {line}") });
        }
        if i > 0 && result.is_ok() {
            let missing = usual.iter().filter(|line| !body(result).contains(line));
            out.extend(missing.map(|line| format!("− {line}")));
        }
    }
    if !not_begun.is_empty() {
        out.extend([String::new(), format!("── not begun: {}", not_begun.join("  "))]);
    }
    out
}

fn body(result: &Result<Ran, Fault>) -> Vec<String> {
    let Ok(ran) = result else { return Vec::new() };
    let errors = ran.stderr.iter().map(|line| format!("stderr: {line}"));
    let more = (ran.left_out > 0).then(|| format!("… {} more lines were left out", ran.left_out));
    ran.stdout.iter().cloned().chain(errors).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::FaultKind;

    #[test]
    fn the_same_stands_together_and_what_differs_is_marked() {
        let said = |server: &str, out: &str, code| Answered {
            server: server.into(),
            result: Ok(Ran::new(Some(code), out.as_bytes(), b"")),
            ms: 7,
        };
        let lost = Fault::new(FaultKind::Unreachable, "db2: no route");
        let answers = [
            said("web1", "a\nb\n", 0),
            said("db1", "a\nc\x1b[2J\n", 0),
            Answered { server: "db2".into(), result: Err(lost), ms: 3 },
            said("web2", "a\nb\n", 0),
        ];
        let text = report(&answers, &["db3".to_owned()]).join("\n");
        assert_eq!(
            text,
            "── 2 servers: exit code 0 ── web1 (7 ms)  web2 (7 ms)\n  a\n  b\n\n\
             ── 1 server: exit code 0 ── db1 (7 ms)\n  a\n≠ c\n− b\n\n\
             ── 1 server: db2: no route ── db2 (3 ms)\n\n── not begun: db3"
        );
    }

    #[test]
    fn long_answers_are_bounded() {
        let ran = Ran::new(Some(0), "x\n".repeat(1000).as_bytes(), b"");
        assert_eq!((ran.stdout.len(), ran.left_out), (400, 600));
    }
}
