//! Rows of the command table that change packages of a server.

use super::commands::{SCOPE, mutation};
use crate::command::{Args, Command, Facts, Intent, Object, ObjectKind, Subject};
use crate::domain::mutation::Danger;
use crate::domain::server::ServerAction;
use crate::domain::server::packages::{Manager, Package, PackageChange};

/// A command that changes packages.
const fn package(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run).danger(Danger::Mutate).on(ObjectKind::Package)
}

pub static COMMANDS: &[Command] = &[
    package("package.upgrade", "Upgrade package, in a job of the server", "upgrade", 2, |f, _| {
        Ok(packages(f, upgradable, |name| PackageChange::Upgrade(Some(name))))
    })
    .when(|f| f.usable(ObjectKind::Package, upgradable)),
    package("package.hold", "Hold package: it stays as it is", "hold", 4, |f, _| {
        Ok(packages(f, holdable, PackageChange::Hold))
    })
    .when(|f| f.usable(ObjectKind::Package, holdable)),
    package("package.unhold", "Let package be upgraded again", "let go", 5, |f, _| {
        Ok(packages(f, held, PackageChange::Unhold))
    })
    .when(|f| f.usable(ObjectKind::Package, held)),
];

/// Why a package cannot be upgraded; each of these is of its own command.
fn upgradable(s: &Subject) -> Option<String> {
    let package = s.package()?;
    let name = &s.name;
    not_apt(package).or_else(|| match package {
        Package { held: true, .. } => Some(format!("{name} is held: let it go first")),
        Package { candidate, .. } if candidate.is_empty() => {
            Some(format!("there is nothing newer of {name}"))
        }
        _ => None,
    })
}

fn holdable(s: &Subject) -> Option<String> {
    let package = s.package()?;
    not_apt(package).or_else(|| package.held.then(|| format!("{} is held", s.name)))
}

fn held(s: &Subject) -> Option<String> {
    let package = s.package()?;
    not_apt(package).or_else(|| (!package.held).then(|| format!("{} is not held", s.name)))
}

fn not_apt(package: &Package) -> Option<String> {
    let manager = package.manager;
    (manager != Manager::Apt).then(|| format!("packages of {} are only listed here", manager.word()))
}

fn packages(
    facts: &Facts,
    unfit: fn(&Subject) -> Option<String>,
    change: impl Fn(String) -> PackageChange,
) -> Intent {
    let one = |s: &Subject| match &s.what {
        Object::Package { package, sudo } if unfit(s).is_none() => {
            Some(mutation(s, *sudo, ServerAction::Packages(change(package.name.clone()))))
        }
        _ => None,
    };
    Intent::Propose(facts.subjects.iter().filter_map(one).collect())
}
