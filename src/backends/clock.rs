//! The one place where time enters: backends stamp what they measured, the runtime tells the application.

use std::time::Instant;

use jiff::Timestamp;

/// The wall clock.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The monotonic clock, for durations.
#[allow(clippy::disallowed_methods)]
pub fn instant() -> Instant {
    Instant::now()
}
