//! `pult completions SHELL`

use std::io::Write;

use clap::CommandFactory;

use super::args::CompletionsArgs;
use super::{Cli, Exit, Failure};

/// Prints a completion script.
pub fn run(args: &CompletionsArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    // The generator cannot report a broken pipe: it gets a buffer, the pipe gets the buffer.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "pult", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Done)
}
