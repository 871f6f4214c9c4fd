//! Jobs and notices of the session as a list, newest first.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{DialogScene, Verdict};
use crate::command::{DialogIntent, Motion};
use crate::domain::server::Underway;
use crate::theme::Role;
use crate::widgets::paint::{Line, wrap};
use crate::widgets::popup;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Jobs,
    Notices,
}

/// The list.
#[derive(Debug)]
pub struct Records {
    kind: Kind,
    top: usize,
}

impl Records {
    pub fn jobs() -> Self {
        Self { kind: Kind::Jobs, top: 0 }
    }

    pub fn notices() -> Self {
        Self { kind: Kind::Notices, top: 0 }
    }

    pub fn act(&mut self, intent: DialogIntent) -> Verdict {
        match intent {
            DialogIntent::NextField | DialogIntent::Move(Motion::Down) => self.top += 1,
            DialogIntent::PreviousField | DialogIntent::Move(Motion::Up) => {
                self.top = self.top.saturating_sub(1)
            }
            DialogIntent::Move(Motion::PageDown) => self.top += 10,
            DialogIntent::Move(Motion::PageUp) => self.top = self.top.saturating_sub(10),
            DialogIntent::Move(Motion::First) => self.top = 0,
            DialogIntent::Accept => return Verdict::Close,
            _ => {}
        }
        Verdict::Stay
    }

    fn entries(&self, scene: &DialogScene) -> Vec<(Timestamp, Role, String)> {
        match self.kind {
            Kind::Jobs => copies(scene)
                .chain(scene.jobs.all().iter().rev().map(|job| {
                    let role = if job.is_running() {
                        Role::Info
                    } else if job.failed.is_empty() {
                        Role::Text
                    } else {
                        Role::Bad
                    };
                    (job.started, role, format!("{}: {}", job.place, job.sentence()))
                }))
                .collect(),
            Kind::Notices => scene
                .notices
                .all()
                .iter()
                .rev()
                .map(|n| (n.at, if n.is_error { Role::Bad } else { Role::Text }, n.text.clone()))
                .collect(),
        }
    }

    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let frame = popup::centered(area, 100, area.height.saturating_sub(4).min(24));
        let (title, none) = match self.kind {
            Kind::Jobs => ("Jobs", "nothing was started in this session"),
            Kind::Notices => ("Notices", "nothing to tell yet"),
        };
        let inner = popup::frame(frame, title, Role::DialogTitle, theme, buf);
        let base = theme.style(Role::DialogBackground);
        let mut lines = Vec::new();
        for (at, role, text) in self.entries(scene) {
            let time = at.to_zoned(scene.zone.clone()).strftime("%H:%M:%S").to_string();
            for (i, part) in wrap(&text, inner.width.saturating_sub(10)).into_iter().enumerate() {
                lines.push((if i == 0 { time.clone() } else { String::new() }, role, part));
            }
        }
        if lines.is_empty() {
            lines.push((String::new(), Role::Muted, none.to_owned()));
        }
        let top = self.top.min(lines.len().saturating_sub(1));
        for (i, (time, role, text)) in lines.iter().skip(top).take(inner.height.into()).enumerate() {
            let mut line = Line::new(buf, inner, inner.y + i as u16, theme.glyphs.ellipsis);
            line.put_within(time, 8, base.patch(theme.style(Role::Faint)))
                .to(inner.x + 10)
                .put(text, base.patch(theme.style(*role)));
        }
    }
}

/// How far the copies are that jobs are at: what they are is told by the jobs.
fn copies<'a>(scene: &'a DialogScene) -> impl Iterator<Item = (Timestamp, Role, String)> + 'a {
    let one = |copy: &Underway| {
        let text = format!("{}: {}: {}", copy.target.name, copy.title(), copy.sentence());
        (scene.now, Role::Accent, text)
    };
    scene.world.transfers.iter().map(one)
}
