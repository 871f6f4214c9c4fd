//! What a tool that was asked comes to: an answer, or why there is none and what to do about it.

use super::Part;
use crate::backends::server::host::Output;
use crate::domain::backup::{Found, Plan, Tool, Unread};
use crate::domain::sanitize;
use crate::domain::secret::mask_urls;

/// What the scripts end with before a tool was asked.
pub(super) const ABSENT: i32 = 90;
const UNREAD_PASSWORD: i32 = 91;
const UNREAD_ENV: i32 = 92;
const UNREAD_FOLDER: i32 = 93;
const NO_FOLDER: i32 = 94;
/// What timeout(1) ends with.
const LATE: i32 = 124;

/// The answer of a tool.
pub(super) fn read(
    plan: &Plan,
    output: &Output,
    parse: fn(&[u8]) -> Option<Vec<Part>>,
) -> Result<Vec<Part>, Unread> {
    match output.code {
        Some(0) => parse(&output.stdout).ok_or_else(|| Unread {
            message: format!("what {} says there is not understood", program(plan.tool)),
            hint: format!("look at it there: {}", plan.command()),
        }),
        // Nobody asked for it.
        Some(ABSENT) if plan.found => Ok(Vec::new()),
        Some(NO_FOLDER) => Ok(vec![Found::none("there is none: its folder is not there").into()]),
        _ if has_no_repository(&output.complaint()) => {
            Ok(vec![Found::none("there is none: there is no repository at its place").into()])
        }
        code => Err(unread(plan, code, &mask_urls(&output.complaint()))),
    }
}

/// As restic and Borg say it; restic asks the same of a repository that it cannot reach.
fn has_no_repository(complaint: &str) -> bool {
    let absent = ["no such file or directory", "does not exist", "(404)"];
    let is_absent = absent.iter().any(|word| complaint.contains(word));
    is_absent
        && (complaint.contains("Is there a repository at the following location")
            || complaint.starts_with("Repository "))
}

fn program(tool: Tool) -> &'static str {
    match tool {
        Tool::Files => "find",
        Tool::Timer => "systemctl",
        Tool::Restic | Tool::Borg | Tool::Pgbackrest => tool.word(),
    }
}

/// Why a tool did not answer, and the way out.
fn unread(plan: &Plan, code: Option<i32>, complaint: &str) -> Unread {
    const RIGHTS: &str = "log in as root, or permit sudo there without a password";
    let program = program(plan.tool);
    let file = |path: &Option<String>| sanitize::name(path.as_deref().unwrap_or_default());
    let told = |message: String, hint: &str| Unread { message, hint: hint.to_owned() };
    match code {
        Some(ABSENT) => told(
            format!("there is no {program} there"),
            "install it there, or name another server: the one that makes the backup",
        ),
        Some(UNREAD_PASSWORD) => told(
            format!("its password file {} is not there or may not be read", file(&plan.password_file)),
            RIGHTS,
        ),
        Some(UNREAD_ENV) => {
            told(format!("its env_file {} is not there or may not be read", file(&plan.env_file)), RIGHTS)
        }
        Some(UNREAD_FOLDER) => told("its folder may not be listed".to_owned(), RIGHTS),
        Some(LATE) => told(
            format!("{program} did not answer in time and was given up"),
            &format!("look whether it reaches its repository: {}", plan.command()),
        ),
        _ if complaint.is_empty() => told(
            format!(
                "{program} ended with {} and said nothing",
                code.map_or("a signal".to_owned(), |c| c.to_string())
            ),
            &match &plan.env_file {
                Some(path) => format!("look whether sh understands {}", sanitize::name(path)),
                None => format!("try it there: {}", plan.command()),
            },
        ),
        _ => {
            let lower = complaint.to_lowercase();
            let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
            let hint = if has(&["permission denied", "may not", "not permitted"]) {
                RIGHTS.to_owned()
            } else if has(&["password", "passphrase", "passcommand"]) {
                "write password_file or env_file of its [[backup]]: paths on the server".to_owned()
            } else {
                format!("try it there: {}", plan.command())
            };
            Unread { message: format!("{program}: {complaint}"), hint }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::restic;
    use super::*;

    #[test]
    fn without_a_repository_there_is_none() {
        let plan = Plan::new("crm", Tool::Restic, "/srv/r");
        for said in [
            "Fatal: unable to open config file: stat /srv/r/config: no such file or directory\nIs there a repository at the following location?\n/srv/r",
            "Repository /srv/r does not exist.",
        ] {
            let output = Output { code: Some(2), stdout: vec![], stderr: said.into() };
            let Ok(parts) = read(&plan, &output, restic::parse) else { panic!("{said}") };
            assert!(parts[0].found.complaint.contains("no repository"));
        }
    }

    #[test]
    fn what_cannot_be_read_says_the_way_out() {
        let plan = Plan {
            password_file: Some("/etc/pw".into()),
            env_file: Some("/etc/env".into()),
            ..Plan::new("crm", Tool::Restic, "/srv/r")
        };
        for (code, stderr, message, hint) in [
            (ABSENT, "", "there is no restic", "install"),
            (UNREAD_PASSWORD, "", "password file /etc/pw", "sudo"),
            (UNREAD_ENV, "", "env_file /etc/env", "sudo"),
            (LATE, "", "in time", "--repo=/srv/r"),
            (2, "", "ended with 2", "sh understands /etc/env"),
            (1, "Fatal: wrong password or no key found", "restic: Fatal: wrong password", "password_file"),
            (1, "open rest:https://u:hunter2@h/: dial tcp", "u:***@h", "try it there"),
            (
                1,
                "Fatal: unable to open config file: Head http://h/config: i/o timeout\nIs there a repository at the following location?",
                "i/o timeout",
                "try it there",
            ),
            (1, "open /srv/r/config: permission denied", "permission denied", "sudo"),
        ] {
            let output = Output { code: Some(code), stdout: vec![], stderr: stderr.into() };
            let Err(unread) = read(&plan, &output, restic::parse) else { panic!("{stderr}") };
            assert!(unread.message.contains(message) && unread.hint.contains(hint), "{unread:?}");
        }
    }
}
