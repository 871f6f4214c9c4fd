//! Keeps what the configuration comes to for each target, until a file of it changes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio::sync::OnceCell;

use super::algorithms::KEYWORDS;
use super::file::{Files, Refusal};
use super::settings::Settings;
use super::{HostConfig, openssh};
use crate::backends::ssh::surroundings::Surroundings;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ssh_target::SshTarget;

/// When a file was written last, and its size; `None` = it is not there.
type Stamp = Option<(SystemTime, u64)>;

struct Kept {
    files: Vec<(PathBuf, Stamp)>,
    config: Arc<HostConfig>,
}

/// Resolves targets.
pub struct Resolver {
    around: Arc<Surroundings>,
    kept: Mutex<HashMap<SshTarget, Kept>>,
    /// What OpenSSH does where nothing is said.
    usual: OnceCell<Vec<(String, Vec<String>)>>,
}

impl Resolver {
    pub fn new(around: Arc<Surroundings>) -> Self {
        Self { around, kept: Mutex::default(), usual: OnceCell::new() }
    }

    /// What counts for a target.
    ///
    /// # Errors
    /// A configuration that cannot be read or understood.
    pub async fn resolve(&self, target: &SshTarget) -> Result<Arc<HostConfig>, Fault> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().get(target).map(|k| (k.files.clone(), Arc::clone(&k.config)));
        if let Some((files, config)) = known
            && files.iter().all(|(file, then)| stamp(file) == *then)
        {
            return Ok(config);
        }
        let (files, config) = self.read(target).await?;
        let config = Arc::new(config);
        kept().insert(target.clone(), Kept { files, config: Arc::clone(&config) });
        Ok(config)
    }

    async fn read(&self, target: &SshTarget) -> Result<(Vec<(PathBuf, Stamp)>, HostConfig), Fault> {
        let around = Arc::clone(&self.around);
        let printed = match &around.program {
            Some(program) => openssh::settings(program, target, &around)
                .await
                .map_err(|why| fault(target, &format!("OpenSSH says: {why}")))?,
            None => None,
        };
        // Which files matter is found out in any case. OpenSSH may understand what is refused here.
        let (alias, has_openssh) = (target.host.clone(), printed.is_some());
        let (read, written) = tokio::task::spawn_blocking({
            let around = Arc::clone(&around);
            move || {
                let mut files = Files::new(&around, Some(&alias));
                let outcome = files.all();
                let mut read = std::mem::take(&mut files.read);
                if outcome.is_err() && has_openssh {
                    let mut others = Files::new(&around, None);
                    let _ = others.all();
                    read.append(&mut others.read);
                }
                (read, outcome.map(|()| files.settings))
            }
        })
        .await
        .map_err(|e| Fault::new(FaultKind::Bug, e.to_string()))?;
        let (said, usual) = match (printed, written, &self.around.program) {
            // Lists of algorithms are printed as what they come to there, which is not what is usual here.
            (Some(mut printed), Ok(written), _) => {
                let is_list = |(keyword, _): &(String, Vec<String>)| KEYWORDS.contains(&keyword.as_str());
                printed.retain(|setting| !is_list(setting));
                printed.extend(written.into_iter().filter(is_list));
                (printed, &[][..])
            }
            (Some(printed), Err(_), Some(program)) => {
                (printed, self.usual.get_or_init(|| openssh::usual(program)).await.as_slice())
            }
            (_, written, _) => (written.map_err(|refusal| refused(target, &refusal))?, &[][..]),
        };
        let config =
            Settings { said: &said, usual }.of(target, &around).map_err(|why| fault(target, &why))?;
        Ok((read.into_iter().map(|file| (file.clone(), stamp(&file))).collect(), config))
    }
}

/// The hosts that the user's own files name, in their order; wildcards name none.
pub fn hosts(around: &Surroundings) -> Vec<String> {
    let mut files = Files::new(around, None);
    // What can be read is listed; a dialled host tells what is wrong.
    let _ = files.all();
    files.names
}

fn stamp(file: &Path) -> Stamp {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn refused(target: &SshTarget, refusal: &Refusal) -> Fault {
    let Refusal { file, line, why } = refusal;
    let place = if *line > 0 { format!("{}:{line}", file.display()) } else { file.display().to_string() };
    fault(target, &format!("{place}: {why}"))
}

fn fault(target: &SshTarget, why: &str) -> Fault {
    Fault::new(FaultKind::Unsupported, format!("the SSH configuration for {target} cannot be used: {why}"))
        .hint(format!("`ssh -G {target}` shows what counts there"))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
