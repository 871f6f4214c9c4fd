//! One request for a container's log and what comes of it: batches of lines, as they arrive.
//!
//! A line without an end, as of a progress bar, comes in pieces of 16 KiB: Docker 20.10 and 28.5 keep anything
//! shorter back until it ends (tried on both, with a terminal and `\r`). `attach` brings it at once, but is not
//! used for it: on both, a container stops writing when a connection that is attached to it is not drained for a
//! megabyte, and so a stalled link would stop what it only looks at; it is a `POST`, which a session that only
//! reads does not make, and engines report it as an event.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{CONTENT_TYPE, SERVER};
use jiff::Timestamp;
use serde::Deserialize;

use crate::backends::log_source::LogRange;
use crate::domain::endpoint::DockerEndpoint;
use crate::domain::fault::Fault;
use crate::domain::ids::ContainerId;
use crate::domain::log::{LogEnd, LogLife, LogLine};
use crate::logs::frame::Decoder;

use super::super::client::{Docker, path};
use super::super::event::stamp;
use super::super::fault;
use super::super::streamed::Streamed;
use super::super::transport::{HEADERS, LIST};

/// A line without an end is shown as it is when nothing was added to it for this long.
const QUIET: Duration = Duration::from_millis(250);

/// What a log's reader wants to know of its container.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Inspected {
    config: Config,
    pub state: State,
    #[serde(default)]
    host_config: HostConfig,
    #[serde(default)]
    log_path: String,
}

impl Inspected {
    pub fn is_tty(&self) -> bool {
        self.config.tty
    }

    /// Where the engine writes the log, on its machine.
    pub fn log_path(&self) -> Option<&str> {
        Some(self.log_path.as_str()).filter(|path| !path.is_empty() && self.driver() == "json-file")
    }

    /// The logging driver; empty when it is not told.
    pub fn driver(&self) -> &str {
        &self.host_config.log_config.kind
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct HostConfig {
    log_config: LogConfig,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LogConfig {
    #[serde(rename = "Type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    #[serde(default)]
    tty: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct State {
    #[serde(default)]
    pub running: bool,
    started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    exit_code: Option<i64>,
    #[serde(default, rename = "OOMKilled")]
    oom_killed: bool,
}

impl State {
    pub fn life(&self) -> LogLife {
        // What has not been yet is the year 1.
        let been = |at: Option<Timestamp>| at.filter(|at| at.as_second() > 0);
        let end = |at| LogEnd { at, code: self.exit_code, oom_killed: self.oom_killed };
        LogLife {
            started_at: been(self.started_at),
            end: been(self.finished_at).filter(|_| !self.running).map(end),
        }
    }
}

/// Lines that have come already are handed on together, up to about so many.
const BATCH: usize = 1024;

/// A log on its way. Dropping it closes the connection.
pub(super) struct Arriving {
    body: Streamed,
    decoder: Decoder,
    endpoint: Arc<DockerEndpoint>,
    doing: String,
    /// How long the engine may be silent; for ever where the log is followed.
    patience: Option<Duration>,
    ended: bool,
    /// Why it has ended, told behind the lines before.
    fault: Option<Fault>,
    /// The unfinished line is told, and nothing has come since.
    told: bool,
    /// The engine is Docker itself.
    pub by_docker: bool,
}

/// What comes of a log.
pub(super) enum Arrived {
    /// Never none.
    Lines(Vec<LogLine>),
    /// A line without an end that nothing was added to for a while.
    Unfinished(LogLine),
}

impl Arriving {
    /// The next lines, never none; `None` at the end. What was received stays when this is cancelled.
    pub async fn lines(&mut self) -> Option<Result<Vec<LogLine>, Fault>> {
        loop {
            match self.next().await? {
                Ok(Arrived::Lines(lines)) => return Some(Ok(lines)),
                Ok(Arrived::Unfinished(_)) => {}
                Err(fault) => return Some(Err(fault)),
            }
        }
    }

    /// What comes next; `None` at the end. What was received stays when this is cancelled.
    pub async fn next(&mut self) -> Option<Result<Arrived, Fault>> {
        let mut lines = Vec::new();
        while lines.is_empty() && !self.ended {
            let untold = self.patience.is_none() && !self.told && self.decoder.is_unfinished();
            let wait = if untold { QUIET } else { self.patience.unwrap_or(Duration::MAX) };
            match tokio::time::timeout(wait, self.body.next()).await {
                Ok(piece) => self.take(piece, &mut lines),
                Err(_) if untold => {
                    self.told = true;
                    if let Some(line) = self.decoder.unfinished() {
                        return Some(Ok(Arrived::Unfinished(line)));
                    }
                }
                Err(_) => self.fail(fault::timeout(&self.doing, wait)),
            }
        }
        while lines.len() < BATCH
            && !self.ended
            && let Some(piece) = self.body.next().now_or_never()
        {
            self.take(piece, &mut lines);
        }
        match self.fault.take_if(|_| lines.is_empty()) {
            Some(fault) => Some(Err(fault)),
            None => (!lines.is_empty()).then_some(Ok(Arrived::Lines(lines))),
        }
    }

    fn take(&mut self, piece: Option<Result<Bytes, hyper::Error>>, lines: &mut Vec<LogLine>) {
        match piece {
            Some(Ok(bytes)) => {
                self.told = false;
                self.decoder.push(&bytes, lines);
            }
            // Half a line at a broken connection is not a line: it comes again, whole.
            Some(Err(e)) => self.fail(fault::from_http(&e, &self.endpoint)),
            None => {
                self.ended = true;
                self.decoder.finish(lines);
            }
        }
    }

    fn fail(&mut self, fault: Fault) {
        self.ended = true;
        self.fault = Some(fault);
    }
}

impl Docker {
    /// Asks for a part of the log, or with `follow` for it and what comes until the container stops. Texts are
    /// as the container wrote them, not sanitised.
    ///
    /// # Errors
    /// `Gone`, `Unsupported` for logging drivers that keep nothing, and every link fault; the latter also
    /// while it arrives.
    pub(super) async fn log(
        &self,
        id: &ContainerId,
        range: &LogRange,
        follow: bool,
    ) -> Result<Arriving, Fault> {
        let doing = format!("logs of {}", id.short());
        let api = self.api().await?;
        let mut query = format!("/logs?stdout=1&stderr=1&timestamps=1&follow={}", u8::from(follow));
        query.push_str(&range.tail.map_or("&tail=all".to_owned(), |n| format!("&tail={n}")));
        for (name, at) in [("since", range.since), ("until", range.until)] {
            if let Some(at) = at {
                query.push_str(&format!("&{name}={}", stamp(at)));
            }
        }
        let (parts, body) = self.transport.streamed(&doing, &path(id, &query), HEADERS).await?;
        // From API 1.42 on the answer says how it is written; before, only the container's configuration.
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let by_docker = parts.headers.get(SERVER).is_some_and(|v| v.as_bytes().starts_with(b"Docker/"));
        let tty = match kind {
            "application/vnd.docker.multiplexed-stream" => false,
            "application/vnd.docker.raw-stream" if api >= (1, 42) => true,
            _ => self.inspected(id).await?.is_tty(),
        };
        Ok(Arriving {
            body,
            decoder: Decoder::new(tty),
            endpoint: self.transport.endpoint.clone(),
            doing,
            patience: (!follow).then_some(LIST),
            ended: false,
            told: false,
            fault: None,
            by_docker,
        })
    }

    pub(super) async fn inspected(&self, id: &ContainerId) -> Result<Inspected, Fault> {
        self.transport.json(&format!("inspect of {}", id.short()), &path(id, "/json"), HEADERS).await
    }
}
