//! The picture of an engine follows what happens there.

use std::time::Duration;

use pult::domain::container::{Health, State};
use pult::domain::docker::Feature;
use serde_json::json;

use super::docker_bed::{BOTH, Bed, Disturbed, Made, Watching, alone, calm, row};

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_connect_and_speak_their_own_version() {
    let _engines = calm().await;
    let old = Bed::Old.client().connect().await.unwrap();
    assert_eq!(old.api, (1, 41));
    let new = Bed::New.client().connect().await.unwrap();
    assert!(new.api >= (1, 44) && new.api <= pult::backends::docker::API, "{:?}", new.api);
    for engine in [old, new] {
        assert!(engine.cpus > 0 && engine.memory_bytes > 1 << 20 && !engine.version.is_empty(), "{engine:?}");
        assert_eq!(engine.lacks, [], "nothing is withheld by a real engine");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_from_creation_to_removal() {
    let _engines = calm().await;
    for bed in BOTH {
        let mut seen = Watching::of(bed.client());
        seen.until("live", 10, |r| r.link.is_live()).await;
        let made = Made::create(
            bed,
            "life",
            "trap 'exit 3' TERM; while true; do sleep 0.1; done",
            json!({"Labels": {"com.docker.compose.project": "shop", "com.docker.compose.service": "web", "evil": "\u{1b}[31mred\u{202e}"}}),
        );
        let c = seen.row(&made.id, "created", |c| c.state == State::Created).await;
        assert_eq!(
            (c.name.as_str(), c.project.as_deref(), c.service.as_deref()),
            (&*made.name, Some("shop"), Some("web"))
        );
        assert_eq!(c.labels["evil"], "red");

        made.post("start");
        let c = seen
            .row(&made.id, "running with an address", |c| {
                c.state == State::Running && c.networks.iter().any(|n| n.ip.is_some())
            })
            .await;
        assert!(!c.since_rounded, "the start event tells the exact time");
        let started: jiff::Timestamp =
            made.inspect()["State"]["StartedAt"].as_str().unwrap().parse().unwrap();
        let off = (c.started_at.unwrap().as_millisecond() - started.as_millisecond()).abs();
        assert!(off < 2000, "{bed:?}: start time is {off} ms off");

        made.post("pause");
        seen.row(&made.id, "paused", |c| c.state == State::Paused).await;
        made.post("unpause");
        seen.row(&made.id, "running again", |c| c.state == State::Running).await;
        made.post(&format!("rename?name={}-b", made.name));
        seen.row(&made.id, "renamed", |c| c.name == format!("{}-b", made.name)).await;
        made.post("stop");
        let c = seen
            .row(&made.id, "exited, exactly then", |c| c.state == State::Exited && !c.since_rounded)
            .await;
        assert_eq!((c.exit_code, c.health), (Some(3), None));
        let id = made.id.clone();
        drop(made);
        seen.until("gone", 10, |r| row(r, &id).is_none()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_restart_loops_are_seen() {
    let _engines = calm().await;
    for bed in BOTH {
        let mut seen = Watching::of(bed.client());
        let sick = Made::run(
            bed,
            "health",
            "sleep 1; touch /tmp/ok; sleep 300",
            json!({"Healthcheck": {"Test": ["CMD", "test", "-e", "/tmp/ok"], "Interval": 300_000_000, "Retries": 1}}),
        );
        seen.row(&sick.id, "a verdict", |c| c.health == Some(Health::Healthy)).await;
        let loops =
            Made::run(bed, "loop", "exit 7", json!({"HostConfig": {"RestartPolicy": {"Name": "always"}}}));
        let c = seen
            .row(&loops.id, "restarting", |c| c.state == State::Restarting && c.exit_code == Some(7))
            .await;
        assert!(c.needs_attention());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_come_and_go_within_seconds() {
    let _engines = calm().await;
    for bed in BOTH {
        let mut seen = Watching::of(bed.client());
        seen.until("live", 10, |r| r.link.is_live()).await;
        let stay = Made::create(bed, "stay", "true", json!({}));
        let counter = {
            let mut seen = seen.seen.clone();
            super::docker_bed::spawn(async move {
                let mut pictures = 0;
                while seen.changed().await.is_ok() {
                    pictures += 1;
                    let remote = seen.borrow_and_update().clone();
                    let rows = &remote.value.as_ref().unwrap().containers;
                    let mut ids: Vec<_> = rows.iter().map(|c| c.id.clone()).collect();
                    ids.sort();
                    ids.dedup();
                    assert_eq!(ids.len(), rows.len(), "a row twice");
                }
                pictures
            })
        };
        let begun = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let work = tokio::task::spawn_blocking(move || {
            std::thread::scope(|s| {
                for _ in 0..4 {
                    s.spawn(|| {
                        for _ in 0..75 {
                            drop(Made::create(bed, "burst", "true", json!({})));
                        }
                    });
                }
            });
        });
        work.await.unwrap();
        let took = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap() - begun;
        seen.until("only what stays", 20, |r| {
            let rows = &r.value.as_ref().unwrap().containers;
            !rows.iter().any(|c| c.name.starts_with("pult-burst-")) && row(r, &stay.id).is_some()
        })
        .await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(seen);
        let pictures = counter.await.unwrap();
        eprintln!("{bed:?}: 300 created and removed in {took:?}, {pictures} pictures");
        assert!(pictures as f64 <= 15.0 + took.as_secs_f64() * 11.0, "{pictures} pictures in {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_killed_and_started_again_comes_back_without_doubles() {
    let _engines = alone().await;
    let bed = Bed::New;
    let mut seen = Watching::of(bed.client());
    seen.until("live", 10, |r| r.link.is_live()).await;
    let made = Made::run(bed, "survivor", "sleep 600", json!({}));
    let before = seen.row(&made.id, "running", |c| c.state == State::Running && !c.since_rounded).await;
    let _disturbed = Disturbed(bed);
    bed.script("kill");
    let lost = seen.until("lost", 20, |r| r.link.fault().is_some()).await;
    assert!(row(&lost, &made.id).is_some(), "the rows stay");
    assert!(lost.link.fault().unwrap().hint.is_some());
    bed.script("start");
    // The key that tries again: nobody waits for the back-off.
    seen.retry.notify_one();
    let live = seen.until("live again", 10, |r| r.link.is_live()).await;
    let rows = &live.value.as_ref().unwrap().containers;
    assert_eq!(rows.iter().filter(|c| *c.id.0 == made.id).count(), 1);
    let after = seen.row(&made.id, "running", |c| c.state == State::Running).await;
    assert_eq!(after.started_at, before.started_at, "live-restore: the same run keeps its exact start");
    assert_eq!(live.value.as_ref().unwrap().engine.lacks(Feature::Events), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_engine_is_a_timeout_and_thaws() {
    let _engines = alone().await;
    let bed = Bed::New;
    let mut seen = Watching::of(bed.client());
    seen.until("live", 10, |r| r.link.is_live()).await;
    let disturbed = Disturbed(bed);
    bed.script("freeze");
    let lost = seen.until("timeout", 40, |r| r.link.fault().is_some()).await;
    assert_eq!(lost.link.word(), "timeout");
    drop(disturbed);
    seen.until("live again", 60, |r| r.link.is_live()).await;
}
