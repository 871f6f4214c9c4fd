//! Names in a folder of a server. A name is bytes: it may hold line ends, escapes, quotes or begin with a dash, so
//! what is shown of it and what it is are two things.

use std::fmt::Write;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::sanitize;

/// An absolute path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FilePath(Arc<str>);

impl FilePath {
    /// `None` when it does not begin at the root, or cannot be a path.
    pub fn new(path: &str) -> Option<Self> {
        let is_path = path.starts_with('/') && !path.contains('\0');
        is_path.then(|| Self(path.into()))
    }

    pub fn root() -> Self {
        Self("/".into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name in this folder; names are never interpreted.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        Self(format!("{}/{name}", self.0.trim_end_matches('/')).into())
    }

    /// The folder that it is in; `None` of the root.
    pub fn parent(&self) -> Option<Self> {
        let (parent, name) = self.0.trim_end_matches('/').rsplit_once('/')?;
        (!name.is_empty()).then(|| Self(if parent.is_empty() { "/".into() } else { parent.into() }))
    }

    pub fn name(&self) -> &str {
        self.0.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
    }

    /// For people: see [`shown`].
    pub fn shown(&self) -> String {
        shown(self.0.as_bytes())
    }
}

/// A name as people may see it: what is no plain text is written as in C, so that two names never look alike.
pub fn shown(name: &[u8]) -> String {
    let mut text = String::new();
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => text.push_str("\\n"),
                '\t' => text.push_str("\\t"),
                '\\' => text.push_str("\\\\"),
                // A terminal acts on it, or it is not seen.
                c if c.is_control()
                    || sanitize::line(c.encode_utf8(&mut [0; 4]), 4) != *c.encode_utf8(&mut [0; 4]) =>
                {
                    let _to_a_text = write!(text, "\\u{{{:x}}}", u32::from(c));
                }
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _to_a_text = write!(text, "\\x{byte:02x}");
        }
    }
    sanitize::line(&text, 1024).into_owned()
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FileKind {
    #[default]
    File,
    Folder,
    Link,
    Other,
}

impl FileKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
            Self::Link => "link",
            Self::Other => "other",
        }
    }
}

/// By what a file is known again, whatever its name becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FileId {
    pub device: u64,
    pub inode: u64,
}

impl std::fmt::Display for FileId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.device, self.inode)
    }
}

/// A name in a folder, with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// `None` when the name is no UTF-8: it is shown and not acted on.
    pub path: Option<FilePath>,
    /// For people.
    pub name: String,
    pub kind: FileKind,
    /// Kind and permissions, `drwxr-xr-x`.
    pub mode: String,
    pub owner: String,
    pub group: String,
    pub size_bytes: u64,
    pub written_at: Option<Timestamp>,
    /// Where a link leads to, for people.
    pub leads_to: String,
    pub id: FileId,
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq)]
pub struct FileList {
    pub folder: FilePath,
    /// Whose the folder is.
    pub owner: String,
    /// Everybody may make names in it.
    pub is_open: bool,
    pub entries: Vec<FileEntry>,
    /// It took the rights of root.
    pub as_root: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_and_never_acts() {
        for (name, text) in [
            (&b"plain"[..], "plain"),
            (b"a\nb", "a\\nb"),
            (b"\x1b[31mred", "\\u{1b}[31mred"),
            (b"back\\nslash", "back\\\\nslash"),
            (b"caf\xc3\xa9 \xff", "caf\u{e9} \\xff"),
            ("to\u{202e}txt".as_bytes(), "to\\u{202e}txt"),
            (b"-rf $(id) 'x'", "-rf $(id) 'x'"),
        ] {
            assert_eq!(shown(name), text);
        }
    }

    #[test]
    fn paths() {
        let log = FilePath::root().join("var").join("log");
        assert_eq!((log.as_str(), log.name()), ("/var/log", "log"));
        let up = log.parent().unwrap();
        assert_eq!(
            (up.as_str(), up.parent(), FilePath::root().parent()),
            ("/var", Some(FilePath::root()), None)
        );
        assert_eq!(FilePath::new("var/log"), None);
    }
}
