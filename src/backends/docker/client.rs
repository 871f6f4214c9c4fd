//! The client of one engine: who it is, which API both sides speak, and what a proxy before it withholds.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Full};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::Deserialize;

use crate::backends::clock;
use crate::backends::dial::Dial;
use crate::domain::docker::{Engine, Feature};
use crate::domain::endpoint::DockerEndpoint;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::{ContainerId, TargetId};
use crate::domain::sanitize;

use super::fault;
use super::skew;
use super::transport::{self, HEADERS, Transport};

/// The newest API this program was written for.
pub const API: (u16, u16) = (1, 51);

/// A client of one engine. Cloning is cheap; clones share connections.
#[derive(Clone)]
pub struct Docker {
    pub(super) id: TargetId,
    pub(super) transport: Arc<Transport>,
    pub(super) bollard: bollard::Docker,
    pub(super) measured: Arc<skew::Measured>,
}

impl std::fmt::Debug for Docker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Docker({} at {})", self.id, self.transport.endpoint.address())
    }
}

/// What a first round trip tells.
pub(super) struct Hello {
    pub engine: Engine,
    /// The engine's clock when it answered: events since then are asked for.
    pub clock: Timestamp,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Version {
    version: String,
    api_version: String,
    #[serde(rename = "MinAPIVersion")]
    min_api_version: String,
    os: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Info {
    #[serde(rename = "NCPU")]
    cpus: u32,
    #[serde(rename = "MemTotal")]
    memory_bytes: u64,
    #[serde(rename = "OperatingSystem")]
    os: String,
}

impl Docker {
    /// A client that has not connected to anything yet.
    ///
    /// # Errors
    /// None at present but a defect: files and addresses are looked at when the first connection is made.
    pub fn new(id: TargetId, endpoint: DockerEndpoint, read_only: bool) -> Result<Self, Fault> {
        Self::made(id, Transport::new(endpoint, read_only, None))
    }

    /// The same for an engine that somebody else leads to.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn through(
        id: TargetId,
        endpoint: DockerEndpoint,
        read_only: bool,
        dial: Arc<dyn Dial>,
    ) -> Result<Self, Fault> {
        Self::made(id, Transport::new(endpoint, read_only, Some(dial)))
    }

    fn made(id: TargetId, transport: Transport) -> Result<Self, Fault> {
        let transport = Arc::new(transport);
        let under = transport.clone();
        let bollard = bollard::Docker::connect_with_custom_transport(
            move |request: bollard::BollardRequest| {
                let transport = under.clone();
                Box::pin(through(transport, request)) as Pin<Box<dyn Future<Output = _> + Send>>
            },
            Some("http://docker"),
            // Deadlines are set per call, see `perform`.
            u64::from(u32::MAX),
            bollard::API_DEFAULT_VERSION,
        )
        .map_err(|e| Fault::new(FaultKind::Bug, e.to_string()))?;
        Ok(Self { id, transport, bollard, measured: Arc::default() })
    }

    pub fn id(&self) -> &TargetId {
        &self.id
    }

    /// A person wants another attempt, also where none is made by itself any more.
    pub fn retry(&self) {
        self.transport.connector.retry();
    }

    pub fn endpoint(&self) -> &DockerEndpoint {
        &self.transport.endpoint
    }

    /// Connects, agrees on an API version and looks what this engine, or the proxy before it, serves.
    ///
    /// # Errors
    /// Every link fault; `Unsupported` when the engine wants a newer API than this program speaks.
    pub async fn connect(&self) -> Result<Engine, Fault> {
        Ok(self.hello().await?.engine)
    }

    pub(super) async fn hello(&self) -> Result<Hello, Fault> {
        let doing = format!("connecting to {}", self.id);
        let ping = self.transport.get(&doing, "/_ping", HEADERS).await.map_err(|f| match f.kind {
            FaultKind::Gone => {
                fault::protocol(&doing, "what answers there is not a Docker engine (status 404)")
            }
            _ => f,
        })?;
        let header = |name: &str| {
            ping.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
        };
        let clock = rfc2822::parse(&header("date")).map_or_else(|_| clock::now(), |z| z.timestamp());
        let (api_header, os_header) = (header("api-version"), header("ostype"));

        // A socket proxy may withhold these two; then the ping's headers have to do.
        let version: Version = optional(self.transport.json(&doing, "/version", HEADERS).await)?;
        let theirs = parse_api(&version.api_version)
            .or_else(|| parse_api(&api_header))
            .ok_or_else(|| fault::protocol(&doing, "it names no API version; is this a Docker engine?"))?;
        if parse_api(&version.min_api_version).is_some_and(|least| least > API) {
            let least = sanitize::name(&version.min_api_version);
            return Err(Fault::new(
                FaultKind::Unsupported,
                format!(
                    "{} wants API {least} or later; this program speaks up to {}.{}",
                    self.id, API.0, API.1
                ),
            )
            .hint("update pult"));
        }
        let api = theirs.min(API);
        self.transport.set_api(api);

        let (info, lacks) =
            tokio::join!(self.transport.json::<Info>(&doing, "/info", HEADERS), self.withheld());
        let info = optional(info)?;
        let os = [&info.os, &version.os, &os_header]
            .into_iter()
            .find(|s| !s.is_empty())
            .cloned()
            .unwrap_or_default();
        let engine = Engine {
            version: sanitize::name(&version.version),
            api,
            os: sanitize::name(&os),
            cpus: info.cpus,
            memory_bytes: info.memory_bytes,
            lacks,
        };
        Ok(Hello { engine, clock })
    }

    /// Asks about a container that cannot exist: an engine says 404, a filtering proxy 403. For mutations an
    /// `OPTIONS` request is sent, which changes nothing anywhere.
    async fn withheld(&self) -> Vec<(Feature, String)> {
        let probe = |feature, method, path: &'static str, what: &'static str| async move {
            let request = transport::request(method, path).ok()?;
            let answer = tokio::time::timeout(HEADERS, self.transport.send(request)).await.ok()?.ok()?;
            (answer.status() == StatusCode::FORBIDDEN)
                .then(|| (feature, format!("refused by a socket proxy or authorisation plugin: {what}")))
        };
        let probes = [
            probe(Feature::Inspect, Method::GET, "/containers/pult-probe/json", "GET /containers/…/json"),
            probe(
                Feature::Logs,
                Method::GET,
                "/containers/pult-probe/logs?stdout=1",
                "GET /containers/…/logs",
            ),
            probe(
                Feature::Stats,
                Method::GET,
                "/containers/pult-probe/stats?stream=0",
                "GET /containers/…/stats",
            ),
            probe(Feature::Mutations, Method::OPTIONS, "/containers/pult-probe/start", "POST /containers/…"),
        ];
        join_all(probes).await.into_iter().flatten().collect()
    }

    /// The API version in use; connects when nobody has yet.
    pub(super) async fn api(&self) -> Result<(u16, u16), Fault> {
        match self.transport.api() {
            Some(api) => Ok(api),
            None => Ok(self.connect().await?.api),
        }
    }

    /// A sign of life; much cheaper than anything else an engine can be asked.
    pub(super) async fn ping(&self, deadline: Duration) -> Result<(), Fault> {
        self.transport.get(&format!("ping of {}", self.id), "/_ping", deadline).await.map(drop)
    }
}

/// Carries a request of bollard over our transport. What has no place in bollard's errors travels inside an
/// I/O error and is taken out again by [`fault::from_bollard`].
async fn through(
    transport: Arc<Transport>,
    request: bollard::BollardRequest,
) -> Result<http::Response<hyper::body::Incoming>, bollard::errors::Error> {
    let (mut parts, body) = request.into_parts();
    let body: Bytes = body
        .collect()
        .await
        .map_err(|e| bollard::errors::Error::IOError { err: std::io::Error::other(e) })?
        .to_bytes();
    parts.headers.insert(http::header::HOST, http::HeaderValue::from_static("docker"));
    let response = transport.send(http::Request::from_parts(parts, Full::new(body))).await;
    let response = response.map_err(|f| bollard::errors::Error::IOError { err: fault::carry(f) })?;
    if response.status() == StatusCode::NOT_MODIFIED {
        // bollard takes this for plain success; people want to know that nothing was left to do.
        return Err(bollard::errors::Error::DockerResponseServerError {
            status_code: 304,
            message: String::new(),
        });
    }
    Ok(response)
}

/// A document that may be withheld: then everything in it is unknown.
fn optional<T: Default>(answer: Result<T, Fault>) -> Result<T, Fault> {
    match answer {
        Err(f) if matches!(f.kind, FaultKind::Denied | FaultKind::Gone | FaultKind::Unsupported) => {
            Ok(T::default())
        }
        other => other,
    }
}

/// `1.41` → (1, 41).
fn parse_api(text: &str) -> Option<(u16, u16)> {
    let (major, minor) = text.trim().split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// A container's id in a path. Ids come from the engine; anything else is escaped, so that it stays one segment.
pub(super) fn path(id: &ContainerId, rest: &str) -> String {
    format!("/containers/{}{rest}", transport::encode(&id.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parse_api("1.9").unwrap() < parse_api("1.41").unwrap());
        assert_eq!((parse_api(""), parse_api("one.two"), parse_api("1")), (None, None, None));
    }

    #[test]
    fn an_id_stays_one_segment() {
        assert_eq!(path(&ContainerId::new("../x?y=1"), "/json"), "/containers/..%2Fx%3Fy%3D1/json");
    }
}
