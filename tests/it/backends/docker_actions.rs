//! Every authorized action and every question, on both engines.

use std::io;

use jiff::Timestamp;
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::guard::Guard;
use pult::domain::ids::{ContainerId, ContainerKey, TargetId};
use pult::domain::limits::{LimitChange, RestartPolicy};
use pult::domain::mutation::{ContainerAction, ContainerMutation, Mutation};
use pult::domain::query::{Answer, Query};
use pult::gate::{self, Authorized, Entry, Ledger, Plan, Proof};
use serde_json::json;

use super::docker_bed::{BOTH, Bed, Made, calm};

struct Book(u64);

impl Ledger for Book {
    fn intent(&mut self, _: &Entry) -> io::Result<u64> {
        self.0 += 1;
        Ok(self.0)
    }
}

/// Through the gate, as there is no other way.
pub fn authorized(id: &str, name: &str, action: ContainerAction) -> Authorized {
    let mutation = ContainerMutation {
        target: TargetId::docker("bed"),
        id: ContainerId::new(id),
        name: name.into(),
        client: "docker".into(),
        action,
    };
    let plan = Plan { command: "test", mutations: vec![Mutation::Container(mutation)] };
    let consent = gate::weigh(plan, |_| Guard::Confirm, Timestamp::UNIX_EPOCH).unwrap();
    gate::authorize(consent, &Proof::Typed(name.into()), Timestamp::UNIX_EPOCH, &mut Book(40))
        .unwrap()
        .remove(0)
}

async fn act(made: &Made, action: ContainerAction) -> Result<String, Fault> {
    let (seq, outcome) = made.bed.client().perform(authorized(&made.id, &made.name, action)).await;
    assert_eq!(seq, 41);
    outcome
}

fn state(made: &Made) -> String {
    made.inspect()["State"]["Status"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_does_what_it_says() {
    let _engines = calm().await;
    for bed in BOTH {
        let made = Made::create(bed, "act", "trap 'exit 0' TERM; while true; do sleep 0.1; done", json!({}));
        assert_eq!(act(&made, ContainerAction::Start).await.unwrap(), "started");
        assert_eq!(act(&made, ContainerAction::Start).await.unwrap(), "was already started");
        act(&made, ContainerAction::Pause).await.unwrap();
        assert_eq!(state(&made), "paused");
        act(&made, ContainerAction::Unpause).await.unwrap();
        let pid = made.inspect()["State"]["Pid"].clone();
        act(&made, ContainerAction::Restart { grace_s: Some(2) }).await.unwrap();
        assert_ne!(made.inspect()["State"]["Pid"], pid);
        act(&made, ContainerAction::Stop { grace_s: None }).await.unwrap();
        assert_eq!(state(&made), "exited");
        assert_eq!(
            act(&made, ContainerAction::Stop { grace_s: Some(1) }).await.unwrap(),
            "was already stopped"
        );
        let fault = act(&made, ContainerAction::Pause).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Conflict, "{fault:?}");
        act(&made, ContainerAction::Start).await.unwrap();
        act(&made, ContainerAction::Kill { signal: "SIGKILL".into() }).await.unwrap();
        act(&made, ContainerAction::Rename { to: format!("{}-x", made.name) }).await.unwrap();
        assert_eq!(made.inspect()["Name"], format!("/{}-x", made.name));
        act(&made, ContainerAction::Remove { force: true, volumes: true }).await.unwrap();
        let fault = act(&made, ContainerAction::Start).await.unwrap_err();
        assert_eq!((fault.kind, fault.hint.is_some()), (FaultKind::Gone, true), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_keep_the_engines_words_and_say_what_to_do() {
    let _engines = calm().await;
    for bed in BOTH {
        let (a, b) = (Made::run(bed, "a", "sleep 60", json!({})), Made::create(bed, "b", "true", json!({})));
        let fault = act(&a, ContainerAction::Remove { force: false, volumes: false }).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Conflict, "{fault:?}");
        assert!(fault.hint.as_deref().unwrap().contains("stop it first"), "{fault:?}");
        let fault = act(&b, ContainerAction::Rename { to: a.name.clone() }).await.unwrap_err();
        assert_eq!((fault.kind, fault.hint.is_some()), (FaultKind::Conflict, true), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_change_and_a_swap_limit_in_the_way_is_explained() {
    let _engines = calm().await;
    for bed in BOTH {
        let made = Made::run(
            bed,
            "limits",
            "sleep 60",
            json!({"HostConfig": {"Memory": 64 << 20, "MemorySwap": 64 << 20}}),
        );
        let update = |change| act(&made, ContainerAction::Update(change));
        let change = LimitChange {
            cpus: Some(0.5),
            pids: Some(50),
            restart: Some(RestartPolicy::OnFailure(3)),
            ..Default::default()
        };
        assert_eq!(update(change).await.unwrap(), "updated");
        let now = made.inspect()["HostConfig"].clone();
        assert_eq!((&now["NanoCpus"], &now["PidsLimit"]), (&json!(500_000_000), &json!(50)), "{bed:?}");
        assert_eq!(now["RestartPolicy"], json!({"Name": "on-failure", "MaximumRetryCount": 3}));
        let fault =
            update(LimitChange { memory_bytes: Some(128 << 20), ..Default::default() }).await.unwrap_err();
        assert!(fault.message.contains("memoryswap"), "{fault:?}");
        assert!(fault.hint.as_deref().unwrap().contains("together"), "{fault:?}");
        let both = LimitChange {
            memory_bytes: Some(128 << 20),
            memory_swap_bytes: Some(256 << 20),
            ..Default::default()
        };
        update(both).await.unwrap();
        assert_eq!(made.inspect()["HostConfig"]["Memory"], json!(128 << 20));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_takes_its_time_is_no_timeout() {
    let _engines = calm().await;
    let made = Made::run(
        Bed::Old,
        "slow",
        "trap '' TERM; while true; do sleep 0.2; done",
        json!({"StopTimeout": 11}),
    );
    // Longer than an ordinary call may take.
    assert_eq!(act(&made, ContainerAction::Stop { grace_s: None }).await.unwrap(), "stopped");
    assert_eq!(made.inspect()["State"]["ExitCode"], 137);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_session_sends_nothing_that_changes_anything() {
    let _engines = calm().await;
    let made = Made::create(Bed::New, "ro", "true", json!({}));
    let docker = pult::backends::docker::Docker::new(
        TargetId::docker("bed"),
        Bed::New.client().endpoint().clone(),
        true,
    )
    .unwrap();
    let fault = docker.perform(authorized(&made.id, &made.name, ContainerAction::Start)).await.1.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
    assert!(fault.message.contains("read-only"), "{fault:?}");
    assert_eq!(state(&made), "created");
    assert!(docker.list().await.unwrap().iter().any(|c| *c.id.0 == made.id), "reading goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_answered() {
    let _engines = calm().await;
    for bed in BOTH {
        let made = Made::run(
            bed,
            "ask",
            "dd if=/dev/zero of=/v/f bs=1k count=64; dd if=/dev/zero of=/layer bs=1k count=32; sleep 60",
            json!({"Env": ["DB_PASSWORD=x=y"], "Tty": true, "Volumes": {"/v": {}},
                "HostConfig": {"Memory": 64 << 20, "NanoCpus": 250_000_000, "RestartPolicy": {"Name": "unless-stopped"}}}),
        );
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        let docker = bed.client();
        let key = ContainerKey { target: TargetId::docker("bed"), id: ContainerId::new(&made.id) };
        let Answer::Inspect(i) = docker.ask(&Query::Inspect(key.clone())).await.unwrap() else { panic!() };
        assert_eq!(
            (i.has_tty, i.stop_grace_s, i.cpus, i.memory_limit_bytes),
            (true, Some(1), Some(0.25), Some(64 << 20))
        );
        assert_eq!(
            (i.restart_policy.as_deref(), i.restart_count, i.oom_killed),
            (Some("unless-stopped"), Some(0), Some(false))
        );
        assert!(i.env.contains(&("DB_PASSWORD".into(), "x=y".into())) && i.started_at.is_some());
        assert_eq!(i.document["Id"], made.id);
        let Answer::Processes(top) = docker.ask(&Query::Processes(key.clone())).await.unwrap() else {
            panic!()
        };
        assert!(
            top.titles.iter().any(|t| t == "PID")
                && top.rows.iter().any(|r| r.iter().any(|c| c.contains("sleep 60"))),
            "{top:?}"
        );
        let Answer::Footprint(f) = docker.ask(&Query::Footprint(key.clone())).await.unwrap() else {
            panic!()
        };
        assert!(f.writable_layer_bytes.unwrap() >= 32 << 10, "{f:?}");
        assert_eq!(f.volumes.len(), 1);
        assert!(f.volumes[0].anonymous && f.volumes[0].size_bytes.unwrap() >= 64 << 10, "{f:?}");
        made.post("kill");
        let fault = docker.ask(&Query::Processes(key)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Conflict, "{bed:?}: {fault:?}");
    }
}
