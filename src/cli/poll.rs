//! `--watch` of what nobody tells changes of: it is gathered again and again, over the same connections.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use super::args::GetArgs;
use super::changes::Printer;
use super::listing::{Listing, Row, View};
use super::{Exit, Failure, Session};
use crate::backends::clock;
use crate::domain::ids::TargetId;

/// Between two looks; longer where one takes long, so that watching is never most of what a server does.
const PAUSE: Duration = Duration::from_secs(2);
const SHARE: u32 = 4;

/// Runs until it is interrupted or nobody reads any more.
///
/// # Errors
/// There is nothing to ask; an output format that cannot be watched; the output is gone.
pub async fn run(
    session: &Session,
    args: &GetArgs,
    view: &View,
    out: &mut (dyn Write + Send),
    gather: impl AsyncFn() -> Result<Listing, Failure>,
) -> Result<Exit, Failure> {
    let mut printer = Printer::new(session, args.output)?;
    let mut known = Known::default();
    let work = async {
        loop {
            let began = clock::instant();
            let mut listing = gather().await?;
            known.fill(&mut listing, session);
            listing.keep_named(&args.names);
            view.apply(&mut listing);
            printer.print(&listing, out)?;
            tokio::time::sleep(PAUSE.max(began.elapsed() * SHARE)).await;
        }
    };
    tokio::select! {
        result = work => result,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    }
}

/// What was seen last.
#[derive(Default)]
struct Known {
    rows: Vec<Row>,
    lost: BTreeMap<TargetId, String>,
}

impl Known {
    /// What does not answer has not gone: its rows stay, and the reason is said once.
    fn fill(&mut self, listing: &mut Listing, session: &Session) {
        let lost: BTreeMap<_, _> =
            listing.faults.iter().map(|(target, fault)| (target.clone(), fault.in_full())).collect();
        for (target, why) in lost.iter().filter(|(target, why)| self.lost.get(target) != Some(why)) {
            session.remark(&format!("{target}: {why}"));
        }
        let of_lost = |row: &Row| lost.keys().any(|target| row.json["target"] == target.to_string());
        listing.rows.extend(self.rows.drain(..).filter(of_lost));
        self.rows.clone_from(&listing.rows);
        self.lost = lost;
    }
}
