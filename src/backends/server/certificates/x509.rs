//! What a certificate says of itself (RFC 5280).

use core::fmt::Write as _;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use x509_cert::der::{Decode, DecodePem};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::time::Time;

use crate::domain::sanitize;
use crate::domain::server::certificates::Certificate;

/// Names of one certificate that are kept; some have hundreds.
const MOST_NAMES: usize = 100;

/// A certificate in PEM form.
pub(super) fn from_pem(text: &str) -> Option<Certificate> {
    let parsed = x509_cert::Certificate::from_pem(text.trim()).ok()?;
    let der = x509_cert::der::pem::decode_vec(text.trim().as_bytes()).ok()?.1;
    read(&parsed, &der)
}

/// A certificate as it comes in a handshake.
pub(in crate::backends::server) fn from_der(der: &[u8]) -> Option<Certificate> {
    read(&x509_cert::Certificate::from_der(der).ok()?, der)
}

fn read(parsed: &x509_cert::Certificate, der: &[u8]) -> Option<Certificate> {
    let body = parsed.tbs_certificate();
    let names = body.get_extension::<SubjectAltName>().ok().flatten();
    let names = names.map(|(_, all)| all.0.iter().filter_map(name).take(MOST_NAMES).collect());
    let fingerprint = Sha256::digest(der).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    Some(Certificate {
        subject: called(body.subject()),
        names: names.unwrap_or_default(),
        issuer: called(body.issuer()),
        self_signed: body.subject() == body.issuer(),
        fingerprint,
        starts_at: time(body.validity().not_before),
        expires_at: time(body.validity().not_after),
        ..Certificate::default()
    })
}

/// The common name; with it the organisation, which tells apart authorities that number their names.
fn called(name: &Name) -> String {
    let common = name.common_name().ok().flatten().map(|text| text.value().into_owned());
    let organization = name.organization().ok().flatten().map(|text| text.value().into_owned());
    sanitize::name(&match (common, organization) {
        (Some(common), Some(organization)) => format!("{common}, {organization}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => name.to_string(),
    })
}

fn name(name: &GeneralName) -> Option<String> {
    Some(match name {
        GeneralName::DnsName(text) => sanitize::name(text.as_str()),
        GeneralName::IpAddress(bytes) => match *bytes.as_bytes() {
            [a, b, c, d] => Ipv4Addr::new(a, b, c, d).to_string(),
            ref other => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(other).ok()?)).to_string(),
        },
        _ => return None,
    })
}

fn time(time: Time) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(time.to_unix_duration().as_secs()).ok()?).ok()
}
