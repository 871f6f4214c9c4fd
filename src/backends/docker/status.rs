//! Reads the sentence that the engine writes about a container's state: `Up 3 hours (healthy)`,
//! `Exited (137) 2 minutes ago`. It is the only place of a list where exit code, health and age stand.

use crate::domain::container::Health;

/// What the sentence tells. Ages are seconds, rounded by the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Status {
    pub exit_code: Option<i64>,
    pub health: Option<Health>,
    /// Since the start for running containers, since the end for stopped ones.
    pub age_s: Option<i64>,
}

/// Reads a status; what it does not understand stays `None`.
pub(super) fn parse(text: &str) -> Status {
    let mut status = Status::default();
    if let Some(rest) = text.strip_prefix("Up ") {
        let (age, remark) = rest.split_once(" (").unwrap_or((rest, ""));
        status.age_s = age_s(age);
        let remark = remark.trim_end_matches(')');
        status.health = Health::from_word(remark.strip_prefix("health: ").unwrap_or(remark));
    } else if let Some(rest) = text.strip_prefix("Exited (").or_else(|| text.strip_prefix("Restarting ("))
        && let Some((code, age)) = rest.split_once(')')
    {
        status.exit_code = code.parse().ok();
        status.age_s = age.trim().strip_suffix(" ago").and_then(age_s);
    }
    status
}

/// `3 hours`, `About a minute`, `Less than a second` in seconds.
fn age_s(words: &str) -> Option<i64> {
    let words = words.trim();
    match words {
        "Less than a second" => return Some(0),
        "About a minute" => return Some(60),
        "About an hour" => return Some(3600),
        _ => {}
    }
    let (number, unit) = words.split_once(' ')?;
    let number: i64 = number.parse().ok()?;
    let unit = match unit.trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3600,
        "day" => 86_400,
        "week" => 7 * 86_400,
        "month" => 30 * 86_400,
        "year" => 365 * 86_400,
        _ => return None,
    };
    number.checked_mul(unit).filter(|s| (0..=100 * 365 * 86_400).contains(s))
}

/// By how much a rounded age of this size can be wrong, seconds: one of the units it was written in, and
/// two seconds for the way here.
pub(super) fn rounding_s(age_s: i64) -> i64 {
    2 + match age_s {
        ..60 => 1,
        60..3600 => 60,
        3600..172_800 => 3600,
        172_800..1_209_600 => 86_400,
        1_209_600..5_184_000 => 7 * 86_400,
        5_184_000..63_072_000 => 30 * 86_400,
        _ => 365 * 86_400,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_of_the_engine() {
        let s = |exit_code, health, age_s| Status { exit_code, health, age_s };
        let cases = [
            ("Up 3 hours (healthy)", s(None, Some(Health::Healthy), Some(10_800))),
            ("Up 5 seconds (health: starting)", s(None, Some(Health::Starting), Some(5))),
            ("Up 2 weeks (unhealthy)", s(None, Some(Health::Unhealthy), Some(1_209_600))),
            ("Up About a minute", s(None, None, Some(60))),
            ("Up About an hour", s(None, None, Some(3600))),
            ("Up Less than a second", s(None, None, Some(0))),
            ("Up 1 second", s(None, None, Some(1))),
            ("Up 2 minutes (Paused)", s(None, None, Some(120))),
            ("Exited (137) 2 minutes ago", s(Some(137), None, Some(120))),
            ("Exited (0) Less than a second ago", s(Some(0), None, Some(0))),
            ("Exited (255) 3 years ago", s(Some(255), None, Some(94_608_000))),
            ("Restarting (1) 5 seconds ago", s(Some(1), None, Some(5))),
            ("Created", s(None, None, None)),
            ("Dead", s(None, None, None)),
            ("Removal In Progress", s(None, None, None)),
            ("Exited (-1", s(None, None, None)),
            ("Up 99999999999999999 years", s(None, None, None)),
        ];
        for (text, status) in cases {
            assert_eq!(parse(text), status, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_sentence_is_too_strange(text in "(Up |Exited \\(|Restarting \\()?.{0,40}", age in 0_i64..1 << 40) {
            parse(&text);
            proptest::prop_assert!(rounding_s(age) > 0);
        }
    }
}
