//! Packets of the protocol: numbers are big-endian, texts are bytes behind their length.

use std::io;

/// No answer is longer: OpenSSH sends at most 256 KiB.
pub(super) const MAX_PACKET: usize = 1 << 20;

pub(super) const INIT: u8 = 1;
pub(super) const VERSION: u8 = 2;
pub(super) const OPEN: u8 = 3;
pub(super) const CLOSE: u8 = 4;
pub(super) const READ: u8 = 5;
pub(super) const WRITE: u8 = 6;
pub(super) const LSTAT: u8 = 7;
pub(super) const FSTAT: u8 = 8;
pub(super) const FSETSTAT: u8 = 10;
pub(super) const OPENDIR: u8 = 11;
pub(super) const READDIR: u8 = 12;
pub(super) const REMOVE: u8 = 13;
pub(super) const MKDIR: u8 = 14;
pub(super) const REALPATH: u8 = 16;
pub(super) const STAT: u8 = 17;
pub(super) const RENAME: u8 = 18;
pub(super) const STATUS: u8 = 101;
pub(super) const HANDLE: u8 = 102;
pub(super) const DATA: u8 = 103;
pub(super) const NAME: u8 = 104;
pub(super) const ATTRS: u8 = 105;
pub(super) const EXTENDED: u8 = 200;
pub(super) const EXTENDED_REPLY: u8 = 201;

/// Status codes.
pub(super) const OK: u32 = 0;
pub(super) const EOF: u32 = 1;

/// A packet to send.
pub(super) struct Packet(Vec<u8>);

impl Packet {
    pub fn new(kind: u8, id: u32) -> Self {
        Self(vec![0, 0, 0, 0, kind]).number(id)
    }

    #[must_use]
    pub fn number(mut self, number: u32) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    #[must_use]
    pub fn long(mut self, number: u64) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.extend(length.to_be_bytes());
        self.0.extend(bytes);
        self
    }

    /// With its length in front.
    pub fn finish(mut self) -> Vec<u8> {
        let length = u32::try_from(self.0.len() - 4).unwrap_or(u32::MAX);
        self.0.splice(..4, length.to_be_bytes());
        self.0
    }
}

/// Takes an answer apart.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(|| strange("a packet that is cut"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| strange("a packet that is cut"))
    }

    pub fn byte(&mut self) -> io::Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub fn number(&mut self) -> io::Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn long(&mut self) -> io::Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub fn bytes(&mut self) -> io::Result<&'a [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    pub fn attributes(&mut self) -> io::Result<Attributes> {
        let flags = self.number()?;
        let mut attributes = Attributes::default();
        if flags & 1 != 0 {
            attributes.size = Some(self.long()?);
        }
        if flags & 2 != 0 {
            attributes.owner = Some((self.number()?, self.number()?));
        }
        if flags & 4 != 0 {
            attributes.mode = Some(self.number()?);
        }
        if flags & 8 != 0 {
            let _read_at = self.number()?;
            attributes.written_s = Some(self.number()?);
        }
        if flags & 0x8000_0000 != 0 {
            for _ in 0..self.number()? {
                let (_kind, _data) = (self.bytes()?, self.bytes()?);
            }
        }
        Ok(attributes)
    }

    /// What a listing holds.
    pub fn entries(&mut self) -> io::Result<Vec<Entry>> {
        let count = self.number()?;
        let mut entries = Vec::new();
        for _ in 0..count {
            let name = self.bytes()?.to_vec();
            // As `ls -l` prints it: for people, in a form that nobody has settled.
            let _long_name = self.bytes()?;
            entries.push(Entry { name, attributes: self.attributes()? });
        }
        Ok(entries)
    }
}

pub(super) fn strange(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the SFTP server sent {what}"))
}

/// What is told of a file; `None` = it was not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attributes {
    pub size: Option<u64>,
    /// User and group, as numbers.
    pub owner: Option<(u32, u32)>,
    /// Kind and permissions, as stat(2) gives them.
    pub mode: Option<u32>,
    /// Seconds since 1970.
    pub written_s: Option<u32>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Link,
    Pipe,
    Socket,
    /// A device, or what nobody told.
    Other,
}

impl Attributes {
    pub fn kind(&self) -> Kind {
        match self.mode.map(|mode| mode & 0o170_000) {
            Some(0o100_000) => Kind::File,
            Some(0o040_000) => Kind::Folder,
            Some(0o120_000) => Kind::Link,
            Some(0o010_000) => Kind::Pipe,
            Some(0o140_000) => Kind::Socket,
            _ => Kind::Other,
        }
    }
}

/// A name in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: Vec<u8>,
    /// Of a link its own.
    pub attributes: Attributes,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What OpenSSH's sftp-server sends for a folder with one file; the first bytes are the count.
    #[test]
    fn a_listing() {
        let attributes = |packet: Packet| packet.number(0xf).long(5).number(0).number(4).number(0o100_640);
        let long = b"-rw-r-----    1 root     adm             5 Nov 21 21:00 a\nb";
        let packet = attributes(Packet::new(NAME, 7).number(1).bytes(b"-a\n\xff").bytes(long));
        let packet = packet.number(1).number(1_795_294_800).finish();
        let mut reader = Reader(&packet[4..]);
        assert_eq!((reader.byte().unwrap(), reader.number().unwrap()), (NAME, 7));
        let entries = reader.entries().unwrap();
        let attributes = Attributes {
            size: Some(5),
            owner: Some((0, 4)),
            mode: Some(0o100_640),
            written_s: Some(1_795_294_800),
        };
        assert_eq!(entries, [Entry { name: b"-a\n\xff".to_vec(), attributes }]);
        assert!(reader.0.is_empty() && attributes.kind() == Kind::File);
        assert_eq!(
            usize::try_from(u32::from_be_bytes(packet[..4].try_into().unwrap())).unwrap() + 4,
            packet.len()
        );
    }

    proptest! {
        #[test]
        fn garbage_is_refused_and_takes_no_memory(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _no_panic = (Reader(&bytes).entries(), Reader(&bytes).attributes(), Reader(&bytes).bytes());
            let endless = [&[0xff, 0xff, 0xff, 0xff][..], &bytes].concat();
            prop_assert!(Reader(&endless).entries().is_err());
        }
    }
}
