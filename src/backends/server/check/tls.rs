//! TLS to a page: trusted as this machine trusts, and with the certificate that was shown.

use std::io;
use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore};

use crate::backends::clock;
use crate::backends::server::certificates::x509;
use crate::backends::server::shell::Pipe;
use crate::domain::check::Url;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::server::certificates::Certificate;

/// Reading the system's roots takes a while: once a session.
static CONFIG: OnceCell<Arc<ClientConfig>> = OnceCell::const_new();

/// A stream in TLS, and the certificate at its other end.
pub(super) struct Greeted {
    pub stream: TlsStream<Box<dyn Pipe>>,
    pub certificate: Option<Certificate>,
}

/// # Errors
/// The other end does not speak TLS, or its certificate is not trusted.
pub(super) async fn greet(pipe: Box<dyn Pipe>, url: &Url) -> Result<Greeted, Fault> {
    let config = Arc::clone(CONFIG.get_or_try_init(config).await?);
    greet_with(config, pipe, url).await
}

pub(super) async fn greet_with(
    config: Arc<ClientConfig>,
    pipe: Box<dyn Pipe>,
    url: &Url,
) -> Result<Greeted, Fault> {
    let no_name =
        |_| Fault::new(FaultKind::Failed, format!("{} is no name that a certificate could be for", url.host));
    let name = ServerName::try_from(url.host.clone()).map_err(no_name)?;
    let stream = TlsConnector::from(config).connect(name, pipe).await.map_err(|e| refusal(&e))?;
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let certificate = shown.and_then(|shown| x509::from_der(shown)).map(|known| known.at(clock::now()));
    Ok(Greeted { stream, certificate })
}

async fn config() -> Result<Arc<ClientConfig>, Fault> {
    let bug = |e: &dyn std::fmt::Display| Fault::new(FaultKind::Bug, format!("TLS: {e}"));
    let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.map_err(|e| bug(&e))?.certs);
    if roots.is_empty() {
        let fault = Fault::new(FaultKind::Unsupported, "this machine has no root certificates");
        return Err(fault.hint("install ca-certificates where pult runs"));
    }
    trusting(roots).map_err(|e| bug(&e))
}

pub(super) fn trusting(roots: RootCertStore) -> Result<Arc<ClientConfig>, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn refusal(error: &io::Error) -> Fault {
    let why = sanitize::line(&error.to_string(), 300).into_owned();
    match error.get_ref().and_then(|e| e.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(_)) => {
            Fault::new(FaultKind::Failed, format!("its certificate is not trusted: {why}"))
                .hint("renew it, or install the CA that signed it where pult runs")
        }
        Some(Error::InvalidMessage(_)) => {
            Fault::new(FaultKind::Failed, format!("it does not speak TLS: {why}"))
                .hint("is it http:// there?")
        }
        _ => Fault::new(FaultKind::Failed, format!("no TLS: {why}")),
    }
}
