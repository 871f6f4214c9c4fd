//! Moments of the log pane: a project of programs that write in their own ways.

use pult::domain::log::{LogEvent, LogGap, LogLine, LogStream};
use pult::theme::Theme;

use super::{panel, without_colours};
use crate::support::Drive;
use crate::support::logs::{answer, bring, line, refusal, tell};
use crate::support::world::{self, Make, docker, make};

/// Two minutes before the world is looked at, milliseconds.
const BEGIN: i64 = 3_490_000;

fn shop() -> Vec<Make> {
    ["api", "db", "java", "proxy", "worker"]
        .iter()
        .map(|s| make(&format!("shop-{s}")).project("shop", s))
        .collect()
}

/// What a service writes at a moment of its two minutes.
fn says(service: &str, i: i64) -> Vec<String> {
    let stamp = || crate::support::logs::at(BEGIN + i * 1000).strftime("%Y-%m-%d %H:%M:%S.000").to_string();
    match service {
        "api" => {
            let (level, text) = match i % 29 {
                11 => (40, "retrying deal"),
                22 => (50, "no answer from crm"),
                _ => (30, "request completed"),
            };
            vec![format!(r#"{{"level":{level},"reqId":"{:016x}","ms":{},"msg":"{text}"}}"#, i * 7919, i % 300)]
        }
        "db" if i % 23 == 7 => vec![
            format!("{} UTC [815] ERROR:  deadlock detected", stamp()),
            format!("{} UTC [815] DETAIL:  Process 815 waits for ShareLock on transaction 99{i}.", stamp()),
        ],
        "db" => vec![format!("{} UTC [812] LOG:  duration: {}.204 ms", stamp(), i % 40)],
        "java" if i % 37 == 9 => vec![
            format!("{} ERROR 1 --- [exec-3] c.e.shop.DealController : cannot store deal {i}", stamp()),
            "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms.".into(),
            "\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:197)".into(),
            "\tat com.example.shop.DealStore.save(DealStore.java:88)".into(),
        ],
        "java" => vec![format!("{}  INFO 1 --- [exec-{}] c.e.shop.DealController : deal {i} stored", stamp(), i % 9)],
        "proxy" => {
            let status = if i % 17 == 0 { 502 } else if i % 7 == 0 { 404 } else { 200 };
            let at = crate::support::logs::at(BEGIN + i * 1000).strftime("%d/%b/%Y:%H:%M:%S +0000");
            vec![format!(r#"10.0.0.{} - - [{at}] "GET /v1/deals/{i} HTTP/2.0" {status} 512"#, i % 250)]
        }
        _ if i % 20 == 0 => vec!["level=warn msg=\"queue is long\" depth=812".into()],
        _ => Vec::new(),
    }
}

/// The project's logs, open, live and read for two minutes.
fn open(theme: Theme) -> Drive {
    let mut drive = panel(theme, world::one(), |_| {});
    drive.msg(docker("local", world::live(shop()))).pass(10.0);
    drive.key("1 g g L");
    answer(&mut drive);
    let stream = |service: &str| if service == "db" { LogStream::Stderr } else { LogStream::Stdout };
    for service in ["api", "db", "java", "proxy", "worker"] {
        let lines = (0..120).flat_map(|i| says(service, i).into_iter().map(move |text| (i, text)));
        let lines: Vec<LogLine> = lines
            .map(|(i, text)| LogLine {
                stream: stream(service),
                ..line(BEGIN + i * 1000 + text.len() as i64 % 7, &text)
            })
            .collect();
        tell(&mut drive, &format!("shop-{service}"), LogEvent::Older { lines: Vec::new(), more: false });
        tell(&mut drive, &format!("shop-{service}"), LogEvent::Lines(lines));
    }
    drive.pass(1.0);
    drive
}

/// One of them dies, lines are lost.
pub fn live(theme: Theme) -> Drive {
    let mut drive = open(theme);
    tell(&mut drive, "shop-proxy", LogEvent::Dropped(1204));
    tell(&mut drive, "shop-db", LogEvent::Gap(LogGap::default()));
    let dead = make("shop-worker").project("shop", "worker").exited(137, -10);
    let mut containers = shop();
    containers.retain(|make| make.0.name != "shop-worker");
    containers.push(dead.with(|c| c.oom_killed = Some(true)));
    drive.msg(docker("local", world::live(containers))).pass(1.0);
    let red = "\u{1b}[31mred\u{1b}[0m, \u{1b}[1mbold\u{1b}[0m and \u{1b}[48;5;24mground\u{1b}[0m \u{1b}]0;owned\u{7}";
    bring(&mut drive, "shop-api", vec![line(3_611_500, red)]);
    tell(&mut drive, "shop-java", LogEvent::Progress(line(0, "migrating 41 % [########            ]")));
    drive
}

pub fn paused(theme: Theme) -> Drive {
    let mut drive = live(theme);
    drive
        .key("-")
        .text("duration")
        .key("enter + ")
        .text("level>=warn")
        .key("enter /")
        .text("deal")
        .key("enter N N");
    bring(&mut drive, "shop-api", vec![line(3_612_000, r#"{"level":50,"msg":"no answer from crm"}"#)]);
    drive
}

pub fn in_full(theme: Theme) -> Drive {
    let mut drive = open(theme);
    drive
        .key("+")
        .text("source:java level>=error")
        .key("enter")
        .pass(0.1)
        .key("k k k k backspace enter tab j j");
    drive
}

/// After a restart there is something new.
pub fn patterns(theme: Theme) -> Drive {
    let mut drive = open(theme);
    let mut containers = shop();
    containers[0] = make("shop-api").project("shop", "api").since(-5);
    drive.msg(docker("local", world::live(containers))).key("P").pass(0.5);
    bring(&mut drive, "shop-api", vec![line(3_611_000, "FATAL cannot allocate memory")]);
    drive
}

pub fn sources(theme: Theme) -> Drive {
    let mut drive = live(theme);
    tell(&mut drive, "shop-proxy", LogEvent::Lost(world::refused()));
    drive.key("I j j j");
    drive
}

pub fn marks(theme: Theme) -> Drive {
    let mut drive = open(theme);
    drive.key("k k k m j j a").text("here it began").key("enter A").text("cause db").key("enter B");
    drive
}

/// The levels that lines like the one under the cursor could have.
pub fn levels(theme: Theme) -> Drive {
    let mut drive = open(theme);
    drive.key("{ L");
    drive
}

/// A field that says what can be searched, and times of another zone.
pub fn searching(theme: Theme) -> Drive {
    let mut drive = open(theme);
    drive.key("alt-t j j enter").text("tokyo").key("enter").pass(10.0).key("/");
    drive
}

pub fn context(theme: Theme) -> Drive {
    let mut drive = open(theme);
    drive.key("+").text("status>=500").key("enter").pass(0.1).key("k k C");
    drive
}

pub fn wrapped(theme: Theme) -> Drive {
    let mut drive = open(theme);
    drive.key("w {");
    drive
}

pub fn split(theme: Theme) -> Drive {
    let mut drive = open(theme);
    drive.resize(200, 60).key("|");
    answer(&mut drive);
    let errors = (0..30).map(|i| line(BEGIN + i * 1000, &format!("ERROR pool is empty ({i})")));
    bring(&mut drive, "shop-api", errors.collect());
    drive.key("+").text("level>=error").key("enter").pass(0.1).key("tab k k k");
    drive
}

pub fn empty(theme: Theme) -> Drive {
    let mut drive = panel(theme, world::one(), |_| {});
    drive.msg(docker("local", world::live(shop()))).pass(1.0);
    drive.key("2");
    drive
}

pub fn refused(theme: Theme) -> Drive {
    let mut drive = panel(theme, world::one(), |_| {});
    drive.msg(docker("local", world::live(shop()))).pass(10.0);
    drive.key("1 g g L");
    tell(&mut drive, "shop-api", LogEvent::Refused(refusal()));
    tell(&mut drive, "shop-db", LogEvent::Live);
    tell(&mut drive, "shop-java", LogEvent::Lost(world::refused()));
    tell(&mut drive, "shop-worker", LogEvent::Ended);
    drive.pass(0.5);
    drive
}

pub fn ascii(theme: Theme) -> Drive {
    live(theme.with_ascii(true))
}

pub fn mono(_: Theme) -> Drive {
    paused(without_colours())
}
