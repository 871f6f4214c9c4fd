//! Until when an operating system gets security fixes for nothing.

use jiff::civil::{Date, date};

/// By ID and VERSION_ID of os-release(5). Debian's long term support, Ubuntu's standard one; source: distro-info-data
/// 0.58. What is not here says it itself (`SUPPORT_END`), or nothing is known.
const ENDS: [(&str, &str, Date); 11] = [
    ("debian", "10", date(2024, 6, 30)),
    ("debian", "11", date(2026, 8, 31)),
    ("debian", "12", date(2028, 6, 30)),
    ("debian", "13", date(2030, 6, 30)),
    ("ubuntu", "18.04", date(2023, 5, 31)),
    ("ubuntu", "20.04", date(2025, 5, 29)),
    ("ubuntu", "22.04", date(2027, 6, 1)),
    ("ubuntu", "24.04", date(2029, 5, 31)),
    ("ubuntu", "25.04", date(2026, 1, 15)),
    ("ubuntu", "25.10", date(2026, 7, 9)),
    ("ubuntu", "26.04", date(2031, 5, 29)),
];

/// A change of the system takes some weeks.
const SOON_DAYS: i64 = 180;

/// How near the end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearness {
    Far,
    Soon,
    Past,
}

/// The last day.
pub fn ends(id: &str, version: &str) -> Option<Date> {
    ENDS.iter().find(|(of, at, _)| (*of, *at) == (id, version)).map(|(_, _, end)| *end)
}

pub fn nearness(end: Date, today: Date) -> Nearness {
    // Dates of some ten thousand years fit.
    let days = today.duration_until(end).as_hours() / 24;
    match days {
        ..0 => Nearness::Past,
        0..=SOON_DAYS => Nearness::Soon,
        _ => Nearness::Far,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_and_what_is_not() {
        assert_eq!(ends("debian", "12"), Some(date(2028, 6, 30)));
        assert_eq!((ends("debian", "14"), ends("arch", "12"), ends("debian", "")), (None, None, None));
    }

    #[test]
    fn the_last_day_is_still_one() {
        let end = date(2026, 8, 31);
        for (today, nearness) in [
            (date(2026, 9, 1), Nearness::Past),
            (end, Nearness::Soon),
            (date(2026, 3, 5), Nearness::Soon),
            (date(2026, 3, 3), Nearness::Far),
            (date(1970, 1, 1), Nearness::Far),
            (date(9999, 1, 1), Nearness::Past),
        ] {
            assert_eq!(super::nearness(end, today), nearness, "{today}");
        }
    }
}
