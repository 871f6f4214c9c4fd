//! The audit file under crashes, full disks, tampering and other writers.

use super::*;

use std::process::Command;
use std::sync::Arc;

use crate::runtime::audit_read::{Follower, VerifyError, scan, verify, watch};

fn session(name: &str) -> Session {
    Session { user: name.into(), origin: None, session: format!("{name}-1") }
}

fn entry() -> Entry {
    Entry {
        command: "container.stop",
        target: "docker:local".into(),
        object: "4f".into(),
        summary: "stop container web".into(),
        equivalent: "docker stop web".into(),
        undo: None,
        guard: Guard::Confirm,
        verdict: "yes",
    }
}

use crate::domain::guard::Guard;

fn audit(dir: &Path) -> AuditFile {
    AuditFile::open(dir, session("ops")).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn an_action_is_two_chained_lines_in_a_private_file() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state/pult");
    let mut file = audit(&state);
    file.set_reason(Some("redis://:pw@r is full".into()));
    assert_eq!((mode(&state), mode(file.path())), (0o700, 0o600));
    let intent = file.intent(&entry()).unwrap();
    assert_eq!(file.outcome(intent, Outcome::Done, Some(412), Some("postgres://u:pw@h")).unwrap(), 2);
    assert_eq!(file.outcome(intent, Outcome::Done, None, None).unwrap_err().kind(), io::ErrorKind::NotFound);
    file.refused(&Entry { verdict: "read-only", ..entry() }, "docker:local is read-only").unwrap();
    file.intent(&entry()).unwrap();
    file.close("pult ended").unwrap();
    let mut seen = Vec::new();
    let verified = verify(file.path(), |r| seen.push(r.clone())).unwrap();
    assert_eq!((verified.lines, verified.open.len()), (5, 0));
    assert_eq!(seen[1].intent, Some(1));
    assert_eq!(seen[1].detail.as_deref(), Some("postgres://u:***@h"));
    assert_eq!(seen[0].reason.as_deref(), Some("redis://:***@r is full"));
    assert_eq!((seen[2].verdict.as_str(), seen[2].outcome), ("read-only", Outcome::Refused));
    assert_eq!((seen[4].outcome, seen[4].intent), (Outcome::Unknown, Some(4)));
}

#[test]
fn two_writers_make_one_chain() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for name in ["ann", "ben"] {
            scope.spawn(|| {
                let mut file = AuditFile::open(dir.path(), session(name)).unwrap();
                for _ in 0..250 {
                    let intent = file.intent(&entry()).unwrap();
                    file.outcome(intent, Outcome::Done, Some(1), None).unwrap();
                }
            });
        }
    });
    let verified = verify(&dir.path().join(FILE_NAME), |_| {}).unwrap();
    assert_eq!((verified.lines, verified.last_seq, verified.open.len()), (1000, 1000, 0));
}

/// The test below starts this one in two processes.
#[test]
fn writer_process() {
    let Ok(dir) = std::env::var("PULT_TEST_AUDIT_DIR") else { return };
    let mut file = AuditFile::open(Path::new(&dir), Session::current()).unwrap();
    for _ in 0..500 {
        file.intent(&entry()).unwrap();
    }
}

#[test]
#[allow(clippy::disallowed_methods)]
fn two_processes_make_one_chain() {
    let dir = tempfile::tempdir().unwrap();
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "runtime::audit_file::tests::writer_process"])
            .env("PULT_TEST_AUDIT_DIR", dir.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let children = [start(), start()];
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(verify(&dir.path().join(FILE_NAME), |_| {}).unwrap().lines, 1000);
}

#[test]
fn a_torn_line_is_set_aside_and_the_chain_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = audit(dir.path());
    file.intent(&entry()).unwrap();
    let path = file.path().to_owned();
    let append =
        |bytes: &[u8]| OpenOptions::new().append(true).open(&path).unwrap().write_all(bytes).unwrap();
    for (n, torn) in [(1, &b"{\"seq\":2,\"at\":"[..]), (2, b"\0\0\0\0")] {
        append(torn);
        assert!(
            matches!(verify(&path, |_| {}), Err(VerifyError::Broken(b)) if b.line == n + 1 && b.why.contains("crash"))
        );
        file.intent(&entry()).unwrap();
        assert_eq!(verify(&path, |_| {}).unwrap().lines, n + 1);
        let aside = dir.path().join(format!("{FILE_NAME}.torn-{n}"));
        assert_eq!((std::fs::read(&aside).unwrap().as_slice(), mode(&aside)), (torn, 0o600));
    }
    // Only the line end is missing: the record stays.
    let length = std::fs::metadata(&path).unwrap().len();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 1).unwrap();
    file.intent(&entry()).unwrap();
    assert_eq!(verify(&path, |_| {}).unwrap().lines, 4);
}

#[test]
fn a_damaged_last_line_refuses_and_a_moved_file_starts_anew() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = audit(dir.path());
    file.intent(&entry()).unwrap();
    std::fs::write(file.path(), "rubbish\n").unwrap();
    let refusal = file.intent(&entry()).unwrap_err();
    assert!(refusal.to_string().contains("Move the file away"), "{refusal}");
    std::fs::rename(file.path(), dir.path().join("old")).unwrap();
    assert_eq!(file.intent(&entry()).unwrap(), 1);
}

#[test]
fn a_changed_line_shows() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = audit(dir.path());
    (0..3).for_each(|_| drop(file.intent(&entry())));
    let text = std::fs::read_to_string(file.path()).unwrap();
    std::fs::write(file.path(), text.replacen("stop web", "stop wab", 1)).unwrap();
    assert!(matches!(verify(file.path(), |_| {}), Err(VerifyError::Broken(b)) if b.line == 1));
}

#[test]
fn a_held_lock_is_an_error_after_a_while_and_not_a_hang() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = audit(dir.path());
    let other = File::open(file.path()).unwrap();
    other.lock().unwrap();
    assert_eq!(file.intent(&entry()).unwrap_err().kind(), io::ErrorKind::TimedOut);
}

#[test]
fn a_full_disk_refuses_the_action() {
    let dir = tempfile::tempdir().unwrap();
    let file = audit(dir.path());
    std::fs::remove_file(file.path()).unwrap();
    std::os::unix::fs::symlink("/dev/full", file.path()).unwrap();
    let mut ledger = file;
    assert_eq!(ledger.intent(&entry()).unwrap_err().kind(), io::ErrorKind::StorageFull);
}

/// With a file system of 16 KiB, which needs root: no half line stays behind.
#[test]
#[allow(clippy::disallowed_methods)]
fn a_disk_that_fills_up_leaves_a_whole_chain() {
    let dir = tempfile::tempdir().unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=16k", "tmpfs"])
        .arg(dir.path())
        .stderr(std::process::Stdio::null())
        .status();
    if !mount.is_ok_and(|s| s.success()) {
        return;
    }
    let mut file = audit(dir.path());
    let mut written = 0;
    let error = loop {
        match file.intent(&entry()) {
            Ok(_) => written += 1,
            Err(e) => break e,
        }
    };
    let verified = verify(file.path(), |_| {}).map(|v| v.lines);
    assert!(Command::new("umount").arg(dir.path()).status().unwrap().success());
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(written > 10);
    assert_eq!(verified.unwrap(), written);
}

#[test]
fn the_tail_is_read_from_the_end_and_followed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    assert!(Follower::tail(&path, 5).unwrap().0.is_empty());
    let mut file = audit(dir.path());
    let (none, mut early) = Follower::tail(&path, 5).unwrap();
    assert!(none.is_empty());
    for _ in 0..300 {
        file.intent(&entry()).unwrap();
    }
    let seqs = |records: Vec<AuditRecord>| records.iter().map(|r| r.seq).collect::<Vec<_>>();
    assert_eq!(early.poll().unwrap().len(), 300);
    for n in [0, 1, 5, 200, 300, 400] {
        let (last, mut follower) = Follower::tail(&path, n).unwrap();
        assert_eq!(seqs(last), (301 - n.min(300) as u64..=300).collect::<Vec<_>>());
        assert!(follower.poll().unwrap().is_empty());
    }
    let (_, mut follower) = Follower::tail(&path, 1).unwrap();
    file.intent(&entry()).unwrap();
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{half").unwrap();
    assert_eq!(seqs(follower.poll().unwrap()), [301]);
    file.intent(&entry()).unwrap();
    assert_eq!(seqs(follower.poll().unwrap()), [302]);
    std::fs::remove_file(&path).unwrap();
    file.intent(&entry()).unwrap();
    assert_eq!(seqs(follower.poll().unwrap()), [1]);
    let mut count = 0;
    assert_eq!(
        scan(&path, |_| {
            count += 1;
            Ok(())
        })
        .unwrap(),
        0
    );
    assert_eq!(count, 1);
}

#[tokio::test]
async fn the_watcher_sees_what_other_pults_write() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = audit(dir.path());
    for _ in 0..5 {
        file.intent(&entry()).unwrap();
    }
    let (tx, mut rx) = tokio::sync::watch::channel(Vec::new());
    let stop = tokio_util::sync::CancellationToken::new();
    let task = watch(file.path().to_owned(), tx, 3, stop.clone());
    let look = async {
        let seqs = |all: &Vec<Arc<AuditRecord>>| all.iter().map(|r| r.seq).collect::<Vec<_>>();
        rx.changed().await.unwrap();
        assert_eq!(seqs(&rx.borrow_and_update()), [3, 4, 5]);
        file.intent(&entry()).unwrap();
        rx.changed().await.unwrap();
        assert_eq!(seqs(&rx.borrow_and_update()), [4, 5, 6]);
        stop.cancel();
    };
    tokio::join!(task, look);
}
