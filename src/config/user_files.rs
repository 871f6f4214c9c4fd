//! The user's themes and keymaps: `<config>/themes/NAME.toml`, `<config>/keymaps/NAME.toml`.

use std::path::PathBuf;

use super::{Environment, paths};

/// The user's theme of a name, with its text.
pub fn theme(env: &Environment, name: &str) -> Option<(PathBuf, String)> {
    read(paths::themes_dir(env)?, name)
}

/// The user's keymap of a name, with its text.
pub fn keymap(env: &Environment, name: &str) -> Option<(PathBuf, String)> {
    read(paths::keymaps_dir(env)?, name)
}

fn read(folder: PathBuf, name: &str) -> Option<(PathBuf, String)> {
    // A name is a name, not a way to another folder.
    if name.contains(['/', '\\']) || name.starts_with('.') {
        return None;
    }
    let path = folder.join(format!("{name}.toml"));
    let bytes = std::fs::read(&path).ok()?;
    // Bytes that are not UTF-8 become a character that no file needs: the loader tells where it stands.
    Some((path, String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_files_of_the_folder_only() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".config/pult/themes");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("mine.toml"), "x").unwrap();
        std::fs::write(home.path().join(".config/pult/config.toml"), "x").unwrap();
        let env = Environment::fake(home.path(), &[]);
        assert_eq!(theme(&env, "mine"), Some((folder.join("mine.toml"), "x".into())));
        assert_eq!((theme(&env, "../config"), theme(&env, "other")), (None, None));
    }
}
