//! A file of a server that a person edits: what it was, what became of it, and what of that is to be kept.
//!
//! What a file holds is nobody's business but the editor's and the dialog's: it prints as its length.

use std::fmt;
use std::sync::Arc;

use crate::domain::ids::TargetId;

use super::act::{ServerAction, ServerMutation};
use super::files::FilePath;

/// Longer files are not edited, bytes.
pub const MOST: usize = 1 << 20;
/// What follows is not kept.
const CUT: &str = "### What follows is the unit as it is now. It is not kept.";

/// What is to be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub target: TargetId,
    /// What a person types to confirm.
    pub name: String,
    /// The client that leads there; empty for this machine.
    pub client: String,
    pub what: Edited,
}

/// Which file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    File(FilePath),
    /// What pult adds to this unit. `sudo`: the account is not root.
    DropIn {
        unit: String,
        sudo: bool,
    },
}

impl Edited {
    /// Where the file is; `None` when the unit has a name that no unit can have.
    pub fn path(&self) -> Option<FilePath> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::DropIn { unit, .. } => drop_in(unit),
        }
    }

    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::File(_) => None,
            Self::DropIn { unit, .. } => Some(unit),
        }
    }

    /// What the editor begins with. `around` is the unit as it is now.
    pub fn draft(&self, before: &str, around: &str) -> String {
        let Self::DropIn { unit, .. } = self else { return before.to_owned() };
        let begun = if before.is_empty() {
            format!("# What pult adds to {unit}: sections and settings as in a unit.\n\n")
        } else {
            before.to_owned()
        };
        let around: String = around.lines().map(|line| format!("# {line}\n")).collect();
        format!("{begun}\n{CUT}\n{around}")
    }

    /// What of an edited text is kept.
    pub fn kept(&self, text: &str) -> String {
        match (self, text.split_once(CUT)) {
            (Self::DropIn { .. }, Some((kept, _))) => match kept.trim_end() {
                "" => String::new(),
                kept => format!("{kept}\n"),
            },
            _ => text.to_owned(),
        }
    }

    /// True when what is kept is what there was, or no more than what the editor began with.
    pub fn is_untouched(&self, kept: &str, fetched: &Fetched) -> bool {
        let before = fetched.text();
        kept == before || kept == self.kept(&self.draft(before, &fetched.around))
    }
}

/// systemd.unit(5): what a unit's name is made of.
fn drop_in(unit: &str) -> Option<FilePath> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b":-_.\\@".contains(&b);
    let is_name = !unit.starts_with('.') && unit.contains('.') && unit.len() < 256 && unit.bytes().all(fits);
    is_name.then(|| FilePath::root().join("etc/systemd/system").join(&format!("{unit}.d")).join("pult.conf"))
}

/// A text with its SHA-256.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    text: Arc<str>,
    sha256: Arc<str>,
}

impl Content {
    /// The digest is in hexadecimal digits.
    pub fn new(text: &str, sha256: &str) -> Self {
        Self { text: text.into(), sha256: sha256.into() }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, sha256 {}", self.text.len(), self.sha256)
    }
}

/// A file as it was found.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Where it is, links followed.
    pub path: FilePath,
    /// `None` = there is none yet.
    pub before: Option<Content>,
    /// The unit that it belongs to, as it is now.
    pub around: String,
    /// To write it takes more than the account's own rights, and the account is not root.
    pub sudo: bool,
}

impl Fetched {
    /// What it holds; nothing when there is none.
    pub fn text(&self) -> &str {
        self.before.as_ref().map_or("", Content::text)
    }
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({:?}, sudo: {})", self.path, self.before, self.sudo)
    }
}

/// What systemd says of a drop-in before it is put in place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    pub said: Vec<String>,
    /// It is wrong.
    pub failed: bool,
}

/// An edited text on its way to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub edit: Edit,
    pub fetched: Fetched,
    pub after: Content,
    pub check: Check,
}

impl Draft {
    pub fn mutation(&self) -> ServerMutation {
        let Edit { target, name, client, what } = self.edit.clone();
        let write = FileWrite {
            path: self.fetched.path.clone(),
            before: self.fetched.before.clone(),
            after: self.after.clone(),
            unit: what.unit().map(str::to_owned),
            faulty: self.check.failed,
        };
        let action = ServerAction::Write(Box::new(write));
        ServerMutation { target, name, client, sudo: self.fetched.sudo, action }
    }
}

/// A file that is to be written, bound to what it held when it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileWrite {
    pub path: FilePath,
    pub before: Option<Content>,
    pub after: Content,
    /// It is a drop-in of this unit.
    pub unit: Option<String>,
    /// systemd says that it is wrong.
    pub faulty: bool,
}

impl FileWrite {
    /// With sizes and digests, never with what it holds.
    pub fn summary(&self) -> String {
        let (path, after) = (self.path.shown(), &self.after);
        let now = format!("{} bytes sha256 {}", after.text.len(), after.sha256);
        match &self.before {
            Some(before) => {
                format!("edit file {path}: {} bytes sha256 {} to {now}", before.text.len(), before.sha256)
            }
            None => format!("write file {path}: {now}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_in_is_what_stands_above_the_line() {
        let unit = Edited::DropIn { unit: "nginx.service".into(), sudo: true };
        let draft = unit.draft("", "[Unit]\nDescription=x\n");
        assert!(draft.contains("\n# [Unit]\n# Description=x\n"), "{draft}");
        let edited = draft.replacen("\n\n", "\n[Service]\nNice=5\n", 1);
        assert_eq!(
            unit.kept(&edited),
            "# What pult adds to nginx.service: sections and settings as in a unit.\n[Service]\nNice=5\n"
        );
        let again = unit.draft("[Service]\nNice=5\n", "x");
        assert_eq!(unit.kept(&again), "[Service]\nNice=5\n", "what was not touched stays as it is");
        let file = Edited::File(FilePath::root().join("a"));
        assert_eq!(file.kept(CUT), CUT, "a file is kept as it is");
    }

    #[test]
    fn only_names_of_units_have_a_path() {
        let path = |unit: &str| Edited::DropIn { unit: unit.into(), sudo: false }.path();
        assert_eq!(path("a@b.service").unwrap().as_str(), "/etc/systemd/system/a@b.service.d/pult.conf");
        for wrong in ["../x.service", "a/b.service", ".service", "nginx", "a b.service", "-$(id)"] {
            assert_eq!(path(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nothing_of_a_text_is_printed() {
        let content = Content::new("password = hunter2", "ab12");
        let fetched = Fetched {
            path: FilePath::root(),
            before: Some(content.clone()),
            around: "hunter2".into(),
            sudo: true,
        };
        let write = FileWrite {
            path: FilePath::root().join("a\nb"),
            before: Some(content.clone()),
            after: content.clone(),
            unit: None,
            faulty: false,
        };
        let told = format!("{content:?} {fetched:?} {write:?} {}", write.summary());
        assert!(!told.contains("hunter2") && told.contains("/a\\nb: 18 bytes sha256 ab12 to 18"), "{told}");
    }
}
