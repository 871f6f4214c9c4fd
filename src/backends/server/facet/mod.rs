//! Reads what servers are compared by. With more rights only where less would see less, and only where they come
//! without a password.

mod scripts;

use std::time::Duration;

use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};

use super::host::{Host, Output, Run, Who};
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::server::facet::normal;
use crate::domain::server::{Facet, FacetText};

use scripts::{NO_FILE, NONE, Takes};

const DEADLINE: Duration = Duration::from_secs(40);
/// Bytes of an answer; a longer one is not compared.
const MOST: usize = 1 << 20;
/// Characters of a line that are shown.
const CHARACTERS: usize = 2_000;

/// Told before a file is read with the rights of root that the account may not read; an error forbids it.
pub type BeforeRoot<'a> = dyn Fn() -> BoxFuture<'a, Result<(), Fault>> + Sync + 'a;

/// What a server says of itself, ready to be compared. That it has nothing of the kind is an answer, too.
///
/// # Errors
/// It cannot be reached, may not be asked that, or printed more than is compared.
pub async fn facet(host: &dyn Host, facet: &Facet, before_root: &BeforeRoot<'_>) -> Result<FacetText, Fault> {
    let (takes, script) = scripts::of(facet);
    let mut argv = Argv::script(script);
    if let Facet::File(path) = facet {
        argv = argv.operand(path.as_str());
    }
    let run = |who| host.run(Run::new(argv.clone()).by(who).within(DEADLINE));
    let (output, partly) = match takes {
        Takes::Nothing => (run(Who::Account).await?, false),
        Takes::Root => (run(Who::Root).await?, false),
        Takes::More => match run(Who::Root).await {
            Err(fault) if fault.kind == FaultKind::Denied => (run(Who::Account).await?, true),
            answer => (answer?, false),
        },
        Takes::Permission => {
            let output = run(Who::Account).await?;
            let refused = !output.is_success() && output.complaint().contains("ermission denied");
            let output = if refused {
                before_root().await?;
                run(Who::Root).await?
            } else {
                output
            };
            (output, false)
        }
    };
    told(facet, &output, partly)
}

fn told(facet: &Facet, output: &Output, partly: bool) -> Result<FacetText, Fault> {
    let title = facet.title();
    match output.code {
        Some(0) => {}
        Some(NONE) => return Ok(none(facet)),
        Some(NO_FILE) => {
            return Err(Fault::new(FaultKind::Unsupported, format!("{title} is no plain file")));
        }
        _ => {
            let why = output.complaint();
            if matches!(facet, Facet::File(_)) && why.contains("No such file or directory") {
                return Ok(none(facet));
            }
            let why = if why.is_empty() { "the command failed there".to_owned() } else { why };
            return Err(Fault::new(FaultKind::Failed, format!("{title}: {why}")));
        }
    }
    if output.stdout.len() > MOST {
        let message = format!("{title}: it is longer than 1 MiB, which is not compared");
        return Err(Fault::new(FaultKind::Protocol, message));
    }
    let lines = normal(facet, &String::from_utf8_lossy(&output.stdout));
    // A file is compared byte by byte; what is shown of it is made harmless, and may hide a difference.
    let digest = match facet {
        Facet::File(_) => Sha256::digest(&output.stdout).into(),
        _ => Sha256::digest(lines.join("\n")).into(),
    };
    let mut text = String::new();
    for line in &lines {
        text.push_str(&sanitize::line(line, CHARACTERS));
        text.push('\n');
    }
    Ok(FacetText { digest, text: Some(text.into()), lines: lines.len(), partly })
}

/// No answer can look like this one.
fn none(facet: &Facet) -> FacetText {
    let text = match facet {
        Facet::File(_) => "(there is no such file)\n",
        _ => "(there is nothing of the kind)\n",
    };
    let digest = Sha256::digest("\0none").into();
    FacetText { digest, text: Some(text.into()), lines: 1, partly: false }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::server::FilePath;

    fn output(code: i32, stdout: &[u8], stderr: &str) -> Output {
        Output { code: Some(code), stdout: stdout.to_vec(), stderr: stderr.into() }
    }

    #[test]
    fn what_only_looks_the_same_is_told_apart() {
        let file = Facet::File(FilePath::new("/etc/motd").unwrap());
        let one = told(&file, &output(0, b"hello\n", ""), false).unwrap();
        let other = told(&file, &output(0, b"hello\x1b[2J\n", ""), false).unwrap();
        assert_eq!(one.text, other.text, "harmless");
        assert_ne!(one.digest, other.digest);
        let absent = told(
            &file,
            &output(1, b"", "head: cannot open '/x' for reading: No such file or directory"),
            false,
        );
        let forged = told(&file, &output(0, b"(there is no such file)\n", ""), false).unwrap();
        assert_ne!(absent.unwrap().digest, forged.digest);
    }

    #[test]
    fn what_cannot_be_compared_says_why() {
        let long = told(&Facet::Sysctl, &output(0, &vec![b'x'; MOST + 1], ""), false).unwrap_err();
        assert!(long.message.contains("1 MiB"), "{long}");
        let failed = told(&Facet::Sshd, &output(255, b"", "no\x1b[2J hostkeys"), false).unwrap_err();
        assert_eq!(failed.message, "sshd settings: no hostkeys");
        assert!(told(&Facet::Ufw, &output(NONE, b"", ""), false).unwrap().text.unwrap().contains("nothing"));
    }

    /// Has no rights but those of its account.
    struct Humble;

    impl Host for Humble {
        fn run(&self, run: Run) -> BoxFuture<'_, Result<Output, Fault>> {
            let result = match run.who {
                Who::Root => Err(super::super::host::never_root()),
                Who::Account => Ok(output(0, b"a = 1\n", "")),
            };
            std::future::ready(result).boxed()
        }
    }

    #[tokio::test]
    async fn without_root_less_is_seen_or_nothing_and_it_is_said() {
        let ask = async |one: &Facet| facet(&Humble, one, &|| std::future::ready(Ok(())).boxed()).await;
        assert!(ask(&Facet::Sysctl).await.unwrap().partly);
        assert!(!ask(&Facet::Packages).await.unwrap().partly);
        assert_eq!(ask(&Facet::Sshd).await.unwrap_err().kind, FaultKind::Denied);
    }

    /// Lets nobody but root read.
    struct Strict;

    impl Host for Strict {
        fn run(&self, run: Run) -> BoxFuture<'_, Result<Output, Fault>> {
            let output = match run.who {
                Who::Root => output(0, b"secret\n", ""),
                Who::Account => output(1, b"", "head: cannot open '/x' for reading: Permission denied"),
            };
            std::future::ready(Ok(output)).boxed()
        }
    }

    #[tokio::test]
    async fn a_file_is_read_as_root_only_when_that_was_told() {
        let file = Facet::File(FilePath::new("/x").unwrap());
        let told = || std::future::ready(Ok(())).boxed();
        assert_eq!(facet(&Strict, &file, &told).await.unwrap().lines, 1);
        let refuse = || std::future::ready(Err(Fault::new(FaultKind::Denied, "no audit"))).boxed();
        assert_eq!(facet(&Strict, &file, &refuse).await.unwrap_err().message, "no audit");
    }

    proptest! {
        #[test]
        fn garbage_is_harmless(bytes in proptest::collection::vec(any::<u8>(), 0..400), code in -1..100i32) {
            for one in Facet::ALL {
                if let Ok(said) = told(&one, &output(code, &bytes, ""), false) {
                    let text = said.text.unwrap();
                    prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
                }
            }
        }
    }
}
