//! The text of one file by byte offsets, be it plain or compressed.

use std::io;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::disk::Content;
use super::packed::Packed;
use crate::backends::fill::fill;

/// Bytes of a file; of a compressed one those that it unpacks to. Reading gives up with an error of the kind
/// `Interrupted` when it is stopped.
pub(super) enum Text {
    Plain { file: Arc<dyn Content>, stop: CancellationToken },
    Packed(Box<Packed>),
}

impl Text {
    /// The present length in bytes. Of a compressed file it takes time once.
    pub fn len(&mut self) -> io::Result<u64> {
        match self {
            Self::Plain { file, .. } => Ok(file.status()?.size),
            Self::Packed(packed) => packed.len(),
        }
    }

    /// How much of the file itself was read to come to this place, in bytes on the disk.
    pub fn consumed(&self, offset: u64) -> u64 {
        match self {
            Self::Plain { .. } => offset,
            Self::Packed(packed) => packed.consumed(),
        }
    }

    /// True when jumping back is expensive.
    pub fn is_packed(&self) -> bool {
        matches!(self, Self::Packed(_))
    }

    /// Fills the buffer with the bytes from `offset` on; gives fewer only at the end.
    pub fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match self {
            Self::Plain { stop, .. } if stop.is_cancelled() => return Err(io::ErrorKind::Interrupted.into()),
            Self::Plain { file, .. } => file,
            Self::Packed(packed) => return packed.read_at(offset, buffer),
        };
        fill(buffer, offset, |room, at| file.read_at(room, at))
    }
}
