//! Asks OpenSSH's client how it would connect: `ssh -G -- ALIAS` prints every setting and connects nowhere.

use std::path::Path;
use std::time::Duration;

use super::super::surroundings::Surroundings;
use crate::backends::process::{Output, Program};
use crate::domain::sanitize;
use crate::domain::ssh_target::SshTarget;

/// It takes some milliseconds, unless a `Match exec` hangs.
const DEADLINE: Duration = Duration::from_secs(5);
/// Longer lines are lists of algorithms.
const LINE: usize = 16 << 10;

/// The settings for a target; `None` when there is no such program.
///
/// # Errors
/// What the program complains about.
pub(super) async fn settings(
    program: &Path,
    target: &SshTarget,
    around: &Surroundings,
) -> Result<Option<Vec<(String, Vec<String>)>>, String> {
    let arguments = arguments(target, around);
    let asked = ask(program, &arguments);
    tokio::time::timeout(DEADLINE, asked).await.unwrap_or_else(|_| Err("`ssh -G` does not end".to_owned()))
}

/// What it prints where nothing is said: only against this it can be seen what is. Nothing, when it does not tell.
pub(super) async fn usual(program: &Path) -> Vec<(String, Vec<String>)> {
    let arguments = ["-F", "none", "-G", "--", "localhost"].map(str::to_owned);
    let asked = ask(program, &arguments);
    tokio::time::timeout(DEADLINE, asked).await.ok().and_then(Result::ok).flatten().unwrap_or_default()
}

async fn ask(program: &Path, arguments: &[String]) -> Result<Option<Vec<(String, Vec<String>)>>, String> {
    let mut program = match Program::start(program.as_os_str(), arguments, LINE) {
        Ok(program) => program,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(format!("`ssh -G` does not start: {e}")),
    };
    let mut settings = Vec::new();
    while let Some(output) = program.next().await.map_err(|e| format!("`ssh -G`: {e}"))? {
        if let Output::Line(line) = output
            && let Some((keyword, rest)) = String::from_utf8_lossy(&line).split_once(' ')
        {
            settings.push((keyword.to_ascii_lowercase(), values(keyword, rest)));
        }
    }
    let (status, complaint) = program.end_of().await.map_err(|e| format!("`ssh -G`: {e}"))?;
    if status.is_success() {
        return Ok(Some(settings));
    }
    Err(sanitize::line(complaint.trim(), 400).into_owned())
}

fn arguments(target: &SshTarget, around: &Surroundings) -> Vec<String> {
    let mut arguments = vec!["-G".to_owned()];
    let mut option = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
    if let Some(file) = &around.config {
        option("-F", file.display().to_string());
    }
    if let Some(user) = &target.user {
        option("-l", user.clone());
    }
    if let Some(port) = target.port {
        option("-p", port.to_string());
    }
    if let Some(jump) = &target.jump {
        option("-o", format!("ProxyJump={jump}"));
    }
    arguments.extend(["--".to_owned(), target.host.clone()]);
    arguments
}

/// Only lists of files are separated by blanks; it prints no quotes.
fn values(keyword: &str, rest: &str) -> Vec<String> {
    match keyword {
        "userknownhostsfile" | "globalknownhostsfile" => rest.split_whitespace().map(str::to_owned).collect(),
        _ => vec![rest.to_owned()],
    }
}
