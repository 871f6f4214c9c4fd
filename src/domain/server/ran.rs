//! What a command said on many servers: those who said the same stand together, the odd ones after the many.

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

impl Answered {
    /// `exit code 0`, or why there is none. Whoever was lost on the way may have done it all the same.
    pub fn end(&self) -> String {
        match &self.result {
            Ok(ran) => ran.end(),
            Err(fault) if fault.kind.is_unknown() => format!("unknown: {}", fault.in_full()),
            Err(fault) => fault.in_full(),
        }
    }
}

/// Answers that say the same stand together, the most frequent first.
pub fn groups(answers: &[Answered]) -> Vec<Vec<&Answered>> {
    let mut groups: Vec<Vec<&Answered>> = Vec::new();
    for answer in answers {
        match groups.iter_mut().find(|group| group.iter().any(|one| one.result == answer.result)) {
            Some(group) => group.push(answer),
            None => groups.push(vec![answer]),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::FaultKind;

    #[test]
    fn the_same_stands_together_and_who_was_lost_is_unknown() {
        let said = |server: &str, result| Answered { server: server.into(), result, ms: 7 };
        let ran = |out: &str| Ok(Ran::new(Some(0), out.as_bytes(), b""));
        let lost = Fault::new(FaultKind::Lost, "db2: it hung up");
        let answers =
            [said("db1", ran("b")), said("web1", ran("a")), said("db2", Err(lost)), said("web2", ran("a"))];
        let groups = groups(&answers);
        let names: Vec<Vec<&str>> =
            groups.iter().map(|group| group.iter().map(|one| &*one.server).collect()).collect();
        assert_eq!(names, [vec!["web1", "web2"], vec!["db1"], vec!["db2"]]);
        assert_eq!(answers[2].end(), "unknown: db2: it hung up");
        assert_eq!(answers[0].end(), "exit code 0");
    }

    #[test]
    fn long_answers_are_bounded() {
        let ran = Ran::new(Some(0), "x\n".repeat(1000).as_bytes(), b"");
        assert_eq!((ran.stdout.len(), ran.left_out), (400, 600));
    }
}
