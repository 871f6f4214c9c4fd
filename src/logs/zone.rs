//! Time zones as a person names them. The table of zones is in the program: nothing is read, and a machine
//! without one shows the same times.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use crate::domain::filter::nearest;

/// A zone with the name that it is shown under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl FromStr for Zone {
    type Err = String;

    /// `utc`, `+02:00`, `-3`, `Europe/Berlin`, `berlin`, `new york`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if ["utc", "z", "gmt"].contains(&text.to_ascii_lowercase().as_str()) {
            return Ok(Self { name: "UTC".to_owned(), zone: TimeZone::UTC });
        }
        if let Some(offset) = offset(text) {
            let name = offset.to_string();
            return Ok(Self { name, zone: TimeZone::fixed(offset) });
        }
        named(text)
    }
}

/// `+02:00`, `+0200`, `+2`.
fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match (rest.split_once(':'), rest.len()) {
        (Some((hours, minutes)), _) => (hours, minutes),
        (None, 3 | 4) => rest.split_at_checked(rest.len() - 2)?,
        _ => (rest, "0"),
    };
    let number =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i32>().ok()).flatten();
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if minutes >= 60 || hours > 14 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

fn named(text: &str) -> Result<Zone, String> {
    let all = TimeZoneDatabase::bundled();
    let plain = |name: &str| name.to_ascii_lowercase().replace([' ', '-'], "_");
    let wanted = plain(text);
    let names: Vec<String> = all.available().map(|name| name.to_string()).collect();
    let city = |name: &str| plain(name.rsplit('/').next().unwrap_or(name));
    let found = names.iter().find(|name| plain(name) == wanted);
    let found = found.or_else(|| names.iter().find(|name| name.contains('/') && city(name) == wanted));
    let zone = found.and_then(|name| Some(Zone { name: name.clone(), zone: all.get(name).ok()? }));
    zone.ok_or_else(|| {
        let near = nearest(&wanted, names.iter().map(String::as_str))
            .or_else(|| names.iter().map(String::as_str).find(|name| city(name).starts_with(&wanted)));
        match near.filter(|_| !wanted.is_empty()) {
            Some(near) => format!("`{text}` is no time zone; did you mean `{near}`?"),
            None => format!("`{text}` is no time zone; write utc, +02:00, Europe/Berlin or berlin"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(text: &str) -> String {
        let zone: Zone = text.parse().unwrap();
        let at: jiff::Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        format!("{zone} {}", at.to_zoned(zone.time_zone().clone()).strftime("%H:%M"))
    }

    #[test]
    fn zones_are_known_by_name_city_and_offset() {
        for (text, want) in [
            ("utc", "UTC 12:00"),
            ("Z", "UTC 12:00"),
            ("+02:00", "+02 14:00"),
            ("+2", "+02 14:00"),
            ("-0330", "-03:30 08:30"),
            ("Europe/Berlin", "Europe/Berlin 13:00"),
            ("berlin", "Europe/Berlin 13:00"),
            ("new york", "America/New_York 07:00"),
        ] {
            assert_eq!(clock(text), want, "{text}");
        }
    }

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for text in ["utc", "+5:30", "kolkata", "America/Argentina/Salta"] {
            let zone: Zone = text.parse().unwrap();
            assert_eq!(zone.to_string().parse(), Ok(zone), "{text}");
        }
    }

    #[test]
    fn what_is_no_zone_is_told() {
        for text in ["", "+", "+99", "+1:99", "nowhere at all", "+é", "é"] {
            assert!(text.parse::<Zone>().unwrap_err().contains("is no time zone"), "{text}");
        }
        assert!("Europe/Berlim".parse::<Zone>().unwrap_err().contains("`Europe/Berlin`"));
        assert!("singap".parse::<Zone>().unwrap_err().contains("Singapore"));
    }
}
