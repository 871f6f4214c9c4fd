//! Many servers in this process: one that never answers, one that is slow, one that is cut in the middle, one that
//! takes no more logins. None of them delays another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pult::backends::argv::Argv;
use pult::backends::ssh::Connection;
use pult::domain::fault::FaultKind;
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Session};
use russh::{Channel, ChannelId};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::docker_bed::spawn;
use super::ssh_bed::setup;

/// Answers every command at once.
struct Prompt(Arc<AtomicUsize>);

impl Handler for Prompt {
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
        _: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        session.channel_success(id)?;
        session.data(id, "here".as_bytes().to_vec())?;
        session.exit_status_request(id, 0)?;
        session.close(id)
    }
}

fn config() -> (Arc<Config>, String) {
    let key: PrivateKey = Ed25519Keypair::from_seed(&[9; 32]).into();
    let known = key.public_key().to_openssh().unwrap();
    (Arc::new(Config { keys: vec![key], auth_rejection_time: Duration::ZERO, ..Config::default() }), known)
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn serve(listener: TcpListener, config: Arc<Config>, asked: Arc<AtomicUsize>) {
    while let Ok((socket, _)) = listener.accept().await {
        let (config, asked) = (Arc::clone(&config), Arc::clone(&asked));
        spawn(async move {
            if let Ok(session) = russh::server::run_stream(config, socket, Prompt(asked)).await {
                let _ = session.await;
            }
        });
    }
}

async fn asks(connection: &Connection) -> Result<(), pult::domain::fault::Fault> {
    connection.exec(&Argv::new("id"), Duration::from_secs(5)).await.map(drop)
}

/// One accepts and says nothing, one takes a byte a tenth of a second: 48 others answer meanwhile, again and again.
#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_servers_a_silent_and_a_slow_one_delay_no_other() {
    let (config, known) = config();
    let (mut ports, mut lines) = (Vec::new(), String::new());
    let asked = Arc::new(AtomicUsize::new(0));
    for number in 0..50 {
        let (listener, port) = listener().await;
        lines += &format!("[127.0.0.1]:{port} {known}\n");
        ports.push(port);
        let (config, asked) = (Arc::clone(&config), Arc::clone(&asked));
        spawn(async move {
            match number {
                0 => {
                    let mut held = Vec::new();
                    while let Ok(one) = listener.accept().await {
                        held.push(one);
                    }
                }
                1 => {
                    while let Ok((mut socket, _)) = listener.accept().await {
                        for byte in b"SSH-2.0-slow\r\n".iter().cycle() {
                            if socket.write_all(&[*byte]).await.is_err() {
                                break;
                            }
                            tokio::time::sleep(Duration::from_millis(100)).await;
                        }
                    }
                }
                _ => serve(listener, config, asked).await,
            }
        });
    }
    let user = setup().known_hosts(&lines).alone();
    let mut connections = Vec::new();
    for port in ports {
        connections.push(user.to(&format!("127.0.0.1:{port}")).await);
    }
    let (bad, good) = connections.split_at(2);
    let stuck: Vec<_> = bad.iter().cloned().map(|one| spawn(async move { asks(&one).await })).collect();
    // The silent ones are given up only long after that.
    let rounds = async {
        for _ in 0..5 {
            let round = good.iter().map(asks);
            for outcome in futures_util::future::join_all(round).await {
                assert_eq!(outcome, Ok(()));
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(8), rounds).await.expect("a silent server delays no other");
    assert!(asked.load(Ordering::Relaxed) >= 48 * 5);
    for one in stuck {
        let fault = one.await.unwrap().unwrap_err();
        assert!(matches!(fault.kind, FaultKind::Timeout | FaultKind::Protocol), "{fault:?}");
    }
}

/// What sshd does when MaxStartups is reached: it hangs up, or says so first. It is tried again, and comes up.
#[tokio::test]
async fn a_server_that_takes_no_more_logins_is_tried_again() {
    let (config, known) = config();
    let (listener, port) = listener().await;
    let asked = Arc::new(AtomicUsize::new(0));
    spawn(async move {
        for refusal in [&b""[..], b"Not allowed at this time\r\n"] {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.write_all(refusal).await;
        }
        serve(listener, config, asked).await;
    });
    let user = setup().known_hosts(&format!("[127.0.0.1]:{port} {known}\n")).alone();
    let connection = user.to(&format!("127.0.0.1:{port}")).await;
    let up = async {
        while let Err(fault) = connection.connect().await {
            assert!(matches!(fault.kind, FaultKind::Unreachable | FaultKind::Protocol), "{fault:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), up).await.unwrap();
}

/// The connection ends in the middle of an encrypted packet: whoever waits hears of it at once, and the next one
/// who asks is served by a new connection.
#[tokio::test]
async fn cut_in_the_middle_of_a_packet_it_is_told_and_comes_back() {
    let (config, known) = config();
    let (inner, inner_port) = listener().await;
    let asked = Arc::new(AtomicUsize::new(0));
    spawn(serve(inner, config, asked));
    let (outer, port) = listener().await;
    // Between both: of the first connection so many bytes come through, which is amid the answers to commands.
    spawn(async move {
        let mut first = true;
        while let Ok((mut client, _)) = outer.accept().await {
            let mut server = tokio::net::TcpStream::connect(("127.0.0.1", inner_port)).await.unwrap();
            let whole = !std::mem::take(&mut first);
            spawn(async move {
                if whole {
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    return;
                }
                let (mut from_client, mut to_client) = client.split();
                let (from_server, mut to_server) = server.split();
                let mut some = tokio::io::AsyncReadExt::take(from_server, 6_001);
                tokio::select! {
                    _ = tokio::io::copy(&mut some, &mut to_client) => {}
                    _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
                }
            });
        }
    });
    let user = setup().known_hosts(&format!("[127.0.0.1]:{port} {known}\n")).alone();
    let connection = user.to(&format!("127.0.0.1:{port}")).await;
    let cut = async {
        loop {
            if let Err(fault) = asks(&connection).await {
                return fault;
            }
        }
    };
    let fault = tokio::time::timeout(Duration::from_secs(10), cut).await.unwrap();
    assert!(fault.kind.is_link() && fault.message.contains("hung up"), "{fault:?}");
    let back = async { while asks(&connection).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(10), back).await.unwrap();
}
