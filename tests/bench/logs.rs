//! What a log line costs, from the engine's bytes to its level and time: `cargo bench --bench logs`. The target
//! is a million mixed lines a second on one core.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pult::logs::frame::Decoder;
use pult::logs::{continues, read, read_near};

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

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(2))
        .warm_up_time(std::time::Duration::from_millis(500));
    targets = lines
}
criterion_main!(benches);
