//! What is stored of a file, in batches.

use futures_util::stream::{self, StreamExt};
use jiff::SignedDuration;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::blocking;
use super::chain::Place;
use super::disk::Origin;
use super::page::Pager;
use crate::backends::log_source::{LogBatches, LogRange};
use crate::domain::fault::Fault;

/// Lines in a batch.
const BATCH: u32 = 5000;

/// A part of a log that is being read.
struct Part {
    pager: Pager,
    next: Place,
    end: Place,
    /// Ends the work on another thread when nobody waits for it.
    _stop: DropGuard,
}

/// The lines of the file itself; with a beginning in time those of its rotated parts too.
///
/// # Errors
/// `Gone`, `Denied`, `Unsupported` for what is no text or has no times.
pub(super) async fn stored(origin: Origin, range: LogRange) -> Result<LogBatches, Fault> {
    let stop = CancellationToken::new();
    let mut pager = Pager::new(origin, stop.clone());
    let guard = stop.drop_guard();
    let part = blocking(move || -> Result<Part, Fault> {
        pager.check()?;
        let end = match range.until {
            // The first line that is later.
            Some(until) => {
                pager.since(until.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(until))?
            }
            None => pager.end()?,
        };
        let next = match range.since {
            Some(since) => pager.since(since)?,
            None => pager.beginning()?,
        };
        let next = match range.tail {
            Some(tail) => pager.last(&next, &end, tail)?,
            None => next,
        };
        Ok(Part { pager, next, end, _stop: guard })
    })
    .await??;
    let batches = stream::unfold(Some(part), |part| async move {
        let mut part = part?;
        let read = blocking(move || {
            let page = part.pager.newer(&part.next, Some(&part.end), BATCH);
            (part, page)
        });
        match read.await {
            Ok((_, Ok(page))) if page.lines.is_empty() => None,
            Ok((mut part, Ok(page))) => {
                part.next = page.end;
                Some((Ok(page.lines), page.more.then_some(part)))
            }
            Ok((_, Err(fault))) | Err(fault) => Some((Err(fault), None)),
        }
    });
    Ok(batches.boxed())
}
