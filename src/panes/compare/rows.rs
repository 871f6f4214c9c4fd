//! The questions as a list.

use jiff::Timestamp;

use crate::domain::compare_fields::{Compared, FIELDS, SPECS};
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::server::Facet;
use crate::domain::server::thresholds::Limits;
use crate::panes::table::{Column, Row, column};
use crate::theme::Role;

const COLUMNS: [Column; 6] = [
    column("question", 0, 0, true),
    column("equal", 5, 2, true),
    column("differ", 6, 1, true),
    column("unknown", 7, 3, true),
    column("answers", 7, 4, false),
    column("waiting", 7, 5, false),
];

impl Row for Compared {
    type Id = Facet;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "questions";
    /// What differs comes first.
    const SORT: &'static str = "differ";

    fn id(&self) -> Facet {
        self.facet.clone()
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
        match column {
            "differ" if self.differ > 0 => Role::Warn,
            "unknown" if self.unknown > 0 => Role::Stale,
            "question" if self.waiting > 0 => Role::Muted,
            "waiting" => Role::Muted,
            _ => Role::Text,
        }
    }

    fn text(&self, _column: &str, _now: Timestamp) -> Option<String> {
        None
    }
}
