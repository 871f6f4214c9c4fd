//! An answer that comes in very many small pieces, such as a log: an engine sends every line by itself.
//!
//! It has a connection of its own, and whoever reads the answer drives that connection. In the pool a task of
//! its own would do that, and handing each line from one task to the other costs more than all that is done
//! with the line after it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, poll_fn, select};
use http::response::Parts;
use http::{Method, Request, Uri};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{self, Connection};

use crate::domain::fault::Fault;

use super::connector::Stream;
use super::fault;
use super::transport::{MAX_ERROR, Transport, request};

/// The body of such an answer. Dropping it closes the connection.
pub(super) struct Streamed {
    body: Incoming,
    /// `None` when it has ended.
    connection: Option<Connection<Stream, Full<Bytes>>>,
    /// What the connection died of, told when the body has nothing more.
    died: Option<hyper::Error>,
}

impl Transport {
    /// Sends a GET on a new connection and gives the answer if its status is a success.
    ///
    /// # Errors
    /// Any fault of the connection, the deadline for headers, or the status.
    pub async fn streamed(
        &self,
        doing: &str,
        path: &str,
        deadline: Duration,
    ) -> Result<(Parts, Streamed), Fault> {
        let work = async {
            let mut request = self.addressed(request(Method::GET, path)?)?;
            // Only the pool takes the host from the address; on the wire the path stands alone.
            *request.uri_mut() = request.uri().path_and_query().cloned().map_or_else(Uri::default, Uri::from);
            let (parts, mut streamed) = self.open(request).await?;
            if parts.status.is_success() {
                return Ok((parts, streamed));
            }
            let mut said = Vec::new();
            while let Some(Ok(piece)) = streamed.next().await {
                let room = MAX_ERROR - said.len();
                said.extend_from_slice(piece.get(..room).unwrap_or(&piece));
            }
            Err(fault::from_status(doing, parts.status, &String::from_utf8_lossy(&said)))
        };
        tokio::time::timeout(deadline, work).await.unwrap_or_else(|_| Err(fault::timeout(doing, deadline)))
    }

    async fn open(&self, request: Request<Full<Bytes>>) -> Result<(Parts, Streamed), Fault> {
        let of_http = |e: &hyper::Error| fault::from_http(e, &self.endpoint);
        let stream = self.connector.connect().await.map_err(|e| fault::from_io(&e, &self.endpoint))?;
        let (mut sender, connection) = http1::handshake(stream).await.map_err(|e| of_http(&e))?;
        let (response, connection, died) =
            match select(Box::pin(sender.send_request(request)), connection).await {
                Either::Left((response, connection)) => (response, Some(connection), None),
                // It ended at once: what it has read is still there.
                Either::Right((Ok(()), response)) => (response.await, None, None),
                Either::Right((Err(e), response)) => (response.await, None, Some(e)),
            };
        match response {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                Ok((parts, Streamed { body, connection, died }))
            }
            Err(e) => Err(of_http(died.as_ref().unwrap_or(&e))),
        }
    }
}

impl Streamed {
    /// The next piece; `None` at the end. Nothing is lost when this is cancelled.
    pub async fn next(&mut self) -> Option<Result<Bytes, hyper::Error>> {
        poll_fn(|cx| self.poll(cx)).await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, hyper::Error>>> {
        if let Poll::Ready(piece) = self.poll_body(cx) {
            return Poll::Ready(piece);
        }
        if let Some(connection) = &mut self.connection
            && let Poll::Ready(ended) = Pin::new(connection).poll(cx)
        {
            self.connection = None;
            self.died = ended.err();
        }
        // What it has read is in the body now.
        self.poll_body(cx)
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, hyper::Error>>> {
        loop {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => return Poll::Ready(Some(Ok(data))),
                    Err(_trailers) => {}
                },
                Some(Err(e)) => return Poll::Ready(Some(Err(e))),
                None => return Poll::Ready(self.died.take().map(Err)),
            }
        }
    }
}
