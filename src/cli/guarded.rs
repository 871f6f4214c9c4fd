//! What commands about ports, firewalls and bans could act on, from what a server answered.

use std::sync::Arc;

use crate::command::{Object, ObjectKind};
use crate::domain::server::firewall_rows::rows;
use crate::domain::server::jails::{Ban, JailReport, Jails};
use crate::domain::server::surface::Surface;

/// Ports, the rules of ufw, or the firewall itself, which is called as its server.
pub fn of_surface(
    kind: ObjectKind,
    surface: &Arc<Surface>,
    sudo: bool,
    server: &str,
) -> Vec<(String, Object)> {
    let surface = || Arc::clone(surface);
    match kind {
        ObjectKind::Port => {
            let port = |port: crate::domain::server::surface::JudgedPort| {
                (port.short(), Object::Port { port: Box::new(port), surface: surface(), sudo })
            };
            let mut ports = surface().judged();
            // Of several with one name the widest is meant.
            ports.sort_by_key(|port| std::cmp::Reverse(port.attention()));
            ports.into_iter().map(port).collect()
        }
        ObjectKind::Rule => {
            let rule = |rule: crate::domain::server::ufw::Rule| {
                (rule.identity(), Object::Rule { rule: Box::new(rule), surface: surface(), sudo })
            };
            rows(&surface()).into_iter().filter_map(|row| row.rule).map(rule).collect()
        }
        _ => vec![(server.to_owned(), Object::Firewall { surface: surface(), sudo })],
    }
}

/// Jails, or everybody whom one of them keeps out, each once.
pub fn of_jails(kind: ObjectKind, report: &JailReport, sudo: bool) -> Vec<(String, Object)> {
    let Jails::Running(jails) = &report.jails else { return Vec::new() };
    let seen = report.seen;
    if kind == ObjectKind::Jail {
        let jail = |jail: &crate::domain::server::jails::Jail| {
            (jail.name.as_str().to_owned(), Object::Jail { jail: jail.name.clone(), seen, sudo })
        };
        return jails.iter().map(jail).collect();
    }
    let mut all: Vec<(String, Object)> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for jail in jails {
        for who in jail.banned.iter().filter_map(Ban::network).filter(|who| known.insert(*who)) {
            all.push((who.to_string(), Object::Ban { who, jail: jail.name.clone(), seen, sudo }));
        }
    }
    all
}
