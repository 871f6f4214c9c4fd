//! The rows of the command table that change files of a server.

use super::commands::{editing, mutation};
use crate::command::{
    ArgKind, ArgSpec, Args, Availability, Command, Facts, HostTab, Intent, Object, ObjectKind, PaneId,
    PaneIntent, Scope, ServerIntent, Subject,
};
use crate::domain::guard::Guard;
use crate::domain::mutation::{Danger, Mutation};
use crate::domain::server::edit::Edited;
use crate::domain::server::transfer::Way;
use crate::domain::server::{FileAction, FilePath, ServerAction};

const SCOPE: Scope = Scope::Pane(PaneId::Servers);

const fn word(name: &'static str, title: &'static str) -> [ArgSpec; 1] {
    [ArgSpec { name, title, kind: ArgKind::Text, default: "", required: true }]
}

const RENAME_ARGS: [ArgSpec; 1] = word("to", "new name");
const FOLDER_ARGS: [ArgSpec; 1] = word("name", "name of the folder");
const MODE_ARGS: [ArgSpec; 1] = word("mode", "permissions: 640, u+x, g-w");
const OWNER_ARGS: [ArgSpec; 1] = word("owner", "owner: user, user:group, :group");
/// A command that changes files.
const fn file(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    danger: Danger,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run)
        .when(|f| f.usable(ObjectKind::File, unnamed))
        .danger(danger)
        .on(ObjectKind::File)
}

/// The table.
pub static COMMANDS: [Command; 8] = [
    Command::plain("file.edit", "Edit file", "edit", SCOPE, 2, |f, _| {
        editing(f, |s| match &s.what {
            Object::File { path: Some(path), is_folder: false, .. } => Some(Edited::File(path.clone())),
            _ => None,
        })
    })
    .when(|f| one(f, |s| unnamed(s).or_else(|| folder(s))))
    .on(ObjectKind::File),
    file(
        "file.remove",
        "Remove file, or folder with everything in it",
        "remove",
        3,
        Danger::Destroy,
        |f, _| {
            Ok(files(f, |_, is_folder| if is_folder { FileAction::RemoveFolder } else { FileAction::Remove }))
        },
    ),
    file("file.rename", "Rename file", "rename", 4, Danger::Mutate, |f, a| {
        let to = name(a, "to")?;
        Ok(files(f, |path, _| FileAction::Rename {
            to: path.parent().unwrap_or_else(FilePath::root).join(&to),
        }))
    })
    .when(|f| one(f, unnamed))
    .args(&RENAME_ARGS),
    file("file.mode", "Set the permissions of file", "permissions", 4, Danger::Mutate, |f, a| {
        let mode =
            a.text("mode").filter(|mode| is_mode(mode)).ok_or("permissions are written 640 or u+x,g-w")?;
        Ok(files(f, |_, _| FileAction::Mode(mode.to_owned())))
    })
    .args(&MODE_ARGS),
    file("file.owner", "Give file to another owner", "owner", 5, Danger::Mutate, |f, a| {
        let owner = a
            .text("owner")
            .filter(|owner| is_owner(owner))
            .ok_or("an owner is written user or user:group")?;
        Ok(files(f, |_, _| FileAction::Owner(owner.to_owned())))
    })
    .args(&OWNER_ARGS),
    file("file.folder", "Make a folder beside file", "make folder", 5, Danger::Mutate, |f, a| {
        let name = name(a, "name")?;
        let one = |s: &Subject| match &s.what {
            Object::File { path: Some(path), sudo_name, .. } => {
                let path = path.parent().unwrap_or_else(FilePath::root).join(&name);
                Some(mutation(s, *sudo_name, ServerAction::Folder { path }))
            }
            _ => None,
        };
        // Beside all that are marked is beside the first one.
        Ok(Intent::Propose(f.subjects.iter().find_map(one).into_iter().collect()))
    })
    .args(&FOLDER_ARGS),
    Command::plain(
        "files.sides",
        "Files of this machine beside those of the server, to copy between them",
        "both sides",
        SCOPE,
        3,
        |_, _| Ok(Intent::Pane(PaneIntent::Server(ServerIntent::Sides))),
    )
    .when(|f| match f.host {
        Some(HostTab::Files) => Availability::Ready,
        _ => Availability::off("open the files of a server first"),
    })
    .on(ObjectKind::File)
    .or_on(ObjectKind::LocalFile),
    Command::plain("file.copy", "Copy across file", "copy across", SCOPE, 1, |f, _| {
        let copies = f.copies.iter().cloned().map(Box::new).map(Mutation::Transfer);
        Ok(Intent::Propose(copies.collect()))
    })
    .when(copies)
    .danger(Danger::Mutate)
    .on(ObjectKind::File)
    .or_on(ObjectKind::LocalFile),
];

/// Whether something can be copied: to a server that may only be read nothing is, from it everything.
fn copies(facts: &Facts) -> Availability {
    if let Some(why) = facts.subjects.first().and_then(|s| s.blocked.as_ref()).or(facts.no_copy.as_ref()) {
        return Availability::off(why.clone());
    }
    match facts.copies.first() {
        None => Availability::off("no file is selected"),
        Some(copy) if copy.way == Way::Up && facts.subjects.iter().any(|s| s.guard == Guard::ReadOnly) => {
            Availability::off(format!("{} is read-only: nothing is uploaded there", copy.target))
        }
        Some(_) => Availability::Ready,
    }
}

/// For what takes one file.
fn one(facts: &Facts, unfit: impl Fn(&Subject) -> Option<String>) -> Availability {
    match facts.subjects.len() {
        0 | 1 => facts.usable(ObjectKind::File, unfit),
        _ => Availability::off("takes one file, several are marked"),
    }
}

/// Why nothing can be done with a file.
fn unnamed(s: &Subject) -> Option<String> {
    let is_named = !matches!(&s.what, Object::File { path: None, .. });
    (!is_named).then(|| format!("the name of {} is no UTF-8: it cannot be handed over", s.name))
}

fn folder(s: &Subject) -> Option<String> {
    matches!(&s.what, Object::File { is_folder: true, .. })
        .then(|| format!("{} is a folder: enter opens it", s.name))
}

/// A name within a folder.
fn name(args: &Args, of: &str) -> Result<String, String> {
    let name = args.text(of).ok_or("the name is missing")?;
    if name.contains(['/', '\0']) || matches!(name, "." | "..") {
        return Err(format!("`{name}` is no name within a folder"));
    }
    Ok(name.to_owned())
}

/// chmod(1): three or four octal digits, or symbolic ones.
fn is_mode(mode: &str) -> bool {
    let octal = (3..=4).contains(&mode.len()) && mode.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let symbolic = |part: &str| {
        part.split_once(['+', '-', '=']).is_some_and(|(who, what)| {
            who.bytes().all(|b| b"ugoa".contains(&b)) && what.bytes().all(|b| b"rwxXst".contains(&b))
        })
    };
    octal || mode.split(',').all(symbolic)
}

/// chown(1): names or numbers.
fn is_owner(owner: &str) -> bool {
    let is_name = |name: &str| name.chars().all(|c| c.is_alphanumeric() || "._-@\\".contains(c));
    let (user, group) = owner.split_once(':').unwrap_or((owner, ""));
    let is_empty = user.is_empty() && group.is_empty();
    !is_empty && !owner.starts_with('-') && is_name(user) && is_name(group)
}

fn files(facts: &Facts, action: impl Fn(&FilePath, bool) -> FileAction) -> Intent {
    let one = |s: &Subject| match &s.what {
        Object::File { path: Some(path), id, is_folder, sudo, sudo_name, sudo_owner } => {
            let action = action(path, *is_folder);
            let sudo = match action {
                FileAction::Remove | FileAction::RemoveFolder | FileAction::Rename { .. } => *sudo_name,
                FileAction::Mode(_) => *sudo,
                FileAction::Owner(_) => *sudo_owner,
            };
            Some(mutation(s, sudo, ServerAction::File { path: path.clone(), id: *id, action }))
        }
        _ => None,
    };
    Intent::Propose(facts.subjects.iter().filter_map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_chmod_and_chown_mean() {
        for fine in ["640", "0755", "u+x", "g-w,o=", "+X", "u=rw,go=r"] {
            assert!(is_mode(fine), "{fine}");
        }
        for wrong in ["", "9", "64", "8888", "rwx", "--reference=/etc/shadow", "u+x y", "-R"] {
            assert!(!is_mode(wrong), "{wrong}");
        }
        for fine in ["root", "www-data:adm", ":adm", "1000:1000", "a.b"] {
            assert!(is_owner(fine), "{fine}");
        }
        for wrong in ["", ":", "--reference=/x", "a b", "a:b:c", "$(id)"] {
            assert!(!is_owner(wrong), "{wrong}");
        }
    }
}
