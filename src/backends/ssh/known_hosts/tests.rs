//! Every way in which a key can be known, and some in which it must not be.

use std::os::unix::fs::PermissionsExt;

use jiff::Timestamp;
use russh::keys::ssh_key::certificate::{Builder, CertType};
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{Certificate, PrivateKey, PublicKey, PublicKeyOrCertificate as Shown};

use super::*;

const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDQ8Qn4Z0mB8pW8CV1Vb7jz0yQe0xvT0v5x9q1mL3Q2K7bJ0s6gqQv9y5D5sH3i0k6uT6a5mP1v4r3t2u1w0x9y8z7A6B5C4D3E2F1G0H9I8J7K6L5M4N3O2P1Q0R9S8T7U6V5W4X3Y2Z1a0b9c8d7e6f5g4h3i2j1k0Q==";

fn secret(seed: u8) -> PrivateKey {
    Ed25519Keypair::from_seed(&[seed; 32]).into()
}

fn key(seed: u8) -> PublicKey {
    secret(seed).public_key().clone()
}

fn text(key: &PublicKey) -> String {
    key.to_openssh().unwrap()
}

fn shown(key: &PublicKey) -> Shown {
    Shown::PublicKey { key: key.clone(), hash_alg: None }
}

fn known(text: &str) -> KnownHosts {
    KnownHosts { lines: parse(Path::new("kh"), text) }
}

fn now() -> Timestamp {
    Timestamp::from_second(2_000_000_000).unwrap()
}

fn check(lines: &str, host: &str, port: u16, key: &PublicKey) -> Verdict {
    known(lines).check(&Name::new(host, port), &shown(key), now())
}

#[test]
fn every_way_to_be_known() {
    let a = text(&key(1));
    for line in [
        format!("web1 {a}"),
        format!("web1,10.0.0.5 {a} a comment\twith more"),
        format!("web1\t{}", a.replace(' ', "\t")),
        format!("  web1 {a}"),
        format!("WEB1 {a}"),
        format!("w?b* {a}"),
        format!("*,!web2 {a}"),
        format!("{} {a}", line::hashed("web1", &[7; 20])),
        format!("web1 {}\nweb1 {a}", text(&key(2))),
        format!("# web1 {}\n\nweb1 ssh-ed25519 garbage\nweb1 {a}", text(&key(2))),
        format!("web1 {}\n{}", text(&key(2)), format_args!("web1 {a}")),
    ] {
        assert_eq!(check(&line, "Web1", 22, &key(1)), Verdict::Match, "{line}");
    }
}

#[test]
fn ports_have_names_of_their_own() {
    let a = text(&key(1));
    assert_eq!(check(&format!("[web1]:2222 {a}"), "web1", 2222, &key(1)), Verdict::Match);
    assert_eq!(check(&format!("[*]:2222 {a}"), "web1", 2222, &key(1)), Verdict::Match);
    assert_eq!(check(&format!("[web1]:2222 {a}"), "web1", 22, &key(1)), Verdict::Unknown);
    assert_eq!(check(&format!("[web1]:2222 {a}"), "web1", 2223, &key(1)), Verdict::Unknown);
    // A key without a port counts for all of them, but proves nothing about another key.
    assert_eq!(check(&format!("web1 {a}"), "web1", 2222, &key(1)), Verdict::Match);
    assert_eq!(check(&format!("web1 {a}"), "web1", 2222, &key(2)), Verdict::Unknown);
    let hashed = line::hashed("[web1]:2222", &[7; 20]);
    assert_eq!(check(&format!("{hashed} {a}"), "web1", 2222, &key(1)), Verdict::Match);
}

#[test]
fn other_hosts_are_unknown() {
    let a = text(&key(1));
    for line in [
        String::new(),
        format!("web2 {a}"),
        format!("*,!web1 {a}"),
        format!("{} {a}", line::hashed("web2", &[7; 20])),
        format!("@unknown-marker web1 {a}"),
        format!("|1|garbage|more {a}"),
        format!("|2|AAAA|AAAA {a}"),
    ] {
        assert_eq!(check(&line, "web1", 22, &key(1)), Verdict::Unknown, "{line}");
    }
}

#[test]
fn a_changed_key_says_where_the_old_one_stands() {
    let lines = format!("# first\nweb1 {}\n", text(&key(1)));
    let Verdict::Changed(old) = check(&lines, "web1", 22, &key(2)) else { panic!("not changed") };
    assert_eq!((old[0].line, old[0].file.as_str()), (2, "kh"));
    assert_eq!(old[0].fingerprint, fingerprint(&key(1)));
    assert!(old[0].fingerprint.starts_with("SHA256:"));
}

#[test]
fn another_type_is_neither_known_nor_changed() {
    let ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU=";
    let verdict = check(&format!("web1 {ecdsa}"), "web1", 22, &key(1));
    let Verdict::OtherType(others) = verdict else { panic!("{verdict:?}") };
    assert_eq!(others[0].key_type, "ecdsa-sha2-nistp256");
    let types = known(&format!("web1 {ecdsa}\nweb1 {RSA}")).types(&Name::new("web1", 22));
    assert_eq!(types[0].to_string(), "ecdsa-sha2-nistp256");
}

#[test]
fn a_revoked_key_is_refused_wherever_else_it_is_known() {
    let a = text(&key(1));
    for line in [
        format!("@revoked web1 {a}\nweb1 {a}"),
        format!("web1 {a}\n@revoked * {a}"),
        format!("@revoked\tweb* {a}"),
        format!("@revoked {} {a}", line::hashed("web1", &[1; 20])),
    ] {
        let verdict = check(&line, "web1", 22, &key(1));
        assert!(matches!(&verdict, Verdict::Revoked(_)), "{line}: {verdict:?}");
        assert!(matches!(check(&line, "web1", 2222, &key(1)), Verdict::Revoked(_)), "whatever the port");
    }
    assert_eq!(check(&format!("@revoked web2 {a}\nweb1 {a}"), "web1", 22, &key(1)), Verdict::Match);
    assert_eq!(
        check(&format!("@revoked web1 {}\nweb1 {a}", text(&key(2))), "web1", 22, &key(1)),
        Verdict::Match
    );
}

fn certificate(kind: CertType, from: u64, to: u64, names: &[&str]) -> Certificate {
    let mut builder = Builder::new(vec![1; 16], key(3).key_data().clone(), from, to).unwrap();
    builder.cert_type(kind).unwrap();
    for name in names {
        builder.valid_principal(*name).unwrap();
    }
    if names.is_empty() {
        builder.all_principals_valid().unwrap();
    }
    builder.sign(&secret(9)).unwrap()
}

#[test]
fn certificates_are_checked_in_every_respect() {
    let trusted = format!("@cert-authority *.example {}", text(&key(9)));
    let check = |lines: &str, certificate: Certificate| {
        known(lines).check(&Name::new("web1.example", 2222), &Shown::Certificate(certificate), now())
    };
    let year = 2_000_000_000;
    let good = || certificate(CertType::Host, year - 9, year + 9, &["other", "web1.example"]);
    assert_eq!(check(&trusted, good()), Verdict::Match);
    assert_eq!(check(&trusted.replace("*.example", "[*.example]:2222"), good()), Verdict::Match);
    for (bad, why) in [
        (certificate(CertType::User, year - 9, year + 9, &["web1.example"]), "user's"),
        (certificate(CertType::Host, year + 1, year + 9, &["web1.example"]), "not valid yet"),
        (certificate(CertType::Host, year - 9, year, &["web1.example"]), "expired"),
        (certificate(CertType::Host, year - 9, year + 9, &["web2.example"]), "for web2.example"),
        (certificate(CertType::Host, year - 9, year + 9, &[]), "names no host"),
    ] {
        let verdict = check(&trusted, bad);
        assert!(
            matches!(&verdict, Verdict::BadCertificate(said) if said.contains(why)),
            "{why}: {verdict:?}"
        );
    }
    // An authority for others, or none, says nothing: the key alone counts.
    assert_eq!(check(&trusted.replace("*.example", "*.org"), good()), Verdict::Unknown);
    assert_eq!(check(&format!("[web1.example]:2222 {}", text(&key(3))), good()), Verdict::Match);
    let revoked = format!("{trusted}\n@revoked * {}", text(&key(9)));
    assert!(matches!(check(&revoked, good()), Verdict::Revoked(_)), "a revoked authority");
    let revoked = format!("{trusted}\n@revoked * {}", text(&key(3)));
    assert!(matches!(check(&revoked, good()), Verdict::Revoked(_)), "a revoked key in a good certificate");
}

#[test]
fn an_authority_is_no_host_key() {
    let lines = format!("@cert-authority * {}", text(&key(1)));
    assert_eq!(check(&lines, "web1", 22, &key(1)), Verdict::Unknown);
    assert!(known(&lines).has_authority(&Name::new("web1", 22)));
}

#[test]
fn a_missing_file_is_empty_and_an_unreadable_one_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    assert!(KnownHosts::read(&[dir.path().join("none")]).unwrap().lines.is_empty());
    // Even root cannot read a directory as a file.
    let fault = KnownHosts::read(&[dir.path().to_owned()]).unwrap_err();
    assert!(fault.message.contains("cannot be read"), "{fault:?}");
}

#[test]
fn a_trusted_key_is_written_once_and_for_oneself() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("new/known_hosts");
    let name = Name::new("Web1", 2222);
    append(&file, &name, &key(1), false).unwrap();
    append(&file, &name, &key(1), true).unwrap();
    let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written, format!("[web1]:2222 {}\n", text(&key(1))));
    // A file whose last line was not ended stays whole.
    std::fs::write(&file, written.trim_end()).unwrap();
    append(&file, &Name::new("db", 22), &key(2), true).unwrap();
    let files = [file.clone()];
    let both = KnownHosts::read(&files).unwrap();
    assert_eq!(both.check(&name, &shown(&key(1)), now()), Verdict::Match);
    assert_eq!(both.check(&Name::new("db", 22), &shown(&key(2)), now()), Verdict::Match);
    assert!(std::fs::read_to_string(&file).unwrap().lines().nth(1).unwrap().starts_with("|1|"));
    assert_eq!(both.names_of(&key(1)), ["[web1]:2222"]);
}

#[test]
fn no_name_can_write_a_line_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("known_hosts");
    for host in ["a,b", "a b", "a\n@cert-authority *", "*", "!a", "|1|x|y", "@revoked", "#a", ""] {
        let fault = append(&file, &Name::new(host, 22), &key(1), false).unwrap_err();
        assert!(fault.message.contains("no host name"), "{host}");
    }
    assert!(!file.exists());
}

#[test]
fn openssh_reads_what_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("known_hosts");
    append(&file, &Name::new("web1", 2222), &key(1), true).unwrap();
    #[allow(clippy::disallowed_methods)] // The judge of the format.
    let found = std::process::Command::new("ssh-keygen")
        .args(["-F", "[web1]:2222", "-f"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(found.status.success(), "{found:?}");
}
