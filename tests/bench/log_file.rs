//! A log file of a gigabyte: its first screen, pages, a jump in time, searches beside ripgrep, and what it costs
//! in memory: `cargo bench --bench log_file`. Needs 2 GB in the temporary folder.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use pult::backends::clock;
use pult::backends::local::local_source;
use pult::backends::log_source::{LogReader, LogReading, LogSource};
use pult::domain::log::{LogAnchor, LogAsk, LogEdge, LogEvent, LogFind, LogSourceId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const FILE: usize = 1 << 30;
const PACKED: usize = 500 << 20;

/// Lines as an application writes them, a thousand in a second, up to so many bytes.
fn write(out: &mut dyn Write, bytes: usize) -> std::io::Result<u64> {
    let (mut written, mut number) = (0, 0_u64);
    while written < bytes {
        let (second, ms) = (1_700_000_000 + number / 1000, number % 1000);
        let status = if number % 1009 == 0 { 502 } else { 200 };
        let line = format!(
            "{second}.{ms:03} INFO http request id={number:016x} path=/v1/deals/{} status={status} took={}ms\n",
            number % 977,
            number % 251
        );
        out.write_all(line.as_bytes())?;
        (written, number) = (written + line.len(), number + 1);
    }
    Ok(number)
}

/// Megabytes: now, and the most until now.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1024
    };
    format!("{} MiB, at most {} MiB", of("VmRSS"), of("VmHWM"))
}

struct Reading {
    asks: mpsc::Sender<LogAsk>,
    events: mpsc::Receiver<LogEvent>,
    _stop: tokio_util::sync::DropGuard,
}

impl Reading {
    #[allow(clippy::disallowed_methods)] // A bench has no runtime of ours.
    fn of(source: &Arc<dyn LogSource>, anchor: LogAnchor) -> Self {
        let (asks, asked) = mpsc::channel(8);
        let (sender, events) = mpsc::channel(64);
        let stop = CancellationToken::new();
        let reader = LogReader { asks: asked, events: sender, stop: stop.clone() };
        tokio::spawn(Arc::clone(source).read(LogReading { anchor, tail: Some(1000) }, reader));
        Self { asks, events, _stop: stop.drop_guard() }
    }

    async fn until<T>(&mut self, mut wanted: impl FnMut(LogEvent) -> Option<T>) -> Option<T> {
        while let Some(event) = self.events.recv().await {
            if let Some(found) = wanted(event) {
                return Some(found);
            }
        }
        None
    }

    async fn lines(&mut self) -> usize {
        let lines = |event| match event {
            LogEvent::Lines(lines) => Some(lines.len()),
            _ => None,
        };
        self.until(lines).await.unwrap_or_default()
    }

    async fn older(&mut self, number: i64) -> usize {
        let edge = LogEdge { number, ..LogEdge::default() };
        let _ = self.asks.send(LogAsk::Older { lines: 1000, edge }).await;
        let lines = |event| match event {
            LogEvent::Older { lines, .. } => Some(lines.len()),
            _ => None,
        };
        self.until(lines).await.unwrap_or_default()
    }

    async fn find(&mut self, regex: &str) -> u64 {
        let find = LogFind { generation: 1, regex: regex.into(), ignore_case: false };
        let _ = self.asks.send(LogAsk::Find(find)).await;
        let hits = |event| match event {
            LogEvent::Found(found) if found.done => Some(found.hits),
            _ => None,
        };
        self.until(hits).await.unwrap_or_default()
    }
}

#[allow(clippy::disallowed_methods)] // Compared with what everybody has.
fn ripgrep(regex: &str, path: &Path) -> Option<Duration> {
    let start = clock::instant();
    let status = std::process::Command::new("rg").args(["-c", regex]).arg(path).output().ok()?.status;
    status.success().then(|| start.elapsed())
}

fn say(what: &str, start: Instant, count: impl std::fmt::Display) {
    println!("{what:<44}{:>9.1} ms   {count}", start.elapsed().as_secs_f64() * 1e3);
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    // `cargo test --benches` only wants to know that it runs.
    let is_bench = std::env::args().any(|arg| arg == "--bench");
    let scale = if is_bench { 1 } else { 1000 };
    let dir = std::env::temp_dir().join(format!("pult-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let path = dir.join("app.log");
    let mut out = BufWriter::new(File::create(&path)?);
    let lines = write(&mut out, FILE / scale)?;
    out.write_all(b"1799999999.000 ERROR a-rare-needle in the haystack\n")?;
    out.flush()?;
    drop(out);
    println!("{} MiB, {lines} lines; memory {}", (FILE / scale) >> 20, memory());
    let id = LogSourceId::File(path.to_string_lossy().into());
    let Some(source) = local_source(&id) else { return Ok(()) };

    let start = clock::instant();
    let mut reading = Reading::of(&source, LogAnchor::End);
    let count = reading.lines().await;
    say("first screen (the last 1000 lines)", start, count);
    for page in [0, -1000] {
        let start = clock::instant();
        let count = reading.older(page).await;
        say("the 1000 lines before", start, count);
    }
    let middle =
        jiff::Timestamp::from_second(1_700_000_000 + i64::try_from(lines / 2000).unwrap_or_default());
    if let Ok(middle) = middle {
        let start = clock::instant();
        let count = Reading::of(&source, LogAnchor::Time(middle)).lines().await;
        say("a time in the middle", start, count);
    }
    for regex in ["a-rare-needle", "status=5\\d\\d", "took=[0-9]+ms$"] {
        for _ in 0..3 {
            let start = clock::instant();
            let hits = reading.find(regex).await;
            say(&format!("search for {regex}"), start, hits);
            if let Some(took) = ripgrep(regex, &path) {
                println!("{:<44}{:>9.1} ms", "    rg -c", took.as_secs_f64() * 1e3);
            }
        }
    }
    println!("memory {}", memory());

    let mut packed = GzEncoder::new(File::create(dir.join("app.log.1.gz"))?, Compression::fast());
    write(&mut packed, PACKED / scale)?;
    packed.finish()?;
    std::fs::write(&path, "1800000000.000 the only line\n")?;
    let mut reading = Reading::of(&source, LogAnchor::End);
    reading.lines().await;
    for page in [0, -999] {
        let start = clock::instant();
        let count = reading.older(page).await;
        say("1000 lines of a compressed sibling", start, count);
    }
    let start = clock::instant();
    let hits = reading.find("a-rare-needle").await;
    say("search of it", start, hits);
    println!("memory {}", memory());
    std::fs::remove_dir_all(&dir)
}
