//! Reads `fail2ban-client get JAIL banip --with-time`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::domain::sanitize;
use crate::domain::server::jails::Ban;

/// Everybody who is kept out; the times are the server's own, whose distance from UTC is given as `+0100`.
pub fn parse(text: &str, zone: &str) -> Vec<Ban> {
    let offset = offset(zone);
    text.lines().filter_map(|line| ban(line, offset)).collect()
}

/// `203.0.113.7 <TAB>2026-11-21 03:43:09 + 600 = 2026-11-21 03:53:09`; for ever is `+ -1 = 9999-12-31 23:59:59`.
fn ban(line: &str, offset: Option<Offset>) -> Option<Ban> {
    let (who, times) = line.trim().split_once('\t')?;
    let (since, rest) = times.split_once(" + ")?;
    let (length, until) = rest.split_once(" = ")?;
    let for_ever = length.trim().starts_with('-');
    let until = if for_ever { None } else { moment(until, offset) };
    Some(Ban { who: sanitize::name(who.trim()), since: moment(since, offset), until })
}

fn moment(text: &str, offset: Option<Offset>) -> Option<Timestamp> {
    let local: DateTime = text.trim().parse().ok()?;
    offset?.to_timestamp(local).ok()
}

fn offset(zone: &str) -> Option<Offset> {
    let (sign, digits) = zone.split_at_checked(1)?;
    let minutes: i32 = digits.get(..2)?.parse::<i32>().ok()? * 60 + digits.get(2..4)?.parse::<i32>().ok()?;
    Offset::from_seconds(minutes * if sign == "-" { -60 } else { 60 }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn since_and_until() {
        let text = "203.0.113.7 \t2026-11-21 03:43:09 + 600 = 2026-11-21 03:53:09\n2001:db8::5 \t2026-11-21 03:43:09 + -1 = 9999-12-31 23:59:59\nnonsense\n";
        let bans = parse(text, "-0330");
        assert_eq!(bans.len(), 2);
        assert_eq!(bans[0].since.unwrap().to_string(), "2026-11-21T07:13:09Z");
        assert_eq!(bans[0].network().unwrap().to_string(), "203.0.113.7");
        assert!(bans[1].until.is_none() && bans[1].since.is_some());
        assert_eq!(parse(text, "")[0].since, None, "without the zone no time is told");
    }

    #[test]
    fn thousands_of_them() {
        let text: String = (0..20_000)
            .map(|i| {
                format!("10.{}.{}.7 \t2026-11-21 03:43:09 + 600 = 2026-11-21 03:53:09\n", i / 250, i % 250)
            })
            .collect();
        assert_eq!(parse(&text, "+0000").len(), 20_000);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(1\\.2\\.3\\.4 \t|2026-11-21 03:43:09| \\+ |600| = |-1|\n|\\PC){0,20}", zone in "[+-]?[0-9é]{0,5}") {
            parse(&text, &zone);
        }
    }
}
