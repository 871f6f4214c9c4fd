//! `pult do` against the engines of the bed: through the gate, into the audit.

use serde_json::{Value, json};

use super::pult::Pult;
use crate::backends::docker_bed::{BOTH, Bed, Made, calm};

fn started_at(made: &Made) -> String {
    made.inspect()["State"]["StartedAt"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn nothing_happens_without_consent() {
    let _calm = calm().await;
    let made = Made::run(Bed::Old, "do", "sleep 1000", json!({}));
    let pult = Pult::at(Bed::Old);
    let before = started_at(&made);
    let ran = pult.run(&["do", "container.restart", &made.name]);
    assert_eq!(ran.code, 4);
    assert!(
        ran.out.contains(&format!("docker restart {}", made.name)) && ran.err.contains("add --yes"),
        "{ran:?}"
    );
    let dry = pult.run(&["do", "container.restart", &made.name, "--dry-run", "--yes"]);
    assert_eq!(dry.code, 0);
    let refused = pult.run(&["do", "container.restart", &made.name, "--read-only", "--yes"]);
    assert_eq!(refused.code, 4);
    assert!(refused.err.contains("read-only"));
    let unproven = pult.run(&["do", "container.remove", &made.name, "--yes"]);
    assert_eq!(unproven.code, 4);
    assert!(unproven.err.contains(&format!("add --confirm {}", made.name)));
    assert_eq!(started_at(&made), before);
    let audit = pult.json(&["audit", "export"]);
    assert_eq!(audit.to_string().matches("\"refused\"").count(), 3, "{audit:#}");
}

#[tokio::test]
async fn with_consent_it_is_done_and_audited() {
    let _calm = calm().await;
    for bed in BOTH {
        let made = Made::run(bed, "do", "sleep 1000", json!({}));
        let pult = Pult::at(bed);
        let before = started_at(&made);
        let name = format!("containers/{}", made.name);
        let ran =
            pult.run(&["do", "container.restart", &name, "--yes", "--reason", "a test", "--arg", "grace=0"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let expected = format!("ok container.restart {} (docker:local) in ", made.name);
        assert!(ran.out.starts_with(&expected) && ran.out.ends_with(" ms, audit 1\n"), "{ran:?}");
        assert_ne!(started_at(&made), before);
        let ran = pult.run(&["do", "container.stop", &made.name, "--yes", "--arg", "grace=0", "-o", "json"]);
        let line: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(
            (&line["outcome"], &line["audit_seq"], &line["command"]),
            (&json!("done"), &json!(3), &json!("container.stop"))
        );
        let again = pult.run(&["do", "container.stop", &made.name, "--yes"]);
        assert_eq!(again.code, 1, "a stopped one cannot be stopped: {again:?}");
        let removed = pult.run(&["do", "container.remove", &made.name, "--confirm", &made.name]);
        assert_eq!(removed.code, 0, "{removed:?}");
        assert_eq!(pult.run(&["get", "c", &made.name]).code, 1);
        assert_eq!(pult.run(&["audit", "verify"]).code, 0);
        assert!(pult.run(&["audit", "tail"]).out.contains("a test"));
    }
}

#[tokio::test]
async fn several_want_their_count() {
    let _calm = calm().await;
    let (a, b) = (
        Made::run(Bed::New, "bulk", "sleep 1000", json!({})),
        Made::run(Bed::New, "bulk", "sleep 1000", json!({})),
    );
    let pult = Pult::at(Bed::New);
    let ran = pult.run(&["do", "container.pause", &a.name, &b.name, "--yes"]);
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("add --confirm 2"), "{ran:?}");
    let ran = pult.run(&["do", "container.pause", &a.name, &b.name, "--confirm", "2"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 2), "{ran:?}");
    assert!(
        a.inspect()["State"]["Paused"].as_bool().unwrap()
            && b.inspect()["State"]["Paused"].as_bool().unwrap()
    );
}

#[tokio::test]
async fn an_audit_that_cannot_be_written_stops_the_action() {
    let _calm = calm().await;
    let made = Made::run(Bed::New, "audit", "sleep 1000", json!({}));
    let before = started_at(&made);
    let pult = Pult::at(Bed::New).var("PULT_STATE_DIR", "/proc/pult");
    let ran = pult.run(&["do", "container.restart", &made.name, "--yes"]);
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("audit"), "{ran:?}");
    assert_eq!(started_at(&made), before);
}

#[tokio::test]
async fn wrong_words_are_usage_errors() {
    let _calm = calm().await;
    let made = Made::run(Bed::New, "words", "sleep 1000", json!({}));
    let pult = Pult::fleet("");
    let run = |args: &[&str]| pult.run(args);
    let ran = run(&["do", "container.restrat", &made.name]);
    assert_eq!((ran.code, ran.err.contains("did you mean `container.restart`?")), (2, true));
    assert_eq!(run(&["do", "app.help", &made.name]).code, 2);
    assert_eq!(run(&["do", "container.restart", &made.name, "--arg", "grace=many", "--yes"]).code, 2);
    assert_eq!(run(&["do", "container.restart", "pult-no-such", "--yes"]).code, 1);
    // One engine is down: the name may stand there too, so nothing is done without --target.
    let pult = Pult::fleet("[[docker]]\nname = \"dead\"\nhost = \"unix:///nowhere/docker.sock\"\n");
    let before = started_at(&made);
    assert_eq!(pult.run(&["do", "container.restart", &made.name, "--yes"]).code, 3);
    assert_eq!(started_at(&made), before);
    let ran =
        pult.run(&["do", "container.restart", &made.name, "--yes", "--target", "new", "--arg", "grace=0"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}
