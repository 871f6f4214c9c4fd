//! Rows of the command table about ports, firewalls and bans of a server.

use crate::command::{
    ArgKind, ArgSpec, Args, Availability, Command, Facts, HostTab, Intent, Object, ObjectKind, PaneId,
    PaneIntent, Scope, ServerIntent, Subject,
};
use crate::domain::mutation::{Danger, Mutation};
use crate::domain::server::firewall::{FirewallChange, ROLLBACK_S, ban_spares_us};
use crate::domain::server::jails::JailName;
use crate::domain::server::network::Network;
use crate::domain::server::surface::Surface;
use crate::domain::server::ufw::{Action, Change, Direction, Ports, Rule};
use crate::domain::server::{BanChange, ServerAction, ServerMutation};
use crate::domain::shell_word::sh_quote;

const SCOPE: Scope = Scope::Pane(PaneId::Servers);

const fn text(name: &'static str, title: &'static str) -> ArgSpec {
    ArgSpec { name, title, kind: ArgKind::Text, default: "", required: false }
}

const fn choice(
    name: &'static str,
    title: &'static str,
    words: &'static [&'static str],
    default: &'static str,
) -> ArgSpec {
    ArgSpec { name, title, kind: ArgKind::Choice { words, open: false }, default, required: true }
}

const ROLLBACK: ArgSpec = ArgSpec {
    name: "rollback",
    title: "undone after (s)",
    kind: ArgKind::Integer { min: 5, max: 600 },
    default: "30",
    required: true,
};

const ROLLBACK_ARGS: [ArgSpec; 1] = [ROLLBACK];

const RULE_ARGS: [ArgSpec; 9] = [
    text("port", "ports or application"),
    choice("protocol", "protocol", &["any", "tcp", "udp", "ah", "esp", "gre", "ipv6", "igmp"], "any"),
    choice("direction", "direction", &["in", "out", "routed"], "in"),
    text("from", "from address"),
    text("to", "to address"),
    text("interface", "interface"),
    text("comment", "comment"),
    ArgSpec {
        name: "before",
        title: "before rule number",
        kind: ArgKind::Integer { min: 1, max: 9999 },
        default: "",
        required: false,
    },
    ROLLBACK,
];

const DEFAULT_ARGS: [ArgSpec; 3] = [
    choice("direction", "direction", &["in", "out", "routed"], "in"),
    choice("action", "action", &["deny", "reject", "allow"], "deny"),
    ROLLBACK,
];

const BAN_ARGS: [ArgSpec; 1] = [ArgSpec {
    name: "address",
    title: "address or network",
    kind: ArgKind::Text,
    default: "",
    required: true,
}];

/// A command that turns to a tab.
const fn show(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run).when(super::commands::any_server)
}

/// A command that changes something of this kind.
const fn change(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    on: ObjectKind,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run).on(on).danger(Danger::Mutate)
}

macro_rules! tab {
    ($tab:ident) => {
        |_, _| Ok(Intent::Pane(PaneIntent::Server(ServerIntent::Show(HostTab::$tab))))
    };
}

macro_rules! add {
    ($id:literal, $title:literal, $label:literal, $rank:literal, $action:ident) => {
        change($id, $title, $label, $rank, ObjectKind::Firewall, |f, a| {
            each(f, a, |_, surface| {
                let rule = rule(Action::$action, a, surface)?;
                let before = a.integer("before").and_then(|n| usize::try_from(n).ok());
                Ok(Change::Add { rule, before })
            })
        })
        .when(|f| f.usable(ObjectKind::Firewall, firewall))
        .args(&RULE_ARGS)
    };
}

macro_rules! whole {
    ($id:literal, $title:literal, $label:literal, $change:ident) => {
        change($id, $title, $label, 0, ObjectKind::Firewall, |f, a| each(f, a, |_, _| Ok(Change::$change)))
            .when(|f| f.usable(ObjectKind::Firewall, firewall))
            .args(&ROLLBACK_ARGS)
    };
}

/// The table.
pub static COMMANDS: [Command; 17] = [
    show("servers.ports", "Ports of the server and who reaches them", "ports", 7, tab!(Ports)),
    show("servers.firewall", "Firewall of the server", "firewall", 7, tab!(Firewall)),
    show("servers.bans", "Bans of the server", "bans", 7, tab!(Bans)),
    Command::plain("servers.trace", "Ask every server about the address", "trace", SCOPE, 4, |_, _| {
        Ok(Intent::Pane(PaneIntent::Server(ServerIntent::Trace)))
    })
    .on(ObjectKind::Ban)
    .when(traceable),
    change("port.close", "Close the port in the firewall", "close", 2, ObjectKind::Port, |f, a| {
        each(f, a, |s, surface| match &s.what {
            Object::Port { port, .. } => surface.closing(port),
            _ => Err("it is no port".into()),
        })
    })
    .when(|f| {
        f.usable(ObjectKind::Port, |s| match &s.what {
            Object::Port { port, surface, .. } => surface.closing(port).err(),
            _ => None,
        })
    })
    .args(&ROLLBACK_ARGS),
    add!("firewall.allow", "Allow something in the firewall", "allow", 2, Allow),
    add!("firewall.deny", "Deny something in the firewall", "deny", 3, Deny),
    add!(
        "firewall.reject",
        "Reject something in the firewall: those who knock are told",
        "reject",
        0,
        Reject
    ),
    add!("firewall.limit", "Limit how often one address may connect", "limit", 0, Limit),
    change("firewall.delete", "Delete rule", "delete", 4, ObjectKind::Rule, |f, a| {
        each(f, a, |s, _| match &s.what {
            Object::Rule { rule, .. } => Ok(Change::Delete((**rule).clone())),
            _ => Err("it is no rule".into()),
        })
    })
    .when(|f| f.usable(ObjectKind::Rule, firewall))
    .args(&ROLLBACK_ARGS),
    whole!("firewall.enable", "Turn the firewall on", "enable", Enable),
    whole!("firewall.disable", "Turn the firewall off", "disable", Disable),
    whole!("firewall.reload", "Reload the firewall", "reload", Reload),
    change(
        "firewall.default",
        "Change what happens without a rule",
        "default",
        0,
        ObjectKind::Firewall,
        |f, a| {
            each(f, a, |_, _| {
                let action = a.text("action").and_then(Action::from_word).ok_or("the action is missing")?;
                Ok(Change::Default { direction: direction(a), action })
            })
        },
    )
    .when(|f| f.usable(ObjectKind::Firewall, firewall))
    .args(&DEFAULT_ARGS),
    change("jail.ban", "Ban an address in jail", "ban", 2, ObjectKind::Jail, |f, a| bans(&f.subjects, a))
        .when(|f| f.usable(ObjectKind::Jail, |_| None))
        .args(&BAN_ARGS),
    change(
        "jail.ban_fleet",
        "Ban an address on all servers in jail",
        "ban on all",
        3,
        ObjectKind::Jail,
        |f, a| bans(&f.subjects, a),
    )
    .on_fleet()
    .when(|f| f.usable(ObjectKind::Jail, |_| None))
    .args(&BAN_ARGS),
    change("jail.unban", "Unban address", "unban", 4, ObjectKind::Ban, |f, _| {
        let one = |s: &Subject| match &s.what {
            Object::Ban { who, sudo, .. } => {
                let ban = BanChange { who: *who, jail: None, bans: false };
                Some(mutation(s, s.name.clone(), *sudo, ServerAction::Ban(ban)))
            }
            _ => None,
        };
        Ok(Intent::Propose(f.subjects.iter().filter_map(one).collect()))
    })
    .when(|f| f.usable(ObjectKind::Ban, |_| None)),
];

/// Why nothing can be changed here.
fn firewall(s: &Subject) -> Option<String> {
    let (Object::Firewall { surface, .. } | Object::Rule { surface, .. } | Object::Port { surface, .. }) =
        &s.what
    else {
        return None;
    };
    match &surface.ufw {
        Ok(Some(_)) => None,
        Ok(None) => Some("ufw is not there; the kernel's rules are only shown".into()),
        Err(fault) => Some(fault.in_full()),
    }
}

/// The same change for every subject, each weighed against its own firewall.
fn each(
    facts: &Facts,
    args: &Args,
    change: impl Fn(&Subject, &Surface) -> Result<Change, String>,
) -> Result<Intent, String> {
    let rollback = args.integer("rollback").and_then(|s| u32::try_from(s).ok()).unwrap_or(ROLLBACK_S);
    let mut all = Vec::new();
    for s in &facts.subjects {
        let (Object::Firewall { surface, sudo }
        | Object::Rule { surface, sudo, .. }
        | Object::Port { surface, sudo, .. }) = &s.what
        else {
            continue;
        };
        let change = change(s, surface)?;
        let weighed = FirewallChange::weigh(surface, &s.object_id(), change, !s.client.is_empty(), rollback)?;
        // What is confirmed by its name is the server that could be lost.
        all.push(mutation(s, s.target.name.to_string(), *sudo, ServerAction::Firewall(Box::new(weighed))));
    }
    Ok(Intent::Propose(all))
}

fn mutation(s: &Subject, name: String, sudo: bool, action: ServerAction) -> Mutation {
    let (target, client) = (s.target.clone(), s.client.clone());
    Mutation::Server(ServerMutation { target, name, client, sudo, action })
}

fn direction(args: &Args) -> Direction {
    match args.text("direction") {
        Some("out") => Direction::Out,
        Some("routed") => Direction::Routed,
        _ => Direction::In,
    }
}

/// The rule of the form, read as a person would type it: there is one reader of rules.
fn rule(action: Action, args: &Args, surface: &Surface) -> Result<Rule, String> {
    let get = |name| args.text(name).map(sh_quote);
    let (from, to, interface) = (get("from"), get("to"), get("interface"));
    let protocol = args.text("protocol").filter(|p| *p != "any");
    // ufw's own way to write both: `8081/tcp`.
    let (port, protocol) = match args.text("port").and_then(|port| port.split_once('/')) {
        Some((_, other)) if protocol.is_some_and(|protocol| protocol != other) => {
            return Err(format!("the port says {other}, and the protocol below says another one"));
        }
        Some((port, protocol)) => (Some(sh_quote(port)), Some(protocol)),
        None => (get("port"), protocol),
    };
    if [&port, &from, &to, &interface].into_iter().all(Option::is_none) {
        return Err("say what it is about: ports, an address or an interface".into());
    }
    let direction = direction(args);
    let mut words = vec![action.word().to_owned()];
    if direction == Direction::Routed {
        words.insert(0, "route".into());
    }
    match (&interface, direction) {
        (Some(interface), Direction::Out) => words.push(format!("out on {interface}")),
        (Some(interface), _) => words.push(format!("in on {interface}")),
        (None, Direction::Out) => words.push("out".into()),
        (None, _) => {}
    }
    if let Some(from) = from {
        words.push(format!("from {from}"));
    }
    match (to, port) {
        (None, None) => {}
        (to, None) => words.push(format!("to {}", to.unwrap_or_default())),
        (to, Some(port)) => words.push(format!("to {} port {port}", to.unwrap_or_else(|| "any".into()))),
    }
    if let Some(protocol) = protocol {
        words.push(format!("proto {}", sh_quote(protocol)));
    }
    if let Some(comment) = get("comment") {
        words.push(format!("comment {comment}"));
    }
    let rule: Rule =
        words.join(" ").parse().map_err(|e: crate::domain::server::ufw::NoRule| e.to_string())?;
    let profiles = surface.firewall().map(|ufw| &ufw.profiles);
    match (&rule.to.ports, profiles) {
        (Ports::Profile(name), Some(known)) if !known.contains_key(name) => {
            let mut names: Vec<&str> = known.keys().map(String::as_str).collect();
            names.sort_unstable();
            Err(format!("`{name}` is neither a port nor an application there: {}", names.join(", ")))
        }
        // A list of ports says nothing without a protocol, and ufw refuses it.
        (Ports::Some(ports), _)
            if rule.protocol.is_none() && (ports.len() > 1 || ports.iter().any(|(a, b)| a != b)) =>
        {
            Err("several ports take a protocol: tcp or udp".into())
        }
        _ => Ok(rule),
    }
}

/// A ban in each of these jails.
fn bans(subjects: &[Subject], args: &Args) -> Result<Intent, String> {
    let who = args.text("address").ok_or("the address is missing")?;
    let who: Network = who.parse().map_err(|e| format!("`{who}` is {e}"))?;
    if who.is_everything() {
        return Err("this is everybody".into());
    }
    let one = |s: &Subject| -> Result<Option<Mutation>, String> {
        let Object::Jail { jail, seen, sudo } = &s.what else { return Ok(None) };
        ban_spares_us(who, *seen)?;
        let jail: Option<JailName> = Some(jail.clone());
        let ban = BanChange { who, jail, bans: true };
        // Of several each tells how it ended: by its server.
        let name = match subjects.len() {
            1 => s.name.clone(),
            _ => format!("{}@{}", s.name, s.target.name),
        };
        Ok(Some(mutation(s, name, *sudo, ServerAction::Ban(ban))))
    };
    let all: Result<Vec<_>, String> = subjects.iter().map(one).collect();
    Ok(Intent::Propose(all?.into_iter().flatten().collect()))
}

/// Why an address cannot be asked about everywhere.
fn traceable(facts: &Facts) -> Availability {
    match facts.subjects.first().map(|s| &s.what) {
        Some(Object::Ban { .. }) => Availability::Ready,
        _ => Availability::off("no banned address is under the cursor"),
    }
}
