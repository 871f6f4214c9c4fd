//! Containers that died of themselves, and servers in trouble, with what was kept of the moment.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::view::LogView;
use super::{incidents, list, note};
use crate::domain::capsule::Capsule;
use crate::domain::quantity;
use crate::domain::world::World;
use crate::panes::{Page, Request, Scene};
use crate::theme::Role;

impl LogView {
    /// Enter on a crash: what was kept of it.
    pub(super) fn read_capsule(&self, cursor: usize, world: &World) -> Vec<Request> {
        world.capsules.get(cursor).map(|info| Request::ReadCapsule(info.id.clone())).into_iter().collect()
    }
}

pub fn draw(view: &LogView, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let capsules = &scene.world.capsules;
    if capsules.is_empty() {
        let text = "No crash has been seen. When a container dies of itself or runs out of memory while pult is \
                    open, its last lines, exit code and settings are kept here.";
        return note(text, scene.theme, area, buf);
    }
    list(view, scene, area, buf, capsules.len(), |i, line, tone| {
        let info = &capsules[i];
        let at = info.at.to_zoned(scene.zone.clone()).strftime("%m-%d %H:%M:%S").to_string();
        line.put(&at, tone(Role::Faint)).skip(1);
        line.put(&info.name, tone(Role::Text)).skip(1).put(&info.reason(), tone(Role::Bad)).skip(1);
        if info.skipped_before > 0 {
            let more = format!("and {} more before", quantity::count(info.skipped_before));
            line.put(&more, tone(Role::Muted));
        }
    });
}

/// A capsule as a text to read.
pub fn page(capsule: &Capsule, zone: &TimeZone) -> Page {
    if let Some(server) = &capsule.server {
        return incidents::page(capsule, server, zone);
    }
    let info = &capsule.info;
    let local =
        |at: jiff::Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f %:z").to_string();
    let mut lines = vec![
        format!("{} at {}: {}", info.name, info.target, info.reason()),
        format!("when      {}", local(info.at)),
        format!("image     {} ({})", info.image, capsule.image_id),
        format!("container {}", info.container),
    ];
    if let Some(at) = capsule.started_at {
        lines.push(format!("started   {}", local(at)));
    }
    if let Some(count) = capsule.restart_count {
        lines.push(format!("restarts  {count}"));
    }
    if capsule.asked_to_stop {
        lines.push("it had been asked to stop".to_owned());
    }
    lines.extend(capsule.missing.iter().map(|what| format!("missing   {what}")));
    if let Some(last) = capsule.usage.last() {
        let cpu = last.usage.cpu_percent.map_or_else(|| "·".to_owned(), quantity::percent);
        let memory = last.usage.memory_bytes.map_or_else(|| "·".to_owned(), quantity::bytes);
        lines.push(format!("last used {cpu} cpu, {memory} memory"));
    }
    lines.push(String::new());
    lines.push(match (capsule.log_cut, capsule.log.len()) {
        (_, 0) => "it left no lines".to_owned(),
        (true, count) => format!("its last {count} lines"),
        (false, _) => "its whole log".to_owned(),
    });
    lines.extend(capsule.log.iter().map(|line| match line.at {
        Some(at) => format!("{}  {}", at.to_zoned(zone.clone()).strftime("%H:%M:%S%.3f"), line.text),
        None => line.text.clone(),
    }));
    if let Ok(document) = serde_json::to_string_pretty(&capsule.inspect)
        && !capsule.inspect.is_null()
    {
        lines.push(String::new());
        lines.push("the engine's answer, secrets masked".to_owned());
        lines.extend(document.lines().map(str::to_owned));
    }
    Page { title: format!("Crash of {}", info.name), lines }
}
