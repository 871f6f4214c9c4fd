//! The layers of `src/lib.rs` hold: what each may name, of pult and of the crates it is built on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Layer, the layers it may name besides itself, and foreign crates: those allowed (`+`), or all but those (`-`).
type Layer = (&'static str, &'static str, char, &'static str);

const PURE: &str = "tokio tokio_util tokio_rustls russh crossterm bollard hyper hyper_util http_body_util futures_util rustix \
    std::fs std::process std::net std::thread std::env";
const LAYERS: &[Layer] = &[
    ("domain", "", '+', "std serde serde_json thiserror jiff regex strsim unicode_width zeroize"),
    ("logs", "domain", '+', "std jiff memchr regex serde_json sha2 unicode_segmentation unicode_width zstd"),
    ("command", "domain", '+', "std"),
    ("gate", "domain", '+', "std serde_json thiserror jiff sha2"),
    ("keymap", "command domain", '+', "std toml"),
    ("theme", "domain", '+', "std toml ratatui unicode_width"),
    ("widgets", "theme keymap domain", '-', PURE),
    ("panes", "domain logs command theme widgets keymap", '-', PURE),
    ("app", "domain logs command gate keymap theme widgets panes", '-', PURE),
    ("backends", "domain gate logs", '-', "ratatui crossterm"),
    ("config", "domain", '-', "ratatui crossterm tokio bollard russh"),
    ("runtime", "domain logs command gate keymap theme panes app backends config", '-', ""),
    ("cli", "domain logs command gate keymap theme app backends config runtime", '-', ""),
];

/// Helpers for text, and the cells of a terminal, that layers without a domain may use all the same.
const TEXT_HELPERS: &[(&str, &str)] = &[
    ("theme", "diagnostic layered filter::nearest"),
    ("keymap", "diagnostic layered filter::nearest"),
    ("widgets", "sanitize terminal"),
];

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            out.push(path);
        }
    }
    out.sort();
    out
}

static NOISE: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?m)//.*$|"(?:[^"\\\n]|\\.)*""#));
static PATH: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b([a-z_][a-z0-9_]*(?:::[a-zA-Z_]\w*)+)(::\{[^;]*)?"));
static INNER: LazyLock<Regex> = LazyLock::new(|| regex(r"[{,]\s*([a-z_]\w*(?:::\w+)*)"));
static GROUP: LazyLock<Regex> = LazyLock::new(|| regex(r"use (crate|std)::(\{[^;]*);"));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

/// The source without comments, strings and `#[cfg(test)]` modules; every line keeps its number.
fn code(text: &str) -> String {
    let text = NOISE.replace_all(text, "");
    let mut out = String::new();
    let (mut test_item, mut skip_until) = (false, None::<String>);
    for line in text.lines() {
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        match &skip_until {
            Some(end) if line.starts_with(end.as_str()) => skip_until = None,
            Some(_) => {}
            None if line.trim() == "#[cfg(test)]" => test_item = true,
            None if test_item && line.trim_start().starts_with("#[") => {}
            None if test_item => {
                test_item = false;
                if line.trim_end().ends_with('{') {
                    skip_until = Some(format!("{indent}}}"));
                }
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// Paths that the code names, with their line: `crate::a::b`, and every one of `crate::{a, b::c}`.
fn paths(code: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for found in PATH.captures_iter(code) {
        let line = code[..found.get(1).unwrap().start()].matches('\n').count() + 1;
        out.push((line, found[1].to_owned()));
        if let Some(group) = found.get(2) {
            let each = INNER.captures_iter(group.as_str());
            out.extend(each.map(|one| (line, format!("{}::{}", &found[1], &one[1]))));
        }
    }
    for found in GROUP.captures_iter(code) {
        let line = code[..found.get(0).unwrap().start()].matches('\n').count() + 1;
        let each = INNER.captures_iter(found.get(2).unwrap().as_str());
        out.extend(each.map(|one| (line, format!("{}::{}", &found[1], &one[1]))));
    }
    out
}

/// What is wrong with naming a path in a layer.
fn objection(layer: &Layer, file: &str, path: &str, crates: &[String]) -> Option<String> {
    let (name, may, sign, foreign) = layer;
    let listed = |list: &str, item: &str| list.split_whitespace().any(|w| w == item);
    let (first, rest) = path.split_once("::").unwrap_or((path, ""));
    if first == "crate" {
        let (other, rest) = rest.split_once("::").unwrap_or((rest, ""));
        let helpers = TEXT_HELPERS.iter().find(|(layer, _)| layer == name);
        if let ("domain", Some((_, helpers))) = (other, helpers) {
            let allowed = |h: &str| rest == h || rest.starts_with(&format!("{h}::"));
            let of_group = rest == "filter" || rest.is_empty();
            return (!of_group && !helpers.split(' ').any(allowed)).then(|| "not a text helper".into());
        }
        if other == "panes" && *name == "panes" {
            let own = file.split('/').nth(2).unwrap_or_default().trim_end_matches(".rs");
            let pane = rest.split("::").next().unwrap_or_default();
            // What several of them are built with has no commands.
            let is_pane = root().join("src/panes").join(pane).join("commands.rs").is_file();
            return (is_pane && own != pane).then(|| "panes do not know each other".into());
        }
        let known = LAYERS.iter().any(|(l, ..)| *l == other);
        return (known && other != *name && !listed(may, other))
            .then(|| format!("{name} may not name {other}"));
    }
    let is_foreign = first == "std" || crates.iter().any(|c| c == first);
    let module = path.split("::").take(2).collect::<Vec<_>>().join("::");
    let refused = match sign {
        '+' => !listed(foreign, first) || (first == "std" && listed(PURE, &module)),
        _ => listed(foreign, first) || listed(foreign, &module),
    };
    (is_foreign && refused).then(|| format!("{name} may not use {module}"))
}

#[test]
fn layers_name_only_what_is_below_them() {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let names = ["dependencies", "dev-dependencies"].into_iter();
    let crates = names.flat_map(|section| manifest[section].as_table().unwrap().keys());
    let crates: Vec<String> = crates.map(|name| name.replace('-', "_")).collect();
    let mut wrong = Vec::new();
    for layer in LAYERS {
        let files = files(&root().join("src").join(layer.0), "rs");
        assert!(!files.is_empty(), "the layer {} has moved", layer.0);
        let is_test =
            |f: &Path| f.ends_with("tests.rs") || f.parent().is_some_and(|dir| dir.ends_with("tests"));
        for file in files.iter().filter(|f| !is_test(f)) {
            let short = file.strip_prefix(root()).unwrap().display().to_string();
            for (line, path) in paths(&code(&fs::read_to_string(file).unwrap())) {
                let why = objection(layer, &short, &path, &crates);
                wrong.extend(why.map(|why| format!("{short}:{line}: {path}: {why}")));
            }
        }
    }
    let layers: Vec<_> =
        fs::read_dir(root().join("src")).unwrap().flatten().filter(|e| e.path().is_dir()).collect();
    assert_eq!(layers.len(), LAYERS.len(), "a layer without a rule");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_check_itself_sees_what_it_should() {
    let text = "use crate::{\n  app::App,\n  domain::ids,\n};\nlet x = std::fs::read(p); // tokio::spawn\n#[cfg(test)]\nmod tests {\n    use tokio::sync;\n}\ntokio::spawn(f);\n";
    let paths = paths(&code(text));
    let objections = |name: &str| -> Vec<String> {
        let layer = LAYERS.iter().find(|l| l.0 == name).unwrap();
        let crates = ["tokio".to_owned()];
        paths
            .iter()
            .filter(|(_, p)| objection(layer, "src/x.rs", p, &crates).is_some())
            .map(|(l, p)| format!("{l} {p}"))
            .collect()
    };
    assert_eq!(objections("panes"), ["5 std::fs::read", "10 tokio::spawn", "1 crate::app::App"]);
    assert_eq!(objections("runtime"), [""; 0]);
}

#[test]
fn every_file_is_short_and_says_why_it_exists() {
    let mut wrong = Vec::new();
    for file in files(&root().join("src"), "rs").into_iter().chain(files(&root().join("tests"), "rs")) {
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().count();
        if lines > 800 {
            wrong.push(format!("{}: {lines} lines", file.display()));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{}:1: does not begin with `//!`", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_snapshot_is_an_orphan() {
    let known: Vec<String> = crate::view::names().map(|n| format!("it__view__{n}.snap")).collect();
    let mut orphans = Vec::new();
    for file in ["src", "tests"].iter().flat_map(|dir| files(&root().join(dir), "snap")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        let source = text.lines().find_map(|l| l.strip_prefix("source: ")).unwrap_or("").trim_matches('"');
        let short = name.trim_end_matches(".snap").rsplit("__").next().unwrap_or("");
        let named = || fs::read_to_string(root().join(source)).is_ok_and(|s| s.contains(short));
        if !(known.contains(&name) || (!name.starts_with("it__view__") && named())) {
            orphans.push(file);
        }
    }
    assert!(orphans.is_empty(), "delete {orphans:#?}");
}
