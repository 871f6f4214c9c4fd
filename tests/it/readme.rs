//! What the README says of the program is what the program says of itself.

use std::fs;
use std::path::PathBuf;

use pult::app::registry;
use pult::cli::keys::{KeysFormat, print};

use crate::support::drive::keymap;

fn readme() -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// What stands between `<!-- NAME -->` and `<!-- /NAME -->`.
fn between(text: &str, name: &str) -> String {
    let inside = text.split_once(&format!("<!-- {name} -->")).and_then(|(_, rest)| {
        let (inside, _) = rest.split_once(&format!("<!-- /{name} -->"))?;
        Some(inside.trim())
    });
    inside.unwrap_or_else(|| panic!("no section {name}")).to_owned()
}

#[test]
fn the_key_table_is_the_generated_one() {
    let generated = print(registry::commands(), &keymap("default"), KeysFormat::Markdown);
    let written = between(&readme(), "keys");
    assert!(written == generated.trim(), "paste the output of `pult keys -o markdown` between the markers");
}

/// Files and folders that are linked exist.
#[test]
fn links_lead_somewhere() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let text = readme();
    let links: Vec<_> =
        text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(l, _)| l).collect();
    assert!(links.len() > 5, "{links:?}");
    for link in links.into_iter().filter(|l| !l.starts_with("http") && !l.starts_with('#')) {
        assert!(root.join(link).exists(), "{link}");
    }
}
