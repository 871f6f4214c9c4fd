//! Whether output is coloured: `--color`, `NO_COLOR`, `CLICOLOR_FORCE`, a terminal.

use clap::ValueEnum;

use crate::config::Environment;

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

impl ColorChoice {
    /// The decision for an output that is a terminal or not. The flag rules over the variables, and
    /// `NO_COLOR` over `CLICOLOR_FORCE` (no-color.org, bixense.com/clicolors).
    pub fn decide(self, env: &Environment, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if env.var("NO_COLOR").is_some() => false,
            Self::Auto if env.var("CLICOLOR_FORCE").is_some_and(|v| v != "0") => true,
            Self::Auto => is_terminal && env.var("TERM") != Some("dumb"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ColorChoice::*;
    use crate::config::Environment;
    use std::path::Path;

    #[test]
    fn the_flag_rules_then_the_variables_then_the_terminal() {
        let env = Environment::fake(Path::new("/"), &[]);
        assert_eq!((Auto.decide(&env, true), Auto.decide(&env, false)), (true, false));
        let forced = Environment::fake(Path::new("/"), &[]).with("CLICOLOR_FORCE", "1");
        assert!(Auto.decide(&forced, false));
        let never = forced.with("NO_COLOR", "1");
        assert_eq!((Auto.decide(&never, true), Always.decide(&never, false)), (false, true));
        assert!(!Never.decide(&env, true));
    }
}
