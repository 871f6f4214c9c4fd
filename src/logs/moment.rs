//! A moment as a person types it: `14:02`, `-15m`, `yesterday 9:00`, a stamp copied from a line. Times without
//! a zone are local.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::stamp;
use crate::domain::filter::parse_seconds;

const FORMS: &str = "write 14:05, 15m, 2h, 3d, yesterday 9:00, mon 8:00 or 2026-11-21T09:00:00Z";
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// Reads a moment.
///
/// - `14:02`, `14:02:31.5`: the last time the clock showed it; in the morning `22:00` is yesterday's
/// - `15m`, `-15m`, `1h30m`: so long ago
/// - `+5m`, `+-5m`: so long after or before `here`, the line under the cursor
/// - `today 9:00`, `yesterday 9:00`, `yesterday`, `mon 08:00`, `monday`: of weekdays the last one
/// - `2026-11-21 14:02`, `2026-11-21`, RFC 3339, the common log format's `21/Nov/2026:12:04:14 +0000`
/// - seconds, milli-, micro- or nanoseconds since 1970
///
/// # Errors
/// A sentence with the offending text and the accepted forms.
pub fn parse(
    text: &str,
    now: Timestamp,
    here: Option<Timestamp>,
    zone: &TimeZone,
) -> Result<Timestamp, String> {
    let text = text.trim();
    let wrong = || format!("`{text}` is not a time; {FORMS}");
    if let Some(rest) = text.strip_prefix('+') {
        let here = here.ok_or_else(|| format!("`{text}` counts from a line; there is none here"))?;
        let by = match rest.strip_prefix('-') {
            Some(rest) => span(rest).map(|span| -span),
            None => span(rest),
        };
        return by.and_then(|by| here.checked_add(by).ok()).ok_or_else(wrong);
    }
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        let stamp = stamp::epoch(text.as_bytes()).filter(|stamp| stamp.end == text.len());
        // Another bare number would be seconds here, minutes elsewhere: ask for the unit.
        return stamp
            .and_then(|stamp| stamp.at(None))
            .ok_or_else(|| format!("`{text}` has no unit; write {text}s, {text}m, {text}h or {text}d"));
    }
    let ago = || now.checked_sub(span(text.strip_prefix('-').unwrap_or(text))?).ok();
    let today = now.to_zoned(zone.clone()).date();
    let last = || clock(text).and_then(|time| last(time, 1, today, now, zone));
    ago().or_else(last).or_else(|| day(text, today, now, zone)).or_else(|| full(text, zone)).ok_or_else(wrong)
}

fn span(text: &str) -> Option<SignedDuration> {
    let whole = text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(char::is_alphabetic);
    whole.then_some(())?;
    SignedDuration::try_from_secs_f64(parse_seconds(text)?).ok()
}

/// `9:00`, `14:02:31.5`
fn clock(text: &str) -> Option<Time> {
    let fits = text.contains(':') && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.'));
    fits.then_some(())?;
    match text.as_bytes() {
        [_, b':', ..] => format!("0{text}").parse().ok(),
        _ => text.parse().ok(),
    }
}

fn local(date: Date, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    Some(date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp())
}

/// That time on a day, or so many days before when it would not have been yet.
fn last(time: Time, days: i32, on: Date, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let this = local(on, time, zone)?;
    if this <= now { Some(this) } else { local(back(on, days)?, time, zone) }
}

fn back(date: Date, days: i32) -> Option<Date> {
    date.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).ok()
}

/// `yesterday 9:00`, `mon`
fn day(text: &str, today: Date, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let time = match rest.trim() {
        "" => Time::midnight(),
        rest => clock(rest)?,
    };
    let word = word.to_ascii_lowercase();
    match word.as_str() {
        "today" => local(today, time, zone),
        "yesterday" => local(back(today, 1)?, time, zone),
        _ => {
            let named = |(name, _): &&(&str, Weekday)| word.len() >= 3 && name.starts_with(&word);
            let (_, weekday) = WEEKDAYS.iter().find(named)?;
            let days = i32::from(weekday.until(today.weekday()));
            last(time, 7, back(today, days)?, now, zone)
        }
    }
}

fn full(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let civil = || text.contains('-').then(|| text.parse::<DateTime>().ok()).flatten();
    let local = |civil: DateTime| Some(civil.to_zoned(zone.clone()).ok()?.timestamp());
    text.parse().ok().or_else(|| civil().and_then(local)).or_else(|| stamp::exact(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is Saturday, 12:00 local; the line is of 12:04:14 on Friday.
    fn read(text: &str) -> Result<String, String> {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        parse(text, now, "2026-11-20T10:04:14Z".parse().ok(), &zone).map(|t| t.to_string())
    }

    #[test]
    fn forms_of_a_moment() {
        for (text, want) in [
            ("15m", "2026-11-21T09:45:00Z"),
            ("-15m", "2026-11-21T09:45:00Z"),
            ("3d", "2026-11-18T10:00:00Z"),
            ("1h30m", "2026-11-21T08:30:00Z"),
            ("0.5s", "2026-11-21T09:59:59.5Z"),
            ("+5m", "2026-11-20T10:09:14Z"),
            ("+-1h", "2026-11-20T09:04:14Z"),
            ("09:30", "2026-11-21T07:30:00Z"),
            (" 9:30 ", "2026-11-21T07:30:00Z"),
            ("14:02", "2026-11-20T12:02:00Z"),
            ("11:02:31.5", "2026-11-21T09:02:31.5Z"),
            ("23:59:30", "2026-11-20T21:59:30Z"),
            ("yesterday 9:00", "2026-11-20T07:00:00Z"),
            ("Yesterday", "2026-11-19T22:00:00Z"),
            ("today 14:02", "2026-11-21T12:02:00Z"),
            ("mon 08:00", "2026-11-16T06:00:00Z"),
            ("sat 8:00", "2026-11-21T06:00:00Z"),
            ("saturday  13:00", "2026-11-14T11:00:00Z"),
            ("sunday", "2026-11-14T22:00:00Z"),
            ("2026-11-21 14:02", "2026-11-21T12:02:00Z"),
            ("2026-11-21", "2026-11-20T22:00:00Z"),
            ("2026-11-21T09:00:00+01:00", "2026-11-21T08:00:00Z"),
            ("2026-11-21T09:00:00.5Z", "2026-11-21T09:00:00.5Z"),
            ("21/Nov/2026:12:04:14 +0000", "2026-11-21T12:04:14Z"),
            ("1795262654", "2026-11-21T12:04:14Z"),
            ("1795262654303", "2026-11-21T12:04:14.303Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_time_is_told() {
        for text in [
            "",
            "25:00",
            "m",
            "-",
            "+",
            "--5m",
            "1y",
            "mo 8:00",
            "yesterday 25:00",
            "tomorrow",
            "12:00 x",
            "2026-13-01T00:00:00Z",
            "99999999999999999999d",
            "1.2.3s",
            "+5",
            "1h30",
            "é:00",
        ] {
            assert!(read(text).is_err(), "{text}: {:?}", read(text));
        }
        assert_eq!(read("15").unwrap_err(), "`15` has no unit; write 15s, 15m, 15h or 15d");
        let now = Timestamp::UNIX_EPOCH;
        assert!(parse("+5m", now, None, &TimeZone::UTC).unwrap_err().contains("counts from a line"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(a in "[-+0-9:.Tsmhd /]{0,14}", b in ".{0,20}", now in proptest::num::i64::ANY) {
            let now = Timestamp::from_second(now % 200_000_000_000).unwrap();
            for text in [a, b] {
                for now in [now, Timestamp::MIN, Timestamp::MAX] {
                    let _ = parse(&text, now, Some(now), &TimeZone::UTC);
                }
            }
        }
    }
}
