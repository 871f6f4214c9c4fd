//! The first tab: what it is, how it does, what it last said.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Detail, charts, log};
use crate::domain::container::Container;
use crate::domain::{container_fields, quantity};
use crate::panes::Scene;
use crate::panes::containers::columns::{exit_words, state_look};
use crate::theme::Role;
use crate::widgets::paint::Line;

pub(super) fn view(detail: &Detail, c: &Container, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme;
    let mut y = area.y;
    let mut row = |buf: &mut Buffer, label: &str, text: &str, role: Role| {
        if y < area.bottom() && !text.is_empty() {
            let mut line = Line::new(buf, area, y, theme.glyphs.ellipsis);
            line.put_within(label, 9, theme.style(Role::Muted)).to(area.x + 9).put(text, theme.style(role));
            y += 1;
        }
    };
    let (glyph, words, role) = state_look(c, theme);
    let since = c.since().map(|t| quantity::age_coarse(scene.now.as_second() - t.as_second()));
    let inspect = detail.inspect();
    let mut state = format!("{glyph} {words}");
    if let Some(since) = since {
        state.push_str(&format!(" {} {since}", if c.state.has_processes() { "for" } else { "since" }));
    }
    if let Some(n) = inspect.and_then(|i| i.restart_count).or(c.restart_count).filter(|n| *n > 0) {
        state.push_str(&format!(" {} {n} restarts", theme.glyphs.separator));
    }
    row(buf, "state", &state, if role == Role::Ok { Role::Text } else { role });
    if !c.state.has_processes() {
        row(buf, "exit", &exit_words(c).unwrap_or_default(), Role::Text);
    }
    if let Some(last) = inspect.and_then(|i| i.health_log.last()) {
        let role = if last.exit_code == 0 { Role::Text } else { Role::Bad };
        let output = last.output.lines().next().unwrap_or_default();
        row(
            buf,
            "health",
            &match (last.exit_code, output) {
                (0, "") => "passes".to_owned(),
                (0, output) => format!("passes: {output}"),
                (code, "") => format!("fails with {code}"),
                (_, output) => format!("fails: {output}"),
            },
            role,
        );
    }
    row(buf, "image", &c.image, Role::Text);
    let project = match (&c.project, &c.service) {
        (Some(project), Some(service)) => format!("{project} {} service {service}", theme.glyphs.separator),
        (Some(project), None) => project.clone(),
        _ => String::new(),
    };
    row(buf, "project", &project, Role::Text);
    if scene.world.has_several_engines() {
        row(buf, "host", &c.target.name, Role::Text);
    }
    row(buf, "command", &c.command, Role::Text);
    let ports = container_fields::ports(c);
    let ports = if theme.glyphs.braille { ports.into_owned() } else { ports.replace('→', ">") };
    row(buf, "ports", &ports, Role::Text);
    if c.ports.iter().any(crate::domain::container::Port::is_open_to_any) {
        row(buf, "", &format!("{} published on every address, past UFW", theme.glyphs.attention), Role::Warn);
    }
    let networks: Vec<_> =
        c.networks.iter().map(|n| format!("{} {}", n.name, n.ip.as_deref().unwrap_or_default())).collect();
    row(buf, "network", networks.join(", ").trim_end(), Role::Text);
    if let Some(inspect) = inspect {
        let mut limits = Vec::new();
        limits.extend(
            inspect.memory_limit_bytes.filter(|m| *m > 0).map(|m| format!("memory {}", quantity::bytes(m))),
        );
        limits.extend(inspect.cpus.filter(|c| *c > 0.0).map(|c| format!("{c} cpus")));
        limits.extend(
            inspect.restart_policy.as_deref().filter(|p| !p.is_empty()).map(|p| format!("restart {p}")),
        );
        row(buf, "limits", &limits.join(", "), Role::Text);
    }
    let mut rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    if c.state.has_processes() && rest.height >= 10 {
        let chart = Rect { height: 8.min(rest.height / 2), ..rest };
        charts::compact(c, scene, chart, buf);
        rest = Rect { y: rest.y + chart.height, height: rest.height - chart.height, ..rest };
    }
    if rest.height >= 3 {
        log::last_lines(detail, scene, rest, buf);
    }
}
