//! The connection itself: jumps, cuts, and why there is none.

use std::time::Duration;

use futures_util::StreamExt;
use pult::backends::argv::Argv;
use pult::domain::fault::FaultKind;
use pult::domain::question::Question;
use pult::domain::remote::Link;
use pult::domain::trust::Keep;
use tokio::net::TcpListener;

use super::docker_bed::calm;
use super::ssh_bed::{SOON, cut, host_key, port, says, setup};

#[tokio::test]
async fn through_another_server_whose_names_count() {
    let _calm = calm().await;
    let inner = "Host inner\nHostName srv2\nPort 22\nProxyJump guest@srv1";
    let known = format!("[127.0.0.1]:{} {}\n", port(1), host_key(1, "ed25519"));
    let user = setup().config(inner).known_hosts(&known).answering(|_| Keep::Written);
    let connection = user.to("ops@inner").await;
    assert_eq!(
        says(&connection, "id -un; hostname; echo ${SSH_CONNECTION%% *}").await,
        "ops\nsrv2\n10.213.9.1"
    );
    let asked = user.asked();
    let [Question::HostKey(key)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((key.host.as_str(), key.via.as_slice()), ("srv2", &["guest@srv1".to_owned()][..]));
}

#[tokio::test]
async fn through_two_servers() {
    let _calm = calm().await;
    let config = "Host first\nHostName 127.0.0.1\nPort 2201\nHost second\nHostName srv2\nPort 22\n\
        Host third\nHostName srv1\nPort 22\nProxyJump first,ops@second";
    let user = setup().config(config).alone();
    assert_eq!(
        says(&user.to("third").await, "hostname; echo ${SSH_CONNECTION%% *}").await,
        "srv1\n10.213.9.2"
    );
    let fault = user.to("first").await.connect().await;
    assert_eq!(fault, Ok(()), "the first hop serves as a connection of its own");
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_is_told_as_such() {
    let _calm = calm().await;
    let config = "Host circle\nProxyJump round\nHost round\nProxyJump circle\n\
        Host refused\nHostName 127.0.0.1\nPort 9\nProxyJump srv1";
    let user = setup().config(config).alone();
    for (target, part) in [("refused", "127.0.0.1:9 does not answer on srv1"), ("circle", "in a circle")] {
        let fault = user.to(target).await.connect().await.unwrap_err();
        assert!(fault.message.contains(part), "{target}: {fault:?}");
    }
}

#[tokio::test]
async fn a_cut_connection_comes_back_by_itself() {
    let _calm = calm().await;
    let user = setup().alone();
    let connection = user.to("ops@srv1").await;
    let before = says(&connection, "echo $PPID").await;
    assert_eq!(connection.link(), Link::Live);
    let waiting = connection.start(&Argv::new("sleep").arg("100")).await.unwrap();
    cut(1, &connection).await;
    let fault = waiting.finish().await.unwrap_err();
    assert!(fault.message.contains("hung up"), "{fault:?}");
    tokio::time::timeout(SOON, async {
        let links = connection.links().filter(|link| std::future::ready(link.is_live()));
        std::pin::pin!(links).next().await
    })
    .await
    .unwrap();
    assert_ne!(says(&connection, "echo $PPID").await, before);
}

#[tokio::test]
async fn one_connection_serves_all_who_come_at_once() {
    let _calm = calm().await;
    let user = setup().alone();
    let (a, b) = (user.to("guest@srv2").await, user.to("guest@127.0.0.1:2202").await);
    let pids = tokio::join!(says(&a, "echo $PPID"), says(&b, "echo $PPID"), says(&a, "echo $PPID"));
    assert!(pids.0 == pids.1 && pids.1 == pids.2, "{pids:?}");
}

#[tokio::test]
async fn each_cause_has_its_name() {
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (silent_port, closed_port) = (mute.local_addr().unwrap().port(), closed.local_addr().unwrap().port());
    drop(closed);
    let user = setup().config("Host slow\nHostName 192.0.2.1\nConnectTimeout 1").alone();
    let cases = [
        ("nowhere.invalid".to_owned(), FaultKind::Unreachable, "the name in"),
        (format!("127.0.0.1:{closed_port}"), FaultKind::Unreachable, "nothing listens at"),
    ];
    for (target, kind, part) in cases {
        let fault = user.to(&target).await.connect().await.unwrap_err();
        assert!(fault.kind == kind && fault.message.contains(part) && fault.hint.is_some(), "{fault:?}");
    }
    // A route to the documentation network may be refused outright here.
    let fault = user.to("slow").await.connect().await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Timeout | FaultKind::Unreachable), "{fault:?}");
    // Whoever needs a server that accepts and says nothing waits a bounded time.
    let silent = user.to(&format!("127.0.0.1:{silent_port}")).await;
    let fault = tokio::time::timeout(Duration::from_secs(14), silent.connect()).await.unwrap().unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout);
}

#[tokio::test]
async fn hung_up_here_it_is_made_anew_for_who_asks() {
    let _calm = calm().await;
    let user = setup().alone();
    let first = user.to("srv1").await;
    says(&first, "true").await;
    user.hub.close(first.target()).await.unwrap();
    let second = user.to("srv1").await;
    assert_eq!(says(&second, "hostname").await, "srv1");
    // Who still has the old one hears why it is no more.
    let fault = first.exec(&Argv::script("true"), SOON).await.unwrap_err();
    assert!(fault.message.contains("closed here") || fault.message.contains("hung up"), "{fault:?}");
    assert!(matches!(first.link(), Link::Lost { retry_at: None, .. }), "{:?}", first.link());
}
