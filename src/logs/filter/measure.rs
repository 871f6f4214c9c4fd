//! Numbers with units, as filters and log lines write them: `200ms`, `1m2.5s`, `10k`, `4MiB`.

use std::cmp::Ordering;

/// A longer text is no number.
const LONGEST: usize = 40;

/// A number; in seconds or bytes as far as its unit may mean them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measure {
    /// As written, without the unit.
    number: f64,
    seconds: Option<f64>,
    bytes: Option<f64>,
}

impl Measure {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let (number, unit) = number(text)?;
        if unit.is_empty() || unit == "%" {
            return Some(Self { number, seconds: None, bytes: None });
        }
        // `m` is a minute or a mega.
        let seconds = seconds(text);
        let bytes = bytes_of_unit(unit.trim_start()).map(|factor| number * factor);
        (seconds.is_some() || bytes.is_some()).then_some(Self { number, seconds, bytes })
    }

    /// A number without a unit whose field's name may tell it: `duration_ms`, `responseTime`.
    pub(super) fn named(self, name: &str) -> Self {
        let bare = self.seconds.is_none() && self.bytes.is_none();
        match seconds_of_name(name).filter(|_| bare) {
            Some(factor) => Self { seconds: Some(self.number * factor), ..self },
            None => self,
        }
    }

    /// In the same unit. A number without one has that of the other.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        let bare = |m: &Self| m.seconds.is_none() && m.bytes.is_none();
        let both = |a: Option<f64>, b: Option<f64>| a.zip(b);
        let (a, b) = both(self.seconds, other.seconds)
            .or_else(|| both(self.bytes, other.bytes))
            .or_else(|| bare(self).then(|| (self.number, other.bytes.unwrap_or(other.number))))
            .or_else(|| bare(other).then(|| (self.bytes.unwrap_or(self.number), other.number)))?;
        a.partial_cmp(&b)
    }
}

/// The number at the start, and what follows.
fn number(text: &str) -> Option<(f64, &str)> {
    let sign = usize::from(text.starts_with(['-', '+']));
    let end = sign + text.bytes().skip(sign).take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    // `1.5e3`: the exponent belongs to it, an `e` without digits does not.
    let rest = text.get(end..)?;
    let exponent = rest.strip_prefix(['e', 'E']).map_or(0, |e| {
        let sign = usize::from(e.starts_with(['-', '+']));
        let digits = e.bytes().skip(sign).take_while(u8::is_ascii_digit).count();
        if digits > 0 { 1 + sign + digits } else { 0 }
    });
    let (number, unit) = text.split_at_checked(end + exponent)?;
    Some((number.parse().ok()?, unit))
}

/// A sum of parts with a unit each: `1m2.5s`, `213.4 ms`.
fn seconds(text: &str) -> Option<f64> {
    let (mut total, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let (number, behind) = number(rest)?;
        let behind = behind.trim_start();
        let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(end)?;
        total += number * seconds_of_unit(unit)?;
        rest = behind;
    }
    Some(total)
}

fn seconds_of_unit(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" => 1e-3,
        "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    })
}

/// Powers of 1024, as everywhere.
fn bytes_of_unit(unit: &str) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "b" => 1.0,
        "k" | "kb" | "kib" => 1024.0,
        "m" | "mb" | "mib" => 1_048_576.0,
        "g" | "gb" | "gib" => 1_073_741_824.0,
        "t" | "tb" | "tib" => 1_099_511_627_776.0,
        _ => return None,
    })
}

/// What one is in seconds of a field that is known by its name: of pino, nginx, Traefik, or by its end.
fn seconds_of_name(name: &str) -> Option<f64> {
    match name {
        "responseTime" => return Some(1e-3),
        "request_time" | "upstream_response_time" => return Some(1.0),
        "Duration" | "OriginDuration" | "Overhead" => return Some(1e-9),
        _ => {}
    }
    let ends: [(&str, f64); 12] = [
        ("_ns", 1e-9),
        ("_nanos", 1e-9),
        ("_us", 1e-6),
        ("_micros", 1e-6),
        ("_ms", 1e-3),
        ("_millis", 1e-3),
        ("Ms", 1e-3),
        ("Millis", 1e-3),
        ("_s", 1.0),
        ("_sec", 1.0),
        ("_secs", 1.0),
        ("_seconds", 1.0),
    ];
    ends.iter().find(|(end, _)| name.ends_with(end)).map(|(_, factor)| *factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(name: &str, value: &str, wanted: &str) -> Option<Ordering> {
        Measure::parse(value)?.named(name).order(&Measure::parse(wanted)?)
    }

    #[test]
    fn units_are_compared() {
        for (name, value, wanted) in [
            ("x", "500", "499"),
            ("x", "-1", "-2"),
            ("x", "1.5e3", "1499"),
            ("took", "213ms", "200ms"),
            ("took", "0.3s", "200ms"),
            ("took", "213.4 ms", "0.2s"),
            ("took", "1m2.5s", "62s"),
            ("took", "7m", "5m"),
            ("took", "3µs", "2us"),
            ("took", "1h", "59min"),
            ("took", "213", "200ms"),
            ("took_ms", "213", "0.2s"),
            ("Duration", "213000000", "200ms"),
            ("responseTime", "213", "0.2s"),
            ("size", "2097153", "2m"),
            ("size", "3MiB", "2m"),
            ("size", "3m", "2MB"),
            ("size", "1.5G", "1g"),
            ("free", "91%", "90"),
            ("free", "91%", "90%"),
        ] {
            assert_eq!(order(name, value, wanted), Some(Ordering::Greater), "{name} {value} {wanted}");
        }
        assert_eq!(order("x", "2s", "1k"), None);
        for text in ["", "x", "ms", "1y", "1.2.3", "10:30", "1s2", "--1", "2026-11-21", "e5", "1 2", "."] {
            assert_eq!(Measure::parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(a in "[0-9.eE+a-zµ% -]{0,12}", b in ".{0,12}") {
            for text in [a, b] {
                if let Some(m) = Measure::parse(&text) {
                    proptest::prop_assert_eq!(m.order(&m), Some(Ordering::Equal));
                }
            }
        }
    }
}
