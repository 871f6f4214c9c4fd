//! `--since T`, `--until T`: a moment, but a bare number is none.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::logs::moment;

/// Reads a moment.
///
/// # Errors
/// A sentence with the offending text and the accepted forms.
pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    // It would be seconds here, a unix time for docker: ask for the unit, however many digits it has.
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("`{text}` has no unit; write {text}s, {text}m, {text}h or {text}d"));
    }
    moment::parse(text, now, None, zone)
}
