//! What a folder holds, all the way down. Links are not followed, and what is neither file nor folder stays where
//! it is. A name that leads elsewhere is refused: a server may say anything.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::side::{Side, Status, told};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::FileKind;

/// Names in one copy at most.
const MOST: usize = 200_000;

/// What goes, with paths below the folder.
#[derive(Debug, Default)]
pub struct Tree {
    /// Each stands behind those that it is in.
    pub folders: Vec<(PathBuf, Status)>,
    pub files: Vec<(PathBuf, Status)>,
    /// Links and what else is no file.
    pub left_out: Vec<String>,
    /// What could not be looked at.
    pub troubles: Vec<Fault>,
}

impl Tree {
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|(_, status)| status.size).sum()
    }
}

/// # Errors
/// The connection is lost, or there is too much.
pub async fn walk<S: Side>(side: &mut S, root: &Path) -> Result<Tree, Fault> {
    let mut tree = Tree::default();
    let mut open = vec![PathBuf::new()];
    let mut count = 0;
    while let Some(below) = open.pop() {
        let names = match side.names(&root.join(&below)).await {
            Ok(names) => names,
            Err(fault) if fault.kind.is_link() => return Err(fault),
            Err(fault) => {
                tree.troubles.push(fault);
                continue;
            }
        };
        count += names.len();
        if count > MOST {
            let message = format!("{} holds more than {MOST} names", side.tell(root));
            return Err(Fault::new(FaultKind::Unsupported, message).hint("copy its folders one by one"));
        }
        for (name, status) in names {
            let path = below.join(&name);
            match status.kind {
                _ if !is_name(&name) => {
                    let message = format!("{} is said to hold `{}`", side.tell(root), told(Path::new(&name)));
                    tree.troubles.push(Fault::new(FaultKind::Protocol, message));
                }
                // What an earlier copy has left is of no use elsewhere.
                FileKind::File if is_part(&name) => {}
                FileKind::File => tree.files.push((path, status)),
                FileKind::Folder => {
                    open.push(path.clone());
                    tree.folders.push((path, status));
                }
                FileKind::Link | FileKind::Other => tree.left_out.push(told(&path)),
            }
        }
    }
    tree.files.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(tree)
}

fn is_name(name: &OsStr) -> bool {
    let bytes = name.as_bytes();
    !bytes.is_empty() && bytes != b"." && bytes != b".." && !bytes.iter().any(|b| matches!(b, b'/' | 0))
}

fn is_part(name: &OsStr) -> bool {
    let bytes = name.as_bytes();
    bytes.starts_with(b".") && bytes.ends_with(b".pult-part")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_folder() {
        for fine in ["-rf", "a\nb", "...", "\u{1b}[2J"] {
            assert!(is_name(OsStr::new(fine)), "{fine:?}");
        }
        for wrong in ["", ".", "..", "../x", "/etc/passwd", "a\0b"] {
            assert!(!is_name(OsStr::new(wrong)), "{wrong:?}");
        }
        assert!(is_part(OsStr::new(".x.pult-part")) && !is_part(OsStr::new("x.pult-part")));
    }
}
