//! How many there are: letters that wait, processes of a name.

use std::time::Duration;

use super::names::lacks;
use super::script::{NOT_FOUND, limited, run};
use crate::backends::server::free_root;
use crate::backends::server::host::{Host, Output};
use crate::domain::check::Outcome;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::quantity;

/// Says which of them it is, then how many wait in its own words. Exim counts for its administrators only.
const QUEUE: &str = "T=; command -v timeout >/dev/null && T=\"timeout $1\"; \
    for p in exim4 exim; do command -v $p >/dev/null && { echo exim; $T $p -bpc; exit; }; done; \
    command -v postqueue >/dev/null && { echo postfix; $T postqueue -p | tail -n 1; exit; }; \
    command -v mailq >/dev/null && { echo mailq; $T mailq | tail -n 1; exit; }; exit 127";

/// The kernel keeps fifteen bytes of a name.
const PROCESSES: &str = "n=$(printf %.15s \"$2\"); test -r /proc/self/comm || exit 127; \
    cat /proc/[0-9]*/comm 2>/dev/null | grep -cxF -e \"$n\"; exit 0";

pub(super) async fn mail_queue(host: &dyn Host, most: u64, limit: Duration) -> Result<Outcome, Fault> {
    let began = tokio::time::Instant::now();
    let output = free_root::run(host, limited(QUEUE, limit), limit).await?;
    if output.code == Some(NOT_FOUND) {
        return Err(lacks(
            "mail server that tells its queue",
            "it reads those of Postfix, Exim and sendmail",
        ));
    }
    let Some(waiting) = waiting(&output.text()) else {
        let said = output.complaint();
        let why = if said.is_empty() { "it says nothing that can be read".to_owned() } else { said };
        return Err(Fault::new(FaultKind::Unsupported, format!("the mail queue: {why}")));
    };
    let told = format!("{} waiting", quantity::count(waiting));
    let outcome =
        if waiting > most { Outcome::failed(format!("{told}, more than {most}")) } else { Outcome::ok(told) };
    Ok(outcome.took(began.elapsed()))
}

/// `Mail queue is empty`, `-- 5 Kbytes in 2 Requests.`, `Total requests: 3`, Exim's bare number.
fn waiting(text: &str) -> Option<u64> {
    let (by, said) = text.split_once('\n')?;
    let said = said.trim();
    if said.contains("queue is empty") || by != "exim" && said.is_empty() {
        return Some(0);
    }
    match by {
        "exim" => said.parse().ok(),
        _ => {
            let number = match said.split_once(" in ") {
                Some((_, rest)) => rest.split_whitespace().next(),
                None => said.strip_prefix("Total requests:").map(str::trim),
            };
            number?.parse().ok()
        }
    }
}

pub(super) async fn processes(
    host: &dyn Host,
    name: &str,
    at_least: u64,
    at_most: Option<u64>,
    limit: Duration,
) -> Result<Outcome, Fault> {
    let began = tokio::time::Instant::now();
    let output = run(host, limited(PROCESSES, limit).name(name), limit).await?;
    Ok(counted(&output, at_least, at_most)?.took(began.elapsed()))
}

fn counted(output: &Output, at_least: u64, at_most: Option<u64>) -> Result<Outcome, Fault> {
    let Ok(running) = output.text().trim().parse::<u64>() else {
        return Err(Fault::new(
            FaultKind::Unsupported,
            "its /proc cannot be read: processes are not counted",
        ));
    };
    let told = format!("{} running", quantity::count(running));
    Ok(match at_most {
        _ if running < at_least => Outcome::failed(format!("{told}, fewer than {at_least}")),
        Some(most) if running > most => Outcome::failed(format!("{told}, more than {most}")),
        _ => Outcome::ok(told),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Verdict;
    use proptest::prelude::*;

    #[test]
    fn every_mail_server_says_it_in_its_own_words() {
        let cases = [
            ("postfix\nMail queue is empty\n", Some(0)),
            ("postfix\n-- 5 Kbytes in 2 Requests.\n", Some(2)),
            ("postfix\n-- 1 Kbytes in 1 Request.\n", Some(1)),
            ("exim\n17\n", Some(17)),
            ("exim\nexim: permission denied\n", None),
            ("exim\n", None),
            ("mailq\n\t\tTotal requests: 3\n", Some(3)),
            ("mailq\n", Some(0)),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(waiting(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn processes_are_between_their_bounds() {
        let count = |text: &str, least, most| {
            let output = Output { code: Some(0), stdout: text.as_bytes().to_vec(), stderr: vec![] };
            counted(&output, least, most).map(|outcome| (outcome.verdict, outcome.message))
        };
        assert_eq!(count("3\n", 1, None), Ok((Verdict::Ok, "3 running".into())));
        assert_eq!(count("0\n", 1, None), Ok((Verdict::Failed, "0 running, fewer than 1".into())));
        assert_eq!(count("9\n", 0, Some(4)), Ok((Verdict::Failed, "9 running, more than 4".into())));
        assert!(count("", 1, None).is_err());
    }

    proptest! {
        #[test]
        fn garbage_does_not_make_it_panic(text in "(postfix|exim|mailq|\\PC{0,9})\\n(-- |in |Total requests:|\\PC{0,9}){0,5}") {
            let _ = waiting(&text);
        }
    }
}
