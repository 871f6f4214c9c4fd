//! The overview of a server: who it is and how it fares, and its charts over a span of one's choice.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::query::{Answer, Query};
use crate::domain::server::trend::MINUTE_S;
use crate::domain::server::{Span, TrendQuery};
use crate::domain::server_fields::ServerRow;
use crate::panes::servers::charts::Past;
use crate::panes::servers::detail;
use crate::panes::{QueryWant, Scene};

pub(super) struct Overview {
    past: Past,
}

impl Default for Overview {
    fn default() -> Self {
        Self { past: Past { is_titled: true, ..Past::default() } }
    }
}

impl Overview {
    /// The next span; what is kept of it is read anew.
    pub fn turn_span(&mut self) {
        self.past.span = self.past.span.next();
        self.past.kept = None;
    }

    /// The last minutes are there anyway.
    pub fn want(&self, target: &TargetId) -> Option<QueryWant> {
        let span = self.past.span;
        (span != Span::Minutes).then(|| QueryWant {
            query: Query::Trend(TrendQuery { target: target.clone(), span }),
            version: 0,
            refresh_s: Some(MINUTE_S),
        })
    }

    pub fn answer(&mut self, query: &TrendQuery, result: Result<Answer, Fault>) {
        if query.span == self.past.span {
            self.past.kept = Some(result.and_then(|answer| match answer {
                Answer::Trend(points) => Ok(points),
                _ => Err(Fault::new(FaultKind::Bug, "the answer was of another kind")),
            }));
        }
    }

    pub fn view(&self, row: &ServerRow, scene: &Scene, area: Rect, buf: &mut Buffer) {
        detail::view(row, &self.past, scene, area, buf);
    }
}
