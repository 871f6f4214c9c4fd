//! The text of a compressed file by byte offsets. Compressed text can only be read from its beginning on, so
//! the last part of what was unpacked is kept: who reads backwards finds the bytes before there.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use tokio_util::sync::CancellationToken;

use super::disk::Content;

/// Bytes that are kept of what was unpacked.
const KEPT: usize = 16 << 20;
/// Bytes that are unpacked at once.
const STEP: usize = 256 << 10;
/// zstd may look back so far (`--long=25`); more would be held in memory.
const MAX_LOOK_BACK: u64 = 32 << 20;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
}

/// What stands behind a compressed file.
pub(super) struct Packed {
    file: Arc<dyn Content>,
    packing: Packing,
    stop: CancellationToken,
    /// Bytes of the file that were read.
    consumed: Arc<AtomicU64>,
    /// Reading it failed.
    failed: Arc<AtomicBool>,
    /// `None` until something is read, and at the end.
    decoder: Option<Box<dyn Read + Send>>,
    /// Where the decoder stands, in unpacked bytes.
    at: u64,
    /// The bytes before that place.
    kept: VecDeque<u8>,
    keep: usize,
    /// Once it has been read to its end.
    length: Option<u64>,
}

impl Packed {
    /// Reading gives up with an error of the kind `Interrupted` when stopped.
    pub fn new(file: Arc<dyn Content>, packing: Packing, stop: CancellationToken) -> Self {
        let consumed = Arc::default();
        Self {
            file,
            packing,
            stop,
            consumed,
            failed: Arc::default(),
            decoder: None,
            at: 0,
            kept: VecDeque::new(),
            keep: KEPT,
            length: None,
        }
    }

    /// How far into the compressed file the reading has come, in its bytes.
    pub fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// Unpacked bytes. Unpacks all of it once.
    pub fn len(&mut self) -> io::Result<u64> {
        while self.length.is_none() {
            self.unpack()?;
        }
        Ok(self.length.unwrap_or_default())
    }

    /// As far as there are bytes, fills the buffer with those from `offset` on.
    pub fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let end = offset.saturating_add(buffer.len() as u64);
        if offset < self.at - self.kept.len() as u64 {
            (self.decoder, self.at) = (None, 0);
            self.kept.clear();
        }
        while self.at < end && self.length.is_none_or(|length| self.at < length) {
            self.unpack()?;
        }
        let kept_from = self.at - self.kept.len() as u64;
        if offset < kept_from || offset >= self.at {
            return Ok(0);
        }
        let skipped = usize::try_from(offset - kept_from).unwrap_or(usize::MAX);
        let (first, second) = self.kept.as_slices();
        let mut filled = 0;
        for part in [first.get(skipped..), second.get(skipped.saturating_sub(first.len())..)] {
            let (part, room) = (part.unwrap_or_default(), buffer.get_mut(filled..).unwrap_or_default());
            let count = room.len().min(part.len());
            if let (Some(room), Some(part)) = (room.get_mut(..count), part.get(..count)) {
                room.copy_from_slice(part);
            }
            filled += count;
        }
        Ok(filled)
    }

    /// Unpacks the next bytes. What is damaged ends there.
    fn unpack(&mut self) -> io::Result<()> {
        if self.stop.is_cancelled() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            None => {
                self.consumed.store(0, Ordering::Relaxed);
                self.failed.store(false, Ordering::Relaxed);
                let (consumed, failed) = (Arc::clone(&self.consumed), Arc::clone(&self.failed));
                let tape = Tape { file: Arc::clone(&self.file), consumed, failed };
                let tape = BufReader::with_capacity(64 << 10, tape);
                self.decoder.insert(match self.packing {
                    Packing::Gzip => Box::new(MultiGzDecoder::new(tape)),
                    Packing::Zstd => Box::new(Zstd::new(tape)),
                })
            }
        };
        let mut piece = vec![0; STEP];
        let count = match decoder.read(&mut piece) {
            Ok(count) => count,
            // Nothing is wrong with the text: it could not be got.
            Err(e) if self.failed.load(Ordering::Relaxed) => {
                (self.decoder, self.at) = (None, 0);
                self.kept.clear();
                return Err(e);
            }
            Err(damage) => {
                tracing::warn!(at = self.at, %damage, "a compressed log is damaged; it is read as far as it can be");
                0
            }
        };
        if count == 0 {
            self.length = Some(self.at);
        }
        let over = (self.kept.len() + count).saturating_sub(self.keep);
        self.kept.drain(..over);
        self.kept.extend(piece.get(..count).unwrap_or_default());
        self.at += count as u64;
        Ok(())
    }
}

/// A file read from its beginning on.
struct Tape {
    file: Arc<dyn Content>,
    consumed: Arc<AtomicU64>,
    /// Reading the file itself failed.
    failed: Arc<AtomicBool>,
}

impl Read for Tape {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.consumed.load(Ordering::Relaxed));
        let interrupted = |e: &io::Error| e.kind() == io::ErrorKind::Interrupted;
        if read.as_ref().is_err_and(|e| !interrupted(e)) {
            self.failed.store(true, Ordering::Relaxed);
        }
        let count = read?;
        self.consumed.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// A zstd file: frames after each other, between them some to be skipped.
struct Zstd<R> {
    source: R,
    decoder: FrameDecoder,
    begun: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_LOOK_BACK);
        Self { source, decoder, begun: false }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.begun && self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if self.begun && !self.decoder.is_finished() {
                let step = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.source, step).map_err(io::Error::other)?;
                continue;
            }
            if self.source.fill_buf()?.is_empty() {
                return Ok(0);
            }
            match self.decoder.init(&mut self.source) {
                Ok(()) => self.begun = true,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    self.begun = false;
                    io::copy(&mut self.source.by_ref().take(u64::from(length)), &mut io::sink())?;
                }
                Err(e) => return Err(io::Error::other(e)),
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    pub fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    pub fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn packed(packing: Packing, bytes: &[u8]) -> Packed {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Packed::new(Arc::new(file), packing, CancellationToken::new())
    }

    fn numbers(count: u32) -> Vec<u8> {
        (0..count).flat_map(u32::to_be_bytes).collect()
    }

    #[test]
    fn both_ways_across_what_is_kept() {
        let bytes = numbers(1 << 20);
        let (a, b) = bytes.split_at((1 << 20) + 12345);
        let skippable = [0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];
        for (packing, stored) in [
            (Packing::Gzip, [gzip(a), gzip(b)].concat()),
            (Packing::Zstd, [zstd(a), skippable.to_vec(), zstd(b)].concat()),
        ] {
            let mut packed = packed(packing, &stored);
            packed.keep = 1 << 20;
            assert_eq!(packed.len().unwrap(), bytes.len() as u64);
            let mut buffer = vec![0; 1 << 17];
            let blocks = bytes.len() >> 17;
            // Backwards, then here and there.
            for block in (0..blocks).rev().chain([3, 31, 0, 17]) {
                let at = block << 17;
                assert_eq!(packed.read_at(at as u64, &mut buffer).unwrap(), buffer.len(), "{packing:?}");
                assert!(buffer == bytes[at..at + buffer.len()], "{packing:?} {block}");
                assert!(packed.kept.len() <= packed.keep);
            }
            let end = bytes.len() as u64;
            assert_eq!(packed.read_at(end - 3, &mut buffer).unwrap(), 3);
            assert_eq!(packed.read_at(end, &mut buffer).unwrap(), 0);
            assert_eq!(packed.read_at(end + 9, &mut buffer).unwrap(), 0);
        }
    }

    #[test]
    fn damage_ends_the_text_there() {
        let bytes = numbers(1 << 18);
        for (packing, stored) in [(Packing::Gzip, gzip(&bytes)), (Packing::Zstd, zstd(&bytes))] {
            for cut in [0, 1, 5, 20, stored.len() / 2, stored.len() - 1] {
                let mut packed = packed(packing, &stored[..cut]);
                let length = packed.len().unwrap();
                let mut buffer = vec![0; bytes.len()];
                assert_eq!(packed.read_at(0, &mut buffer).unwrap() as u64, length);
                assert_eq!(buffer[..length as usize], bytes[..length as usize], "{packing:?} {cut}");
            }
            let mut garbage = packed(packing, &[stored.as_slice(), b"garbage"].concat());
            assert_eq!(garbage.len().unwrap(), bytes.len() as u64);
        }
    }

    #[test]
    fn a_stopped_reading_unpacks_nothing_more() {
        let mut packed = packed(Packing::Gzip, &gzip(&numbers(1 << 18)));
        packed.stop.cancel();
        assert_eq!(packed.len().unwrap_err().kind(), io::ErrorKind::Interrupted);
    }
}
