//! Docker behind SSH, by each of the three ways to it: list, logs, figures, actions, and what a cut does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pult::backends::docker::Docker;
use pult::backends::log_source::LogRange;
use pult::backends::ssh::DockerSocket;
use pult::domain::endpoint::DockerEndpoint;
use pult::domain::fault::FaultKind;
use pult::domain::ids::TargetId;
use pult::domain::mutation::ContainerAction;
use pult::domain::remote::Link;
use serde_json::json;

use super::docker_actions::authorized;
use super::docker_bed::{Bed, Made, Watching, calm};
use super::docker_logs::all;
use super::docker_usage::Sampling;
use super::ssh_bed::{User, cut, says, setup};

/// The engine behind a server of the bed: its old one.
fn docker(user: &User, url: &str) -> Docker {
    let socket = DockerSocket::new(user.hub.clone(), url).unwrap();
    let endpoint = DockerEndpoint::Ssh { url: url.to_owned() };
    Docker::through(TargetId::docker("bed"), endpoint, false, Arc::new(socket)).unwrap()
}

/// By the socket, by the client over there, by that with sudo.
const WAYS: [&str; 3] = ["ssh://srv1", "ssh://noforward@srv1", "ssh://ops@srv1"];

#[tokio::test(flavor = "multi_thread")]
async fn list_logs_figures_and_actions_by_every_way() {
    let _engines = calm().await;
    let made = Made::run(Bed::Old, "ssh", "echo one; echo two; while :; do :; done", json!({}));
    for url in WAYS {
        let user = setup().alone();
        let docker = docker(&user, url);
        let engine = docker.connect().await.unwrap_or_else(|fault| panic!("{url}: {fault:?}"));
        assert!(engine.version.starts_with("20.10"), "{url}: {engine:?}");
        let listed = docker.list().await.unwrap();
        assert!(listed.iter().any(|c| *c.id.0 == made.id), "{url}");
        let lines = all(&docker, &made.id, LogRange { tail: Some(2), ..LogRange::default() }).await;
        assert_eq!(lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["one", "two"], "{url}");
        let mut sampling = Sampling::of(docker.clone(), &[&made]).await;
        let usage = sampling.next(&made.id).await.usage;
        assert!(usage.cpu_percent.unwrap() > 5.0, "{url}: {usage:?}");
        let action = ContainerAction::Restart { grace_s: Some(0) };
        let (_, outcome) = docker.perform(authorized(&made.id, &made.name, action)).await;
        assert!(outcome.is_ok(), "{url}: {outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_way_leads_each_is_named() {
    let _engines = calm().await;
    let user = setup().alone();
    let fault = docker(&user, "ssh://guest@srv1").connect().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
    for part in
        ["no way to Docker on guest@srv1", "docker.sock does not answer", "dial-stdio: ", "permission denied"]
    {
        assert!(fault.message.contains(part), "{part}: {fault:?}");
    }
    let fault = docker(&user, "ssh://srv1/run/nothing.sock").connect().await.unwrap_err();
    assert!(fault.message.contains("/run/nothing.sock"), "{fault:?}");
    let fault = docker(&user, "ssh://nowhere.invalid").connect().await.unwrap_err();
    assert!(fault.kind == FaultKind::Unreachable && fault.message.contains("the name in"), "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_outlives_a_cut_and_comes_back() {
    let _engines = calm().await;
    let made = Made::run(Bed::Old, "ssh-cut", "sleep 1000", json!({}));
    let user = setup().alone();
    let mut watching = Watching::of(docker(&user, "ssh://ops@srv2"));
    watching.row(&made.id, "running", |c| c.state.has_processes()).await;
    cut(2, &user.to("ops@srv2").await).await;
    let lost = watching.until("lost", 20, |r| matches!(r.link, Link::Lost { .. })).await;
    assert!(lost.value.is_some(), "what was seen stays");
    watching.until("live again", 30, |r| r.link.is_live()).await;
    made.post("kill");
    watching.row(&made.id, "gone over the new connection", |c| !c.state.has_processes()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_carries_docker_and_everything_else() {
    let _engines = calm().await;
    let user = setup().alone();
    let docker = docker(&user, "ssh://srv1");
    docker.connect().await.unwrap();
    let connection = user.to("srv1").await;
    let before = says(&connection, "echo $PPID").await;
    docker.list().await.unwrap();
    assert_eq!(says(&connection, "echo $PPID").await, before);
}

#[allow(clippy::disallowed_methods)] // Tests have a clock of their own.
fn clock() -> Instant {
    Instant::now()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_containers_are_listed_in_a_moment() {
    let _engines = calm().await;
    let made: Vec<Made> = (0..50).map(|_| Made::create(Bed::Old, "ssh-many", "true", json!({}))).collect();
    let user = setup().alone();
    let docker = docker(&user, "ssh://srv1");
    let began = clock();
    docker.connect().await.unwrap();
    let connected = began.elapsed();
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..9 {
        let since = clock();
        let rows = docker.list().await.unwrap();
        times.push(since.elapsed());
        assert!(made.iter().all(|m| rows.iter().any(|c| *c.id.0 == m.id)));
    }
    times.sort();
    eprintln!("connected in {connected:?}; lists of 50 in {times:?}");
    assert!(times[4] < Duration::from_millis(150), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_log_comes_whole_while_lists_are_served() {
    let _engines = calm().await;
    let script = "head -c 40000000 /dev/zero | tr '\\0' x | fold -w 999";
    let made = Made::run(Bed::Old, "ssh-long", script, json!({}));
    while made.inspect()["State"]["Running"] == json!(true) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let user = setup().alone();
    let docker = docker(&user, "ssh://srv1");
    let since = clock();
    let (lines, slowest) = tokio::join!(all(&docker, &made.id, LogRange::default()), async {
        let mut slowest = Duration::ZERO;
        for _ in 0..20 {
            let since = clock();
            docker.list().await.unwrap();
            slowest = slowest.max(since.elapsed());
        }
        slowest
    });
    eprintln!("{} lines in {:?}; the slowest list beside it {slowest:?}", lines.len(), since.elapsed());
    assert_eq!(lines.len(), 40_041);
}
