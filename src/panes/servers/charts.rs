//! A server over time: the last minutes as they were read, or a longer past that was kept.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;
use crate::domain::quantity;
use crate::domain::server::trend::with_gaps;
use crate::domain::server::{Point, Span};
use crate::panes::Scene;
use crate::panes::plots::{self, Curve, Plot};
use crate::theme::Role;
use crate::widgets::paint::Line;

/// How far back is shown, and what was kept of it.
#[derive(Default)]
pub(super) struct Past {
    pub span: Span,
    /// `None` until it is read, and for the last minutes.
    pub kept: Option<Result<Vec<Point>, Fault>>,
    /// Whether the span is written above the charts.
    pub is_titled: bool,
}

impl Past {
    /// What is kept, and behind it what was read since.
    fn points(&self, target: &TargetId, scene: &Scene) -> Vec<Point> {
        let live = scene.world.vitals.get(target).into_iter().flat_map(|history| history.points());
        if self.span == Span::Minutes {
            return live.collect();
        }
        let mut points = match &self.kept {
            Some(Ok(kept)) => kept.clone(),
            _ => Vec::new(),
        };
        let since = points.last().map(|last| last.at);
        points.extend(live.filter(|point| since.is_none_or(|since| point.at > since)));
        with_gaps(points, self.span.step_s())
    }
}

/// As many as there is room for.
pub(super) fn view(target: &TargetId, past: &Past, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let area = if past.is_titled { title(past, scene, area, buf) } else { area };
    let points = past.points(target, scene);
    let curve = |name, role, read: fn(&Point) -> f32| {
        let points = points.iter().map(|p| (p.at, read(p))).collect();
        Curve { name, role, points }
    };
    let share = |title, role, read| Plot {
        title,
        curves: vec![curve("", role, read)],
        limit: None,
        full: Some(100.0),
        unit: quantity::percent,
    };
    let net = vec![
        curve("in", Role::ChartLine1, |p| p.rx_bytes_per_s),
        curve("out", Role::ChartLine3, |p| p.tx_bytes_per_s),
    ];
    let plots = [
        share("cpu", Role::ChartLine1, |p| p.cpu_percent),
        share("memory", Role::ChartLine2, |p| p.memory_percent),
        Plot { title: "network", curves: net, limit: None, full: None, unit: quantity::bytes_per_s },
        share("io stall", Role::ChartLine4, |p| p.io_stall_percent),
        share("disk", Role::ChartLine3, |p| p.disk_percent),
    ];
    let shown = usize::from((area.height / 4).clamp(1, 5));
    plots::draw(&plots[..shown], past.span.seconds() as f32, scene, area, buf);
}

/// How far back, and why nothing of it is there. The rest of the area is given back.
fn title(past: &Past, scene: &Scene, area: Rect, buf: &mut Buffer) -> Rect {
    let theme = scene.theme;
    let mut line = Line::new(buf, area, area.y, theme.glyphs.ellipsis);
    line.put(past.span.title(), theme.style(Role::Heading)).skip(2);
    match (&past.kept, past.span) {
        (_, Span::Minutes) => {}
        (None, _) => {
            line.put(&format!("reading {}", theme.glyphs.ellipsis), theme.style(Role::Muted));
        }
        (Some(Err(fault)), _) => {
            line.put(&fault.in_full(), theme.style(Role::Bad));
        }
        (Some(Ok(kept)), _) if kept.is_empty() => {
            let text = "nothing was kept yet: a point is made of every minute in which pult is open";
            line.put(text, theme.style(Role::Muted));
        }
        (Some(Ok(_)), _) => {}
    }
    let taken = 1.min(area.height);
    Rect { y: area.y + taken, height: area.height - taken, ..area }
}
