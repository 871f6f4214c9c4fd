//! What the tests of the Docker backend share: the two engines, containers that go away with the test, and
//! waiting for something to become true.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use pult::backends::docker::{self, Docker};
use pult::domain::container::Container;
use pult::domain::docker::DockerHost;
use pult::domain::endpoint::{DockerEndpoint, TlsFiles};
use pult::domain::ids::TargetId;
use pult::domain::remote::Remote;
use serde_json::{Value, json};
use tokio::sync::{Notify, RwLock, RwLockReadGuard, RwLockWriteGuard, watch};
use tokio_util::sync::CancellationToken;

/// One of the engines of `tests/bed/docker.sh`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bed {
    /// API 1.41.
    Old,
    /// API 1.44 or later.
    New,
}

pub const BOTH: [Bed; 2] = [Bed::Old, Bed::New];

/// Tests that need their engines alive hold it shared; one that kills or freezes an engine holds it alone.
static ENGINES: RwLock<()> = RwLock::const_new(());

/// Nobody kills an engine while this is held.
pub async fn calm() -> RwLockReadGuard<'static, ()> {
    ENGINES.read().await
}

/// Nobody else uses the engines while this is held.
pub async fn alone() -> RwLockWriteGuard<'static, ()> {
    ENGINES.write().await
}

/// A variable of the test bed.
pub fn var(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/run"))
}

impl Bed {
    pub fn socket(self) -> PathBuf {
        let url = var(match self {
            Self::Old => "PULT_BED_DOCKER_OLD",
            Self::New => "PULT_BED_DOCKER_NEW",
        });
        url.strip_prefix("unix://").expect("a Unix socket").into()
    }

    pub fn word(self) -> &'static str {
        if self == Self::Old { "old" } else { "new" }
    }

    pub fn client(self) -> Docker {
        client(DockerEndpoint::Unix(self.socket()))
    }

    /// A client that comes by the network, for which the engine's files are on another machine.
    pub fn remote_client(self) -> Docker {
        let url = match self {
            Self::Old => var("PULT_BED_DOCKER_TCP"),
            Self::New => var("PULT_BED_DOCKER_TLS"),
        };
        let (host, port) = url.strip_prefix("tcp://").unwrap().rsplit_once(':').unwrap();
        let (host, port) = (host.to_owned(), port.parse().unwrap());
        client(match self {
            Self::Old => DockerEndpoint::Tcp { host, port },
            Self::New => DockerEndpoint::Tls { host, port, files: certificates() },
        })
    }

    /// A request past the code under test.
    pub fn http(self, method: &str, path: &str, body: Option<Value>) -> (u16, String) {
        self.try_http(method, path, body).expect("the engine answers: run tests/run")
    }

    /// Another run of the tests may have the engine down for a moment.
    fn connect(self) -> std::io::Result<UnixStream> {
        let mut tried = UnixStream::connect(self.socket());
        for _ in 0..100 {
            if tried.is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
            tried = UnixStream::connect(self.socket());
        }
        tried
    }

    fn try_http(self, method: &str, path: &str, body: Option<Value>) -> std::io::Result<(u16, String)> {
        let mut stream = self.connect()?;
        let body = body.map(|b| b.to_string()).unwrap_or_default();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        Ok((status, answer.split_once("\r\n\r\n").map(|(_, b)| b.to_owned()).unwrap_or_default()))
    }

    /// Runs `tests/bed/docker.sh VERB ENGINE`.
    pub fn script(self, verb: &str) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/docker.sh");
        #[allow(clippy::disallowed_methods)] // The tests' own servers.
        let done = std::process::Command::new("bash").args([script, verb, self.word()]).output().unwrap();
        assert!(done.status.success(), "{verb}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// The client's own.
pub fn certificates() -> TlsFiles {
    let certs = PathBuf::from(var("PULT_BED_DOCKER_CERTS"));
    let file = |name: &str| Some(certs.join(name));
    TlsFiles { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem"), skip_verify: false }
}

pub fn client(endpoint: DockerEndpoint) -> Docker {
    Docker::new(TargetId::docker("bed"), endpoint, false).unwrap()
}

/// A name that no other test uses.
pub fn unique(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("pult-{what}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A container that is removed when the test ends, however it ends.
pub struct Made {
    pub bed: Bed,
    pub id: String,
    pub name: String,
}

impl Made {
    /// Creates one that runs `sh -c SCRIPT`; `more` is merged into the engine's request.
    pub fn create(bed: Bed, what: &str, script: &str, more: Value) -> Self {
        let name = unique(what);
        let mut request = json!({
            "Image": "pult-bed/busybox:1", "Cmd": ["sh", "-c", script], "StopTimeout": 1,
            "Labels": {"pult.test": "1"},
        });
        merge(&mut request, more);
        let (status, body) =
            bed.http("POST", &format!("/v1.41/containers/create?name={name}"), Some(request));
        assert_eq!(status, 201, "{body}");
        let id = serde_json::from_str::<Value>(&body).unwrap()["Id"].as_str().unwrap().to_owned();
        Self { bed, id, name }
    }

    pub fn run(bed: Bed, what: &str, script: &str, more: Value) -> Self {
        let made = Self::create(bed, what, script, more);
        made.post("start");
        made
    }

    pub fn post(&self, verb: &str) {
        let (status, body) = self.bed.http("POST", &format!("/v1.41/containers/{}/{verb}", self.id), None);
        assert!(status < 400, "{verb} {}: {status} {body}", self.name);
    }

    pub fn inspect(&self) -> Value {
        let (status, body) = self.bed.http("GET", &format!("/v1.41/containers/{}/json", self.id), None);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // `tests/bed/docker.sh clean` takes what an engine that is gone keeps.
        let _ = self.bed.try_http("DELETE", &format!("/v1.41/containers/{}?force=1&v=1", self.id), None);
    }
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// An engine that a test kills or freezes: it runs again when this goes, however the test ends. Declare it
/// after the containers, which are removed later then.
pub struct Disturbed(pub Bed);

impl Drop for Disturbed {
    fn drop(&mut self) {
        self.0.script("start");
    }
}

/// The watcher of an engine, running for as long as this lives.
pub struct Watching {
    pub seen: watch::Receiver<Remote<DockerHost>>,
    /// Tries again at once.
    pub retry: Arc<Notify>,
    stop: CancellationToken,
}

impl Watching {
    pub fn of(docker: Docker) -> Self {
        let (out, seen) = watch::channel(Remote::default());
        let (retry, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        spawn(docker::serve(docker, out, retry.clone(), stop.clone()));
        Self { seen, retry, stop }
    }

    /// Waits until the picture is as wanted.
    pub async fn until(
        &mut self,
        what: &str,
        seconds: u64,
        want: impl FnMut(&Remote<DockerHost>) -> bool,
    ) -> Remote<DockerHost> {
        let wait = Duration::from_secs(seconds);
        if let Ok(found) = tokio::time::timeout(wait, self.seen.wait_for(want)).await {
            return found.unwrap().clone();
        }
        panic!("not within {seconds} s: {what}; the picture is {:?}", self.seen.borrow())
    }

    /// Waits until the row is as wanted.
    pub async fn row(
        &mut self,
        id: &str,
        what: &str,
        mut want: impl FnMut(&Container) -> bool,
    ) -> Arc<Container> {
        self.until(what, 20, |r| row(r, id).is_some_and(|c| want(c))).await;
        row(&self.seen.borrow(), id).cloned().unwrap()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub fn row<'a>(remote: &'a Remote<DockerHost>, id: &str) -> Option<&'a Arc<Container>> {
    remote.value.as_ref()?.containers.iter().find(|c| &*c.id.0 == id)
}

#[allow(clippy::disallowed_methods)] // Tests have no runtime of ours.
pub fn spawn<F: Future<Output: Send + 'static> + Send + 'static>(
    future: F,
) -> tokio::task::JoinHandle<F::Output> {
    tokio::spawn(future)
}
