//! Ways that are not straight: a program as the connection, and servers that know only what is old.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use pult::domain::fault::FaultKind;
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::server::{Auth, Config, Handler, Server as _};
use russh::{Preferred, cipher, kex, mac};
use tokio::net::TcpListener;

use super::docker_bed::{calm, spawn};
use super::ssh_bed::{port, says, setup};

/// OpenSSH's own client carries the connection, through a server of the bed.
#[tokio::test]
async fn a_program_carries_the_connection_and_ends_with_it() {
    let _calm = calm().await;
    let dir = tempfile::tempdir().unwrap();
    let pids = dir.path().join("pids");
    let script = dir.path().join("carry");
    let text = format!("#!/bin/sh\necho $$ >>{}\nexec busybox nc \"$1\" \"$2\"\n", pids.display());
    std::fs::write(&script, text).unwrap();
    let config = format!(
        "Host carried\nHostName 127.0.0.1\nPort {}\nProxyCommand sh {} %h '%p'",
        port(1),
        script.display()
    );
    let user = setup().config(&config).alone();
    let connection = user.to("ops@carried").await;
    assert_eq!(says(&connection, "id -un; hostname").await, "ops\nsrv1");
    let pid = std::fs::read_to_string(&pids).unwrap().trim().to_owned();
    let runs = || std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| !s.contains(") Z "));
    assert!(runs());
    user.hub.close(connection.target()).await.unwrap();
    let gone = async {
        while runs() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();
}

#[tokio::test]
async fn a_program_that_fails_says_why_in_the_fault_and_nothing_on_the_screen() {
    let config = "Host broken\nProxyCommand echo no way to %h >&2; exit 1\n\
        Host asking\nProxyCommand sh -c 'printf \"token for %r? \" >/dev/tty; exit 3'\n\
        Host none\nHostName 127.0.0.1\nPort 9\nProxyCommand none\n\
        Host evil\nHostName a;touch${IFS}x\nProxyCommand nc %h %p\n\
        Host handed\nProxyCommand nc -F %h %p\nProxyUseFdpass yes";
    let user = setup().config(config).alone();
    for (target, kind, part) in [
        ("broken", FaultKind::Unreachable, "made no connection; it said: no way to broken"),
        ("asking", FaultKind::Unreachable, "token for root?"),
        ("none", FaultKind::Unreachable, "nothing listens at 127.0.0.1:9"),
        ("handed", FaultKind::Unsupported, "ProxyUseFdpass"),
    ] {
        let fault = user.to(target).await.connect().await.unwrap_err();
        assert!(
            fault.kind == kind && fault.message.contains(part) && fault.hint.is_some(),
            "{target}: {fault:?}"
        );
    }
    // OpenSSH itself may refuse such a name before anything is run.
    let evil = pult::domain::ssh_target::SshTarget::alias("evil");
    let fault = match user.hub.connection(&evil).await {
        Ok(connection) => connection.connect().await.unwrap_err(),
        Err(fault) => fault,
    };
    assert_eq!(fault.kind, FaultKind::Unsupported, "{fault:?}");
}

#[derive(Clone)]
struct Old;

impl russh::server::Server for Old {
    type Handler = Self;

    fn new_client(&mut self, _: Option<std::net::SocketAddr>) -> Self {
        self.clone()
    }
}

impl Handler for Old {
    type Error = russh::Error;

    async fn auth_publickey(
        &mut self,
        _: &str,
        _: russh::server::VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(Auth::Accept)
    }
}

/// A server that offers no more than this, and the line of known_hosts for it.
async fn old(preferred: Preferred) -> (u16, String) {
    let key: PrivateKey = Ed25519Keypair::from_seed(&[6; 32]).into();
    let known = key.public_key().to_openssh().unwrap();
    let config =
        Config { keys: vec![key], auth_rejection_time: Duration::ZERO, preferred, ..Config::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    spawn(async move { Old.run_on_socket(Arc::new(config), &listener).await });
    (port, format!("[127.0.0.1]:{port} {known}\n"))
}

#[tokio::test]
async fn what_is_old_is_refused_named_and_taken_where_ssh_config_says_so() {
    const GROUP1: &[kex::Name] = &[kex::DH_G1_SHA1];
    const CBC: &[cipher::Name] = &[cipher::AES_128_CBC];
    const SHA1: &[mac::Name] = &[mac::HMAC_SHA1];
    let usual = Preferred::default;
    for (preferred, kind, line) in [
        (
            Preferred { kex: Cow::Borrowed(GROUP1), ..usual() },
            "key exchange",
            "KexAlgorithms +diffie-hellman-group1-sha1",
        ),
        (Preferred { cipher: Cow::Borrowed(CBC), ..usual() }, "cipher", "Ciphers +aes128-cbc"),
        (
            Preferred { mac: Cow::Borrowed(SHA1), cipher: Cow::Borrowed(&[cipher::AES_128_CTR]), ..usual() },
            "MAC",
            "MACs +hmac-sha1",
        ),
    ] {
        let (port, known) = old(preferred).await;
        let host = format!("Host old\nHostName 127.0.0.1\nPort {port}\n");
        let user = setup().config(&host).known_hosts(&known).alone();
        let fault = user.to("old").await.connect().await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unsupported, "{fault:?}");
        assert!(fault.message.contains(&format!("no common {kind}")), "{fault:?}");
        assert!(fault.hint.as_ref().unwrap().contains(line), "{fault:?}");
        // Exactly the line that the hint names.
        let user = setup().config(&format!("{host}{line}\n")).known_hosts(&known).alone();
        assert_eq!(user.to("old").await.connect().await, Ok(()), "{line}");
        // And for this server only.
        let user = setup().config(&format!("Host other\n{line}\n{host}")).known_hosts(&known).alone();
        assert!(user.to("old").await.connect().await.is_err());
    }
}

/// Where a `Match` can be decided by OpenSSH only, what was written is seen in what it prints.
#[tokio::test]
async fn a_wish_behind_a_match_counts_too() {
    let only_cbc = Preferred { cipher: Cow::Borrowed(&[cipher::AES_128_CBC]), ..Preferred::default() };
    let (port, known) = old(only_cbc).await;
    let text = format!(
        "Match originalhost old exec true\nCiphers +aes128-cbc\nHost old\nHostName 127.0.0.1\nPort {port}\n"
    );
    let user = setup().config(&text).known_hosts(&known).alone();
    assert_eq!(user.to("old").await.connect().await, Ok(()));
}

#[tokio::test]
async fn a_list_that_leaves_nothing_says_so() {
    let user =
        setup().config("Host x\nHostName 127.0.0.1\nPort 2201\nCiphers aes128-gcm@openssh.com").alone();
    assert_eq!(user.to("x").await.connect().await, Ok(()), "known here, though not usual");
    let user = setup().config("Host x\nHostName 127.0.0.1\nPort 2201\nMACs umac-64@openssh.com").alone();
    let fault = user.to("x").await.connect().await.unwrap_err();
    assert!(fault.kind == FaultKind::Unsupported && fault.message.contains("MACs"), "{fault:?}");
}
