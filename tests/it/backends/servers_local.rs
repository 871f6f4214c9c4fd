//! Readings of this machine, through its own shells, and of shells that behave badly.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pult::backends::server::{Elevate, LocalShell, Pipe, Shell, Watch, look, serve};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::remote::Remote;
use pult::domain::server::{Pace, Rights, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// A shell whose other end is a test.
struct Strange<F>(F);

impl<F> Shell for Strange<F>
where
    F: Fn(String, DuplexStream) -> BoxFuture<'static, ()> + Send + Sync + 'static,
{
    fn start(&self, script: String) -> BoxFuture<'_, Result<Box<dyn Pipe>, Fault>> {
        async move {
            let (ours, theirs) = tokio::io::duplex(4096);
            #[expect(clippy::disallowed_methods, reason = "a test")]
            tokio::spawn((self.0)(script, theirs));
            Ok(Box::new(ours) as Box<dyn Pipe>)
        }
        .boxed()
    }
}

#[tokio::test]
async fn this_machine_is_a_server() {
    let server = look(&LocalShell, Elevate::Never, true).await.unwrap();
    let vitals = server.vitals.clone().unwrap();
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    assert_eq!(server.facts.hostname, read("/proc/sys/kernel/hostname").trim());
    assert_eq!(server.facts.kernel, read("/proc/sys/kernel/osrelease").trim());
    let total = read("/proc/meminfo").lines().next().unwrap().split_whitespace().nth(1).unwrap().to_owned();
    assert_eq!(vitals.memory.total, total.parse::<u64>().unwrap() * 1024);
    let cpus = read("/proc/stat").lines().filter(|l| l.starts_with("cpu")).count() - 1;
    assert_eq!(vitals.cpus as usize, cpus);
    assert!(
        vitals.cpu.unwrap().used <= 100.0
            && vitals.uptime_s > 1.0
            && vitals.net.iter().any(|n| n.name == "lo")
    );
    assert!(server.facts.clock_ahead_s.unwrap().abs() < 1.0 && server.latency_ms.unwrap() < 5000.0);
    let checks = server.checks.unwrap();
    assert!(checks.root().unwrap().size_bytes > 1 << 20, "{checks:?}");
    // A test machine has apt; what it would upgrade is its own business.
    assert!(checks.updates.is_some_and(|u| u.security <= u.all));
    assert!(matches!(server.facts.rights, Rights::Root | Rights::Unknown), "sudo is not asked");
}

#[tokio::test]
async fn it_is_read_as_often_as_somebody_looks() {
    let (pace, wanted) = watch::channel(Pace::Shown);
    let (out, mut states) = watch::channel(Remote::<Server>::default());
    let stop = CancellationToken::new();
    let watch = Watch {
        shell: Arc::new(LocalShell),
        elevate: Elevate::Never,
        pace: wanted,
        out,
        retry: Arc::new(Notify::new()),
    };
    #[expect(clippy::disallowed_methods, reason = "a test")]
    let served = tokio::spawn(serve(watch, stop.clone()));
    let has_rates = |r: &Remote<Server>| {
        let vitals = r.value.as_ref().and_then(|s| s.vitals.clone());
        r.link.is_live() && vitals.is_some_and(|v| v.cpu.is_some())
    };
    let patience = Duration::from_secs(60);
    tokio::time::timeout(patience, states.wait_for(has_rates)).await.unwrap().unwrap();
    let has_checks = |r: &Remote<Server>| r.value.as_ref().is_some_and(|s| s.checks.is_some());
    tokio::time::timeout(patience, states.wait_for(has_checks)).await.unwrap().unwrap();
    drop(pace);
    stop.cancel();
    served.await.unwrap();
}

#[tokio::test]
async fn a_shell_that_answers_nothing_sensible_is_a_fault() {
    let ends = Strange(|_, _| async {}.boxed());
    let fault = look(&ends, Elevate::Never, false).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Protocol, "{fault:?}");

    let endless = Strange(|_, mut pipe: DuplexStream| {
        async move { while pipe.write_all(&[b'x'; 4096]).await.is_ok() {} }.boxed()
    });
    let fault = look(&endless, Elevate::Never, false).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Protocol, "{fault:?}");

    // It echoes what it is asked, as a device's menu does.
    let echo = Strange(|_, mut pipe: DuplexStream| {
        async move {
            let mut buffer = [0; 100];
            for _ in 0..3 {
                let n = pipe.read(&mut buffer).await.unwrap_or(0);
                let _ = pipe.write_all(&buffer[..n]).await;
                let _ = pipe.write_all(b"unknown command\n").await;
                if n == 0 {
                    return;
                }
            }
        }
        .boxed()
    });
    let fault = look(&echo, Elevate::Never, false).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout, "{fault:?}");
}

#[tokio::test]
async fn other_shells_answer_the_same_script() {
    // The script goes through the shells that servers have; each is installed by the test's own packages or
    // comes with the system.
    for shell in [&["dash"][..], &["bash"], &["busybox", "sh"]] {
        let other = Other(shell.iter().map(|w| (*w).to_owned()).collect());
        let server = look(&other, Elevate::Never, false).await.unwrap();
        assert!(server.vitals.unwrap().memory.total > 0 && !server.facts.hostname.is_empty(), "{shell:?}");
        assert!(server.checks.unwrap().root().is_some(), "{shell:?}");
    }
}

/// A shell by its command line, run as a login shell of somebody would run `/bin/sh -c`.
struct Other(Vec<String>);

impl Shell for Other {
    fn start(&self, script: String) -> BoxFuture<'_, Result<Box<dyn Pipe>, Fault>> {
        #[expect(clippy::disallowed_methods, reason = "a test")]
        let mut child = tokio::process::Command::new(&self.0[0])
            .args(&self.0[1..])
            .arg("-c")
            .arg(script)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let pipe = tokio::io::join(child.stdout.take().unwrap(), child.stdin.take().unwrap());
        async move { Ok(Box::new(pipe) as Box<dyn Pipe>) }.boxed()
    }
}
