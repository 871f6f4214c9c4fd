//! What a frame costs: `cargo bench`. The target is 1 ms for update and view at 1,000 containers.

// The relaxation of .clippy.toml covers functions marked as tests, not what these share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../it/support/world.rs"]
#[allow(dead_code)] // The tests use the rest.
mod world;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pult::app::input::Input;
use pult::app::{App, Msg, Setup, registry};
use pult::domain::usage::UsageSample;
use pult::keymap::{Key, Keymap};
use pult::panes::PaneStates;
use pult::runtime::encode::Encoder;
use pult::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use world::{Make, docker, live, make, one, start};

/// Containers of projects of ten, as compose names them.
fn containers(n: usize) -> Vec<Make> {
    let each = |i: usize| {
        let (project, service) = (format!("project-{}", i / 10), format!("service-{}", i % 10));
        make(&format!("{project}-{service}-1")).project(&project, &service).port("0.0.0.0", 8000, 80)
    };
    (0..n).map(each).collect()
}

/// A panel of 120×40 with that many containers, measured for two minutes.
fn panel(n: usize, sorted_by_cpu: bool) -> (App, Vec<UsageSample>, Timestamp) {
    let setup = Setup {
        world: one(),
        theme: Theme::default(),
        keymap: Keymap::load("default", &|_| None, registry::commands()).0,
        zone: TimeZone::UTC,
        empty_hint: Vec::new(),
        banner: None,
        pane: None,
        filter: None,
        states: PaneStates::new(),
        mouse: true,
    };
    let mut now = start();
    let mut app = App::new(setup, now);
    app.update(now, Msg::Input(Input::Resize(120, 40)));
    app.update(now, docker("local", live(containers(n))));
    if sorted_by_cpu {
        press(&mut app, now, ">");
        press(&mut app, now, ">");
    }
    let samples = world::samples(&containers(n), now);
    for _ in 0..60 {
        now += SignedDuration::from_secs(2);
        app.update(now, Msg::Usage(at(&samples, now)));
    }
    (app, samples, now)
}

fn at(samples: &[UsageSample], now: Timestamp) -> Vec<UsageSample> {
    samples.iter().map(|s| UsageSample { at: now, ..s.clone() }).collect()
}

fn press(app: &mut App, now: Timestamp, key: &str) {
    app.update(now, Msg::Input(Input::Key(key.parse::<Key>().unwrap())));
}

/// A batch of figures of every container, and the frame that shows them.
fn data(c: &mut Criterion) {
    for (name, sorted) in [("usage+view 1000", false), ("usage+view 1000 by cpu", true)] {
        let (mut app, samples, mut now) = panel(1000, sorted);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
        c.bench_function(name, |b| {
            b.iter_batched(
                || {
                    now += SignedDuration::from_secs(2);
                    (now, at(&samples, now))
                },
                |(now, batch)| {
                    app.update(now, Msg::Usage(batch));
                    buffer.reset();
                    app.view(now, &mut buffer);
                    black_box(&buffer);
                },
                criterion::BatchSize::SmallInput,
            );
        });
    }
}

/// A key until its bytes are ready to leave.
fn key(c: &mut Criterion) {
    for n in [200, 1000] {
        let (mut app, _, mut now) = panel(n, false);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
        let (mut encoder, mut bytes) = (Encoder::new(), Vec::new());
        let mut turn = 0_usize;
        let (mut total, mut frames) = (0, 0);
        c.bench_function(&format!("key+view+encode {n}"), |b| {
            b.iter(|| {
                now += SignedDuration::from_millis(30);
                turn += 1;
                // Down the page and up again.
                press(&mut app, now, if (turn / 30).is_multiple_of(2) { "j" } else { "k" });
                buffer.reset();
                app.view(now, &mut buffer);
                bytes.clear();
                encoder.frame(&buffer, None, &mut bytes);
                (total, frames) = (total + bytes.len(), frames + 1);
            });
        });
        println!("{n} containers, detail open: {} bytes a key", total / frames.max(1));
    }
}

/// The list of an engine, changed in one row.
fn list(c: &mut Criterion) {
    let (mut app, _, now) = panel(1000, false);
    let host = live(containers(1000));
    let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
    c.bench_function("list+view 1000", |b| {
        b.iter(|| {
            app.update(now, docker("local", host.clone()));
            buffer.reset();
            app.view(now, &mut buffer);
            black_box(&buffer);
        });
    });
}

criterion_group!(frame, data, key, list);
criterion_main!(frame);
