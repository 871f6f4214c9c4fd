//! The flight recorder at a server: what is starred there goes on being recorded across a cut connection.

use std::time::Duration;

use futures_util::StreamExt;
use pult::backends::argv::Argv;
use pult::backends::log_source::{LogRange, LogSource};
use pult::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use pult::domain::ids::TargetId;
use pult::domain::log::HostLog;
use pult::domain::ssh_target::SshTarget;
use pult::domain::star::{Star, recording_of_server};
use pult::logs::recording::Limits;
use pult::runtime::recorder::{self, RecorderHandle};
use pult::runtime::server_logs::ServerLogs;
use pult::runtime::tasks::Tasks;

use super::ssh_bed::{SOON, cut, setup};

const LIMITS: Limits = Limits { source_bytes: 16 << 20, total_bytes: 64 << 20, spare_bytes: 0 };
const WRITE: &str = "for i in $(seq \"$2\" \"$3\"); do echo \"line $i\"; done >>\"$1\"; chmod 644 \"$1\"";

/// All that was recorded, once its last line is this one.
async fn recorded(handle: &RecorderHandle, name: &str, last: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for _ in 0..600 {
        if let Ok(batches) = handle.recording(name).stored(LogRange::default()).await {
            let batches: Vec<_> = batches.collect().await;
            texts = batches.into_iter().flat_map(Result::unwrap).map(|line| line.text).collect();
            if texts.last().is_some_and(|text| text == last) {
                return texts;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} does not end in {last}: {texts:?}; {:?}", handle.status().borrow());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_starred_file_of_a_server_is_recorded_across_a_cut() {
    let (user, writer) = (setup().alone(), setup().alone());
    let root = writer.to("srv2").await;
    let path = format!("/tmp/pult-starred-{}.log", std::process::id());
    let write = async |from: &str, to: &str| {
        let argv = Argv::script(WRITE).operand(&path).operand(from).operand(to);
        assert!(root.exec(&argv, SOON).await.unwrap().exit.is_success());
    };
    write("1", "40").await;

    let place = ServerPlace::Ssh(SshTarget::parse("ops@srv2").unwrap());
    let server = (TargetId::server("there"), ServerEndpoint { place, sudo: SudoUse::default() });
    let logs = ServerLogs::new(&user.hub, [&server], false);
    let dir = tempfile::tempdir().unwrap();
    let (mut tasks, _) = Tasks::new();
    let handle = recorder::start(dir.path(), LIMITS, logs, &mut tasks);
    let log = HostLog::File(path.as_str().into());
    let name = recording_of_server("there", &log);
    handle.star(vec![Star::Server("there".into(), log)]);
    recorded(&handle, &name, "line 40").await;

    let bulk = user.hub.bulk(&SshTarget::parse("ops@srv2").unwrap()).await.unwrap();
    cut(2, &bulk).await;
    write("41", "80").await;
    let texts = recorded(&handle, &name, "line 80").await;
    let all: Vec<String> = (1..=80).map(|number| format!("line {number}")).collect();
    assert!(texts[0].contains("begins here"), "{texts:?}");
    assert_eq!(texts[1..], all, "neither a hole nor a double");
    tasks.shutdown(Duration::from_secs(5)).await;
    assert!(root.exec(&Argv::new("rm").arg("-f").name(&path), SOON).await.unwrap().exit.is_success());
}
