//! Certificates of a server: what ends soonest, and what a socket shows beside what its file has.

use jiff::Timestamp;

use super::plain::Plain;
use super::table::{Column, Row, column};
use super::view::Told;
use crate::command::HostTab;
use crate::domain::certificate_fields::{FIELDS, SPECS};
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::quantity;
use crate::domain::server::certificates::{Certificate, Seen};
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{ServerAnswer, ServerAsk};
use crate::domain::shell_word::sh_quote;
use crate::panes::{Scene, Yank};
use crate::theme::Role;

const COLUMNS: [Column; 8] = [
    column("days", 6, 0, true),
    column("subject", 26, 1, true),
    column("kind", 6, 5, true),
    column("place", 0, 0, true),
    column("used", 20, 6, true),
    column("issuer", 22, 4, true),
    column("problem", 28, 2, true),
    column("names", 28, 7, false),
];

fn days_role(one: &Certificate) -> Role {
    match one {
        _ if one.is_expired() => Role::Bad,
        _ if one.is_due() => Role::Warn,
        _ => Role::Text,
    }
}

impl Row for Certificate {
    type Id = String;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "certificates";
    const SORT: &'static str = "attention";

    fn id(&self) -> String {
        self.place.clone()
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
        match column {
            "days" => days_role(self),
            "problem" => Role::Warn,
            _ if !self.is_used() => Role::Muted,
            "subject" | "place" => Role::Text,
            _ => Role::Muted,
        }
    }

    fn text(&self, column: &str, _now: Timestamp) -> Option<String> {
        (column == "days" && self.is_expired()).then(|| "ended!".to_owned())
    }
}

impl Plain for Certificate {
    const TAB: HostTab = HostTab::Certificates;
    const ASK: ServerAsk = ServerAsk::Certificates;
    /// A greeting of each socket: not often.
    const AGAIN: i64 = 300;

    fn rows(answer: ServerAnswer) -> Option<Vec<Self>> {
        if let ServerAnswer::Certificates(all) = answer { Some(all) } else { None }
    }

    fn told(&self, scene: &Scene) -> Vec<Told> {
        let until = self.expires_at.map(|at| {
            let left = at.as_second() - scene.now.as_second();
            let word = quantity::age(left.abs());
            if left < 0 { format!("{at}, {word} ago") } else { format!("{at}, in {word}") }
        });
        let issuer = if self.self_signed { "itself".to_owned() } else { self.issuer.clone() };
        let fingerprint = match self.fingerprint.as_str() {
            "" => String::new(),
            text => format!("SHA-256 {text}"),
        };
        let mut told = vec![
            ("", self.place.clone(), Role::Text),
            ("", self.problem.clone(), Role::Warn),
            ("until", until.unwrap_or_default(), days_role(self)),
            ("since", self.starts_at.map(|at| at.to_string()).unwrap_or_default(), Role::Text),
            ("subject", self.subject.clone(), Role::Text),
            ("issuer", issuer, Role::Text),
        ];
        told.extend(
            self.names
                .iter()
                .enumerate()
                .map(|(i, name)| (if i == 0 { "names" } else { "" }, name.clone(), Role::Text)),
        );
        let label = if self.seen == Seen::File { "named in" } else { "shown by" };
        told.extend(
            self.used_by
                .iter()
                .enumerate()
                .map(|(i, by)| (if i == 0 { label } else { "" }, by.clone(), Role::Text)),
        );
        told.push(("", fingerprint, Role::Faint));
        told
    }

    fn yanked(&self, what: Yank) -> String {
        match (what, self.seen) {
            (Yank::Command, Seen::File) => format!("openssl x509 -noout -text -in {}", sh_quote(&self.place)),
            (Yank::Command, Seen::Socket) => {
                let (at, name) = self.place.split_once(' ').unwrap_or((&self.place, ""));
                let asked =
                    if name.is_empty() { String::new() } else { format!(" -servername {}", sh_quote(name)) };
                format!("openssl s_client -connect {}{asked} </dev/null", sh_quote(at))
            }
            (Yank::Id, _) => self.fingerprint.clone(),
            (Yank::Name, _) => self.subject.clone(),
            _ => self.place.clone(),
        }
    }
}
