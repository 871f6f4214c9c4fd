//! What a server's time service says: `chronyc -c tracking`, `timedatectl timesync-status`, `ntpq -c rv`.

use crate::domain::server::time_sync::TimeSync;

/// The section of the checks: the service's name, then its words.
pub(super) fn time_sync(text: &str) -> Option<TimeSync> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let by = lines.next()?;
    let rest: Vec<&str> = lines.collect();
    match by {
        "none" => Some(TimeSync::default()),
        "chrony" => Some(chrony(&rest)),
        "timesyncd" => Some(timesyncd(&rest)),
        "ntp" => Some(ntp(&rest)),
        _ => None,
    }
}

/// Fourteen words in a line: the fifth is how far the system's clock is off, the last is the leap status.
fn chrony(lines: &[&str]) -> TimeSync {
    let words: Vec<&str> = lines.first().map(|line| line.split(',').collect()).unwrap_or_default();
    TimeSync {
        by: "chrony",
        synchronized: words.get(13).map(|leap| *leap != "Not synchronised"),
        offset_s: words.get(4).and_then(|word| seconds(word, 1.0)),
    }
}

/// The file says that it has been set right, the status by how much: `Offset: -1.234ms`.
fn timesyncd(lines: &[&str]) -> TimeSync {
    let offset = lines.iter().find_map(|line| line.strip_prefix("Offset:")).map(str::trim);
    let unit = |word: &str| match word
        .trim_start_matches(['-', '+'])
        .trim_start_matches(|c: char| c == '.' || c.is_ascii_digit())
    {
        "us" => Some(("us", 1e-6)),
        "ms" => Some(("ms", 1e-3)),
        "s" => Some(("s", 1.0)),
        _ => None,
    };
    let offset_s = offset.and_then(|word| {
        let (unit, scale) = unit(word)?;
        seconds(word.strip_suffix(unit)?, scale)
    });
    TimeSync { by: "timesyncd", synchronized: Some(lines.contains(&"synchronised")), offset_s }
}

/// `leap=00`, `offset=-0.123` in milliseconds; a leap of 11 is a clock that nobody has set.
fn ntp(lines: &[&str]) -> TimeSync {
    let value = |key: &str| {
        lines
            .iter()
            .flat_map(|line| line.split(','))
            .find_map(|word| word.trim().strip_prefix(key)?.strip_prefix('='))
    };
    let known = |line: &&str| line.contains("leap_");
    TimeSync {
        by: "ntp",
        synchronized: lines.iter().find(|line| known(line)).map(|line| !line.contains("leap_alarm")),
        offset_s: value("offset").and_then(|word| seconds(word, 1e-3)),
    }
}

fn seconds(word: &str, scale: f64) -> Option<f64> {
    word.trim().parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| (n * scale).abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_service_in_its_own_words() {
        let chrony = "chrony\nC0A80101,192.168.1.1,3,1795229157.1,-0.000210,0.0001,0.0002,-5.1,0.0,0.02,0.01,0.002,64.2,Normal\n";
        let known = time_sync(chrony).unwrap();
        assert_eq!((known.by, known.synchronized), ("chrony", Some(true)));
        assert!((known.offset_s.unwrap() - 0.000_21).abs() < 1e-9);
        let lost =
            time_sync("chrony\n00000000,,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised\n")
                .unwrap();
        assert_eq!(lost.synchronized, Some(false));
        assert_eq!(time_sync("chrony\n").unwrap().synchronized, None);
        let timesyncd = time_sync("timesyncd\nsynchronised\n       Offset: -1.5ms\n").unwrap();
        assert_eq!((timesyncd.synchronized, timesyncd.offset_s), (Some(true), Some(0.0015)));
        assert_eq!(time_sync("timesyncd\n").unwrap().synchronized, Some(false));
        let ntp = "ntp\nassociation id=0 status=0615 leap_none, sync_ntp, 1 event, clock_sync,\nversion=\"ntpd\", leap=00, offset=-250.0, x=1\n";
        assert_eq!(
            time_sync(ntp).unwrap(),
            TimeSync { by: "ntp", synchronized: Some(true), offset_s: Some(0.25) }
        );
        assert!(
            time_sync("none\n").unwrap().is_adrift() && time_sync("").is_none() && time_sync("x").is_none()
        );
    }

    proptest! {
        #[test]
        fn garbage_does_not_make_it_panic(by in "(chrony|timesyncd|ntp|none)", text in "((Offset:|offset=|leap_|,|-|ms|[0-9e.])|\\PC){0,40}") {
            let _ = time_sync(&format!("{by}\n{text}"));
        }
    }
}
