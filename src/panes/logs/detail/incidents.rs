//! What was kept of an incident of a server, as a text to read.

use jiff::tz::TimeZone;

use crate::domain::capsule::Capsule;
use crate::domain::incident::{Busy, Moment, ServerCapsule};
use crate::domain::quantity;
use crate::panes::Page;

/// One line for so many readings, so that the minutes before fit a screen.
const EVERY: usize = 5;

pub fn page(capsule: &Capsule, server: &ServerCapsule, zone: &TimeZone) -> Page {
    let info = &capsule.info;
    let local = |at: jiff::Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
    let past = &server.past;
    let mut lines =
        vec![format!("{}: {}", info.target, info.reason()), format!("when      {}", local(info.at))];
    if let Some(crossing) = &info.crossing {
        lines.push(format!("since     {}", local(crossing.since)));
    }
    lines.extend(past.cause.iter().map(|cause| format!("cause     {cause}")));
    if !past.failed_units.is_empty() {
        lines.push(format!("failed    {}", past.failed_units.join(", ")));
    }
    lines.extend(capsule.missing.iter().map(|what| format!("missing   {what}")));
    if !server.processes.is_empty() {
        lines.extend([String::new(), "    PID     CPU       MEMORY  USER        NAME".to_owned()]);
        lines.extend(server.processes.iter().map(process));
    }
    if !past.readings.is_empty() {
        lines.extend([
            String::new(),
            "TIME         CPU     MEM    LOAD  IO STALL    DISK            IN           OUT".to_owned(),
        ]);
        lines.extend(past.readings.iter().rev().step_by(EVERY).map(|moment| reading(moment, zone)));
    }
    lines.push(String::new());
    lines.push(match capsule.log.len() {
        0 => "no errors in its journal".to_owned(),
        count => format!("the last {count} errors of its journal"),
    });
    lines.extend(capsule.log.iter().map(|line| line.text.clone()));
    Page { title: format!("Incident of {}", info.name), lines }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "·".to_owned(), quantity::percent)
}

fn process(busy: &Busy) -> String {
    let memory = busy.memory_bytes.map_or_else(|| "·".to_owned(), quantity::bytes);
    let of = busy.unit.as_deref().or(busy.container.as_deref()).unwrap_or_default();
    format!(
        "{:>7}  {:>6}  {memory:>11}  {:<10}  {}  {of}",
        busy.pid,
        percent(busy.cpu_percent),
        busy.user.as_deref().unwrap_or("·"),
        busy.name
    )
}

fn reading(moment: &Moment, zone: &TimeZone) -> String {
    let time = moment.at.to_zoned(zone.clone()).strftime("%H:%M:%S");
    let share = |figure: Option<f32>| percent(figure.map(f64::from));
    let rate = |figure: Option<f32>| {
        figure.map_or_else(|| "·".to_owned(), |rate| quantity::bytes_per_s(f64::from(rate)))
    };
    let load = moment.load1.map_or_else(|| "·".to_owned(), |load| format!("{load:.1}"));
    format!(
        "{time}  {:>6}  {:>6}  {load:>6}  {:>8}  {:>6}  {:>12}  {:>12}",
        share(moment.cpu_percent),
        share(moment.memory_percent),
        share(moment.io_stall_percent),
        share(moment.disk_percent),
        rate(moment.rx_bytes_per_s),
        rate(moment.tx_bytes_per_s),
    )
}
