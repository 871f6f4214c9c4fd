//! Checks in the background: each asked as often as it says, over the connection that its server has anyway. A
//! server that is not connected is not dialled for them; what nobody can ask is told as unknown.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::servers::{Hosted, Servers};
use super::tasks::Tasks;
use crate::app::Msg;
use crate::backends::backoff::chance;
use crate::backends::{clock, server};
use crate::domain::check::{Check, Outcome};
use crate::domain::ids::TargetId;

/// Checks that one server is asked at the same time: its readings must not wait behind them.
const AT_ONCE: usize = 2;
/// The first answers are spread over this time, and those after a connection has come up.
const SPREAD: Duration = Duration::from_secs(3);

/// For whoever wants an answer now.
pub struct Checks {
    now: HashMap<Arc<str>, Arc<Notify>>,
}

impl Checks {
    /// Begins to ask. Those of servers that are not of this session are left out.
    pub fn start(
        checks: &[Arc<Check>],
        servers: &Servers,
        tasks: &mut Tasks,
        messages: &mpsc::Sender<Msg>,
    ) -> Self {
        let mut turns: HashMap<TargetId, Arc<Semaphore>> = HashMap::new();
        let mut now = HashMap::new();
        for check in checks {
            let (Ok(host), Ok(live)) = (servers.hosted(&check.server), servers.live(&check.server)) else {
                continue;
            };
            let turn = turns.entry(check.server.clone()).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)));
            let asked: Arc<Notify> = Arc::default();
            now.insert(check.name.clone(), asked.clone());
            let round = Round {
                check: check.clone(),
                host,
                live,
                turn: turn.clone(),
                asked,
                messages: messages.clone(),
            };
            tasks.spawn(format!("check {}", check.name), round.until(tasks.stop()));
        }
        Self { now }
    }

    /// Asks now what would be asked later.
    pub fn ask(&self, names: &[Arc<str>]) {
        for asked in names.iter().filter_map(|name| self.now.get(name)) {
            asked.notify_one();
        }
    }
}

/// One check, again and again.
struct Round {
    check: Arc<Check>,
    host: Hosted,
    /// Whether its server answers.
    live: watch::Receiver<bool>,
    turn: Arc<Semaphore>,
    /// Somebody does not want to wait.
    asked: Arc<Notify>,
    messages: mpsc::Sender<Msg>,
}

impl Round {
    async fn until(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.again_and_again() => {}
        }
    }

    async fn again_and_again(mut self) {
        let mut wait = SPREAD.mul_f64(chance());
        loop {
            self.rest(wait).await;
            let outcome = Box::new(self.ask().await);
            let told = Msg::Checked { name: self.check.name.clone(), outcome, at: clock::now() };
            if self.messages.send(told).await.is_err() {
                return;
            }
            wait = self.check.every.mul_f64(0.95 + chance() / 10.0);
        }
    }

    /// Waits; less when somebody asks, when the server comes back and when it goes.
    async fn rest(&mut self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.asked.notified() => {}
            changed = self.live.changed() => {
                if changed.is_err() {
                    // The session is about to end.
                    std::future::pending::<()>().await;
                }
                if *self.live.borrow_and_update() {
                    tokio::time::sleep(SPREAD.mul_f64(chance())).await;
                }
            }
        }
    }

    async fn ask(&mut self) -> Outcome {
        if !*self.live.borrow_and_update() {
            return unconnected();
        }
        let asking = async {
            // Given up with the session only.
            let _turn = self.turn.acquire().await;
            server::check(self.host.reader(), &self.check).await
        };
        tokio::select! {
            outcome = asking => outcome,
            _ = self.live.wait_for(|live| !live) => unconnected(),
        }
    }
}

fn unconnected() -> Outcome {
    Outcome::unknown("the server that asks is not connected")
}
