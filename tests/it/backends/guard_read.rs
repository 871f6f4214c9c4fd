//! Sockets, ufw, packet filters and jails of real servers, over SSH.

use pult::backends::server::LocalHost;
use pult::backends::server::job::Job;
use pult::backends::server::{exposure, fail2ban, packet_filter, sockets, ufw};
use pult::domain::endpoint::SudoUse;
use pult::domain::fault::FaultKind;
use pult::domain::server::exposure::Reach;
use pult::domain::server::firewall::FirewallChange;
use pult::domain::server::jails::Jails;
use pult::domain::server::lockout::{Onward, Path, Proposal, Risk, Seen, risk};
use pult::domain::server::ufw::Change;

use pult::domain::trust::Keep;

use super::docker_bed::calm;
use super::guard_bed::{alone, permit, server};
use super::ssh_bed::{says, setup};

#[tokio::test]
async fn sockets_with_their_owners_and_without() {
    let _calm = calm().await;
    let user = setup().alone();
    for target in ["srv1", "ops@srv1"] {
        let found = sockets::read(&server(&user, target)).await.unwrap();
        let units: Vec<_> = found.all.iter().filter_map(|s| s.owner()?.unit.as_deref()).collect();
        assert!(
            found.with_owners && units.contains(&"ssh.service") && units.contains(&"nginx.service"),
            "{found:?}"
        );
    }
    let found = sockets::read(&server(&user, "guest@srv1")).await.unwrap();
    assert!(!found.with_owners && found.all.iter().any(|s| s.port == 22 && s.owners.is_empty()), "{found:?}");
}

#[tokio::test]
async fn ufw_as_it_stands_and_what_a_change_would_do() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().alone();
    let srv = server(&user, "ops@srv2");
    let ufw = ufw::read(&srv).await.unwrap().unwrap();
    assert!(ufw.active && ufw.ipv6 && ufw.profiles.contains_key("Nginx Full"), "{ufw:?}");
    let commands: Vec<_> = ufw.added.iter().map(|rule| rule.command()).collect();
    assert_eq!(commands, ["ufw allow 22/tcp comment ssh", "ufw allow 80,443/tcp"]);
    assert_eq!(ufw.numbered.len(), 4);
    // The table and the list of commands tell the same rules.
    for row in &ufw.numbered {
        assert!(ufw.added.contains(&row.rule), "{row:?}");
    }
    let change = Change::Add {
        rule: "deny from 203.0.113.9 to any port 22 proto tcp comment 'x # y'".parse().unwrap(),
        before: None,
    };
    let preview = ufw::preview(&srv, &change).await.unwrap();
    assert_eq!(preview.comes, ["-A ufw-user-input -p tcp --dport 22 -s 203.0.113.9 -j DROP"]);
    assert_eq!((preview.goes.len(), preview.said), (0, vec!["Rules updated".to_owned()]));
    let gone = ufw::preview(&srv, &Change::Delete("allow 22/tcp".parse().unwrap())).await.unwrap();
    assert_eq!((gone.comes.len(), gone.goes.len()), (0, 2), "{gone:?}");
    assert_eq!(ufw::read(&srv).await.unwrap().unwrap(), ufw, "a preview changes nothing");
    let fault = ufw::read(&server(&user, "guest@srv2")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied, "{fault:?}");
}

#[tokio::test]
async fn the_kernels_rules_and_who_reaches_what() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().alone();
    let srv = server(&user, "srv2");
    let filter = packet_filter::read(&srv).await.unwrap().unwrap();
    assert!(
        filter
            .rules
            .iter()
            .any(|r| r.chain == "INPUT" && r.text.contains("ufw-before-input") && r.packets.is_some())
    );
    assert!(filter.restricts_input());
    let surface = exposure::read(&srv).await.unwrap();
    let ports = surface.judged();
    let ssh = ports.iter().find(|p| p.port == 22 && p.bound.text() == "0.0.0.0").unwrap();
    assert_eq!(ssh.open.reach, Reach::Anybody);
    assert_eq!(ssh.open.why, "open to the internet: `ufw allow 22/tcp comment ssh`");
    let guest = exposure::read(&server(&user, "guest@srv2")).await.unwrap();
    assert!(guest.doubt().is_some() && guest.judged().iter().all(|p| p.open.allowed_by_firewall.is_none()));
}

#[tokio::test]
async fn the_lockout_guard_knows_from_where_we_come() {
    let (_calm, _turn) = (calm().await, alone().await);
    let user = setup().alone();
    let srv = server(&user, "srv1");
    let seen = Seen::parse(&says(&user.to("srv1").await, "echo $SSH_CONNECTION").await).unwrap();
    let before = ufw::read(&srv).await.unwrap().unwrap();
    let path = Path { seen, onward: &[], key: None };
    let ask = |change: &Change| risk(&path, &Proposal::Ufw { before: &before, change });
    let block =
        pult::domain::server::ufw::Rule::block(pult::domain::server::network::Network::single(seen.client));
    assert!(matches!(ask(&Change::Add { rule: block.clone(), before: Some(1) }), Risk::Hits(_)));
    assert_eq!(ask(&Change::Add { rule: block, before: None }), Risk::None, "`allow 22/tcp` comes first");
    assert!(matches!(ask(&Change::Delete("allow 22/tcp".parse().unwrap())), Risk::Hits(_)));
}

#[tokio::test]
async fn jails_bans_and_pardons() {
    let _calm = calm().await;
    let user = setup().alone();
    let srv = server(&user, "ops@srv2");
    let Jails::Running(jails) = fail2ban::read(&srv).await.unwrap() else { panic!("it runs") };
    let jail = jails.iter().find(|jail| jail.name.as_str() == "sshd").unwrap().name.clone();
    let who = ["203.0.113.77", "2001:db8::77"].map(|text| text.parse().unwrap());
    for who in who {
        assert_eq!(fail2ban::change(&srv, &fail2ban::ban(&jail, who), &permit()).await.unwrap(), 1);
        assert_eq!(fail2ban::attacker(&srv, who).await.unwrap().jails, std::slice::from_ref(&jail));
    }
    let Jails::Running(jails) = fail2ban::read(&srv).await.unwrap() else { panic!("it runs") };
    let banned = &jails.iter().find(|other| other.name == jail).unwrap().banned;
    for who in who {
        let ban = banned.iter().find(|ban| ban.network() == Some(who)).unwrap();
        assert!(ban.since.unwrap() < ban.until.unwrap(), "{ban:?}");
    }
    assert_eq!(fail2ban::change(&srv, &fail2ban::pardon(&jail, who[0]), &permit()).await.unwrap(), 1);
    assert_eq!(
        fail2ban::change(&srv, &fail2ban::pardon(&jail, who[0]), &permit()).await.unwrap(),
        0,
        "it is free already"
    );
    assert_eq!(fail2ban::change(&srv, &fail2ban::pardon_everywhere(who[1]), &permit()).await.unwrap(), 1);
    assert!(fail2ban::attacker(&srv, who[1]).await.unwrap().jails.is_empty());
    let fault = fail2ban::read(&server(&user, "guest@srv2")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied, "{fault:?}");
    let unknown = pult::domain::server::jails::JailName::new("nope").unwrap();
    let fault = fail2ban::change(&srv, &fail2ban::ban(&unknown, who[0]), &permit()).await.unwrap_err();
    assert!(fault.message.contains("nope"), "{fault:?}");
}

#[tokio::test]
async fn other_shells_and_programs_tell_the_same_sockets() {
    // Without ss and netstat the kernel's tables are read; busybox has its own netstat.
    let job = Job::new("a test", "exec true");
    let local = LocalHost { sudo: SudoUse::Never };
    assert!(job.on(&local).await.unwrap().is_success());
    let found = sockets::read(&local).await.unwrap();
    assert!(!found.all.is_empty());
}

#[tokio::test]
async fn a_change_on_a_jump_host_names_who_is_reached_through_it() {
    let (_calm, _turn) = (calm().await, alone().await);
    let config = "Host inner\nHostName srv1\nPort 22\nProxyJump guest@srv2\nUser ops";
    let user = setup().config(config).answering(|_| Keep::Session);
    assert_eq!(says(&user.to("inner").await, "hostname").await, "srv1");
    let surface = exposure::read(&server(&user, "ops@srv2")).await.unwrap();
    let way = Onward { server: "inner".into(), host: "srv1".into(), port: 22 };
    assert_eq!(surface.onward, [way], "{surface:?}");
    let weigh = |text: &str| {
        let change = Change::Add { rule: text.parse().unwrap(), before: None };
        FirewallChange::weigh(&surface, "ufw", change, true, 30).unwrap().risk
    };
    let Risk::Hits(why) = weigh("deny out 22/tcp") else { panic!("{:?}", weigh("deny out 22/tcp")) };
    assert!(why.ends_with("the way on to srv1 port 22, by which you reach inner"), "{why}");
    assert_eq!(weigh("deny out 25/tcp"), Risk::None);
    assert!(exposure::read(&server(&user, "inner")).await.unwrap().onward.is_empty());
}
