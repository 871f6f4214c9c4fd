//! Puts an edited file in the place of the one that it was made from: whole or not at all, and only while that one
//! still is what it was. What it held stays beside it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use super::host::{Host, Output, Run, Who};
use crate::backends::argv::Argv;
use crate::backends::clock;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::server::FilePath;
use crate::domain::server::edit::{Content, FileWrite};
use crate::gate::Authorized;

const DEADLINE: Duration = Duration::from_secs(60);

/// `$1` path, `$2` digest of what it holds or `none`, `$3` digest of what comes, `$4` ending of the kept copy, `$5` of
/// the new file, `$6` says whether systemd reads its units again.
///
/// The new file is made by us or not at all, and is spoken of by its descriptor from then on: in a folder of
/// somebody else its name may lead elsewhere. The kept copy is the old file itself under a second name.
const WRITE: &str = "command -v sha256sum >/dev/null || exit 96
umask 077
p=$1 d=${1%/*} t=${1%/*}/.pult-$5 k=$1.pult-$4 f=/proc/self/fd/3
is() {
  if test \"$2\" = none; then ! test -e \"$1\" && ! test -L \"$1\"; return; fi
  test -f \"$1\" && ! test -L \"$1\" && test \"$(sha256sum <\"$1\" | cut -c1-64)\" = \"$2\"
}
own() { stat -L -c %u:%g:%a -- \"$1\"; }
if test \"$2\" = none; then (umask 022; mkdir -p -- \"$d\") || exit; fi
is \"$p\" \"$2\" || exit 93
set -C
exec 3>\"$t\" || exit
trap 'rm -f -- \"$t\"' EXIT; trap 'exit 97' HUP INT TERM
cat >&3 || exit
is \"$t\" \"$3\" || exit 95
if test \"$2\" = none; then chmod 644 $f || exit
else
  cp --attributes-only --preserve=all -- \"$p\" $f 2>/dev/null ||
    { chown \"$(stat -c %u:%g -- \"$p\")\" $f; chmod \"$(stat -c %a -- \"$p\")\" $f; } 2>/dev/null
  test \"$(own \"$p\")\" = \"$(own $f)\" || exit 94
  touch $f
  if test -e \"$k\" || test -L \"$k\"; then exit 92; fi
  ln -T -- \"$p\" \"$k\" 2>/dev/null || cp -pnT -- \"$p\" \"$k\" || exit
fi
sync -- \"$t\" || exit
undo() { test \"$2\" = none || rm -f -- \"$k\"; exit \"$1\"; }
if test \"$2\" != none && ! is \"$k\" \"$2\" || ! is \"$p\" \"$2\"; then undo 93 \"$2\"; fi
mv -fT -- \"$t\" \"$p\" || undo $? \"$2\"
trap - EXIT
sync -- \"$d\"
test \"$6\" = no || systemctl daemon-reload || exit 98
exit 0";

/// What happened in a few words.
///
/// # Errors
/// `Conflict` when it is another file by now, `Denied`, and what writing and reaching the server fail with.
pub(super) async fn write(
    host: &dyn Host,
    who: Who,
    write: &FileWrite,
    _authorized: &Authorized,
) -> Result<String, Fault> {
    put(host, who, write).await
}

async fn put(host: &dyn Host, who: Who, write: &FileWrite) -> Result<String, Fault> {
    let stamp = clock::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    // Not to be guessed by who shares the folder.
    let random = format!("{:016x}", RandomState::new().build_hasher().finish());
    let argv = Argv::script(WRITE)
        .operand(write.path.as_str())
        .operand(write.before.as_ref().map_or("none", Content::sha256))
        .operand(write.after.sha256())
        .operand(&stamp)
        .operand(&random)
        .operand(if write.unit.is_some() { "yes" } else { "no" });
    let input = write.after.text().as_bytes().to_vec();
    let output = host.run(Run::new(argv).by(who).input(input).within(DEADLINE)).await?;
    if !output.is_success() {
        return Err(explain(write, &output));
    }
    let kept = FilePath::root().join(&format!("{}.pult-{stamp}", write.path.name()));
    let kept = kept.shown();
    Ok(match write.before {
        Some(_) => format!("written; what it held is kept as {}", kept.trim_start_matches('/')),
        None => "written".to_owned(),
    })
}

fn explain(write: &FileWrite, output: &Output) -> Fault {
    let path = write.path.shown();
    let fault = |kind, why: &str| Fault::new(kind, format!("{path} was not written: {why}"));
    let said = output.complaint();
    match output.code {
        Some(92) => {
            fault(FaultKind::Conflict, "a kept copy of this second is there already").hint("try it again")
        }
        Some(93) => fault(FaultKind::Conflict, "it was changed meanwhile"),
        Some(94) => fault(FaultKind::Denied, "owner and permissions could not be kept")
            .hint("it takes root, or sudo; nothing was changed"),
        Some(95) => fault(FaultKind::Failed, "it did not arrive whole: is the disk full?"),
        Some(96) => {
            fault(FaultKind::Unsupported, "there is no sha256sum").hint("install coreutils or busybox there")
        }
        Some(98) => {
            let why = format!("{path} is written, but systemd does not read it: {said}");
            Fault::new(FaultKind::Failed, why).hint("systemctl daemon-reload says more")
        }
        _ if said.contains("resource busy") => fault(FaultKind::Unsupported, &said)
            .hint("it is mounted there by itself: change it where it comes from; nothing was changed"),
        _ if said.contains("ermission denied") || said.contains("not permitted") => {
            fault(FaultKind::Denied, &said).hint("it takes root, or sudo; nothing was changed")
        }
        _ => fault(FaultKind::Failed, &said),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::backends::server::LocalHost;
    use crate::backends::server::edit::content;
    use crate::domain::endpoint::SudoUse;

    #[tokio::test]
    async fn whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("-a'\n$(id)");
        std::fs::write(&path, "before").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let host = LocalHost { sudo: SudoUse::Never };
        let of = |before: &str, after: &str| FileWrite {
            path: FilePath::new(path.to_str().unwrap()).unwrap(),
            before: Some(content("", before.as_bytes()).unwrap()),
            after: content("", after.as_bytes()).unwrap(),
            unit: None,
            faulty: false,
        };
        let names = || {
            let mut names: Vec<_> = std::fs::read_dir(dir.path())
                .unwrap()
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        };
        let done = put(&host, Who::Account, &of("before", "after")).await.unwrap();
        assert!(done.starts_with("written; what it held is kept as -a'\\n$(id).pult-20"), "{done}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "after");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
        let [_, kept] = &names()[..] else { panic!("{:?}", names()) };
        assert_eq!(std::fs::read_to_string(dir.path().join(kept)).unwrap(), "before");
        let fault = put(&host, Who::Account, &of("before", "again")).await.unwrap_err();
        assert_eq!((fault.kind, names().len()), (FaultKind::Conflict, 2), "{fault:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "after");
        // A link in its place is another file.
        std::fs::rename(&path, dir.path().join("other")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("other"), &path).unwrap();
        let fault = put(&host, Who::Account, &of("after", "again")).await.unwrap_err();
        assert_eq!((fault.kind, names().len()), (FaultKind::Conflict, 3), "{fault:?}");
    }
}
