//! Makes the byte streams under HTTP: Unix socket, TCP, TCP with TLS, or whatever a dialler opens, behind one
//! type, so that one client with one pool serves every kind of endpoint.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::backends::dial::{Dial, Io};
use crate::domain::endpoint::DockerEndpoint;
use crate::domain::fault::{Fault, FaultKind};

use super::{fault, tls};

/// Connecting, TLS handshake included, may take this long.
pub(super) const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// Opens connections to one endpoint.
#[derive(Clone)]
pub(super) struct Connector {
    endpoint: Arc<DockerEndpoint>,
    /// Made at the first connection: files are read when they are needed, and read again after a failure.
    tls: Arc<OnceCell<Arc<ClientConfig>>>,
    /// For endpoints that are not reached from here: it leads to one that is.
    dial: Option<Arc<dyn Dial>>,
}

impl Connector {
    pub fn new(endpoint: Arc<DockerEndpoint>, dial: Option<Arc<dyn Dial>>) -> Self {
        Self { endpoint, tls: Arc::default(), dial }
    }

    /// A person wants another attempt.
    pub fn retry(&self) {
        if let Some(dial) = &self.dial {
            dial.retry();
        }
    }

    /// A new connection.
    ///
    /// # Errors
    /// Whatever keeps it from being made within [`CONNECT_DEADLINE`]. A dialler has its own deadlines: it may
    /// have to make a connection of its own first.
    pub async fn connect(&self) -> io::Result<Stream> {
        if let Some(dial) = &self.dial {
            return dial.open().await.map(|io| Stream::Dialled(TokioIo::new(io))).map_err(fault::carry);
        }
        tokio::time::timeout(CONNECT_DEADLINE, self.open())
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn open(&self) -> io::Result<Stream> {
        match &*self.endpoint {
            DockerEndpoint::Unix(path) => Ok(Stream::Unix(TokioIo::new(UnixStream::connect(path).await?))),
            DockerEndpoint::Tcp { host, port } => Ok(Stream::Tcp(TokioIo::new(tcp(host, *port).await?))),
            DockerEndpoint::Tls { host, port, files } => {
                let config = self.tls.get_or_try_init(|| tls::config(files)).await.map_err(fault::carry)?;
                let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
                    .map_err(io::Error::other)?;
                let stream = TlsConnector::from(config.clone())
                    .connect(name, tcp(host, *port).await?)
                    .await
                    .map_err(|e| fault::carry(tls::handshake_fault(&self.endpoint.address(), &e)))?;
                Ok(Stream::Tls(Box::new(TokioIo::new(stream))))
            }
            // Whoever makes a client for such an endpoint hands a dialler in.
            DockerEndpoint::Ssh { url } => {
                let fault = Fault::new(FaultKind::Unsupported, format!("{url} is not reached from here"));
                Err(fault::carry(fault.hint("this is a defect of pult; please report it")))
            }
        }
    }
}

async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    // Requests are small and wait for each other's answers: Nagle would only add latency.
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl tower_service::Service<http::Uri> for Connector {
    type Response = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.connect().await })
    }
}

/// An open connection of any kind.
pub(super) enum Stream {
    Unix(TokioIo<UnixStream>),
    Tcp(TokioIo<TcpStream>),
    Tls(Box<TokioIo<TlsStream<TcpStream>>>),
    Dialled(TokioIo<Box<dyn Io>>),
}

/// Calls the same method on whichever stream it is.
macro_rules! each {
    ($self:expr, $io:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Unix($io) => {
                let $io = Pin::new($io);
                $call
            }
            Stream::Tcp($io) => {
                let $io = Pin::new($io);
                $call
            }
            Stream::Dialled($io) => {
                let $io = Pin::new($io);
                $call
            }
            Stream::Tls($io) => {
                let $io = Pin::new(&mut **$io);
                $call
            }
        }
    };
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl hyper::rt::Read for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self, io => io.poll_read(cx, buf))
    }
}

impl hyper::rt::Write for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        each!(self, io => io.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, io => io.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, io => io.poll_shutdown(cx))
    }
}
