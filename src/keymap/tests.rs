//! The embedded keymaps against the table of commands, and what broken ones say.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;

use super::load::EMBEDDED;
use super::*;
use crate::app::registry::commands;
use crate::command::PaneId;

const CONTAINERS: Scope = Scope::Pane(PaneId::Containers);
const IN_CONTAINERS: [Scope; 3] = [CONTAINERS, Scope::List, Scope::Global];

fn load_named(name: &str, text: Option<&str>) -> (Keymap, Vec<String>) {
    let commands = commands().to_vec();
    let user =
        |wanted: &str| text.filter(|_| wanted == name).map(|t| (PathBuf::from("my.toml"), t.to_owned()));
    let (keymap, mistakes) = Keymap::load(name, &user, &commands);
    (keymap, mistakes.iter().map(ToString::to_string).collect())
}

fn load_text(text: &str) -> (Keymap, Vec<String>) {
    load_named("my", Some(text))
}

fn look(keymap: &Keymap, scopes: &[Scope], keys: &str) -> Lookup {
    keymap.lookup(scopes, keys.parse::<Chord>().unwrap().keys())
}

fn keys(keymap: &Keymap, id: &str) -> String {
    keymap.keys_of(id).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[test]
fn embedded_keymaps_are_without_a_mistake() {
    for name in embedded_names() {
        let (keymap, mistakes) = load_named(name, None);
        assert_eq!(mistakes, Vec::<String>::new());
        assert_eq!(keymap.name, name);
    }
}

/// Only in the palette.
const SILENT: [&str; 14] = [
    "app.search",
    "container.reveal",
    "firewall.reject",
    "firewall.limit",
    "firewall.enable",
    "firewall.disable",
    "firewall.reload",
    "firewall.default",
    "logs.open_journal",
    "logs.open_running",
    "logs.line",
    "server.reboot",
    "server.poweroff",
    "server.cancel_shutdown",
];

#[test]
fn every_command_but_the_silent_ones_can_be_typed_where_it_is_heard() {
    for name in embedded_names() {
        let (keymap, _) = load_named(name, None);
        for command in commands() {
            let scopes: &[Scope] = match command.scope {
                Scope::Dialog => &[Scope::Dialog],
                Scope::HostKey => &[Scope::HostKey, Scope::Dialog],
                // A shell has all keys but its own.
                shells @ Scope::Pane(PaneId::Shells) => &[shells],
                pane @ Scope::Pane(_) => &[pane, Scope::List, Scope::Global],
                _ => &IN_CONTAINERS,
            };
            let key = keymap.key_in(scopes, command.id);
            assert_eq!(key.is_none(), SILENT.contains(&command.id), "{name}: {}", command.id);
        }
    }
}

#[test]
fn the_shortest_key_comes_first() {
    let (keymap, _) = load_named("default", None);
    assert_eq!(keys(&keymap, "app.quit"), "q, ctrl-c");
    assert_eq!(keys(&keymap, "list.first"), "home, g g");
    assert_eq!(keys(&keymap, "list.up"), "k, up");
    assert_eq!(keys(&keymap, "app.search"), "");
    assert_eq!(keys(&keymap, "no.such"), "");
}

#[test]
fn scopes_are_asked_in_order() {
    let (keymap, _) = load_named("default", None);
    assert_eq!(look(&keymap, &IN_CONTAINERS, "s"), Lookup::Found("container.start"));
    assert_eq!(look(&keymap, &[Scope::List, Scope::Global], "s"), Lookup::None);
    assert_eq!(look(&keymap, &IN_CONTAINERS, "g g"), Lookup::Found("list.first"));
    assert_eq!(look(&keymap, &[Scope::Dialog], "esc"), Lookup::Found("dialog.cancel"));
    assert_eq!(look(&keymap, &[Scope::List], "esc"), Lookup::Found("list.clear_filter"));
    let Lookup::Prefix(next) = look(&keymap, &IN_CONTAINERS, "y") else { panic!() };
    let next: Vec<_> = next.iter().map(|c| c.key.to_string()).collect();
    assert_eq!(next, ["c", "f", "i", "l", "y"]);
}

#[test]
fn vim_differs_where_vim_differs() {
    let (keymap, _) = load_named("vim", None);
    assert_eq!(look(&keymap, &IN_CONTAINERS, "q"), Lookup::None);
    assert_eq!(look(&keymap, &IN_CONTAINERS, "Z Z"), Lookup::Found("app.quit"));
    assert_eq!(look(&keymap, &IN_CONTAINERS, "g t"), Lookup::Found("app.pane.next"));
    assert_eq!(look(&keymap, &IN_CONTAINERS, "g g"), Lookup::Found("list.first"));
    assert_eq!(look(&keymap, &IN_CONTAINERS, "d d"), Lookup::Found("container.remove"));
    assert_eq!(look(&keymap, &IN_CONTAINERS, "j"), Lookup::Found("list.down"));
    assert_eq!(keys(&keymap, "list.zoom"), "z z");
}

#[test]
fn a_users_file_is_laid_over_the_default() {
    let (keymap, mistakes) = load_text(
        "[global]\n\"y\" = \"yank.name\"\n\"ctrl-q\" = \"app.quit\"\n\"q\" = \"none\"\n\"M\" = \"\"\n[containers]\n\"j\" = \"container.start\"\n[list]\n\"alt-g x\" = \"app.help\"\n",
    );
    assert_eq!(mistakes, Vec::<String>::new());
    assert_eq!(look(&keymap, &IN_CONTAINERS, "y"), Lookup::Found("yank.name"));
    assert_eq!(keys(&keymap, "yank.id"), "");
    assert_eq!(keys(&keymap, "app.quit"), "ctrl-c, ctrl-q");
    assert_eq!(keys(&keymap, "app.mouse"), "");
    assert_eq!(look(&keymap, &IN_CONTAINERS, "j"), Lookup::Found("container.start"));
    assert_eq!(keymap.key_in(&IN_CONTAINERS, "list.down").unwrap().to_string(), "down");
    assert_eq!(keymap.key_in(&[Scope::List], "list.down").unwrap().to_string(), "j");
    assert_eq!(look(&keymap, &IN_CONTAINERS, "alt-g x"), Lookup::Found("app.help"));
}

#[test]
fn an_empty_keymap_still_has_the_way_out() {
    let (keymap, mistakes) = load_text("inherits = \"none\"\n");
    assert_eq!(mistakes, Vec::<String>::new());
    assert_eq!(keys(&keymap, "app.quit"), "ctrl-c");
    assert_eq!(keys(&keymap, "dialog.cancel"), "esc");
    assert_eq!(keys(&keymap, "list.up"), "");
}

#[test]
fn a_users_file_can_take_an_embedded_name() {
    let (keymap, mistakes) = load_named("vim", Some("[list]\n\"v\" = \"list.zoom\"\n"));
    assert_eq!(mistakes, Vec::<String>::new());
    assert_eq!(look(&keymap, &IN_CONTAINERS, "v"), Lookup::Found("list.zoom"));
    assert_eq!(look(&keymap, &IN_CONTAINERS, "Z Z"), Lookup::Found("app.quit"));
}

#[test]
fn mistakes_say_where_and_what_was_meant() {
    for (text, expected) in [
        ("[list]\n\"x\" = \"list.opne\"", "my.toml:2:7: no command `list.opne`; did you mean `list.open`?"),
        ("[list]\n\"x\" = \"zzzzzzzzzzzz\"", "my.toml:2:7: no command `zzzzzzzzzzzz`"),
        ("[lits]\n\"x\" = \"list.open\"", "my.toml:1:2: no section [lits]; did you mean `list`?"),
        (
            "[pane]\n",
            "my.toml:1:2: no section [pane]; there are global, list, containers, logs, servers, activity, shells, compare, dialog, host-key",
        ),
        (
            "\"x\" = \"list.open\"",
            "my.toml:1:1: `x` stands before the first section; keys stand in sections, such as [global] or [list]",
        ),
        ("list = 3", "my.toml:1:1: `list` is a section: [list]"),
        ("inherits = []", "my.toml:1:12: `inherits` is a keymap's name in quotes"),
        ("inherits = \"vmi\"", "my.toml:1:12: no keymap `vmi`; did you mean `vim`?"),
        ("[list]\nx = 3", "my.toml:2:5: the value is a command's id in quotes, or \"none\""),
        (
            "[list]\n\"ctlr-x\" = \"list.open\"",
            "my.toml:2:1: no modifier `ctlr` in `ctlr-x`; there are ctrl, alt and shift; did you mean `ctrl-x`?",
        ),
        ("[list]\ngg = \"list.open\"", "my.toml:2:1: no key `gg`; for one after another write `g g`"),
        ("[list]\n\"\" = \"list.open\"", "my.toml:2:1: a key is missing"),
        ("[list]\n\"a b c d e\" = \"list.open\"", "my.toml:2:1: 5 keys are too many; a chord has at most 4"),
        (
            "[list]\nx = \"list.open\"\nx = \"list.fold\"",
            "my.toml:3:1: this key is here twice; the first one counts",
        ),
        (
            "[list]\nX = \"list.open\"\nshift-x = \"list.fold\"",
            "my.toml:3:1: `X` is twice in [list]; the first one counts",
        ),
        (
            "[list]\n\"a\" = \"list.open\"\n\"a b\" = \"list.fold\"",
            "my.toml:3:1: `a b` can never be typed: `a` in [list] is its beginning",
        ),
        (
            "[list]\n\"Z b\" = \"list.open\"\n\"Z\" = \"list.fold\"",
            "my.toml:3:1: `Z` would hide `Z b` in [list], which stands before it",
        ),
        (
            "[list]\n\"y\" = \"list.open\"",
            "my.toml:2:1: `y` is heard before `y c` of [global], so `yank.command` cannot be typed here",
        ),
        (
            "[global]\n\"k x\" = \"app.help\"",
            "my.toml:2:1: `k x` cannot be typed in [list], where `k` is heard before it (`list.up`)",
        ),
        (
            "[list]\n\"x\" = \"container.start\"",
            "my.toml:2:7: `container.start` is not heard in [list]; its keys stand in [containers]",
        ),
        (
            "[dialog]\n\"x\" = \"list.open\"",
            "my.toml:2:7: `list.open` is not heard in [dialog]; its keys stand in [list]",
        ),
        ("[global]\nctrl-c = \"app.help\"", "my.toml:2:1: `ctrl-c` is reserved: it always means `app.quit`"),
        ("[global]\nctrl-c = \"none\"", "my.toml:2:1: `ctrl-c` is reserved: it always means `app.quit`"),
        (
            "[list]\n\"g ctrl-c\" = \"list.open\"",
            "my.toml:2:1: `ctrl-c` is reserved: it always means `app.quit`",
        ),
        (
            "[dialog]\nesc = \"dialog.next\"",
            "my.toml:2:1: `esc` is reserved: it always means `dialog.cancel`",
        ),
        (
            "[list]\nctrl-i = \"list.open\"",
            "my.toml:2:1: most terminals send `tab` for `ctrl-i`; choose another key",
        ),
        (
            "[list\nx = 1",
            "my.toml:1:6: unclosed table, expected `]`; the file is not used until it is mended",
        ),
    ] {
        let (keymap, mistakes) = load_text(text);
        assert_eq!(mistakes, [expected], "{text}");
        assert_eq!(look(&keymap, &IN_CONTAINERS, "j"), Lookup::Found("list.down"), "the rest is the default");
        assert_eq!(look(&keymap, &[Scope::Dialog], "esc"), Lookup::Found("dialog.cancel"));
    }
}

#[test]
fn the_first_of_two_counts() {
    let (keymap, _) = load_text("[list]\nx = \"list.open\"\nx = \"list.fold\"");
    assert_eq!(look(&keymap, &IN_CONTAINERS, "x"), Lookup::Found("list.open"));
    let (keymap, _) = load_text("[list]\nX = \"list.open\"\nshift-x = \"list.fold\"");
    assert_eq!(look(&keymap, &IN_CONTAINERS, "X"), Lookup::Found("list.open"));
}

#[test]
fn good_lines_of_a_file_with_mistakes_count() {
    let (keymap, mistakes) = load_text(
        "[list]\nx = \"list.opne\"\nX = \"list.open\"\n[what]\n[dialog]\n\"alt-x\" = \"dialog.accept\"",
    );
    assert_eq!(mistakes.len(), 2);
    assert_eq!(look(&keymap, &IN_CONTAINERS, "X"), Lookup::Found("list.open"));
    assert_eq!(look(&keymap, &[Scope::Dialog], "alt-x"), Lookup::Found("dialog.accept"));
}

#[test]
fn a_keymap_without_its_commands_is_empty() {
    let (keymap, mistakes) = Keymap::load("default", &|_| None, &[]);
    assert!(!mistakes.is_empty());
    assert_eq!(look(&keymap, &IN_CONTAINERS, "j"), Lookup::None);
}

proptest! {
    #[test]
    fn mutated_keymaps_load_something(
        which in 0..EMBEDDED.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..24),
    ) {
        let mut bytes = EMBEDDED[which].1.as_bytes().to_vec();
        for (place, byte, kind) in edits {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        let (keymap, mistakes) = load_text(&String::from_utf8_lossy(&bytes));
        prop_assert_eq!(look(&keymap, &IN_CONTAINERS, "ctrl-c"), Lookup::Found("app.quit"));
        prop_assert_eq!(look(&keymap, &[Scope::Dialog], "esc"), Lookup::Found("dialog.cancel"));
        for mistake in mistakes {
            prop_assert!(mistake.starts_with("my.toml:") || mistake.starts_with("(embedded)"));
        }
    }

    /// Lines of any known chords: what is kept can be typed, and every index entry is a binding.
    #[test]
    fn what_is_bound_can_be_typed(
        lines in prop::collection::vec((0..4usize, prop::collection::vec(prop::sample::select(vec!["g", "x", "y", "ctrl-w", "space"]), 1..4)), 1..20),
    ) {
        let mut sections = [String::new(), String::new(), String::new(), String::new()];
        let names = ["global", "list", "containers", "dialog"];
        let ids = ["app.help", "list.open", "container.start", "dialog.accept"];
        for (scope, keys) in &lines {
            sections[*scope] += &format!("\"{}\" = \"{}\"\n", keys.join(" "), ids[*scope]);
        }
        let text: String = (0..4).map(|i| format!("[{}]\n{}", names[i], sections[i])).collect();
        let (keymap, _) = load_text(&text);
        for scope in Scope::all() {
            for (chord, id) in keymap.bindings(scope) {
                prop_assert_eq!(keymap.lookup(&[scope], chord.keys()), Lookup::Found(id));
                prop_assert!(keymap.keys_of(id).contains(&chord));
            }
            let chords: BTreeSet<_> = keymap.bindings(scope).into_iter().map(|(chord, _)| chord).collect();
            for chord in &chords {
                for end in 1..chord.keys().len() {
                    prop_assert!(matches!(keymap.lookup(&[scope], &chord.keys()[..end]), Lookup::Prefix(_)));
                }
            }
        }
    }
}
