//! Live charts of what the container uses.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::container::Container;
use crate::domain::quantity;
use crate::domain::usage::{Point, Series};
use crate::panes::Scene;
use crate::panes::plots::{self, Curve, Plot};
use crate::theme::Role;

fn size(value: f64) -> String {
    quantity::bytes(value.max(0.0) as u64)
}

fn all(series: Option<&Series>, host_memory: u64) -> [Plot; 5] {
    let limit = series.and_then(|s| s.last.as_ref()).and_then(|(_, u)| u.memory_limit_bytes);
    let limit = limit.filter(|l| host_memory == 0 || *l < host_memory).map(|l| l as f32);
    let curve = |name, role, read: fn(&Point) -> f32| {
        let points = series.map(|s| s.points().map(|p| (p.at, read(p))).collect()).unwrap_or_default();
        Curve { name, role, points }
    };
    let plot = |title, unit, curves| Plot { title, curves, limit: None, full: None, unit };
    let cpu = plot("cpu", quantity::percent, vec![curve("", Role::ChartLine1, |p| p.cpu_percent)]);
    let memory = plot("memory", size, vec![curve("", Role::ChartLine2, |p| p.memory_bytes)]);
    let net = vec![curve("in", Role::ChartLine1, |p| p.net_rx), curve("out", Role::ChartLine3, |p| p.net_tx)];
    let io = vec![
        curve("read", Role::ChartLine2, |p| p.block_read),
        curve("write", Role::ChartLine4, |p| p.block_write),
    ];
    let throttle =
        plot("throttle", quantity::percent, vec![curve("", Role::ChartLine4, |p| p.throttled_percent)]);
    [
        cpu,
        Plot { limit, ..memory },
        plot("network", quantity::bytes_per_s, net),
        plot("block io", quantity::bytes_per_s, io),
        Plot { full: Some(100.0), ..throttle },
    ]
}

/// All charts, as many as there is room for.
pub(super) fn view(c: &Container, scene: &Scene, area: Rect, buf: &mut Buffer) {
    if !c.state.has_processes() {
        return super::note("it is not running: there is nothing to measure", Role::Muted, scene, area, buf);
    }
    draw(c, scene, area, buf, 5);
}

/// CPU and memory only, for the overview.
pub(super) fn compact(c: &Container, scene: &Scene, area: Rect, buf: &mut Buffer) {
    draw(c, scene, area, buf, 2);
}

fn draw(c: &Container, scene: &Scene, area: Rect, buf: &mut Buffer, count: usize) {
    let series = scene.world.usage.get(&c.key());
    let host = scene.world.docker.get(&c.target).and_then(|r| r.value.as_deref());
    let host_memory = host.map_or(0, |h| h.engine.memory_bytes);
    plots::draw(&all(series, host_memory)[..count], plots::TEN_MINUTES, scene, area, buf);
}
