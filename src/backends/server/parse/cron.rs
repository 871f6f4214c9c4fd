//! What stands in crontabs, what waits in the queue of at, and what the journal knows of runs.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::cron::{CronJob, Schedule};

/// Jobs kept.
const MOST: usize = 5000;

pub fn cron(body: &str) -> Vec<CronJob> {
    let part = |name: &str| sections(body).find(|(section, _)| *section == name).map_or("", |(_, text)| text);
    let clock = clock(part("clock"));
    let last = runs(part("last"));
    let mut jobs = tables(part("system"), true);
    jobs.extend(tables(part("users"), false));
    // run-parts runs these: when is told by the line of the crontab that calls it.
    let periods: HashMap<String, String> =
        jobs.iter().filter_map(|j| Some((period(&j.command)?, j.schedule.clone()))).collect();
    jobs.extend(part("parts").lines().filter_map(|line| one_of_parts(line, &periods)));
    let offset = clock.map_or(Offset::UTC, |(_, offset)| offset);
    for job in &mut jobs {
        job.next_at = clock.and_then(|(now, offset)| Schedule::parse(&job.schedule)?.next(now, offset));
        job.last_at = last.get(&(job.user.clone(), job.command.clone())).copied();
    }
    jobs.extend(part("atq").lines().filter_map(|line| queued(line, offset)));
    jobs.truncate(MOST);
    jobs.iter_mut().enumerate().for_each(|(number, job)| job.number = number);
    jobs
}

/// `1795296648 +0100`
fn clock(text: &str) -> Option<(Timestamp, Offset)> {
    let (second, zone) = text.trim().split_once(' ')?;
    let zone: i32 = zone.parse().ok()?;
    let offset = Offset::from_seconds(zone / 100 * 3600 + zone % 100 * 60).ok()?;
    Some((Timestamp::from_second(second.parse().ok()?).ok()?, offset))
}

/// `of FILE`, then its lines, each moved in by a blank. Tables of the system name the account in each line.
fn tables(text: &str, system: bool) -> Vec<CronJob> {
    let mut jobs = Vec::new();
    let mut file = "";
    for line in text.lines() {
        match line.strip_prefix(' ') {
            None => file = line.strip_prefix("of ").unwrap_or(file),
            Some(line) => jobs.extend(entry(line.trim(), file, system)),
        }
    }
    jobs
}

fn entry(line: &str, file: &str, system: bool) -> Option<CronJob> {
    let fields = if line.starts_with('@') { 1 } else { 5 };
    let mut rest = line;
    let mut next = || {
        rest = rest.trim_start();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        (!word.is_empty()).then_some(word)
    };
    let mut schedule = Vec::new();
    for _ in 0..fields {
        schedule.push(next()?);
    }
    // A comment, a setting, or something else.
    let first = schedule.first()?;
    if !first.starts_with(|c: char| c.is_ascii_digit() || "*@".contains(c)) || first.contains('=') {
        return None;
    }
    let owner = if system { next()? } else { file.rsplit('/').next().unwrap_or_default() };
    let command = rest.trim();
    (!command.is_empty()).then(|| CronJob {
        schedule: sanitize::name(&schedule.join(" ")),
        user: sanitize::name(owner),
        command: sanitize::line(command, 1000).into_owned(),
        source: sanitize::name(file),
        ..CronJob::default()
    })
}

/// `daily` of a line that runs `/etc/cron.daily`.
fn period(command: &str) -> Option<String> {
    let (_, rest) = command.split_once("run-parts")?.1.split_once("/etc/cron.")?;
    Some(rest.chars().take_while(char::is_ascii_alphabetic).collect())
}

/// `daily /etc/cron.daily/logrotate`
fn one_of_parts(line: &str, periods: &HashMap<String, String>) -> Option<CronJob> {
    let (period, path) = line.split_once(' ')?;
    Some(CronJob {
        schedule: periods.get(period).cloned().unwrap_or_else(|| sanitize::name(period)),
        user: "root".to_owned(),
        command: sanitize::name(path),
        source: format!("/etc/cron.{}", sanitize::name(period)),
        ..CronJob::default()
    })
}

/// `12`, a tab, `Sun Nov 22 09:00:00 2026 a ops`; the letter is the queue.
fn queued(line: &str, offset: Offset) -> Option<CronJob> {
    let (number, rest) = line.split_once('\t')?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let time = words.get(1..5)?.join(" ");
    let at = DateTime::strptime("%b %d %H:%M:%S %Y", &time).ok()?;
    Some(CronJob {
        user: sanitize::name(words.get(6).copied().unwrap_or_default()),
        command: format!("at -c {}", sanitize::name(number)),
        source: format!("at {}", sanitize::name(number)),
        next_at: offset.to_timestamp(at).ok(),
        ..CronJob::default()
    })
}

/// `1795296648.1234 host CRON[12]: (root) CMD (date)`; the newest comes last.
fn runs(text: &str) -> HashMap<(String, String), Timestamp> {
    let run = |line: &str| {
        let second: f64 = line.split(' ').next()?.parse().ok()?;
        let (_, rest) = line.split_once("]: (")?;
        let (user, command) = rest.split_once(") CMD (")?;
        let command = command.trim_end().strip_suffix(')')?.trim();
        Some((
            (sanitize::name(user), sanitize::line(command, 1000).into_owned()),
            Timestamp::from_second(second as i64).ok()?,
        ))
    };
    text.lines().filter_map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of a Debian 12.
    #[test]
    fn a_real_server() {
        let jobs = cron(include_str!("captures/cron.txt"));
        let of = |command: &str| {
            jobs.iter().find(|j| j.command.contains(command)).unwrap_or_else(|| panic!("{command}: {jobs:?}"))
        };
        let bed = of("date >/run/bed-cron");
        assert_eq!(
            (bed.schedule.as_str(), bed.user.as_str(), bed.source.as_str()),
            ("* * * * *", "root", "/etc/cron.d/bed")
        );
        assert!(bed.next_at > bed.last_at && bed.last_at.is_some(), "{bed:?}");
        let rotate = of("/etc/cron.daily/logrotate");
        assert_eq!((rotate.schedule.as_str(), rotate.user.as_str()), ("25 6 * * *", "root"));
        assert_eq!(rotate.next_at, of("run-parts --report /etc/cron.daily").next_at);
        assert!(jobs.iter().all(|job| !job.command.starts_with('#')));
    }

    #[test]
    fn tables_of_accounts_and_the_queue_of_at() {
        let text = "==> clock <==\n1795296648 +0100\n==> users <==\nof /var/spool/cron/crontabs/ops\n # a comment\n MAILTO=ops@example.org\n 0 9 * * mon-fri  /home/ops/report --all\n @reboot /home/ops/start\n of /etc/forged\n==> atq <==\n12\tSun Nov 22 09:00:00 2026 a ops\n";
        let jobs = cron(text);
        assert_eq!(jobs.len(), 3, "{jobs:?}");
        assert_eq!((jobs[0].user.as_str(), jobs[0].command.as_str()), ("ops", "/home/ops/report --all"));
        assert_eq!(jobs[0].next_at.unwrap().to_string(), "2026-11-23T08:00:00Z");
        assert_eq!((jobs[1].schedule.as_str(), jobs[1].next_at), ("@reboot", None));
        assert_eq!(
            (jobs[2].source.as_str(), jobs[2].next_at.unwrap().to_string().as_str()),
            ("at 12", "2026-11-22T08:00:00Z")
        );
    }

    proptest! {
        #[test]
        fn nothing_in_a_crontab_makes_it_panic(text in "(==> (clock|system|users|parts|atq|last) <==|\n|of /a| |\\*|@daily|run-parts /etc/cron\\.|[0-9]{1,12}|\\+0100|\t|Sun Nov 22 09:00:00 2026 a|\\]: \\(|\\) CMD \\(|\\PC){0,80}") {
            for job in cron(&text) {
                prop_assert!(!job.command.contains(['\x1b', '\n']));
            }
        }
    }
}
