//! The past of servers in one file: minutes for a day, quarters of an hour for a month, and what happened.
//!
//! One writer a session; several sessions may write side by side, for SQLite lets them wait for each other. What
//! lies in the file can be missed: a damaged one is put aside and begun anew.

mod file;
mod store;
#[cfg(test)]
mod tests;

pub use store::Store;
