//! Keeps a terminal going: what the program prints becomes pictures, what is asked is done.
//!
//! A flood is taken in slices. Between two of them whatever was typed goes out, so that an interrupt is never
//! behind a gigabyte of text; pictures are made no more often than anybody could see them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::emulator::Emulator;
use super::pty::Pty;
use crate::backends::clock;
use crate::domain::fault::Fault;
use crate::domain::terminal::{End, Picture, Size, TerminalAsk, TerminalNews};

/// Time between two pictures.
const PERIOD: Duration = Duration::from_millis(25);
/// Pieces of typed text that may wait for a program that reads none.
const WAITING: usize = 256;
/// A program that has closed its terminal has this long to end.
const LAST_WORD: Duration = Duration::from_secs(2);

/// Where a terminal's owner hears of it: pictures replace each other, the rest comes piece by piece.
pub struct Inbox {
    pub pictures: tokio::sync::watch::Sender<Arc<Picture>>,
    pub news: mpsc::Sender<TerminalNews>,
}

/// What goes to the program, in order.
enum Out {
    Typed(Bytes),
    Size(Size),
}

/// Runs until the program ends, somebody hangs up, or the session is over.
pub async fn run(
    pty: &dyn Pty,
    size: Size,
    asks: &mut mpsc::Receiver<TerminalAsk>,
    inbox: &Inbox,
    stop: &CancellationToken,
) -> End {
    let (out, mut waiting) = mpsc::channel(WAITING);
    let write = async {
        while let Some(next) = waiting.recv().await {
            match next {
                Out::Typed(bytes) => pty.write(bytes).await?,
                Out::Size(size) => pty.resize(size).await?,
            }
        }
        std::future::pending::<Result<(), Fault>>().await
    };
    let mut screen = Screen { emulator: Emulator::new(size), out, inbox, dirty: true, shown: None };
    let end = tokio::select! {
        () = stop.cancelled() => End::HungUp,
        Err(fault) = write => last_word(pty).await.unwrap_or(End::Fault(fault)),
        hung_up = screen.serve(pty, asks) => {
            if hung_up { End::HungUp } else { last_word(pty).await.unwrap_or(End::Unknown) }
        }
    };
    if end == End::HungUp {
        pty.hang_up().await;
    }
    screen.show();
    end
}

async fn last_word(pty: &dyn Pty) -> Option<End> {
    tokio::time::timeout(LAST_WORD, pty.ended()).await.ok()
}

struct Screen<'a> {
    emulator: Emulator,
    out: mpsc::Sender<Out>,
    inbox: &'a Inbox,
    /// It does not look like its last picture any more.
    dirty: bool,
    shown: Option<std::time::Instant>,
}

impl Screen<'_> {
    /// True when somebody hung up, false when the program has ended.
    async fn serve(&mut self, pty: &dyn Pty, asks: &mut mpsc::Receiver<TerminalAsk>) -> bool {
        loop {
            let due = self.shown.map_or(Duration::ZERO, |at| PERIOD.saturating_sub(at.elapsed()));
            if self.dirty && due.is_zero() {
                self.show();
            }
            tokio::select! {
                biased;
                ask = asks.recv() => match ask {
                    None | Some(TerminalAsk::HangUp) => return true,
                    Some(ask) => self.take(ask).await,
                },
                printed = pty.read() => match printed {
                    Some(bytes) => {
                        self.emulator.print(&bytes);
                        self.dirty = true;
                        let answers = self.emulator.answers();
                        if !answers.is_empty() {
                            // A program that does not read what it asked for gets no answer.
                            let _taken = self.out.try_send(Out::Typed(answers.into()));
                        }
                        // Others have something to do, too.
                        tokio::task::yield_now().await;
                    }
                    None => return false,
                },
                () = tokio::time::sleep(due), if self.dirty => {}
            }
        }
    }

    async fn take(&mut self, ask: TerminalAsk) {
        match ask {
            TerminalAsk::Type(typed) => {
                let bytes = Bytes::copy_from_slice(typed.bytes());
                if self.out.try_send(Out::Typed(bytes)).is_err() {
                    tracing::debug!("a program reads nothing of what is typed");
                }
            }
            TerminalAsk::Resize(size) => {
                self.emulator.resize(size);
                let _taken = self.out.try_send(Out::Size(size));
                self.dirty = true;
            }
            TerminalAsk::Scroll(rows) => {
                self.emulator.scroll(rows);
                self.show();
            }
            TerminalAsk::Show(line) => {
                self.emulator.show(line);
                self.show();
            }
            TerminalAsk::ScrollToEnd => {
                self.emulator.scroll_to_end();
                self.show();
            }
            TerminalAsk::Find { text, from, forward } => {
                let found = self.emulator.find(&text, from, forward);
                self.show();
                self.tell(TerminalNews::Found(found)).await;
            }
            TerminalAsk::Copy { from, to } => {
                let text = self.emulator.copy(from, to);
                self.tell(TerminalNews::Copied(text)).await;
            }
            TerminalAsk::HangUp => {}
        }
    }

    fn show(&mut self) {
        self.inbox.pictures.send_replace(Arc::new(self.emulator.picture()));
        self.dirty = false;
        self.shown = Some(clock::instant());
    }

    async fn tell(&self, news: TerminalNews) {
        // The session is over when nobody receives.
        let _ = self.inbox.news.send(news).await;
    }
}
