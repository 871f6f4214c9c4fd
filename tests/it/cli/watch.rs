//! `pult get -w` of servers, their processes and units, against a server of the bed and this machine.

use serde_json::Value;

use super::pult::Pult;
use crate::backends::docker_bed::calm;
use crate::backends::ssh_bed::{file, port};

fn web() -> Pult {
    let host = format!(
        "Host web\n  HostName 127.0.0.1\n  Port {}\n  User ops\n  IdentitiesOnly yes\n  IdentityFile {}\n  UserKnownHostsFile {}\n",
        port(2),
        file("id").display(),
        file("known_hosts").display()
    );
    let pult = Pult::alone().config("[[server]]\nname = \"web\"\nhost = \"web\"\n").var("PATH", "/nowhere");
    std::fs::create_dir(pult.home().join(".ssh")).unwrap();
    std::fs::write(pult.home().join(".ssh/config"), host).unwrap();
    pult
}

fn item(line: &str, event: &str) -> Option<Value> {
    let mut line: Value = serde_json::from_str(line).ok()?;
    (line["event"] == event).then(|| line["item"].take())
}

#[tokio::test]
async fn servers_are_told_again_with_every_reading() {
    let _calm = calm().await;
    let pult = web();
    let running = pult.start(&["get", "servers", "-w", "-o", "json"]);
    let added = running.until("a first reading", |l| item(l, "added").is_some());
    assert_eq!(item(&added, "added").unwrap()["name"], "web");
    let measured = |l: &str| item(l, "changed").is_some_and(|i| i["cpu_percent"].is_number());
    running.until("a reading with rates", measured);
    running.until("checks", |l| item(l, "changed").is_some_and(|i| i["disks"].is_array()));
    assert_eq!(running.interrupt(), Some(130));
}

#[tokio::test]
async fn units_and_processes_are_watched_over_one_connection() {
    let _calm = calm().await;
    let pult = web();
    let units = pult.start(&["get", "units", "-w", "-o", "json"]);
    units.until("sshd", |l| item(l, "added").is_some_and(|i| i["name"] == "ssh.service"));
    assert_eq!(units.interrupt(), Some(130));
    let processes = pult.start(&["get", "processes", "-w", "-o", "json"]);
    processes.until("the first one", |l| item(l, "added").is_some_and(|i| i["pid"] == 1));
    processes.until("something that works", |l| item(l, "changed").is_some());
    assert_eq!(processes.interrupt(), Some(130));
}

#[tokio::test]
async fn what_cannot_be_watched_says_what_can() {
    let output = web().run(&["get", "capsules", "-w"]);
    assert!(output.err.contains("--watch is for containers, servers"), "{}", output.err);
    assert_eq!(output.code, 2);
}
