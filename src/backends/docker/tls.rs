//! Client TLS from PEM files, as `docker --tlsverify` reads them. Every error names its file.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::domain::endpoint::TlsFiles;
use crate::domain::fault::{Fault, FaultKind};

use super::fault::clean;

/// Reads the files and makes a configuration: the given CA, or the system's roots without one.
///
/// # Errors
/// A file cannot be read, holds no certificate or key, or the key does not fit the certificate.
pub(super) async fn config(files: &TlsFiles) -> Result<Arc<ClientConfig>, Fault> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| Fault::new(FaultKind::Bug, e.to_string()))?;
    let builder = if files.skip_verify {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Unverified(provider)))
    } else {
        builder.with_root_certificates(roots(files.ca.as_deref()).await?)
    };
    let config = match (&files.cert, &files.key) {
        (Some(cert), Some(key)) => {
            let key_der = PrivateKeyDer::from_pem_slice(&read(key).await?)
                .map_err(|e| bad(key, &format!("no private key: {e}")))?;
            builder
                .with_client_auth_cert(certificates(cert).await?, key_der)
                .map_err(|e| bad(cert, &format!("does not go with {}: {e}", key.display())))?
        }
        (None, None) => builder.with_no_client_auth(),
        (Some(cert), None) => return Err(bad(cert, "a certificate without its key (key.pem)")),
        (None, Some(key)) => return Err(bad(key, "a key without its certificate (cert.pem)")),
    };
    Ok(Arc::new(config))
}

async fn roots(ca: Option<&Path>) -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = ca {
        for certificate in certificates(path).await? {
            roots.add(certificate).map_err(|e| bad(path, &e.to_string()))?;
        }
    } else {
        let system = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(system.certs);
        if roots.is_empty() {
            return Err(Fault::new(FaultKind::Failed, "this system has no root certificates")
                .hint("install ca-certificates, or give the engine's CA file"));
        }
    }
    Ok(roots)
}

async fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let pem = read(path).await?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.map_err(|e| bad(path, &e.to_string()))?;
    if found.is_empty() { Err(bad(path, "holds no certificate in PEM form")) } else { Ok(found) }
}

async fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    tokio::fs::read(path).await.map_err(|e| match e.kind() {
        io::ErrorKind::PermissionDenied => {
            Fault::new(FaultKind::Denied, format!("TLS file {}: no permission to read it", path.display()))
        }
        _ => bad(path, &e.to_string()),
    })
}

fn bad(path: &Path, why: &str) -> Fault {
    Fault::new(FaultKind::Failed, format!("TLS file {}: {}", path.display(), clean(why)))
        .hint("check the paths in the configuration, the docker context or DOCKER_CERT_PATH")
}

/// The handshake failed: the server's certificate, ours, or no TLS at all.
pub(super) fn handshake_fault(address: &str, error: &io::Error) -> Fault {
    let why = clean(&error.to_string());
    let tls = error.get_ref().and_then(|e| e.downcast_ref::<Error>());
    match tls {
        Some(Error::InvalidCertificate(_)) => {
            Fault::new(FaultKind::Denied, format!("{address}: its certificate is not trusted ({why})"))
                .hint("give the CA that signed it (ca.pem), and connect by a name that is in the certificate")
        }
        Some(Error::AlertReceived(_)) => {
            Fault::new(FaultKind::Denied, format!("{address} refused our certificate ({why})"))
                .hint("give a client certificate and key that the engine's CA has signed (cert.pem, key.pem)")
        }
        Some(Error::InvalidMessage(_)) => {
            Fault::new(FaultKind::Protocol, format!("{address} does not speak TLS ({why})"))
                .hint("this port may be plain TCP: use the address without TLS files")
        }
        _ => Fault::new(FaultKind::Unreachable, format!("{address}: TLS handshake failed ({why})")),
    }
}

/// Accepts every certificate: only for contexts that say `SkipTLSVerify`. Signatures are still checked.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
