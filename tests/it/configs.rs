//! Broken configurations, one file a mistake, each with the messages it must give.
//!
//! A file starts with `# expect: LINE:COLUMN: message` lines, one for each mistake. `PULT_BLESS=1` writes
//! what pult says into files that expect `?`; read it before you commit it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use pult::config::{EXAMPLE, Environment, Options, load};

fn environment() -> Environment {
    Environment {
        vars: BTreeMap::new(),
        home: None,
        exists: Box::new(|_| false),
        ssh_hosts: Box::new(|_| Vec::new()),
    }
}

fn said(path: &Path) -> Vec<String> {
    let options = Options { config: Some(path.to_owned()), ..Options::default() };
    let prefix = format!("{}:", path.display());
    load(&options, &environment())
        .diagnostics
        .iter()
        .map(|d| d.to_string().strip_prefix(&prefix).expect("names its file").to_owned())
        .collect()
}

#[test]
fn every_broken_file_gives_exactly_its_messages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/configs");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 50);
    let mut wrong = String::new();
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let expected: Vec<&str> = text.lines().map_while(|l| l.strip_prefix("# expect: ")).collect();
        let said = said(&path);
        if expected == ["?"] && std::env::var_os("PULT_BLESS").is_some() {
            bless(&path, &bytes);
        } else if expected.is_empty() || expected != said {
            wrong += &format!("{}\n  expected {expected:#?}\n  said {said:#?}\n", path.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn bless(path: &Path, bytes: &[u8]) {
    let body = &bytes[b"# expect: ?\n".len()..];
    // As many lines first as there will be, so that the places come out right.
    let write = |lines: Vec<String>| {
        let head: String = lines.iter().map(|l| format!("# expect: {l}\n")).collect();
        std::fs::write(path, [head.as_bytes(), body].concat()).unwrap();
    };
    write(vec!["?".to_owned(); said(path).len().max(1)]);
    write(said(path));
}

/// A change of the example's bytes.
#[derive(Debug, Clone)]
enum Change {
    Delete(usize, usize),
    Repeat(usize, usize),
    Flip(usize, u8),
    Insert(usize, &'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0..EXAMPLE.len();
    let word = prop_oneof![
        Just("["),
        Just("]]"),
        Just("\""),
        Just("="),
        Just("{"),
        Just("\n"),
        Just("#"),
        Just("'''"),
        Just("."),
        Just("nan"),
        Just("é"),
        Just("\u{202e}"),
        Just("name = 3\n"),
        Just("[[docker]]\n"),
        Just("9999999999999999999")
    ];
    prop_oneof![
        (at.clone(), 1..80usize).prop_map(|(a, n)| Change::Delete(a, n)),
        (at.clone(), 1..300usize).prop_map(|(a, n)| Change::Repeat(a, n)),
        (at.clone(), any::<u8>()).prop_map(|(a, b)| Change::Flip(a, b)),
        (at, word).prop_map(|(a, w)| Change::Insert(a, w)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let len = bytes.len();
    let range = |at: usize, n: usize| at.min(len)..(at + n).min(len);
    match *change {
        Change::Delete(at, n) => drop(bytes.drain(range(at, n))),
        Change::Repeat(at, n) => bytes.extend_from_within(range(at, n)),
        Change::Flip(at, b) => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= b;
            }
        }
        Change::Insert(at, word) => drop(bytes.splice(at.min(len)..at.min(len), word.bytes())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(changes in proptest::collection::vec(change(), 1..8), taken_off in any::<bool>()) {
        let whole = if taken_off { EXAMPLE.replace("#: ", "") } else { EXAMPLE.to_owned() };
        let mut bytes = whole.into_bytes();
        for change in &changes {
            apply(&mut bytes, change);
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let options = Options { config: Some(file.path().to_owned()), ..Options::default() };
        let profile = load(&options, &environment());
        // Either it is understood, or every mistake says where it is.
        let lines = bytes.iter().filter(|b| **b == b'\n').count() + 1;
        for d in &profile.diagnostics {
            prop_assert!(d.line >= 1 && d.line <= lines && d.column >= 1, "{d}");
            prop_assert!(!d.message.is_empty() && !d.message.contains('\n'), "{d}");
        }
    }
}
