//! Whether a name has an address, somebody answers an echo, and somebody listens.

use core::net::IpAddr;
use std::time::Duration;

use super::script::{NOT_FOUND, limited, run};
use crate::backends::server::host::{Host, Output};
use crate::backends::server::shell::Pipe;
use crate::domain::check::Outcome;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;

/// Asks as every program there asks: files, DNS, whatever is configured.
const RESOLVE: &str = "command -v getent >/dev/null || exit 127; getent ahosts \"$2\"";
const PING: &str = "command -v ping >/dev/null || exit 127; ping -n -c 1 -W \"$1\" \"$2\"";
/// Addresses that are told, and that are tried.
const MOST: usize = 4;

/// A connection to a port of that name. A name is looked up by a program first: sshd itself would wait for DNS with
/// every other channel of its connection, our readings among them.
pub(super) async fn dial(
    host: &dyn Host,
    name: &str,
    port: u16,
    limit: Duration,
) -> Result<Box<dyn Pipe>, Fault> {
    if name == "localhost" || name.parse::<IpAddr>().is_ok() {
        return dial_one(host, name, port).await;
    }
    let output = run(host, limited(RESOLVE, limit).operand(name), limit).await?;
    if output.code == Some(NOT_FOUND) {
        return dial_one(host, name, port).await;
    }
    let mut refusal = Fault::new(FaultKind::Unreachable, format!("{name} has no address"))
        .hint("is it written so? it is looked up on the server that asks");
    for address in addresses(&output).into_iter().take(MOST) {
        match dial_one(host, &address.to_string(), port).await {
            Ok(pipe) => return Ok(pipe),
            Err(fault) => refusal = fault,
        }
    }
    Err(refusal)
}

/// Who says nothing is silent himself, whoever waited for him.
async fn dial_one(host: &dyn Host, name: &str, port: u16) -> Result<Box<dyn Pipe>, Fault> {
    host.dial(name, port).await.map_err(|fault| match fault.kind {
        FaultKind::Timeout => Fault::new(FaultKind::Timeout, format!("{name} port {port} says nothing"))
            .hint("a firewall on the way may drop what is sent to it"),
        _ => fault,
    })
}

pub(super) async fn tcp(host: &dyn Host, name: &str, port: u16, limit: Duration) -> Result<Outcome, Fault> {
    let began = tokio::time::Instant::now();
    let _connection = dial(host, name, port, limit).await?;
    Ok(Outcome::ok("it listens").took(began.elapsed()))
}

pub(super) async fn dns(
    host: &dyn Host,
    name: &str,
    wanted: Option<IpAddr>,
    limit: Duration,
) -> Result<Outcome, Fault> {
    let began = tokio::time::Instant::now();
    let output = run(host, limited(RESOLVE, limit).operand(name), limit).await?;
    if output.code == Some(NOT_FOUND) {
        return Err(lacks("getent", "apt-get install libc-bin"));
    }
    Ok(resolved(&output, wanted).took(began.elapsed()))
}

/// Each once, in the order in which they are to be tried.
fn addresses(output: &Output) -> Vec<IpAddr> {
    let text = output.text();
    let mut found: Vec<IpAddr> = Vec::new();
    for address in text.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()) {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

fn resolved(output: &Output, wanted: Option<IpAddr>) -> Outcome {
    let found = addresses(output);
    if found.is_empty() {
        return Outcome::failed("it has no address");
    }
    let mut told = found.iter().take(MOST).map(ToString::to_string).collect::<Vec<_>>().join(" ");
    if found.len() > MOST {
        told += &format!(" and {} more", found.len() - MOST);
    }
    match wanted {
        Some(wanted) if !found.contains(&wanted) => {
            Outcome::failed(format!("it is at {told}, not at {wanted}"))
        }
        _ => Outcome::ok(told),
    }
}

pub(super) async fn ping(host: &dyn Host, name: &str, limit: Duration) -> Result<Outcome, Fault> {
    let output = run(host, limited(PING, limit).operand(name), limit + Duration::from_secs(1)).await?;
    echoed(&output)
}

fn echoed(output: &Output) -> Result<Outcome, Fault> {
    let complaint = output.complaint();
    if output.code == Some(NOT_FOUND) {
        return Err(lacks("ping", "apt-get install iputils-ping"));
    }
    if complaint.contains("not permitted") || complaint.contains("ermission denied") {
        let fault = Fault::new(FaultKind::Denied, format!("ping may not be used there: {complaint}"));
        return Err(fault.hint("sysctl net.ipv4.ping_group_range=\"0 2147483647\" permits it to everybody"));
    }
    let text = output.text();
    let time =
        text.split("time=").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    Ok(match (output.is_success(), time.filter(|ms| (0.0..1e7).contains(ms))) {
        (true, Some(ms)) => Outcome::ok("it answers").took(Duration::from_secs_f64(ms / 1000.0)),
        (true, None) => Outcome::ok("it answers"),
        (false, _) if complaint.is_empty() => Outcome::failed("it does not answer"),
        (false, _) => Outcome::failed(sanitize::line(&complaint, 200).into_owned()),
    })
}

pub(super) fn lacks(program: &str, hint: &str) -> Fault {
    Fault::new(FaultKind::Unsupported, format!("there is no {program} on the server that asks")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Verdict;
    use proptest::prelude::*;

    fn output(code: i32, stdout: &str, stderr: &str) -> Output {
        Output { code: Some(code), stdout: stdout.as_bytes().to_vec(), stderr: stderr.as_bytes().to_vec() }
    }

    /// `getent ahosts localhost` of Debian 12.
    const AHOSTS: &str = "::1             STREAM localhost\n::1             DGRAM  \n::1             RAW    \n\
        127.0.0.1       STREAM \n127.0.0.1       DGRAM  \n";

    #[test]
    fn a_name_has_addresses_or_not() {
        let outcome = resolved(&output(0, AHOSTS, ""), None);
        assert_eq!((outcome.verdict, outcome.message.as_str()), (Verdict::Ok, "::1 127.0.0.1"));
        let other = resolved(&output(0, AHOSTS, ""), "10.0.0.1".parse().ok());
        assert_eq!(other.message, "it is at ::1 127.0.0.1, not at 10.0.0.1");
        assert_eq!(resolved(&output(0, AHOSTS, ""), "127.0.0.1".parse().ok()).verdict, Verdict::Ok);
        assert_eq!(resolved(&output(2, "", ""), None).message, "it has no address");
    }

    #[test]
    fn an_echo_comes_back_or_not() {
        let said = "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 \
            time=0.045 ms\n\n--- 127.0.0.1 ping statistics ---\n";
        let outcome = echoed(&output(0, said, "")).unwrap();
        assert_eq!((outcome.verdict, outcome.took), (Verdict::Ok, Some(Duration::from_micros(45))));
        assert_eq!(echoed(&output(1, "PING …", "")).unwrap().message, "it does not answer");
        let unknown = echoed(&output(2, "", "ping: nowhere: Name or service not known")).unwrap();
        assert_eq!(unknown.message, "ping: nowhere: Name or service not known");
        for (code, said) in [(127, ""), (2, "ping: socket: Operation not permitted")] {
            let fault = echoed(&output(code, "", said)).unwrap_err();
            assert!(fault.hint.is_some() && matches!(fault.kind, FaultKind::Denied | FaultKind::Unsupported));
        }
    }

    proptest! {
        #[test]
        fn garbage_does_not_make_it_panic(text in "((time=|::1|127.0.0.1)?\\PC{0,20}\\n?){0,9}", code in 0..3) {
            let _ = resolved(&output(code, &text, &text), None);
            let _ = echoed(&output(code, &text, &text));
        }
    }
}
