//! `pult` without a command: the panel.

use super::args::Panel;
use super::color::ColorChoice;
use super::{Exit, Failure, Session};
use crate::command::PaneId;
use crate::domain::container_fields;
use crate::domain::filter::Filter;
use crate::logs::filter::Step;
use crate::runtime::panel::{Start, run as run_panel};
use crate::runtime::terminal::TerminalError;
use crate::theme::Choice;

/// Runs the panel until it is quit.
///
/// # Errors
/// `--filter` that is no filter, or no terminal to draw on.
pub async fn run(session: Session, panel: Panel) -> Result<Exit, Failure> {
    if let Some(text) = &panel.filter {
        let checked = match panel.pane {
            Some(PaneId::Logs) => text.parse::<Step>().map(drop),
            _ => Filter::parse(text, container_fields::specs()).map(drop),
        };
        checked
            .map_err(|e| Failure::Usage(format!("--filter {text}: column {}: {}", e.at + 1, e.message)))?;
    }
    let color = match session.global.color {
        ColorChoice::Auto => Choice::Auto,
        ColorChoice::Always => Choice::Always,
        ColorChoice::Never => Choice::Never,
    };
    let start =
        Start { profile: session.profile, env: session.env, color, pane: panel.pane, filter: panel.filter };
    match run_panel(start).await {
        Ok(()) => Ok(Exit::Done),
        Err(TerminalError::Io(e)) => Err(Failure::Io(e)),
        Err(none @ TerminalError::NotATerminal) => Err(Failure::Usage(none.to_string())),
    }
}
