//! What one reading of a server costs the client: to parse 4.8 kB of `/proc`, and rates against the one before.

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use pult::backends::server::counters;
use pult::domain::server::Vitals;

fn reading(c: &mut Criterion) {
    let text = include_str!("../it/backends/captures/vitals.txt");
    let before = counters(text);
    c.bench_function("server/reading", |b| {
        b.iter(|| {
            let mut now = counters(std::hint::black_box(text)).unwrap_or_default();
            now.uptime_s += 2.0;
            Vitals::between(before.as_ref(), &now, Timestamp::UNIX_EPOCH)
        });
    });
}

criterion_group!(benches, reading);
criterion_main!(benches);
