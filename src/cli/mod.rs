//! The command line: flags, and one file a subcommand. Scripts rely on what it prints: see the README.
//!
//! stdout carries results only; everything else goes to stderr. Every way to end is an [`Exit`].

mod act;
mod args;
pub mod audit;
mod book;
mod capsules;
mod changes;
mod checks;
mod color;
mod completions;
mod config;
mod containers;
mod doctor;
mod engines;
mod exit;
mod failure;
mod firewall;
mod flight;
mod get;
mod grid;
mod guard;
mod guarded;
mod hosts;
mod jails;
pub mod keys;
mod listing;
mod log_choice;
mod log_file;
mod log_local;
mod log_merge;
mod log_print;
mod log_source;
mod logs;
mod man;
mod output;
mod panel;
mod poll;
mod ports;
mod processes;
mod proposal;
mod recordings;
mod rehearsal;
mod server_kinds;
mod server_rows;
mod servers;
mod session;
mod since;
mod subjects;
mod targets;
mod units;
mod version;
mod watch;
mod watch_servers;

pub use args::Cli;
pub use exit::Exit;
pub use failure::Failure;
pub use session::Session;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use args::Command;
use clap::Parser;

use jiff::tz::TimeZone;

use crate::app::registry::commands;
use crate::backends::clock;
use crate::config::{Environment, paths};
use crate::runtime::audit_file::{self, AuditFile};
use crate::runtime::connections;

/// Parses the command line, does what it says, and gives the exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version come this way too: they print to stdout and end with 0.
            let code = if e.use_stderr() { Exit::Usage } else { Exit::Done };
            return match e.print() {
                Ok(()) => code.into(),
                Err(_) => Exit::Done.into(),
            };
        }
    };
    if let Some(file) = &cli.global.log
        && let Err(e) = log_file::start(file)
    {
        return failed(&Failure::Usage(format!("--log {}: {e}", file.display())));
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(e) => return failed(&Failure::Io(e)),
    };
    let result = runtime.block_on(run(cli));
    // A thread that reads a file of a server that does not answer is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(500));
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failed(&failure),
    }
}

/// Does what a parsed command line says.
///
/// # Errors
/// A [`Failure`] that has not been printed yet.
pub async fn run(cli: Cli) -> Result<Exit, Failure> {
    let Cli { global, panel, command } = cli;
    let env = Environment::of_process();
    let home = env.home.clone();
    let env = env.with_ssh_hosts(move |config| connections::ssh_hosts(home.clone(), config));
    let mut stdout = std::io::stdout();
    let out: &mut (dyn Write + Send) = &mut stdout;
    if command.is_some() && (panel.pane.is_some() || panel.filter.is_some()) {
        return Err(Failure::Usage("--pane and --filter before a command are for the panel only".into()));
    }
    match command {
        None => {
            // The panel starts in spite of mistakes in the file and shows them as a banner.
            let session = Session::for_panel(global, env)?;
            panel::run(session, panel).await
        }
        Some(Command::Version(args)) => version::run(&args, out),
        Some(Command::Completions(args)) => completions::run(&args, out),
        Some(Command::Man) => man::run(out),
        Some(Command::Config(args)) => config::run(&args, &global, env, out),
        Some(Command::Get(args)) => get::run(&Session::open(global, env)?, &args, out).await,
        Some(Command::Doctor(args)) => doctor::run(&Session::for_panel(global, env)?, &args, out).await,
        Some(Command::Do(args)) => {
            let session = Session::open(global, env)?;
            act::run(&session, &args, commands(), || open_audit(&session, &args), out).await
        }
        Some(Command::Audit(args)) => {
            let path = audit_path(&env)?;
            let moment = audit::Moment { now: clock::now(), zone: TimeZone::system() };
            tokio::select! {
                result = audit::run(&args, &path, &moment, out) => result,
                _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
            }
        }
        Some(Command::Keys(args)) => {
            let session = Session::for_panel(global, env)?;
            let (keymap, mistakes) = session.keymap();
            mistakes.iter().for_each(|mistake| session.remark(&mistake.to_string()));
            out.write_all(keys::print(commands(), &keymap, args.output).as_bytes())?;
            Ok(Exit::Done)
        }
        Some(Command::Logs(args)) => logs::run(&Session::open(global, env)?, &args, out).await,
    }
}

fn audit_path(env: &Environment) -> Result<PathBuf, Failure> {
    let dir = paths::state_dir(env)
        .ok_or_else(|| Failure::Usage("no home directory: set HOME or PULT_STATE_DIR".into()))?;
    Ok(dir.join(audit_file::FILE_NAME))
}

/// Opens the audit for one action, with its `--reason`.
fn open_audit(session: &Session, args: &args::DoArgs) -> io::Result<Box<dyn book::Book + Send>> {
    let dir = paths::state_dir(&session.env).ok_or_else(|| io::Error::other("no state directory"))?;
    let mut file = AuditFile::open(&dir, crate::runtime::session::Session::current())?;
    file.set_reason(args.reason.clone());
    Ok(Box::new(file))
}

fn failed(failure: &Failure) -> ExitCode {
    failure.print(&mut std::io::stderr());
    failure.exit().into()
}
