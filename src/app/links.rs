//! What the header says on its right: engines, servers and checks; in full where there is room, else the part of it
//! that matters most.

use jiff::Timestamp;

use super::App;
use crate::domain::check::State;
use crate::domain::guard::Guard;
use crate::domain::quantity;
use crate::domain::remote::Link;
use crate::theme::Role;
use crate::widgets::paint::width;

/// A text that is written as it is, and how it looks.
pub(super) type Piece = (String, Role);

pub(super) fn columns(pieces: &[Piece]) -> usize {
    pieces.iter().map(|(text, _)| usize::from(width(text))).sum()
}

impl App {
    /// The fullest text that has room; nothing wrong gives way to what is well.
    pub(super) fn links(&self, now: Timestamp, room: usize) -> Vec<Piece> {
        let (marks, wrong) = (self.marks(), self.wrong(now));
        let full = [&*marks, &*self.engines_named(now), &*wrong].concat();
        if columns(&full) <= room {
            return full;
        }
        let (counted, lost) = (self.engines_counted(), self.engines_lost());
        let shorter = [
            [&*marks, &*counted, &*wrong].concat(),
            [&*counted, &*wrong].concat(),
            [&*lost, &*wrong].concat(),
        ];
        let fits = |pieces: &Vec<Piece>| !pieces.is_empty() && columns(pieces) <= room;
        shorter.into_iter().find(fits).unwrap_or_else(|| vec![self.in_a_word(now)])
    }

    /// What holds for the whole session, and what needs a look on whatever pane.
    fn marks(&self) -> Vec<Piece> {
        let attention = self.world.containers().filter(|c| c.needs_attention()).count();
        let read_only = self.world.read_only.then(|| ("read-only  ".to_owned(), Role::GuardReadOnly));
        let attention =
            (attention > 0).then(|| (format!("{} {attention}  ", self.theme.glyphs.attention), Role::Bad));
        read_only.into_iter().chain(attention).collect()
    }

    fn wrong(&self, now: Timestamp) -> Vec<Piece> {
        let g = self.theme.glyphs;
        [("servers", g.lost, self.lost_servers()), ("checks", g.cross, self.checks_down(now))]
            .into_iter()
            .filter(|(_, _, count)| *count > 0)
            .map(|(what, glyph, count)| (format!("  {what} {glyph} {count}"), Role::Bad))
            .collect()
    }

    /// Each engine with its state.
    fn engines_named(&self, now: Timestamp) -> Vec<Piece> {
        let g = self.theme.glyphs;
        let mut out = Vec::new();
        for target in &self.world.targets {
            let Some(remote) = self.world.docker.get(&target.id) else { continue };
            let guard = match self.world.guard(&target.id) {
                Guard::Free => Role::GuardFree,
                Guard::Confirm => Role::GuardConfirm,
                Guard::TypeTheName => Role::GuardType,
                Guard::ReadOnly => Role::GuardReadOnly,
            };
            let age = remote.at.map(|at| quantity::age(now.as_second() - at.as_second()));
            let (state, role) = match (&remote.link, age) {
                (Link::Live, _) => (g.live.to_owned(), Role::Ok),
                (Link::Listed, _) => (g.unmeasured.to_owned(), Role::Faint),
                (Link::Connecting, _) => (g.connecting.to_owned(), Role::Info),
                (Link::Lost { fault, .. }, Some(age)) => {
                    (format!("{} {} {age}", g.stale, fault.kind.word()), Role::Stale)
                }
                (Link::Lost { fault, .. }, None) => (format!("{} {}", g.lost, fault.kind.word()), Role::Bad),
            };
            if !out.is_empty() {
                out.push(("  ".to_owned(), Role::Text));
            }
            out.push((format!("{} ", target.id.name), guard));
            out.push((state, role));
        }
        out
    }

    /// `3 engines ● 2  ✕ 1`
    fn engines_counted(&self) -> Vec<Piece> {
        let (g, all, noun) = (self.theme.glyphs, self.world.docker.len(), self.engine_noun());
        let mut out = vec![(format!("{all} {noun} {} {}", g.live, self.live_engines()), Role::Ok)];
        let lost = self.lost_engines();
        if lost > 0 {
            out.push((format!("  {} {lost}", g.lost), Role::Bad));
        }
        out
    }

    /// `engines ✕ 1`
    fn engines_lost(&self) -> Vec<Piece> {
        let (lost, noun) = (self.lost_engines(), self.engine_noun());
        let some = (lost > 0).then(|| (format!("{noun} {} {lost}", self.theme.glyphs.lost), Role::Bad));
        some.into_iter().collect()
    }

    /// Where there is no room for words: how much is wrong, else how much is well.
    fn in_a_word(&self, now: Timestamp) -> Piece {
        let g = self.theme.glyphs;
        match self.lost_engines() + self.lost_servers() + self.checks_down(now) {
            0 => (format!("{} {}", g.live, self.live_engines()), Role::Ok),
            wrong => (format!("{} {wrong}", g.lost), Role::Bad),
        }
    }

    fn engine_noun(&self) -> &'static str {
        if self.world.docker.len() == 1 { "engine" } else { "engines" }
    }

    fn live_engines(&self) -> usize {
        self.world.docker.values().filter(|r| r.link.is_live()).count()
    }

    fn lost_engines(&self) -> usize {
        self.world.docker.values().filter(|r| r.link.fault().is_some()).count()
    }

    fn lost_servers(&self) -> usize {
        self.world.servers.values().filter(|r| r.link.fault().is_some()).count()
    }

    fn checks_down(&self, now: Timestamp) -> usize {
        self.world.checks.all().filter(|one| one.state(now) == State::Down).count()
    }
}
