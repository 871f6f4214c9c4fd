//! Checks as a person writes them, one a line: `name: http = "…", every = "30s"`.

use std::collections::BTreeMap;
use std::sync::Arc;

use pult::config::{Environment, Options, load};
use pult::domain::check::Check;

/// Checks of a server called `web1`. Blanks in names become dashes.
pub fn written(lines: &str) -> Vec<Arc<Check>> {
    let mut text = String::from("check = [\n");
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, rest) = line.split_once(": ").expect("a name before a colon");
        text += &format!("{{ name = '{}', server = 'web1', {rest} }},\n", name.replace(' ', "-"));
    }
    text += "]\n[[server]]\nname = 'web1'\nhost = 'web1'\n";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("checks.toml");
    std::fs::write(&path, &text).unwrap();
    let env = Environment {
        vars: BTreeMap::new(),
        home: None,
        exists: Box::new(|_| false),
        ssh_hosts: Box::new(|_| Vec::new()),
    };
    let profile = load(&Options { config: Some(path), ..Options::default() }, &env);
    assert_eq!(profile.diagnostics, [], "{text}");
    profile.checks
}
