//! Where pult's own files are: the XDG base directories on every system, so that one page of
//! documentation fits all.

use std::path::PathBuf;

use super::Environment;

/// The configuration in force: `--config`, `PULT_CONFIG`, then `<config>/config.toml`.
/// `None` without a home directory. The file need not exist.
pub fn config_file(chosen: Option<&PathBuf>, env: &Environment) -> Option<PathBuf> {
    chosen
        .cloned()
        .or_else(|| env.var("PULT_CONFIG").map(PathBuf::from))
        .or_else(|| Some(config_dir(env)?.join("config.toml")))
}

/// True when somebody named the file, so that its absence is a mistake.
pub fn is_named(chosen: Option<&PathBuf>, env: &Environment) -> bool {
    chosen.is_some() || env.var("PULT_CONFIG").is_some()
}

/// `$XDG_CONFIG_HOME/pult` or `~/.config/pult`.
pub fn config_dir(env: &Environment) -> Option<PathBuf> {
    base(env, "XDG_CONFIG_HOME", ".config")
}

/// `PULT_STATE_DIR`, else `$XDG_STATE_HOME/pult` or `~/.local/state/pult`: audit.jsonl, ui.toml.
pub fn state_dir(env: &Environment) -> Option<PathBuf> {
    env.var("PULT_STATE_DIR").map(PathBuf::from).or_else(|| base(env, "XDG_STATE_HOME", ".local/state"))
}

/// The user's themes, `*.toml`.
pub fn themes_dir(env: &Environment) -> Option<PathBuf> {
    Some(config_dir(env)?.join("themes"))
}

/// The user's keymaps, `*.toml`.
pub fn keymaps_dir(env: &Environment) -> Option<PathBuf> {
    Some(config_dir(env)?.join("keymaps"))
}

fn base(env: &Environment, variable: &str, below_home: &str) -> Option<PathBuf> {
    let base = env.absolute(variable).or_else(|| Some(env.home.as_ref()?.join(below_home)))?;
    Some(base.join("pult"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn variables_come_before_the_defaults() {
        let env = Environment::fake(Path::new("/h"), &[]);
        assert_eq!(config_file(None, &env), Some("/h/.config/pult/config.toml".into()));
        assert_eq!(state_dir(&env), Some("/h/.local/state/pult".into()));
        let env = env.with("XDG_CONFIG_HOME", "/x").with("XDG_STATE_HOME", "relative");
        assert_eq!(config_file(None, &env), Some("/x/pult/config.toml".into()));
        assert_eq!(themes_dir(&env), Some("/x/pult/themes".into()));
        assert_eq!(state_dir(&env), Some("/h/.local/state/pult".into()));
        let env = env.with("PULT_CONFIG", "/p.toml").with("PULT_STATE_DIR", "/s");
        assert_eq!(config_file(None, &env), Some("/p.toml".into()));
        assert_eq!(state_dir(&env), Some("/s".into()));
        assert_eq!(config_file(Some(&"/c.toml".into()), &env), Some("/c.toml".into()));
    }
}
