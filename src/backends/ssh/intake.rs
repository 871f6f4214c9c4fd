//! Where the bytes of one channel wait for their reader, bounded.
//!
//! A channel that nobody reads stalls every other channel of its connection, and every server behind it. So a
//! task of its own reads each channel at once into one of these. What does not fit is dropped and counted, or,
//! where every byte counts, ends the channel.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

/// Kept of what a program complains about.
const ERRORS: usize = 64 << 10;

/// What happens to bytes for which there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overflow {
    /// The oldest are dropped and counted.
    DropOldest,
    /// The channel ends: half of a protocol is worth nothing.
    Cut,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    Code(u32),
    /// Killed, by this signal: `KILL`.
    Signal(String),
    /// The connection was lost before anybody could say.
    Unknown,
}

impl Exit {
    pub fn is_success(&self) -> bool {
        *self == Self::Code(0)
    }
}

#[derive(Debug, Default)]
struct State {
    out: VecDeque<Bytes>,
    size: usize,
    lost: u64,
    errors: VecDeque<u8>,
    replies: VecDeque<bool>,
    exit: Option<Exit>,
    eof: bool,
    ended: bool,
    cut: bool,
    wakers: Vec<Waker>,
}

/// The receiving side of one channel.
#[derive(Debug)]
pub(super) struct Intake {
    state: Mutex<State>,
    limit: usize,
    overflow: Overflow,
    /// The reader is gone.
    pub abandoned: CancellationToken,
}

impl Intake {
    pub fn new(limit: usize, overflow: Overflow) -> Self {
        Self { state: Mutex::default(), limit, overflow, abandoned: CancellationToken::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, work: impl FnOnce(&mut State)) {
        let wakers = {
            let mut state = self.state();
            work(&mut state);
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Takes what came; false = the channel has to end.
    pub fn take(&self, data: Bytes) -> bool {
        let mut goes_on = true;
        self.change(|state| {
            state.size += data.len();
            state.out.push_back(data);
            match self.overflow {
                Overflow::Cut if state.size > self.limit => (state.cut, goes_on) = (true, false),
                Overflow::Cut => {}
                Overflow::DropOldest => {
                    while state.size > self.limit
                        && let Some(oldest) = state.out.pop_front()
                    {
                        state.size -= oldest.len();
                        state.lost += oldest.len() as u64;
                    }
                }
            }
        });
        goes_on
    }

    pub fn take_error(&self, data: &[u8]) {
        self.change(|state| {
            state.errors.extend(data);
            let over = state.errors.len().saturating_sub(ERRORS);
            state.errors.drain(..over);
        });
    }

    pub fn reply(&self, accepted: bool) {
        self.change(|state| state.replies.push_back(accepted));
    }

    pub fn exit(&self, exit: Exit) {
        self.change(|state| state.exit = Some(exit));
    }

    pub fn eof(&self) {
        self.change(|state| state.eof = true);
    }

    pub fn end(&self) {
        self.change(|state| (state.eof, state.ended) = (true, true));
    }

    /// The next bytes, at most so many; `None` at the end.
    pub fn poll_next(&self, cx: &Context<'_>, most: usize) -> Poll<Option<Bytes>> {
        let mut state = self.state();
        if let Some(mut first) = state.out.pop_front() {
            let part = first.split_to(most.min(first.len()));
            if !first.is_empty() {
                state.out.push_front(first);
            }
            state.size -= part.len();
            return Poll::Ready(Some(part));
        }
        if state.eof {
            return Poll::Ready(None);
        }
        state.wait(cx);
        Poll::Pending
    }

    /// The answer to a request; `None` when the channel ended without one.
    pub fn poll_reply(&self, cx: &Context<'_>) -> Poll<Option<bool>> {
        let mut state = self.state();
        match state.replies.pop_front() {
            Some(reply) => Poll::Ready(Some(reply)),
            None if state.ended => Poll::Ready(None),
            None => {
                state.wait(cx);
                Poll::Pending
            }
        }
    }

    /// Ready when the channel is over and done.
    pub fn poll_end(&self, cx: &Context<'_>) -> Poll<Exit> {
        let mut state = self.state();
        if state.ended {
            return Poll::Ready(state.exit.clone().unwrap_or(Exit::Unknown));
        }
        state.wait(cx);
        Poll::Pending
    }

    /// True when the errors so far satisfy; `false` when the channel ended without it.
    pub fn poll_errors(&self, cx: &Context<'_>, want: impl FnOnce(&[u8]) -> bool) -> Poll<bool> {
        let mut state = self.state();
        if want(state.errors.make_contiguous()) {
            return Poll::Ready(true);
        }
        if state.ended {
            return Poll::Ready(false);
        }
        state.wait(cx);
        Poll::Pending
    }

    /// What the program has complained about so far, its end if it was much.
    pub fn errors(&self) -> Vec<u8> {
        self.state().errors.iter().copied().collect()
    }

    /// Bytes that were dropped.
    pub fn lost(&self) -> u64 {
        self.state().lost
    }

    /// The channel was ended because its reader was too slow.
    pub fn is_cut(&self) -> bool {
        self.state().cut
    }

    pub fn is_ended(&self) -> bool {
        self.state().ended
    }

    /// Registers for any change.
    pub fn watch(&self, cx: &Context<'_>) {
        self.state().wait(cx);
    }
}

impl State {
    fn wait(&mut self, cx: &Context<'_>) {
        if !self.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.wakers.push(cx.waker().clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn the_oldest_go_and_are_counted() {
        let intake = Intake::new(4, Overflow::DropOldest);
        for part in ["ab", "cd", "ef"] {
            assert!(intake.take(Bytes::from_static(part.as_bytes())));
        }
        intake.end();
        assert_eq!(intake.lost(), 2);
        let next = || poll_fn(|cx| intake.poll_next(cx, 3));
        assert_eq!((next().await, next().await, next().await), (Some("cd".into()), Some("ef".into()), None));
    }

    #[tokio::test]
    async fn where_every_byte_counts_too_many_end_it() {
        let intake = Intake::new(4, Overflow::Cut);
        assert!(intake.take(Bytes::from_static(b"abcd")));
        assert!(!intake.take(Bytes::from_static(b"e")));
        assert!(intake.is_cut());
        assert_eq!(
            poll_fn(|cx| intake.poll_next(cx, 9)).await,
            Some("abcd".into()),
            "what came before is whole"
        );
    }

    #[tokio::test]
    async fn complaints_keep_their_end() {
        let intake = Intake::new(1, Overflow::Cut);
        intake.take_error(&[b'x'; ERRORS]);
        intake.take_error(b"last words");
        assert!(intake.errors().len() == ERRORS && intake.errors().ends_with(b"last words"));
    }
}
