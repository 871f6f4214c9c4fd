//! The thread that writes frames, so that a slow link never holds up the loop.
//!
//! It takes one frame at a time. The loop draws a new one only when [`Output::ready`]: on a slow link frames are
//! skipped, never queued.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::backends::clock;

/// How the writer stands.
#[derive(Debug, Clone, Default)]
struct State {
    busy: bool,
    cost: Duration,
    failed: Option<String>,
}

#[derive(Debug, Default)]
struct Slot {
    frame: Vec<u8>,
    /// Bytes that do not belong to a frame: the clipboard, a bell.
    aside: Vec<u8>,
    /// The buffer of the last frame, to be used again.
    spare: Vec<u8>,
    closing: bool,
}

#[derive(Debug, Default)]
struct Shared {
    slot: Mutex<Slot>,
    wake: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The loop's side of the writer.
#[derive(Debug)]
pub struct Output {
    shared: Arc<Shared>,
    state: watch::Sender<State>,
}

impl Output {
    /// A writer to the screen that [`super::terminal::Terminal`] holds.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn screen() -> io::Result<Self> {
        Self::to(Screen)
    }

    /// A writer to anything.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn to(sink: impl Write + Send + 'static) -> io::Result<Self> {
        let (shared, state) = (Arc::new(Shared::default()), watch::Sender::new(State::default()));
        let (theirs, tell) = (Arc::clone(&shared), state.clone());
        std::thread::Builder::new().name("frames".into()).spawn(move || serve(&theirs, &tell, sink))?;
        Ok(Self { shared, state })
    }

    /// True when the last frame has left.
    pub fn ready(&self) -> bool {
        !self.state.borrow().busy
    }

    /// Hands over a frame and returns an empty buffer for the next one. A frame that comes before the last one
    /// has left is written behind it: the encoder counts on every byte.
    pub fn submit(&self, frame: Vec<u8>) -> Vec<u8> {
        if frame.is_empty() {
            return frame;
        }
        let mut slot = self.shared.lock();
        let spare = std::mem::take(&mut slot.spare);
        if slot.frame.is_empty() {
            slot.frame = frame;
        } else {
            slot.frame.extend_from_slice(&frame);
        }
        self.state.send_modify(|s| s.busy = true);
        self.shared.wake.notify_one();
        spare
    }

    /// Writes bytes between two frames.
    pub fn insert(&self, bytes: &[u8]) {
        let mut slot = self.shared.lock();
        slot.aside.extend_from_slice(bytes);
        self.shared.wake.notify_one();
    }

    /// Waits until the last frame has left, and says how long that took. Cancel-safe.
    pub async fn wait_ready(&self) -> Duration {
        let mut state = self.state.subscribe();
        let cost = state.wait_for(|s| !s.busy).await.map(|s| s.cost);
        cost.unwrap_or_default()
    }

    /// Why the terminal takes no bytes any more; then it is gone for good.
    pub fn failed(&self) -> Option<String> {
        self.state.borrow().failed.clone()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.wake.notify_one();
    }
}

fn serve(shared: &Shared, state: &watch::Sender<State>, mut sink: impl Write) {
    let (mut frame, mut aside) = (Vec::new(), Vec::new());
    loop {
        let mut slot = shared.lock();
        while slot.frame.is_empty() && slot.aside.is_empty() {
            if slot.closing {
                return;
            }
            slot = shared.wake.wait(slot).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::swap(&mut slot.frame, &mut frame);
        std::mem::swap(&mut slot.aside, &mut aside);
        drop(slot);

        let began = clock::instant();
        let written =
            sink.write_all(&frame).and_then(|()| sink.write_all(&aside)).and_then(|()| sink.flush());
        let cost = clock::instant().duration_since(began);
        frame.clear();
        aside.clear();

        let mut slot = shared.lock();
        slot.spare = std::mem::take(&mut frame);
        let busy = !slot.frame.is_empty();
        state.send_modify(|s| {
            s.busy = busy;
            s.cost = cost;
            s.failed = written.err().map(|e| e.to_string()).or(s.failed.take());
        });
    }
}

/// The screen as a sink.
struct Screen;

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        super::terminal::write_screen(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A link that lets one write through per permit.
    struct Link {
        permits: mpsc::Receiver<()>,
        seen: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Link {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.permits.recv().map_err(|_| io::Error::other("gone"))?;
            self.seen.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn one_frame_at_a_time_and_no_byte_is_lost() {
        let (permit, permits) = mpsc::channel();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let output = Output::to(Link { permits, seen: Arc::clone(&seen) }).unwrap();
        assert!(output.ready());
        assert!(output.submit(Vec::new()).is_empty());
        assert!(output.ready(), "an empty frame is no frame");
        output.submit(b"one".to_vec());
        assert!(!output.ready());
        output.submit(b"two".to_vec());
        output.insert(b"bell");
        for _ in 0..3 {
            permit.send(()).unwrap();
        }
        output.wait_ready().await;
        assert!(output.ready());
        for _ in 0..100 {
            if seen.lock().unwrap().len() == 10 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let text = String::from_utf8(seen.lock().unwrap().clone()).unwrap();
        assert!(text == "onetwobell" || text == "onebelltwo", "{text}");
        assert!(output.submit(b"x".to_vec()).capacity() > 0, "buffers are used again");
        drop(permit);
        output.wait_ready().await;
        // A permit may be left when the first frames left as one.
        output.submit(b"y".to_vec());
        output.wait_ready().await;
        assert_eq!(output.failed().as_deref(), Some("gone"));
    }
}
