//! `pult man`: one page with all commands, from the same definition as `--help`.

use std::io::Write;

use clap::CommandFactory;

use super::{Cli, Exit, Failure};

/// Prints the manual page in roff: `pult man | man -l -`.
pub fn run(out: &mut dyn Write) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for sub in command.get_subcommands() {
        let man = clap_mangen::Man::new(sub.clone());
        writeln!(page, ".SH \"{}\"", sub.get_bin_name().unwrap_or(sub.get_name()).to_uppercase())?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    out.write_all(&page)?;
    Ok(Exit::Done)
}
