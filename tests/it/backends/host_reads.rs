//! Disks, network, packages and accounts of the two real servers, by SSH, and of this machine.

use pult::domain::endpoint::SudoUse;
use pult::domain::fault::FaultKind;
use pult::domain::server::interfaces::{NetworkItem, NetworkKind};
use pult::domain::server::packages::{Manager, PackageChange, Packages};
use pult::domain::server::power::Power;
use pult::domain::server::{ServerAction, ServerAnswer, ServerAsk};
use pult::runtime::servers::Hosted;

use super::host_views::{act, here, hosted};
use super::ssh_bed::setup;

async fn network(host: &Hosted) -> Vec<NetworkItem> {
    match host.ask(&ServerAsk::Network).await.unwrap() {
        ServerAnswer::Network(traffic) => traffic.items,
        other => panic!("{other:?}"),
    }
}

async fn packages(host: &Hosted) -> Packages {
    match host.ask(&ServerAsk::Packages).await.unwrap() {
        ServerAnswer::Packages(packages) => *packages,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn disks_and_what_fills_them() {
    let user = setup().alone();
    for host in [hosted(&user, "ops@srv1", SudoUse::Ask), hosted(&user, "guest@srv2", SudoUse::Ask), here()] {
        let ServerAnswer::Disks(disks) = host.ask(&ServerAsk::Disks).await.unwrap() else { panic!() };
        let root = disks.iter().find(|d| d.name == "/").unwrap();
        assert!(root.mounted && root.used_percent.is_some() && root.available_bytes.is_some(), "{root:?}");
        assert!(disks.iter().any(|d| !d.mounted && d.size_bytes > Some(0)), "a device: {disks:?}");
        let ask = ServerAsk::Directories("/etc".into());
        let ServerAnswer::Directories(etc) = host.ask(&ask).await.unwrap() else { panic!() };
        assert_eq!((etc.list[0].path.as_str(), etc.partial), ("/etc", false));
        assert!(etc.list.len() > 5 && etc.list.windows(2).all(|two| two[0].size_bytes >= two[1].size_bytes));
        let fault = host.ask(&ServerAsk::Directories("/no/such$(id)".into())).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Gone);
        assert!(host.ask(&ServerAsk::Directories("-x".into())).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn interfaces_routes_resolvers_and_who_is_connected() {
    let user = setup().alone();
    for (target, sees_processes) in [("ops@srv1", true), ("guest@srv2", false)] {
        let items = network(&hosted(&user, target, SudoUse::Ask)).await;
        let of = |kind, name: &str| {
            items
                .iter()
                .find(|i| i.kind == kind && i.name == name)
                .unwrap_or_else(|| panic!("{name}: {items:?}"))
        };
        let eth = of(NetworkKind::Interface, "eth0");
        assert!(eth.state == "up" && eth.address.contains("10.") && eth.rx_bytes > Some(0), "{eth:?}");
        assert!(of(NetworkKind::Route, "default").address.contains("dev eth0"));
        assert!(items.iter().any(|i| i.kind == NetworkKind::Resolver));
        // We are connected ourselves.
        let ours = items.iter().find(|i| i.kind == NetworkKind::Peer && i.address == "in tcp 22").unwrap();
        assert_eq!(ours.process == "sshd", sees_processes, "{ours:?}");
    }
    assert!(network(&here()).await.iter().any(|i| i.name == "lo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_are_held_and_let_go() {
    let user = setup().alone();
    let host = hosted(&user, "ops@srv2", SudoUse::Ask);
    let change = |change| act(&host, true, ServerAction::Packages(change));
    assert_eq!(packages(&host).await.manager, Manager::Apt);
    assert_eq!(change(PackageChange::Hold("less".into())).await.unwrap(), "held");
    let held = packages(&host).await;
    assert_eq!(change(PackageChange::Unhold("less".into())).await.unwrap(), "not held any more");
    let less = held.packages.iter().find(|p| p.name == "less").unwrap();
    assert!(less.held && !less.installed.is_empty(), "{less:?}");
    assert!(packages(&host).await.packages.iter().all(|p| p.name != "less"));
    for wrong in ["less-", "$(id)", "-y"] {
        assert!(
            change(PackageChange::Upgrade(Some(wrong.into()))).await.unwrap_err().message.contains("no name")
        );
    }
    let guest = hosted(&user, "guest@srv2", SudoUse::Never);
    let fault =
        act(&guest, true, ServerAction::Packages(PackageChange::Hold("less".into()))).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
}

/// Nothing is newer there, so that it changes nothing; the job is a real one all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_is_a_job_of_the_server_and_two_wait_for_each_other() {
    let user = setup().alone();
    let host = hosted(&user, "ops@srv2", SudoUse::Ask);
    let one = |package: &str| {
        let change = PackageChange::Upgrade(Some(package.into()));
        act(&host, true, ServerAction::Packages(change))
    };
    let (less, sudo) = tokio::join!(one("less"), one("sudo"));
    assert_eq!((less.unwrap().as_str(), sudo.unwrap().as_str()), ("upgraded", "upgraded"));
    let ServerAnswer::UpgradeJob(Some(job)) = host.ask(&ServerAsk::UpgradeJob).await.unwrap() else {
        panic!()
    };
    assert!(
        !job.running && job.code == Some(0) && job.log.iter().any(|line| line.contains("newest version")),
        "{job:?}"
    );
    let failed = one("no-such-package").await.unwrap_err();
    assert!(failed.message.contains("code 100"), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_announced_without_rights() {
    let user = setup().alone();
    let guest = hosted(&user, "guest@srv1", SudoUse::Never);
    let reboot = ServerAction::Power(Power::Reboot { minutes: 10_000 });
    assert_eq!(act(&guest, true, reboot).await.unwrap_err().kind, FaultKind::Denied);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_say_how_they_are_opened() {
    let user = setup().alone();
    for (target, root) in [("ops@srv1", true), ("guest@srv2", false)] {
        let host = hosted(&user, target, SudoUse::Ask);
        let ServerAnswer::Accounts(all) = host.ask(&ServerAsk::Accounts).await.unwrap() else { panic!() };
        let of = |name: &str| all.iter().find(|a| a.name == name).unwrap_or_else(|| panic!("{name}"));
        assert!(
            of("ops").can_log_in && of("ops").groups.contains(&"sudo".to_owned()) && !of("daemon").can_log_in
        );
        let keys = |name| of(name).keys.as_ref().map(Vec::len);
        // Another one's keys are not known without root.
        assert_eq!((keys("guest"), keys("ops")), (Some(1), root.then_some(1)));
        assert_eq!(of("ops").password.as_deref(), root.then_some("set"));
        assert_eq!(of("ops").sudo.is_empty(), !root);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cron_says_when_it_runs_next_and_ran_last() {
    let user = setup().alone();
    let host = hosted(&user, "ops@srv1", SudoUse::Ask);
    let ServerAnswer::Cron(jobs) = host.ask(&ServerAsk::Cron).await.unwrap() else { panic!() };
    let every = jobs.iter().find(|j| j.schedule == "* * * * *" && j.source == "/etc/cron.d/bed").unwrap();
    let (next, last) = (every.next_at.unwrap(), every.last_at.unwrap());
    assert!((1..=180).contains(&(next.as_second() - last.as_second())), "{every:?}");
    assert!(jobs.iter().any(|j| j.command == "/etc/cron.daily/logrotate" && j.next_at > Some(last)));
    let guest = hosted(&user, "guest@srv1", SudoUse::Never);
    assert!(matches!(guest.ask(&ServerAsk::Cron).await, Ok(ServerAnswer::Cron(jobs)) if !jobs.is_empty()));
}
