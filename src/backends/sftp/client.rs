//! The conversation: requests with their numbers, and the answers to them.

mod change;
mod window;

use std::collections::BTreeSet;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::wire::{
    ATTRS, Attributes, CLOSE, DATA, EOF, Entry, FSTAT, HANDLE, INIT, MAX_PACKET, NAME, OK, OPEN, OPENDIR,
    Packet, READ, READDIR, Reader, STAT, STATUS, VERSION, strange,
};
use crate::domain::sanitize;

pub use change::Change;
pub use window::Window;

/// Bytes that one request reads: every server gives as much.
const CHUNK: usize = 32 << 10;
/// Names of one folder at most.
const MAX_NAMES: usize = 100_000;

/// What is read from and written to.
pub trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

/// A session.
pub struct Sftp {
    pipe: Box<dyn Pipe>,
    next: u32,
    /// Every request has its answer.
    sound: bool,
    /// What the server knows beyond the version.
    extensions: BTreeSet<Vec<u8>>,
}

/// An open file or folder, as the server calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle(Vec<u8>);

/// An answer, without its number.
struct Answer {
    kind: u8,
    body: Vec<u8>,
}

impl Sftp {
    /// # Errors
    /// The server speaks no version that is known, or ends.
    pub async fn begin(pipe: Box<dyn Pipe>) -> io::Result<Self> {
        let mut this = Self { pipe, next: 0, sound: true, extensions: BTreeSet::new() };
        this.pipe.write_all(&Packet::new(INIT, 3).finish()).await?;
        this.pipe.flush().await?;
        let packet = this.packet().await?;
        let mut reader = Reader(&packet);
        if reader.byte()? != VERSION || reader.number()? < 3 {
            return Err(strange("no version that is known"));
        }
        while let (Ok(name), Ok(_version)) = (reader.bytes(), reader.bytes()) {
            this.extensions.insert(name.to_vec());
        }
        Ok(this)
    }

    /// False after an error of the connection, and when a call was given up before its end.
    pub fn is_sound(&self) -> bool {
        self.sound
    }

    /// Opens a file to be read.
    ///
    /// # Errors
    /// What the server says: `NotFound`, `PermissionDenied` and others.
    pub async fn open(&mut self, path: &[u8]) -> io::Result<Handle> {
        const FOR_READING: u32 = 1;
        let answer = self.ask(|id| Packet::new(OPEN, id).bytes(path).number(FOR_READING).number(0)).await?;
        answer.handle()
    }

    /// # Errors
    /// What the server says.
    pub async fn close(&mut self, handle: &Handle) -> io::Result<()> {
        self.ask(|id| Packet::new(CLOSE, id).bytes(&handle.0)).await?.status()
    }

    /// Closes many at once; what the server says to it is of no interest.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn close_all(&mut self, handles: &[Handle]) -> io::Result<()> {
        let first = self.next;
        let mut requests = Vec::new();
        for handle in handles {
            requests.extend(Packet::new(CLOSE, self.number()).bytes(&handle.0).finish());
        }
        self.sound = false;
        self.pipe.write_all(&requests).await?;
        self.pipe.flush().await?;
        for (id, _) in (first..).zip(handles) {
            self.answer(id).await?;
        }
        self.sound = true;
        Ok(())
    }

    /// Fills the buffer from an offset on; gives fewer bytes only at the end.
    ///
    /// # Errors
    /// What the server says.
    pub async fn read(&mut self, handle: &Handle, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let room = buffer.get_mut(filled..).unwrap_or_default();
            let (count, at_end) = self.read_ahead(handle, offset + filled as u64, room).await?;
            filled += count;
            if at_end {
                break;
            }
        }
        Ok(filled)
    }

    /// Asks for all parts before the first one is there. A part may be short in the middle of a file: then what
    /// is behind it is read again.
    async fn read_ahead(
        &mut self,
        handle: &Handle,
        offset: u64,
        buffer: &mut [u8],
    ) -> io::Result<(usize, bool)> {
        let first = self.next;
        let mut requests = Vec::new();
        for (at, part) in (offset..).step_by(CHUNK).zip(buffer.chunks(CHUNK)) {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            let packet = Packet::new(READ, self.number()).bytes(&handle.0).long(at).number(length);
            requests.extend(packet.finish());
        }
        self.sound = false;
        self.pipe.write_all(&requests).await?;
        self.pipe.flush().await?;
        // Every answer is taken, whatever the others say: they belong to nobody else.
        let (mut filled, mut is_whole, mut at_end, mut failed) = (0, true, false, None);
        for (id, part) in (first..).zip(buffer.chunks_mut(CHUNK)) {
            match self.answer(id).await?.data() {
                Ok(Some(data)) if data.len() <= part.len() => {
                    if is_whole {
                        part.get_mut(..data.len()).unwrap_or_default().copy_from_slice(&data);
                        filled += data.len();
                        is_whole = data.len() == part.len();
                    }
                }
                Ok(Some(_)) => return Err(strange("more than was asked for")),
                Ok(None) => (at_end, is_whole) = (at_end || is_whole, false),
                Err(e) => {
                    if is_whole {
                        failed.get_or_insert(e);
                    }
                    is_whole = false;
                }
            }
        }
        self.sound = true;
        match failed {
            Some(e) if filled == 0 => Err(e),
            _ => Ok((filled, at_end)),
        }
    }

    /// Of an open file.
    ///
    /// # Errors
    /// What the server says.
    pub async fn attributes_of(&mut self, handle: &Handle) -> io::Result<Attributes> {
        self.ask(|id| Packet::new(FSTAT, id).bytes(&handle.0)).await?.attributes()
    }

    /// Of what a path leads to, links followed.
    ///
    /// # Errors
    /// What the server says.
    pub async fn attributes(&mut self, path: &[u8]) -> io::Result<Attributes> {
        self.ask(|id| Packet::new(STAT, id).bytes(path)).await?.attributes()
    }

    /// The names in a folder, without `.` and `..`, in no order.
    ///
    /// # Errors
    /// What the server says; more than `MAX_NAMES`.
    pub async fn list(&mut self, folder: &[u8]) -> io::Result<Vec<Entry>> {
        let handle = self.ask(|id| Packet::new(OPENDIR, id).bytes(folder)).await?.handle()?;
        let mut entries = Vec::new();
        let read = loop {
            let answer = self.ask(|id| Packet::new(READDIR, id).bytes(&handle.0)).await?;
            match answer.entries() {
                Ok(Some(more)) if more.is_empty() => break Ok(()),
                Ok(Some(more)) if entries.len() + more.len() > MAX_NAMES => {
                    break Err(io::Error::other(format!("more than {MAX_NAMES} names in one folder")));
                }
                Ok(Some(more)) => {
                    entries.extend(more.into_iter().filter(|e| e.name != b"." && e.name != b".."))
                }
                Ok(None) => break Ok(()),
                Err(e) => break Err(e),
            }
        };
        self.close(&handle).await?;
        read.map(|()| entries)
    }

    fn number(&mut self) -> u32 {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        number
    }

    async fn ask(&mut self, packet: impl FnOnce(u32) -> Packet) -> io::Result<Answer> {
        let id = self.number();
        self.sound = false;
        self.pipe.write_all(&packet(id).finish()).await?;
        self.pipe.flush().await?;
        let answer = self.answer(id).await?;
        self.sound = true;
        Ok(answer)
    }

    /// The answer to a request. The server answers in the order of the requests: it need not by its protocol,
    /// but every one that is known does.
    async fn answer(&mut self, id: u32) -> io::Result<Answer> {
        let packet = self.packet().await?;
        let mut reader = Reader(&packet);
        let kind = reader.byte()?;
        if reader.number()? != id {
            return Err(strange("an answer to another question"));
        }
        Ok(Answer { kind, body: reader.0.to_vec() })
    }

    async fn packet(&mut self) -> io::Result<Vec<u8>> {
        let length = self.pipe.read_u32().await?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MAX_PACKET {
            return Err(strange("a packet without end; does the login shell print something?"));
        }
        let mut packet = vec![0; length];
        self.pipe.read_exact(&mut packet).await?;
        Ok(packet)
    }
}

impl Answer {
    /// What was asked for, when it is of this kind.
    fn of(&self, kind: u8) -> io::Result<Reader<'_>> {
        match self.kind {
            found if found == kind => Ok(Reader(&self.body)),
            STATUS => Err(self.status().err().unwrap_or_else(|| strange("success without an answer"))),
            _ => Err(strange("an answer of another kind")),
        }
    }

    fn handle(&self) -> io::Result<Handle> {
        Ok(Handle(self.of(HANDLE)?.bytes()?.to_vec()))
    }

    fn attributes(&self) -> io::Result<Attributes> {
        self.of(ATTRS)?.attributes()
    }

    /// `None` at the end.
    fn data(&self) -> io::Result<Option<Vec<u8>>> {
        if self.is_end()? { Ok(None) } else { Ok(Some(self.of(DATA)?.bytes()?.to_vec())) }
    }

    /// `None` at the end.
    fn entries(&self) -> io::Result<Option<Vec<Entry>>> {
        if self.is_end()? { Ok(None) } else { self.of(NAME)?.entries().map(Some) }
    }

    fn is_end(&self) -> io::Result<bool> {
        Ok(self.kind == STATUS && Reader(&self.body).number()? == EOF)
    }

    fn status(&self) -> io::Result<()> {
        if self.kind != STATUS {
            return Err(strange("an answer of another kind"));
        }
        let mut reader = Reader(&self.body);
        let code = reader.number()?;
        let said = reader.bytes().unwrap_or_default();
        let said = sanitize::line(String::from_utf8_lossy(said).trim(), 200).into_owned();
        let kind = match code {
            OK => return Ok(()),
            EOF => io::ErrorKind::UnexpectedEof,
            2 => io::ErrorKind::NotFound,
            3 => io::ErrorKind::PermissionDenied,
            8 => io::ErrorKind::Unsupported,
            _ => io::ErrorKind::Other,
        };
        Err(io::Error::new(kind, said))
    }
}

#[cfg(test)]
mod tests;
