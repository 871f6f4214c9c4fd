//! What a command said on many servers, as lines to read and as a file.

use std::time::Duration;

use serde_json::json;

use crate::domain::server::Ran;
use crate::domain::server::ran::{Answered, groups};
use crate::widgets::diff::diff;

/// After this time a smaller difference is not looked for.
const LONG_ENOUGH: Duration = Duration::from_millis(20);

/// All answers. Of every answer but the most frequent, only what differs from that one is told.
pub fn report(answers: &[Answered], not_begun: &[String]) -> Vec<String> {
    let groups = groups(answers);
    let usual = groups.first().and_then(|group| Some((group.first()?, body(group.first()?)?)));
    let mut out = Vec::new();
    for (i, group) in groups.iter().enumerate() {
        let Some(first) = group.first() else { continue };
        let names: Vec<String> = group.iter().map(|one| format!("{} ({} ms)", one.server, one.ms)).collect();
        let noun = if names.len() == 1 { "server" } else { "servers" };
        if i > 0 {
            out.push(String::new());
        }
        out.push(format!(
            "\u{2500}\u{2500} {} {noun}: {} \u{2500}\u{2500} {}",
            names.len(),
            first.end(),
            names.join("  ")
        ));
        match (&usual, body(first)) {
            (Some((other, usual)), Some(lines)) if i > 0 => {
                let diff = diff(usual, &lines, LONG_ENOUGH);
                if diff.lines.is_empty() {
                    out.push(format!("  the same output as {}", other.server));
                } else {
                    out.push(format!("  - {}  + {}", other.server, first.server));
                }
                out.extend(diff.lines.into_iter().map(|(_, line)| line));
            }
            (_, Some(lines)) => out.extend(lines.lines().map(|line| format!("  {line}"))),
            (_, None) => {}
        }
    }
    if !not_begun.is_empty() {
        out.extend([String::new(), format!("\u{2500}\u{2500} not begun: {}", not_begun.join("  "))]);
    }
    out
}

/// What was printed; `None` when nobody knows.
fn body(answer: &Answered) -> Option<String> {
    let ran: &Ran = answer.result.as_ref().ok()?;
    let mut text: String = ran.stdout.iter().map(|line| format!("{line}\n")).collect();
    text.extend(ran.stderr.iter().map(|line| format!("stderr: {line}\n")));
    if ran.left_out > 0 {
        text.push_str(&format!("\u{2026} {} more lines were left out\n", ran.left_out));
    }
    Some(text)
}

/// One JSON object a server, those that did not begin included.
pub fn json_lines(command: &str, answers: &[Answered], not_begun: &[String]) -> String {
    let answered = answers.iter().map(|one| match &one.result {
        Ok(ran) => json!({
            "server": one.server, "command": command, "outcome": if ran.is_success() { "done" } else { "failed" },
            "exit_code": ran.code, "ms": one.ms, "stdout": ran.stdout, "stderr": ran.stderr,
            "lines_left_out": ran.left_out,
        }),
        Err(fault) => json!({
            "server": one.server, "command": command,
            "outcome": if fault.kind.is_unknown() { "unknown" } else { "failed" }, "ms": one.ms, "fault": fault,
        }),
    });
    let waiting = not_begun
        .iter()
        .map(|server| json!({ "server": server, "command": command, "outcome": "not_begun" }));
    answered.chain(waiting).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::{Fault, FaultKind};

    fn answers() -> [Answered; 5] {
        let said = |server: &str, out: &str, code| Answered {
            server: server.into(),
            result: Ok(Ran::new(Some(code), out.as_bytes(), b"")),
            ms: 7,
        };
        let lost = Fault::new(FaultKind::Lost, "db2: it hung up");
        [
            said("web1", "a\nb\n", 0),
            said("db1", "a\nc\x1b[2J\n", 0),
            Answered { server: "db2".into(), result: Err(lost), ms: 3 },
            said("web2", "a\nb\n", 0),
            said("web3", "a\nb\n", 1),
        ]
    }

    #[test]
    fn the_same_stands_together_and_what_differs_is_shown() {
        let text = report(&answers(), &["db3".to_owned()]).join("\n").replace('\u{2500}', "-");
        assert_eq!(
            text,
            "-- 2 servers: exit code 0 -- web1 (7 ms)  web2 (7 ms)\n  a\n  b\n\n\
             -- 1 server: exit code 0 -- db1 (7 ms)\n  - web1  + db1\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n\n\
             -- 1 server: unknown: db2: it hung up -- db2 (3 ms)\n\n\
             -- 1 server: exit code 1 -- web3 (7 ms)\n  the same output as web1\n\n-- not begun: db3"
        );
    }

    #[test]
    fn a_line_a_server() {
        let text = json_lines("id", &answers(), &["db3".to_owned()]);
        let outcome = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            format!("{} {}", line["server"].as_str().unwrap(), line["outcome"].as_str().unwrap())
        };
        let outcomes: Vec<String> = text.lines().map(outcome).collect();
        assert_eq!(
            outcomes,
            ["web1 done", "db1 done", "db2 unknown", "web2 done", "web3 failed", "db3 not_begun"]
        );
    }
}
