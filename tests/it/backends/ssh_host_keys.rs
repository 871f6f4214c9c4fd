//! Servers' keys against real sshd: new, known, changed, revoked, signed.

use std::fs;
use std::sync::Arc;

use pult::domain::fault::FaultKind;
use pult::domain::question::{Answer, Question};
use pult::domain::trust::{Keep, TakenKey};

use super::docker_bed::calm;
use super::ssh_bed::{Heard, SOON, file, host_key, port, says, setup};

fn name(server: u8) -> String {
    format!("[127.0.0.1]:{}", port(server))
}

#[tokio::test]
async fn a_new_key_is_asked_about_once_and_written_down() {
    let _calm = calm().await;
    let user = setup().known_hosts("").answering(|_| Keep::Written);
    assert_eq!(says(&user.to("srv1").await, "hostname").await, "srv1");
    let asked = user.asked();
    let [Question::HostKey(key)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((key.host.as_str(), key.key_type.as_str()), (name(1).as_str(), "ssh-ed25519"));
    assert!(key.fingerprint.starts_with("SHA256:") && key.via.is_empty() && key.others.is_empty());
    let written = fs::read_to_string(user.home.path().join("known_hosts")).unwrap();
    assert_eq!(written, format!("{} {}\n", name(1), host_key(1, "ed25519")));
    // Another user of the same account: the same connection, no further question.
    says(&user.to("guest@srv1").await, "true").await;
    assert_eq!(user.asked().len(), 1);
}

#[tokio::test]
async fn trusted_once_writes_nothing_and_refused_connects_nothing() {
    let _calm = calm().await;
    let user = setup().known_hosts("").answering(|_| Keep::Session);
    says(&user.to("srv1").await, "true").await;
    assert_eq!(fs::read_to_string(user.home.path().join("known_hosts")).unwrap(), "");
    let user = setup().known_hosts("").answering(|_| Answer::Refuse);
    let fault = user.to("srv1").await.connect().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
    assert!(fault.message.contains("is new here") && fault.message.contains("refused"), "{fault:?}");
    let user = setup().known_hosts("").alone();
    let fault = user.to("srv1").await.connect().await.unwrap_err();
    assert!(fault.in_full().contains("nobody to ask; compare the fingerprint"), "{fault:?}");
}

#[tokio::test]
async fn a_changed_key_is_refused_without_a_question() {
    let _calm = calm().await;
    let known = format!("# old\n{} {}\n", name(1), host_key(2, "ed25519"));
    let user = setup().known_hosts(&known).answering(|_| Keep::Written);
    let fault = user.to("srv1").await.connect().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
    assert!(fault.message.contains("has changed") && fault.message.contains("known_hosts:2"), "{fault:?}");
    assert!(fault.hint.unwrap().contains("delete line 2"));
    assert!(user.asked().is_empty());
}

#[tokio::test]
async fn a_revoked_key_is_refused_though_it_is_known() {
    let _calm = calm().await;
    let key = host_key(1, "ed25519");
    let known = format!("{} {key}\n@revoked * {key}\n", name(1));
    let user = setup().known_hosts(&known).answering(|_| Keep::Written);
    let fault = user.to("srv1").await.connect().await.unwrap_err();
    assert!(fault.message.contains("is revoked by") && user.asked().is_empty(), "{fault:?}");
}

#[tokio::test]
async fn a_server_known_by_another_type_shows_that_one() {
    let _calm = calm().await;
    for kind in ["rsa", "ecdsa"] {
        let user = setup().known_hosts(&format!("{} {}\n", name(1), host_key(1, kind))).alone();
        assert_eq!(says(&user.to("srv1").await, "hostname").await, "srv1", "{kind}");
    }
}

#[tokio::test]
async fn an_authority_vouches_for_servers_it_has_signed() {
    let _calm = calm().await;
    let authority = fs::read_to_string(file("host_ca.pub")).unwrap();
    let known = format!("@cert-authority [127.0.0.1]:* {authority}");
    let user = setup().known_hosts(&known).alone();
    assert_eq!(says(&user.to("srv1").await, "hostname").await, "srv1");
    // Signed for srv1 and 127.0.0.1, not for the name it is called by.
    let known = format!("@cert-authority * {authority}");
    let user = setup().config("HostKeyAlias elsewhere").known_hosts(&known).answering(|_| Keep::Written);
    let fault = user.to("srv2").await.connect().await.unwrap_err();
    assert!(fault.message.contains("certificate") && fault.message.contains("it is for srv2"), "{fault:?}");
    assert!(user.asked().is_empty());
}

#[tokio::test]
async fn strict_checking_takes_new_keys_never_or_unasked() {
    let _calm = calm().await;
    let user = setup().config("StrictHostKeyChecking yes").known_hosts("").answering(|_| Keep::Written);
    let fault = user.to("srv1").await.connect().await.unwrap_err();
    assert!(fault.message.contains("StrictHostKeyChecking is on") && user.asked().is_empty(), "{fault:?}");
    let heard = Arc::<Heard>::default();
    let accept = || setup().config("StrictHostKeyChecking accept-new\nHashKnownHosts yes").known_hosts("");
    let user = accept().heard(&heard);
    says(&user.to("srv1").await, "true").await;
    assert!(fs::read_to_string(user.home.path().join("known_hosts")).unwrap().starts_with("|1|"));
    let taken = heard.0.lock().unwrap().clone();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].0.by, TakenKey::NEW);
    assert!(taken[0].0.fingerprint.starts_with("SHA256:"));
    assert!(taken[0].1.as_ref().unwrap().as_ref().unwrap().contains("written to "), "{taken:?}");
    // Where nobody hears of it, it is a question.
    let fault = accept().alone().to("srv1").await.connect().await.unwrap_err();
    assert!(fault.message.contains("nobody to ask"), "{fault:?}");
}

#[tokio::test]
async fn further_keys_of_a_known_server_are_learnt_when_it_proves_them() {
    let _calm = calm().await;
    let known = format!("[127.0.0.1]:{} {}\n", port(1), host_key(1, "ed25519"));
    let heard = Arc::<Heard>::default();
    let user = setup().config("UpdateHostKeys yes").known_hosts(&known).heard(&heard);
    let srv1 = user.to("srv1").await;
    says(&srv1, "true").await;
    let file = user.home.path().join("known_hosts");
    let others = ["rsa", "ecdsa"].map(|kind| format!("[127.0.0.1]:{} {}", port(1), host_key(1, kind)));
    let learnt = async {
        loop {
            let text = fs::read_to_string(&file).unwrap();
            if others.iter().all(|line| text.lines().any(|l| l == line)) {
                return text;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let written = tokio::time::timeout(SOON, learnt).await.expect("both are written");
    assert!(written.starts_with(&known), "{written}");
    let taken = heard.0.lock().unwrap().clone();
    assert!(taken.len() >= 2 && taken.iter().all(|(key, _)| key.by == TakenKey::FURTHER), "{taken:?}");
    // Not where ssh_config says no, nor where nobody hears of it.
    let user = setup().config("UpdateHostKeys no").known_hosts(&known).heard(&heard);
    says(&user.to("srv1").await, "true").await;
    let deaf = setup().config("UpdateHostKeys yes").known_hosts(&known).alone();
    says(&deaf.to("srv1").await, "true").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    for user in [&user, &deaf] {
        assert_eq!(fs::read_to_string(user.home.path().join("known_hosts")).unwrap(), known);
    }
}

#[tokio::test]
async fn a_known_hosts_that_cannot_be_read_lets_nobody_in() {
    let _calm = calm().await;
    let setup = setup();
    let folder = setup.home().join("folder");
    fs::create_dir(&folder).unwrap();
    let user = setup.config(&format!("UserKnownHostsFile {}", folder.display())).answering(|_| Keep::Written);
    let fault = user.to("srv1").await.connect().await.unwrap_err();
    assert!(fault.message.contains("cannot be read") && user.asked().is_empty(), "{fault:?}");
}
