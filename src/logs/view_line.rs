//! A saved view, and the `pult logs …` line that shows the same.

use std::fmt;
use std::str::FromStr;

use super::filter::{Stack, Step};
use super::level::Level;
use crate::domain::shell_word::{sh_quote, sh_split};

/// What a log pane shows. Printed as a command line, and read back the same; steps that are switched off are
/// not printed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View {
    /// As in `pult logs SOURCE`; none means every running container.
    pub sources: Vec<String>,
    pub stack: Stack,
    /// As typed.
    pub since: Option<String>,
    /// The least level.
    pub level: Option<Level>,
    /// Lines that repeat the one before are one.
    pub collapse: bool,
    /// Fields before the message.
    pub columns: Vec<String>,
    /// Secrets are hidden.
    pub redact: bool,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pult logs")?;
        let mut value = |flag: &str, value: &str| write!(f, " --{flag}={}", sh_quote(value));
        if let Some(since) = &self.since {
            value("since", since)?;
        }
        if let Some(level) = self.level {
            value("level", level.word())?;
        }
        for step in self.stack.steps().iter().filter(|step| step.enabled) {
            value("filter", &step.to_string())?;
        }
        for column in &self.columns {
            value("column", column)?;
        }
        for (flag, on) in [("collapse", self.collapse), ("redact", self.redact)] {
            if on {
                write!(f, " --{flag}")?;
            }
        }
        // Behind them nothing can be taken for an option.
        if self.sources.iter().any(|source| source.starts_with('-')) {
            f.write_str(" --")?;
        }
        self.sources.iter().try_for_each(|source| write!(f, " {}", sh_quote(source)))
    }
}

impl FromStr for View {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words = sh_split(line)?;
        let words = match words.as_slice() {
            [pult, logs, rest @ ..] if pult == "pult" && logs == "logs" => rest,
            rest => rest,
        };
        let mut view = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let Some(option) = word.strip_prefix("--") else {
                view.sources.push(word.clone());
                continue;
            };
            let (flag, given) = option.split_once('=').map_or((option, None), |(flag, v)| (flag, Some(v)));
            let mut value = || {
                let value = given.or_else(|| words.next().map(String::as_str));
                value.map(str::to_owned).ok_or_else(|| format!("`--{flag}` needs a value"))
            };
            match flag {
                "" => view.sources.extend(words.by_ref().cloned()),
                "since" => view.since = Some(value()?),
                "level" => {
                    let word = value()?;
                    view.level =
                        Some(Level::from_word(&word).ok_or_else(|| format!("`{word}` is no level"))?);
                }
                "filter" => {
                    let step: Step =
                        value()?.parse().map_err(|e: crate::domain::filter::FilterError| e.message)?;
                    view.stack.push(step);
                }
                "column" => view.columns.push(value()?),
                "collapse" => view.collapse = true,
                "redact" => view.redact = true,
                _ => return Err(format!("`{word}` is not part of a view")),
            }
        }
        Ok(view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_view_is_a_command_line() {
        let mut view = View { sources: vec!["docker/web".into(), "project/shop".into()], ..View::default() };
        assert_eq!(view.to_string(), "pult logs docker/web project/shop");
        for step in ["status>=500 path~^/api", "-\"it's up\"", "off"] {
            view.stack.parse_push(step).unwrap();
        }
        view.stack.toggle(2);
        (view.since, view.level) = (Some("yesterday 9:00".into()), Some(Level::Warn));
        (view.columns, view.collapse, view.redact) = (vec!["req.url".into()], true, true);
        assert_eq!(
            view.to_string(),
            r#"pult logs --since='yesterday 9:00' --level=warn --filter='status>=500 path~^/api' --filter='-"it'\''s up"' --column=req.url --collapse --redact docker/web project/shop"#
        );
        view.stack.remove(2);
        assert_eq!(view.to_string().parse(), Ok(view));
    }

    #[test]
    fn what_is_no_view_is_told() {
        for (line, says) in [
            ("pult logs 'a", "not closed"),
            ("--level=loud", "no level"),
            ("a --filter", "needs a value"),
            ("--filter 'a -b'", "negate"),
            ("pult logs --follow", "not part of a view"),
        ] {
            assert!(line.parse::<View>().unwrap_err().contains(says), "{line}");
        }
    }

    proptest! {
        #[test]
        fn views_come_back(
            sources in proptest::collection::vec(".{0,8}", 0..3),
            steps in proptest::collection::vec("-?[a-z]{1,5}( [a-z'\"$]{1,5})?", 0..3),
            (since, columns) in (proptest::option::of(".{0,8}"), proptest::collection::vec(".{0,8}", 0..3)),
            (level, collapse, redact) in (proptest::option::of(0..6_usize), any::<bool>(), any::<bool>()),
        ) {
            let mut stack = Stack::default();
            for step in steps.iter().filter_map(|step| step.parse().ok()) {
                stack.push(step);
            }
            let level = level.map(|i| Level::ALL[i]);
            let view = View { sources, stack, since, level, collapse, columns, redact };
            prop_assert_eq!(view.to_string().parse(), Ok(view));
        }

        #[test]
        fn no_line_panics(line in ".{0,40}") {
            let _ = line.parse::<View>();
        }
    }
}
