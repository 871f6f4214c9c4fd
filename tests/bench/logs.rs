//! What a log line costs, from the engine's bytes to its level and time: `cargo bench --bench logs`. The target
//! is a million mixed lines a second on one core.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pult::domain::log::LogStream;
use pult::logs::filter::Stack;
use pult::logs::frame::Decoder;
use pult::logs::redact::redact;
use pult::logs::styled::styled;
use pult::logs::templates::{DEFAULT_CAP, Templates};
use pult::logs::{Choice, LineView, continues, read, read_near};

const LINES: [&str; 12] = [
    "2026-11-21T12:04:14.303954Z  INFO crm::http: GET /v1/deals/7 200 27ms",
    r#"{"level":30,"time":1795262654303,"pid":1,"hostname":"crm-1","req":{"method":"GET","url":"/v1/deals"},"msg":"request completed","responseTime":12}"#,
    "2026-11-21 12:04:14.303 UTC [27] LOG:  checkpoint complete: wrote 44 buffers (0.3%)",
    r#"10.0.0.1 - - [21/Nov/2026:12:04:14 +0000] "GET /assets/app.js HTTP/1.1" 200 61234 "https://shop.example/" "Mozilla/5.0""#,
    r#"time="2026-11-21T12:04:14Z" level=warning msg="retrying in 3s" attempt=2 err="connection refused""#,
    "I1121 12:04:14.303000       1 leaderelection.go:250] attempting to acquire leader lease kube-system/x",
    "GET /v1/deals/7 200 27ms",
    "\tat com.example.App.run(App.java:10)",
    "1:M 21 Nov 2026 12:04:14.303 * Background saving terminated with success",
    "2026-11-21 12:04:14.303 ERROR 1 --- [nio-8080-exec-1] c.e.App : Request processing failed",
    r#"{"ClientHost":"10.0.0.9","DownstreamContentSize":412,"DownstreamStatus":200,"Duration":12345678,"OriginStatus":200,"RequestHost":"shop.example","RequestMethod":"GET","RequestPath":"/cart","RequestProtocol":"HTTP/2.0","RouterName":"shop@docker","ServiceName":"shop@docker","level":"info","msg":"","time":"2026-11-21T12:04:14Z"}"#,
    "worker 3 finished the job of the customer in 12 seconds without trouble",
];
const ROUNDS: usize = 1000;

/// What an engine sends for these lines.
fn stream() -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in (0..ROUNDS).flat_map(|_| LINES) {
        let payload = format!("2026-11-21T12:04:14.303954436Z {line}\n");
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(u32::try_from(payload.len()).unwrap_or(0).to_be_bytes());
        bytes.extend(payload.as_bytes());
    }
    bytes
}

fn lines(c: &mut Criterion) {
    let bytes = stream();
    let mut group = c.benchmark_group("logs");
    group.throughput(Throughput::Elements((LINES.len() * ROUNDS) as u64));
    let decode = |each: &mut dyn FnMut(&pult::domain::log::LogLine)| {
        let (mut decoder, mut lines) = (Decoder::new(false), Vec::new());
        for piece in bytes.chunks(32 << 10) {
            decoder.push(piece, &mut lines);
            lines.drain(..).for_each(|line| each(&line));
        }
    };
    group.bench_function("decode", |b| b.iter(|| decode(&mut |line| _ = black_box(line))));
    group.bench_function("decode, level, time", |b| {
        b.iter(|| {
            decode(&mut |line| {
                black_box(read_near(&line.text, line.at));
            })
        })
    });
    group.bench_function("level, time", |b| {
        b.iter(|| {
            LINES.iter().cycle().take(LINES.len() * ROUNDS).for_each(|line| {
                black_box(read(line));
            })
        })
    });
    group.bench_function("grouping", |b| {
        b.iter(|| {
            LINES.windows(2).cycle().take(LINES.len() * ROUNDS).for_each(|pair| {
                black_box(continues(pair[0], pair[1]));
            })
        })
    });
    group.finish();
    // The dearest kinds one by one, in nanoseconds.
    for (name, line) in
        [("json", LINES[1]), ("traefik", LINES[10]), ("plain", LINES[11]), ("access", LINES[3])]
    {
        c.bench_function(&format!("read {name}"), |b| b.iter(|| read(black_box(line))));
    }
}

/// What a line costs to be drawn, and the worst that one may cost: 64 KiB with 10,000 colours.
fn drawing(c: &mut Criterion) {
    let mut group = c.benchmark_group("styled");
    let colored = "\x1b[2m2026-11-21T12:04:14.303Z\x1b[0m \x1b[32m INFO\x1b[0m \x1b[2mcrm::http\x1b[0m: GET /v1/deals/7";
    let colors: String = (0..10_000).map(|i| format!("\x1b[3{}mx", i % 8)).collect();
    let bomb: String = colors.chars().cycle().take(64 << 10).collect();
    for (name, line) in [("plain", LINES[0]), ("colored", colored), ("bomb", &bomb)] {
        group.bench_function(name, |b| b.iter(|| styled(black_box(line), 8, usize::MAX)));
    }
    group.bench_function("bomb, only what is shown", |b| b.iter(|| styled(black_box(&bomb), 8, 200)));
    group.finish();
}

/// What a line costs to find its pattern: one that came before, one of many that are new, an endless one.
fn templates(c: &mut Criterion) {
    let mut group = c.benchmark_group("templates");
    group.throughput(Throughput::Elements(LINES.len() as u64));
    let mut templates = Templates::new(DEFAULT_CAP);
    let mut number = 0_u64;
    group.bench_function("known", |b| {
        b.iter(|| LINES.iter().for_each(|line| _ = black_box(templates.learn(line, None, None, "crm-api"))));
    });
    group.bench_function("new words", |b| {
        b.iter(|| {
            for line in LINES {
                number += 1;
                let word: String = number.to_string().bytes().map(|b| char::from(b + 49)).collect();
                black_box(templates.learn(&format!("{line} {word} {word}"), None, None, "crm-api"));
            }
        });
    });
    let endless = "word 12 \"quoted text\" /a/7 ".repeat(2_500);
    group.throughput(Throughput::Elements(1));
    group.bench_function("64 KiB", |b| b.iter(|| templates.learn(black_box(&endless), None, None, "a")));
    group.finish();
}

/// A line through a filter step, and through redaction: the target is 300 ns for a line without secrets.
fn choosing(c: &mut Criterion) {
    let views = LINES.map(|text| {
        let (level, format) = (read(text).level, read(text).format);
        LineView {
            text,
            at: None,
            stream: LogStream::Stdout,
            level,
            format,
            source: "crm-api-1",
            lane: 0,
            mark: None,
        }
    });
    let mut group = c.benchmark_group("choosing");
    group.throughput(Throughput::Elements(LINES.len() as u64));
    for step in
        ["refused", "Refused", "/refus(ed|al)/", "level>=warn", "source:api", "status>=500 path~^/api"]
    {
        let mut stack = Stack::default();
        if let Err(e) = stack.parse_push(step) {
            eprintln!("{step}: {e:?}");
            continue;
        }
        let judge = || views.iter().filter(|view| stack.judge(view, &mut [0])).count();
        group.bench_function(step, |b| b.iter(judge));
    }
    group.bench_function("redact", |b| b.iter(|| LINES.map(|line| redact(black_box(line)).len())));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(2))
        .warm_up_time(std::time::Duration::from_millis(500));
    targets = lines, drawing, templates, choosing
}
criterion_main!(benches);
