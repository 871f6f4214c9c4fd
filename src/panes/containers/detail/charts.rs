//! Live charts of what the container uses, over the last ten minutes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::container::Container;
use crate::domain::quantity;
use crate::domain::usage::{Point, Series};
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::chart::{Chart, Line as ChartLine, nice_max};
use crate::widgets::paint::Line;

/// Seconds from the left edge to now.
const SPAN_S: f32 = 600.0;
/// Cells left of the chart for its axis.
const AXIS: u16 = 9;

type Reading = fn(&Point) -> f32;

struct Plot<'a> {
    title: &'a str,
    /// Name, role and how the value is read from a point.
    lines: Vec<(&'a str, Role, Reading)>,
    limit: Option<f32>,
    unit: fn(f64) -> String,
}

fn size(value: f64) -> String {
    quantity::bytes(value.max(0.0) as u64)
}

fn plots(series: Option<&Series>, host_memory: u64) -> [Plot<'static>; 5] {
    let limit = series.and_then(|s| s.last.as_ref()).and_then(|(_, u)| u.memory_limit_bytes);
    let limit = limit.filter(|l| host_memory == 0 || *l < host_memory).map(|l| l as f32);
    [
        Plot {
            title: "cpu",
            lines: vec![("", Role::ChartLine1, |p| p.cpu_percent)],
            limit: None,
            unit: quantity::percent,
        },
        Plot { title: "memory", lines: vec![("", Role::ChartLine2, |p| p.memory_bytes)], limit, unit: size },
        Plot {
            title: "network",
            lines: vec![("in", Role::ChartLine1, |p| p.net_rx), ("out", Role::ChartLine3, |p| p.net_tx)],
            limit: None,
            unit: quantity::bytes_per_s,
        },
        Plot {
            title: "block io",
            lines: vec![
                ("read", Role::ChartLine2, |p| p.block_read),
                ("write", Role::ChartLine4, |p| p.block_write),
            ],
            limit: None,
            unit: quantity::bytes_per_s,
        },
        Plot {
            title: "throttle",
            lines: vec![("", Role::ChartLine4, |p| p.throttled_percent)],
            limit: None,
            unit: quantity::percent,
        },
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

fn draw(c: &Container, scene: &Scene, area: Rect, buf: &mut Buffer, count: u16) {
    let series = scene.world.usage.get(&c.key());
    let host_memory = scene
        .world
        .docker
        .get(&c.target)
        .and_then(|r| r.value.as_deref())
        .map_or(0, |h| h.engine.memory_bytes);
    let shown = count.min((area.height / 3).max(1));
    let height = area.height / shown.max(1);
    for (i, plot) in plots(series, host_memory).iter().enumerate().take(shown.into()) {
        let box_area = Rect { y: area.y + i as u16 * height, height, ..area };
        one(plot, series, scene, box_area, buf);
    }
}

fn one(plot: &Plot, series: Option<&Series>, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut title = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    title.put_within(plot.title, AXIS, theme.style(Role::Muted)).to(area.x + AXIS);
    let points: Vec<&Point> = series.map(|s| s.points().collect()).unwrap_or_default();
    for (name, role, value) in &plot.lines {
        let last = points.last().map(|p| value(p)).filter(|v| !v.is_nan());
        let text = match last {
            Some(v) => (plot.unit)(f64::from(v)),
            None => theme.glyphs.unmeasured.to_owned(),
        };
        if !name.is_empty() {
            title.put(name, theme.style(*role)).skip(1);
        }
        title.put(&text, theme.style(Role::Text)).skip(2);
    }
    if let Some(limit) = plot.limit {
        title.put(&format!("of {}", size(f64::from(limit))), theme.style(Role::Faint)).skip(2);
    }
    // An old figure is not passed off as the present one.
    if let Some(last) = points.last() {
        let age = scene.now.as_second() - last.at.as_second();
        if age > 6 {
            title.put(&format!("{} old", quantity::age(age)), theme.style(Role::Stale));
        }
    }
    let chart_area = Rect {
        x: area.x + AXIS,
        y: area.y + 1,
        width: area.width.saturating_sub(AXIS),
        height: area.height.saturating_sub(1),
    };
    if chart_area.is_empty() {
        return;
    }
    let values = plot.lines.iter().flat_map(|(_, _, value)| points.iter().map(|p| value(p)));
    let largest = values.filter(|v| !v.is_nan()).fold(0.0f32, f32::max);
    let max = match plot.limit {
        // The limit is the scale: half full looks half full.
        Some(limit) => limit.max(largest),
        None if plot.title == "throttle" => 100.0,
        None => nice_max(largest),
    };
    let axis = theme.style(Role::ChartAxis);
    let label = (plot.unit)(f64::from(max));
    let label_area = Rect { width: AXIS.saturating_sub(1), ..area };
    Line::new(buf, label_area, chart_area.y, theme.glyphs.ellipsis).right(&label, AXIS - 1, axis);
    if chart_area.height > 1 {
        Line::new(buf, label_area, chart_area.bottom() - 1, theme.glyphs.ellipsis).right("0", AXIS - 1, axis);
    }
    let data: Vec<Vec<(f32, f32)>> = plot
        .lines
        .iter()
        .map(|(_, _, value)| {
            points
                .iter()
                .map(|p| ((scene.now.as_second() - p.at.as_second()).max(0) as f32, value(p)))
                .collect()
        })
        .collect();
    let lines: Vec<ChartLine> = plot
        .lines
        .iter()
        .zip(&data)
        .map(|((_, role, _), points)| ChartLine { points, style: theme.style(*role) })
        .collect();
    let limit = plot.limit.map(|l| (l, theme.style(Role::ChartLimit)));
    Chart { lines: &lines, max, span_s: SPAN_S, limit, braille: theme.glyphs.braille }.draw(chart_area, buf);
}
