//! Copies between this machine and the two real servers: names of every kind, cuts, full disks, sources that change.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use pult::backends::argv::Argv;
use pult::backends::server::{Elevate, Watch, serve};
use pult::backends::ssh::Exit;
use pult::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::guard::Guard;
use pult::domain::ids::TargetId;
use pult::domain::mutation::Mutation;
use pult::domain::remote::{Link, Remote};
use pult::domain::server::transfer::{Progress, Stage, Stood, Way};
use pult::domain::server::{FileId, FilePath, Pace, Server, Transfer};
use pult::domain::ssh_target::SshTarget;
use pult::gate::{self, Authorized, Entry, Ledger, Plan, Proof};
use pult::runtime::connections;
use pult::runtime::transfers::{Carrier, RemoteFiles};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::docker_bed::spawn;
use super::ssh_bed::{Gate, SOON, User, cut, setup};

const MIB: u64 = 1 << 20;

struct Book;

impl Ledger for Book {
    fn intent(&mut self, _: &Entry) -> std::io::Result<u64> {
        Ok(1)
    }
}

/// A folder here and one there, with what copies between them. Both go with it.
struct Bed {
    user: User,
    target: SshTarget,
    carrier: Carrier,
    here: tempfile::TempDir,
    there: String,
}

impl Bed {
    async fn new(target: &str) -> Self {
        Self::of(setup().alone(), target).await
    }

    async fn of(user: User, target: &str) -> Self {
        let target = SshTarget::parse(target).unwrap();
        let far = RemoteFiles { hub: user.hub.clone(), target: target.clone() };
        let carrier = Carrier::new(far, Arc::default());
        let mut bed =
            Self { user, target, carrier, here: tempfile::tempdir().unwrap(), there: String::new() };
        bed.there = bed.sh("mktemp -d /var/tmp/pult-copy-XXXXXX", &[]).await.trim().to_owned();
        bed
    }

    async fn sh(&self, script: &'static str, operands: &[&str]) -> String {
        let connection = self.user.hub.connection(&self.target).await.unwrap();
        let argv = operands.iter().fold(Argv::script(script), |argv, operand| argv.name(operand));
        let ran = connection.exec(&argv, SOON).await.unwrap();
        assert_eq!(ran.exit, Exit::Code(0), "{ran:?}");
        String::from_utf8(ran.stdout).unwrap()
    }

    /// The same in the folder there.
    async fn look(&self, script: &'static str) -> String {
        self.sh(script, &[&self.there]).await
    }

    fn own(&self, name: &str) -> PathBuf {
        self.here.path().join(name)
    }

    fn authorized(&self, way: Way, name: &str, replaces: Option<Stood>) -> Authorized {
        let path = |folder: &str| FilePath::new(folder).unwrap().join(name);
        let transfer = Transfer {
            target: TargetId::server("bed"),
            name: name.into(),
            client: "ssh bed".into(),
            id: FileId::default(),
            way,
            here: path(self.here.path().to_str().unwrap()),
            there: path(&self.there),
            what: Stood { is_folder: false, size_bytes: 0, written_at: None },
            replaces,
        };
        let plan = Plan { command: "test", mutations: vec![Mutation::Transfer(Box::new(transfer))] };
        let consent = gate::weigh(plan, |_| Guard::Confirm, Timestamp::UNIX_EPOCH).unwrap();
        let proof = Proof::Typed(name.to_owned());
        gate::authorize(consent, &proof, Timestamp::UNIX_EPOCH, &mut Book).unwrap().remove(0)
    }

    async fn copy(&self, way: Way, name: &str, replaces: Option<Stood>) -> Result<String, Fault> {
        self.copy_telling(way, name, replaces, &|_| {}).await
    }

    async fn copy_telling(
        &self,
        way: Way,
        name: &str,
        replaces: Option<Stood>,
        tell: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<String, Fault> {
        let copy = self.carrier.carry(self.authorized(way, name, replaces), tell);
        tokio::time::timeout(Duration::from_secs(180), copy).await.unwrap()
    }

    /// Copies, and does something once when so much has gone.
    async fn interrupted(
        &self,
        way: Way,
        name: &str,
        at: u64,
        act: impl AsyncFnOnce(&Self),
    ) -> Result<String, Fault> {
        let (reached, told) = (Notify::new(), AtomicBool::new(false));
        let tell = |progress: Progress| {
            if progress.done_bytes >= at && !told.swap(true, Ordering::Relaxed) {
                reached.notify_one();
            }
        };
        let interrupt = async {
            reached.notified().await;
            act(self).await;
        };
        tokio::join!(self.copy_telling(way, name, None, &tell), interrupt).0
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        let (hub, target, there) = (self.user.hub.clone(), self.target.clone(), self.there.clone());
        let _tidies = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let argv = Argv::script("chmod -R u+rwx -- \"$1\"; rm -rf -- \"$1\"").name(&there);
                hub.connection(&target).await.unwrap().exec(&argv, SOON).await
            })
        });
    }
}

/// Bytes that repeat nowhere.
fn noise(bytes: u64) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = (0..bytes.div_ceil(8)).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(usize::try_from(bytes).unwrap()).collect()
}

fn written_at(path: &Path) -> Option<Timestamp> {
    Timestamp::from_second(fs::metadata(path).unwrap().mtime()).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_every_kind_go_there_and_come_back() {
    for target in ["ops@srv1", "ops@srv2"] {
        let bed = Bed::new(target).await;
        let folder = bed.own("-a'\n$(id)\"\u{1b}[31m");
        fs::create_dir_all(folder.join("sub/empty")).unwrap();
        let names: [&[u8]; 7] =
            [b"-rf", b"a\nb", b"\x1b[2Jx'\"$(id)`id`", b" b\\lank ", b"caf\xff", b"sub/.hidden", b"zero"];
        for name in names {
            let bytes = if name == b"zero" { vec![] } else { noise(70_001) };
            fs::write(folder.join(OsStr::from_bytes(name)), bytes).unwrap();
        }
        fs::set_permissions(folder.join("-rf"), PermissionsExt::from_mode(0o751)).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.join("link")).unwrap();
        let name = "-a'\n$(id)\"\u{1b}[31m";
        let said = bed.copy(Way::Up, name, None).await.unwrap();
        assert!(
            said.starts_with("7 files, ") && said.contains("1 left out that are no files: link"),
            "{said}"
        );
        assert!(said.contains("not checked: its name is no UTF-8"), "{said}");
        assert_eq!(
            bed.look("cd \"$1\" && find . -type f -printf . ; find . -name '*pult-part*'").await,
            "......."
        );
        // Away with it here, and back from there.
        fs::rename(&folder, bed.own("first")).unwrap();
        let said = bed.copy(Way::Down, name, None).await.unwrap();
        assert!(said.starts_with("7 files, "), "{said}");
        for name in names {
            let name = OsStr::from_bytes(name);
            let (before, after) = (bed.own("first").join(name), folder.join(name));
            assert!(fs::read(&before).unwrap() == fs::read(&after).unwrap(), "{name:?}");
            assert_eq!(written_at(&before), written_at(&after));
        }
        assert_eq!(fs::metadata(folder.join("-rf")).unwrap().permissions().mode() & 0o7777, 0o751);
        assert!(folder.join("sub/empty").is_dir() && !folder.join("link").exists());
        // What is the same already is left alone; what differs is replaced when that was asked for.
        fs::write(folder.join("-rf"), "changed").unwrap();
        let into = Stood { is_folder: true, size_bytes: 0, written_at: None };
        let fault = bed.copy(Way::Up, name, None).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Conflict, "{fault:?}");
        let said = bed.copy(Way::Up, name, Some(into)).await.unwrap();
        assert!(said.starts_with("1 files, ") && said.contains("checked, 6 were there already"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_is_gone_on_from_where_it_stood() {
    let bed = Bed::new("ops@srv1").await;
    let bytes = noise(48 * MIB);
    fs::write(bed.own("big"), &bytes).unwrap();
    let cut_it = async |bed: &Bed| cut(1, &bed.user.hub.bulk(&bed.target).await.unwrap()).await;
    let said = bed.interrupted(Way::Up, "big", 8 * MIB, cut_it).await.unwrap();
    assert!(said.contains("checked") && said.contains("went on from"), "{said}");
    assert_eq!(bed.look("ls -A \"$1\"").await.trim(), "big");
    fs::remove_file(bed.own("big")).unwrap();
    let said = bed.interrupted(Way::Down, "big", 8 * MIB, cut_it).await.unwrap();
    assert!(said.contains("checked") && said.contains("went on from"), "{said}");
    assert!(fs::read(bed.own("big")).unwrap() == bytes);
    assert_eq!(fs::read_dir(bed.here.path()).unwrap().count(), 1, "no part is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_when_the_server_was_out_of_reach_for_a_while() {
    let gate = Gate::before(1).await;
    let bed = Bed::of(setup().config(&gate.config("away", 1)).alone(), "ops@away").await;
    let bytes = noise(48 * MIB);
    fs::write(bed.own("big"), &bytes).unwrap();
    let away_for_a_while = async |_: &Bed| {
        gate.set(false);
        tokio::time::sleep(Duration::from_secs(7)).await;
        gate.set(true);
    };
    let said = bed.interrupted(Way::Up, "big", 8 * MIB, away_for_a_while).await.unwrap();
    assert!(said.contains("checked") && said.contains("went on from"), "{said}");
    fs::remove_file(bed.own("big")).unwrap();
    let said = bed.interrupted(Way::Down, "big", 8 * MIB, away_for_a_while).await.unwrap();
    assert!(said.contains("checked") && said.contains("went on from"), "{said}");
    assert!(fs::read(bed.own("big")).unwrap() == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_one_leaves_a_part_that_the_next_one_goes_on_with() {
    let bed = Bed::new("ops@srv2").await;
    fs::write(bed.own("big"), noise(32 * MIB)).unwrap();
    for way in [Way::Up, Way::Down] {
        let stop = Notify::new();
        let tell = |progress: Progress| {
            if progress.stage == Stage::Moving && progress.done_bytes >= 6 * MIB {
                stop.notify_one();
            }
        };
        tokio::select! {
            done = bed.copy_telling(way, "big", None, &tell) => panic!("{done:?}"),
            () = stop.notified() => {}
        }
        if way == Way::Up {
            let left = bed.look("find \"$1\" -mindepth 1 -printf '%P %m\\n'").await;
            assert_eq!(left, ".big.pult-part 600\n", "nothing half stands under its own name");
        }
        let said = bed.copy(way, "big", None).await.unwrap();
        assert!(said.contains("checked, went on from"), "{said}");
        // A part that is not the beginning of the source is written anew.
        fs::remove_file(bed.own("big")).unwrap();
        if way == Way::Up {
            fs::write(bed.own(".big.pult-part"), noise(9 * MIB).split_off(5)).unwrap();
            let said = bed.copy(Way::Down, "big", None).await.unwrap();
            assert!(said.contains("checked") && !said.contains("went on"), "{said}");
            assert!(fs::read(bed.own("big")).unwrap() == noise(32 * MIB));
            fs::remove_file(bed.own("big")).unwrap();
        }
    }
    assert_eq!(bed.look("ls -A \"$1\"").await.trim(), "big");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changes_meanwhile_is_not_taken_for_whole() {
    let bed = Bed::new("ops@srv1").await;
    fs::write(bed.own("log"), noise(24 * MIB)).unwrap();
    let grows = async |bed: &Bed| {
        let file = fs::OpenOptions::new().append(true).open(bed.own("log")).unwrap();
        std::io::Write::write_all(&mut &file, b"one more line").unwrap();
    };
    let fault = bed.interrupted(Way::Up, "log", 2 * MIB, grows).await.unwrap_err();
    assert!(fault.kind == FaultKind::Conflict && fault.message.contains("changed while"), "{fault:?}");
    assert_eq!(bed.look("ls -A \"$1\"").await, "", "no part of what never was");
    // Size and time stay, and what it holds does not: the checksum tells.
    bed.copy(Way::Up, "log", None).await.unwrap();
    let forged = async |bed: &Bed| {
        bed.look("cd \"$1\" && touch -r log ref && printf X | dd of=log conv=notrunc status=none && touch -r ref log && rm ref").await;
    };
    fs::remove_file(bed.own("log")).unwrap();
    let fault = bed.interrupted(Way::Down, "log", 2 * MIB, forged).await.unwrap_err();
    assert!(fault.kind == FaultKind::Conflict && fault.message.contains("checksum"), "{fault:?}");
    assert_eq!(fs::read_dir(bed.here.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_replaced_that_nobody_saw() {
    let bed = Bed::new("ops@srv1").await;
    fs::write(bed.own("conf"), "new").unwrap();
    bed.look("printf old >\"$1/conf\" && chmod 640 \"$1/conf\" && touch -d @1700000000 \"$1/conf\"").await;
    let fault = bed.copy(Way::Up, "conf", None).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Conflict, "{fault:?}");
    let seen = |bytes, second| Stood {
        is_folder: false,
        size_bytes: bytes,
        written_at: Timestamp::from_second(second).ok(),
    };
    let fault = bed.copy(Way::Up, "conf", Some(seen(3, 1_600_000_000))).await.unwrap_err();
    assert!(fault.message.contains("changed meanwhile"), "{fault:?}");
    let said = bed.copy(Way::Up, "conf", Some(seen(3, 1_700_000_000))).await.unwrap();
    assert!(said.contains("checked"), "{said}");
    assert_eq!(bed.look("cd \"$1\" && cat conf && stat -c ' %a' conf && ls -A").await, "new 640\nconf\n");
    // A link in its place is another thing, and so is a folder.
    bed.look("cd \"$1\" && mv conf other && ln -s other conf").await;
    let fault = bed.copy(Way::Up, "conf", Some(seen(3, 1_700_000_000))).await.unwrap_err();
    assert!(fault.message.contains("no plain file"), "{fault:?}");
    // A part that is a link leads nowhere.
    bed.look("cd \"$1\" && rm conf && ln -s other .conf.pult-part").await;
    bed.copy(Way::Up, "conf", None).await.unwrap();
    assert_eq!(bed.look("cd \"$1\" && cat other conf && ls -A").await, "newnewconf\nother\n");
    // The same here.
    let here = written_at(&bed.own("conf")).unwrap();
    let fault = bed.copy(Way::Down, "conf", None).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Conflict, "{fault:?}");
    bed.copy(Way::Down, "conf", Some(seen(3, here.as_second()))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_permitted_is_told() {
    let bed = Bed::new("ops@srv1").await;
    fs::write(bed.own("a"), "x").unwrap();
    bed.look("chmod 500 \"$1\"").await;
    let fault = bed.copy(Way::Up, "a", None).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied, "{fault:?}");
    assert!(fault.message.contains("on ops@srv1") && fault.hint.is_some(), "{fault:?}");
    bed.look("chmod 700 \"$1\" && cd \"$1\" && printf x >secret && chmod 0 secret && mkfifo pipe").await;
    let fault = bed.copy(Way::Down, "secret", None).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied, "{fault:?}");
    let fault = bed.copy(Way::Down, "pipe", None).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unsupported, "{fault:?}");
    let fault = bed.copy(Way::Down, "none", None).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Gone, "{fault:?}");
    // What belongs to somebody else keeps its owner, or stays as it is.
    let owned = bed
        .look(
            "cd \"$1\" && printf old >a && touch -d @1700000000 a && sudo chown root:root a && stat -c %U a",
        )
        .await;
    assert_eq!(owned.trim(), "root");
    let seen =
        Stood { is_folder: false, size_bytes: 3, written_at: Timestamp::from_second(1_700_000_000).ok() };
    let fault = bed.copy(Way::Up, "a", Some(seen)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied, "{fault:?}");
    assert_eq!(bed.look("cd \"$1\" && cat a && ls -A").await, "olda\npipe\nsecret\n");
    assert_eq!(fs::read_dir(bed.here.path()).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_left_as_it_was() {
    let mut bed = Bed::new("root@srv2").await;
    let (folder, small) = (bed.there.clone(), format!("{}/small", bed.there));
    bed.sh("mkdir \"$1\" && mount -t tmpfs -o size=16m none \"$1\"", &[&small]).await;
    bed.there = small.clone();
    fs::write(bed.own("big"), noise(20 * MIB)).unwrap();
    let fault = bed.copy(Way::Up, "big", None).await.unwrap_err();
    assert!(fault.message.contains("has 16 MiB left, and this takes 20 MiB"), "{fault:?}");
    // There is room to begin with, and somebody else takes it.
    fs::write(bed.own("big"), noise(12 * MIB)).unwrap();
    let fills = async |bed: &Bed| {
        bed.look("head -c 15m /dev/zero >\"$1/filler\" 2>/dev/null; true").await;
    };
    let fault = bed.interrupted(Way::Up, "big", MIB, fills).await.unwrap_err();
    assert!(fault.message.contains("the disk is full"), "{fault:?}");
    assert_eq!(bed.look("ls -A \"$1\"").await.trim(), "filler", "its room is free again");
    bed.sh("umount \"$1\"", &[&small]).await;
    bed.there = folder;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_a_server_go_one_after_the_other() {
    let bed = Bed::new("ops@srv1").await;
    fs::write(bed.own("a"), noise(8 * MIB)).unwrap();
    fs::write(bed.own("b"), noise(MIB)).unwrap();
    let stages: Mutex<BTreeMap<&str, Vec<Stage>>> = Mutex::default();
    let tell = |name| {
        let stages = &stages;
        move |progress: Progress| {
            let mut stages = stages.lock().unwrap();
            let of_a = stages.get("a").and_then(|of| of.last()).copied();
            if name == "b" && progress.stage == Stage::Moving {
                assert_eq!(of_a, Some(Stage::Checking), "the other one is at its end");
            }
            stages.entry(name).or_default().push(progress.stage);
        }
    };
    let (tell_a, tell_b) = (tell("a"), tell("b"));
    let (a, b) = tokio::join!(
        bed.copy_telling(Way::Up, "a", None, &tell_a),
        bed.copy_telling(Way::Up, "b", None, &tell_b)
    );
    assert!(a.is_ok() && b.is_ok(), "{a:?} {b:?}");
    assert_eq!(stages.lock().unwrap()["b"][0], Stage::Queued);
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::disallowed_methods)] // A clock of the test's own.
async fn a_large_copy_leaves_the_readings_alone() {
    let bed = Bed::new("ops@srv1").await;
    let place = ServerPlace::Ssh(bed.target.clone());
    let endpoint = ServerEndpoint { place, sudo: SudoUse::Never };
    let (_pace, pace) = watch::channel(Pace::Shown);
    let (out, mut states) = watch::channel(Remote::<Server>::default());
    let stop = CancellationToken::new();
    let shell = connections::shell(&bed.user.hub, &endpoint);
    spawn(serve(Watch { shell, elevate: Elevate::Never, pace, out, retry: Arc::default() }, stop.clone()));
    let _stops = stop.drop_guard();
    let read = |r: &Remote<Server>| r.value.as_ref().is_some_and(|server| server.vitals.is_some());
    tokio::time::timeout(Duration::from_secs(60), states.wait_for(read)).await.unwrap().unwrap();
    fs::write(bed.own("big"), noise(200 * MIB)).unwrap();
    let (began, mut answers, mut lost) = (std::time::Instant::now(), 0_u64, 0);
    let copies = async {
        bed.copy(Way::Up, "big", None).await.unwrap();
        fs::remove_file(bed.own("big")).unwrap();
        bed.copy(Way::Down, "big", None).await.unwrap();
    };
    tokio::pin!(copies);
    loop {
        tokio::select! {
            () = &mut copies => break,
            changed = states.changed() => {
                changed.unwrap();
                answers += 1;
                lost += u64::from(states.borrow_and_update().link != Link::Live);
            }
        }
    }
    let paces = began.elapsed().as_secs() / Pace::Shown.seconds();
    assert_eq!(lost, 0, "the link held");
    assert!(answers >= paces / 4, "{answers} answers in {paces} paces");
}
