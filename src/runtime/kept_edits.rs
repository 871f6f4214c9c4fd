//! What was being edited when pult was ended from outside: the editor's folder, with whatever the editor saved of
//! it in its own way, is kept in the state directory until the person removes it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const FOLDER: &str = "edits";

/// Copies the files of a folder, for us alone; where to.
///
/// # Errors
/// The disk is full, or no such folder can be made.
pub fn keep(state_dir: &Path, from: &Path, name: &str) -> io::Result<PathBuf> {
    let to = state_dir.join(FOLDER).join(name);
    DirBuilder::new().recursive(true).mode(0o700).create(&to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let mut copy = OpenOptions::new();
            copy.write(true).create_new(true).mode(0o600);
            let mut copy = copy.open(to.join(entry.file_name()))?;
            io::copy(&mut fs::File::open(entry.path())?, &mut copy)?;
            copy.sync_all()?;
        }
    }
    Ok(to)
}

/// What there is to tell of kept ones, if there are any.
pub fn told(state_dir: &Path) -> Option<String> {
    let entries = fs::read_dir(state_dir.join(FOLDER)).ok()?;
    let mut kept: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    kept.sort();
    let newest = kept.last()?.display();
    let more = match kept.len() {
        1 => String::new(),
        n => format!(" and {} more beside it", n - 1),
    };
    Some(format!("pult was ended while an editor was open: {newest}{more} has the text; remove it when done"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_text_and_what_the_editor_saved_are_kept_for_us_alone() {
        let (state, editor) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_eq!(told(state.path()), None);
        fs::write(editor.path().join("nginx.conf"), "new").unwrap();
        fs::write(editor.path().join(".nginx.conf.swp"), "swap").unwrap();
        let kept = keep(state.path(), editor.path(), "20261122T000000Z-web1").unwrap();
        assert_eq!(fs::read_to_string(kept.join("nginx.conf")).unwrap(), "new");
        assert_eq!(fs::read_to_string(kept.join(".nginx.conf.swp")).unwrap(), "swap");
        assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(kept.join("nginx.conf")).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(told(state.path()).unwrap().contains("20261122T000000Z-web1 has"));
        keep(state.path(), editor.path(), "20261123T000000Z-web1").unwrap();
        assert!(told(state.path()).unwrap().contains("20261123T000000Z-web1 and 1 more"));
    }
}
