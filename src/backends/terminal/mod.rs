//! Programs on terminals: bytes in and out on one side, pictures and questions on the other.
//!
//! ```text
//! Pty (SSH, a container, here) ── bytes ──> Emulator ── Picture ──> whoever draws
//!      └──────────────────────── typed, answers, size ────┘
//! ```
//!
//! The bytes of a program end here: what leaves is a picture of cells. Nothing of it knows a screen.

mod emulator;
mod local;
mod narrow;
mod pty;
mod replies;
mod run;
#[cfg(test)]
mod tests;
mod text;

pub use emulator::Emulator;
pub use local::LocalShell;
pub use pty::Pty;
pub use run::{Inbox, run};
