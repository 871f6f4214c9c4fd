//! Two hundred servers read every two seconds over SSH: what that costs the client. `cargo bench --bench fleet`.
//!
//! The servers are one other process (this program, started again), which answers every request with a recorded
//! reading; so the figures are the client's alone: connections, ciphers, parsing, rates, history.

// The relaxation of .clippy.toml covers functions marked as tests, not benches.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use pult::backends::clock;
use pult::backends::server::{Elevate, Watch, serve};
use pult::backends::ssh::{Asker, Hub, Spawn, Surroundings};
use pult::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use pult::domain::ids::TargetId;
use pult::domain::remote::Remote;
use pult::domain::server::{Pace, Server};
use pult::domain::ssh_target::SshTarget;
use pult::domain::world::World;
use pult::runtime::connections;
use regex::bytes::Regex;
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Server as _, Session};
use russh::{Channel, ChannelId};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

const HOSTS: u16 = 200;
const SECONDS: u64 = 30;
const READING: &str = include_str!("../it/backends/captures/vitals.txt");

fn key() -> PrivateKey {
    Ed25519Keypair::from_seed(&[7; 32]).into()
}

/// A server that plays back a reading; its clock goes on.
#[derive(Default)]
struct Recorded {
    /// The mark of each script that runs.
    nonces: HashMap<ChannelId, String>,
    readings: u32,
}

struct Servers;

impl russh::server::Server for Servers {
    type Handler = Recorded;

    fn new_client(&mut self, _: Option<std::net::SocketAddr>) -> Recorded {
        Recorded::default()
    }
}

impl Handler for Recorded {
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
        session.channel_success(id)?;
        let found = Regex::new(r"036([0-9a-f]{16}) ready").ok().and_then(|r| r.captures(line));
        let Some(nonce) = found.and_then(|f| String::from_utf8(f[1].to_vec()).ok()) else {
            session.exit_status_request(id, 0)?;
            return session.close(id);
        };
        session.data(id, format!("\x1e{nonce} ready\n").into_bytes())?;
        self.nonces.insert(id, nonce);
        Ok(())
    }

    async fn data(&mut self, id: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        for letter in data.iter().filter(|b| b.is_ascii_lowercase()) {
            let body = match letter {
                b'f' => {
                    self.readings += 2;
                    let uptime = format!("{}.66 996.99", 3447 + self.readings);
                    READING.replace("3447.66 996.99", &uptime)
                }
                b'i' => "==> user <==\nops\n1000\n".to_owned(),
                _ => "==> df <==\nFilesystem Type 1B-blocks Used Available Capacity Mounted on\n/dev/sda1 ext4 100 50 50 50% /\n".to_owned(),
            };
            let nonce = self.nonces.get(&id).map_or("", String::as_str);
            let mark = format!("\x1e{nonce} {}\n", char::from(*letter));
            session.data(id, [body.as_bytes(), mark.as_bytes()].concat())?;
        }
        Ok(())
    }
}

async fn play() {
    let config =
        Arc::new(Config { keys: vec![key()], auth_rejection_time: Duration::ZERO, ..Config::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address").port());
    let _ = Servers.run_on_socket(config, &listener).await;
}

/// Seconds of processor time of this process, and its resident memory in MiB.
fn cost() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let words: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks: f64 = words.iter().skip(11).take(2).filter_map(|w| w.parse::<f64>().ok()).sum();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let rss =
        status.lines().find_map(|l| l.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<f64>().ok());
    (ticks / 100.0, rss.unwrap_or_default() / 1024.0)
}

async fn read_them_all(port: u16) {
    let home = tempfile::tempdir().expect("a folder");
    let own = Ed25519Keypair::from_seed(&[8; 32]);
    let own = PrivateKey::from(own).to_openssh(Default::default()).expect("a key");
    fs::write(home.path().join("id"), own.as_bytes()).expect("a file");
    let known = key().public_key().to_openssh().expect("a key");
    fs::write(home.path().join("known_hosts"), format!("[127.0.0.1]:{port} {known}\n")).expect("a file");
    let file = |name: &str| home.path().join(name).display().to_string();
    let mut config = String::new();
    for host in 0..HOSTS {
        // Each is somebody else's: one account at one address is one connection.
        config += &format!("Host h{host}\n  User u{host}\n  HostKeyAlias [127.0.0.1]:{port}\n");
    }
    config += &format!("Host *\n  HostName 127.0.0.1\n  Port {port}\n  IdentitiesOnly yes\n");
    config += &format!("  IdentityFile {}\n  UserKnownHostsFile {}\n", file("id"), file("known_hosts"));
    fs::write(home.path().join("config"), config).expect("a file");
    let around = Surroundings {
        home: Some(home.path().to_owned()),
        user: "ops".into(),
        agent: None,
        config: Some(home.path().join("config")),
        program: None,
    };
    let stop = CancellationToken::new();
    let spawn = Spawn::new(|_, work| drop(tokio::spawn(work)));
    let hub = Hub::new(around, Asker::nobody(), spawn, stop.clone());
    let began = clock::instant();
    let (_pace, wanted) = watch::channel(Pace::Shown);
    let mut states = Vec::new();
    for host in 0..HOSTS {
        let endpoint = ServerEndpoint {
            place: ServerPlace::Ssh(SshTarget::alias(&format!("h{host}"))),
            sudo: SudoUse::Never,
        };
        let shell = connections::shell(&hub, &endpoint);
        let (out, state) = watch::channel(Remote::<Server>::default());
        let retry = Arc::new(Notify::new());
        let watch = Watch { shell, elevate: Elevate::Never, pace: wanted.clone(), out, retry };
        tokio::spawn(serve(watch, stop.clone()));
        states.push((TargetId::server(&format!("h{host}")), state));
    }
    let mut slowest = Duration::ZERO;
    for (id, state) in &mut states {
        // The recorded processors stand still, so rates are told by the interfaces.
        let live = |r: &Remote<Server>| {
            let vitals = r.value.as_ref().and_then(|server| server.vitals.clone());
            vitals.is_some_and(|v| v.net.iter().any(|net| net.rx_bytes_per_s.is_some()))
        };
        let patience = Duration::from_secs(60);
        let is_up = tokio::time::timeout(patience, state.wait_for(live)).await.is_ok_and(|up| up.is_ok());
        if !is_up {
            eprintln!("{id} did not come up: {:?}", state.borrow().link);
        }
        slowest = slowest.max(began.elapsed());
    }
    println!("{HOSTS} servers: all with rates after {:.2} s", slowest.as_secs_f64());
    let mut world = World::default();
    let (cpu, _) = cost();
    let began = clock::instant();
    let mut readings = 0;
    while began.elapsed() < Duration::from_secs(SECONDS) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        for (id, state) in &mut states {
            if state.has_changed().unwrap_or(false) {
                world.take_server(id.clone(), state.borrow_and_update().clone());
                readings += 1;
            }
        }
    }
    let (after, rss) = cost();
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{:.1} % of one core, {rss:.1} MiB, {:.0} readings/s",
        (after - cpu) / seconds * 100.0,
        f64::from(readings) / seconds
    );
    stop.cancel();
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if std::env::args().any(|a| a == "--play") {
        return runtime.block_on(play());
    }
    let program = std::env::current_exe().expect("this program");
    let mut servers = std::process::Command::new(program)
        .arg("--play")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the servers start");
    let mut port = String::new();
    let out = servers.stdout.take().expect("a pipe");
    BufReader::new(out).read_line(&mut port).expect("a port");
    runtime.block_on(read_them_all(port.trim().parse().expect("a number")));
    let _ = servers.kill();
    let _ = servers.wait();
    let _ = std::io::stdout().flush();
}
