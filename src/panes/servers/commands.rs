//! The servers pane's rows of the command table.

use crate::command::{Availability, Command, Facts, Intent, PaneId, PaneIntent, Scope};
use crate::domain::remote::Link;

fn can_connect(facts: &Facts) -> Availability {
    match facts.server.as_ref().map(|server| &server.link) {
        None => Availability::off("there is no server under the cursor"),
        Some(Link::Live) => Availability::off("it is connected"),
        Some(Link::Connecting) => Availability::off("it is being connected"),
        Some(Link::Listed | Link::Lost { .. }) => Availability::Ready,
    }
}

fn can_disconnect(facts: &Facts) -> Availability {
    match &facts.server {
        None => Availability::off("there is no server under the cursor"),
        Some(server) if server.link == Link::Listed => Availability::off("it is not connected"),
        Some(server) if server.is_here => Availability::off("this machine needs no connection"),
        Some(_) => Availability::Ready,
    }
}

/// The table.
pub static COMMANDS: [Command; 2] = [
    Command::plain(
        "server.connect",
        "Connect to the server, or try again",
        "connect",
        Scope::Pane(PaneId::Servers),
        2,
        |_, _| Ok(Intent::Pane(PaneIntent::Connect)),
    )
    .when(can_connect),
    Command::plain(
        "server.disconnect",
        "Hang up at the server; it stays listed",
        "disconnect",
        Scope::Pane(PaneId::Servers),
        3,
        |_, _| Ok(Intent::Pane(PaneIntent::Disconnect)),
    )
    .when(can_disconnect),
];
