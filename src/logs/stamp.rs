//! The time that a program writes before its lines, in the forms that are common. Parsed by hand: it is done
//! for every line.

use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// What is known of when a line was written: it tells what its own time leaves out.
#[derive(Debug, Clone, Copy)]
pub struct Near<'a> {
    /// A time nearby.
    pub at: Timestamp,
    /// The zone of times that name none; `None`: the one that brings them beside the time nearby, else UTC.
    pub zone: Option<&'a TimeZone>,
}

impl From<Timestamp> for Near<'_> {
    fn from(at: Timestamp) -> Self {
        Self { at, zone: None }
    }
}

/// A time as written. What it leaves open (zone, year, day) is guessed from a time nearby.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Where it ends.
    pub end: usize,
    /// Seconds since 1970 as if it were UTC, in the year 1972 where it has no year.
    second: i64,
    nano: i32,
    open: Open,
}

/// What a time does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Zone,
    /// And neither the zone.
    Year,
    /// And neither the zone.
    Day,
}

const DAY: i64 = 86_400;
const QUARTER: i64 = 900;
/// Clocks and delays: so much may a line's own time differ from the engine's when the zone is guessed.
const SLACK: i64 = 10;
const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
/// Zones by name, with their distance from UTC in hours.
const ZONES: [(&[u8], i64); 12] = [
    (b"UTC", 0),
    (b"GMT", 0),
    (b"CET", 1),
    (b"CEST", 2),
    (b"EET", 2),
    (b"EEST", 3),
    (b"MSK", 3),
    (b"JST", 9),
    (b"EST", -5),
    (b"EDT", -4),
    (b"PST", -8),
    (b"PDT", -7),
];

impl Stamp {
    pub(super) fn has_no_year(&self) -> bool {
        self.open == Open::Year
    }

    /// The moment. Without a zone it is in the zone nearby (see [`Near`]); without a year or a day there is
    /// none unless a time nearby is known.
    pub fn at(&self, near: Option<Near<'_>>) -> Option<Timestamp> {
        let second = match (self.open, near) {
            (Open::Nothing, _) | (Open::Zone, None) => self.second,
            (Open::Zone, Some(near)) => in_zone(self.second, near),
            (Open::Day, Some(near)) => {
                let today = as_written(near);
                let day = today - today.rem_euclid(DAY);
                in_zone(closest([-DAY, 0, DAY].map(|d| day + d + self.second), today), near)
            }
            (Open::Year, Some(near)) => {
                let today = as_written(near);
                let (year, ..) = civil(today.div_euclid(DAY));
                let (_, month, day) = civil(self.second.div_euclid(DAY));
                let of_day = self.second.rem_euclid(DAY);
                in_zone(closest([-1, 0, 1].map(|y| days(year + y, month, day) * DAY + of_day), today), near)
            }
            (Open::Year | Open::Day, None) => return None,
        };
        Timestamp::new(second, self.nano).ok()
    }
}

/// The seconds that a clock in the zone nearby shows, as if it were UTC.
fn as_written(near: Near<'_>) -> i64 {
    near.at.as_second() + near.zone.map_or(0, |zone| i64::from(zone.to_offset(near.at).seconds()))
}

/// A time without a zone: of the zone that is known, of the one in which it is now, or UTC.
fn in_zone(second: i64, near: Near<'_>) -> i64 {
    if let Some(zone) = near.zone {
        let written = Timestamp::from_second(second).map(|t| Offset::UTC.to_datetime(t));
        let moment = written.and_then(|written| zone.to_timestamp(written));
        return moment.map_or(second, Timestamp::as_second);
    }
    let behind = near.at.as_second() - second;
    let zone = (behind + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
    if zone.abs() <= 14 * 3600 && (behind - zone).abs() <= SLACK { second + zone } else { second }
}

fn closest(moments: [i64; 3], near: i64) -> i64 {
    moments.into_iter().min_by_key(|m| (m - near).abs()).unwrap_or(near)
}

/// Days since 1970-01-01 (Howard Hinnant's `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month, day of a day since 1970-01-01.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

pub(super) fn at(bytes: &[u8], i: usize) -> u8 {
    bytes.get(i).copied().unwrap_or(0)
}

/// A number of exactly so many digits.
fn number(bytes: &[u8], range: Range<usize>) -> Option<i64> {
    bytes.get(range)?.iter().try_fold(0_i64, |n, b| match b {
        b'0'..=b'9' => n.checked_mul(10)?.checked_add(i64::from(b - b'0')),
        _ => None,
    })
}

fn of_parts(year: i64, month: i64, day: i64) -> Option<i64> {
    let ok = (1..=12).contains(&month) && (1..=31).contains(&day) && (1970..2200).contains(&year);
    let number = ok.then(|| days(year, month, day))?;
    (civil(number).1 == month).then_some(number)
}

fn month(bytes: &[u8], i: usize) -> Option<i64> {
    let word = bytes.get(i..i + 3)?;
    MONTHS.iter().position(|m| *m == word).map(|m| m as i64 + 1)
}

/// `12:04:14[.123456789]`: seconds of the day, nanoseconds, where it ends.
fn clock(bytes: &[u8], i: usize) -> Option<(i64, i32, usize)> {
    if at(bytes, i + 2) != b':' || at(bytes, i + 5) != b':' {
        return None;
    }
    let (hour, minute) = (number(bytes, i..i + 2)?, number(bytes, i + 3..i + 5)?);
    let second = number(bytes, i + 6..i + 8)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut end = i + 8;
    let nano = fraction(bytes, &mut end);
    Some((hour * 3600 + minute * 60 + second.min(59), nano, end))
}

/// `.123` or `,123` as nanoseconds; moves the place behind it.
fn fraction(bytes: &[u8], end: &mut usize) -> i32 {
    if !matches!(at(bytes, *end), b'.' | b',') || !at(bytes, *end + 1).is_ascii_digit() {
        return 0;
    }
    *end += 1;
    let (mut nano, mut unit) = (0, 100_000_000);
    while at(bytes, *end).is_ascii_digit() {
        nano += i32::from(at(bytes, *end) - b'0') * unit;
        unit /= 10;
        *end += 1;
    }
    nano
}

/// A zone's distance from UTC in seconds and where it ends: `Z`, `+02:00`, `+0200`, ` UTC`, ` +0000`.
fn zone(bytes: &[u8], i: usize) -> Option<(i64, usize)> {
    let start = if at(bytes, i) == b' ' { i + 1 } else { i };
    match at(bytes, start) {
        b'Z' if !at(bytes, start + 1).is_ascii_alphanumeric() => Some((0, start + 1)),
        sign @ (b'+' | b'-') => {
            let hours = number(bytes, start + 1..start + 3)?;
            let colon = usize::from(at(bytes, start + 3) == b':');
            let (minutes, end) = match number(bytes, start + 3 + colon..start + 5 + colon) {
                Some(minutes) => (minutes, start + 5 + colon),
                None => (0, start + 3),
            };
            let off = hours * 3600 + minutes * 60;
            (hours < 24 && !at(bytes, end).is_ascii_digit())
                .then_some((if sign == b'-' { -off } else { off }, end))
        }
        b'A'..=b'Z' if start > i => {
            let word = bytes.get(start..)?;
            let word = word.get(..word.iter().take(5).take_while(|b| b.is_ascii_uppercase()).count())?;
            let (_, hours) = ZONES.iter().find(|(name, _)| *name == word)?;
            Some((hours * 3600, start + word.len()))
        }
        _ => None,
    }
}

fn dated(day: i64, bytes: &[u8], i: usize) -> Option<Stamp> {
    let (of_day, nano, end) = clock(bytes, i)?;
    let second = day * DAY + of_day;
    Some(match zone(bytes, end) {
        Some((off, end)) => Stamp { end, second: second - off, nano, open: Open::Nothing },
        None => Stamp { end, second, nano, open: Open::Zone },
    })
}

/// RFC 3339 with a zone and nothing else: an engine's stamp.
pub(super) fn exact(bytes: &[u8]) -> Option<Timestamp> {
    if bytes.len() < 20 || !at(bytes, 0).is_ascii_digit() {
        return None;
    }
    match leading(bytes).filter(|stamp| stamp.end == bytes.len() && stamp.open == Open::Nothing) {
        Some(stamp) => stamp.at(None),
        // Years and forms that are not common.
        None => std::str::from_utf8(bytes).ok()?.parse().ok(),
    }
}

/// The time at the very start, if the line has one there.
pub fn leading(bytes: &[u8]) -> Option<Stamp> {
    match at(bytes, 0) {
        b'0'..=b'9' => match (at(bytes, 1), at(bytes, 2), at(bytes, 4)) {
            (_, _, separator @ (b'-' | b'/')) => iso(bytes, separator),
            (_, b':', _) => {
                let (second, nano, end) = clock(bytes, 0)?;
                Some(Stamp { end, second, nano, open: Open::Day })
            }
            (_, b'/' | b' ', _) | (b' ', ..) => day_month_year(bytes),
            _ => epoch(bytes).filter(|s| matches!(at(bytes, s.end), b' ' | b'\t' | b']' | b',' | 0)),
        },
        b'A'..=b'Z' => month_first(bytes),
        _ => None,
    }
}

/// `2026-11-21T12:04:14.5Z`, `2026-11-21 12:04:14,500`, `2026/11/21 12:04:14`, and gin's ` - ` between.
fn iso(bytes: &[u8], separator: u8) -> Option<Stamp> {
    if at(bytes, 7) != separator {
        return None;
    }
    let day = of_parts(number(bytes, 0..4)?, number(bytes, 5..7)?, number(bytes, 8..10)?)?;
    match at(bytes, 10) {
        b' ' if bytes.get(10..13) == Some(b" - ") => dated(day, bytes, 13),
        b'T' | b't' | b' ' | b'_' => dated(day, bytes, 11),
        _ => None,
    }
}

/// `21/Nov/2026:12:04:14 +0000` of access logs, `21 Nov 2026 12:04:14.500` of Redis.
fn day_month_year(bytes: &[u8]) -> Option<Stamp> {
    let digits = if at(bytes, 1).is_ascii_digit() { 2 } else { 1 };
    let separator = at(bytes, digits);
    let month = month(bytes, digits + 1)?;
    let year = digits + 5;
    let fits = at(bytes, digits + 4) == separator && matches!(at(bytes, year + 4), b' ' | b':');
    let day = of_parts(number(bytes, year..year + 4)?, month, number(bytes, 0..digits)?)?;
    if fits { dated(day, bytes, year + 5) } else { None }
}

/// `Nov 21 12:04:14` of syslog, `Sat Nov 21 12:04:14.5 2026` of C, `Sat, 21 Nov 2026 12:04:14 GMT` of mail.
fn month_first(bytes: &[u8]) -> Option<Stamp> {
    let is_weekday = matches!(bytes.get(..3)?, b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun");
    if is_weekday && at(bytes, 3) == b',' {
        let rest = day_month_year(bytes.get(5..)?)?;
        return Some(Stamp { end: rest.end + 5, ..rest });
    }
    let start = if is_weekday { 4 } else { 0 };
    let month = month(bytes, start)?;
    let day = match (at(bytes, start + 4), at(bytes, start + 5)) {
        (b' ', b'0'..=b'9') => number(bytes, start + 5..start + 6),
        _ => number(bytes, start + 4..start + 6),
    }?;
    let (of_day, nano, end) = clock(bytes, start + 7)?;
    let year = (at(bytes, end) == b' ').then(|| number(bytes, end + 1..end + 5)).flatten();
    match year.filter(|_| is_weekday && !at(bytes, end + 5).is_ascii_digit()) {
        Some(year) => {
            let second = of_parts(year, month, day)? * DAY + of_day;
            Some(Stamp { end: end + 5, second, nano, open: Open::Zone })
        }
        None => {
            let second = of_parts(1972, month, day)? * DAY + of_day;
            Some(Stamp { end, second, nano, open: Open::Year })
        }
    }
}

/// klog's `1121 12:04:14.123456`.
pub(super) fn klog(bytes: &[u8]) -> Option<Stamp> {
    let day = of_parts(1972, number(bytes, 0..2)?, number(bytes, 2..4)?)?;
    let (of_day, nano, end) = clock(bytes, 5).filter(|_| at(bytes, 4) == b' ')?;
    Some(Stamp { end, second: day * DAY + of_day, nano, open: Open::Year })
}

/// Seconds (also with a fraction), milli-, micro- or nanoseconds since 1970, told apart by their digits.
pub(super) fn epoch(bytes: &[u8]) -> Option<Stamp> {
    let mut end = bytes.iter().take(20).take_while(|b| b.is_ascii_digit()).count();
    let value = number(bytes, 0..end)?;
    let (second, nano) = match end {
        // 2001 to 2100; other numbers of ten digits are something else.
        10 if (1_000_000_000..4_102_444_800).contains(&value) => (value, fraction(bytes, &mut end)),
        13 => {
            let below = fraction(bytes, &mut end) / 1000;
            (value / 1000, (value % 1000) as i32 * 1_000_000 + below)
        }
        16 => (value / 1_000_000, (value % 1_000_000) as i32 * 1000),
        19 => (value / 1_000_000_000, (value % 1_000_000_000) as i32),
        _ => return None,
    };
    Some(Stamp { end, second, nano, open: Open::Nothing })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, near: Option<&str>) -> String {
        let near = near.map(|n| n.parse::<Timestamp>().unwrap().into());
        let Some(stamp) = leading(text.as_bytes()) else { return "none".into() };
        stamp.at(near).map_or("open".into(), |t| t.to_string()) + "|" + &text[stamp.end..]
    }

    #[test]
    fn forms_of_a_time() {
        let t = "2026-11-21T12:04:14Z";
        for (text, want) in [
            ("2026-11-21T12:04:14.303954436Z x", "2026-11-21T12:04:14.303954436Z| x"),
            ("2026-11-21T14:04:14+02:00 x", "2026-11-21T12:04:14Z| x"),
            ("2026-11-21 09:34:14,500-0230]", "2026-11-21T12:04:14.5Z|]"),
            ("2026-11-21 13:04:14.25 CET [1]", "2026-11-21T12:04:14.25Z| [1]"),
            ("2026-11-21 12:04:14 LOG", "2026-11-21T12:04:14Z| LOG"),
            ("2026/11/21 12:04:14 [error]", "2026-11-21T12:04:14Z| [error]"),
            ("2026/11/21 - 12:04:14 | 200", "2026-11-21T12:04:14Z| | 200"),
            ("21/Nov/2026:12:04:14 +0000] ", "2026-11-21T12:04:14Z|] "),
            ("21 Nov 2026 12:04:14.303 * x", "2026-11-21T12:04:14.303Z| * x"),
            ("Sat Nov 21 12:04:14.5 2026] x", "2026-11-21T12:04:14.5Z|] x"),
            ("Sat, 21 Nov 2026 12:04:14 GMT x", "2026-11-21T12:04:14Z| x"),
            ("1795262654 x", "2026-11-21T12:04:14Z| x"),
            ("1795262654.303 x", "2026-11-21T12:04:14.303Z| x"),
            ("1795262654303 x", "2026-11-21T12:04:14.303Z| x"),
            ("1795262654303954 x", "2026-11-21T12:04:14.303954Z| x"),
            ("1795262654303954436 x", "2026-11-21T12:04:14.303954436Z| x"),
            ("2026-02-30 12:00:00 x", "none"),
            ("2026-11-21 25:00:00 x", "none"),
            ("12345 x", "none"),
            ("9999999999999999999 x", "none"),
            ("99999999999999999999 x", "none"),
            ("Nov", "none"),
            ("Nov 21 12:04:14 host", "open| host"),
            ("12:04:14.1 x", "open| x"),
        ] {
            assert_eq!(read(text, None), want, "{text}");
        }
        assert_eq!(read("Nov  1 12:04:14 h", Some(t)), "2026-11-01T12:04:14Z| h");
        assert_eq!(read("Dec 31 23:59:59 h", Some("2027-01-01T00:00:01Z")), "2026-12-31T23:59:59Z| h");
        assert_eq!(read("23:59:59 x", Some("2027-01-01T00:00:01Z")), "2026-12-31T23:59:59Z| x");
        // A container whose clock is set to a zone that its lines do not name.
        assert_eq!(read("2026-11-21 17:34:13 x", Some(t)), "2026-11-21T12:04:13Z| x");
        assert_eq!(read("2026-11-21 12:40:00 x", Some(t)), "2026-11-21T12:40:00Z| x");
    }

    #[test]
    fn a_zone_that_is_known() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let read = |text: &str, near: &str| {
            let near = Near { at: near.parse().unwrap(), zone: Some(&zone) };
            leading(text.as_bytes()).unwrap().at(Some(near)).unwrap().to_string()
        };
        let t = "2026-11-21T12:04:14Z";
        assert_eq!(read("2026-11-20 01:30:00 x", t), "2026-11-19T23:30:00Z");
        assert_eq!(read("2026-11-20 01:30:00+00:00 x", t), "2026-11-20T01:30:00Z");
        assert_eq!(read("Jan  1 00:30:00 h", "2026-12-31T22:31:00Z"), "2026-12-31T22:30:00Z");
        assert_eq!(read("00:30:00 x", "2026-11-20T22:31:00Z"), "2026-11-20T22:30:00Z");
    }

    #[test]
    fn days_and_dates_agree() {
        for day in (-1000..100_000).step_by(13) {
            let (y, m, d) = civil(day);
            assert_eq!(days(y, m, d), day);
        }
    }
}
