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

/// What programs of five kinds print.
const TRAEFIK: &str = r#"{"ClientHost":"10.0.0.9","DownstreamStatus":502,"Duration":12345678,"RequestHost":"shop.example","RequestMethod":"GET","RequestPath":"/cart","level":"info","msg":"","time":"2026-11-21T12:04:14Z"}
{"ClientHost":"10.0.0.9","DownstreamStatus":200,"Duration":2345678,"RequestHost":"shop.example","RequestMethod":"GET","RequestPath":"/error","level":"info","msg":"","time":"2026-11-21T12:04:15Z"}"#;
const POSTGRES: &str = "2026-11-21 12:04:14.303 UTC [27] LOG:  checkpoint starting: 0 errors
2026-11-21 12:04:15.303 UTC [28] ERROR:  deadlock detected
2026-11-21 12:04:15.303 UTC [28] DETAIL:  Process 28 waits for ShareLock
2026-11-21 12:04:15.303 UTC [28] STATEMENT:  UPDATE deals SET x = 1
2026-11-21 12:04:16.303 UTC [1] WARNING:  out of order";
const JAVA: &str = "2026-11-21 12:04:14.303  INFO 1 --- [main] c.e.App : error rate 0
2026-11-21 12:04:15.303 ERROR 1 --- [main] c.e.App : Request failed
java.lang.IllegalStateException: no pool
\tat com.example.App.run(App.java:10)
Caused by: java.net.ConnectException: refused
\t... 12 more
2026-11-21 12:04:16.303  INFO 1 --- [main] c.e.App : up again";
const PINO: &str = r#"{"level":30,"time":1795262654303,"pid":1,"hostname":"a","msg":"listening"}
{"level":50,"time":1795262655303,"pid":1,"hostname":"a","msg":"no pool","err":{"code":"E_POOL"}}"#;

/// A container that prints a text.
fn printing(bed: Bed, what: &str, text: &str) -> Made {
    let made = Made::run(bed, what, "printf '%s\\n' \"$TEXT\"", json!({"Env": [format!("TEXT={text}")]}));
    finished(&made);
    made
}

fn items(ran: &super::pult::Ran) -> Vec<Value> {
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[tokio::test]
async fn levels_of_real_formats() {
    let _calm = calm().await;
    for bed in BOTH {
        let made = [("traefik", TRAEFIK), ("postgres", POSTGRES), ("java", JAVA), ("pino", PINO)]
            .map(|(what, text)| printing(bed, what, text));
        let [traefik, postgres, java, pino] = made.each_ref().map(|m| m.name.as_str());
        let pult = Pult::at(bed);
        let raw = |name: &str, more: &[&str]| pult.run(&[&["logs", name, "-o", "raw"], more].concat()).out;

        assert_eq!(raw(traefik, &["--level", "error"]).trim_end(), TRAEFIK.lines().next().unwrap());
        let errors: Vec<&str> = POSTGRES.lines().skip(1).take(3).collect();
        assert_eq!(raw(postgres, &["--level", "error"]).trim_end(), errors.join("\n"));
        assert_eq!(raw(postgres, &["--level", "warn"]).lines().count(), 4);
        let trace: Vec<&str> = JAVA.lines().skip(1).take(5).collect();
        assert_eq!(raw(java, &["--level", "err"]).trim_end(), trace.join("\n"));
        assert_eq!(raw(java, &["--grep", "Caused", "-C", "1"]).lines().count(), 3);
        let apart = raw(java, &["--grep", "INFO", "-C", "1"]);
        let at: Vec<usize> = apart.lines().enumerate().filter(|(_, l)| *l == "--").map(|(i, _)| i).collect();
        assert_eq!((at, apart.lines().count()), (vec![2], 5));

        let lines = items(&pult.run(&["logs", pino, "-o", "json", "--level", "error"]));
        assert_eq!(lines.len(), 1);
        assert_eq!((&lines[0]["level"], &lines[0]["message"]), (&"error".into(), &"no pool".into()));
        assert_eq!(lines[0]["fields"]["err"]["code"], "E_POOL");

        // All of them, by time, each with its source and level.
        let all = items(&pult.run(&["logs", traefik, postgres, java, pino, "-o", "json"]));
        assert_eq!(all.len(), 2 + 5 + 7 + 2);
        assert!(all.iter().all(|l| l["level"].is_string()), "{all:?}");
        let stamps: Vec<jiff::Timestamp> =
            all.iter().map(|l| l["at"].as_str().unwrap().parse().unwrap()).collect();
        assert!(stamps.is_sorted());
        let severe: Vec<&Value> = all.iter().filter(|l| l["level"] == "error").collect();
        assert_eq!(severe.len(), 1 + 3 + 5 + 1);

        let pretty = pult.run(&["logs", traefik, "--color", "always", "--level", "error"]);
        assert!(pretty.out.contains("\u{1b}[31mERROR\u{1b}[0m GET shop.example/cart 502 12ms"), "{pretty:?}");
        let plain = pult.run(&["logs", postgres, "--level", "warn"]).out;
        assert!(plain.contains("ERROR:  deadlock") && !plain.contains('\u{1b}'), "{plain:?}");
    }
}

#[tokio::test]
async fn lines_without_a_level_are_counted() {
    let _calm = calm().await;
    let made = printing(Bed::New, "unknown", "plain one\nplain two\nERROR three");
    let ran = Pult::at(Bed::New).run(&["logs", &made.name, "-o", "raw", "--level", "warn"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "ERROR three\n"));
    assert!(ran.err.contains("lines without a level, not chosen: 2"), "{ran:?}");
}

#[tokio::test]
async fn wrong_words_are_told_before_anything_is_read() {
    let _calm = calm().await;
    let pult = Pult::at(Bed::Old);
    assert_eq!(pult.run(&["logs", "pult-no-such"]).code, 1);
    assert_eq!(pult.run(&["logs", "pod/x"]).code, 2);
    assert_eq!(pult.run(&["logs", "--since", "someday"]).code, 2);
    assert_eq!(pult.run(&["logs", "--grep", "("]).code, 2);
    let ran = pult.run(&["logs", "--level", "loud"]);
    assert!(ran.code == 2 && ran.err.contains("trace, debug, info"), "{ran:?}");
}
