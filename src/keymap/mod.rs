//! From pressed keys to command ids.
//!
//! A keymap is a trie of chords per scope, read from `keymaps/` and a user's overlay. It names commands by
//! id and is checked against the command table, so a misspelled id is a message with a line number and never
//! a dead key. Nothing here knows what a command does, nor which terminal library the keys came from.

mod key;
mod load;
#[cfg(test)]
mod tests;
mod trie;

pub use key::{Chord, Code, Key, KeyError};
pub use load::{embedded_names, reserved};
pub use trie::{Continuation, Lookup, Next};

use std::collections::HashMap;
use std::path::PathBuf;

use crate::command::{Command, Scope};
use crate::domain::diagnostic::Diagnostic;

/// Chords to commands for every scope.
#[derive(Debug, Clone, Default)]
pub struct Keymap {
    pub name: String,
    tries: HashMap<Scope, trie::Trie>,
    /// Shortest first.
    chords: HashMap<&'static str, Vec<Chord>>,
}

impl Keymap {
    /// Reads a keymap: the embedded one of that name, the user's, or the user's over the embedded one.
    ///
    /// Never fails: what is wrong is left out and told, and without the keymap itself the default one is
    /// taken. `user` finds a user's file by the keymap's name.
    pub fn load(
        name: &str,
        user: &dyn Fn(&str) -> Option<(PathBuf, String)>,
        commands: &[&Command],
    ) -> (Self, Vec<Diagnostic>) {
        load::load(name, user, commands)
    }

    /// What the keys pressed so far mean. Scopes are asked in their order; the first that knows the keys
    /// decides, and continuations of the others are added where they can still be reached.
    pub fn lookup(&self, scopes: &[Scope], pending: &[Key]) -> Lookup {
        let tries: Vec<_> = scopes.iter().filter_map(|s| self.tries.get(s)).collect();
        trie::lookup(&tries, pending)
    }

    /// All chords of a command, shortest first.
    pub fn keys_of(&self, command_id: &str) -> &[Chord] {
        self.chords.get(command_id).map_or(&[], Vec::as_slice)
    }

    /// The shortest chord that runs a command where these scopes are heard; `None` when it has none there.
    pub fn key_in(&self, scopes: &[Scope], command_id: &str) -> Option<&Chord> {
        self.keys_of(command_id)
            .iter()
            .find(|chord| self.lookup(scopes, chord.keys()) == Lookup::Found(self.id_of(command_id)))
    }

    /// Every binding of a scope, in the order of the keys.
    pub fn bindings(&self, scope: Scope) -> Vec<(Chord, &'static str)> {
        self.tries.get(&scope).map(trie::Trie::bindings).unwrap_or_default()
    }

    /// Finds the chords of every command again, after the tries changed.
    fn index(&mut self) {
        self.chords.clear();
        for scope in Scope::all() {
            for (chord, id) in self.bindings(scope) {
                let chords = self.chords.entry(id).or_default();
                if !chords.contains(&chord) {
                    chords.push(chord);
                }
            }
        }
        for chords in self.chords.values_mut() {
            chords.sort_by_cached_key(|chord| (chord.keys().len(), chord.to_string().len(), chord.clone()));
        }
    }

    /// The id as the command table has it.
    fn id_of(&self, command_id: &str) -> &'static str {
        self.chords.get_key_value(command_id).map_or("", |(id, _)| id)
    }
}
