//! A file that somebody wants to edit: read whole, and what systemd says of a drop-in before it is put in place.
//! Nothing of a server is changed here.

use std::time::Duration;

use super::host::{Host, Output, Run, Who};
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::server::FilePath;
use crate::domain::server::edit::{Check, Content, Edited, Fetched, MOST};

const DEADLINE: Duration = Duration::from_secs(30);
/// Lines of systemd that are told.
const LINES: usize = 12;

/// Tells who may write it, where it is, and what it holds up to one byte more than is edited. 91: there is none,
/// 93: it may not be read, 94: it is no file.
const READ: &str = "p=$(readlink -f -- \"$1\" && echo x) || exit 91
p=${p%??}; d=${p%/*}
test -e \"$p\" || exit 91
test -f \"$p\" || exit 94
test -r \"$p\" || exit 93
w=root
if test \"$(id -u)\" = 0 || { test -O \"$p\" && test -w \"${d:-/}\"; }; then w=own; fi
printf '%s\\0%s\\0' \"$w\" \"$p\"
exec head -c 1048577 -- \"$p\"";

/// Tells where it stands, and then what systemd says. A folder that is looked into first has the drop-in, so that
/// it is weighed with all others and stands nowhere yet. 95: there is no systemd-analyze.
const VERIFY: &str = "command -v systemd-analyze >/dev/null || exit 95
umask 077; s=$(mktemp -d) || exit 96
trap 'rm -rf -- \"$s\"' EXIT; trap 'exit 96' HUP INT TERM
mkdir -- \"$s/$1.d\" && cat >\"$s/$1.d/pult.conf\" || exit 96
echo \"$s\"
v() { SYSTEMD_UNIT_PATH=\"$s:\" systemd-analyze --no-pager --man=no \"$@\" 2>&1; }
if v --recursive-errors=no verify -- \"$1\"; then exit 0; fi
test \"$(v --recursive-errors=no verify -- \"$1\" | grep -c 'unrecognized option')\" = 0 && exit 1
v verify -- \"$1\"";

/// Reads what is to be edited; as root where the account may not.
///
/// # Errors
/// `Gone`, `Denied`, `Unsupported` for what is no text or too long, and what reaching the server fails with.
pub async fn fetch(host: &dyn Host, what: &Edited) -> Result<Fetched, Fault> {
    let wrong = || Fault::new(FaultKind::Unsupported, "no unit has such a name: it cannot be edited");
    let path = what.path().ok_or_else(wrong)?;
    let ask = |who| host.run(Run::new(Argv::script(READ).operand(path.as_str())).by(who).within(DEADLINE));
    let own = ask(Who::Account).await?;
    let around = match what {
        Edited::File(_) => String::new(),
        Edited::DropIn { unit, .. } => unit_text(host, unit).await?,
    };
    let (output, as_root) = match (own.code, what) {
        (Some(91), Edited::DropIn { sudo, .. }) => {
            return Ok(Fetched { path, before: None, around, sudo: *sudo });
        }
        // What may not be looked at looks as if it were not there.
        (Some(91 | 93), Edited::File(_)) => match ask(Who::Root).await {
            Ok(output) => (output, true),
            Err(fault) if own.code == Some(93) => return Err(fault),
            Err(_) => (own, false),
        },
        _ => (own, false),
    };
    parse(&path, &output, as_root).map(|fetched| Fetched { around, ..fetched })
}

fn parse(path: &FilePath, output: &Output, as_root: bool) -> Result<Fetched, Fault> {
    let shown = path.shown();
    match output.code {
        Some(0) => {}
        Some(91) => return Err(Fault::new(FaultKind::Gone, format!("there is no file {shown}"))),
        Some(93) => return Err(Fault::new(FaultKind::Denied, format!("{shown} may not be read"))),
        Some(94) => {
            return Err(Fault::new(
                FaultKind::Unsupported,
                format!("{shown} is no file: it cannot be edited"),
            ));
        }
        _ => {
            let said = output.complaint();
            return Err(Fault::new(FaultKind::Failed, format!("{shown} could not be read: {said}")));
        }
    }
    let strange = || Fault::new(FaultKind::Protocol, format!("{shown}: the answer of the server is cut"));
    let mut parts = output.stdout.splitn(3, |b| *b == 0);
    let (Some(who), Some(real), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(strange());
    };
    let path = std::str::from_utf8(real).ok().and_then(FilePath::new).ok_or_else(|| {
        Fault::new(FaultKind::Unsupported, format!("{shown} leads to a name that is no UTF-8"))
    })?;
    Ok(Fetched {
        before: Some(content(&shown, text)?),
        path,
        around: String::new(),
        sudo: as_root || who != b"own",
    })
}

/// A text that can be edited, with its digest.
///
/// # Errors
/// `Unsupported` for what is no text, or too long.
pub fn content(name: &str, bytes: &[u8]) -> Result<Content, Fault> {
    let unsupported = |why: &str| Fault::new(FaultKind::Unsupported, format!("{name} {why}"));
    if bytes.len() > MOST {
        return Err(unsupported("has more than 1 MiB, which is not edited here"));
    }
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    let text = text.ok_or_else(|| unsupported("is no text in UTF-8: it is not edited here"))?;
    Ok(Content::new(text, &sha256(bytes)))
}

/// In hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn unit_text(host: &dyn Host, unit: &str) -> Result<String, Fault> {
    let argv = Argv::new("systemctl").args(["cat", "--no-pager"]).name(unit);
    let output = host.run(Run::new(argv).within(DEADLINE)).await?;
    if output.is_success() {
        return Ok(output.text());
    }
    Err(Fault::new(FaultKind::Gone, format!("unit {unit} cannot be read: {}", output.complaint())))
}

/// What systemd says of a drop-in that is not in place yet.
///
/// # Errors
/// What reaching the server fails with. That there is nobody to ask is no error: it is said.
pub async fn verify(host: &dyn Host, unit: &str, text: &str) -> Result<Check, Fault> {
    let argv = Argv::script(VERIFY).name(unit);
    let output = host.run(Run::new(argv).input(text.as_bytes().to_vec()).within(DEADLINE)).await?;
    let unchecked = |why: String| Check { said: vec![format!("not checked: {why}")], failed: false };
    if output.code == Some(95) {
        return Ok(unchecked("there is no systemd-analyze".to_owned()));
    }
    let text = output.text();
    let Some((stage, said)) = text.split_once('\n').filter(|(stage, _)| stage.starts_with('/')) else {
        return Ok(unchecked(output.complaint()));
    };
    let said = said.replace(&format!("{stage}/{unit}.d/"), "");
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES);
    let said = lines.map(|line| sanitize::line(line, 300).into_owned()).collect();
    Ok(Check { said, failed: !output.is_success() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::server::LocalHost;
    use crate::domain::endpoint::SudoUse;
    use proptest::prelude::*;

    #[tokio::test]
    async fn texts_are_read_and_links_followed() {
        let dir = tempfile::tempdir().unwrap();
        let folder = FilePath::new(std::fs::canonicalize(dir.path()).unwrap().to_str().unwrap()).unwrap();
        let host = LocalHost { sudo: SudoUse::Never };
        let name = "-a'\n$(id)\n";
        std::fs::write(dir.path().join(name), "caf\u{e9}\n\n").unwrap();
        std::os::unix::fs::symlink(dir.path().join(name), dir.path().join("link")).unwrap();
        let fetched = fetch(&host, &Edited::File(folder.join("link"))).await.unwrap();
        assert_eq!((fetched.text(), &fetched.path), ("caf\u{e9}\n\n", &folder.join(name)));
        assert!(!fetched.sudo);
        assert_eq!(fetched.before.unwrap().sha256().len(), 64);
        std::fs::write(dir.path().join("binary"), b"a\0b").unwrap();
        std::fs::write(dir.path().join("latin"), b"caf\xe9").unwrap();
        std::fs::write(dir.path().join("long"), vec![b'x'; MOST + 1]).unwrap();
        for name in ["binary", "latin", "long", ""] {
            let fault = fetch(&host, &Edited::File(folder.join(name))).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Unsupported, "{name}: {fault:?}");
        }
        let fault = fetch(&host, &Edited::File(folder.join("none"))).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Gone, "{fault:?}");
    }

    proptest! {
        #[test]
        fn garbage_is_no_harm(stdout in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _no_panic = parse(&FilePath::root(), &Output { code: Some(0), stdout, stderr: vec![] }, false);
        }
    }
}
