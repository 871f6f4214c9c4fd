//! What servers are compared by, read on the two real servers, by SSH.

use std::sync::Arc;

use pult::domain::endpoint::SudoUse;
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::ids::TargetId;
use pult::domain::server::facet::groups::{Answers, Groups};
use pult::domain::server::{Facet, FacetText, FilePath, ServerAnswer, ServerAsk};
use pult::runtime::servers::Hosted;

use super::host_views::{here, hosted};
use super::ssh_bed::{says, setup};

async fn ask(host: &Hosted, facet: &Facet) -> Result<Arc<FacetText>, Fault> {
    match host.ask(&ServerAsk::Facet(facet.clone())).await? {
        ServerAnswer::Facet(said) => Ok(said),
        other => panic!("{other:?}"),
    }
}

async fn compared(hosts: &[(&str, &Hosted)], facet: &Facet) -> Groups {
    let mut answers = Answers::default();
    for (name, host) in hosts {
        answers.take(TargetId::server(name), ask(host, facet).await);
    }
    answers.groups()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_has_an_answer_on_both() {
    let user = setup().alone();
    let (one, two) = (hosted(&user, "ops@srv1", SudoUse::Ask), hosted(&user, "ops@srv2", SudoUse::Ask));
    for facet in Facet::ALL {
        let groups = compared(&[("srv1", &one), ("srv2", &two)], &facet).await;
        assert_eq!(groups.unknown, [], "{facet:?}");
        assert!(!groups.partly, "{facet:?}");
        let text = groups.groups[0].said.text.clone().unwrap();
        let wanted = match facet {
            Facet::System => "system Debian",
            Facet::Sshd => "\nport 22\n",
            Facet::Sysctl => "\nvm.swappiness = ",
            Facet::Packages => "\nopenssh-server:",
            Facet::Ufw => "Status: ",
            Facet::Units => "\ncron.service enabled\n",
            Facet::Ports => "tcp 0.0.0.0:22 sshd\n",
            Facet::Users => "user ops uid ",
            Facet::Sudoers => "of /etc/sudoers\n",
            Facet::Jails => "jail sshd\n  bantime ",
            Facet::Time => "Timezone=",
            Facet::Mounts => " ext4 ",
            Facet::Hosts => "127.0.0.1 localhost\n",
            Facet::Resolvers => "",
            Facet::Cron => "of /etc/crontab\n",
            Facet::File(_) => unreachable!(),
        };
        assert!(text.contains(wanted), "{facet:?}: {text}");
        // Asked again it says the same: nothing of it passes by the minute.
        if facet != Facet::Jails && facet != Facet::Ufw {
            let again = ask(&one, &facet).await.unwrap();
            let first = ask(&one, &facet).await.unwrap();
            assert_eq!(again.digest, first.digest, "{facet:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_differs_is_told_and_one_that_is_not_there() {
    let user = setup().alone();
    let (one, two) = (hosted(&user, "ops@srv1", SudoUse::Ask), hosted(&user, "ops@srv2", SudoUse::Ask));
    let both = [("srv1", &one), ("srv2", &two)];
    let file = |path: &str| Facet::File(FilePath::new(path).unwrap());
    let (here1, here2) = (user.to("ops@srv1").await, user.to("ops@srv2").await);
    let path = "/tmp/pult-facet $(id) 'x";
    says(&here1, "printf 'a\\nb\\n' > \"/tmp/pult-facet \\$(id) 'x\"").await;
    let groups = compared(&both, &file(path)).await;
    assert_eq!((groups.equal(), groups.differ()), (1, 1), "{groups:?}");
    assert!(groups.groups[1].said.text.as_deref().unwrap().contains("no such file"));
    says(&here2, "printf 'a\\nc\\033[2J\\n' > \"/tmp/pult-facet \\$(id) 'x\"").await;
    let groups = compared(&both, &file(path)).await;
    assert_eq!(groups.groups[1].said.text.as_deref(), Some("a\nc\n"));
    for host in [&here1, &here2] {
        says(host, "rm -f \"/tmp/pult-facet \\$(id) 'x\"").await;
    }
    // Root reads what the account may not; a folder and a device are no files; one without end is cut off.
    assert!(ask(&one, &file("/etc/shadow")).await.unwrap().lines > 5);
    for path in ["/etc", "/dev/zero"] {
        assert_eq!(ask(&one, &file(path)).await.unwrap_err().kind, FaultKind::Unsupported, "{path}");
    }
    let usual = compared(&both, &file("/etc/nsswitch.conf")).await;
    assert_eq!((usual.equal(), usual.differ()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_was_changed_is_the_only_difference() {
    let user = setup().alone();
    let (one, two) = (hosted(&user, "ops@srv1", SudoUse::Ask), hosted(&user, "ops@srv2", SudoUse::Ask));
    let connection = user.to("ops@srv2").await;
    says(&connection, "echo '10.9.8.7 pult-facet' | sudo -n tee -a /etc/hosts").await;
    let groups = compared(&[("srv1", &one), ("srv2", &two)], &Facet::Hosts).await;
    says(&connection, "grep -v pult-facet /etc/hosts > /tmp/pult-hosts; sudo -n tee /etc/hosts < /tmp/pult-hosts; rm /tmp/pult-hosts").await;
    let with: Vec<_> = groups
        .groups
        .iter()
        .filter(|group| group.said.text.as_deref().is_some_and(|text| text.contains("10.9.8.7 pult-facet")))
        .collect();
    assert!(with.len() == 1 && with[0].servers == [TargetId::server("srv2")], "{groups:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_root_it_says_what_it_could_not_see() {
    let user = setup().alone();
    let (ops, guest) = (hosted(&user, "ops@srv1", SudoUse::Ask), hosted(&user, "guest@srv2", SudoUse::Ask));
    for facet in [Facet::Sshd, Facet::Ufw, Facet::Jails, Facet::Sudoers] {
        let groups = compared(&[("srv1", &ops), ("srv2", &guest)], &facet).await;
        assert_eq!((groups.equal(), groups.differ(), groups.unknown.len()), (1, 0, 1), "{facet:?}");
        assert_eq!(groups.unknown[0].1.kind, FaultKind::Denied, "{facet:?}");
        assert!(groups.unknown[0].1.hint.is_some());
    }
    let ports = compared(&[("srv1", &ops), ("srv2", &guest)], &Facet::Ports).await;
    assert_eq!((ports.equal(), ports.unknown.len()), (1, 1), "who sees less is not compared");
    assert!(compared(&[("srv2", &guest)], &Facet::Ports).await.partly);
    assert_eq!(
        ask(&guest, &Facet::File(FilePath::new("/etc/shadow").unwrap())).await.unwrap_err().kind,
        FaultKind::Denied
    );
    assert!(ask(&here(), &Facet::System).await.is_ok());
}
