//! `--log FILE`: what pult itself does, for bug reports. Nothing is logged without it.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// Starts logging to the end of a file that only its owner may read. `PULT_LOG` sets the detail.
///
/// # Errors
/// The file cannot be opened.
pub fn start(file: &Path) -> io::Result<()> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(file)?;
    let filter = EnvFilter::try_from_env("PULT_LOG").unwrap_or_else(|_| EnvFilter::new("pult=debug,info"));
    // A second call (tests) keeps the first log.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init();
    Ok(())
}
