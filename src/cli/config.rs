//! `pult config check | path | example | show`

use std::io::Write;

use super::args::{ConfigAction, ConfigArgs, Global};
use super::{Exit, Failure, Session};
use crate::config::{self, EXAMPLE, Environment, paths};

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
            let mut options = global.options();
            options.config = file.clone().or(options.config);
            // Through `open`, so that --profile and --target are checked too.
            let profile = config::open(&options, &env)?;
            for diagnostic in &profile.diagnostics {
                writeln!(out, "{diagnostic}")?;
            }
            // HOOK: the theme and keymap loaders' lints are added to `mistakes` here.
            if profile.mistakes().next().is_some() {
                return Ok(Exit::Usage);
            }
            match &profile.source {
                Some(path) => writeln!(out, "ok {}: {} targets", path.display(), profile.targets.len())?,
                None => writeln!(out, "ok no file: {} targets discovered", profile.targets.len())?,
            }
        }
    }
    Ok(Exit::Done)
}
