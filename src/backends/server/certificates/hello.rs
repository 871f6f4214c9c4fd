//! A TLS greeting that only reads: nothing is trusted and nothing is said after it, so any certificate will do.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use crate::backends::server::shell::Pipe;

/// What has not greeted back by then does not speak TLS.
const DEADLINE: Duration = Duration::from_secs(3);

/// The certificate, in DER form, of what listens at the other end; `None` when it does not speak TLS. `name` is
/// asked for; an address asks for none.
pub(super) async fn hello(pipe: Box<dyn Pipe>, name: ServerName<'static>) -> Option<Vec<u8>> {
    let seen = Arc::new(Seen::default());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&seen) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let greeting = TlsConnector::from(Arc::new(config)).connect(name, pipe);
    // One that asks for our certificate ends the greeting, and has shown its own before.
    if let Ok(Ok(mut stream)) = tokio::time::timeout(DEADLINE, greeting).await {
        let _ = tokio::time::timeout(DEADLINE, stream.shutdown()).await;
    }
    seen.certificate.get().cloned()
}

/// Takes down what is shown, whatever it is.
#[derive(Debug, Default)]
struct Seen {
    certificate: OnceLock<Vec<u8>>,
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let _ = self.certificate.set(shown.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _shown: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _shown: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
