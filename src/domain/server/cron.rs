//! What runs by itself at certain times, and when next: the five fields of crontab(5). Texts are sanitised.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde::Serialize;

/// So many days ahead a time is looked for: the 29th of February comes within.
const AHEAD: usize = 366 * 8 + 3;

/// A job of cron or at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CronJob {
    /// As written: `17 * * * *`, `@daily`; of at empty.
    pub schedule: String,
    pub user: String,
    pub command: String,
    /// The file it stands in, or `at 12`.
    pub source: String,
    /// `None` = never again, not by the clock, or not understood.
    pub next_at: Option<Timestamp>,
    /// As far as the journal still knows.
    pub last_at: Option<Timestamp>,
    #[serde(skip)]
    pub number: usize,
}

/// When a job runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both the day and the weekday are narrowed: then one of them is enough.
    either: bool,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Schedule {
    /// Reads five fields, or a word that stands for them; `None` for `@reboot` and what is no schedule.
    pub fn parse(text: &str) -> Option<Self> {
        let text = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = words.as_slice() else { return None };
        let weekday_bits = field(weekdays, 0, 7, &WEEKDAYS, 0)?;
        Some(Self {
            minutes: field(minutes, 0, 59, &[], 0)?,
            hours: field(hours, 0, 23, &[], 0)?,
            days: field(days, 1, 31, &[], 0)?,
            months: field(months, 1, 12, &MONTHS, 1)?,
            // Sunday is 0 and 7.
            weekdays: weekday_bits | u64::from(weekday_bits & 1 << 7 != 0),
            either: !days.starts_with('*') && !weekdays.starts_with('*'),
        })
    }

    /// The first time after this one, on a clock that stands so far from UTC all the while.
    pub fn next(&self, after: Timestamp, offset: Offset) -> Option<Timestamp> {
        let from = offset.to_datetime(after);
        let mut day: Date = from.date();
        let first = u32::from(from.hour().unsigned_abs()) * 60 + u32::from(from.minute().unsigned_abs()) + 1;
        for i in 0..AHEAD {
            if self.has_day(day) {
                let begin = if i == 0 { first } else { 0 };
                let hit = (begin..24 * 60)
                    .find(|m| self.minutes >> (m % 60) & 1 == 1 && self.hours >> (m / 60) & 1 == 1);
                if let Some(minute) = hit {
                    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
                    let at: DateTime = day.at(hour, minute, 0, 0);
                    return offset.to_timestamp(at).ok();
                }
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    fn has_day(&self, day: Date) -> bool {
        let has = |bits: u64, n: i8| bits >> n.unsigned_abs() & 1 == 1;
        let (by_day, by_weekday) =
            (has(self.days, day.day()), has(self.weekdays, day.weekday().to_sunday_zero_offset()));
        let fits = if self.either { by_day || by_weekday } else { by_day && by_weekday };
        has(self.months, day.month()) && fits
    }
}

/// `*`, `*/15`, `1-5`, `mon-fri`, `0,30`, `10-40/10`: a bit for each number.
fn field(text: &str, least: u32, most: u32, names: &[&str], first_name: u32) -> Option<u64> {
    let number = |word: &str| {
        let lower = word.to_ascii_lowercase();
        let named = names.iter().position(|name| *name == lower).and_then(|at| u32::try_from(at).ok());
        let n = named.map(|at| at + first_name).or_else(|| word.parse().ok())?;
        (least..=most).contains(&n).then_some(n)
    };
    let mut bits = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<usize>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (number(from)?, number(to)?),
            // `5/15` begins there and goes on to the end.
            None => (number(range)?, if part.contains('/') { most } else { number(range)? }),
        };
        bits |= (from..=to).step_by(step).fold(0, |bits, n| bits | 1 << n);
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn next(schedule: &str, after: &str) -> String {
        let at = Schedule::parse(schedule).unwrap().next(after.parse().unwrap(), Offset::UTC);
        at.map_or_else(|| "never".to_owned(), |at| at.to_string())
    }

    #[test]
    fn the_next_time_is_found() {
        // A Saturday.
        let now = "2026-11-21T21:40:30Z";
        for (schedule, at) in [
            ("* * * * *", "2026-11-21T21:41:00Z"),
            ("*/15 * * * *", "2026-11-21T21:45:00Z"),
            ("17 * * * *", "2026-11-21T22:17:00Z"),
            ("25 6 * * *", "2026-11-22T06:25:00Z"),
            ("47 6 * * 7", "2026-11-22T06:47:00Z"),
            ("0 9 * * mon-fri", "2026-11-23T09:00:00Z"),
            ("52 6 1 * *", "2026-12-01T06:52:00Z"),
            ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
            // The day or the weekday.
            ("0 0 25 * sun", "2026-11-22T00:00:00Z"),
            ("@weekly", "2026-11-22T00:00:00Z"),
            ("0 0 31 2 *", "never"),
        ] {
            assert_eq!(next(schedule, now), at, "{schedule}");
        }
        let berlin = Offset::from_hours(1).unwrap();
        let at = Schedule::parse("0 9 * * *").unwrap().next(now.parse().unwrap(), berlin).unwrap();
        assert_eq!(at.to_string(), "2026-11-22T08:00:00Z");
    }

    #[test]
    fn what_is_no_schedule_is_none() {
        for wrong in
            ["@reboot", "60 * * * *", "* * * *", "a b c d e", "*/0 * * * *", "* * 0 * *", "1-x * * * *"]
        {
            assert_eq!(Schedule::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_schedule_makes_it_panic(text in "([0-9*/,@-]|mon|jan| |\\PC){0,40}", second in 0_i64..4_000_000_000) {
            let at = Timestamp::from_second(second).unwrap();
            if let Some(next) = Schedule::parse(&text).and_then(|s| s.next(at, Offset::UTC)) {
                prop_assert!(next > at);
            }
        }
    }
}
