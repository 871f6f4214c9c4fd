//! The accounts of a server: who may log in and with what, who is there, who was, and who tried.

use jiff::Timestamp;

use super::plain::Plain;
use super::table::{Column, Row, column};
use super::view::Told;
use crate::command::HostTab;
use crate::domain::account_fields::{FIELDS, SPECS};
use crate::domain::field::Field;
use crate::domain::filter::FieldSpec;
use crate::domain::quantity;
use crate::domain::server::accounts::Account;
use crate::domain::server::thresholds::Limits;
use crate::domain::server::{ServerAnswer, ServerAsk};
use crate::domain::shell_word::sh_quote;
use crate::panes::{Scene, Yank};
use crate::theme::Role;

const COLUMNS: [Column; 11] = [
    column("name", 16, 0, true),
    column("uid", 6, 6, true),
    column("state", 12, 1, true),
    column("sudo", 4, 2, true),
    column("keys", 4, 3, true),
    column("on", 3, 4, true),
    column("last", 6, 5, true),
    column("failed", 6, 7, true),
    column("shell", 18, 8, true),
    column("groups", 0, 9, true),
    column("home", 20, 10, false),
];

impl Row for Account {
    type Id = String;

    const FIELDS: &'static [Field<Self>] = &FIELDS;
    const SPECS: &'static [FieldSpec] = &SPECS;
    const COLUMNS: &'static [Column] = &COLUMNS;
    const NOUNS: &'static str = "users";
    const SORT: &'static str = "attention";

    fn id(&self) -> String {
        self.name.clone()
    }

    fn role(&self, column: &str, _limits: &Limits<'_>) -> Role {
        match column {
            "state" if self.state() == "no password!" => Role::Bad,
            "on" if !self.sessions.is_empty() => Role::Accent,
            _ if !self.can_log_in => Role::Muted,
            "name" | "state" | "keys" | "on" | "sudo" | "last" | "failed" => Role::Text,
            _ => Role::Muted,
        }
    }

    fn text(&self, column: &str, now: Timestamp) -> Option<String> {
        let age = |at: Timestamp| quantity::age_coarse(now.as_second() - at.as_second());
        if column == "last" { self.last_login_at.map(age) } else { None }
    }
}

impl Plain for Account {
    const TAB: HostTab = HostTab::Users;
    const ASK: ServerAsk = ServerAsk::Accounts;
    const AGAIN: i64 = 30;

    fn rows(answer: ServerAnswer) -> Option<Vec<Self>> {
        if let ServerAnswer::Accounts(accounts) = answer { Some(accounts) } else { None }
    }

    fn told(&self, scene: &Scene) -> Vec<Told> {
        let ago = |at: Option<Timestamp>| {
            at.map(|at| format!("{} ago", quantity::age(scene.now.as_second() - at.as_second())))
                .unwrap_or_default()
        };
        let from = |from: &str| if from.is_empty() { String::new() } else { format!(" from {from}") };
        let password = match self.password.as_deref() {
            None => "root alone can tell".to_owned(),
            Some("empty") => "none is asked for".to_owned(),
            Some(word) => word.to_owned(),
        };
        let last = ago(self.last_login_at) + &from(&self.last_login_from);
        let failed = self.failed_logins.map(|n| format!("{n} times{}", from(&self.last_failed_from)));
        let mut told = vec![
            ("", self.name.clone(), Role::Heading),
            ("name", self.full_name.clone(), Role::Text),
            ("uid", self.uid.to_string(), Role::Text),
            ("home", self.home.clone(), Role::Text),
            ("shell", self.shell.clone(), Role::Text),
            ("groups", self.groups.join(" "), Role::Text),
            ("password", password, if self.state() == "no password!" { Role::Bad } else { Role::Text }),
            ("logged in", self.sessions.join(", "), Role::Accent),
            ("last login", last, Role::Text),
            ("failed", failed.unwrap_or_default(), Role::Warn),
        ];
        told.extend(self.sudo.iter().map(|rule| ("sudo", rule.clone(), Role::Warn)));
        for key in self.keys.iter().flatten() {
            let bits = key.bits.map(|n| n.to_string()).unwrap_or_default();
            told.push(("key", format!("{} {bits} {}", key.kind, key.comment), Role::Text));
            told.push(("", key.fingerprint.clone(), Role::Muted));
        }
        if self.keys.is_none() {
            told.push(("keys", "root alone can tell".to_owned(), Role::Text));
        }
        told.push(("keys since", ago(self.keys_changed_at), Role::Muted));
        told
    }

    fn yanked(&self, what: Yank) -> String {
        match what {
            Yank::Command => format!("id {}", sh_quote(&self.name)),
            Yank::Id => self.uid.to_string(),
            Yank::Field => {
                let keys = self.keys.iter().flatten();
                keys.map(|key| key.fingerprint.as_str()).collect::<Vec<_>>().join(" ")
            }
            _ => self.name.clone(),
        }
    }
}
