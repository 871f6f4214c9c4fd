//! Makes index and files agree again: after a crash, a full disk, or when the index is lost.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::OpenOptions;
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::index::{Index, Segment, Source};
use super::shelf::{Shelf, read, remove};
use super::store::hexadecimal;
use super::{capsules, refused};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::recording::Summary;
use crate::logs::recording::{Heading, Ring, SegmentId, blocks};

/// Mends everything, counts it, and drops what is beyond the limits.
pub(super) fn mend(shelf: &Shelf, index: &mut Index, ring: &mut Ring) -> Result<(), Fault> {
    let mut indexed: HashMap<SegmentId, Segment> =
        index.segments(None)?.into_iter().map(|segment| (segment.id, segment)).collect();
    let mut sources: HashMap<i64, Source> = index.sources()?.into_iter().map(|s| (s.id, s)).collect();
    let (mut mended, mut dropped) = (Vec::new(), Vec::new());
    for id in shelf.segments()? {
        let path = shelf.segment(id);
        let about = std::fs::metadata(&path).map_err(|e| refused(&path, &e))?;
        let known = indexed.remove(&id).filter(|s| s.sha256.is_some() && s.bytes == about.len());
        let segment = match known {
            Some(segment) => segment,
            None => match mend_segment(shelf, id, index, &mut sources)? {
                Some(segment) => {
                    mended.push(segment.clone());
                    segment
                }
                None => {
                    remove(&path)?;
                    dropped.push(id);
                    continue;
                }
            },
        };
        let written = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let written = written.and_then(|at| i64::try_from(at.as_nanos()).ok()).unwrap_or(0);
        // One that alone is beyond the limits goes too.
        for gone in ring.resize(id, segment.bytes, written).unwrap_or_else(|| vec![id]) {
            remove(&shelf.segment(gone))?;
            dropped.push(gone);
        }
    }
    // What is indexed and not there is gone.
    dropped.extend(indexed.into_keys());
    mended.retain(|segment| !dropped.contains(&segment.id));
    index.commit(&mended, &dropped)?;
    index.forget_empty()?;
    for source in sources.keys().filter(|id| ring.of(**id).1 == 0) {
        // Goes only if it is empty.
        let _ = std::fs::remove_dir(shelf.source(*source));
    }
    capsules::mend(shelf, index)
}

/// Cuts off what is not whole; `None` when nothing is left.
fn mend_segment(
    shelf: &Shelf,
    id: SegmentId,
    index: &Index,
    sources: &mut HashMap<i64, Source>,
) -> Result<Option<Segment>, Fault> {
    let path = shelf.segment(id);
    let bytes = match read(&path) {
        Ok(bytes) => bytes.unwrap_or_default(),
        Err(fault) if fault.kind == FaultKind::Protocol => Vec::new(),
        Err(fault) => return Err(fault),
    };
    let Some((heading, begin)) = Heading::decode(&bytes) else { return Ok(None) };
    let (mut summary, mut whole) = (Summary::default(), begin);
    for block in blocks(bytes.get(begin..).unwrap_or_default()) {
        summary.add(&block.summary);
        whole += block.size;
    }
    if summary.lines == 0 {
        return Ok(None);
    }
    if let Entry::Vacant(nobodys) = sources.entry(id.source) {
        if index.source(&heading.name)?.is_some() {
            // Another folder has the name.
            return Ok(None);
        }
        nobodys.insert(index.add_source(Some(id.source), &heading.name)?);
    }
    if whole < bytes.len() {
        tracing::warn!("{}: {} bytes that are not whole are cut off", path.display(), bytes.len() - whole);
        let cut = OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(whole as u64));
        cut.map_err(|e| refused(&path, &e))?;
    }
    let sum = Sha256::digest(bytes.get(..whole).unwrap_or_default());
    Ok(Some(Segment {
        id,
        first_line: heading.first_line,
        bytes: whole as u64,
        summary,
        sha256: Some(hexadecimal(&sum)),
    }))
}
