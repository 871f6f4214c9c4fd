//! What runs by itself on a server, the next one first. Timers of systemd are among its units.

use jiff::Timestamp;

use super::plain::Plain;
use super::table::{Column, Row, column};
use super::view::Told;
use crate::command::HostTab;
use crate::domain::cron_fields::{FIELDS, SPECS};
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::quantity;
use crate::domain::server::cron::CronJob;
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{ServerAnswer, ServerAsk};
use crate::domain::shell_word::sh_quote;
use crate::panes::{Scene, Yank};
use crate::theme::Role;

const COLUMNS: [Column; 6] = [
    column("next", 6, 1, true),
    column("last", 6, 3, true),
    column("schedule", 16, 2, true),
    column("user", 10, 4, true),
    column("command", 0, 0, true),
    column("source", 24, 5, true),
];

impl Row for CronJob {
    type Id = usize;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "cron";
    const SORT: &'static str = "soonest";

    fn id(&self) -> usize {
        self.number
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
        match column {
            "next" | "last" | "command" => Role::Text,
            _ => Role::Muted,
        }
    }

    fn text(&self, column: &str, now: Timestamp) -> Option<String> {
        match column {
            "next" => self.next_at.map(|at| match at.as_second() - now.as_second() {
                ahead @ 0.. => quantity::age_coarse(ahead),
                // It was not read since.
                _ => "past".to_owned(),
            }),
            "last" => self.last_at.map(|at| quantity::age_coarse(now.as_second() - at.as_second())),
            _ => None,
        }
    }
}

impl Plain for CronJob {
    const TAB: HostTab = HostTab::Cron;
    const ASK: ServerAsk = ServerAsk::Cron;
    const AGAIN: i64 = 30;

    fn rows(answer: ServerAnswer) -> Option<Vec<Self>> {
        if let ServerAnswer::Cron(jobs) = answer { Some(jobs) } else { None }
    }

    fn told(&self, scene: &Scene) -> Vec<Told> {
        let now = scene.now.as_second();
        let next = self.next_at.map(|at| match at.as_second() - now {
            ahead @ 0.. => format!("in {}, {at}", quantity::age(ahead)),
            past => format!("was to be {} ago, {at}", quantity::age(-past)),
        });
        let next = next.unwrap_or_else(|| match self.schedule.as_str() {
            "@reboot" => "with the next boot".to_owned(),
            _ => "no time was found".to_owned(),
        });
        let last = self.last_at.map(|at| format!("{} ago", quantity::age(now - at.as_second())));
        vec![
            ("", self.command.clone(), Role::Text),
            ("schedule", self.schedule.clone(), Role::Text),
            ("next", next, Role::Text),
            ("last", last.unwrap_or_else(|| "the journal knows of none".to_owned()), Role::Text),
            ("user", self.user.clone(), Role::Text),
            ("in", self.source.clone(), Role::Text),
        ]
    }

    fn yanked(&self, what: Yank) -> String {
        match what {
            Yank::Command if self.source.starts_with('/') => format!("cat {}", sh_quote(&self.source)),
            Yank::Id => self.source.clone(),
            Yank::Field => self.schedule.clone(),
            _ => self.command.clone(),
        }
    }
}
