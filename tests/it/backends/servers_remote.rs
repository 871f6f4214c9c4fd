//! Readings of the real servers of the bed, over SSH.

use std::sync::Arc;
use std::time::Duration;

use pult::backends::server::{Elevate, Watch, look, serve};
use pult::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use pult::domain::remote::{Link, Remote};
use pult::domain::server::{Pace, Rights, Server};
use pult::domain::ssh_target::SshTarget;
use pult::runtime::connections;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::docker_bed::spawn;
use super::ssh_bed::{User, cut, setup};

fn endpoint(target: &str) -> ServerEndpoint {
    let place = ServerPlace::Ssh(SshTarget::parse(target).unwrap());
    ServerEndpoint { place, sudo: SudoUse::default() }
}

async fn seen(user: &User, target: &str, elevate: Elevate) -> Server {
    let shell = connections::shell(&user.hub, &endpoint(target));
    look(&*shell, elevate, false).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_each_may_see() {
    let user = setup().alone();
    let server = seen(&user, "ops@srv1", Elevate::Probe).await;
    assert_eq!((server.facts.hostname.as_str(), server.facts.user.as_str()), ("srv1", "ops"));
    assert_eq!(server.facts.rights, Rights::Sudo);
    assert!(server.facts.os.starts_with("Debian GNU/Linux 12"), "{:?}", server.facts);
    let checks = server.checks.unwrap();
    assert_eq!(checks.failed_units.as_deref(), Some(&["broken.service".to_owned()][..]));
    assert!(checks.banned.is_some(), "fail2ban answers who may use sudo");
    assert!(server.vitals.unwrap().cpu.is_some());

    let unasked = seen(&user, "ops@srv1", Elevate::Never).await;
    assert_eq!((unasked.facts.rights, unasked.checks.unwrap().banned), (Rights::Unknown, None));
    let guest = seen(&user, "guest@srv2", Elevate::Probe).await;
    assert_eq!((guest.facts.hostname.as_str(), guest.facts.rights), ("srv2", Rights::Asks));
    assert_eq!(guest.checks.unwrap().banned, None);
    let root = seen(&user, "root@srv2", Elevate::Probe).await;
    assert_eq!(root.facts.rights, Rights::Root);
    // A .bashrc that prints is none of our business.
    let noisy = seen(&user, "noisy@srv1", Elevate::Never).await;
    assert_eq!(noisy.facts.user, "noisy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_is_told_and_comes_back_with_what_is_known() {
    let user = setup().alone();
    let (_pace, wanted) = watch::channel(Pace::Shown);
    let (out, mut states) = watch::channel(Remote::<Server>::default());
    let stop = CancellationToken::new();
    let shell = connections::shell(&user.hub, &endpoint("ops@srv1"));
    let retry = Arc::new(Notify::new());
    spawn(serve(Watch { shell, elevate: Elevate::Never, pace: wanted, out, retry }, stop.clone()));
    let _stops = stop.drop_guard();
    let patience = Duration::from_secs(60);
    let live =
        |r: &Remote<Server>| r.link == Link::Live && r.value.as_ref().is_some_and(|s| s.vitals.is_some());
    tokio::time::timeout(patience, states.wait_for(live)).await.unwrap().unwrap();
    cut(1, &user.to("ops@srv1").await).await;
    let lost = |r: &Remote<Server>| r.link.fault().is_some();
    let state = tokio::time::timeout(patience, states.wait_for(lost)).await.unwrap().unwrap().clone();
    assert_eq!(state.value.unwrap().facts.hostname, "srv1", "what is known stays");
    tokio::time::timeout(patience, states.wait_for(live)).await.unwrap().unwrap();
}
