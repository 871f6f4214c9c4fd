//! A program of the configuration, run as the account that logs in: 0 is fine.

use std::time::Duration;

use super::script::{NOT_FOUND, TOO_LATE, limited, run};
use crate::backends::server::host::{Host, Output};
use crate::domain::check::Outcome;
use crate::domain::fault::Fault;
use crate::domain::sanitize;

/// The words are one program's: no shell looks at them.
const RUN: &str = "t=$1; shift; command -v \"$1\" >/dev/null || { echo \"$1: not found\" >&2; exit 127; }; \
    command -v timeout >/dev/null && exec timeout \"$t\" \"$@\"; exec \"$@\"";
/// Characters of what it printed.
const TOLD: usize = 200;

pub(super) async fn ask(host: &dyn Host, words: &[String], limit: Duration) -> Result<Outcome, Fault> {
    let began = tokio::time::Instant::now();
    let argv = words.iter().fold(limited(RUN, limit), |argv, word| argv.name(word));
    let output = run(host, argv, limit).await?;
    let program = words.first().map(String::as_str).unwrap_or_default();
    Ok(judge(&output, program).took(began.elapsed()))
}

fn judge(output: &Output, program: &str) -> Outcome {
    let said = said(output);
    let with = |text: &str| if said.is_empty() { text.to_owned() } else { format!("{text}: {said}") };
    match output.code {
        Some(0) => Outcome::ok(if said.is_empty() { "it ended with 0".to_owned() } else { said }),
        Some(NOT_FOUND) => {
            let program = sanitize::name(program);
            Outcome::unknown(format!("{program} is not there"))
                .hint("install it on the server that asks, or write its whole path")
        }
        Some(TOO_LATE) => Outcome::failed("it did not end in time"),
        Some(code) => Outcome::failed(with(&format!("it ended with {code}"))),
        None => Outcome::failed(with("it was killed")),
    }
}

/// The first line that it printed; what it complained about goes first where it failed.
fn said(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let both = if output.is_success() { [out, err] } else { [err, out] };
    let mut lines = both.iter().flat_map(|text| text.lines()).map(str::trim);
    lines
        .find(|line| !line.is_empty())
        .map(|line| sanitize::line(line, TOLD).into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Verdict;

    fn ended(code: Option<i32>, stdout: &str, stderr: &str) -> (Verdict, String) {
        let (stdout, stderr) = (stdout.as_bytes().to_vec(), stderr.as_bytes().to_vec());
        let outcome = judge(&Output { code, stdout, stderr }, "psql");
        (outcome.verdict, outcome.message)
    }

    #[test]
    fn what_a_program_ends_with_decides() {
        assert_eq!(ended(Some(0), "\n1\n", ""), (Verdict::Ok, "1".into()));
        assert_eq!(ended(Some(0), "", "note"), (Verdict::Ok, "note".into()));
        assert_eq!(ended(Some(0), "", ""), (Verdict::Ok, "it ended with 0".into()));
        let refused = (Verdict::Failed, "it ended with 2: connection refused".into());
        assert_eq!(ended(Some(2), "x", "connection refused\nmore"), refused);
        assert_eq!(ended(None, "", ""), (Verdict::Failed, "it was killed".into()));
        assert_eq!(ended(Some(127), "", "psql: not found"), (Verdict::Unknown, "psql is not there".into()));
        assert_eq!(ended(Some(124), "", ""), (Verdict::Failed, "it did not end in time".into()));
        assert!(!ended(Some(1), "", "\u{1b}[31mred\u{1b}]0;x\u{7}").1.contains('\u{1b}'));
    }
}
