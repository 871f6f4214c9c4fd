//! `pult get` against the engines of the bed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::pult::Pult;
use crate::backends::docker_bed::{BOTH, Bed, Made, calm};

#[allow(clippy::disallowed_methods)] // The test measures the program from outside.
fn now() -> Instant {
    Instant::now()
}

fn item<'a>(document: &'a Value, name: &str) -> &'a Value {
    document["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|i| i["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {document:#}"))
}

#[tokio::test]
async fn a_container_is_printed_in_every_format() {
    let _calm = calm().await;
    for bed in BOTH {
        let made = Made::run(
            bed,
            "get",
            "sleep 1000",
            json!({
                "Labels": {"com.docker.compose.project": "shop"},
                "ExposedPorts": {"80/tcp": {}},
                "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}},
            }),
        );
        let pult = Pult::at(bed);
        let document = pult.json(&["get", "containers", "-o", "json"]);
        assert_eq!(
            (&document["api"], &document["kind"], &document["faults"]),
            (&json!("pult/1"), &json!("containers"), &json!([]))
        );
        let row = item(&document, &made.name);
        assert_eq!(
            (&row["target"], &row["state"], &row["project"]),
            (&json!("docker:local"), &json!("running"), &json!("shop"))
        );
        assert_eq!((&row["id"], &row["ports"][0]["container_port"]), (&json!(made.id), &json!(80)));
        assert!(row["cpu_percent"].is_null() && row["exit_code"].is_null());
        assert_eq!(
            pult.run(&["get", "c", &made.name, "-o", "name"]).out,
            format!("container/{}\n", made.name)
        );
        assert_eq!(
            pult.run(&["get", "c", &made.id[..12], "-o", "name"]).out,
            format!("container/{}\n", made.name)
        );
        let table = pult.run(&["get", "c", &made.name]);
        assert!(
            table.out.starts_with("NAME")
                && table.out.contains("running")
                && table.out.contains("127.0.0.1:"),
            "{table:?}"
        );
        let yaml = pult.run(&["get", "c", &made.name, "-o", "yaml"]).out;
        assert!(yaml.contains("cpu_percent: null"), "{yaml}");
        let none = pult.run(&["get", "c", "--filter", &format!("name={} state:exited", made.name)]);
        assert_eq!((none.code, none.out.lines().count()), (0, 1));
    }
}

#[tokio::test]
async fn figures_are_measured_with_stats_only() {
    let _calm = calm().await;
    let made = Made::run(Bed::Old, "stats", "while :; do :; done", json!({}));
    let document = Pult::at(Bed::Old).json(&["get", "c", &made.name, "--stats", "-o", "json"]);
    let row = item(&document, &made.name);
    assert!(row["cpu_percent"].as_f64().is_some_and(|c| c > 1.0), "{row:#}");
    assert!(row["memory_bytes"].as_u64().is_some_and(|m| m > 0), "{row:#}");
}

#[tokio::test]
async fn a_dead_engine_is_a_fault_and_not_a_delay() {
    let _calm = calm().await;
    let made = Made::run(Bed::New, "fleet", "sleep 1000", json!({}));
    let pult = Pult::fleet("[[docker]]\nname = \"dead\"\nhost = \"unix:///nowhere/docker.sock\"\n");
    let since = now();
    let ran = pult.run(&["get", "containers", "-o", "json"]);
    assert!(since.elapsed() < Duration::from_secs(10));
    assert_eq!(ran.code, 3);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(item(&document, &made.name)["target"], "docker:new");
    assert_eq!(
        (&document["faults"][0]["target"], &document["faults"][0]["kind"]),
        (&json!("docker:dead"), &json!("unreachable"))
    );
    assert!(document["faults"][0]["hint"].is_string());
    // People read the fault on stderr.
    let table = pult.run(&["get", "containers"]);
    assert!(table.code == 3 && table.err.contains("docker:dead: ") && table.out.contains(&made.name));
    // And without the dead one all is well.
    assert_eq!(pult.run(&["get", "c", "--target", "new"]).code, 0);
    let targets = pult.json(&["get", "targets", "-o", "json"]);
    assert_eq!(
        (&item(&targets, "new")["link"], &item(&targets, "dead")["link"]),
        (&json!("live"), &json!("unreachable"))
    );
    assert!(item(&targets, "new")["latency_ms"].is_u64() && item(&targets, "dead")["latency_ms"].is_null());
}

#[tokio::test]
async fn what_is_not_there_is_1_and_what_is_wrong_is_2() {
    let _calm = calm().await;
    let pult = Pult::at(Bed::Old);
    let missing = pult.run(&["get", "c", "pult-no-such-container"]);
    assert_eq!(
        (missing.code, missing.err.as_str()),
        (1, "pult: no container called pult-no-such-container\n")
    );
    assert_eq!(pult.run(&["get", "c", "--sort", "nmae"]).code, 2);
    assert_eq!(pult.run(&["get", "c", "--filter", "cpu>many"]).code, 2);
}

#[test]
fn without_any_engine_it_says_where_it_looked() {
    // A context that does not exist is a mistake; a socket that does not, a fault.
    let ran = Pult::alone().var("DOCKER_HOST", "unix:///nowhere.sock").run(&["get", "c", "-o", "json"]);
    assert_eq!(ran.code, 3);
    assert!(ran.out.contains("\"kind\": \"unreachable\""));
    let ran = Pult::alone().var("DOCKER_CONTEXT", "nosuch").run(&["get", "c"]);
    assert_eq!(
        (ran.code, ran.err.contains("$DOCKER_CONTEXT: unknown docker context `nosuch`")),
        (2, true),
        "{ran:?}"
    );
}

#[tokio::test]
async fn watching_tells_what_was_added_changed_and_removed() {
    let _calm = calm().await;
    let running = Pult::at(Bed::New).start(&["get", "containers", "-w", "-o", "json"]);
    let made = Made::run(Bed::New, "watch", "sleep 1000", json!({}));
    let event = |line: &str, event: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["event"] == event && line["item"]["name"] == made.name.as_str()
    };
    running.until("added", |l| event(l, "added"));
    made.post("pause");
    let paused = running.until("changed", |l| event(l, "changed") && l.contains("\"paused\""));
    assert_eq!(serde_json::from_str::<Value>(&paused).unwrap()["item"]["id"], made.id.as_str());
    made.bed.http("DELETE", &format!("/v1.41/containers/{}?force=1", made.id), None);
    running.until("removed", |l| event(l, "removed"));
    assert_eq!(running.interrupt(), Some(130));
}

#[tokio::test]
async fn a_closed_pipe_ends_quietly() {
    let _calm = calm().await;
    #[allow(clippy::disallowed_methods)] // A pipe as a shell makes it.
    let done = std::process::Command::new("sh")
        .args(["-c", "\"$0\" get containers -o json 2>&1 >&- | cat; \"$0\" keys | head -1 >/dev/null; \"$0\" man | true"])
        .arg(env!("CARGO_BIN_EXE_pult"))
        .env("DOCKER_HOST", format!("unix://{}", Bed::Old.socket().display()))
        .output()
        .unwrap();
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(!String::from_utf8_lossy(&done.stdout).contains("panicked"));
}
