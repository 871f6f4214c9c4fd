//! What the journal has stored, in batches.

use futures_util::stream::{self, StreamExt};

use super::entry::unreadable;
use super::journalctl::{Answer, Answers, Journalctl};
use super::page::moment;
use crate::backends::log_source::{LogBatches, LogRange};
use crate::domain::fault::Fault;
use crate::domain::log::LogLine;

/// Lines in a batch, besides those of its last entry.
const BATCH: usize = 5000;

/// The entries of a range; the last ones are counted as entries, not as lines.
///
/// # Errors
/// What journalctl says.
pub(super) async fn stored(journal: Journalctl, range: LogRange) -> Result<LogBatches, Fault> {
    let since = range.since.map(|at| format!("--since={}", moment(at)));
    let until = range.until.map(|at| format!("--until={}", moment(at)));
    let limits: Vec<String> = since.into_iter().chain(until.clone()).collect();
    let mut arguments = limits.clone();
    if let Some(tail) = range.tail {
        // Backwards, only to see where they begin: so nothing has to be held.
        let count = format!("--lines={tail}");
        let mut answers =
            journal.ask(["--reverse".into(), count].into_iter().chain(limits).collect()).await?;
        let mut first = None;
        while let Some(answer) = answers.next().await? {
            if let Answer::Entry(entry) = answer {
                first = Some(entry.cursor);
            }
        }
        answers.end().await?;
        let Some(first) = first else { return Ok(stream::empty().boxed()) };
        arguments = vec![format!("--cursor={first}")];
        arguments.extend(until);
    }
    let mut answers = journal.ask(arguments).await?;
    // What it complains about at once is told at once.
    let first = batch(&mut answers).await?;
    if first.is_empty() {
        answers.end().await?;
        return Ok(stream::empty().boxed());
    }
    let rest = stream::unfold(Some(answers), |answers| async move {
        let mut answers = answers?;
        match batch(&mut answers).await {
            Ok(lines) if lines.is_empty() => answers.end().await.err().map(|fault| (Err(fault), None)),
            Ok(lines) => Some((Ok(lines), Some(answers))),
            Err(fault) => Some((Err(fault), None)),
        }
    });
    Ok(stream::iter([Ok(first)]).chain(rest).boxed())
}

/// What comes next; empty at the end.
async fn batch(answers: &mut Answers) -> Result<Vec<LogLine>, Fault> {
    let mut lines = Vec::new();
    while lines.len() < BATCH {
        match answers.next().await? {
            Some(Answer::Entry(entry)) => lines.extend(entry.lines),
            Some(Answer::Unreadable(bytes)) => lines.push(unreadable(bytes)),
            Some(Answer::Remark(_)) => {}
            None => break,
        }
    }
    Ok(lines)
}
