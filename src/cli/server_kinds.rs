//! The kinds of rows that `pult get` lists of servers, where one answer holds them all.

use super::grid::Tone;
use super::server_rows::RowKind;
use crate::domain::backup::{Backup, State};
use crate::domain::server::accounts::Account;
use crate::domain::server::certificates::Certificate;
use crate::domain::server::cron::CronJob;
use crate::domain::server::disks::Disk;
use crate::domain::server::interfaces::NetworkItem;
use crate::domain::server::packages::Package;
use crate::domain::server::{ServerAnswer, ServerAsk};
use crate::domain::{
    account_fields, backup_fields, certificate_fields, cron_fields, disk_fields, network_fields,
    package_fields,
};

pub static DISKS: RowKind<Disk> = RowKind {
    kind: "disks",
    singular: "disk",
    ask: ServerAsk::Disks,
    rows: |answer| if let ServerAnswer::Disks(disks) = answer { Some(disks) } else { None },
    fields: &disk_fields::FIELDS,
    specs: &disk_fields::SPECS,
    table: &["name", "kind", "size", "used", "available", "use", "inodes", "access", "health"],
    wide: &["device", "options"],
    name: |disk| disk.name.clone(),
    tone: |disk| if disk.ill { Tone::Bad } else { Tone::Plain },
};

pub static INTERFACES: RowKind<NetworkItem> = RowKind {
    kind: "interfaces",
    singular: "interface",
    ask: ServerAsk::Network,
    rows: |answer| if let ServerAnswer::Network(traffic) = answer { Some(traffic.items) } else { None },
    fields: &network_fields::FIELDS,
    specs: &network_fields::SPECS,
    table: &["name", "kind", "state", "address", "received", "sent", "errors", "connections", "process"],
    wide: &["dropped", "mac", "mtu"],
    name: |item| item.name.clone(),
    tone: |item| if item.is_down() { Tone::Bad } else { Tone::Plain },
};

pub static UPDATES: RowKind<Package> = RowKind {
    kind: "updates",
    singular: "update",
    ask: ServerAsk::Packages,
    rows: |answer| if let ServerAnswer::Packages(all) = answer { Some(all.packages) } else { None },
    fields: &package_fields::FIELDS,
    specs: &package_fields::SPECS,
    table: &["name", "installed", "candidate", "security", "held"],
    wide: &["origin"],
    name: |package| package.name.clone(),
    tone: |package| if package.security { Tone::Bad } else { Tone::Plain },
};

pub static USERS: RowKind<Account> = RowKind {
    kind: "users",
    singular: "user",
    ask: ServerAsk::Accounts,
    rows: |answer| if let ServerAnswer::Accounts(all) = answer { Some(all) } else { None },
    fields: &account_fields::FIELDS,
    specs: &account_fields::SPECS,
    table: &["name", "uid", "state", "sudo", "keys", "on", "failed", "shell"],
    wide: &["groups", "home"],
    name: |account| account.name.clone(),
    tone: |account| if account.can_log_in { Tone::Plain } else { Tone::Dim },
};

pub static CRON: RowKind<CronJob> = RowKind {
    kind: "cron",
    singular: "cron",
    ask: ServerAsk::Cron,
    rows: |answer| if let ServerAnswer::Cron(jobs) = answer { Some(jobs) } else { None },
    fields: &cron_fields::FIELDS,
    specs: &cron_fields::SPECS,
    table: &["schedule", "user", "command", "source"],
    wide: &[],
    name: |job| job.command.clone(),
    tone: |_| Tone::Plain,
};

pub static CERTIFICATES: RowKind<Certificate> = RowKind {
    kind: "certificates",
    singular: "certificate",
    ask: ServerAsk::Certificates,
    rows: |answer| if let ServerAnswer::Certificates(all) = answer { Some(all) } else { None },
    fields: &certificate_fields::FIELDS,
    specs: &certificate_fields::SPECS,
    table: &["days", "subject", "kind", "place", "issuer", "problem"],
    wide: &["names", "used"],
    name: |one| one.place.clone(),
    tone: |one| match one {
        _ if one.is_expired() || one.is_due() || !one.problem.is_empty() => Tone::Bad,
        _ if one.is_used() => Tone::Plain,
        _ => Tone::Dim,
    },
};

pub static BACKUPS: RowKind<Backup> = RowKind {
    kind: "backups",
    singular: "backup",
    ask: ServerAsk::Backups,
    rows: |answer| if let ServerAnswer::Backups(all) = answer { Some(all) } else { None },
    fields: &backup_fields::FIELDS,
    specs: &backup_fields::SPECS,
    table: &["name", "tool", "state", "newest", "size", "change", "count", "message"],
    wide: &["kind", "place"],
    name: |one| one.name.clone(),
    tone: |one| match one.state {
        State::Bad => Tone::Bad,
        State::Fine | State::Writing => Tone::Good,
        State::Unknown => Tone::Dim,
    },
};
