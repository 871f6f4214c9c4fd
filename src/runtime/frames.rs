//! When to draw: keys at once, data as often as the link affords, nothing when nothing changed.
//!
//! Pure: the caller brings the time.

use std::time::{Duration, Instant};

use crate::app::Redraw;

/// The shortest time between two data frames.
const SHORTEST: Duration = Duration::from_millis(33);
/// The longest time that a slow link keeps a data frame waiting.
const LONGEST: Duration = Duration::from_secs(3);
/// Between data frames while the terminal window does not have the focus.
const UNFOCUSED: Duration = Duration::from_secs(1);
/// A data frame may take one part in this of the link's time.
const SHARE: u32 = 3;
/// What data frames may come to in the long run: frames and bytes a second. A log in full flood changes the
/// whole page with every frame, which nobody can read any faster.
const FRAMES_PER_S: u32 = 15;
const BYTES_PER_S: u32 = 19_500;
/// Frames may come this much earlier after a time with few of them.
const BURST: Duration = Duration::from_millis(250);

/// The frame scheduler.
#[derive(Debug)]
pub struct Frames {
    wanted: Redraw,
    /// When the oldest request that is still open came.
    asked: Option<Instant>,
    /// When the last frame began.
    last: Option<Instant>,
    cost: Duration,
    /// When all frames until now would have been drawn at the pace of the long run.
    paid: Option<Instant>,
    focused: bool,
}

impl Default for Frames {
    fn default() -> Self {
        Self { wanted: Redraw::No, asked: None, last: None, cost: Duration::ZERO, paid: None, focused: true }
    }
}

impl Frames {
    /// Notes a request; it stands until [`Frames::drawn`].
    pub fn wants(&mut self, redraw: Redraw, now: Instant) {
        if redraw == Redraw::No {
            return;
        }
        self.wanted = self.wanted.max(redraw);
        self.asked.get_or_insert(now);
    }

    /// When to draw, `None` when there is nothing to draw. An instant in the past means at once.
    pub fn due(&self) -> Option<Instant> {
        let asked = self.asked?;
        match (self.wanted, self.last) {
            (Redraw::No, _) => None,
            (Redraw::Now, _) | (Redraw::Soon, None) => Some(asked),
            (Redraw::Soon, Some(last)) => {
                let paced = self.paid.and_then(|paid| paid.checked_sub(BURST)).unwrap_or(last);
                Some(asked.max(last + self.gap()).max(paced))
            }
        }
    }

    /// True when a frame is due.
    pub fn is_due(&self, now: Instant) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    /// A frame of so many bytes began at `began` and took `cost` to compute; answers all requests so far.
    pub fn drawn(&mut self, began: Instant, cost: Duration, bytes: usize) {
        let pace = (Duration::from_secs(1) / FRAMES_PER_S)
            .max(Duration::from_secs(1) * u32::try_from(bytes).unwrap_or(u32::MAX) / BYTES_PER_S);
        // Keys that are held down draw at their own pace: they do not put data off for long.
        let paid = self.paid.map_or(began, |paid| paid.clamp(began, began + BURST));
        self.paid = Some(paid + pace);
        self.wanted = Redraw::No;
        self.asked = None;
        self.last = Some(began);
        self.cost = cost;
    }

    /// The last frame's bytes took `cost` to leave; a slow link thins out the data frames.
    pub fn written(&mut self, cost: Duration) {
        self.cost = self.cost.max(cost);
    }

    /// The terminal window got or lost the focus.
    pub fn set_focused(&mut self, focused: bool) {
        self.focused = focused;
    }

    fn gap(&self) -> Duration {
        let gap = (self.cost * SHARE).clamp(SHORTEST, LONGEST);
        if self.focused { gap } else { gap.max(UNFOCUSED) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::clock;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn keys_draw_at_once_and_data_waits_for_its_turn() {
        let (t, mut frames) = (clock::instant(), Frames::default());
        assert_eq!(frames.due(), None);
        frames.wants(Redraw::No, t);
        assert_eq!(frames.due(), None);
        frames.wants(Redraw::Soon, t);
        assert!(frames.is_due(t), "the first frame waits for nothing");
        frames.drawn(t, ms(2), 100);
        assert_eq!(frames.due(), None, "idle");
        frames.wants(Redraw::Soon, t + ms(10));
        assert_eq!(frames.due(), Some(t + ms(33)));
        frames.wants(Redraw::Now, t + ms(11));
        assert!(frames.is_due(t + ms(11)));
        frames.drawn(t + ms(11), ms(1), 100);
        frames.wants(Redraw::Soon, t + ms(500));
        assert!(frames.is_due(t + ms(500)), "after a pause data is immediate too");
    }

    #[test]
    fn a_slow_link_gets_fewer_data_frames_and_the_same_keys() {
        let (t, mut frames) = (clock::instant(), Frames::default());
        frames.drawn(t, ms(1), 100);
        frames.written(ms(200));
        frames.wants(Redraw::Soon, t + ms(210));
        assert_eq!(frames.due(), Some(t + ms(600)));
        frames.wants(Redraw::Now, t + ms(220));
        assert!(frames.is_due(t + ms(220)));
        frames.drawn(t, Duration::from_secs(60), 100);
        frames.wants(Redraw::Soon, t);
        assert_eq!(frames.due(), Some(t + LONGEST));
    }

    /// Frames of so many bytes that are drawn in a time in which data comes all the time.
    fn flood(bytes: usize, seconds: u64) -> usize {
        let (t, mut frames) = (clock::instant(), Frames::default());
        let mut count = 0;
        for at in (0..seconds * 1000).map(|n| t + ms(n)) {
            frames.wants(Redraw::Soon, at);
            if frames.is_due(at) {
                frames.drawn(at, ms(1), bytes);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn a_flood_of_data_is_paced_by_frames_and_bytes() {
        assert!((145..=155).contains(&flood(100, 10)), "{}", flood(100, 10));
        let frames = flood(4_000, 10);
        assert!((48..=54).contains(&frames), "{frames}");
        assert!((17..=20).contains(&flood(100, 1)), "some frames more after a time without");
    }

    #[test]
    fn without_focus_one_data_frame_a_second() {
        let (t, mut frames) = (clock::instant(), Frames::default());
        frames.set_focused(false);
        frames.drawn(t, ms(1), 100);
        frames.wants(Redraw::Soon, t);
        assert_eq!(frames.due(), Some(t + UNFOCUSED));
        frames.set_focused(true);
        assert_eq!(frames.due(), Some(t + SHORTEST));
    }
}
