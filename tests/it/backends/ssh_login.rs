//! Every way to log in, and what is said when none leads in.

use std::fs;
use std::time::Duration;

use pult::domain::fault::FaultKind;
use pult::domain::password::Password;
use pult::domain::question::{Answer, Question};
use pult::domain::ssh_target::SshTarget;

use super::docker_bed::calm;
use super::ssh_bed::{PASSWORD, cut, file, says, secret, setup};

#[tokio::test]
async fn a_key_logs_in_without_questions() {
    let _calm = calm().await;
    let user = setup().alone();
    assert_eq!(says(&user.to("srv1").await, "id -un; hostname").await, "root\nsrv1");
    assert_eq!(says(&user.to("guest@srv2").await, "id -un; hostname").await, "guest\nsrv2");
}

#[tokio::test]
async fn a_locked_key_is_unlocked_only_where_it_leads_in() {
    let _calm = calm().await;
    let mut turn = 0;
    let user = setup().key(Some(file("id_locked"))).answering(move |_| {
        turn += 1;
        secret(if turn == 1 { "wrong" } else { "bed-phrase" })
    });
    assert_eq!(says(&user.to("srv1").await, "id -un").await, "root");
    let asked = user.asked();
    let Question::Passphrase { file: key, target, again: false } = &asked[0] else { panic!("{asked:?}") };
    assert!(key.ends_with("id_locked") && target == "root@srv1", "{asked:?}");
    assert!(matches!(&asked[1], Question::Passphrase { again: true, .. }));
    assert_eq!(asked.len(), 2);
    // pw has no key there: nothing to unlock.
    let fault = user.to("kbd@srv1").await.connect().await.unwrap_err();
    assert!(user.asked().iter().skip(2).all(|q| !matches!(q, Question::Passphrase { .. })), "{fault:?}");
}

#[tokio::test]
async fn a_password_logs_in_and_is_used_again_after_a_cut() {
    let _calm = calm().await;
    let user = setup().key(None).answering(|_| secret(PASSWORD));
    let connection = user.to("pw@srv1").await;
    assert_eq!(says(&connection, "id -un").await, "pw");
    assert_eq!(user.asked(), [Question::Password { target: "pw@srv1".into(), again: false }]);
    cut(1, &connection).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(says(&connection, "id -un").await, "pw");
    assert_eq!(user.asked().len(), 1, "{:?}", user.asked());
}

#[tokio::test]
async fn three_wrong_passwords_are_the_end_until_a_person_wants_more() {
    let _calm = calm().await;
    let user = setup().key(None).answering(|_| secret("wrong"));
    let connection = user.to("pw@srv2").await;
    let mut fault = connection.connect().await.unwrap_err();
    // A server takes its time to say no.
    while fault.kind == FaultKind::Timeout {
        fault = connection.connect().await.unwrap_err();
    }
    assert_eq!(fault.kind, FaultKind::Denied);
    assert!(fault.message.contains("did not let pw in; tried"), "{fault:?}");
    assert!(fault.message.contains("password"), "{fault:?}");
    assert_eq!(user.asked().len(), 3);
    assert!(matches!(&user.asked()[2], Question::Password { again: true, .. }));
    // No login is tried by itself again.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(connection.connect().await.unwrap_err(), fault);
    assert_eq!(user.asked().len(), 3);
    connection.retry();
    let _ = connection.connect().await;
    let _ = connection.connect().await;
    assert!(user.asked().len() > 3, "a person may try again");
}

#[tokio::test]
async fn the_server_asks_in_its_own_words() {
    let _calm = calm().await;
    let user = setup().key(None).answering(|question| match question {
        Question::Interactive { prompts, .. } => {
            Answer::Fields(prompts.iter().map(|_| Password::new(PASSWORD.into())).collect())
        }
        _ => Answer::Refuse,
    });
    assert_eq!(says(&user.to("kbd@srv1").await, "id -un").await, "kbd");
    let asked = user.asked();
    let Question::Interactive { prompts, target, .. } = &asked[0] else { panic!("{asked:?}") };
    assert_eq!(
        (prompts[0].text.as_str(), prompts[0].echo, target.as_str()),
        ("Password:", false, "kbd@srv1")
    );
    // What is typed may be good for one login: files and pages of logs go by the connection that is there.
    let target = SshTarget::parse("kbd@srv1").unwrap();
    assert_eq!(says(&user.hub.bulk(&target).await.unwrap(), "id -un").await, "kbd");
    assert_eq!(user.asked().len(), 1, "{:?}", user.asked());
}

#[tokio::test]
async fn two_factors_one_after_the_other() {
    let _calm = calm().await;
    let user = setup().answering(|_| secret(PASSWORD));
    assert_eq!(says(&user.to("two@srv1").await, "id -un").await, "two");
    assert_eq!(user.asked(), [Question::Password { target: "two@srv1".into(), again: false }]);
}

#[tokio::test]
async fn a_certificate_beside_its_key() {
    let _calm = calm().await;
    let user = setup().key(Some(file("cert"))).alone();
    assert_eq!(says(&user.to("ops@srv1").await, "id -un").await, "ops");
    // The certificate names ops only.
    let fault = user.to("guest@srv1").await.connect().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
}

#[tokio::test]
async fn an_agent_signs_for_a_key_that_is_locked_here() {
    let _calm = calm().await;
    let setup = setup().key(Some(file("id_locked")));
    let socket = setup.home().join("agent");
    let agent = Agent::start(&socket);
    let user = setup.agent(socket).alone();
    assert_eq!(says(&user.to("srv1").await, "id -un").await, "root");
    drop(agent);
    // A dead agent is no obstacle to other ways, and is named.
    let fault = user.to("guest@srv1").await.connect().await.unwrap_err();
    assert!(fault.message.contains("agent"), "{fault:?}");
}

/// An ssh-agent that holds the bed's key and ends with this.
struct Agent(std::process::Child);

impl Agent {
    #[allow(clippy::disallowed_methods)] // The real agent is what is tested against.
    fn start(socket: &std::path::Path) -> Self {
        let agent = std::process::Command::new("ssh-agent")
            .arg("-D")
            .arg("-a")
            .arg(socket)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let agent = Self(agent);
        while !socket.exists() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let added = std::process::Command::new("ssh-add")
            .arg("-q")
            .arg(file("id"))
            .env("SSH_AUTH_SOCK", socket)
            .status();
        assert!(added.unwrap().success());
        agent
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_wrong_key_is_named_with_what_the_server_would_take() {
    let _calm = calm().await;
    let user = setup().key(Some(file("user_ca"))).alone();
    let fault = user.to("srv1").await.connect().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
    for part in ["did not let root in", "tried key ", "user_ca", "it takes publickey"] {
        assert!(fault.message.contains(part), "{part}: {fault:?}");
    }
    assert!(fault.hint.unwrap().contains("ssh-copy-id"));
}

#[tokio::test]
async fn no_more_than_three_keys_are_offered() {
    let _calm = calm().await;
    let mut setup = setup();
    for name in ["a", "b", "c", "d"] {
        let path = setup.home().join(name);
        fs::copy(file("user_ca"), &path).unwrap();
        if name != "a" {
            generate(&path);
        }
        setup = setup.config(&format!("IdentityFile {}", path.display()));
    }
    let user = setup.alone();
    let fault = user.to("srv1").await.connect().await.unwrap_err();
    assert_eq!(
        fault.message.matches("tried key").count() + fault.message.matches(", key").count(),
        3,
        "{fault:?}"
    );
    assert!(fault.message.contains("not the other 2 keys"), "{fault:?}");
}

#[allow(clippy::disallowed_methods)] // A key as OpenSSH makes it.
fn generate(path: &std::path::Path) {
    fs::remove_file(path).unwrap();
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(path)
        .status();
    assert!(made.unwrap().success());
}

#[tokio::test]
async fn without_a_screen_every_question_is_a_refusal_with_a_way_out() {
    let _calm = calm().await;
    let user = setup().key(Some(file("id_locked"))).alone();
    let fault = user.to("srv1").await.connect().await.unwrap_err();
    assert!(fault.message.contains("ssh-add"), "{fault:?}");
    let fault = user.to("pw@srv1").await.connect().await.unwrap_err();
    assert!(
        fault.in_full().contains("wants a password; there is nobody to ask; let a key log in"),
        "{fault:?}"
    );
}
