//! What a folder of a server holds, by its own find(1), which ends every answer with a NUL: whatever a name is
//! made of, it is one name.

use std::time::Duration;

use jiff::Timestamp;

use super::host::{Host, Output, Run, Who};
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::server::files::shown;
use crate::domain::server::{FileEntry, FileId, FileKind, FileList, FilePath};

/// A folder with many names on a slow disk takes its time.
const DEADLINE: Duration = Duration::from_secs(30);
/// What is told of a name, and how many fields that are.
const LIST: &str =
    "exec find \"$1/\" -maxdepth 1 -printf '%D\\0%i\\0%y\\0%M\\0%u\\0%g\\0%s\\0%T@\\0%l\\0%P\\0'";
const FIELDS: usize = 10;
/// Names that are shown at most.
const MOST: usize = 50_000;

/// The names in a folder. What the account may not see is asked as root, where that asks nobody.
///
/// # Errors
/// `Gone`, `Denied`, `Unsupported` where find knows no `-printf`, and what reaching the server fails with.
pub async fn files(host: &dyn Host, folder: &FilePath) -> Result<FileList, Fault> {
    let ask = |who| host.run(Run::new(Argv::script(LIST).name(folder.as_str())).by(who).within(DEADLINE));
    let own = ask(Who::Account).await?;
    let (output, as_root) = match is_denied(&own) {
        false => (own, false),
        // Without a way to be root it stays denied.
        true => match ask(Who::Root).await {
            Ok(output) => (output, true),
            Err(_) => (own, false),
        },
    };
    let (itself, entries): (Vec<_>, Vec<_>) =
        parse(folder, &output.stdout).into_iter().partition(|entry| entry.name.is_empty());
    // A folder that may not be read tells itself and nothing else; one name that may not be looked at is no harm.
    if entries.is_empty() && !output.is_success() {
        return Err(explain(folder, &output));
    }
    let (owner, is_open) = itself
        .into_iter()
        .next()
        .map(|f| (f.owner, f.mode.as_bytes().get(8) == Some(&b'w')))
        .unwrap_or_default();
    Ok(FileList { folder: folder.clone(), owner, is_open, entries, as_root })
}

fn is_denied(output: &Output) -> bool {
    !output.is_success() && output.complaint().contains("ermission denied")
}

fn explain(folder: &FilePath, output: &Output) -> Fault {
    let (said, folder) = (output.complaint(), folder.shown());
    if is_denied(output) {
        return Fault::new(FaultKind::Denied, format!("{folder} may not be read by this account"))
            .hint("log in as root, or permit sudo there without a password");
    }
    if said.contains("No such file") || said.contains("Not a directory") {
        return Fault::new(FaultKind::Gone, format!("there is no folder {folder}"));
    }
    if said.contains("printf") {
        return Fault::new(FaultKind::Unsupported, "find there tells too little (busybox)")
            .hint("install findutils there");
    }
    Fault::new(FaultKind::Failed, format!("{folder} cannot be listed: {said}"))
}

/// Names that are cut are left out.
fn parse(folder: &FilePath, bytes: &[u8]) -> Vec<FileEntry> {
    let mut fields = bytes.split(|b| *b == 0);
    let mut entries = Vec::new();
    while entries.len() < MOST {
        let some: Vec<&[u8]> = fields.by_ref().take(FIELDS).collect();
        let [device, inode, kind, mode, owner, group, size, written, leads_to, name] = some[..] else {
            break;
        };
        let text = |bytes: &[u8]| sanitize::name(&String::from_utf8_lossy(bytes));
        let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<u64>().ok());
        let path = std::str::from_utf8(name).ok().map(|name| folder.join(name));
        entries.push(FileEntry {
            path,
            name: shown(name),
            kind: match kind {
                b"f" => FileKind::File,
                b"d" => FileKind::Folder,
                b"l" => FileKind::Link,
                _ => FileKind::Other,
            },
            mode: text(mode),
            owner: text(owner),
            group: text(group),
            size_bytes: number(size).unwrap_or_default(),
            written_at: moment(written),
            leads_to: shown(leads_to),
            id: FileId {
                device: number(device).unwrap_or_default(),
                inode: number(inode).unwrap_or_default(),
            },
        });
    }
    entries
}

/// `1795294800.1234567890`
fn moment(bytes: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(bytes).ok()?;
    Timestamp::from_second(text.split('.').next()?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::server::LocalHost;
    use crate::domain::endpoint::SudoUse;
    use proptest::prelude::*;
    use std::os::unix::ffi::OsStrExt;

    #[tokio::test]
    async fn names_of_every_kind() {
        let dir = tempfile::tempdir().unwrap();
        let names: [&[u8]; 5] = [b"-rf", b"a\nb", b"\x1b[2J'\"$(id)", b"caf\xff", b"plain"];
        for name in names {
            std::fs::write(dir.path().join(std::ffi::OsStr::from_bytes(name)), "12345").unwrap();
        }
        std::fs::create_dir(dir.path().join("folder")).unwrap();
        std::os::unix::fs::symlink("/x\ny", dir.path().join("link")).unwrap();
        let folder = FilePath::new(dir.path().to_str().unwrap()).unwrap();
        let host = LocalHost { sudo: SudoUse::Never };
        let mut list = files(&host, &folder).await.unwrap().entries;
        list.sort_by(|a, b| a.name.cmp(&b.name));
        let told: Vec<(&str, FileKind)> = list.iter().map(|e| (e.name.as_str(), e.kind)).collect();
        let file = FileKind::File;
        assert_eq!(
            told,
            [
                ("-rf", file),
                ("\\u{1b}[2J'\"$(id)", file),
                ("a\\nb", file),
                ("caf\\xff", file),
                ("folder", FileKind::Folder),
                ("link", FileKind::Link),
                ("plain", file),
            ]
        );
        assert_eq!((list[5].leads_to.as_str(), list[6].size_bytes), ("/x\\ny", 5));
        assert_eq!(list[2].path, Some(folder.join("a\nb")));
        assert_eq!(list[3].path, None, "no name that could be handed over");
        assert!(list[6].mode.starts_with("-rw") && list[6].written_at.is_some() && list[6].id.inode > 0);
        let fault = files(&host, &folder.join("none")).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Gone, "{fault:?}");
        let fault = files(&host, &folder.join("plain")).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Gone, "{fault:?}");
    }

    proptest! {
        #[test]
        fn garbage_is_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for entry in parse(&FilePath::root(), &bytes) {
                prop_assert!(!entry.name.contains(|c: char| c.is_control()));
            }
        }
    }
}
