//! Chords as a trie: which command, or which keys can follow.

use std::collections::BTreeMap;

use super::key::{Chord, Key};

/// The bindings of one scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Trie {
    root: Branch,
}

type Branch = BTreeMap<Key, Node>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Command(&'static str),
    Branch(Branch),
}

/// What pressed keys mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// A command's id.
    Found(&'static str),
    /// More keys are wanted; what can follow, for the line that says so. Never empty.
    Prefix(Vec<Continuation>),
    None,
}

/// A key that can follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuation {
    pub key: Key,
    pub next: Next,
}

/// Where that key leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Command(&'static str),
    /// To this many commands behind further keys.
    More(usize),
}

impl Trie {
    /// Adds a binding. Chords that it would hide, or that would hide it, go; they are returned.
    pub(super) fn insert(&mut self, chord: &Chord, id: &'static str) -> Vec<(Chord, &'static str)> {
        let removed = self.conflicts(chord);
        for (old, _) in &removed {
            self.remove(old);
        }
        insert(&mut self.root, chord.keys(), id);
        removed
    }

    /// Bindings that cannot stand beside this chord: the same, a prefix of it, or a continuation.
    pub(super) fn conflicts(&self, chord: &Chord) -> Vec<(Chord, &'static str)> {
        self.bindings()
            .into_iter()
            .filter(|(old, _)| old.keys().starts_with(chord.keys()) || chord.keys().starts_with(old.keys()))
            .collect()
    }

    /// Takes a binding away, with branches that become empty.
    pub(super) fn remove(&mut self, chord: &Chord) -> Option<&'static str> {
        remove(&mut self.root, chord.keys())
    }

    /// All bindings, in the order of the keys.
    pub(super) fn bindings(&self) -> Vec<(Chord, &'static str)> {
        let mut found = Vec::new();
        collect(&self.root, &mut Vec::new(), &mut found);
        found
    }

    fn at(&self, keys: &[Key]) -> At<'_> {
        let mut branch = &self.root;
        for (i, key) in keys.iter().enumerate() {
            match branch.get(key) {
                Some(Node::Branch(next)) => branch = next,
                Some(Node::Command(id)) if i + 1 == keys.len() => return At::Command(id),
                _ => return At::Nothing,
            }
        }
        At::Branch(branch)
    }
}

enum At<'a> {
    Command(&'static str),
    Branch(&'a Branch),
    Nothing,
}

/// Asks tries in their order.
pub(super) fn lookup(tries: &[&Trie], keys: &[Key]) -> Lookup {
    let mut continuations: Vec<Continuation> = Vec::new();
    for trie in tries {
        match trie.at(keys) {
            At::Nothing => {}
            At::Command(id) if continuations.is_empty() => return Lookup::Found(id),
            // A higher scope waits for more keys here; this binding cannot be reached.
            At::Command(_) => {}
            At::Branch(branch) => {
                for (key, node) in branch {
                    if continuations.iter().all(|c| c.key != *key) {
                        let next = match node {
                            Node::Command(id) => Next::Command(id),
                            Node::Branch(branch) => Next::More(count(branch)),
                        };
                        continuations.push(Continuation { key: *key, next });
                    }
                }
            }
        }
    }
    if continuations.is_empty() { Lookup::None } else { Lookup::Prefix(continuations) }
}

fn insert(branch: &mut Branch, keys: &[Key], id: &'static str) {
    match keys {
        [] => {}
        [last] => {
            branch.insert(*last, Node::Command(id));
        }
        [first, rest @ ..] => {
            let node = branch.entry(*first).or_insert_with(|| Node::Branch(Branch::new()));
            if let Node::Command(_) = node {
                *node = Node::Branch(Branch::new());
            }
            if let Node::Branch(next) = node {
                insert(next, rest, id);
            }
        }
    }
}

fn remove(branch: &mut Branch, keys: &[Key]) -> Option<&'static str> {
    let (first, rest) = keys.split_first()?;
    match branch.get_mut(first)? {
        Node::Command(id) if rest.is_empty() => {
            let id = *id;
            branch.remove(first);
            Some(id)
        }
        Node::Command(_) => None,
        Node::Branch(next) => {
            let id = remove(next, rest);
            if next.is_empty() {
                branch.remove(first);
            }
            id
        }
    }
}

fn collect(branch: &Branch, path: &mut Vec<Key>, found: &mut Vec<(Chord, &'static str)>) {
    for (key, node) in branch {
        path.push(*key);
        match node {
            Node::Command(id) => found.extend(Chord::try_from(path.clone()).ok().map(|chord| (chord, *id))),
            Node::Branch(next) => collect(next, path, found),
        }
        path.pop();
    }
}

fn count(branch: &Branch) -> usize {
    branch
        .values()
        .map(|node| match node {
            Node::Command(_) => 1,
            Node::Branch(next) => count(next),
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chord(text: &str) -> Chord {
        text.parse().unwrap()
    }

    fn trie(bindings: &[(&str, &'static str)]) -> Trie {
        let mut trie = Trie::default();
        for (keys, id) in bindings {
            trie.insert(&chord(keys), id);
        }
        trie
    }

    #[test]
    fn keys_lead_to_commands_or_to_more_keys() {
        let list = trie(&[("g g", "first"), ("g x y", "deep"), ("j", "down")]);
        let global = trie(&[("g e", "end"), ("g x", "hidden"), ("j", "other"), ("q", "quit")]);
        let look = |keys: &str| lookup(&[&list, &global], chord(keys).keys());
        assert_eq!(look("j"), Lookup::Found("down"));
        assert_eq!(look("q"), Lookup::Found("quit"));
        assert_eq!(look("g e"), Lookup::Found("end"));
        assert_eq!(look("g z"), Lookup::None);
        assert_eq!(look("j j"), Lookup::None);
        let Lookup::Prefix(next) = look("g") else { panic!() };
        let next: Vec<_> = next.into_iter().map(|c| (c.key.to_string(), c.next)).collect();
        assert_eq!(
            next,
            [
                ("g".into(), Next::Command("first")),
                ("x".into(), Next::More(1)),
                ("e".into(), Next::Command("end")),
            ]
        );
    }

    #[test]
    fn a_new_binding_takes_the_place_of_those_it_cannot_stand_beside() {
        let mut t = trie(&[("g g", "a"), ("g e", "b"), ("x", "c")]);
        assert_eq!(t.insert(&chord("g"), "d").len(), 2);
        assert_eq!(t.insert(&chord("x y"), "e"), [(chord("x"), "c")]);
        assert_eq!(t.bindings(), [(chord("g"), "d"), (chord("x y"), "e")]);
        assert_eq!(t.remove(&chord("x y")), Some("e"));
        assert_eq!(t.remove(&chord("x y")), None);
        assert_eq!(t.bindings(), [(chord("g"), "d")]);
    }
}
