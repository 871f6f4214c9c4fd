//! HTTP to one engine: a keep-alive pool, versioned paths, deadlines, and the last line of read-only mode.
//!
//! bollard opens a connection for every request and sends unversioned paths; this goes under it and also
//! serves the endpoints that are read without it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::de::DeserializeOwned;

use crate::backends::dial::Dial;
use crate::domain::endpoint::DockerEndpoint;
use crate::domain::fault::{Fault, FaultKind};

use super::connector::Connector;
use super::fault;

/// Time to the headers of an ordinary answer.
pub(super) const HEADERS: Duration = Duration::from_secs(10);
/// Time for a whole list: 1000 containers on a busy engine.
pub(super) const LIST: Duration = Duration::from_secs(20);

/// Idle connections kept.
const POOL: usize = 8;
/// No document of an engine is larger: 1000 containers are 1.3 MB.
const MAX_DOCUMENT: usize = 64 << 20;
/// Of an error page, no more is read.
pub(super) const MAX_ERROR: usize = 64 << 10;

/// The connection pool to one engine. Shared by all clones of a client.
pub(super) struct Transport {
    pub endpoint: Arc<DockerEndpoint>,
    pub(super) connector: Connector,
    http: Client<Connector, Full<Bytes>>,
    /// The API version in use as major × 2¹⁶ + minor; 0 until it is known.
    api: AtomicU32,
    read_only: bool,
}

impl Transport {
    pub fn new(endpoint: DockerEndpoint, read_only: bool, dial: Option<Arc<dyn Dial>>) -> Self {
        let endpoint = Arc::new(endpoint);
        let connector = Connector::new(endpoint.clone(), dial);
        let http = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(POOL)
            .build(connector.clone());
        Self { endpoint, connector, http, api: AtomicU32::new(0), read_only }
    }

    /// The API version in use, once known.
    pub fn api(&self) -> Option<(u16, u16)> {
        match self.api.load(Ordering::Relaxed) {
            0 => None,
            api => Some(((api >> 16) as u16, (api & 0xffff) as u16)),
        }
    }

    pub fn set_api(&self, (major, minor): (u16, u16)) {
        self.api.store(u32::from(major) << 16 | u32::from(minor), Ordering::Relaxed);
    }

    /// Sends a request whose path has no version yet, and waits for the headers of the answer, whatever its
    /// status. There is no deadline here: callers know how long their call may take.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Fault> {
        let request = self.addressed(request)?;
        self.http.request(request).await.map_err(|e| fault::from_http(&e, &self.endpoint))
    }

    /// The request with a path of the version in use.
    pub(super) fn addressed(&self, mut request: Request<Full<Bytes>>) -> Result<Request<Full<Bytes>>, Fault> {
        if self.read_only && !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return Err(Fault::new(FaultKind::Denied, "this session is read-only; nothing was sent")
                .hint("the gate should have refused this earlier; please report it"));
        }
        let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
        let uri = match self.api() {
            Some((major, minor)) if !matches!(path, "/_ping" | "/version") => {
                format!("http://docker/v{major}.{minor}{path}")
            }
            _ => format!("http://docker{path}"),
        };
        *request.uri_mut() = uri
            .parse()
            .map_err(|_| Fault::new(FaultKind::Bug, format!("not a path: {}", fault::clean(&uri))))?;
        Ok(request)
    }

    /// Sends a GET and gives the answer if its status is a success.
    ///
    /// # Errors
    /// Any fault of the connection, the deadline for headers, or the status.
    pub async fn get(
        &self,
        doing: &str,
        path: &str,
        deadline: Duration,
    ) -> Result<Response<Incoming>, Fault> {
        let request = request(Method::GET, path)?;
        let work = async {
            let response = self.send(request).await?;
            if response.status().is_success() {
                return Ok(response);
            }
            let status = response.status();
            let body = self.body(response, MAX_ERROR).await.unwrap_or_default();
            Err(fault::from_status(doing, status, &String::from_utf8_lossy(&body)))
        };
        tokio::time::timeout(deadline, work).await.unwrap_or_else(|_| Err(fault::timeout(doing, deadline)))
    }

    /// Reads a JSON document, whole, within the deadline.
    ///
    /// # Errors
    /// As [`Transport::get`]; half or other JSON is a protocol fault.
    pub async fn json<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
        deadline: Duration,
    ) -> Result<T, Fault> {
        let work = async {
            let response = self.get(doing, path, deadline).await?;
            let body = self.body(response, MAX_DOCUMENT).await?;
            serde_json::from_slice(&body).map_err(|e| fault::protocol(doing, &e.to_string()))
        };
        tokio::time::timeout(deadline, work).await.unwrap_or_else(|_| Err(fault::timeout(doing, deadline)))
    }

    async fn body(&self, response: Response<Incoming>, max: usize) -> Result<Bytes, Fault> {
        let mut body = response.into_body();
        let mut all = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|e| fault::from_http(&e, &self.endpoint))?;
            if let Ok(data) = frame.into_data() {
                if all.len() + data.len() > max {
                    return Err(fault::protocol(
                        "reading an answer",
                        "it is larger than any document should be",
                    ));
                }
                all.extend_from_slice(&data);
            }
        }
        Ok(all.freeze())
    }
}

/// A request without a body.
pub(super) fn request(method: Method, path: &str) -> Result<Request<Full<Bytes>>, Fault> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(http::header::HOST, "docker")
        .body(Full::default())
        .map_err(|e| Fault::new(FaultKind::Bug, e.to_string()))
}

/// Text as part of a query: everything but unreserved characters is escaped.
pub(super) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
