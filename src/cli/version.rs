//! `pult version`

use std::io::Write;

use serde_json::json;

use super::args::{TextFormat, VersionArgs};
use super::{Exit, Failure};

/// Prints the version; as JSON with what a bug report needs.
pub fn run(args: &VersionArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    match args.output {
        TextFormat::Text => writeln!(out, "pult {version}")?,
        TextFormat::Json => {
            let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
            writeln!(
                out,
                "{:#}",
                json!({"api": super::output::API, "version": version, "platform": target})
            )?;
        }
    }
    Ok(Exit::Done)
}
