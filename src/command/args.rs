//! Arguments of commands: one specification for forms on screen and for `--arg K=V`.

use std::collections::BTreeMap;

use crate::domain::filter::nearest;
use crate::domain::quantity;

/// What an argument may hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ArgKind {
    Text,
    /// A whole number.
    Integer {
        min: i64,
        max: i64,
    },
    /// A number with decimals, above zero.
    Decimal,
    /// A size: `512m`.
    Bytes,
    /// `yes` or `no`; a switch in forms.
    Bool,
    /// One of some words; others are allowed when `open`.
    Choice {
        words: &'static [&'static str],
        open: bool,
    },
}

/// One argument.
#[derive(Debug, Clone, Copy)]
pub struct ArgSpec {
    pub name: &'static str,
    /// The label in a form.
    pub title: &'static str,
    pub kind: ArgKind,
    /// What it is when not given; empty = "leave it as it is".
    pub default: &'static str,
    pub required: bool,
}

/// Values by name, all checked against their specification. An empty text means "not given".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Args(BTreeMap<&'static str, String>);

impl Args {
    /// The defaults of all arguments.
    pub fn defaults(specs: &[ArgSpec]) -> Self {
        Self(specs.iter().map(|s| (s.name, s.default.to_owned())).collect())
    }

    /// Sets a value after checking it.
    ///
    /// # Errors
    /// A sentence: an unknown name (with the nearest known one), or a value that does not fit.
    pub fn set(&mut self, specs: &[ArgSpec], name: &str, value: &str) -> Result<(), String> {
        let Some(spec) = specs.iter().find(|s| s.name == name) else {
            let known: Vec<_> = specs.iter().map(|s| s.name).collect();
            return Err(match nearest(name, known.iter().copied()) {
                Some(near) => format!("no argument `{name}`; did you mean `{near}`?"),
                None if known.is_empty() => format!("no argument `{name}`: this command takes none"),
                None => format!("no argument `{name}`; there are {}", known.join(", ")),
            });
        };
        spec.check(value)?;
        self.0.insert(spec.name, value.trim().to_owned());
        Ok(())
    }

    /// Makes sure that every required argument is there.
    ///
    /// # Errors
    /// Names the first missing one.
    pub fn complete(&self, specs: &[ArgSpec]) -> Result<(), String> {
        match specs.iter().find(|s| s.required && self.text(s.name).is_none()) {
            Some(missing) => Err(format!("`{}` is missing: {}", missing.name, missing.title)),
            None => Ok(()),
        }
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|t| !t.is_empty())
    }

    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("yes")
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    pub fn decimal(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok()
    }

    pub fn bytes(&self, name: &str) -> Option<u64> {
        quantity::parse_bytes(self.text(name)?).ok()
    }
}

impl ArgSpec {
    /// # Errors
    /// A sentence about a value that does not fit.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let value = value.trim();
        if value.is_empty() {
            return Ok(());
        }
        let name = self.name;
        match self.kind {
            ArgKind::Text => Ok(()),
            ArgKind::Integer { min, max } => match value.parse::<i64>() {
                Ok(n) if (min..=max).contains(&n) => Ok(()),
                Ok(_) => Err(format!("{name}: `{value}` is not between {min} and {max}")),
                Err(_) => Err(format!("{name}: `{value}` is not a whole number")),
            },
            ArgKind::Decimal => match value.parse::<f64>() {
                Ok(n) if n.is_finite() && n > 0.0 => Ok(()),
                _ => Err(format!("{name}: `{value}` is not a number above 0")),
            },
            ArgKind::Bytes => quantity::parse_bytes(value).map(drop).map_err(|e| format!("{name}: {e}")),
            ArgKind::Bool if matches!(value, "yes" | "no") => Ok(()),
            ArgKind::Bool => Err(format!("{name}: `{value}` is neither yes nor no")),
            ArgKind::Choice { open: true, .. } => Ok(()),
            ArgKind::Choice { words, .. } if words.contains(&value) => Ok(()),
            ArgKind::Choice { words, .. } => {
                Err(format!("{name}: `{value}` is not one of {}", words.join(", ")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: [ArgSpec; 2] = [
        ArgSpec {
            name: "grace",
            title: "seconds",
            kind: ArgKind::Integer { min: 0, max: 99 },
            default: "10",
            required: false,
        },
        ArgSpec { name: "to", title: "new name", kind: ArgKind::Text, default: "", required: true },
    ];

    #[test]
    fn values_are_checked_and_missing_ones_named() {
        let mut args = Args::defaults(&SPECS);
        assert_eq!(args.integer("grace"), Some(10));
        assert!(args.set(&SPECS, "grace", "100").unwrap_err().contains("between 0 and 99"));
        assert!(args.set(&SPECS, "grac", "1").unwrap_err().contains("did you mean `grace`"));
        assert!(args.complete(&SPECS).unwrap_err().contains("`to` is missing"));
        args.set(&SPECS, "to", " web2 ").unwrap();
        assert_eq!((args.text("to"), args.complete(&SPECS)), (Some("web2"), Ok(())));
    }
}
