//! How a person left the panel: panes, sorting, columns. A convenience: reading never fails, writing never stops
//! anything, and of two pults the last writer wins.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::panes::PaneState;

/// The file's name in the state directory.
pub const FILE_NAME: &str = "ui.toml";

/// What `ui.toml` holds. Unknown entries, of a newer pult, are ignored; missing ones have defaults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UiState {
    /// The pane's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_pane: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mouse: Option<bool>,
    /// By the pane's word.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub panes: BTreeMap<String, PaneState>,
}

/// Reads the state; the message says when a damaged file was put aside.
pub fn load(dir: &Path) -> (UiState, Option<String>) {
    let path = dir.join(FILE_NAME);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return (UiState::default(), None),
        Err(e) => {
            return (UiState::default(), Some(format!("{}: {e}; starting with defaults", path.display())));
        }
    };
    let parsed: Result<UiState, String> = std::str::from_utf8(&bytes)
        .map_err(|e| e.to_string())
        .and_then(|text| toml::from_str(text).map_err(|e| e.message().to_owned()));
    match parsed {
        Ok(mut state) => {
            for pane in state.panes.values_mut() {
                pane.split_percent = pane.split_percent.map(|p| p.min(100));
            }
            (state, None)
        }
        Err(why) => (UiState::default(), Some(put_aside(&path, &why))),
    }
}

fn put_aside(path: &Path, why: &str) -> String {
    let aside = (1_u32..)
        .map(|n| path.with_file_name(format!("{FILE_NAME}.damaged-{n}")))
        .find(|p| std::fs::symlink_metadata(p).is_err());
    let moved = aside.filter(|to| std::fs::rename(path, to).is_ok());
    match moved {
        Some(to) => format!(
            "{} is damaged ({why}); it is {} now, and the layout starts anew",
            path.display(),
            to.display()
        ),
        None => format!("{} is damaged ({why}); the layout starts anew", path.display()),
    }
}

/// Writes the state, whole or not at all.
///
/// # Errors
/// A sentence for the status line; the panel goes on.
pub fn save(dir: &Path, state: &UiState) -> Result<(), String> {
    let failed =
        |why: String| format!("the layout could not be saved in {}: {why}", dir.join(FILE_NAME).display());
    let text = toml::to_string(state).map_err(|e| failed(e.to_string()))?;
    replace(dir, text.as_bytes()).map_err(|e| failed(e.to_string()))
}

/// Of this process alone: two pults never write to the same temporary file, and neither do two threads.
fn temporary(dir: &Path) -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    dir.join(format!(".{FILE_NAME}.{}-{n}", std::process::id()))
}

fn replace(dir: &Path, bytes: &[u8]) -> io::Result<()> {
    if !dir.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    let temporary = temporary(dir);
    // Left over by a process of the same number that crashed.
    let _ = std::fs::remove_file(&temporary);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&temporary, dir.join(FILE_NAME)));
    written.inspect_err(|_| {
        let _ = std::fs::remove_file(&temporary);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    use proptest::prelude::*;

    fn sample(n: u16) -> UiState {
        let pane = PaneState {
            sort: Some("cpu".into()),
            sort_descending: true,
            columns: vec!["name".into(), "cpu".into()],
            split_percent: Some(n),
            grouped: Some(false),
            ..PaneState::default()
        };
        UiState {
            last_pane: Some("containers".into()),
            panes: [("containers".to_owned(), pane)].into(),
            ..UiState::default()
        }
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("new/pult");
        assert_eq!(load(&state), (UiState::default(), None));
        save(&state, &sample(7)).unwrap();
        assert_eq!(load(&state), (sample(7), None));
        let mode = std::fs::metadata(state.join(FILE_NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        save(&state, &UiState::default()).unwrap();
        assert_eq!(load(&state), (UiState::default(), None));
        assert_eq!(std::fs::read_dir(&state).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn a_damaged_file_is_put_aside_and_told() {
        let dir = tempfile::tempdir().unwrap();
        for n in 1..=2 {
            std::fs::write(dir.path().join(FILE_NAME), "last_pane = 3\n[[").unwrap();
            let (state, message) = load(dir.path());
            assert_eq!(state, UiState::default());
            assert!(message.unwrap().contains(&format!("ui.toml.damaged-{n}")));
        }
        assert_eq!(load(dir.path()), (UiState::default(), None));
    }

    #[test]
    fn entries_of_a_newer_pult_do_no_harm() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join(FILE_NAME),
            "hologram = true\n[panes.logs]\nsort = 'at'\nfuture = 1\n",
        )
        .unwrap();
        let (state, message) = load(dir.path());
        assert_eq!((state.panes["logs"].sort.as_deref(), message), (Some("at"), None));
    }

    #[test]
    fn two_pults_never_tear_the_file() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for n in [1, 60] {
                let dir = dir.path();
                scope.spawn(move || (0..50).for_each(|_| save(dir, &sample(n)).unwrap()));
            }
            for _ in 0..200 {
                assert_eq!(load(dir.path()).1, None);
            }
        });
        let last = load(dir.path()).0;
        assert!(last == sample(1) || last == sample(60), "{last:?}");
    }

    #[test]
    fn what_cannot_be_saved_is_a_message() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert!(save(&dir.path().join("file/pult"), &sample(1)).unwrap_err().contains("could not be saved"));
    }

    /// The old file stays when the disk is full. Needs root for a file system of one page.
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn a_full_disk_keeps_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8k", "tmpfs"])
            .arg(dir.path())
            .stderr(std::process::Stdio::null())
            .status();
        if !mount.is_ok_and(|s| s.success()) {
            return;
        }
        let first = save(dir.path(), &sample(1));
        let mut large = sample(2);
        large.last_pane = Some("x".repeat(20_000));
        let second = save(dir.path(), &large);
        let loaded = load(dir.path());
        assert!(std::process::Command::new("umount").arg(dir.path()).status().unwrap().success());
        assert_eq!(first, Ok(()));
        assert!(second.is_err());
        assert_eq!(loaded, (sample(1), None));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_load(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join(FILE_NAME), bytes).unwrap();
            let _ = load(dir.path());
        }
    }
}
