//! Turns what the network, HTTP and the engine say into faults a person can act on.
//!
//! Engine messages come from outside: they are sanitised and bounded here, once.

use std::error::Error;
use std::io;
use std::time::Duration;

use http::StatusCode;

use crate::domain::endpoint::DockerEndpoint;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;

/// Characters kept of a message of the engine.
const MAX_MESSAGE: usize = 600;

/// The engine's own words, harmless and in one line.
pub(super) fn clean(message: &str) -> String {
    sanitize::line(message.trim(), MAX_MESSAGE).into_owned()
}

/// No connection could be made or it broke.
pub(super) fn from_io(error: &io::Error, endpoint: &DockerEndpoint) -> Fault {
    if let Some(fault) = carried(error) {
        return fault;
    }
    let at = endpoint.address();
    // With TLS 1.3 a server refuses a client's certificate only after the handshake.
    if error.get_ref().is_some_and(|e| e.is::<tokio_rustls::rustls::Error>()) {
        return super::tls::handshake_fault(&at, error);
    }
    let local = match endpoint {
        DockerEndpoint::Unix(path) => Some(path.display().to_string()),
        _ => None,
    };
    let elsewhere = "or set DOCKER_HOST or a docker context to where the engine listens";
    match error.kind() {
        io::ErrorKind::NotFound if local.is_some() => {
            Fault::new(FaultKind::Unreachable, format!("no Docker engine at {at}: there is no such socket"))
                .hint(format!("start it with `systemctl start docker`, {elsewhere}"))
        }
        io::ErrorKind::PermissionDenied => {
            let fault = Fault::new(FaultKind::Denied, format!("no permission to use {at}"));
            match local {
                Some(_) => fault.hint("run `sudo usermod -aG docker $USER`, then log in again"),
                None => fault,
            }
        }
        io::ErrorKind::ConnectionRefused => {
            let fault = Fault::new(FaultKind::Unreachable, format!("nothing listens at {at}"));
            match local {
                Some(_) => fault.hint(format!("start it with `systemctl start docker`, {elsewhere}")),
                None => fault.hint("check that the engine runs there and listens on this address and port"),
            }
        }
        io::ErrorKind::TimedOut => {
            timeout(&format!("connecting to {at}"), super::connector::CONNECT_DEADLINE)
        }
        io::ErrorKind::InvalidData => Fault::new(
            FaultKind::Protocol,
            format!("{at} did not speak TLS or HTTP as expected: {}", clean(&error.to_string())),
        ),
        _ => {
            let fault =
                Fault::new(FaultKind::Unreachable, format!("lost {at}: {}", clean(&error.to_string())));
            match local {
                Some(_) => fault
                    .hint("the engine may have stopped or be restarting; `systemctl status docker` tells"),
                None => fault.hint("the engine may have stopped, or the network between; it is tried again"),
            }
        }
    }
}

/// A failure inside the HTTP client: mostly an [`io::Error`] some levels down.
pub(super) fn from_http(error: &(dyn Error + 'static), endpoint: &DockerEndpoint) -> Fault {
    let mut cause = Some(error);
    let mut deepest = error.to_string();
    while let Some(e) = cause {
        if let Some(io) = e.downcast_ref::<io::Error>() {
            return from_io(io, endpoint);
        }
        if let Some(h) = e.downcast_ref::<hyper::Error>() {
            if h.is_parse() {
                return Fault::new(
                    FaultKind::Protocol,
                    format!("{} did not answer with HTTP: {}", endpoint.address(), clean(&h.to_string())),
                );
            }
            if h.is_timeout() {
                return Fault::new(
                    FaultKind::Timeout,
                    format!("{} did not answer in time", endpoint.address()),
                );
            }
        }
        deepest = e.to_string();
        cause = e.source();
    }
    Fault::new(FaultKind::Unreachable, format!("lost {}: {}", endpoint.address(), clean(&deepest)))
}

/// A fault on its way through an interface that knows only [`io::Error`].
pub(super) fn carry(fault: Fault) -> io::Error {
    io::Error::other(fault)
}

fn carried(error: &io::Error) -> Option<Fault> {
    error.get_ref()?.downcast_ref::<Fault>().cloned()
}

/// No answer within the deadline.
pub(super) fn timeout(doing: &str, deadline: Duration) -> Fault {
    Fault::new(FaultKind::Timeout, format!("{doing}: no answer within {} s", deadline.as_secs()))
        .hint("the engine may be overloaded or frozen; try `docker version` on that host")
}

/// The answer was not what the API promises.
pub(super) fn protocol(doing: &str, why: &str) -> Fault {
    Fault::new(FaultKind::Protocol, format!("{doing}: unexpected answer ({})", clean(why)))
}

/// An answer with an error status. `body` is the JSON or plain text that came with it.
pub(super) fn from_status(doing: &str, status: StatusCode, body: &str) -> Fault {
    #[derive(serde::Deserialize)]
    struct Message {
        message: String,
    }
    let said = serde_json::from_str::<Message>(body).map_or_else(|_| clean(body), |m| clean(&m.message));
    from_words(doing, status.as_u16(), &said)
}

/// An error status with the engine's words, already cleaned.
pub(super) fn from_words(doing: &str, status: u16, said: &str) -> Fault {
    let low = said.to_lowercase();
    let kind = match status {
        _ if low.contains("client version") && (low.contains("too old") || low.contains("too new")) => {
            FaultKind::Unsupported
        }
        _ if low.contains("does not support reading") => FaultKind::Unsupported,
        401 | 403 => FaultKind::Denied,
        404 => FaultKind::Gone,
        405 | 501 => FaultKind::Unsupported,
        409 => FaultKind::Conflict,
        408 | 504 => FaultKind::Timeout,
        502 | 503 => FaultKind::Unreachable,
        _ => FaultKind::Failed,
    };
    // A filtering proxy answers with a page of HTML: its words say less than its status.
    let said =
        if said.is_empty() || said.starts_with('<') { format!("status {status}") } else { said.to_owned() };
    let fault = Fault::new(kind, format!("{doing}: {said}"));
    match kind {
        FaultKind::Denied => {
            fault.hint("a socket proxy or an authorisation plugin refused it; allow this call there")
        }
        FaultKind::Unsupported if low.contains("does not support reading") => {
            fault.hint("its logging driver keeps nothing to read; run it with json-file, local or journald")
        }
        FaultKind::Unsupported if low.contains("client version") => {
            fault.hint("the engine speaks another API version; update the older side")
        }
        _ if low.contains("memoryswap limit") || low.contains("memory limit should be smaller") => {
            fault.hint("raise the memory-and-swap limit together with the memory limit")
        }
        FaultKind::Conflict if low.contains("you cannot remove") || low.contains("cannot remove") => {
            fault.hint("stop it first, or remove it by force")
        }
        _ => fault,
    }
}

/// An error of the bollard client.
pub(super) fn from_bollard(doing: &str, error: &bollard::errors::Error, endpoint: &DockerEndpoint) -> Fault {
    use bollard::errors::Error as E;
    match error {
        E::DockerResponseServerError { status_code, message } => {
            from_words(doing, *status_code, &clean(message))
        }
        E::IOError { err } => from_io(err, endpoint),
        E::HyperResponseError { err } => from_http(err, endpoint),
        E::JsonDataError { message, .. } => protocol(doing, message),
        E::JsonSerdeError { err } => protocol(doing, &err.to_string()),
        E::RequestTimeoutError => Fault::new(FaultKind::Timeout, format!("{doing}: no answer in time")),
        other => Fault::new(FaultKind::Failed, format!("{doing}: {}", clean(&other.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix() -> DockerEndpoint {
        DockerEndpoint::Unix("/var/run/docker.sock".into())
    }

    #[test]
    fn each_way_to_fail_has_its_kind_and_a_next_step() {
        let cases = [
            (io::ErrorKind::NotFound, FaultKind::Unreachable, "systemctl start docker"),
            (io::ErrorKind::ConnectionRefused, FaultKind::Unreachable, "systemctl start docker"),
            (io::ErrorKind::PermissionDenied, FaultKind::Denied, "usermod -aG docker"),
            (io::ErrorKind::TimedOut, FaultKind::Timeout, "docker version"),
        ];
        for (error, kind, hint) in cases {
            let fault = from_io(&error.into(), &unix());
            assert_eq!(fault.kind, kind);
            assert!(fault.hint.as_deref().unwrap().contains(hint), "{fault:?}");
        }
        let carried = from_io(&carry(Fault::new(FaultKind::Denied, "x")), &unix());
        assert_eq!(carried.kind, FaultKind::Denied);
    }

    #[test]
    fn statuses_keep_the_engines_words_and_nothing_a_terminal_obeys() {
        let body = r#"{"message":"No such container: \u001b[31mweb\u0000"}"#;
        let fault = from_status("inspect web", StatusCode::NOT_FOUND, body);
        assert_eq!(
            (fault.kind, fault.message.as_str()),
            (FaultKind::Gone, "inspect web: No such container: web�")
        );
        let fault = from_status("list", StatusCode::FORBIDDEN, "<html><body>403</body></html>");
        assert_eq!((fault.kind, fault.message.as_str()), (FaultKind::Denied, "list: status 403"));
        let long = from_status("x", StatusCode::INTERNAL_SERVER_ERROR, &"a".repeat(10_000));
        assert!(long.message.len() < 2 * MAX_MESSAGE);
        for words in [
            "client version 1.51 is too new. Maximum supported API version is 1.41",
            "client version 1.24 is too old",
        ] {
            assert_eq!(from_words("ping", 400, words).kind, FaultKind::Unsupported);
        }
    }
}
