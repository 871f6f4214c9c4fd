//! `pult logs` against the engines of the bed.

use serde_json::{Value, json};

use super::pult::Pult;
use crate::backends::docker_bed::{BOTH, Bed, Made, calm};

/// Waits until a script has written its last line.
fn finished(made: &Made) {
    let (status, _) = made.bed.http("POST", &format!("/v1.41/containers/{}/wait", made.id), None);
    assert_eq!(status, 200);
}

#[tokio::test]
async fn stored_lines_merge_by_time() {
    let _calm = calm().await;
    for bed in BOTH {
        let script = "echo $0 1; sleep 0.4; echo 2; sleep 0.4; echo 3 >&2";
        let a = Made::run(bed, "logs", script, json!({}));
        std::thread::sleep(std::time::Duration::from_millis(200));
        let b = Made::run(bed, "logs", script, json!({}));
        finished(&a);
        finished(&b);
        let pult = Pult::at(bed);
        let ran = pult.run(&["logs", &format!("docker/{}", a.name), &b.name, "-o", "json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let lines: Vec<Value> = ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 6);
        let times: Vec<&str> = lines.iter().map(|l| l["at"].as_str().unwrap()).collect();
        let stamps: Vec<jiff::Timestamp> = times.iter().map(|t| t.parse().unwrap()).collect();
        assert!(stamps.is_sorted(), "{times:?}");
        assert!(
            lines
                .iter()
                .any(|l| l["source"] == format!("docker/{}", b.name).as_str() && l["stream"] == "stderr")
        );
        let last = pult.run(&["logs", &a.name, "--tail", "1"]);
        assert_eq!(last.out, format!("{} | 3\n", a.name));
        let none = pult.run(&["logs", &a.name, "--until", "1h"]);
        assert_eq!((none.code, none.out.as_str()), (0, ""));
        assert_eq!(pult.run(&["logs", &a.name, "--since", "1h", "--grep", "2", "-o", "raw"]).out, "2\n");
    }
}

#[tokio::test]
async fn following_goes_on_until_the_container_stops() {
    let _calm = calm().await;
    for bed in BOTH {
        let made = Made::run(bed, "follow", "echo first; read x; echo never", json!({"OpenStdin": true}));
        let running = Pult::at(bed).start(&["logs", "-f", &made.name, "-o", "raw"]);
        running.until("first", |l| l == "first");
        let other = Made::run(
            bed,
            "follow",
            "i=0; while [ $i -lt 5 ]; do echo line $i; i=$((i+1)); sleep 0.3; done",
            json!({}),
        );
        let mut followed = Pult::at(bed).start(&["logs", "-f", &other.name, "-o", "raw"]);
        followed.until("line 4", |l| l == "line 4");
        assert_eq!(followed.child.wait().unwrap().code(), Some(0));
        assert_eq!(running.interrupt(), Some(130));
    }
}

#[tokio::test]
async fn hostile_lines_are_harmless_unless_raw() {
    let _calm = calm().await;
    let made = Made::run(Bed::New, "hostile", r"printf '\033]0;title\007\033[2Jx\n'", json!({}));
    finished(&made);
    let pult = Pult::at(Bed::New);
    assert_eq!(pult.run(&["logs", &made.name]).out, format!("{} | x\n", made.name));
    assert!(pult.run(&["logs", &made.name, "-o", "raw"]).out.contains('\u{1b}'));
    assert!(pult.run(&["logs", &made.name, "-o", "json"]).out.contains("\\u001b"));
}

#[tokio::test]
async fn wrong_words_are_told_before_anything_is_read() {
    let _calm = calm().await;
    let pult = Pult::at(Bed::Old);
    assert_eq!(pult.run(&["logs", "pult-no-such"]).code, 1);
    assert_eq!(pult.run(&["logs", "pod/x"]).code, 2);
    assert_eq!(pult.run(&["logs", "--since", "yesterday"]).code, 2);
    assert_eq!(pult.run(&["logs", "--grep", "("]).code, 2);
}
