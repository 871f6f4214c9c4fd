//! Opens files that may be anything: what is no text is refused with a reason, and nothing blocks.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::disk::{Kind, Origin, Status};
use super::packed::{Packed, Packing};
use super::text::Text;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;

/// Bytes at the beginning by which a file is known again when it has another name or is compressed.
pub(super) const HEAD: usize = 512;
/// Bytes that are looked at to tell text from other things.
const LOOK: usize = 8 << 10;

/// By what a file is known again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    pub device: u64,
    pub inode: u64,
    /// The first bytes of its text, at most [`HEAD`].
    pub head: Vec<u8>,
}

impl Identity {
    /// True when both have the same beginning, as far as both are known. Without one only the file counts.
    pub fn begins_like(&self, other: &Self) -> bool {
        if self.head.is_empty() || other.head.is_empty() {
            return self.is_same_file(other);
        }
        self.head.iter().zip(&other.head).all(|(a, b)| a == b)
    }

    pub fn is_same_file(&self, other: &Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }

    /// True when this is the file that the system has under a name.
    pub fn is_of(&self, status: &Status) -> bool {
        (self.device, self.inode) == (status.device, status.inode)
    }
}

/// A file that was opened.
pub(super) struct Opened {
    pub text: Text,
    pub identity: Identity,
    /// When it was last written.
    pub written: Timestamp,
    /// Bytes on the disk.
    pub size: u64,
}

/// Opens a regular file. Unpacking gives up when stopped.
///
/// # Errors
/// `Gone`, `Denied`, `Unsupported` for what has no lines.
pub(super) fn open(origin: &Origin, stop: &CancellationToken) -> Result<Opened, Fault> {
    let path = &origin.path;
    let failed = |e: &io::Error| from_io(e, path);
    // Before it is opened: opening some devices does something.
    check_kind(path, &origin.status().map_err(|e| failed(&e))?)?;
    let file = origin.disk.open(path).map_err(|e| failed(&e))?;
    let status = file.status().map_err(|e| failed(&e))?;
    check_kind(path, &status)?;
    let mut magic = [0; 6];
    let known = file.read_at(&mut magic, 0).map_err(|e| failed(&e))?;
    let packing = match magic.get(..known).unwrap_or_default() {
        [0x1f, 0x8b, ..] => Some(Packing::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Packing::Zstd),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => return Err(unreadable(path, "xz")),
        [b'B', b'Z', b'h', ..] => return Err(unreadable(path, "bzip2")),
        [0x04, 0x22, 0x4d, 0x18, ..] => return Err(unreadable(path, "lz4")),
        _ => None,
    };
    let mut text = match packing {
        Some(packing) => Text::Packed(Box::new(Packed::new(file, packing, stop.clone()))),
        None => Text::Plain { file, stop: stop.clone() },
    };
    let mut head = vec![0; HEAD];
    let count = text.read_at(0, &mut head).map_err(|e| failed(&e))?;
    head.truncate(count);
    let identity = Identity { device: status.device, inode: status.inode, head };
    Ok(Opened { text, identity, written: status.written, size: status.size })
}

/// Refuses what is no text by its looks.
///
/// # Errors
/// `Unsupported` with what to do, and what reading brings.
pub(super) fn check_text(path: &Path, opened: &mut Opened) -> Result<(), Fault> {
    let mut block = vec![0; LOOK];
    let count = opened.text.read_at(0, &mut block).map_err(|e| from_io(&e, path))?;
    if !looks_binary(block.get(..count).unwrap_or_default()) {
        return Ok(());
    }
    // A file that was cut under a program that goes on at its old place begins with a hole.
    if !opened.text.is_packed() && block.iter().all(|b| *b == 0) && opened.size > LOOK as u64 {
        let count = opened.text.read_at(opened.size - LOOK as u64, &mut block);
        if !looks_binary(block.get(..count.map_err(|e| from_io(&e, path))?).unwrap_or_default()) {
            return Ok(());
        }
    }
    let fault = Fault::new(FaultKind::Unsupported, format!("{} is no text", name(path)));
    Err(match block.get(..2) {
        Some([0xff, 0xfe] | [0xfe, 0xff]) => {
            fault.hint("it looks like UTF-16: convert it with `iconv -f UTF-16 -t UTF-8`")
        }
        _ => fault.hint("look at it with `xxd`; the journal's own files are read as `journal`"),
    })
}

/// NUL is rare in text, and common in everything else.
fn looks_binary(block: &[u8]) -> bool {
    block.iter().filter(|b| **b == 0).count() > block.len() / 16
}

fn check_kind(path: &Path, status: &Status) -> Result<(), Fault> {
    let (what, hint) = match status.kind {
        Kind::File => return Ok(()),
        Kind::Folder => ("a directory", "name a file in it"),
        Kind::Pipe => ("a pipe", "read it with `pult logs - < PIPE`"),
        Kind::Socket => ("a socket", "nothing can be read again from it"),
        Kind::Device => ("a device", "nothing can be read again from it"),
    };
    Err(Fault::new(FaultKind::Unsupported, format!("{} is {what}, not a file", name(path))).hint(hint))
}

fn unreadable(path: &Path, packing: &str) -> Fault {
    let message = format!("{} is compressed with {packing}, which pult does not read", name(path));
    Fault::new(FaultKind::Unsupported, message)
        .hint("unpack it beside it; gzip and zstd are read as they are")
}

/// The path, harmless.
pub(super) fn name(path: &Path) -> String {
    sanitize::line(&path.to_string_lossy(), 400).into_owned()
}

/// The fault of a connection that an error stands for.
pub(super) fn link_fault(error: &io::Error) -> Option<&Fault> {
    error.get_ref()?.downcast_ref()
}

/// What the system says of a file.
pub(super) fn from_io(error: &io::Error, path: &Path) -> Fault {
    if let Some(fault) = link_fault(error) {
        return fault.clone();
    }
    let name = name(path);
    match error.kind() {
        io::ErrorKind::NotFound => {
            Fault::new(FaultKind::Gone, format!("there is no file {name}")).hint("check the path")
        }
        io::ErrorKind::PermissionDenied => Fault::new(
            FaultKind::Denied,
            format!("no permission to read {name}"),
        )
        .hint(
            "logs of the system are often for the group adm: `sudo usermod -aG adm $USER`, then log in again",
        ),
        io::ErrorKind::Interrupted => Fault::new(FaultKind::Failed, format!("reading {name} was given up")),
        _ => Fault::new(FaultKind::Failed, format!("cannot read {name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::files::packed::tests::gzip;

    fn opened(bytes: &[u8]) -> Result<Opened, Fault> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.log");
        std::fs::write(&path, bytes).unwrap();
        let mut opened = open(&Origin::from(&path), &CancellationToken::new())?;
        check_text(&path, &mut opened)?;
        Ok(opened)
    }

    #[test]
    fn text_is_told_from_other_things() {
        let text = b"2026 line\n".repeat(100);
        let holed = [vec![0; 1 << 20], text.repeat(100)].concat();
        for fine in [b"".to_vec(), text.clone(), gzip(&text), holed, b"a\0b\xff and more text\n".to_vec()] {
            assert!(opened(&fine).is_ok());
        }
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.iter().flat_map(|b| [*b, 0])).collect();
        let hint = opened(&utf16).err().unwrap().hint.unwrap();
        assert!(hint.contains("iconv"), "{hint}");
        for bad in
            [[vec![0x7f], b"ELF\0\0\0\0".repeat(99)].concat(), vec![0; 99], b"BZh91AY".to_vec(), gzip(&utf16)]
        {
            assert_eq!(opened(&bad).err().unwrap().kind, FaultKind::Unsupported);
        }
    }

    #[test]
    fn what_is_no_file_is_refused_and_does_not_block() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
            .unwrap();
        let socket = dir.path().join("socket");
        let _listens = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, word) in [
            (dir.path(), "a directory"),
            (&fifo, "a pipe"),
            (&socket, "a socket"),
            (Path::new("/dev/zero"), "a device"),
        ] {
            let fault = open(&Origin::from(path), &CancellationToken::new()).err().unwrap();
            assert!(fault.kind == FaultKind::Unsupported && fault.message.contains(word), "{fault:?}");
        }
        let fault =
            open(&Origin::from(&dir.path().join("\u{1b}[31mno")), &CancellationToken::new()).err().unwrap();
        assert!(fault.kind == FaultKind::Gone && !fault.message.contains('\u{1b}'), "{fault:?}");
    }

    #[test]
    fn files_are_known_again_by_their_beginning() {
        let of = |inode, head: &str| Identity { device: 1, inode, head: head.into() };
        assert!(of(1, "abc").begins_like(&of(2, "abcdef")));
        assert!(!of(1, "abc").begins_like(&of(1, "abd")));
        assert!(of(1, "").begins_like(&of(1, "x")), "it has grown");
        assert!(!of(1, "").begins_like(&of(2, "x")));
        assert!(!of(1, "").begins_like(&of(2, "")));
    }
}
