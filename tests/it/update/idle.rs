//! An idle panel is silent: no bytes while nothing changes, and few while only figures and ages do.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use pult::app::Msg;
use pult::domain::query::Query;
use pult::runtime::encode::Encoder;
use pult::runtime::frames::Frames;

use super::with;
use crate::support::Drive;
use crate::support::world::{self, Make, make};

/// The application with its frame scheduler and its encoder, on the simulated clock.
struct Loop {
    drive: Drive,
    frames: Frames,
    encoder: Encoder,
    /// Bytes of every frame that had some, with its second.
    written: Vec<(f64, usize, String)>,
    zero: Instant,
    begin: jiff::Timestamp,
}

impl Loop {
    fn new(drive: Drive) -> Self {
        #[allow(clippy::disallowed_methods)] // Only differences count.
        let zero = Instant::now();
        let begin = drive.now;
        let frames = Frames::default();
        let mut this = Self { drive, frames, encoder: Encoder::new(), written: Vec::new(), zero, begin };
        this.draw();
        this.written.clear();
        this
    }

    fn instant(&self) -> Instant {
        let since = self.drive.now.duration_since(self.begin);
        self.zero + Duration::try_from(since).unwrap()
    }

    fn draw(&mut self) {
        let buffer = self.drive.buffer();
        let mut bytes = Vec::new();
        self.encoder.frame(&buffer, None, &mut bytes);
        let (at, length) = (self.drive.now.duration_since(self.begin).as_secs_f64(), bytes.len());
        if !bytes.is_empty() {
            self.written.push((at, bytes.len(), String::from_utf8_lossy(&bytes).into_owned()));
        }
        self.frames.drawn(self.instant(), Duration::from_millis(1), length);
    }

    /// Lets time pass step by step and draws what is due.
    fn pass(&mut self, seconds: f64) {
        let end = self.drive.now + SignedDuration::from_millis((seconds * 1000.0) as i64);
        while self.drive.now < end {
            let left = end.duration_since(self.drive.now).as_secs_f64();
            self.drive.pass(left.min(0.05));
            let redraw = self.drive.redraw();
            self.frames.wants(redraw, self.instant());
            if self.frames.is_due(self.instant()) {
                self.draw();
            }
        }
    }
}

/// Fifty containers that have been up for `seconds`, measured every two seconds with the same figures.
fn fifty(seconds: i64) -> Vec<Make> {
    (0..50).map(|i| make(&format!("w-{i}")).since(seconds)).collect()
}

fn settled(containers: fn() -> Vec<Make>) -> Loop {
    let mut drive = with(containers());
    drive.key("p").pass(10.0);
    let mut run = Loop::new(drive);
    run.pass(5.0);
    run.written.clear();
    run
}

#[test]
fn nothing_changes_nothing_is_written() {
    let mut run = settled(|| fifty(86_400 * 30));
    let wakes = run.drive.wakes;
    run.pass(60.0);
    assert_eq!(run.written, [], "60 idle seconds");
    assert!(run.drive.wakes - wakes <= 2, "{} wake-ups", run.drive.wakes - wakes);
}

#[test]
fn with_the_detail_open_an_idle_screen_is_as_silent() {
    let mut drive = with(fifty(86_400 * 30));
    drive.pass(1.0).answer(|q| matches!(q, Query::Inspect(_)), world::inspect("w-0"));
    let mut run = Loop::new(drive);
    run.pass(5.0);
    run.written.clear();
    run.pass(20.0);
    assert_eq!(run.written, []);
}

#[test]
fn constant_figures_write_nothing() {
    let mut run = settled(|| fifty(86_400 * 30));
    let sampled = |run: &mut Loop, seconds: u32| {
        for _ in 0..seconds / 2 {
            let at = run.drive.now;
            run.drive.msg(Msg::Usage(world::samples(&fifty(0), at)));
            run.pass(2.0);
        }
    };
    // Sparklines fill up at first.
    sampled(&mut run, 20);
    run.written.clear();
    sampled(&mut run, 60);
    assert_eq!(run.written, []);
}

/// Ages change once a minute below an hour: one frame a minute for all of them, and only their cells.
#[test]
fn ages_write_their_minutes_and_nothing_else() {
    let mut run = settled(|| fifty(600));
    run.pass(120.0);
    let frames = run.written.len();
    assert!((2..=3).contains(&frames), "{:?}", run.written);
    for (at, bytes, text) in &run.written {
        assert!(*bytes < 35 * 16, "{bytes} bytes at {at} for 35 ages: {text:?}");
    }
}

/// Fifty rows whose figures all change every two seconds stay below 240 bytes a second.
#[test]
fn fifty_live_rows_are_thrifty() {
    let mut run = settled(|| fifty(86_400 * 30));
    let mut tick = 0_u64;
    let mut second = |run: &mut Loop| {
        let at = run.drive.now;
        let mut samples = world::samples(&fifty(0), at);
        tick += 1;
        for (i, sample) in samples.iter_mut().enumerate() {
            let noise = ((tick * 7 + i as u64 * 13) % 10) as f64 / 10.0;
            sample.usage.cpu_percent = Some(2.0 + noise / 4.0);
            sample.usage.memory_bytes = Some((100 << 20) + i as u64 * (1 << 20));
        }
        run.drive.msg(Msg::Usage(samples));
        run.pass(2.0);
    };
    (0..10).for_each(|_| second(&mut run));
    run.written.clear();
    (0..30).for_each(|_| second(&mut run));
    let total: usize = run.written.iter().map(|(_, bytes, _)| bytes).sum();
    assert!(total <= 240 * 60, "{} bytes a second", total / 60);
}
