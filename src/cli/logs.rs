//! `pult logs`: what is stored of some sources, merged by time, or what they write from now on.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{Stream, StreamExt, poll_fn, select_all};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::args::LogsArgs;
use super::failure::exit_of_fault;
use super::log_merge::Merge;
use super::log_print::Printer;
use super::log_source::{Opened, Source};
use super::{Exit, Failure, Session, log_source, since};
use crate::backends::clock;
use crate::backends::log_source::{LogRange, LogReader, LogReading};
use crate::domain::log::{LogAnchor, LogEvent, LogGap, LogLine, LogTurn};

/// Stored lines of several followed logs arrive in this time after each other; they are printed by time.
const SETTLE: Duration = Duration::from_millis(200);
/// They are waited for no longer than this: a busy container never pauses.
const SETTLED: Duration = Duration::from_secs(1);
/// More stored lines than this are printed as they come.
const MAX_SETTLING: usize = 20_000;

/// Finds the sources and prints their lines.
///
/// # Errors
/// A word that means nothing, a time or pattern that cannot be read, nothing to ask.
pub async fn run(session: &Session, args: &LogsArgs, out: &mut (dyn Write + Send)) -> Result<Exit, Failure> {
    let now = clock::now();
    let zone = args.zone.clone().unwrap_or_else(TimeZone::system);
    let moment = |flag: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => {
            since::parse(text, now, &zone).map(Some).map_err(|e| Failure::Usage(format!("{flag}: {e}")))
        }
    };
    let since = moment("--since", &args.since)?;
    let until = moment("--until", &args.until)?;
    if args.follow && until.is_some() {
        return Err(Failure::Usage("--until does not go with -f".into()));
    }
    // Wrong patterns are told before anything is dialled.
    Printer::new(args, session.colored, Vec::new())?;
    let Opened { sources, exit: unreached } = log_source::open(session, &args.sources).await?;
    let mut printer = Printer::new(args, session.colored, sources.clone())?;
    let logs = Logs { session, sources: &sources };
    let tail = args.tail.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let exit = if args.follow {
        logs.follow(tail, since, &mut printer, out).await?
    } else {
        logs.stored(&LogRange { tail, since, until }, &mut printer, out).await?
    };
    printer.finish(out)?;
    if printer.unknown() > 0 {
        session.remark(&format!("lines without a level, not chosen: {}", printer.unknown()));
    }
    Ok(if exit == Exit::Done { unreached } else { exit })
}

struct Logs<'a> {
    session: &'a Session,
    sources: &'a [Source],
}

impl Logs<'_> {
    async fn stored(
        &self,
        range: &LogRange,
        printer: &mut Printer,
        out: &mut (dyn Write + Send),
    ) -> Result<Exit, Failure> {
        let mut exit = Exit::Done;
        let opened = join_all(self.sources.iter().map(|s| s.log.stored(range.clone()))).await;
        let streams = opened.into_iter().map(|opened| match opened {
            Ok(stream) => stream,
            Err(fault) => futures_util::stream::once(async { Err(fault) }).boxed(),
        });
        let mut merge = Merge::new(streams.collect());
        let mut out = std::io::BufWriter::new(out);
        let mut silent: BTreeSet<usize> = (0..self.sources.len()).collect();
        while let Some((i, line)) = merge.next().await {
            silent.remove(&i);
            match line {
                Ok(line) => printer.line(i, &line, &mut out)?,
                Err(fault) => {
                    self.say(i, &fault.in_full());
                    exit = exit_of_fault(fault.kind);
                }
            }
        }
        out.flush()?;
        // A journal says nothing of a unit that there is not: it has no line of it.
        for source in silent.into_iter().filter_map(|i| self.sources.get(i)) {
            // The whole of a journal was read.
            let whole = range.since.is_none() && range.until.is_none() && range.tail != Some(0);
            if let Some(doubt) = source.doubt.as_ref().filter(|_| whole) {
                self.session.remark(&format!("`{}`: no line of such a unit here, and {doubt}", source.name));
                exit = Exit::Usage;
            } else if let Some(unit) = source.name.strip_prefix("unit/") {
                let text = format!("{}: no line of it there; is `{unit}` right?", source.name);
                self.session.remark(&format!("{text} `pult get units` lists the units of servers"));
            }
        }
        Ok(exit)
    }

    /// Prints until every source has ended, or an interrupt.
    async fn follow(
        &self,
        tail: Option<u32>,
        since: Option<Timestamp>,
        printer: &mut Printer,
        out: &mut (dyn Write + Send),
    ) -> Result<Exit, Failure> {
        let stop = CancellationToken::new();
        let (senders, receivers): (Vec<_>, Vec<_>) = self.sources.iter().map(|_| mpsc::channel(64)).unzip();
        let reading = LogReading { anchor: LogAnchor::End, tail };
        let followed = join_all(self.sources.iter().zip(senders).map(|(source, events)| {
            // Nothing older is asked for.
            let (_, asks) = mpsc::channel(1);
            source.log.clone().read(reading, LogReader { asks, events, stop: stop.clone() })
        }));
        let print = self.print_followed(receivers, since, printer, out);
        tokio::pin!(followed, print);
        tokio::select! {
            biased;
            result = &mut print => result,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
            // All sources are gone; what they left in the channels is still to be printed.
            _ = &mut followed => print.await,
        }
    }

    async fn print_followed(
        &self,
        receivers: Vec<mpsc::Receiver<LogEvent>>,
        since: Option<Timestamp>,
        printer: &mut Printer,
        out: &mut (dyn Write + Send),
    ) -> Result<Exit, Failure> {
        let mut ended = vec![false; receivers.len()];
        let mut events = events(receivers);
        let mut batch = settle(&mut events).await;
        loop {
            let mut lines: Vec<(usize, LogLine)> = Vec::new();
            for (i, event) in batch.drain(..) {
                match event {
                    LogEvent::Lines(more) => lines.extend(more.into_iter().map(|line| (i, line))),
                    other => self.event(i, &other, &mut ended),
                }
            }
            lines.retain(|(_, line)| since.is_none_or(|since| line.at.is_none_or(|at| at >= since)));
            lines.sort_by_key(|(_, line)| line.at);
            for (i, line) in &lines {
                printer.line(*i, line, out)?;
            }
            out.flush()?;
            if ended.iter().all(|ended| *ended) {
                return Ok(Exit::Done);
            }
            match events.next().await {
                Some(event) => batch.push(event),
                None => return Ok(Exit::Done),
            }
        }
    }

    fn event(&self, i: usize, event: &LogEvent, ended: &mut [bool]) {
        match event {
            LogEvent::Lines(_)
            | LogEvent::Older { .. }
            | LogEvent::OlderFailed(_)
            | LogEvent::Newer { .. }
            | LogEvent::Found(_)
            | LogEvent::Progress(_)
            | LogEvent::Skew(_)
            | LogEvent::Life(_) => {}
            LogEvent::Note(text) => self.say(i, &format!("-- {text} --")),
            LogEvent::Dropped(count) => {
                self.say(i, &format!("-- {count} lines came too fast to be taken --"))
            }
            LogEvent::Turned(LogTurn::Rotated) => self.say(i, "-- rotated: the new file follows --"),
            LogEvent::Turned(LogTurn::Truncated) => {
                self.say(i, "-- cut: it is read from its new beginning --")
            }
            LogEvent::Live => ended[i] = false,
            LogEvent::Gap(gap) => self.say(i, &missing(gap)),
            LogEvent::Ended => {
                ended[i] = true;
                self.say(i, "-- stopped --");
            }
            LogEvent::Lost(fault) => self.say(i, &format!("-- {}; trying again --", fault.in_full())),
            LogEvent::Refused(fault) => {
                ended[i] = true;
                self.say(i, &format!("-- {} --", fault.in_full()));
            }
        }
    }

    fn say(&self, i: usize, text: &str) {
        if let Some(source) = self.sources.get(i) {
            self.session.remark(&format!("{} at {}: {text}", source.name, source.target));
        }
    }
}

/// How the contract says a gap that cannot be filled.
fn missing(gap: &LogGap) -> String {
    match gap.from.zip(gap.until).map(|(from, until)| until.duration_since(from).as_secs()) {
        Some(seconds @ 1..) => format!("-- {seconds} s not available: rotated away --"),
        _ => "-- some lines are not available: they were rotated away --".to_owned(),
    }
}

/// The events of all logs as they come, each with the index of its log; no log waits behind a busy one.
fn events(receivers: Vec<mpsc::Receiver<LogEvent>>) -> impl Stream<Item = (usize, LogEvent)> + Unpin {
    select_all(receivers.into_iter().enumerate().map(|(i, mut receiver)| {
        poll_fn(move |context| receiver.poll_recv(context)).map(move |event| (i, event))
    }))
}

/// Collects what is stored of all logs, so that it can be printed by time.
async fn settle(events: &mut (impl Stream<Item = (usize, LogEvent)> + Unpin)) -> Vec<(usize, LogEvent)> {
    let mut settled = Vec::new();
    let mut count = 0;
    let end = tokio::time::sleep(SETTLED);
    tokio::pin!(end);
    while count < MAX_SETTLING {
        tokio::select! {
            () = &mut end => break,
            next = tokio::time::timeout(SETTLE, events.next()) => match next {
                Ok(Some((i, event))) => {
                    if let LogEvent::Lines(lines) = &event {
                        count += lines.len();
                    }
                    settled.push((i, event));
                }
                Ok(None) | Err(_) => break,
            }
        }
    }
    settled
}
