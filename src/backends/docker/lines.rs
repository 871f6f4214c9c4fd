//! Answers that are one JSON object a line and go on for as long as somebody reads.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream};
use http::Response;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::domain::endpoint::DockerEndpoint;
use crate::domain::fault::Fault;

use super::fault;

/// No line is longer: an event carries all labels, and an engine takes a few hundred kilobytes of them.
const MAX_LINE: usize = 4 << 20;

/// The lines of an answer as they become whole. Such a stream has no end of its own: its end is a fault.
pub(super) fn lines(
    response: Response<Incoming>,
    endpoint: Arc<DockerEndpoint>,
    doing: String,
) -> impl Stream<Item = Result<Vec<Bytes>, Fault>> + Send {
    let state = (response.into_body(), BytesMut::new(), endpoint, doing);
    stream::try_unfold(state, |(mut body, mut buffer, endpoint, doing)| async move {
        loop {
            let whole = take(&mut buffer);
            if !whole.is_empty() {
                return Ok(Some((whole, (body, buffer, endpoint, doing))));
            }
            if buffer.len() > MAX_LINE {
                return Err(fault::protocol(&doing, "a line that does not end"));
            }
            match body.frame().await {
                Some(Ok(frame)) => buffer.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new())),
                Some(Err(e)) => return Err(fault::from_http(&e, &endpoint)),
                None => return Err(fault::from_io(&std::io::ErrorKind::UnexpectedEof.into(), &endpoint)),
            }
        }
    })
}

fn take(buffer: &mut BytesMut) -> Vec<Bytes> {
    // The last line end first, so that a long unfinished line is not split byte by byte.
    let Some(end) = buffer.iter().rposition(|b| *b == b'\n') else { return Vec::new() };
    let whole = buffer.split_to(end + 1).freeze();
    let line = |part: &[u8]| whole.slice_ref(part.trim_ascii());
    whole.split(|b| *b == b'\n').map(line).filter(|l| !l.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_as_they_become_whole() {
        let mut buffer = BytesMut::from(&b"\n{1}\r\n\n{2}\n{3"[..]);
        assert_eq!(take(&mut buffer), ["{1}", "{2}"]);
        assert_eq!(&buffer[..], b"{3");
        buffer.extend_from_slice(b"}\n");
        assert_eq!(take(&mut buffer), ["{3}"]);
        assert!(take(&mut buffer).is_empty());
    }
}
