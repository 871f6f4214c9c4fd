//! Whether a host's certificate says what it has to. That its signer is trusted is found out before.

use jiff::Timestamp;
use russh::keys::Certificate;
use russh::keys::ssh_key::certificate::CertType;

use super::super::pattern;
use crate::domain::sanitize;

/// Checks type, signature, validity, options and the names it is for.
///
/// # Errors
/// What does not hold, in words.
pub(super) fn holds(certificate: &Certificate, host: &str, now: Timestamp) -> Result<(), String> {
    if certificate.cert_type() != CertType::Host {
        return Err("it is a user's certificate, not a host's".into());
    }
    let now = u64::try_from(now.as_second()).unwrap_or(0);
    if now < certificate.valid_after() {
        return Err("it is not valid yet; do the clocks agree?".into());
    }
    if now >= certificate.valid_before() {
        return Err("it has expired".into());
    }
    let signer = certificate.signature_key().fingerprint(russh::keys::HashAlg::Sha256);
    certificate.validate_at(now, [&signer]).map_err(|_| "its signature is wrong".to_owned())?;
    if let Some((option, _)) = certificate.critical_options().iter().next() {
        return Err(format!("it demands `{}`, which nobody here understands", sanitize::name(option)));
    }
    let names = certificate.valid_principals();
    // OpenSSH takes a host's certificate without names for every host; that is what nobody means.
    if names.iter().any(|name| pattern::fits(name, host)) {
        return Ok(());
    }
    let names: Vec<String> = names.iter().map(|name| sanitize::name(name)).collect();
    Err(if names.is_empty() { "it names no host".into() } else { format!("it is for {}", names.join(", ")) })
}
