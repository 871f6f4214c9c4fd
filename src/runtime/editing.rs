//! Files of servers in the person's own editor: fetched, laid into a folder that nobody else can read, and taken
//! from there when the editor has ended. The folder goes with it, whatever happened.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;

use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::kept_edits;
use super::tasks::Tasks;
use crate::app::Msg;
use crate::app::edits::Checked;
use crate::backends::clock;
use crate::backends::server::{self, Host};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::server::edit::{Check, Edit, Edited, Fetched, MOST};
use crate::domain::shell_word::sh_split;

/// What the person edits with: `$VISUAL`, `$EDITOR`, vi.
pub fn line(variable: impl Fn(&str) -> Option<String>) -> String {
    let set = |name| variable(name).filter(|line| !line.trim().is_empty());
    set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned())
}

/// Fetches in the background what is to be edited.
pub fn fetch(
    edit: Edit,
    mine: Option<Checked>,
    host: Result<Arc<dyn Host>, Fault>,
    messages: &mpsc::Sender<Msg>,
    tasks: &mut Tasks,
) {
    let messages = messages.clone();
    tasks.spawn(format!("fetch a file of {}", edit.target), async move {
        let result = match host {
            Ok(host) => server::fetch(&*host, &edit.what).await,
            Err(fault) => Err(fault),
        };
        let _ = messages.send(Msg::Fetched { edit, mine, result }).await;
    });
}

/// What an editor has left, on its way back.
pub fn hand_in(
    ended: Ended,
    host: Result<Arc<dyn Host>, Fault>,
    messages: &mpsc::Sender<Msg>,
    tasks: &mut Tasks,
) {
    let messages = messages.clone();
    tasks.spawn(format!("check a file of {}", ended.edit.target), async move {
        let Ended { edit, fetched, text } = ended;
        let result = match text {
            Ok(text) => check(&edit, &text, host).await,
            Err(fault) => Err(fault),
        };
        let _ = messages.send(Msg::Edited { edit, fetched, result }).await;
    });
}

async fn check(edit: &Edit, text: &[u8], host: Result<Arc<dyn Host>, Fault>) -> Result<Checked, Fault> {
    let whole = server::content(&edit.name, text)?;
    let kept = edit.what.kept(whole.text());
    let content = server::content(&edit.name, kept.as_bytes())?;
    let check = match &edit.what {
        Edited::File(_) => Check::default(),
        Edited::DropIn { unit, .. } => match host {
            Ok(host) => server::verify(&*host, unit, &kept).await,
            Err(fault) => Err(fault),
        }
        // What was typed is worth more than what systemd thinks of it.
        .unwrap_or_else(|fault| Check { said: vec![format!("not checked: {fault}")], failed: false }),
    };
    Ok((content, check))
}

/// What came of an editor.
pub struct Ended {
    edit: Edit,
    fetched: Fetched,
    text: Result<Vec<u8>, Fault>,
}

impl Ended {
    pub fn target(&self) -> &TargetId {
        &self.edit.target
    }
}

/// An editor that runs.
pub struct Editor {
    edit: Edit,
    fetched: Fetched,
    /// What the editor was given.
    text: String,
    folder: Folder,
    child: Child,
}

impl Editor {
    /// Starts it on the terminal, which has to be given back to it before.
    ///
    /// # Errors
    /// No folder to be had, or no such editor.
    pub fn start(line: &str, edit: Edit, fetched: Fetched, text: &str) -> Result<Self, Fault> {
        let failed = |what: &str, e: &io::Error| Fault::new(FaultKind::Failed, format!("{what}: {e}"));
        let folder = Folder::make(fetched.path.name(), text).map_err(|e| {
            failed("no private folder for the editor", &e).hint("is $TMPDIR there and not full?")
        })?;
        let hint = "name one in $EDITOR";
        let words = sh_split(line).map_err(|why| Fault::new(FaultKind::Failed, why).hint(hint))?;
        let (program, options) = words
            .split_first()
            .ok_or_else(|| Fault::new(FaultKind::Failed, "the editor has no name").hint(hint))?;
        #[expect(clippy::disallowed_methods, reason = "the person's own editor, on the person's terminal")]
        let child = Command::new(program).args(options).arg(&folder.file).kill_on_drop(true).spawn();
        let child = child
            .map_err(|e| failed(&format!("the editor `{program}` could not be started"), &e).hint(hint))?;
        Ok(Self { edit, fetched, text: text.to_owned(), folder, child })
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Keeps what was written, because pult ends before the editor. `None` where nothing was.
    pub fn keep(self, state_dir: Option<&Path>) -> Option<String> {
        let Self { edit, text, folder, .. } = self;
        if folder.holds_only(&text) {
            return None;
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let server = edit.target.name.replace(|c| !is_plain(c), "-");
        let name = format!("{}-{server}", clock::now().strftime("%Y%m%dT%H%M%SZ"));
        let kept = state_dir.ok_or_else(|| io::Error::other("there is no state directory"));
        Some(match kept.and_then(|dir| kept_edits::keep(dir, &folder.path, &name)) {
            Ok(path) => format!("what was edited is kept in {}", path.display()),
            Err(e) => {
                let path = folder.leave();
                format!("what was edited could not be kept ({e}) and is left in {}", path.display())
            }
        })
    }

    /// Takes the text; folder and file go.
    pub fn end(self, status: &io::Result<ExitStatus>) -> Ended {
        let Self { edit, fetched, folder, .. } = self;
        let failed = |why: String| Fault::new(FaultKind::Failed, why);
        let text = match status {
            Ok(status) if status.success() => read(&folder.file)
                .map_err(|e| failed(format!("what the editor has left cannot be read: {e}"))),
            Ok(status) => Err(failed(format!("the editor ended with {status}: nothing was changed"))),
            Err(e) => Err(failed(format!("the editor was lost: {e}"))),
        };
        Ended { edit, fetched, text }
    }
}

/// One byte more than can be edited, so that it shows.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MOST as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
}

/// A folder with one file, for us alone.
struct Folder {
    path: PathBuf,
    file: PathBuf,
}

impl Folder {
    fn make(name: &str, text: &str) -> io::Result<Self> {
        let random = RandomState::new().build_hasher().finish();
        let path = std::env::temp_dir().join(format!("pult-{random:016x}"));
        // Refused when there is one already.
        DirBuilder::new().mode(0o700).create(&path)?;
        // Editors know by the name what it is; one that could be an option or a command of theirs is not used.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let fits = !name.starts_with(['-', '.']) && !name.is_empty() && name.chars().all(is_plain);
        let file = path.join(if fits { name } else { "file" });
        let folder = Self { path, file };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&folder.file)?;
        file.write_all(text.as_bytes())?;
        Ok(folder)
    }

    /// True when the editor has saved nothing, neither there nor beside it.
    fn holds_only(&self, text: &str) -> bool {
        let alone = fs::read_dir(&self.path).is_ok_and(|entries| entries.count() == 1);
        alone && read(&self.file).is_ok_and(|now| now == text.as_bytes())
    }

    /// Leaves it where it is.
    fn leave(mut self) -> PathBuf {
        std::mem::take(&mut self.path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.path.as_os_str().is_empty() {
            return;
        }
        if let Err(e) = fs::remove_dir_all(&self.path) {
            tracing::error!("{} could not be removed: {e}", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::server::FilePath;

    fn start(line: &str, name: &str) -> Result<Editor, Fault> {
        let path = FilePath::root().join(name);
        let what = Edited::File(path.clone());
        let edit = Edit { target: TargetId::server("a"), name: name.into(), client: String::new(), what };
        let fetched = Fetched { path, before: None, around: String::new(), sudo: false };
        Editor::start(line, edit, fetched, "before\n")
    }

    #[tokio::test]
    async fn the_text_is_private_and_goes_with_the_editor() {
        let mut editor = start("sed -i s/before/after/", "nginx.conf").unwrap();
        let (folder, file) = (editor.folder.path.clone(), editor.folder.file.clone());
        assert!(file.ends_with("nginx.conf"));
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let status = editor.child().wait().await;
        assert_eq!(editor.end(&status).text.unwrap(), b"after\n");
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn what_was_written_is_kept_when_pult_ends_first() {
        let state = tempfile::tempdir().unwrap();
        let mut editor = start("sed -i s/before/after/", "nginx.conf").unwrap();
        editor.child().wait().await.unwrap();
        let folder = editor.folder.path.clone();
        let told = editor.keep(Some(state.path())).unwrap();
        let kept = PathBuf::from(told.strip_prefix("what was edited is kept in ").unwrap());
        assert_eq!(fs::read_to_string(kept.join("nginx.conf")).unwrap(), "after\n");
        assert!(!folder.exists());
        // Nothing written, nothing kept; nowhere to keep it, it stays where it is.
        let mut editor = start("true", "nginx.conf").unwrap();
        editor.child().wait().await.unwrap();
        assert_eq!(editor.keep(Some(state.path())), None);
        let mut editor = start("sed -i s/before/after/", "nginx.conf").unwrap();
        editor.child().wait().await.unwrap();
        let folder = editor.folder.path.clone();
        assert!(editor.keep(None).unwrap().ends_with(&format!("left in {}", folder.display())));
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn an_editor_that_fails_changes_nothing() {
        let mut editor = start("false", "-rf").unwrap();
        assert!(editor.folder.file.ends_with("file"), "a name that is an option is not handed over");
        let status = editor.child().wait().await;
        assert!(editor.end(&status).text.unwrap_err().message.contains("nothing was changed"));
        let fault = start("no-such-editor", "a").err().unwrap();
        assert!(fault.in_full().contains("$EDITOR"), "{fault:?}");
        assert!(start("", "a").is_err());
    }
}
