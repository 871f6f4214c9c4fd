//! The file that `pult config example` prints. It passes `pult config check` as it is.

/// A commented configuration.
pub const EXAMPLE: &str = include_str!("example.toml");

#[cfg(test)]
mod tests {
    use super::super::{Environment, profile::from_text};
    use super::*;
    use std::path::Path;

    fn check(text: &str) -> Vec<String> {
        let env = Environment::fake(Path::new("/h"), &[]);
        from_text(Path::new("example.toml"), text, &env).diagnostics.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_example_is_free_of_mistakes() {
        assert_eq!(check(EXAMPLE), [""; 0]);
    }

    /// Lines that are commented out hold what a person would take the `#` from.
    #[test]
    fn so_is_what_is_commented_out() {
        let all: String = EXAMPLE
            .lines()
            .map(|line| line.strip_prefix("#:").map_or(line, str::trim_start).to_owned() + "\n")
            .collect();
        assert_eq!(check(&all), [""; 0]);
    }
}
