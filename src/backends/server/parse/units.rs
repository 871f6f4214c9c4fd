//! What `systemctl` prints: JSON where it can, columns where it is old, and `key=value` of `show`.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::{Unit, UnitDetail, UnitList};

/// Units kept, and names of a dependency.
const MOST: usize = 20_000;

#[derive(Deserialize)]
struct Listed {
    unit: String,
    #[serde(default)]
    load: String,
    #[serde(default)]
    active: String,
    #[serde(default)]
    sub: String,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct File {
    unit_file: String,
    state: String,
}

#[derive(Deserialize)]
struct Timer {
    unit: String,
    /// Microseconds since 1970.
    next: Option<u64>,
    activates: Option<String>,
}

/// Properties of one unit.
type Shown<'a> = HashMap<&'a str, &'a str>;

pub fn units(body: &str) -> UnitList {
    let (mut units, mut boot) = (Vec::new(), None);
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for (section, text) in sections(body) {
        match section {
            "boot" => boot = booted(text),
            "units" => {
                units = listed(text);
                by_name =
                    units.iter().enumerate().map(|(i, u): (usize, &Unit)| (u.name.clone(), i)).collect();
            }
            "files" => {
                for (name, state) in files(text) {
                    let known = by_name.get(&name).copied();
                    if let Some(unit) = known.and_then(|i| units.get_mut(i)) {
                        unit.enabled = Some(state);
                    } else if !name.contains("@.") && units.len() < MOST {
                        // Not loaded: it is there all the same, and can be started. A template cannot.
                        units.push(unloaded(name, state));
                    }
                }
                by_name = units.iter().enumerate().map(|(i, u)| (u.name.clone(), i)).collect();
            }
            "timers" => {
                for timer in json::<Timer>(text) {
                    if let Some(unit) = by_name.get(&timer.unit).and_then(|i| units.get_mut(*i)) {
                        unit.next_at = timer.next.filter(|us| *us > 0).and_then(micros);
                        unit.activates = timer.activates.as_deref().map(sanitize::name);
                    }
                }
            }
            "show" => {
                for shown in paragraphs(text) {
                    let name = shown.get("Id").copied().unwrap_or_default();
                    if let Some(unit) = by_name.get(name).and_then(|i| units.get_mut(*i)) {
                        measure(unit, &shown, boot);
                    }
                }
            }
            _ => {}
        }
    }
    UnitList { units }
}

pub fn unit(body: &str) -> Option<UnitDetail> {
    let part = |name: &str| sections(body).find(|(section, _)| *section == name).map(|(_, text)| text);
    let boot = part("boot").and_then(booted);
    let shown = paragraphs(part("show")?).next()?;
    let text = |key: &str| shown.get(key).map(|value| sanitize::name(value)).unwrap_or_default();
    let names = |keys: &[&str]| -> Vec<String> {
        let words = keys.iter().filter_map(|key| shown.get(key)).flat_map(|value| value.split_whitespace());
        let mut names: Vec<String> = words.map(sanitize::name).take(MOST).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let mut unit = Unit {
        name: text("Id"),
        description: text("Description"),
        load: text("LoadState"),
        active: text("ActiveState"),
        sub: text("SubState"),
        enabled: Some(text("UnitFileState")).filter(|state| !state.is_empty()),
        ..Unit::default()
    };
    if unit.name.is_empty() || unit.load == "not-found" && !unit.is_active() {
        return None;
    }
    measure(&mut unit, &shown, boot);
    Some(UnitDetail {
        path: text("FragmentPath"),
        drop_ins: names(&["DropInPaths"]),
        result: text("Result"),
        exit_status: shown.get("ExecMainStatus").and_then(|n| n.parse().ok()),
        tasks: count(&shown, "TasksCurrent"),
        requires: names(&["Requires"]),
        wants: names(&["Wants"]),
        stops_with_it: names(&["RequiredBy", "BoundBy", "ConsistsOf"]),
        wanted_by: names(&["WantedBy"]),
        triggered_by: names(&["TriggeredBy"]),
        unit,
    })
}

fn unloaded(name: String, state: String) -> Unit {
    Unit {
        name,
        load: "not-loaded".into(),
        active: "inactive".into(),
        sub: "dead".into(),
        enabled: Some(state),
        ..Unit::default()
    }
}

/// Figures and times. A number that does not fit is `[not set]` or the largest there is.
fn measure(unit: &mut Unit, shown: &Shown, boot: Option<Timestamp>) {
    unit.main_pid = count(shown, "MainPID").and_then(|n| u32::try_from(n).ok()).filter(|pid| *pid > 0);
    unit.memory_bytes = count(shown, "MemoryCurrent");
    unit.cpu_s = count(shown, "CPUUsageNSec").map(|ns| ns / 1_000_000_000);
    unit.restarts = count(shown, "NRestarts");
    let word =
        if unit.is_active() { "ActiveEnterTimestampMonotonic" } else { "InactiveEnterTimestampMonotonic" };
    // Since the boot: no time zone is to be guessed.
    unit.since_at = count(shown, word)
        .filter(|us| *us > 0)
        .and_then(|us| boot?.checked_add(SignedDuration::from_micros(i64::try_from(us).ok()?)).ok());
}

fn count(shown: &Shown, key: &str) -> Option<u64> {
    shown.get(key)?.parse().ok().filter(|n| *n != u64::MAX)
}

fn booted(text: &str) -> Option<Timestamp> {
    let seconds = text.lines().find_map(|line| line.strip_prefix("btime "))?;
    Timestamp::from_second(seconds.trim().parse().ok()?).ok()
}

fn micros(us: u64) -> Option<Timestamp> {
    Timestamp::from_microsecond(i64::try_from(us).ok()?).ok()
}

/// The elements of a JSON array that are what is wanted; none where it is no array.
fn json<T: for<'de> Deserialize<'de>>(text: &str) -> Vec<T> {
    let values: Vec<serde_json::Value> = serde_json::from_str(text.trim()).unwrap_or_default();
    values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).take(MOST).collect()
}

fn listed(text: &str) -> Vec<Unit> {
    let unit = |one: Listed| Unit {
        name: sanitize::name(&one.unit),
        description: sanitize::name(&one.description),
        load: sanitize::name(&one.load),
        active: sanitize::name(&one.active),
        sub: sanitize::name(&one.sub),
        ..Unit::default()
    };
    if text.trim_start().starts_with('[') {
        return json(text).into_iter().map(unit).collect();
    }
    // NAME LOAD ACTIVE SUB DESCRIPTION…, a sign before what failed.
    let row = |line: &str| {
        let mut words = line.trim_start_matches([' ', '●', '*', '○', '×', '↻']).split_whitespace();
        let mut next = || words.next().map(str::to_owned);
        let (name, load, active, sub) = (next()?, next()?, next()?, next()?);
        let is_unit = name.contains('.');
        let description = words.collect::<Vec<_>>().join(" ");
        is_unit.then(|| unit(Listed { unit: name, load, active, sub, description }))
    };
    text.lines().filter_map(row).take(MOST).collect()
}

fn files(text: &str) -> Vec<(String, String)> {
    if text.trim_start().starts_with('[') {
        let files = json::<File>(text).into_iter();
        return files.map(|f| (sanitize::name(&f.unit_file), sanitize::name(&f.state))).collect();
    }
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        Some((sanitize::name(words.next()?), sanitize::name(words.next()?)))
    };
    text.lines().filter_map(row).take(MOST).collect()
}

/// Properties of unit after unit, a blank line between them.
fn paragraphs(text: &str) -> impl Iterator<Item = Shown<'_>> {
    text.split("\n\n").filter_map(|part| {
        let shown: Shown = part.lines().filter_map(|line| line.split_once('=')).collect();
        (!shown.is_empty()).then_some(shown)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const JSON: &str = r#"
==> boot <==
btime 1700000000

==> units <==
[{"unit":"nginx.service","load":"loaded","active":"active","sub":"running","description":"A web \u001b[31mserver"},{"unit":"apt.timer","load":"loaded","active":"active","sub":"waiting","description":"Daily"},{"unit":"broken.service","load":"loaded","active":"failed","sub":"failed","description":""}]

==> files <==
[{"unit_file":"nginx.service","state":"enabled","preset":"enabled"},{"unit_file":"spare.service","state":"disabled"},{"unit_file":"getty@.service","state":"enabled"},{"strange":1}]

==> timers <==
[{"next":1700000600000000,"left":1,"last":0,"passed":0,"unit":"apt.timer","activates":"apt.service"}]

==> show <==
MainPID=812
MemoryCurrent=4194304
CPUUsageNSec=3000000000
NRestarts=2
ActiveEnterTimestampMonotonic=5000000
InactiveEnterTimestampMonotonic=1000000
Id=nginx.service

MainPID=0
MemoryCurrent=[not set]
CPUUsageNSec=18446744073709551615
NRestarts=0
ActiveEnterTimestampMonotonic=0
InactiveEnterTimestampMonotonic=7000000
Id=broken.service
"#;

    #[test]
    fn lists_files_timers_and_figures_come_together() {
        let list = units(JSON);
        let names: Vec<_> = list.units.iter().map(|u| u.name.as_str()).collect();
        assert_eq!(names, ["nginx.service", "apt.timer", "broken.service", "spare.service"]);
        let [nginx, timer, broken, spare] = &list.units[..] else { panic!() };
        assert!(!nginx.description.contains('\x1b'));
        assert_eq!(
            (nginx.enabled.as_deref(), nginx.main_pid, nginx.memory_bytes),
            (Some("enabled"), Some(812), Some(4 << 20))
        );
        assert_eq!(
            (nginx.cpu_s, nginx.restarts, nginx.since_at.unwrap().as_second()),
            (Some(3), Some(2), 1_700_000_005)
        );
        assert_eq!(
            (timer.next_at.unwrap().as_second(), timer.activates.as_deref()),
            (1_700_000_600, Some("apt.service"))
        );
        assert_eq!((broken.main_pid, broken.memory_bytes, broken.cpu_s), (None, None, None));
        assert!(broken.is_failed() && broken.since_at.unwrap().as_second() == 1_700_000_007);
        assert_eq!((spare.load.as_str(), spare.enabled.as_deref()), ("not-loaded", Some("disabled")));
    }

    #[test]
    fn columns_of_an_old_systemd() {
        let text = "==> units <==\nnginx.service  loaded active running A web server\n● broken.service loaded failed failed Broken\n\n12 loaded units listed.\n==> files <==\nnginx.service enabled\n";
        let list = units(text);
        let rows: Vec<_> =
            list.units.iter().map(|u| (u.name.as_str(), u.active.as_str(), u.description.as_str())).collect();
        assert_eq!(
            rows,
            [("nginx.service", "active", "A web server"), ("broken.service", "failed", "Broken")]
        );
        assert_eq!(list.units[0].enabled.as_deref(), Some("enabled"));
    }

    #[test]
    fn what_depends_on_a_unit() {
        let show = "==> boot <==\nbtime 1700000000\n\n==> show <==\nId=db.service\nDescription=A database\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nRequiredBy=api.service\nConsistsOf=api.service worker.service\nWantedBy=multi-user.target\nTriggeredBy=db.socket\nRequires=system.slice\nResult=success\nExecMainStatus=0\nDropInPaths=\n";
        let detail = unit(show).unwrap();
        assert_eq!(detail.stops_with_it, ["api.service", "worker.service"]);
        assert_eq!(
            (detail.wanted_by[0].as_str(), detail.triggered_by[0].as_str()),
            ("multi-user.target", "db.socket")
        );
        assert!(detail.drop_ins.is_empty());
        assert_eq!(unit("==> show <==\nId=x.service\nLoadState=not-found\nActiveState=inactive\n"), None);
    }

    /// Of a Debian 12 with systemd 252.
    #[test]
    fn a_real_server() {
        let list = units(include_str!("captures/units.txt"));
        let of = |name: &str| list.units.iter().find(|u| u.name == name).unwrap();
        assert!(
            list.units.len() > 100 && list.units.iter().all(|u| !u.name.is_empty() && !u.active.is_empty())
        );
        assert!(of("broken.service").is_failed() && of("nginx.service").main_pid.is_some());
        assert_eq!(of("logrotate.timer").activates.as_deref(), Some("logrotate.service"));
        assert!(of("logrotate.timer").next_at > of("nginx.service").since_at);
        let broken = unit(include_str!("captures/unit.txt")).unwrap();
        assert_eq!((broken.unit.sub.as_str(), broken.exit_status), ("failed", Some(3)));
        assert_eq!(
            (broken.path.as_str(), broken.unit.memory_bytes),
            ("/etc/systemd/system/broken.service", None)
        );
    }

    proptest! {
        #[test]
        fn nothing_systemctl_says_makes_it_panic(text in "(==> (boot|units|files|timers|show) <==|\n|\\[|\\{|\"unit\":|\"next\":|[a-zA-Z]+=|[0-9]{1,20}|\\PC){0,80}") {
            let _any = unit(&text);
            let list = units(&text);
            prop_assert!(list.units.iter().all(|u| !u.name.contains(['\x1b', '\n'])));
        }
    }
}
