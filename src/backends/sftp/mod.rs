//! Files of a server by the SSH file transfer protocol, version 3, as OpenSSH speaks it
//! (draft-ietf-secsh-filexfer-02).
//!
//! A client of our own, for two reasons: names are bytes here as they are there, whatever a name is made of, and
//! nobody has to run a task for it. One caller at a time talks; he sends many requests ahead of their answers.

mod client;
mod wire;

pub use client::{Change, Handle, Pipe, Sftp, Window};
pub use wire::{Attributes, Entry, Kind};
