//! How far a server's clock is from ours.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::backends::argv::Argv;
use crate::backends::ssh::Hub;
use crate::backends::{clock, skew};
use crate::domain::fault::Fault;
use crate::domain::ssh_target::SshTarget;

const DEADLINE: Duration = Duration::from_secs(10);

/// How much it is ahead of ours; `None` when it is not certain that it is, or that it is behind.
///
/// # Errors
/// The server cannot be reached.
pub async fn ahead(hub: &Hub, target: &SshTarget) -> Result<Option<SignedDuration>, Fault> {
    let connection = hub.connection(target).await?;
    // What it takes to get there is no part of the round trip.
    connection.connect().await?;
    let asked = clock::now();
    let output = connection.exec(&Argv::new("date").arg("+%s.%N"), DEADLINE).await?;
    let answered = clock::now();
    Ok(read_clock(&output.stdout).and_then(|(theirs, blur)| skew::certain(asked, answered, theirs, blur)))
}

/// Seconds since 1970 with a fraction; busybox knows none, so that up to a second more is possible.
fn read_clock(stdout: &[u8]) -> Option<(Timestamp, SignedDuration)> {
    let text = std::str::from_utf8(stdout).ok()?.trim();
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = seconds.parse().ok()?;
    let exact = (fraction.len() == 9).then(|| fraction.parse::<i32>().ok()).flatten();
    let blur = if exact.is_some() { SignedDuration::ZERO } else { SignedDuration::from_secs(1) };
    Some((Timestamp::new(whole, exact.unwrap_or_default()).ok()?, blur))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_with_and_without_a_fraction() {
        let at = |text: &str| read_clock(text.as_bytes()).map(|(at, blur)| (at.to_string(), blur.as_secs()));
        let exact = ("2026-11-21T21:00:00.5Z".to_owned(), 0);
        assert_eq!(at("1795294800.500000000\n"), Some(exact));
        let whole = ("2026-11-21T21:00:00Z".to_owned(), 1);
        assert_eq!((at("1795294800.%N\n"), at("1795294800\n")), (Some(whole.clone()), Some(whole)));
        for garbage in ["", "x", ".", "99999999999999999999", "\u{1b}[31m"] {
            assert_eq!(at(garbage), None);
        }
        assert_eq!(read_clock(&[0xff, 0xfe]), None);
    }
}
