//! How bad a line says it is: the words, letters and numbers that programs use for it.

/// The level of a line, the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

/// How much of a context a word needs before it is a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// Also alone in capitals: `ERROR`.
    Strong,
    /// A common word too: only as a value, in brackets, or before a colon at the start.
    Weak,
}

impl Level {
    pub const ALL: [Self; 6] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    pub fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// What a person or a program calls a level: `warning`, `ERR`, `notice`, `crit`.
    pub fn from_word(word: &str) -> Option<Self> {
        of_word(word.as_bytes()).map(|(level, _)| level)
    }

    /// Of an answer's status: 5xx is an error, 4xx a warning.
    pub fn from_status(status: u16) -> Option<Self> {
        match status {
            100..400 => Some(Self::Info),
            400..500 => Some(Self::Warn),
            500..600 => Some(Self::Error),
            _ => None,
        }
    }

    /// syslog's 0 (emergency) to 7 (debug).
    pub fn from_syslog(severity: u16) -> Option<Self> {
        match severity {
            0..=2 => Some(Self::Fatal),
            3 => Some(Self::Error),
            4 => Some(Self::Warn),
            5 | 6 => Some(Self::Info),
            7 => Some(Self::Debug),
            _ => None,
        }
    }

    /// The numbers of pino and bunyan (10 to 60); below 8 those of syslog, as GELF has them.
    pub fn from_number(number: u16) -> Option<Self> {
        match number {
            0..8 => Self::from_syslog(number),
            10..20 => Some(Self::Trace),
            20..30 => Some(Self::Debug),
            30..40 => Some(Self::Info),
            40..50 => Some(Self::Warn),
            50..60 => Some(Self::Error),
            60..100 => Some(Self::Fatal),
            _ => None,
        }
    }

    /// One letter, as klog, MongoDB and many in brackets have it.
    pub(super) fn from_letter(letter: u8) -> Option<Self> {
        match letter {
            b'T' | b'V' => Some(Self::Trace),
            b'D' => Some(Self::Debug),
            b'I' | b'N' => Some(Self::Info),
            b'W' => Some(Self::Warn),
            b'E' => Some(Self::Error),
            b'F' | b'C' => Some(Self::Fatal),
            _ => None,
        }
    }

    /// The value of a field that is a level: a word, a number or a letter.
    pub(super) fn from_value(value: &[u8]) -> Option<Self> {
        match value {
            [letter] if letter.is_ascii_uppercase() => Self::from_letter(*letter),
            // MongoDB's D1 to D5.
            [b'D', b'1'..=b'5'] => Some(Self::Debug),
            [b'0'..=b'9', ..] if value.len() <= 3 => {
                let number = value
                    .iter()
                    .try_fold(0_u16, |n, b| b.is_ascii_digit().then(|| n * 10 + u16::from(b - b'0')));
                number.and_then(Self::from_number)
            }
            _ => of_word(value).map(|(level, _)| level),
        }
    }
}

/// The longest word below.
const LONGEST: usize = 13;

/// The level that a word means, whatever its case.
pub(super) fn of_word(word: &[u8]) -> Option<(Level, Strength)> {
    use Level::{Debug, Error, Fatal, Info, Trace, Warn};
    use Strength::{Strong, Weak};
    if !(3..=LONGEST).contains(&word.len()) {
        return None;
    }
    let mut lower = [0_u8; LONGEST];
    for (to, from) in lower.iter_mut().zip(word) {
        *to = from.to_ascii_lowercase();
    }
    Some(match lower.get(..word.len())? {
        b"trace" | b"trc" | b"trce" | b"verbose" => (Trace, Strong),
        b"vrb" | b"finest" | b"finer" => (Trace, Weak),
        b"debug" | b"dbg" | b"dbug" | b"debug1" | b"debug2" | b"debug3" | b"debug4" | b"debug5" => {
            (Debug, Strong)
        }
        b"fine" | b"deb" => (Debug, Weak),
        b"info" | b"inf" | b"notice" | b"information" | b"informational" => (Info, Strong),
        b"note" | b"log" | b"system" | b"ntc" => (Info, Weak),
        b"warn" | b"warning" | b"wrn" => (Warn, Strong),
        b"error" | b"err" | b"eror" | b"erro" | b"severe" => (Error, Strong),
        b"fail" => (Error, Weak),
        b"fatal" | b"crit" | b"critical" | b"panic" | b"emerg" | b"ftl" => (Fatal, Strong),
        b"alert" | b"emergency" | b"dpanic" | b"crt" | b"fata" => (Fatal, Weak),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_letters() {
        for level in Level::ALL {
            assert_eq!(Level::from_word(level.word()), Some(level));
        }
        assert_eq!(Level::from_word("Warning"), Some(Level::Warn));
        assert_eq!(Level::from_word("errors"), None);
        let values = ["30", "3", "60", "D2", "E", "INFORMATION", "8", "x", ""];
        let levels = values.map(|v| Level::from_value(v.as_bytes()).map_or("-", Level::word));
        assert_eq!(levels, ["info", "error", "fatal", "debug", "error", "info", "-", "-", "-"]);
        assert_eq!((Level::from_status(404), Level::from_status(99)), (Some(Level::Warn), None));
        assert!(Level::Fatal > Level::Error && Level::Debug > Level::Trace);
    }
}
