//! Pages that lie, drip and never end, on this machine; what answers well is in the integration tests.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::backends::server::{LocalHost, Output, Pipe};
use crate::domain::check::{HttpProbe, Statuses, Url};
use crate::domain::endpoint::SudoUse;
use crate::domain::ids::TargetId;

const HERE: LocalHost = LocalHost { sudo: SudoUse::Never };

fn about(probe: Probe, millis: u64) -> Check {
    Check {
        name: "shop".into(),
        server: TargetId::server("here"),
        kind: "http",
        probe,
        every: Duration::from_secs(60),
        timeout: Duration::from_millis(millis),
        failures: 1,
        slower_than: None,
        certificate_days: Some(21),
    }
}

fn page(port: u16, change: impl Fn(&mut HttpProbe)) -> Probe {
    let url = Url::parse(&format!("http://127.0.0.1:{port}/a?b=1")).unwrap();
    let (head, statuses, contains, follow) = (false, Statuses::default(), None, false);
    let mut probe = HttpProbe { url, head, statuses, contains, follow };
    change(&mut probe);
    Probe::Http(probe)
}

/// Answers every connection by this, after it has read a request.
#[allow(clippy::disallowed_methods)] // The other end is no work of the session.
async fn serve<F: Future<Output = ()> + Send + 'static>(
    answer: impl Fn(TcpStream, String) -> F + Send + Sync + 'static,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut read = vec![0; 4096];
                let n = stream.read(&mut read).await.unwrap_or(0);
                answer(stream, String::from_utf8_lossy(&read[..n]).into_owned()).await;
            });
        }
    });
    port
}

async fn says(text: &'static str) -> u16 {
    serve(move |mut stream, _| async move {
        let _ = stream.write_all(text.as_bytes()).await;
    })
    .await
}

async fn asked(probe: Probe) -> Outcome {
    check(&HERE, &about(probe, 2000)).await
}

fn told(outcome: &Outcome) -> (Verdict, &str) {
    (outcome.verdict, &outcome.message)
}

#[tokio::test]
async fn a_page_answers_with_its_status_and_a_text() {
    let port = serve(|mut stream, request| async move {
        let right = request.starts_with("GET /a?b=1 HTTP/1.1\r\n") && request.contains("host: 127.0.0.1:");
        let status = if right { "200 OK" } else { "400 Bad Request" };
        let text = format!("HTTP/1.1 {status}\r\nContent-Length: 9\r\n\r\nall is ok");
        let _ = stream.write_all(text.as_bytes()).await;
    })
    .await;
    let fine = asked(page(port, |_| {})).await;
    assert_eq!(told(&fine), (Verdict::Ok, "200 OK"));
    assert!(fine.took.is_some());
    assert_eq!(
        told(&asked(page(port, |p| p.contains = Some("is ok".into()))).await),
        (Verdict::Ok, "200 OK")
    );
    let lacks = asked(page(port, |p| p.contains = Some("no such".into()))).await;
    assert_eq!(told(&lacks), (Verdict::Failed, "200 OK, and \"no such\" is not in it"));
    let other = asked(page(port, |p| p.statuses = Statuses(vec![(204, 204)]))).await;
    assert_eq!(told(&other), (Verdict::Failed, "200 OK"));
}

#[tokio::test]
async fn redirections_are_followed_when_asked_for_and_not_for_ever() {
    let there = says("HTTP/1.1 204 No Content\r\n\r\n").await;
    let port = serve(move |mut stream, request| async move {
        let to = if request.starts_with("GET /a?") {
            "/b".to_owned()
        } else {
            format!("http://localhost:{there}/")
        };
        let text = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.write_all(text.as_bytes()).await;
    })
    .await;
    assert_eq!(told(&asked(page(port, |_| {})).await), (Verdict::Ok, "302 Found"));
    let followed = asked(page(port, |p| p.follow = true)).await;
    assert_eq!(followed.message, format!("204 No Content from localhost:{there}"));
    let round = says("HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n").await;
    let fault = asked(page(round, |p| p.follow = true)).await;
    assert_eq!(told(&fault), (Verdict::Failed, "it leads on and on: more than 5 redirections"));
    let astray =
        says("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n").await;
    let fault = asked(page(astray, |p| p.follow = true)).await;
    assert!(fault.message.starts_with("it leads to file:///etc/passwd"), "{fault:?}");
}

#[tokio::test]
async fn what_is_no_page_fails_with_the_reason() {
    let cases = [
        ("\u{1b}[2Jgarbage\r\n\r\n", "it does not speak HTTP: invalid HTTP version parsed"),
        ("", "it hung up before it had answered"),
        ("HTTP/1.1 200 OK\r\nContent-Le", "it hung up before it had answered"),
    ];
    for (text, why) in cases {
        let port = says(text).await;
        assert_eq!(told(&asked(page(port, |_| {})).await), (Verdict::Failed, why), "{text:?}");
    }
    let port = serve(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(format!("X-A: {}\r\n", "x".repeat(1000)).as_bytes()).await.is_ok() {}
    })
    .await;
    assert_eq!(
        told(&asked(page(port, |_| {})).await),
        (Verdict::Failed, "it does not speak HTTP: message head is too large")
    );
}

#[tokio::test]
async fn a_page_without_end_is_read_to_its_bound_only() {
    let port = serve(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 65536]).await.is_ok() {}
    })
    .await;
    let outcome = asked(page(port, |p| p.contains = Some("yes".into()))).await;
    assert_eq!(told(&outcome), (Verdict::Failed, "200 OK, and \"yes\" is not in the first MiB of it"));
    assert_eq!(asked(page(port, |_| {})).await.verdict, Verdict::Ok, "nothing is looked for in it");
}

#[tokio::test]
async fn a_page_that_drips_is_given_up_in_time() {
    let port = serve(|mut stream, _| async move {
        while stream.write_all(b"H").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let began = tokio::time::Instant::now();
    let outcome = check(&HERE, &about(page(port, |_| {}), 300)).await;
    assert!(outcome.verdict == Verdict::Failed && began.elapsed() < Duration::from_secs(2), "{outcome:?}");
    let silent = serve(|stream, _| async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(stream);
    })
    .await;
    let outcome = check(&HERE, &about(page(silent, |_| {}), 300)).await;
    assert_eq!(told(&outcome), (Verdict::Failed, "no answer within 300 ms"));
}

#[tokio::test]
async fn https_wants_tls() {
    let port = says("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let outcome = asked(page(port, |p| p.url.tls = true)).await;
    assert!(
        outcome.verdict == Verdict::Failed && outcome.message.starts_with("it does not speak TLS"),
        "{outcome:?}"
    );
}

/// A server on which nothing runs any more, and which refuses, or one that forwards nothing.
struct Odd {
    fault: Fault,
    lives: bool,
}

impl Host for Odd {
    fn run(&self, _: Run) -> BoxFuture<'_, Result<Output, Fault>> {
        let output = Output { code: Some(0), stdout: vec![], stderr: vec![] };
        std::future::ready(if self.lives { Ok(output) } else { Err(self.fault.clone()) }).boxed()
    }

    fn dial<'a>(&'a self, _: &'a str, _: u16) -> BoxFuture<'a, Result<Box<dyn Pipe>, Fault>> {
        std::future::ready(Err(self.fault.clone())).boxed()
    }
}

fn port() -> Probe {
    Probe::Tcp { host: "10.0.0.1".into(), port: 1 }
}

#[tokio::test]
async fn only_a_server_that_lives_has_failures() {
    let verdict = async |kind, lives| {
        let host = Odd { fault: Fault::new(kind, "no").hint("do"), lives };
        let outcome = check(&host, &about(port(), 500)).await;
        assert_eq!(outcome.hint.as_deref(), Some("do"));
        outcome.verdict
    };
    assert_eq!(verdict(FaultKind::Unreachable, true).await, Verdict::Failed);
    assert_eq!(verdict(FaultKind::Unreachable, false).await, Verdict::Unknown);
    let silent = Odd { fault: Fault::new(FaultKind::Timeout, "no"), lives: false };
    let outcome = check(&silent, &about(port(), 500)).await;
    assert_eq!(told(&outcome), (Verdict::Unknown, "the server that asks does not answer"));
    let outcome = check(&Odd { lives: true, ..silent }, &about(port(), 500)).await;
    assert_eq!(told(&outcome), (Verdict::Failed, "10.0.0.1 port 1 says nothing"));
    assert_eq!(verdict(FaultKind::Denied, true).await, Verdict::Unknown, "it forwards nothing");
    assert_eq!(verdict(FaultKind::Unsupported, true).await, Verdict::Unknown);
}
