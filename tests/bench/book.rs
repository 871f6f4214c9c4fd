//! What a million lines held in a book cost: taken, searched, filtered, drawn: `cargo bench --bench book`. The
//! target is 30 ms to find a text in all of them, 150 ms for a regular expression.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use pult::domain::log::{LogEvent, LogLine, LogSourceId, LogStream};
use pult::logs::book::Book;
use pult::logs::filter::Stack;
use pult::logs::search::Pattern;

/// 115 bytes each with their number, as lines are on average.
const LINES: [&str; 6] = [
    "2026-11-21T12:04:14.303954Z  INFO crm::http: GET /v1/deals/7 200 27ms request_id=7f3a8812 user=anna tenant=42 ok",
    r#"{"level":30,"time":1795262654303,"pid":1,"hostname":"crm-1","url":"/v1/deals","msg":"request completed","took":12}"#,
    "2026-11-21 12:04:14.303 UTC [27] LOG:  checkpoint complete: wrote 44 buffers (0.3%); 0 WAL file(s) added, 0 removed",
    r#"10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] "GET /assets/app.js HTTP/1.1" 503 61234 "-" "Mozilla/5.0 (X11; Linux)""#,
    r#"time="2026-11-21T12:04:14Z" level=warning msg="retrying in 3s" attempt=2 err="connection refused" peer=10.0.0.7"#,
    "worker 3 finished the job of the customer in 12 seconds without trouble and takes the next one from the queue: 91",
];

/// Batches of a thousand lines; of so many sources in turn, a millisecond apart.
fn batches(lines: usize, sources: usize) -> Vec<(LogSourceId, Vec<LogLine>)> {
    let begin = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_795_262_400);
    let line = |i: usize| LogLine {
        at: Some(begin + SignedDuration::from_millis((i * sources) as i64)),
        stream: LogStream::Stdout,
        text: format!("{} n={i}", LINES[i % LINES.len()]),
        cut: false,
    };
    let batch = |b: usize| {
        let first = b / sources * 1000;
        (LogSourceId::File((b % sources).to_string().into()), (first..first + 1000).map(line).collect())
    };
    (0..lines / 1000).map(batch).collect()
}

/// A book that has taken these.
fn book(batches: Vec<(LogSourceId, Vec<LogLine>)>) -> Book {
    let mut book = Book::new(512 << 20);
    let mut now = Timestamp::UNIX_EPOCH;
    for (source, lines) in batches {
        if book.place(&source).is_none() {
            book.open(source.clone(), source.to_string());
            book.take(&source, LogEvent::Live, Timestamp::UNIX_EPOCH);
        }
        now = lines.last().and_then(|line| line.at).unwrap_or(now);
        book.take(&source, LogEvent::Lines(lines), now);
    }
    book.advance(now + SignedDuration::from_secs(1));
    book
}

/// A million lines held: search, filter, rows.
fn held(c: &mut Criterion) {
    let mut group = c.benchmark_group("book");
    for sources in [1, 20] {
        group.throughput(Throughput::Elements(100_000));
        group.bench_function(format!("take, {sources} sources"), |b| {
            b.iter_batched(|| batches(100_000, sources), book, BatchSize::LargeInput);
        });
    }
    group.throughput(Throughput::Elements(1_000_000));
    for sources in [1, 20] {
        let mut book = book(batches(1_000_000, sources));
        for pattern in ["n=999983", "customer", "/\\b5\\d\\d\\b/", "/(error|warn|fatal|panic)/"] {
            let name = format!("{sources} sources, search {pattern}");
            let pattern = Pattern::parse(pattern).ok();
            group.bench_function(name, |b| {
                b.iter(|| {
                    book.set_search(pattern.clone());
                    while book.search(1_000_000) {}
                    book.hits()
                });
            });
        }
        for steps in ["customer", "level>=warn", "status>=500"] {
            group.bench_function(format!("{sources} sources, filter {steps}"), |b| {
                b.iter(|| {
                    let mut stack = Stack::default();
                    assert!(stack.parse_push(steps).is_ok());
                    book.set_choice(Some(Box::new(stack)));
                    while book.scan(1_000_000) {}
                    book.len()
                });
            });
        }
        group.bench_function(format!("{sources} sources, no filter"), |b| b.iter(|| book.set_choice(None)));
        let middle = book.len() / 2;
        group.bench_function(format!("{sources} sources, 60 rows"), |b| {
            b.iter(|| (middle..middle + 60).filter_map(|i| book.index_of(book.row(i)?.line)).sum::<usize>());
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(std::time::Duration::from_secs(2))
        .warm_up_time(std::time::Duration::from_millis(500));
    targets = held
}
criterion_main!(benches);
