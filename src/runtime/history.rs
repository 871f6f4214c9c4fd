//! The memory of the fleet: what is read of servers becomes points of a minute, and those go to the disk once a
//! minute. Nobody waits for it: what the file does not take is told once and left out.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::tasks::Tasks;
use crate::app::Msg;
use crate::backends::clock;
use crate::backends::history::Store;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::query::{Answer, Query};
use crate::domain::remote::Remote;
use crate::domain::server::trend::Minutes;
use crate::domain::server::{Point, Server, ServerEvent, TrendQuery};

/// Orders that may wait.
const WAITING: usize = 256;
/// Events of earlier sessions that are shown.
const EVENTS: u32 = 500;

enum Order {
    Minutes(Vec<(TargetId, Point)>),
    Event(ServerEvent),
    Ask { query: TrendQuery, generation: u64 },
}

/// For whoever gives it readings or asks it.
pub struct History {
    minutes: Minutes,
    /// `None` without a state directory.
    orders: Option<mpsc::Sender<Order>>,
    messages: mpsc::Sender<Msg>,
}

impl History {
    /// Nothing on the disk is touched before the task runs.
    pub fn start(state_dir: Option<&Path>, tasks: &mut Tasks, messages: &mpsc::Sender<Msg>) -> Self {
        let orders = state_dir.map(|dir| {
            let (orders, ordered) = mpsc::channel(WAITING);
            let writer = Writer {
                file: Some(File { state_dir: dir.to_owned(), store: None }),
                told: false,
                messages: messages.clone(),
            };
            tasks.spawn("history of servers", writer.write(ordered, tasks.stop()));
            orders
        });
        Self { minutes: Minutes::default(), orders, messages: messages.clone() }
    }

    /// What a server says of itself now.
    pub fn take(&mut self, id: &TargetId, remote: &Remote<Server>) {
        let point = remote.value.as_deref().filter(|_| remote.link.is_live()).and_then(Point::of);
        let Some(point) = point else { return };
        let done = self.minutes.take(id, point);
        if !done.is_empty() {
            self.order(Order::Minutes(done));
        }
    }

    pub fn remember(&self, event: ServerEvent) {
        self.order(Order::Event(event));
    }

    /// Asks in the background; the answer comes as a message.
    pub fn ask(&self, query: TrendQuery, generation: u64) {
        if self.orders.is_some() {
            return self.order(Order::Ask { query, generation });
        }
        let fault = Fault::new(FaultKind::Unsupported, "there is no history without a state directory")
            .hint("set PULT_STATE_DIR");
        // The session may be over.
        let _ = self.messages.try_send(Msg::Answered {
            query: Query::Trend(query),
            generation,
            result: Err(fault),
        });
    }

    /// The session ends: what there is of the last minute is kept, too.
    pub fn finish(&mut self) {
        let done = self.minutes.finish();
        if !done.is_empty() {
            self.order(Order::Minutes(done));
        }
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders
            && orders.try_send(order).is_err()
        {
            tracing::warn!("the history of servers takes nothing: its disk is too slow");
        }
    }
}

/// The file, opened when it is needed first.
struct File {
    state_dir: PathBuf,
    store: Option<Store>,
}

impl File {
    /// The open file, and what to tell of it when it was opened just now.
    fn open(&mut self) -> Result<(&mut Store, Option<String>), Fault> {
        let mut remark = None;
        if self.store.is_none() {
            let (store, told) = Store::open(&self.state_dir)?;
            self.store = Some(store);
            remark = told;
        }
        let lost = || Fault::new(FaultKind::Bug, "the history of servers was not opened");
        Ok((self.store.as_mut().ok_or_else(lost)?, remark))
    }
}

struct Writer {
    /// Elsewhere while it is written to.
    file: Option<File>,
    /// That something is wrong was said; it is not said again until something went well.
    told: bool,
    messages: mpsc::Sender<Msg>,
}

impl Writer {
    async fn write(mut self, mut orders: mpsc::Receiver<Order>, stop: CancellationToken) {
        if self.file.as_ref().is_some_and(|file| Store::is_there(&file.state_dir))
            && let Ok(events) = self.with(|store| store.events(EVENTS)).await
            && !events.is_empty()
            && self.messages.send(Msg::PastEvents(events)).await.is_err()
        {
            return;
        }
        loop {
            let order = tokio::select! {
                order = orders.recv() => order,
                () = stop.cancelled() => break,
            };
            let Some(order) = order else { return };
            self.carry_out(order).await;
        }
        // What was handed in before the end is not lost.
        while let Ok(order) = orders.try_recv() {
            self.carry_out(order).await;
        }
    }

    async fn carry_out(&mut self, order: Order) {
        let now = clock::now();
        match order {
            Order::Minutes(minutes) => {
                let _told = self.with(move |store| store.add(&minutes, now)).await;
            }
            Order::Event(event) => {
                let _told = self.with(move |store| store.remember(&event, now)).await;
            }
            Order::Ask { query, generation } => {
                let asked = query.clone();
                let result = self.with(move |store| points(store, &asked, now)).await.map(Answer::Trend);
                // Nobody receives when the session ends.
                let _ = self
                    .messages
                    .send(Msg::Answered { query: Query::Trend(query), generation, result })
                    .await;
            }
        }
    }

    /// Does something with the file, away from the loop.
    async fn with<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let Some(mut file) = self.file.take() else {
            return Err(Fault::new(FaultKind::Bug, "the history of servers was given up"));
        };
        let done = tokio::task::spawn_blocking(move || {
            let done = file.open().and_then(|(store, remark)| Ok((work(store)?, remark)));
            (file, done)
        });
        let (file, done) = match done.await {
            Ok(done) => done,
            Err(e) => return Err(Fault::new(FaultKind::Bug, format!("the history of servers: {e}"))),
        };
        self.file = Some(file);
        let (result, news) = match done {
            Ok((value, remark)) => {
                self.told = false;
                (Ok(value), remark)
            }
            Err(fault) => {
                let news = (!std::mem::replace(&mut self.told, true)).then(|| fault.in_full());
                (Err(fault), news)
            }
        };
        if let Some(text) = news {
            // Nobody reads when the session ends.
            let _ = self.messages.try_send(Msg::Notice { text, is_error: true });
        }
        result
    }
}

fn points(store: &mut Store, query: &TrendQuery, now: Timestamp) -> Result<Vec<Point>, Fault> {
    store.points(&query.target, query.span, now)
}
