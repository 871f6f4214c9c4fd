//! How far an engine's clock is from ours. Lines carry the engine's times: side by side with those of another
//! host they are in the wrong order by this.

use std::time::{Duration, Instant};

use http::header::DATE;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::backends::clock;
use crate::backends::skew::certain;
use crate::domain::fault::Fault;

use super::client::Docker;
use super::transport::HEADERS;

/// A measurement is good for so long: many logs of one engine are opened at the same time.
const FRESH: Duration = Duration::from_secs(300);

/// The last measurement of an engine.
pub(super) type Measured = Mutex<Option<(Instant, Option<SignedDuration>)>>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Info {
    system_time: Option<Timestamp>,
}

impl Docker {
    /// How much the engine's clock is ahead of ours; `None` when it is not certain that it is, or that it is
    /// behind, by more than 0.3 s.
    pub(super) async fn skew(&self) -> Option<SignedDuration> {
        let mut measured = self.measured.lock().await;
        if let Some((when, skew)) = *measured
            && when.elapsed() < FRESH
        {
            return skew;
        }
        let skew = self.measure_skew().await.ok()?;
        *measured = Some((clock::instant(), skew));
        skew
    }

    async fn measure_skew(&self) -> Result<Option<SignedDuration>, Fault> {
        let doing = format!("the clock of {}", self.id);
        let asked = clock::now();
        if let Ok(Info { system_time: Some(theirs) }) = self.transport.json(&doing, "/info", HEADERS).await {
            return Ok(certain(asked, clock::now(), theirs, SignedDuration::ZERO));
        }
        // A proxy withholds it; the time in the header is cut to a second.
        let asked = clock::now();
        let ping = self.transport.get(&doing, "/_ping", HEADERS).await?;
        let date = ping.headers().get(DATE).and_then(|v| v.to_str().ok());
        let theirs = date.and_then(|date| rfc2822::parse(date).ok()).map(|date| date.timestamp());
        Ok(theirs.and_then(|theirs| certain(asked, clock::now(), theirs, SignedDuration::from_secs(1))))
    }
}
