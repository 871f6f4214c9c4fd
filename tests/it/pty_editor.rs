//! A file edited in the person's own editor: the real binary and a real editor take turns on one terminal.

use std::os::unix::fs::PermissionsExt;

use crate::support::term::{Home, Term};

/// What it is told on the terminal becomes the text.
const EDITOR: &str = "#!/bin/sh\nprintf 'the editor has it: '; read -r line; echo \"$line\" >\"$2\"\n";

fn start(home: &Home) -> Term {
    std::fs::write(home.path().join("config.toml"), "[[server]]\nname = 'here'\nhost = 'local'\n").unwrap();
    let editor = home.path().join("editor");
    std::fs::write(&editor, EDITOR).unwrap();
    std::fs::set_permissions(&editor, PermissionsExt::from_mode(0o700)).unwrap();
    let script = "EDITOR=\"$HOME/editor --wait\" exec \"$PULT\" --config config.toml --pane servers";
    let term = home.shell("/nonexistent/docker.sock".as_ref(), script);
    term.until("● ");
    term
}

/// Goes to this name in the folder that is shown.
fn go_to(term: &Term, name: &str) {
    term.type_in(&format!("/name~^{}$\r", regex::escape(name))).until("files 1 of");
}

#[test]
fn the_editor_has_the_terminal_for_itself_and_gives_it_back() {
    let home = Home::new();
    let note = home.path().join("note");
    std::fs::write(&note, "one\n").unwrap();
    std::fs::set_permissions(&note, PermissionsExt::from_mode(0o640)).unwrap();
    let mut term = start(&home);
    term.type_in("gf").until(" OWNER ").until(" WRITTEN ");
    let folders = home.path().to_str().unwrap().to_owned();
    for folder in folders.split('/').filter(|name| !name.is_empty()) {
        go_to(&term, folder);
        term.type_in("\r").until_gone("files 1 of");
    }
    go_to(&term, "note");
    term.type_in("e").until("the editor has it: ");
    // Keys of pult's, if it heard them.
    term.type_in("q y two\r").until("Write it? y/n").until("+q y two").until("-one");
    term.type_in("y").until_gone("Write it?").until("done in");
    assert_eq!(std::fs::read_to_string(&note).unwrap(), "q y two\n");
    assert_eq!(std::fs::metadata(&note).unwrap().permissions().mode() & 0o777, 0o640);
    let kept = std::fs::read_dir(home.path()).unwrap().map(|e| e.unwrap());
    let kept: Vec<_> = kept.filter(|e| e.file_name().to_string_lossy().starts_with("note.pult-")).collect();
    assert_eq!(std::fs::read_to_string(kept[0].path()).unwrap(), "one\n");
    let audit = home.audit();
    assert_eq!(audit.last().unwrap()["outcome"], "done");
    assert!(!serde_json::to_string(&audit).unwrap().contains("q y two"), "no text in the audit");
    assert!(term.quit().success());
}

#[test]
fn what_was_being_edited_outlives_pult() {
    let home = Home::new();
    std::fs::write(home.path().join("note"), "one\n").unwrap();
    let mut term = start(&home);
    let folders = home.path().to_str().unwrap().to_owned();
    term.type_in("gf").until(" OWNER ").until(" WRITTEN ");
    for folder in folders.split('/').filter(|name| !name.is_empty()) {
        go_to(&term, folder);
        term.type_in("\r").until_gone("files 1 of");
    }
    go_to(&term, "note");
    // The editor has written and goes on.
    let script = "#!/bin/sh\necho 'half a thought' >\"$2\"\necho 'it is written'\nexec sleep 60\n";
    std::fs::write(home.path().join("editor"), script).unwrap();
    term.type_in("e").until("it is written").signal(rustix::process::Signal::TERM);
    term.until("what was edited is kept in ");
    assert!(term.ended().success());
    term.is_restored();
    assert_eq!(std::fs::read_to_string(home.path().join("note")).unwrap(), "one\n");
    let kept: Vec<_> = std::fs::read_dir(home.state().join("edits")).unwrap().map(|e| e.unwrap()).collect();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].file_name().to_string_lossy().ends_with("-here"), "{kept:?}");
    assert_eq!(std::fs::read_to_string(kept[0].path().join("note")).unwrap(), "half a thought\n");
    // The next session tells of it.
    let mut term = start(&home);
    term.until("pult was ended while an editor was open");
    assert!(term.quit().success());
}
