//! What may be asked with more rights.

/// Whether readings may use `sudo -n`, which asks for no password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elevate {
    /// In a session that may change nothing, and where the configuration says `sudo = "never"`.
    Never,
    /// Try once: the server logs each refusal.
    Probe,
    /// It was tried and given.
    Known,
}
