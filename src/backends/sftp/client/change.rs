//! What changes files and folders, and what tells whether it can.

use std::io;

use super::{Answer, Handle, Sftp};
use crate::backends::sftp::wire::{
    Attributes, EXTENDED, EXTENDED_REPLY, FSETSTAT, LSTAT, MKDIR, NAME, OPEN, Packet, REALPATH, REMOVE,
    RENAME,
};

/// draft-ietf-secsh-filexfer-02, 6.3: what a file is opened for.
const TO_WRITE: u32 = 0x02;
const TO_CREATE: u32 = 0x08;
const EXCLUSIVELY: u32 = 0x20;

/// OpenSSH's own, of its PROTOCOL file.
const REPLACE: &[u8] = b"posix-rename@openssh.com";
const SYNC: &[u8] = b"fsync@openssh.com";
const STATVFS: &[u8] = b"statvfs@openssh.com";

/// What becomes of an open file's attributes; `None` = it stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    pub owner: Option<(u32, u32)>,
    /// Permissions, the last twelve bits.
    pub mode: Option<u32>,
    /// Seconds since 1970.
    pub written_s: Option<u32>,
    pub size: Option<u64>,
}

impl Change {
    fn put(self, packet: Packet) -> Packet {
        let flag = |is: bool, bit: u32| if is { bit } else { 0 };
        let flags = flag(self.size.is_some(), 1)
            | flag(self.owner.is_some(), 2)
            | flag(self.mode.is_some(), 4)
            | flag(self.written_s.is_some(), 8);
        let mut packet = packet.number(flags);
        if let Some(size) = self.size {
            packet = packet.long(size);
        }
        if let Some((user, group)) = self.owner {
            packet = packet.number(user).number(group);
        }
        if let Some(mode) = self.mode {
            packet = packet.number(mode);
        }
        if let Some(written) = self.written_s {
            // The time of the last reading goes with it.
            packet = packet.number(written).number(written);
        }
        packet
    }
}

impl Sftp {
    /// Makes a file that is not there yet, to be written; no link is followed.
    ///
    /// # Errors
    /// What the server says; something of that name is there.
    pub async fn create(&mut self, path: &[u8], mode: u32) -> io::Result<Handle> {
        let change = Change { mode: Some(mode), ..Change::default() };
        let flags = TO_WRITE | TO_CREATE | EXCLUSIVELY;
        let ask = |id| change.put(Packet::new(OPEN, id).bytes(path).number(flags));
        self.ask(ask).await?.handle()
    }

    /// Opens a file that is there, to be written on.
    ///
    /// # Errors
    /// What the server says.
    pub async fn open_to_write(&mut self, path: &[u8]) -> io::Result<Handle> {
        let ask = |id| Change::default().put(Packet::new(OPEN, id).bytes(path).number(TO_WRITE));
        self.ask(ask).await?.handle()
    }

    /// Of what a path leads to; a link tells of itself.
    ///
    /// # Errors
    /// What the server says.
    pub async fn own_attributes(&mut self, path: &[u8]) -> io::Result<Attributes> {
        self.ask(|id| Packet::new(LSTAT, id).bytes(path)).await?.attributes()
    }

    /// # Errors
    /// What the server says.
    pub async fn change(&mut self, handle: &Handle, change: Change) -> io::Result<()> {
        self.ask(|id| change.put(Packet::new(FSETSTAT, id).bytes(&handle.0))).await?.status()
    }

    /// # Errors
    /// What the server says.
    pub async fn make_folder(&mut self, path: &[u8], mode: u32) -> io::Result<()> {
        let change = Change { mode: Some(mode), ..Change::default() };
        self.ask(|id| change.put(Packet::new(MKDIR, id).bytes(path))).await?.status()
    }

    /// Removes a file or a link.
    ///
    /// # Errors
    /// What the server says.
    pub async fn remove(&mut self, path: &[u8]) -> io::Result<()> {
        self.ask(|id| Packet::new(REMOVE, id).bytes(path)).await?.status()
    }

    /// Gives a file another name, where none of that name is.
    ///
    /// # Errors
    /// What the server says; something of that name is there.
    pub async fn rename(&mut self, from: &[u8], to: &[u8]) -> io::Result<()> {
        self.ask(|id| Packet::new(RENAME, id).bytes(from).bytes(to)).await?.status()
    }

    /// Puts a file in the place of another one, at one stroke.
    ///
    /// # Errors
    /// `Unsupported` where the server cannot, else what it says.
    pub async fn replace(&mut self, from: &[u8], to: &[u8]) -> io::Result<()> {
        self.extended(REPLACE, |packet| packet.bytes(from).bytes(to)).await?.status()
    }

    /// Waits until what was written is on the disk.
    ///
    /// # Errors
    /// `Unsupported` where the server cannot, else what it says.
    pub async fn sync(&mut self, handle: &Handle) -> io::Result<()> {
        self.extended(SYNC, |packet| packet.bytes(&handle.0)).await?.status()
    }

    /// Bytes that this account may still write where a path is.
    ///
    /// # Errors
    /// `Unsupported` where the server cannot tell, else what it says.
    pub async fn free(&mut self, path: &[u8]) -> io::Result<u64> {
        let answer = self.extended(STATVFS, |packet| packet.bytes(path)).await?;
        let mut reader = answer.of(EXTENDED_REPLY)?;
        let (_block, fragment) = (reader.long()?, reader.long()?);
        let (_blocks, _free, available) = (reader.long()?, reader.long()?, reader.long()?);
        Ok(fragment.saturating_mul(available))
    }

    /// The account's own folder: where a session begins.
    ///
    /// # Errors
    /// What the server says.
    pub async fn home(&mut self) -> io::Result<Vec<u8>> {
        let answer = self.ask(|id| Packet::new(REALPATH, id).bytes(b".")).await?;
        let mut reader = answer.of(NAME)?;
        let _one = reader.number()?;
        Ok(reader.bytes()?.to_vec())
    }

    async fn extended(&mut self, name: &[u8], with: impl FnOnce(Packet) -> Packet) -> io::Result<Answer> {
        if !self.extensions.contains(name) {
            let name = String::from_utf8_lossy(name).into_owned();
            return Err(io::Error::new(io::ErrorKind::Unsupported, format!("the server has no {name}")));
        }
        self.ask(|id| with(Packet::new(EXTENDED, id).bytes(name))).await
    }
}
