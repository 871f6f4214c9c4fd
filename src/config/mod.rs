//! What pult looks after and how: the user's file, or what is discovered without one.
//!
//! [`load`] never fails: a file with mistakes gives what can be trusted of it and a
//! [`Diagnostic`](crate::domain::diagnostic::Diagnostic) for each mistake. Whatever a mistake makes
//! uncertain becomes stricter, never laxer: a target whose guard cannot be read is read-only.
//! Everything the process's surroundings say comes in through [`Environment`], so that tests need none.
//!
//! ```text
//! text ─ file ─> File (as written) ─┐
//! Environment ─ discover ───────────┴─ profile ─> Profile ─ select (--profile, --target) ─> Profile
//! ```

mod backup;
mod check;
mod context;
mod discover;
mod entry;
mod environment;
mod example;
mod file;
mod host_url;
mod overlay;
pub mod paths;
mod profile;
mod reader;
mod report;
mod resolve;
mod sections;
mod select;
mod show;
mod thresholds;
pub mod user_files;

pub use environment::Environment;
pub use example::EXAMPLE;
pub use overlay::Overlay;
pub use profile::{Options, Profile, load};
pub use select::{UsageError, open};
pub use show::show;
