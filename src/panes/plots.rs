//! Charts over a span up to now, one below the other, each with its figures of now and its axis.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Scene;
use crate::domain::quantity;
use crate::theme::Role;
use crate::widgets::chart::{Chart, Line as ChartLine, nice_max};
use crate::widgets::paint::Line;

/// The last ten minutes, in seconds.
pub const TEN_MINUTES: f32 = 600.0;
/// Cells left of a chart for its axis.
const AXIS: u16 = 10;
/// A figure older than this says its age, seconds.
const FRESH_S: i64 = 6;

/// A line: its name (empty when it is the only one), role, and its points with their times. `NaN` = not measured.
pub struct Curve {
    pub name: &'static str,
    pub role: Role,
    pub points: Vec<(Timestamp, f32)>,
}

/// One chart.
pub struct Plot {
    pub title: &'static str,
    pub curves: Vec<Curve>,
    /// The scale's end is the limit: half full looks half full. It is written as `of 512 MiB`.
    pub limit: Option<f32>,
    /// The scale's end where there is no limit to speak of: a share is of 100 %.
    pub full: Option<f32>,
    pub unit: fn(f64) -> String,
}

/// Draws as many as there is room for; `span_s` seconds lie between the left edge and now.
pub fn draw(plots: &[Plot], span_s: f32, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let shown = u16::try_from(plots.len()).unwrap_or(u16::MAX).min((area.height / 3).max(1));
    let height = area.height / shown.max(1);
    for (i, plot) in plots.iter().enumerate().take(shown.into()) {
        one(plot, span_s, scene, Rect { y: area.y + i as u16 * height, height, ..area }, buf);
    }
}

fn one(plot: &Plot, span_s: f32, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut title = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    title.put_within(plot.title, AXIS, theme.style(Role::Muted)).to(area.x + AXIS);
    for curve in &plot.curves {
        let last = curve.points.last().map(|p| p.1).filter(|v| !v.is_nan());
        let text = match last {
            Some(v) => (plot.unit)(f64::from(v)),
            None => theme.glyphs.unmeasured.to_owned(),
        };
        if !curve.name.is_empty() {
            title.put(curve.name, theme.style(curve.role)).skip(1);
        }
        title.put(&text, theme.style(Role::Text)).skip(2);
    }
    if let Some(limit) = plot.limit {
        let limit = (plot.unit)(f64::from(limit));
        title.put(&format!("of {limit}"), theme.style(Role::Faint)).skip(2);
    }
    // An old figure is not passed off as the present one.
    let last = plot.curves.iter().filter_map(|curve| curve.points.last()).map(|p| p.0).max();
    if let Some(last) = last {
        let age = scene.now.as_second() - last.as_second();
        if age > FRESH_S {
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
    let values = plot.curves.iter().flat_map(|curve| curve.points.iter().map(|p| p.1));
    let largest = values.filter(|v| !v.is_nan()).fold(0.0f32, f32::max);
    let max = match plot.limit.or(plot.full) {
        Some(limit) => limit.max(largest),
        None => nice_max(largest),
    };
    let axis = theme.style(Role::ChartAxis);
    let label = (plot.unit)(f64::from(max));
    let label_area = Rect { width: AXIS.saturating_sub(1), ..area };
    Line::new(buf, label_area, chart_area.y, theme.glyphs.ellipsis).right(&label, AXIS - 1, axis);
    if chart_area.height > 1 {
        Line::new(buf, label_area, chart_area.bottom() - 1, theme.glyphs.ellipsis).right("0", AXIS - 1, axis);
    }
    let age = |at: Timestamp| (scene.now.as_second() - at.as_second()).max(0) as f32;
    let aged = |curve: &Curve| curve.points.iter().map(|p| (age(p.0), p.1)).collect();
    let data: Vec<Vec<(f32, f32)>> = plot.curves.iter().map(aged).collect();
    let styled = plot.curves.iter().zip(&data);
    let lines: Vec<ChartLine> =
        styled.map(|(curve, points)| ChartLine { points, style: theme.style(curve.role) }).collect();
    let limit = plot.limit.map(|l| (l, theme.style(Role::ChartLimit)));
    Chart { lines: &lines, max, span_s, limit, braille: theme.glyphs.braille }.draw(chart_area, buf);
}
