//! Files and folders on their way between this machine and a server: what goes where, and what a person should
//! know before it does. How it is done is none of its business.

mod part;
mod progress;

use jiff::Timestamp;

pub use part::{goes_on_from, part_name};
pub use progress::{Meter, Progress, Stage, Underway};

use super::files::{FileId, FilePath, shown};
use crate::domain::ids::TargetId;
use crate::domain::mutation::Danger;
use crate::domain::quantity;
use crate::domain::shell_word::sh_quote;

/// Which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From this machine to the server.
    Up,
    Down,
}

impl Way {
    pub fn verb(self) -> &'static str {
        match self {
            Self::Up => "upload",
            Self::Down => "download",
        }
    }
}

/// What a name stood for when a person looked at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stood {
    pub is_folder: bool,
    /// Of a file.
    pub size_bytes: u64,
    pub written_at: Option<Timestamp>,
}

impl Stood {
    fn sentence(&self) -> String {
        let written = self.written_at.map(|at| at.strftime(", written %Y-%m-%d %H:%M:%S UTC").to_string());
        let what = if self.is_folder { "a folder".to_owned() } else { quantity::bytes(self.size_bytes) };
        format!("{what}{}", written.unwrap_or_default())
    }
}

/// A copy of a file, or of a folder with everything in it, bound to what both sides were when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    pub target: TargetId,
    /// What a person types to confirm.
    pub name: String,
    /// The client that leads there (`ssh -l ops web1`).
    pub client: String,
    /// Of what is copied.
    pub id: FileId,
    pub way: Way,
    pub here: FilePath,
    pub there: FilePath,
    pub what: Stood,
    /// What stands where the copy goes, and may be replaced.
    pub replaces: Option<Stood>,
}

impl Transfer {
    /// Where the copy goes.
    pub fn to(&self) -> &FilePath {
        match self.way {
            Way::Up => &self.there,
            Way::Down => &self.here,
        }
    }

    pub fn danger(&self) -> Danger {
        // What is replaced is gone.
        if self.replaces.is_some() { Danger::Destroy } else { Danger::Mutate }
    }

    pub fn summary(&self) -> String {
        let (here, there) = (self.here.shown(), self.there.shown());
        let (from, to) = match self.way {
            Way::Up => (here, there),
            Way::Down => (there, here),
        };
        let folder = if self.what.is_folder { "folder " } else { "" };
        let instead = match &self.replaces {
            Some(stood) if stood.is_folder => ", into the folder that is there".to_owned(),
            Some(stood) => format!(", replacing {}", quantity::bytes(stood.size_bytes)),
            None => String::new(),
        };
        format!("{} {folder}{from} to {to}{instead}", self.way.verb())
    }

    /// Sentences, with whether each is a warning.
    pub fn consequences(&self) -> Vec<(bool, String)> {
        let mut told = vec![(false, format!("It is {}.", self.what.sentence()))];
        match &self.replaces {
            Some(stood) if stood.is_folder => {
                let folder = self.to().shown();
                told.push((true, format!("{folder} is there: files in it that differ are replaced.")));
            }
            Some(stood) => told.push((true, format!("It replaces {}.", stood.sentence()))),
            None => {}
        }
        told
    }

    /// The command line that a person would type. What needs no option reads best; names are quoted once for each
    /// shell that sees them.
    pub fn equivalent(&self) -> String {
        let far = |line: String| format!("{} {}", self.client, sh_quote(&line));
        let (here, there) = (quoted(&self.here), quoted(&self.there));
        let folder = |path: &FilePath| quoted(&path.parent().unwrap_or_else(FilePath::root));
        match (self.way, self.what.is_folder) {
            (Way::Up, false) => format!("{} <{here}", far(format!("cat >{there}"))),
            (Way::Down, false) => format!("{} >{here}", far(format!("cat {there}"))),
            (Way::Up, true) => {
                let unpack = far(format!("tar -C {} -xf -", folder(&self.there)));
                format!("tar -C {} -cf - ./{} | {unpack}", folder(&self.here), name(&self.here))
            }
            (Way::Down, true) => {
                let pack = far(format!("tar -C {} -cf - ./{}", folder(&self.there), name(&self.there)));
                format!("{pack} | tar -C {} -xf -", folder(&self.here))
            }
        }
    }
}

fn quoted(path: &FilePath) -> String {
    // Quoted it could be pasted; a line end in it could not be read.
    if path.as_str().contains(char::is_control) { sh_quote(&path.shown()) } else { sh_quote(path.as_str()) }
}

fn name(path: &FilePath) -> String {
    sh_quote(&shown(path.name().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(way: Way, is_folder: bool, replaces: Option<Stood>) -> Transfer {
        let path = |path: &str| FilePath::new(path).unwrap();
        let what = Stood { is_folder, size_bytes: 3 << 20, written_at: Some(Timestamp::UNIX_EPOCH) };
        Transfer {
            target: TargetId::server("web1"),
            name: "a b".into(),
            client: "ssh web1".into(),
            id: FileId::default(),
            way,
            here: path("/home/me/a b"),
            there: path("/srv/a b"),
            what,
            replaces,
        }
    }

    #[test]
    fn what_is_told_before_it_goes() {
        let stood = Stood { is_folder: false, size_bytes: 5, written_at: Some(Timestamp::UNIX_EPOCH) };
        let up = transfer(Way::Up, false, Some(stood));
        assert_eq!(up.summary(), "upload /home/me/a b to /srv/a b, replacing 5 B");
        let told: Vec<(bool, String)> = up.consequences();
        assert_eq!(told[0].1, "It is 3.0 MiB, written 1970-01-01 00:00:00 UTC.");
        assert_eq!(told[1], (true, "It replaces 5 B, written 1970-01-01 00:00:00 UTC.".to_owned()));
        let down = transfer(Way::Down, true, None);
        assert_eq!(down.summary(), "download folder /srv/a b to /home/me/a b");
        assert!(down.consequences().iter().all(|(is_warning, _)| !is_warning));
    }

    #[test]
    fn equivalents_are_what_a_person_would_type() {
        let line = |way, is_folder| transfer(way, is_folder, None).equivalent();
        assert_eq!(line(Way::Up, false), r"ssh web1 'cat >'\''/srv/a b'\''' <'/home/me/a b'");
        assert_eq!(line(Way::Down, false), r"ssh web1 'cat '\''/srv/a b'\''' >'/home/me/a b'");
        assert_eq!(line(Way::Up, true), "tar -C /home/me -cf - ./'a b' | ssh web1 'tar -C /srv -xf -'");
        assert!(line(Way::Down, true).ends_with(" | tar -C /home/me -xf -"));
    }
}
