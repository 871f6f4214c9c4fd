//! What the tests of SSH share: the two servers, a home of one's own, and somebody who answers questions.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use pult::backends::argv::Argv;
use pult::backends::ssh::{Asker, Connection, Exit, Hears, Hub, Keeper, Output, Spawn, Surroundings};
use pult::domain::fault::Fault;
use pult::domain::guard::Guard;
use pult::domain::mutation::Mutation;
use pult::domain::password::Password;
use pult::domain::question::{Answer, Question};
use pult::domain::ssh_target::SshTarget;
use pult::domain::trust::{Keep, TakenKey, TrustHost};
use pult::gate::{self, Authorized, Entry, Ledger, Plan, Proof};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::docker_bed::{spawn, var};

pub const SOON: Duration = Duration::from_secs(60);
pub const PASSWORD: &str = "bed-pass";

/// A file of the bed: keys, authorities, known_hosts.
pub fn file(name: &str) -> PathBuf {
    PathBuf::from(var("PULT_BED_SSH_DIR")).join(name)
}

pub fn port(server: u8) -> u16 {
    var(&format!("PULT_BED_SSH_{server}")).rsplit_once(':').unwrap().1.parse().unwrap()
}

/// The public key of a server of the bed, `ssh-ed25519 AAAA…`.
pub fn host_key(server: u8, kind: &str) -> String {
    let text = fs::read_to_string(file(&format!("srv{server}/ssh_host_{kind}_key.pub"))).unwrap();
    text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// What somebody says to a question.
pub enum Say {
    Answer(Answer),
    Trust(Keep),
}

impl From<Answer> for Say {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl From<Keep> for Say {
    fn from(keep: Keep) -> Self {
        Self::Trust(keep)
    }
}

struct Book;

impl Ledger for Book {
    fn intent(&mut self, _: &Entry) -> io::Result<u64> {
        Ok(1)
    }
}

/// Through the gate, as there is no other way.
pub fn authorized(question: &Question, keep: Keep) -> Authorized {
    let Question::HostKey(key) = question else { panic!("{question:?}") };
    let plan = Plan { command: "test", mutations: vec![Mutation::TrustHost(TrustHost::new(1, key, keep))] };
    let consent = gate::weigh(plan, |_| Guard::Confirm, Timestamp::UNIX_EPOCH).unwrap();
    gate::authorize(consent, &Proof::Yes, Timestamp::UNIX_EPOCH, &mut Book).unwrap().remove(0)
}

pub fn secret(text: &str) -> Answer {
    Answer::Secret(Password::new(text.to_owned()))
}

/// A user's side: a home, an ssh_config, and his connections; they end with it.
pub struct User {
    pub home: tempfile::TempDir,
    pub hub: Hub,
    pub asked: Arc<Mutex<Vec<Question>>>,
    stop: CancellationToken,
}

impl Drop for User {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// How a user is set up.
pub struct Setup {
    home: tempfile::TempDir,
    config: String,
    key: Option<PathBuf>,
    known_hosts: PathBuf,
    agent: Option<PathBuf>,
}

/// The usual: the bed's key, the bed's known_hosts, OpenSSH's client to read the configuration.
pub fn setup() -> Setup {
    let home = tempfile::tempdir().unwrap();
    Setup {
        home,
        config: String::new(),
        key: Some(file("id")),
        known_hosts: file("known_hosts"),
        agent: None,
    }
}

/// Keys that were taken unasked, and what came of each.
#[derive(Default)]
pub struct Heard(pub Mutex<Vec<Taken>>);

pub type Taken = (TakenKey, Option<Result<String, Fault>>);

impl Hears for Heard {
    fn begin(&self, key: TakenKey) -> BoxFuture<'_, Result<u64, Fault>> {
        let mut heard = self.0.lock().unwrap();
        heard.push((key, None));
        let entry = heard.len() as u64 - 1;
        Box::pin(async move { Ok(entry) })
    }

    fn end(&self, entry: u64, outcome: Result<String, Fault>) -> BoxFuture<'_, ()> {
        self.0.lock().unwrap()[entry as usize].1 = Some(outcome);
        Box::pin(async {})
    }
}

impl Setup {
    /// More lines, before all others.
    pub fn config(mut self, text: &str) -> Self {
        self.config.push_str(text);
        self.config.push('\n');
        self
    }

    pub fn key(mut self, key: Option<PathBuf>) -> Self {
        self.key = key;
        self
    }

    pub fn agent(mut self, socket: PathBuf) -> Self {
        self.agent = Some(socket);
        self
    }

    /// Own known hosts with this content.
    pub fn known_hosts(mut self, text: &str) -> Self {
        self.known_hosts = self.home.path().join("known_hosts");
        fs::write(&self.known_hosts, text).unwrap();
        self
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Nobody answers.
    pub fn alone(self) -> User {
        self.build(Asker::nobody(), Arc::default())
    }

    /// Nobody answers; what ssh_config takes by itself is heard.
    pub fn heard(self, heard: &Arc<Heard>) -> User {
        self.build(Asker::nobody().heard_by(Some(Keeper(heard.clone()))), Arc::default())
    }

    /// Somebody answers every question: by an [`Answer`], or by how long a key is trusted.
    pub fn answering<S: Into<Say>>(self, mut answer: impl FnMut(&Question) -> S + Send + 'static) -> User {
        let (asker, mut questions) = Asker::new();
        let asked: Arc<Mutex<Vec<Question>>> = Arc::default();
        let notes = Arc::clone(&asked);
        spawn(async move {
            while let Some(one) = questions.recv().await {
                let say = answer(&one.question).into();
                notes.lock().unwrap().push(one.question.clone());
                match say {
                    Say::Answer(answer) => one.answer(answer),
                    Say::Trust(keep) => {
                        let allowed = authorized(&one.question, keep);
                        // It waits for the outcome, and the next question may come before.
                        spawn(async move { drop(one.trust(allowed).await) });
                    }
                }
            }
        });
        self.build(asker, asked)
    }

    fn build(self, asker: Asker, asked: Arc<Mutex<Vec<Question>>>) -> User {
        let mut config = self.config;
        for server in [1, 2, 3] {
            config += &format!("Host srv{server}\n  HostName 127.0.0.1\n  Port {}\n", port(server));
        }
        config += "Host *\n  User root\n  IdentitiesOnly yes\n";
        config += &format!("  UserKnownHostsFile {}\n", self.known_hosts.display());
        config += "  GlobalKnownHostsFile /nowhere\n";
        let key = self.key.unwrap_or_else(|| "/nowhere/key".into());
        config += &format!("  IdentityFile {}\n", key.display());
        let path = self.home.path().join("ssh_config");
        fs::write(&path, config).unwrap();
        let around = Surroundings {
            home: Some(self.home.path().to_owned()),
            user: "me".into(),
            agent: self.agent,
            config: Some(path),
            program: Some("ssh".into()),
        };
        let stop = CancellationToken::new();
        let start = Spawn::new(|_, work| drop(spawn(work)));
        let hub = Hub::new(around, asker, start, stop.clone());
        User { home: self.home, hub, asked, stop }
    }
}

impl User {
    pub async fn to(&self, target: &str) -> Connection {
        self.hub.connection(&SshTarget::parse(target).unwrap()).await.unwrap()
    }

    pub fn asked(&self) -> Vec<Question> {
        self.asked.lock().unwrap().clone()
    }
}

/// The output of a script that succeeds.
pub async fn says(connection: &Connection, script: &'static str) -> String {
    let output = run(connection, script).await;
    assert_eq!(output.exit, Exit::Code(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Kills the process that serves a connection on its server, and nothing else of that user.
pub async fn cut(server: u8, connection: &Connection) {
    let pid = says(connection, "echo $PPID").await;
    let killer = setup().alone();
    let root = killer.to(&format!("srv{server}")).await;
    let killed = root.exec(&Argv::script("kill -KILL \"$1\"").operand(&pid), SOON).await.unwrap();
    assert!(killed.exit.is_success(), "{killed:?}");
}

pub async fn run(connection: &Connection, script: &'static str) -> Output {
    connection.exec(&Argv::script(script), SOON).await.unwrap()
}

/// A way to a server that can be shut: who is on it is thrown off, and nobody gets in until it is opened again.
pub struct Gate {
    open: watch::Sender<bool>,
    port: u16,
}

impl Gate {
    pub async fn before(server: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let open = watch::Sender::new(true);
        let mut is_open = open.subscribe();
        spawn(async move {
            while let Ok((mut ours, _)) = listener.accept().await {
                // Whoever holds the sender has gone: so does this.
                if is_open.has_changed().is_err() {
                    return;
                }
                if !*is_open.borrow_and_update() {
                    continue;
                }
                let mut shut = is_open.clone();
                spawn(async move {
                    let mut theirs = TcpStream::connect(("127.0.0.1", self::port(server))).await.unwrap();
                    tokio::select! {
                        _ = shut.wait_for(|open| !open) => {}
                        _ = tokio::io::copy_bidirectional(&mut ours, &mut theirs) => {}
                    }
                });
            }
        });
        Self { open, port }
    }

    pub fn set(&self, open: bool) {
        self.open.send_replace(open);
    }

    /// Lines of ssh_config that lead there by this name.
    pub fn config(&self, name: &str, server: u8) -> String {
        let (at, key) = (self.port, format!("[127.0.0.1]:{}", port(server)));
        format!("Host {name}\n  HostName 127.0.0.1\n  Port {at}\n  HostKeyAlias {key}")
    }
}
