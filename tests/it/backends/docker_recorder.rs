//! The flight recorder at a real engine: a container made anew continues its recording, a crash leaves a
//! capsule, an ordered end leaves none, and a crash loop leaves one.

use std::time::Duration;

use futures_util::StreamExt;
use pult::backends::docker;
use pult::backends::log_source::{LogRange, LogSource};
use pult::backends::ssh::{Asker, Hub, Surroundings};
use pult::domain::capsule::Capsule;
use pult::domain::recording::RecorderStatus;
use pult::domain::remote::Remote;
use pult::logs::recording::Limits;
use pult::runtime::recorder::{self, RecorderHandle};
use pult::runtime::server_logs::ServerLogs;
use pult::runtime::tasks::Tasks;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::{Notify, watch};

use super::docker_bed::{BOTH, Bed, Made, calm, unique};

const LIMITS: Limits = Limits { source_bytes: 64 << 20, total_bytes: 1 << 30, spare_bytes: 0 };

struct Session {
    handle: RecorderHandle,
    tasks: Tasks,
    _dir: TempDir,
}

fn no_servers(tasks: &Tasks) -> ServerLogs {
    let hub = Hub::new(Surroundings::default(), Asker::nobody(), tasks.spawner(), tasks.stop());
    ServerLogs::new(&hub, [], false)
}

impl Session {
    fn start(bed: Bed) -> Self {
        let dir = TempDir::new().unwrap();
        let (mut tasks, _) = Tasks::new();
        let handle = recorder::start(dir.path(), LIMITS, no_servers(&tasks), &mut tasks);
        let (states, pictures) = watch::channel(Remote::default());
        let watching = docker::serve(bed.client(), states, std::sync::Arc::new(Notify::new()), tasks.stop());
        tasks.spawn("watch", watching);
        handle.engine(bed.client(), pictures, &mut tasks);
        Self { handle, tasks, _dir: dir }
    }

    async fn until(&self, what: &str, want: impl FnMut(&RecorderStatus) -> bool) -> RecorderStatus {
        let mut status = self.handle.status();
        let found = async { status.wait_for(want).await.unwrap().clone() };
        match tokio::time::timeout(Duration::from_secs(60), found).await {
            Ok(found) => found,
            Err(_) => panic!("{what}: {:?}", self.handle.status().borrow()),
        }
    }

    /// The capsules of a container, the newest first.
    async fn capsules(&self, name: &str) -> Vec<Capsule> {
        let mut found = Vec::new();
        for info in self.handle.capsules().await.unwrap() {
            if info.name == name {
                found.push(self.handle.capsule(info.id).await.unwrap());
            }
        }
        found
    }

    /// Waits for the first capsule of a container. Other tests have crashes too.
    async fn capsule(&self, name: &str) -> Capsule {
        for _ in 0..600 {
            if let Some(capsule) = self.capsules(name).await.pop() {
                return capsule;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no capsule of {name}: {:?}", self.handle.status().borrow());
    }

    /// The events of the engine are heard.
    async fn warm(&self, bed: Bed) {
        for _ in 0..100 {
            let probe = Made::run(bed, "probe", "exit 9", json!({}));
            tokio::time::sleep(Duration::from_millis(500)).await;
            if !self.capsules(&probe.name).await.is_empty() {
                return;
            }
        }
        panic!("no crash is heard: {:?}", self.handle.status().borrow());
    }

    async fn recorded(&self, name: &str, last: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for _ in 0..600 {
            if let Ok(batches) = self.handle.recording(name).stored(LogRange::default()).await {
                let batches: Vec<_> = batches.collect().await;
                texts = batches.into_iter().flat_map(Result::unwrap).map(|l| l.text).collect();
                if texts.last().is_some_and(|text| text == last) {
                    return texts;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{name} does not end in {last}: {texts:?}; {:?}", self.handle.status().borrow());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_a_capsule_with_everything_in_it() {
    let _engines = calm().await;
    for bed in BOTH {
        let session = Session::start(bed);
        session.warm(bed).await;
        let script =
            "i=0; while [ $i -lt 700 ]; do i=$((i+1)); echo line $i; done; sleep 0.3; echo PANIC >&2; exit 3";
        let more = json!({"Env": ["DB_PASSWORD=hunter2", "PLAIN=1"], "Labels": {"api.token": "hunter3"}});
        let made = Made::run(bed, "crash", script, more);
        let capsule = session.capsule(&made.name).await;
        let info = &capsule.info;
        assert_eq!((info.exit_code, info.oom, capsule.asked_to_stop), (Some(3), false, false), "{bed:?}");
        assert_eq!((info.image.as_str(), info.container.as_str()), ("pult-bed/busybox:1", made.id.as_str()));
        assert!(capsule.image_id.starts_with("sha256:") && capsule.started_at.is_some());
        assert_eq!((capsule.restart_count, capsule.missing.as_slice()), (Some(0), &[][..]));
        assert_eq!(capsule.log.len(), 500);
        let texts: Vec<&str> = capsule.log.iter().map(|l| l.text.as_str()).collect();
        assert_eq!((texts[0], texts[498], texts[499]), ("line 202", "line 700", "PANIC"), "{bed:?}");
        let text = serde_json::to_string(&capsule.inspect).unwrap();
        assert!(!text.contains("hunter") && text.contains("PLAIN=1") && text.contains("DB_PASSWORD=***"));
        session.tasks.shutdown(Duration::from_secs(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordered_end_leaves_no_capsule_and_a_crash_loop_one() {
    let _engines = calm().await;
    let bed = Bed::New;
    let session = Session::start(bed);
    session.warm(bed).await;
    let stopped = Made::run(bed, "stopped", "trap 'exit 143' TERM; while :; do sleep 0.1; done", json!({}));
    stopped.post("stop");
    let killed = Made::run(bed, "killed", "sleep 60", json!({}));
    killed.post("stop");
    let fine = Made::run(bed, "fine", "exit 0", json!({}));
    let policy = json!({"HostConfig": {"RestartPolicy": {"Name": "always"}}});
    let before = session.handle.status().borrow().skipped_capsules;
    let looping = Made::run(bed, "loop", "echo up; exit 7", policy);
    session.until("some crashes are skipped", |s| s.skipped_capsules >= before + 3).await;
    assert_eq!(session.capsules(&looping.name).await.len(), 1);
    for made in [&stopped, &killed, &fine] {
        assert!(session.capsules(&made.name).await.is_empty(), "{}", made.name);
    }
    session.tasks.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_out_of_memory_is_told_as_such() {
    let _engines = calm().await;
    let bed = Bed::New;
    let session = Session::start(bed);
    session.warm(bed).await;
    let limit = json!({"HostConfig": {"Memory": 16 << 20, "MemorySwap": 16 << 20}});
    let made = Made::run(bed, "oom", "echo begin; tail /dev/zero", limit);
    let capsule = session.capsule(&made.name).await;
    assert!(capsule.info.oom && capsule.info.exit_code.is_some_and(|code| code != 0), "{:?}", capsule.info);
    assert_eq!(capsule.log[0].text, "begin");
    session.tasks.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_previous_life_of_a_container_made_anew_can_be_read() {
    let _engines = calm().await;
    for bed in BOTH {
        let session = Session::start(bed);
        let name = unique("anew");
        session.handle.star(vec![format!("docker/{name}").parse().unwrap()]);
        let recording = format!("{name}@bed");
        let run = |word: &str| {
            let made = Made::run(
                bed,
                "life",
                &format!("echo {word} 1; sleep 1; echo {word} 2; sleep 60"),
                json!({}),
            );
            made.post(&format!("rename?name={name}"));
            made
        };
        let first = run("old");
        session.recorded(&recording, "old 2").await;
        drop(first);
        let _second = run("new");
        let texts = session.recorded(&recording, "new 2").await;
        let (remarks, lines): (Vec<_>, Vec<_>) =
            texts.into_iter().partition(|t| t.starts_with("recording: "));
        assert_eq!(lines, ["old 1", "old 2", "new 1", "new 2"], "{bed:?}");
        assert_eq!(remarks.iter().filter(|r| r.contains("begins here")).count(), 2, "{remarks:?}");
        session.tasks.shutdown(Duration::from_secs(5)).await;
    }
}
