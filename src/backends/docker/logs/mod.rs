//! The log of one container as a source of lines.

mod anchor;
mod ask;
mod circumstances;
mod file;
mod follow;
mod page;
mod request;
mod seen;
mod torn;

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use tokio::sync::{Notify, OnceCell};

use crate::backends::log_source::{LogBatches, LogRange, LogReader, LogReading, LogSource};
use crate::backends::spool::Spool;
use crate::domain::fault::Fault;
use crate::domain::ids::{ContainerId, ContainerKey};
use crate::domain::log::{LogAnchor, LogSourceId};

use super::client::Docker;
use ask::Place;
use file::LogFile;

/// Lines on each side of a time at most.
const MAX_AROUND: usize = 100_000;

/// The log of one container.
struct DockerLog {
    docker: Docker,
    id: ContainerId,
    /// Waits for a slow reader.
    patient: bool,
    file: OnceCell<Option<LogFile>>,
}

impl Docker {
    /// The log of a container. Nothing is asked before it is read. Of lines that come faster than they are
    /// taken the newest are given.
    pub fn log_source(&self, id: ContainerId) -> Arc<dyn LogSource> {
        Arc::new(DockerLog { docker: self.clone(), id, patient: false, file: OnceCell::new() })
    }

    /// The same for what is printed: no line is left out because the reader is slow, unless the log rotates.
    pub fn patient_log_source(&self, id: ContainerId) -> Arc<dyn LogSource> {
        Arc::new(DockerLog { docker: self.clone(), id, patient: true, file: OnceCell::new() })
    }
}

impl LogSource for DockerLog {
    fn id(&self) -> LogSourceId {
        LogSourceId::Container(ContainerKey { target: self.docker.id.clone(), id: self.id.clone() })
    }

    fn stored(&self, range: LogRange) -> BoxFuture<'_, Result<LogBatches, Fault>> {
        Box::pin(async move {
            let arriving = self.docker.log(&self.id, &range, false).await?;
            let batches = stream::unfold(arriving, |mut arriving| async move {
                let batch = arriving.lines().await?;
                Some((batch, arriving))
            });
            Ok(batches.boxed())
        })
    }

    fn read(self: Arc<Self>, reading: LogReading, reader: LogReader) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let LogReader { mut asks, events, stop } = reader;
            let (out, seen, live) = (Arc::new(Spool::default()), Mutex::default(), Notify::new());
            let work = async {
                let place = match reading.anchor {
                    LogAnchor::End => Some(Place::Following),
                    anchor => {
                        let lines = reading.tail.map_or(MAX_AROUND, |n| MAX_AROUND.min(n as usize));
                        self.begin_at(anchor, lines, &seen, &out).await
                    }
                };
                let Some(place) = place else { return };
                let others = async {
                    tokio::join!(self.answer(&mut asks, place, &seen, &out), self.circumstances(&live, &out));
                    // That nothing is asked any more does not end what is followed.
                    std::future::pending::<()>().await;
                };
                match place {
                    Place::Following => tokio::select! {
                        () = self.follow(reading.tail, &seen, &live, &out) => {}
                        () = others => {}
                    },
                    Place::Behind(_) | Place::InFile => {
                        live.notify_one();
                        others.await;
                    }
                }
            };
            out.serve(work, &events, &stop).await;
        })
    }
}
