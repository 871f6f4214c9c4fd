//! Searches the journal for a regular expression, the newest entry first.

use std::time::Duration;

use regex::RegexBuilder;

use super::journalctl::{Answer, Answers, Journalctl};
use crate::backends::clock;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogFind, LogFound};

/// Places that are told at most.
const PLACES: usize = 1000;
/// So often it is told how far the search has come.
const PACE: Duration = Duration::from_millis(100);

/// Searches until the end. `tell` is called now and then; what comes back is the last word. Places are times in
/// microseconds; nobody knows how much there is to search.
pub(super) async fn search(
    journal: &Journalctl,
    ask: &LogFind,
    tell: &mut (dyn FnMut(&LogFound) + Send),
) -> LogFound {
    let mut found = LogFound {
        generation: ask.generation,
        places: Vec::new(),
        hits: 0,
        scanned_bytes: 0,
        total_bytes: 0,
        done: false,
        fault: None,
    };
    let searched = match journal.ask(vec!["--reverse".into()]).await {
        Ok(answers) => scan(answers, ask, &mut found, tell).await,
        Err(fault) => Err(fault),
    };
    found.done = true;
    found.fault = searched.err();
    found
}

async fn scan(
    mut answers: Answers,
    ask: &LogFind,
    found: &mut LogFound,
    tell: &mut (dyn FnMut(&LogFound) + Send),
) -> Result<(), Fault> {
    let regex = RegexBuilder::new(&ask.regex).case_insensitive(ask.ignore_case).build();
    let regex = regex.map_err(|e| Fault::new(FaultKind::Failed, format!("not a regular expression: {e}")))?;
    let mut told = clock::instant();
    while let Some(answer) = answers.next().await? {
        if let Answer::Entry(entry) = answer {
            found.scanned_bytes += entry.lines.iter().map(|line| line.text.len() as u64).sum::<u64>();
            let hits = entry.lines.iter().filter(|line| regex.is_match(&line.text)).count();
            found.hits += hits as u64;
            if let Some(at) = entry.at {
                let room = PLACES.saturating_sub(found.places.len());
                found.places.extend(std::iter::repeat_n(at.as_microsecond(), hits.min(room)));
            }
        }
        if told.elapsed() >= PACE {
            told = clock::instant();
            tell(found);
        }
    }
    answers.end().await
}
