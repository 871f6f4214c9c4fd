//! Commands on many servers, from consent to outcome, with servers that only take down what they are told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::*;
use crate::backends::server::{Host, Output};
use crate::domain::guard::Guard;
use crate::gate::{Plan, weigh};
use crate::runtime::session::Session;

/// Takes a moment for a command, and knows how many ran at the same time.
#[derive(Default)]
struct Slow {
    begun: AtomicUsize,
    running: AtomicUsize,
    most: AtomicUsize,
}

impl Host for Slow {
    fn run(&self, _: crate::backends::server::Run) -> BoxFuture<'_, Result<Output, Fault>> {
        async {
            self.begun.fetch_add(1, Ordering::SeqCst);
            let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(running, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            self.running.fetch_sub(1, Ordering::SeqCst);
            Ok(Output { code: Some(0), stdout: b"x".to_vec(), stderr: Vec::new() })
        }
        .boxed()
    }
}

struct Bench {
    host: Arc<Slow>,
    inbox: mpsc::Receiver<Msg>,
    cancel: CancellationToken,
    go_on: Arc<Notify>,
    _dir: tempfile::TempDir,
}

/// A command on so many servers, consented to and begun.
fn begin(servers: usize, canary: Canary, at_once: u32) -> Bench {
    let run = RunCommand { command: "id".into(), timeout_s: 5, canary, stop: true, at_once };
    let mutation = |i: usize| {
        let target = TargetId::server(&format!("web{i}"));
        let name = target.name.to_string();
        let action = ServerAction::Run(run.clone());
        Mutation::Server(ServerMutation { target, name, client: String::new(), sudo: false, action })
    };
    let plan = Plan { command: "server.run", mutations: (0..servers).map(mutation).collect() };
    let host = Arc::new(Slow::default());
    let actor = |m: &Mutation| (m.target().clone(), Ok(Actor::Server(host.clone())));
    let targets = plan.mutations.iter().map(actor).collect();
    let consent = weigh(plan, |_| Guard::Free, clock::now()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let session = Session { user: "ops".into(), origin: None, session: "1".into() };
    let (messages, inbox) = mpsc::channel(1000);
    let (cancel, go_on) = (CancellationToken::new(), Arc::new(Notify::new()));
    let run = Run {
        job: 1,
        book: AuditBook::of(Some(dir.path()), session),
        questions: Questions::default(),
        targets,
        carriers: HashMap::new(),
        opening: None,
        door: mpsc::channel(1).0,
        messages,
        cancel: cancel.clone(),
        go_on: go_on.clone(),
        stop: CancellationToken::new(),
    };
    #[expect(clippy::disallowed_methods, reason = "a test")]
    tokio::spawn(run.go(consent, Proof::Typed(servers.to_string())));
    Bench { host, inbox, cancel, go_on, _dir: dir }
}

impl Bench {
    /// What is told until it is over or waits.
    async fn until(&mut self, last: impl Fn(&Msg) -> bool) -> Vec<Msg> {
        let mut told = Vec::new();
        while let Some(msg) = self.inbox.recv().await {
            let is_last = last(&msg);
            told.push(msg);
            if is_last {
                break;
            }
        }
        told
    }

    async fn rest(&mut self) -> (usize, usize) {
        let told = self.until(|_| false).await;
        let answered = told.iter().filter(|msg| matches!(msg, Msg::Ran { .. })).count();
        let skipped = told.iter().filter(|msg| matches!(msg, Msg::JobSkipped { .. })).count();
        (answered, skipped)
    }
}

#[tokio::test]
async fn the_others_wait_for_a_person_behind_the_first_one() {
    let mut bench = begin(6, Canary::Ask, 2);
    bench.until(|msg| matches!(msg, Msg::RunWaits(1))).await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(bench.host.begun.load(Ordering::SeqCst), 1, "nobody else has begun");
    bench.go_on.notify_one();
    assert_eq!(bench.rest().await, (5, 0));
    assert_eq!(bench.host.most.load(Ordering::SeqCst), 2, "as many at once as was said");
}

#[tokio::test]
async fn those_that_wait_are_spared_when_it_is_cancelled() {
    let mut bench = begin(4, Canary::Ask, 4);
    bench.until(|msg| matches!(msg, Msg::RunWaits(1))).await;
    bench.cancel.cancel();
    assert_eq!(bench.rest().await, (0, 3));
    assert_eq!(bench.host.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn without_a_canary_all_begin() {
    let mut bench = begin(8, Canary::None, 8);
    assert_eq!(bench.rest().await, (8, 0));
    assert!(bench.host.most.load(Ordering::SeqCst) > 4);
}
