//! `pult config check | path | example | show`

use std::io::Write;

use super::args::{ConfigAction, ConfigArgs, Global};
use super::{Exit, Failure, Session};
use crate::config::{self, EXAMPLE, Environment, paths, user_files};
use crate::theme;

/// Runs one of the four.
pub fn run(
    args: &ConfigArgs,
    global: &Global,
    env: Environment,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    match &args.action {
        ConfigAction::Example => out.write_all(EXAMPLE.as_bytes())?,
        ConfigAction::Path => match paths::config_file(global.config.as_ref(), &env) {
            Some(path) => writeln!(out, "{}", path.display())?,
            None => return Err(Failure::Usage("no home directory: set HOME or PULT_CONFIG".into())),
        },
        ConfigAction::Show => {
            let session = Session::open(global.clone(), env)?;
            out.write_all(config::show(&session.profile).as_bytes())?;
        }
        ConfigAction::Check { file } => {
            let mut global = global.clone();
            global.config = file.clone().or(global.config);
            return check(&Session::for_panel(global, env)?, out);
        }
    }
    Ok(Exit::Done)
}

/// Prints every mistake in the file, in the keymap and in the theme that it names.
fn check(session: &Session, out: &mut dyn Write) -> Result<Exit, Failure> {
    let profile = &session.profile;
    let mut wrong = profile.mistakes().next().is_some();
    for diagnostic in &profile.diagnostics {
        writeln!(out, "{diagnostic}")?;
    }
    let mut lints = session.keymap().1;
    if let Some(theme) = &profile.theme {
        lints.extend(theme::load(theme, &|name| user_files::theme(&session.env, name)).1);
    }
    wrong |= !lints.is_empty();
    for lint in lints {
        writeln!(out, "{lint}")?;
    }
    if wrong {
        return Ok(Exit::Usage);
    }
    match &profile.source {
        Some(path) => writeln!(out, "ok {}: {} targets", path.display(), profile.targets.len())?,
        None => writeln!(out, "ok no file: {} targets discovered", profile.targets.len())?,
    }
    Ok(Exit::Done)
}
