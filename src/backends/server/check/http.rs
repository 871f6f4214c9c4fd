//! A page, asked for through the server: its status, a text in it, and how long its certificate holds. What
//! answers is not trusted: heads, bodies and redirections have bounds, the whole has the check's time.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use memchr::memmem;

use super::{names, tls};
use crate::backends::server::host::Host;
use crate::backends::server::shell::Pipe;
use crate::domain::check::{HttpProbe, Outcome, Url};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::server::certificates::Certificate;

/// Redirections that are followed.
const MOST_REDIRECTIONS: usize = 5;
/// Bytes of a page in which a text is looked for.
const MOST_BODY: usize = 1 << 20;
/// Bytes and lines of a head.
const MOST_HEAD: usize = 64 << 10;
const MOST_HEADERS: usize = 100;
/// Says who asks, for the logs over there.
const AGENT: &str = concat!("pult/", env!("CARGO_PKG_VERSION"));

/// What a page answered.
struct Page {
    status: StatusCode,
    headers: HeaderMap,
    /// Whether the text is in it; `None` where nothing was looked for.
    found: Option<bool>,
    /// It is longer than what was looked through.
    cut: bool,
    certificate: Option<Certificate>,
}

pub(super) async fn ask(host: &dyn Host, probe: &HttpProbe, limit: Duration) -> Result<Outcome, Fault> {
    let began = tokio::time::Instant::now();
    let mut url = probe.url.clone();
    for _ in 0..=MOST_REDIRECTIONS {
        let page = get(host, &url, probe, limit).await?;
        let location = page.headers.get(header::LOCATION).filter(|_| page.status.is_redirection());
        let Some(location) = location.filter(|_| probe.follow) else {
            return Ok(judge(&page, probe, &url).took(began.elapsed()));
        };
        let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
        url = url.join(&location).map_err(|(why, _)| {
            let shown = sanitize::line(&location, 200).into_owned();
            Fault::new(FaultKind::Failed, format!("it leads to {shown}: {why}"))
        })?;
    }
    Err(Fault::new(
        FaultKind::Failed,
        format!("it leads on and on: more than {MOST_REDIRECTIONS} redirections"),
    ))
}

async fn get(host: &dyn Host, url: &Url, probe: &HttpProbe, limit: Duration) -> Result<Page, Fault> {
    let pipe = names::dial(host, &url.host, url.port, limit).await?;
    if !url.tls {
        return exchange(pipe, url, probe, None).await;
    }
    let greeted = tls::greet(pipe, url).await?;
    exchange(greeted.stream, url, probe, greeted.certificate).await
}

/// One request and its answer.
async fn exchange(
    pipe: impl Pipe + 'static,
    url: &Url,
    probe: &HttpProbe,
    certificate: Option<Certificate>,
) -> Result<Page, Fault> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_HEADERS)
        .handshake(TokioIo::new(pipe))
        .await
        .map_err(|e| spoken(&e))?;
    let answer = async {
        let answer = sender.send_request(request(url, probe)?).await.map_err(|e| spoken(&e))?;
        let (head, body) = answer.into_parts();
        let (found, cut) = match &probe.contains {
            Some(text) => {
                let (found, cut) = look_for(text.as_bytes(), body).await?;
                (Some(found), cut)
            }
            None => (None, false),
        };
        Ok(Page { status: head.status, headers: head.headers, found, cut, certificate })
    };
    // The connection moves the bytes; what it ends with is told by the answer.
    let moved = async {
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = answer => answer,
        () = moved => Err(Fault::new(FaultKind::Bug, "a connection was lost track of")),
    }
}

fn request(url: &Url, probe: &HttpProbe) -> Result<Request<Empty<Bytes>>, Fault> {
    Request::builder()
        .method(if probe.head { Method::HEAD } else { Method::GET })
        .uri(&url.path)
        .header(header::HOST, url.authority())
        .header(header::USER_AGENT, AGENT)
        .header(header::ACCEPT, "*/*")
        .header(header::CONNECTION, "close")
        .body(Empty::new())
        .map_err(|e| Fault::new(FaultKind::Failed, format!("{} cannot be asked for: {e}", url.shown())))
}

/// Whether a text is in the body, and whether the body was longer than what was looked through.
async fn look_for(text: &[u8], mut body: Incoming) -> Result<(bool, bool), Fault> {
    let mut read: Vec<u8> = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| spoken(&e))?;
        let Some(data) = frame.data_ref() else { continue };
        // A text may begin at the end of what came before.
        let from = read.len().saturating_sub(text.len());
        read.extend_from_slice(data);
        if memmem::find(read.get(from..).unwrap_or_default(), text).is_some() {
            return Ok((true, false));
        }
        if read.len() > MOST_BODY {
            return Ok((false, true));
        }
    }
    Ok((false, false))
}

fn judge(page: &Page, probe: &HttpProbe, url: &Url) -> Outcome {
    let status = page.status;
    let reason = status.canonical_reason().unwrap_or_default();
    let mut told = format!("{} {reason}", status.as_u16()).trim_end().to_owned();
    if url.authority() != probe.url.authority() {
        told += &format!(" from {}", url.authority());
    }
    let days = page.certificate.as_ref().and_then(|certificate| certificate.days_left);
    let outcome = match page.found {
        _ if !probe.statuses.has(status.as_u16()) => Outcome::failed(told),
        Some(false) => {
            let within = if page.cut { "the first MiB of it" } else { "it" };
            let text = sanitize::line(probe.contains.as_deref().unwrap_or_default(), 60).into_owned();
            Outcome::failed(format!("{told}, and \"{text}\" is not in {within}"))
        }
        _ => Outcome::ok(told),
    };
    Outcome { certificate_days: days, ..outcome }
}

/// What went wrong on a connection that was made.
fn spoken(error: &hyper::Error) -> Fault {
    let why = match error {
        e if e.is_parse() => format!("it does not speak HTTP: {e}"),
        e if e.is_incomplete_message() => "it hung up before it had answered".to_owned(),
        e => sanitize::line(&e.to_string(), 200).into_owned(),
    };
    Fault::new(FaultKind::Failed, why)
}
