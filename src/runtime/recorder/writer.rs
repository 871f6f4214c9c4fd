//! The task that writes. It alone has the store; everything that touches the disk happens away from the async
//! threads. When something fails, the store is given up and opened anew later, which mends it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::Order;
use super::tee::Parcel;
use crate::backends::clock;
use crate::backends::recording::{End, Store};
use crate::domain::capsule::Capsule;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::recording::{RecorderState, RecorderStatus, Recording};
use crate::logs::recording::Limits;

/// Lines are written this often: so much is lost when pult crashes.
const FLUSH: Duration = Duration::from_secs(2);
/// So many bytes of text are written at once.
const MAX_PENDING: usize = 1 << 20;
/// How soon it is tried again while another pult records,
const AGAIN_ELSEWHERE: Duration = Duration::from_secs(10);
/// and after something failed.
const AGAIN: Duration = Duration::from_secs(30);
/// How often recordings are summed up for the status.
const SUM_UP: Duration = Duration::from_secs(10);

/// Writes until `stop`.
pub(super) async fn write(
    state_dir: PathBuf,
    limits: Limits,
    mut orders: mpsc::Receiver<Order>,
    status: Arc<watch::Sender<RecorderStatus>>,
    stop: CancellationToken,
) {
    status.send_modify(|s| s.limit_bytes = limits.total_bytes);
    while !stop.is_cancelled() {
        let dir = state_dir.clone();
        let again = match away(move || Store::open(&dir, limits)).await {
            Ok(store) => match record(store, &mut orders, &status, &stop).await {
                Ok(()) => return,
                Err(fault) => stopped(&status, fault),
            },
            Err(fault) if fault.kind == FaultKind::Conflict => {
                set(&status, RecorderState::Elsewhere);
                AGAIN_ELSEWHERE
            }
            Err(fault) => stopped(&status, fault),
        };
        let wait = tokio::time::sleep(again);
        tokio::pin!(wait);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = &mut wait => break,
                // What cannot be written is not kept either; it is read again afterwards.
                order = orders.recv() => match order {
                    Some(Order::Capsule(_)) => status.send_modify(|s| s.skipped_capsules += 1),
                    Some(_) => {}
                    None => return,
                },
            }
        }
    }
}

fn stopped(status: &watch::Sender<RecorderStatus>, fault: Fault) -> Duration {
    tracing::warn!("recording stopped: {}", fault.in_full());
    set(status, RecorderState::Stopped(fault));
    AGAIN
}

fn set(status: &watch::Sender<RecorderStatus>, state: RecorderState) {
    status.send_if_modified(|s| {
        let recording = state == RecorderState::Recording;
        let changed = s.state != state;
        s.state = state;
        if !recording {
            s.recordings = Vec::new();
        }
        changed
    });
}

/// Everything that is to be written at once.
#[derive(Default)]
struct Work {
    lines: HashMap<Arc<str>, Vec<Parcel>>,
    bytes: usize,
    begin: Option<(Arc<str>, Arc<str>, oneshot::Sender<End>)>,
    capsule: Option<Box<Capsule>>,
    /// The recordings are to be summed up.
    sum_up: bool,
}

/// What has become of it.
struct Done {
    store: Store,
    capsules: u64,
    recordings: Option<Vec<Recording>>,
}

/// Records until the end of the session (`Ok`) or until something fails.
async fn record(
    mut store: Store,
    orders: &mut mpsc::Receiver<Order>,
    status: &watch::Sender<RecorderStatus>,
    stop: &CancellationToken,
) -> Result<(), Fault> {
    // What is there is known from the start.
    store = flush(store, Work { sum_up: true, ..Work::default() }, status).await?;
    let mut summed_at = clock::instant();
    let mut flush_at = summed_at + FLUSH;
    let mut work = Work::default();
    loop {
        let urgent = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = tokio::time::sleep_until(flush_at.into()) => true,
            order = orders.recv() => match order {
                Some(order) => work.add(order),
                None => break,
            },
        };
        if urgent {
            let now = clock::instant();
            work.sum_up = now >= summed_at + SUM_UP;
            if work.sum_up {
                summed_at = now;
            }
            store = flush(store, std::mem::take(&mut work), status).await?;
            flush_at = clock::instant() + FLUSH;
        }
    }
    while let Ok(order) = orders.try_recv() {
        if work.add(order) {
            store = flush(store, std::mem::take(&mut work), status).await?;
        }
    }
    let store = flush(store, work, status).await?;
    away(|| store.close()).await
}

impl Work {
    /// True when it should be done now.
    fn add(&mut self, order: Order) -> bool {
        match order {
            Order::Lines { name, lines } => {
                self.bytes += lines.lines.iter().map(|l| l.text.len()).sum::<usize>();
                self.lines.entry(name).or_default().push(lines);
                self.bytes >= MAX_PENDING
            }
            Order::Begin { name, life, reply } => {
                self.begin = Some((name, life, reply));
                true
            }
            Order::Capsule(capsule) => {
                self.capsule = Some(capsule);
                true
            }
        }
    }

    fn perform(self, mut store: Store) -> Result<Done, Fault> {
        let now = clock::now();
        for (name, parcels) in self.lines {
            let lines: Vec<_> = parcels.into_iter().flat_map(|mut p| std::mem::take(&mut p.lines)).collect();
            store.append(&name, &lines, now)?;
        }
        store.keep(now)?;
        if let Some((name, life, reply)) = self.begin {
            let end = store.end(&name)?;
            store.begin(&name, &life)?;
            // Whoever asked may have given it up.
            let _ = reply.send(end);
        }
        let capsules = u64::from(self.capsule.is_some());
        if let Some(capsule) = self.capsule {
            store.put_capsule(&capsule)?;
        }
        let recordings = if self.sum_up { Some(store.recordings()?) } else { None };
        Ok(Done { store, capsules, recordings })
    }
}

async fn flush(store: Store, work: Work, status: &watch::Sender<RecorderStatus>) -> Result<Store, Fault> {
    let lost = u64::from(work.capsule.is_some());
    let done = away(move || work.perform(store)).await;
    let done = done.inspect_err(|_| status.send_modify(|s| s.skipped_capsules += lost))?;
    status.send_if_modified(|s| {
        let before = (s.state.clone(), s.bytes, s.capsules);
        (s.state, s.bytes) = (RecorderState::Recording, done.store.bytes());
        s.capsules += done.capsules;
        let resummed = done.recordings.as_ref().is_some_and(|new| *new != s.recordings);
        if let Some(recordings) = done.recordings {
            s.recordings = recordings;
        }
        resummed || before != (s.state.clone(), s.bytes, s.capsules)
    });
    Ok(done.store)
}

/// Runs what blocks.
async fn away<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let failed = |e: tokio::task::JoinError| Fault::new(FaultKind::Bug, format!("the recorder failed: {e}"));
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(failed(e)))
}
