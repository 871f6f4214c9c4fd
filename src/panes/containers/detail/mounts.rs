//! Mounts, networks and ports.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Detail;
use crate::domain::container::Container;
use crate::panes::Scene;
use crate::theme::Role;
use crate::widgets::paint::Line;

/// Role and text of each line.
pub(super) fn lines(c: &Container) -> Vec<(Role, String)> {
    let mut out = vec![(Role::Heading, "mounts".to_owned())];
    for mount in &c.mounts {
        let source = match (&mount.name, mount.is_anonymous_volume()) {
            (Some(name), true) => format!("anonymous {}", name.get(..12).unwrap_or(name)),
            (Some(name), false) => name.clone(),
            (None, _) => mount.source.clone(),
        };
        out.push((Role::Text, mount.destination.clone()));
        out.push((
            Role::Muted,
            format!("  {} {source}{}", mount.kind, if mount.read_write { "" } else { " (read-only)" }),
        ));
    }
    if c.mounts.is_empty() {
        out.push((Role::Muted, "none".to_owned()));
    }
    out.push((Role::Heading, "networks".to_owned()));
    if c.networks.is_empty() {
        out.push((
            Role::Muted,
            if c.network_mode.is_empty() { "none".to_owned() } else { c.network_mode.clone() },
        ));
    }
    for network in &c.networks {
        out.push((
            Role::Text,
            format!("{}  {}", network.name, network.ip.as_deref().unwrap_or("no address")),
        ));
    }
    out.push((Role::Heading, "ports".to_owned()));
    if c.ports.is_empty() {
        out.push((Role::Muted, "none".to_owned()));
    }
    for port in &c.ports {
        let inside = format!("{}/{}", port.container_port, port.protocol);
        out.push(match port.host_port {
            Some(host) if port.is_open_to_any() => {
                (Role::Warn, format!("{inside} published on every address as {host}"))
            }
            Some(host) => (
                Role::Text,
                format!("{inside} published on {}:{host}", port.host_ip.as_deref().unwrap_or_default()),
            ),
            None => (Role::Muted, format!("{inside} exposed, not published")),
        });
    }
    out
}

pub(super) fn view(detail: &Detail, c: &Container, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let lines = lines(c);
    let top = detail.scroll.top.min(lines.len().saturating_sub(area.height.into()));
    for (i, (role, text)) in lines.iter().skip(top).take(area.height.into()).enumerate() {
        Line::new(buf, area, area.y + i as u16, scene.theme.glyphs.ellipsis)
            .put(text, scene.theme.style(*role));
    }
}
