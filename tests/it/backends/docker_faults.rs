//! Everything that is not an engine in good health: nobody there, no permission, silence, half answers,
//! filtering proxies, wrong certificates.

use std::io::Write;
use std::time::Duration;

use futures_util::StreamExt;
use pult::backends::clock;
use pult::backends::docker::Docker;
use pult::backends::log_source::{LogRange, LogReader, LogReading};
use pult::domain::docker::Feature;
use pult::domain::endpoint::{DockerEndpoint, TlsFiles};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::ids::ContainerId;
use pult::domain::log::{LogAnchor, LogEvent};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::docker_bed::{Watching, certificates as certificates_of_ours, client, spawn, var};

/// A server on a socket of its own; `answer` makes the whole response out of the request's first line, `None` is silence.
struct Fake {
    dir: TempDir,
}

impl Fake {
    fn new(answer: impl Fn(&str) -> Option<Vec<u8>> + Clone + Send + Sync + 'static) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join("s")).unwrap();
        spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                spawn(async move {
                    let mut request = vec![0; 65536];
                    while let Ok(n @ 1..) = stream.read(&mut request).await {
                        let first = String::from_utf8_lossy(&request[..n])
                            .lines()
                            .next()
                            .unwrap_or_default()
                            .to_owned();
                        match answer(&first) {
                            Some(bytes) => {
                                let _ = stream.write_all(&bytes).await;
                                if !bytes.ends_with(b"KEEP") && bytes.windows(5).any(|w| w == b"close") {
                                    return;
                                }
                            }
                            None => tokio::time::sleep(Duration::from_secs(600)).await,
                        }
                    }
                });
            }
        });
        Self { dir }
    }

    fn client(&self) -> Docker {
        client(DockerEndpoint::Unix(self.dir.path().join("s")))
    }
}

fn response(status: &str, body: &str) -> Option<Vec<u8>> {
    Some(
        format!(
            "HTTP/1.1 {status}\r\nApi-Version: 1.45\r\nOstype: linux\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

fn hello(request: &str) -> Option<Vec<u8>> {
    match request {
        r if r.contains("/_ping") => response("200 OK", "OK"),
        r if r.contains("/version") => {
            response("200 OK", r#"{"Version":"9.9\u001b[31m","ApiVersion":"1.45"}"#)
        }
        _ => response("404 Not Found", r#"{"message":"page not found"}"#),
    }
}

async fn fault_of(endpoint: DockerEndpoint) -> Fault {
    client(endpoint).connect().await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there() {
    let dir = tempfile::tempdir().unwrap();
    let fault = fault_of(DockerEndpoint::Unix(dir.path().join("none.sock"))).await;
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(fault.hint.as_deref().unwrap().contains("systemctl start docker"), "{fault:?}");
    let socket = dir.path().join("dead.sock");
    drop(UnixListener::bind(&socket).unwrap());
    let fault = fault_of(DockerEndpoint::Unix(socket)).await;
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault:?}");
    let fault = fault_of(DockerEndpoint::Tcp { host: "127.0.0.1".into(), port: 1 }).await;
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault:?}");
    assert!(fault.message.contains("127.0.0.1:1"), "{fault:?}");
    let fault = fault_of(DockerEndpoint::Ssh { url: "ssh://me@box".into() }).await;
    assert_eq!(fault.kind, FaultKind::Unsupported, "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_a_timeout() {
    let fake = Fake::new(|_| None);
    let begun = tokio::time::Instant::now();
    let fault = fake.client().connect().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout, "{fault:?}");
    assert!((9..14).contains(&begun.elapsed().as_secs()));
    // Silence after a good beginning: the watcher does not hang either.
    let fake = Fake::new(|r| if r.contains("/containers/json") { None } else { hello(r) });
    let mut seen = Watching::of(fake.client());
    let lost = seen.until("timeout of the list", 45, |r| r.link.fault().is_some()).await;
    assert_eq!(lost.link.word(), "timeout");
}

/// A log that breaks off in the middle of a line without a word.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_stops_coming_is_a_timeout() {
    let fake = Fake::new(|r| {
        if !r.contains("/logs?") {
            return hello(r);
        }
        let frame = "\x01\0\0\0\0\0\0\x2d2026-11-21T12:04:14.303954436Z the only line\n\x01\0\0\0\0\0";
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        Some(format!("{head}{:x}\r\n{frame}\r\n", frame.len()).into_bytes())
    });
    let begun = tokio::time::Instant::now();
    let source = fake.client().log_source(ContainerId::new(&"a".repeat(64)));
    let mut batches = source.stored(LogRange::default()).await.unwrap();
    let first = batches.next().await.unwrap().unwrap();
    assert_eq!((first.len(), first[0].text.as_str()), (1, "the only line"));
    let fault = batches.next().await.unwrap().unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout, "{fault:?}");
    assert!(fault.message.contains("logs of aaaa") && batches.next().await.is_none(), "{fault:?}");
    assert!((19..30).contains(&begun.elapsed().as_secs()));
}

#[tokio::test(flavor = "multi_thread")]
async fn half_and_strange_answers_are_protocol_faults() {
    let strange: [(&str, &[u8]); 5] = [
        ("half JSON", b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n[{\"Id\":\"ab\","),
        ("not JSON", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"),
        ("another shape", b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"a\": 1}"),
        ("not HTTP", b"SSH-2.0-OpenSSH_9.2\r\n close"),
        ("cut off", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\n[{\"Id\":"),
    ];
    for (what, bytes) in strange {
        let fake =
            Fake::new(move |r| if r.contains("/containers/json") { Some(bytes.to_vec()) } else { hello(r) });
        let fault = fake.client().list().await.unwrap_err();
        let expected = if what == "cut off" { FaultKind::Unreachable } else { FaultKind::Protocol };
        assert_eq!(fault.kind, expected, "{what}: {fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_serves_only_the_list() {
    let fake = Fake::new(|r| {
        if r.contains("/containers/json") {
            let rows = r#"[{"Id":"ab","Names":["/web"],"State":"running","Status":"Up 5 minutes"}]"#;
            return response("200 OK", rows);
        }
        if r.contains("/_ping") {
            response("200 OK", "OK")
        } else {
            response("403 Forbidden", "<html><body><h1>403 Forbidden</h1>\n")
        }
    });
    let mut seen = Watching::of(fake.client());
    let live = seen.until("live", 10, |r| r.link.is_live()).await;
    let host = live.value.as_ref().unwrap();
    assert_eq!((host.containers.len(), host.engine.api), (1, (1, 45)));
    for feature in [Feature::Events, Feature::Stats, Feature::Inspect, Feature::Logs, Feature::Mutations] {
        assert!(host.engine.lacks(feature).is_some(), "{feature:?}");
    }
    let fault = fake.client().list().await;
    assert!(fault.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_do_not_go_together() {
    let fake = Fake::new(|r| {
        if r.contains("/version") {
            response("200 OK", r#"{"ApiVersion":"2.10","MinAPIVersion":"2.0"}"#)
        } else {
            hello(r)
        }
    });
    let fault = fake.client().connect().await.unwrap_err();
    assert_eq!((fault.kind, fault.hint.as_deref()), (FaultKind::Unsupported, Some("update pult")));
    let engine = Fake::new(hello).client().connect().await.unwrap();
    assert_eq!(engine.version, "9.9", "what an engine says of itself is sanitised too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_not_ours_is_told() {
    let answer = |info: &'static str| {
        move |r: &str| match r {
            r if r.contains("/info") && !info.is_empty() => response("200 OK", info),
            r if r.contains("/info") => response("403 Forbidden", ""),
            r if r.contains("/_ping") => {
                let head = "HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\n";
                Some(format!("{head}Content-Length: 2\r\n\r\nOK").into_bytes())
            }
            // Its answer goes on for ever.
            r if r.contains("/logs") => {
                let kind = "application/vnd.docker.multiplexed-stream";
                let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n");
                Some(format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes())
            }
            r => hello(r),
        }
    };
    for info in [r#"{"SystemTime":"2030-01-01T00:00:00.5Z"}"#, ""] {
        let fake = Fake::new(answer(info));
        let source = fake.client().log_source(ContainerId::new("ab"));
        let (out, mut events) = mpsc::channel(8);
        let (_asks, asks) = mpsc::channel(1);
        let stop = CancellationToken::new();
        let _at_the_end = stop.clone().drop_guard();
        spawn(
            source.read(
                LogReading { anchor: LogAnchor::End, tail: None },
                LogReader { asks, events: out, stop },
            ),
        );
        assert_eq!(events.recv().await, Some(LogEvent::Live));
        let Some(LogEvent::Skew(skew)) = events.recv().await else { panic!("no word of the clock") };
        let ours = jiff::Timestamp::from_second(1_893_456_000).unwrap().duration_since(clock::now());
        assert!((skew - ours).abs() < jiff::SignedDuration::from_secs(5), "{skew} {ours}");
    }
}

fn tls(change: impl Fn(&mut TlsFiles)) -> DockerEndpoint {
    let url = var("PULT_BED_DOCKER_TLS");
    let (host, port) = url.strip_prefix("tcp://").unwrap().rsplit_once(':').unwrap();
    let mut files = certificates_of_ours();
    change(&mut files);
    DockerEndpoint::Tls { host: host.into(), port: port.parse().unwrap(), files }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates() {
    let _engines = super::docker_bed::calm().await;
    let docker = client(tls(|_| {}));
    assert!(docker.connect().await.unwrap().api >= (1, 44));
    docker.list().await.unwrap();
    client(tls(|f| (f.ca, f.skip_verify) = (None, true))).connect().await.unwrap();

    let fault = fault_of(tls(|f| f.ca = None)).await;
    assert_eq!(fault.kind, FaultKind::Denied, "the system's roots do not know this CA: {fault:?}");
    let fault = fault_of(tls(|f| (f.cert, f.key) = (None, None))).await;
    assert_eq!(fault.kind, FaultKind::Denied, "{fault:?}");
    assert!(fault.message.contains("refused our certificate"), "{fault:?}");
    let fault = fault_of(tls(|f| f.key = Some("/nonexistent/key.pem".into()))).await;
    assert!(fault.message.contains("/nonexistent/key.pem"), "{fault:?}");
    let mut empty = tempfile::NamedTempFile::new().unwrap();
    empty.write_all(b"not a certificate").unwrap();
    let path = empty.path().to_owned();
    let fault = fault_of(tls(|f| f.ca = Some(path.clone()))).await;
    assert!(fault.message.contains(&path.display().to_string()), "{fault:?}");
    // Plain HTTP where TLS listens, and TLS where plain HTTP listens.
    let DockerEndpoint::Tls { host, port, .. } = tls(|_| {}) else { panic!() };
    let fault = fault_of(DockerEndpoint::Tcp { host, port }).await;
    assert!(matches!(fault.kind, FaultKind::Failed | FaultKind::Protocol), "{fault:?}");
}
