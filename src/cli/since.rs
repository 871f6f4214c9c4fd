//! `--since T`, `--until T`: RFC 3339, a local `HH:MM[:SS]`, or an age.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::domain::filter::parse_seconds;

/// Reads a moment. An hour of the day is the last time the clock showed it: in the evening `09:00` is this
/// morning, in the morning `22:00` is yesterday's.
///
/// # Errors
/// A sentence with the offending text and the accepted forms.
pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let text = text.trim();
    let wrong = || format!("`{text}` is not a time; write 15m, 2h, 3d, 14:05 or 2026-11-21T09:00:00Z");
    if text.len() > 8 && text.contains('-') {
        return stamp(text, zone).ok_or_else(wrong);
    }
    if text.contains(':') {
        return hour(text, now, zone).ok_or_else(wrong);
    }
    // A bare number would be seconds here, minutes elsewhere, a unix time for docker: ask for the unit.
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("`{text}` has no unit; write {text}s, {text}m, {text}h or {text}d"));
    }
    let seconds = parse_seconds(text).filter(|s| s.is_finite()).ok_or_else(wrong)?;
    now.checked_sub(Span::new().try_milliseconds((seconds * 1000.0) as i64).map_err(|_| wrong())?)
        .map_err(|_| wrong())
}

fn stamp(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        // Without an offset it is local time.
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        Some(civil.to_zoned(zone.clone()).ok()?.timestamp())
    })
}

fn hour(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let time: Time = text.parse().ok()?;
    let today = now.to_zoned(zone.clone()).date();
    let at = |date: jiff::civil::Date| Some(date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp());
    let this = at(today)?;
    if this <= now { Some(this) } else { at(today.yesterday().ok()?) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        parse(text, now, &zone).map(|t| t.to_string())
    }

    #[test]
    fn ages_hours_and_stamps() {
        assert_eq!(read("15m").unwrap(), "2026-11-21T09:45:00Z");
        assert_eq!(read("3d").unwrap(), "2026-11-18T10:00:00Z");
        assert_eq!(read("1h30m").unwrap(), "2026-11-21T08:30:00Z");
        assert_eq!(read("0.5s").unwrap(), "2026-11-21T09:59:59.5Z");
        // It is 12:00 local.
        assert_eq!(read("09:30").unwrap(), "2026-11-21T07:30:00Z");
        assert_eq!(read("23:59:30").unwrap(), "2026-11-20T21:59:30Z");
        assert_eq!(read("2026-11-21T09:00:00+01:00").unwrap(), "2026-11-21T08:00:00Z");
        assert_eq!(read("2026-11-21T09:00:00.5Z").unwrap(), "2026-11-21T09:00:00.5Z");
        assert_eq!(read("2026-11-21 09:00").unwrap(), "2026-11-21T07:00:00Z");
        assert_eq!(read("2026-11-21").unwrap(), "2026-11-20T22:00:00Z");
    }

    #[test]
    fn what_is_not_a_time_is_told() {
        for text in
            ["", "25:00", "m", "yesterday", "2026-13-01T00:00:00Z", "1y", "99999999999999999999d", "-5m"]
        {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read("15").unwrap_err(), "`15` has no unit; write 15s, 15m, 15h or 15d");
    }
}
