//! Servers that misbehave on purpose.

use std::sync::Arc;
use std::time::Duration;

use pult::backends::argv::Argv;
use pult::backends::ssh::Connection;
use pult::domain::fault::FaultKind;
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Server as _, Session};
use russh::{Channel, ChannelId};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::docker_bed::spawn;
use super::ssh_bed::{SOON, User, setup};

/// What the server does when a program is to run.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mood {
    /// Prints without end.
    Endless,
    /// Says neither yes nor no.
    Silent,
    /// Says yes, and then nothing.
    Mute,
    /// Says no.
    No,
    /// Ends without a status.
    NoStatus,
    /// Complains without end.
    Complaining,
}

struct Fake(Mood);

impl russh::server::Server for Fake {
    type Handler = Self;

    fn new_client(&mut self, _: Option<std::net::SocketAddr>) -> Self {
        Self(self.0)
    }
}

impl Handler for Fake {
    type Error = russh::Error;

    async fn auth_publickey(
        &mut self,
        _: &str,
        _: russh::server::VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        line: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        // The first session of a connection is to succeed.
        if line == b"exit 0" {
            session.channel_success(id)?;
            session.exit_status_request(id, 0)?;
            return session.close(id);
        }
        match self.0 {
            Mood::Silent => {}
            Mood::No => session.channel_failure(id)?,
            Mood::Mute => session.channel_success(id)?,
            Mood::NoStatus => {
                session.channel_success(id)?;
                session.data(id, "half".as_bytes().to_vec())?;
                session.close(id)?;
            }
            Mood::Endless | Mood::Complaining => {
                session.channel_success(id)?;
                let (handle, complains) = (session.handle(), self.0 == Mood::Complaining);
                spawn(async move {
                    loop {
                        let data = vec![b'x'; 32 << 10];
                        let sent = match complains {
                            true => handle.extended_data(id, 1, data).await.is_ok(),
                            false => handle.data(id, data).await.is_ok(),
                        };
                        if !sent {
                            return;
                        }
                    }
                });
            }
        }
        Ok(())
    }
}

async fn fake(mood: Mood) -> (User, Connection) {
    let key: PrivateKey = Ed25519Keypair::from_seed(&[5; 32]).into();
    let known = key.public_key().to_openssh().unwrap();
    let config =
        Arc::new(Config { keys: vec![key], auth_rejection_time: Duration::ZERO, ..Config::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    spawn(async move { Fake(mood).run_on_socket(config, &listener).await });
    let user = setup().known_hosts(&format!("[127.0.0.1]:{port} {known}\n")).alone();
    let connection = user.to(&format!("127.0.0.1:{port}")).await;
    (user, connection)
}

#[tokio::test]
async fn endless_output_is_bounded_and_others_are_served() {
    for mood in [Mood::Endless, Mood::Complaining] {
        let (_user, connection) = fake(mood).await;
        let flood = connection.start(&Argv::new("yes")).await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        let second = connection.start(&Argv::new("yes")).await.unwrap();
        assert!(flood.complaint().len() <= 64 << 10);
        assert!(mood == Mood::Complaining || flood.lost() > 0, "nobody reads it");
        drop((flood, second));
        let fault = connection.exec(&Argv::new("yes"), Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Timeout);
    }
}

#[tokio::test]
async fn neither_yes_nor_no_is_given_up() {
    let (_user, connection) = fake(Mood::Silent).await;
    let fault = connection.start(&Argv::new("id")).await.unwrap_err();
    assert!(fault.kind == FaultKind::Timeout && fault.message.contains("running id"), "{fault:?}");
    let (_user, connection) = fake(Mood::Mute).await;
    let fault = connection.exec(&Argv::new("id"), Duration::from_secs(1)).await.unwrap_err();
    assert!(fault.message.contains("did not end within 1 s"), "{fault:?}");
}

#[tokio::test]
async fn no_is_no_and_an_end_without_a_status_is_unknown() {
    let (_user, connection) = fake(Mood::No).await;
    let fault = connection.start(&Argv::new("id")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
    let (_user, connection) = fake(Mood::NoStatus).await;
    let fault = connection.exec(&Argv::new("id"), SOON).await.unwrap_err();
    assert!(fault.kind == FaultKind::Lost && fault.message.contains("its session ended"), "{fault:?}");
}

#[tokio::test]
async fn what_is_no_ssh_is_named_as_such() {
    for (garbage, kind) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], None),
        (&b"SSH-2.0-x\r\n\xff\xff\xff\xff garbage garbage garbage"[..], Some(FaultKind::Protocol)),
        (&b""[..], Some(FaultKind::Unreachable)),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let _ = socket.write_all(garbage).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        let user = setup().alone();
        let fault = user.to(&format!("127.0.0.1:{port}")).await.connect().await.unwrap_err();
        assert!(kind.is_none_or(|kind| kind == fault.kind), "{garbage:?}: {fault:?}");
        assert!(matches!(fault.kind, FaultKind::Protocol | FaultKind::Unreachable) && fault.hint.is_some());
    }
}
