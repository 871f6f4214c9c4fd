//! Writes a key that a person has trusted. The file is locked, so that two programs do not write into each
//! other's lines, and only ever gets longer.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use ring::rand::{SecureRandom, SystemRandom};
use russh::keys::PublicKey;

use super::{Name, line, parse};
use crate::domain::fault::{Fault, FaultKind};

/// Adds a key for a server; nothing is done when it is there already. May wait for another program's lock:
/// not for the loop.
///
/// # Errors
/// The name is none that a line can hold, or the file cannot be written; says which file.
pub fn append(file: &Path, name: &Name, key: &PublicKey, hash_name: bool) -> Result<(), Fault> {
    let fits = |c: char| c.is_alphanumeric() || "-._:%".contains(c);
    if name.host.is_empty() || !name.host.chars().all(fits) {
        let message =
            format!("`{}` cannot be written to {}: it is no host name", name.written(), file.display());
        return Err(Fault::new(FaultKind::Failed, message));
    }
    write(file, name, key, hash_name).map_err(|e| {
        let message = format!("the key of {} cannot be written to {}: {e}", name.written(), file.display());
        Fault::new(FaultKind::Failed, message)
            .hint("trust it for this session only, or make the file writable")
    })
}

fn write(file: &Path, name: &Name, key: &PublicKey, hash_name: bool) -> io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.exists()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut open = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(file)?;
    open.lock()?;
    let text = read(&mut open)?;
    let mut known = parse(file, &text).into_iter();
    if known.any(|k| k.entry.is_plain() && k.entry.fits(name) && k.entry.key.key_data() == key.key_data()) {
        return Ok(());
    }
    let written = if hash_name { line::hashed(&name.written(), &salt()?) } else { name.written() };
    let key = PublicKey::new(key.key_data().clone(), "").to_openssh().map_err(io::Error::other)?;
    let break_first = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    open.write_all(format!("{break_first}{written} {}\n", key.trim()).as_bytes())?;
    open.sync_data()
}

fn read(file: &mut File) -> io::Result<String> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn salt() -> io::Result<[u8; 20]> {
    let mut salt = [0; 20];
    SystemRandom::new()
        .fill(&mut salt)
        .map_err(|_| io::Error::other("the system gives no random numbers"))?;
    Ok(salt)
}
