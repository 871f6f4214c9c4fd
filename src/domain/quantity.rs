//! Numbers as people read them: IEC sizes, ages, percentages. One style everywhere.

/// A size in IEC units with three significant digits at most: `0 B`, `612 MiB`, `1.4 GiB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let mut value = n as f64 / 1024.0;
    let mut unit = 0;
    // 999.5 would be written with four digits: go to the next unit first.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value < 9.95 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// A rate: [`bytes()`] a second.
pub fn bytes_per_s(rate: f64) -> String {
    format!("{}/s", bytes(rate.max(0.0).round() as u64))
}

/// A percentage without decimals, one decimal below ten: `0.4 %`, `24 %`, `212 %`.
pub fn percent(value: f64) -> String {
    if value > 0.0 && value < 0.05 {
        "0 %".to_owned()
    } else if value < 9.95 && value > 0.0 {
        format!("{value:.1} %")
    } else {
        format!("{value:.0} %")
    }
}

/// A time that was measured: `0.4 ms`, `38 ms`, `1.2 s`.
pub fn took(seconds: f64) -> String {
    match seconds * 1000.0 {
        ms if ms < 9.95 => format!("{ms:.1} ms"),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1000.0),
    }
}

/// A duration in its two largest units: `14s`, `6m12s`, `3d4h`, `21d`. Seconds below zero count as zero.
pub fn age(seconds: i64) -> String {
    let s = seconds.max(0);
    let (m, h, d) = (s / 60, s / 3600, s / 86400);
    match () {
        _ if s < 60 => format!("{s}s"),
        _ if m < 10 && s % 60 > 0 => format!("{m}m{}s", s % 60),
        _ if m < 60 => format!("{m}m"),
        _ if h < 24 && m % 60 > 0 => format!("{h}h{}m", m % 60),
        _ if h < 24 => format!("{h}h"),
        _ if d < 10 && h % 24 > 0 => format!("{d}d{}h", h % 24),
        _ => format!("{d}d"),
    }
}

/// An age for table cells, coarse so that an idle screen stays still: `<1m`, `6m`, `3h12m`, `3d4h`, `21d`.
pub fn age_coarse(seconds: i64) -> String {
    match seconds {
        ..60 => "<1m".to_owned(),
        60..3600 => format!("{}m", seconds / 60),
        _ => age(seconds),
    }
}

/// Seconds until the text of [`age_coarse`] next changes.
pub fn age_coarse_step(seconds: i64) -> i64 {
    if seconds < 3600 { 60 - seconds.max(0) % 60 } else { age_step(seconds) }
}

/// Seconds until the text of [`age`] next changes; what a view asks to be woken for.
pub fn age_step(seconds: i64) -> i64 {
    let s = seconds.max(0);
    let step = match s {
        0..600 => 1,
        600..86_400 => 60,
        86_400..864_000 => 3600,
        _ => 86_400,
    };
    step - s % step
}

/// A whole number with thousands separated: `1,204,551`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Reads a size: `512m`, `1.5GiB`, `2g`, `1048576`. Units are powers of 1024, as in `docker update --memory`.
///
/// # Errors
/// A sentence with the offending text and the accepted forms.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 =
        text[..digits].parse().map_err(|_| format!("`{text}` is not a size; write 512m, 1.5g or bytes"))?;
    let factor: u64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        unit => return Err(format!("`{unit}` is not a unit of size; write b, k, m, g or t")),
    };
    Ok((number * factor as f64).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits_at_most() {
        let cases: [(u64, &str); 9] = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (10 * 1024, "10 KiB"),
            (1023 * 1024, "1.0 MiB"),
            (612 << 20, "612 MiB"),
            (1536 << 20, "1.5 GiB"),
            (1 << 50, "1.0 PiB"),
            (u64::MAX, "16 EiB"),
        ];
        for (n, text) in cases {
            assert_eq!(bytes(n), text);
        }
    }

    #[test]
    fn ages_use_two_units_and_know_their_next_change() {
        let cases = [
            (-5, "0s"),
            (59, "59s"),
            (60, "1m"),
            (372, "6m12s"),
            (3600, "1h"),
            (3660, "1h1m"),
            (86_400, "1d"),
            (273_600, "3d4h"),
            (21 * 86_400 + 7200, "21d"),
        ];
        for (s, text) in cases {
            assert_eq!(age(s), text);
        }
        for s in [0, 59, 61, 372, 600, 3600, 86_399, 273_600, 1_900_000] {
            let step = age_step(s);
            assert_ne!(age(s), age(s + step), "{s} + {step}");
        }
    }

    #[test]
    fn measured_times() {
        assert_eq!([0.00042, 0.038, 0.9996, 12.34].map(took).join(", "), "0.4 ms, 38 ms, 1.0 s, 12.3 s");
    }

    #[test]
    fn percentages_and_counts() {
        assert_eq!(
            [percent(0.0), percent(0.01), percent(0.44), percent(24.2), percent(212.0)].join(" "),
            "0 % 0 % 0.4 % 24 % 212 %"
        );
        assert_eq!(count(1_204_551), "1,204,551");
        assert_eq!(count(12), "12");
    }

    #[test]
    fn sizes_are_read_back() {
        assert_eq!(parse_bytes("512m"), Ok(512 << 20));
        assert_eq!(parse_bytes("1.5 GiB"), Ok(1536 << 20));
        assert_eq!(parse_bytes("77"), Ok(77));
        assert!(parse_bytes("12x").unwrap_err().contains('x'));
        assert!(parse_bytes("lots").is_err());
    }
}
