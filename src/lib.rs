//! pult, a full-screen control panel for the terminal.
//!
//! The crate is a stack of layers; an arrow means "may be named by":
//!
//! ```text
//! domain, logs ← command, gate, theme ← keymap, widgets ← panes ← app ← runtime, cli
//!                                                      domain, gate ← backends ← runtime, cli
//! ```
//!
//! | layer | what it holds | what it may not know |
//! |---|---|---|
//! | [`domain`] | nouns, verbs, formulas | any client, any screen, the clock |
//! | [`logs`] | the log engine: bytes to lines | IO, screens |
//! | [`command`] | the one table row that keys, footer, help, palette and audit read | clients, screens |
//! | [`gate`] | propose → consent → authorized, guard levels, audit records | clients, screens |
//! | [`keymap`] | chords to command ids | panes |
//! | [`theme`] | roles to styles, colour depth | the domain |
//! | [`widgets`] | table, chart, tree, field, dialog frame | the domain |
//! | [`panes`] | one folder a pane: state, commands, view | other panes, tokio, clients |
//! | [`app`] | messages in, effects out; layout, dialogs, palette, jobs | tokio, clients, files |
//! | [`backends`] | Docker, SSH, files, the journal, later Kubernetes, PostgreSQL | ratatui, [`app`] |
//! | [`config`] | the user's file and what is discovered without one | panes |
//! | [`runtime`] | the loop, tasks, frames, terminal, files | – |
//! | [`cli`] | one file a subcommand | – |
//!
//! `tests/it/architecture.rs` checks this table against the source.

pub mod app;
pub mod backends;
pub mod cli;
pub mod command;
pub mod config;
pub mod domain;
pub mod gate;
pub mod keymap;
pub mod logs;
pub mod panes;
pub mod runtime;
pub mod theme;
pub mod widgets;
