//! A file read or written from one end to the other, with many requests under way: the way there and back is
//! waited for once, not with every part.

use std::collections::VecDeque;
use std::io;

use tokio::io::AsyncWriteExt;

use super::{CHUNK, Handle, Sftp};
use crate::backends::sftp::wire::{Packet, READ, WRITE, strange};

/// Requests under way at most: 2 MiB, enough for 100 MB/s over 20 ms.
const MOST: usize = 64;
/// Requests that are sent together, and answers that are taken together.
const TOGETHER: usize = 8;

/// Requests under way. While there are some, nothing else is asked of the session.
#[derive(Debug, Default)]
pub struct Window {
    /// Where the next request begins.
    at: u64,
    /// Where reading ends.
    end: u64,
    /// Numbers of requests, with the bytes that each is about.
    waiting: VecDeque<(u32, usize)>,
    ended: bool,
}

impl Window {
    /// To read from an offset on up to where the file ended when it was looked at.
    pub fn reading(offset: u64, end: u64) -> Self {
        Self { at: offset, end, ..Self::default() }
    }

    /// To write from an offset on.
    pub fn writing(offset: u64) -> Self {
        Self { at: offset, ..Self::default() }
    }
}

impl Sftp {
    /// What comes next of a file; nothing at its end.
    ///
    /// # Errors
    /// What the server says: then nothing is under way any more.
    pub async fn read_on(&mut self, handle: &Handle, window: &mut Window) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(TOGETHER * CHUNK);
        self.sound = false;
        while bytes.is_empty() && !window.ended {
            self.ask_ahead(handle, window).await?;
            for _ in 0..TOGETHER {
                let Some((id, wanted)) = window.waiting.pop_front() else { break };
                match self.answer(id).await?.data() {
                    Ok(Some(data)) if data.len() > wanted => return Err(strange("more than was asked for")),
                    Ok(Some(data)) => {
                        bytes.extend(&data);
                        if data.len() < wanted {
                            // What was asked for behind it leaves a gap: it is asked for again.
                            window.at -= (wanted - data.len()) as u64;
                            window.at -= window.waiting.iter().map(|(_, wanted)| *wanted as u64).sum::<u64>();
                            self.settle(window).await?;
                            break;
                        }
                    }
                    Ok(None) => {
                        window.ended = true;
                        self.settle(window).await?;
                    }
                    Err(e) => {
                        window.ended = true;
                        self.settle(window).await?;
                        self.sound = true;
                        return Err(e);
                    }
                }
            }
        }
        self.sound = true;
        Ok(bytes)
    }

    async fn ask_ahead(&mut self, handle: &Handle, window: &mut Window) -> io::Result<()> {
        let mut requests = Vec::new();
        while window.waiting.len() < MOST && window.at < window.end {
            let wanted = usize::try_from(window.end - window.at).unwrap_or(CHUNK).min(CHUNK);
            let (id, length) = (self.number(), u32::try_from(wanted).unwrap_or(u32::MAX));
            let packet = Packet::new(READ, id).bytes(&handle.0).long(window.at).number(length);
            requests.extend(packet.finish());
            window.waiting.push_back((id, wanted));
            window.at += wanted as u64;
        }
        if window.waiting.is_empty() {
            window.ended = true;
            return Ok(());
        }
        self.pipe.write_all(&requests).await?;
        self.pipe.flush().await
    }

    /// Writes what comes next. It is on its way then: [`Self::written`] tells whether it has arrived.
    ///
    /// # Errors
    /// What the server says to this or to what was written before: then nothing is under way any more.
    pub async fn write_on(&mut self, handle: &Handle, window: &mut Window, bytes: &[u8]) -> io::Result<()> {
        let mut requests = Vec::with_capacity(bytes.len() + 1024);
        self.sound = false;
        for part in bytes.chunks(CHUNK) {
            let id = self.number();
            let packet = Packet::new(WRITE, id).bytes(&handle.0).long(window.at).bytes(part);
            requests.extend(packet.finish());
            window.waiting.push_back((id, part.len()));
            window.at += part.len() as u64;
        }
        self.pipe.write_all(&requests).await?;
        self.pipe.flush().await?;
        self.written(window, MOST).await
    }

    /// Waits until no more than so many requests to write are under way.
    ///
    /// # Errors
    /// As [`Self::write_on`].
    pub async fn written(&mut self, window: &mut Window, most: usize) -> io::Result<()> {
        self.sound = false;
        while window.waiting.len() > most {
            let Some((id, _)) = window.waiting.pop_front() else { break };
            if let Err(e) = self.answer(id).await?.status() {
                self.settle(window).await?;
                self.sound = true;
                return Err(e);
            }
        }
        self.sound = true;
        Ok(())
    }

    /// Takes the answers that are still to come and are of no use.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn settle(&mut self, window: &mut Window) -> io::Result<()> {
        let was_sound = std::mem::replace(&mut self.sound, false);
        while let Some((id, _)) = window.waiting.pop_front() {
            self.answer(id).await?;
        }
        self.sound = was_sound;
        Ok(())
    }
}
