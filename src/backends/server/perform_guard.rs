//! Changes of firewalls and bans that the gate has authorized. A change of a firewall undoes itself unless a new
//! connection comes up; nobody bans himself, whatever he consented to.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::dead_man::{self, Outcome, Stage};
use super::host::Host;
use super::{exposure, fail2ban, ufw};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::server::BanChange;
use crate::domain::server::firewall::{FirewallChange, ban_spares_us};
use crate::domain::server::surface::Surface;
use crate::gate::Authorized;

/// Changes the firewall, and tells on the way how far it is.
///
/// # Errors
/// It was not changed, or was put back: why. `Timeout` when it is not known how it stands.
pub(super) async fn firewall(
    host: &dyn Host,
    wanted: &FirewallChange,
    permit: &Authorized,
    on_stage: &(dyn Fn(Stage) + Sync),
) -> Result<String, Fault> {
    let command = format!("change the firewall: {}", wanted.change.command());
    let (now, seen, onward) = futures_util::join!(ufw::read(host), exposure::seen(host), host.onward());
    let surface = Surface::of_firewall(now?, seen?, onward);
    // What was consented to was weighed against rules that may be others by now.
    let anew =
        FirewallChange::weigh(&surface, &wanted.about, wanted.change.clone(), false, wanted.rollback_s);
    let anew = anew.map_err(|why| changed_meanwhile(&command, &why))?;
    if anew.may_lock_out() && !wanted.may_lock_out() {
        return Err(changed_meanwhile(&command, anew.risk.sentence().unwrap_or_default()));
    }
    let id = format!("{}-{:08x}", permit.audit_seq(), RandomState::new().hash_one(0) as u32);
    let delay = Duration::from_secs(wanted.rollback_s.into());
    let change = dead_man::ufw::protected(id, &wanted.change, delay);
    match dead_man::protect(host, &change, permit, on_stage).await? {
        Outcome::Kept(answer) => Ok(sanitize::line(answer.stdout.trim(), 200).into_owned()),
        Outcome::Failed(fault) => Err(fault),
        Outcome::Undone(why) => {
            let message = format!("{command} was put back: {}; everything is as it was before", why.message);
            Err(Fault::new(FaultKind::Failed, message).hint("let your own address in first"))
        }
        Outcome::Lost(fault) => {
            Err(Fault { kind: FaultKind::Timeout, message: format!("{command}: {}", fault.message), ..fault })
        }
        Outcome::Expires(fault) => {
            let message = format!(
                "{command} works, and could not be told to stay ({}): it is put back after {} s",
                fault.message, wanted.rollback_s
            );
            Err(Fault { message, ..fault })
        }
    }
}

fn changed_meanwhile(command: &str, why: &str) -> Fault {
    let message = format!("{command}: {why}; nothing was changed");
    Fault::new(FaultKind::Conflict, message).hint("the rules are others than when you were asked: look again")
}

/// Bans or unbans. What was so already is said.
///
/// # Errors
/// It would keep us out ourselves, there is no such jail, fail2ban is not there.
pub(super) async fn ban(host: &dyn Host, ban: &BanChange, permit: &Authorized) -> Result<String, Fault> {
    let who = ban.who;
    let job = match (&ban.jail, ban.bans) {
        (Some(jail), true) => {
            ban_spares_us(who, exposure::seen(host).await?).map_err(|why| {
                Fault::new(FaultKind::Conflict, format!("banning {who}: {why}; nothing was done"))
            })?;
            fail2ban::ban(jail, who)
        }
        (Some(jail), false) => fail2ban::pardon(jail, who),
        (None, false) => fail2ban::pardon_everywhere(who),
        (None, true) => return Err(Fault::new(FaultKind::Bug, format!("banning {who}: in no jail"))),
    };
    let changed = fail2ban::change(host, &job, permit).await.map_err(|fault| explain(ban, fault))?;
    Ok(match (ban.bans, changed) {
        (true, 0) => "was banned already",
        (true, _) => "banned",
        (false, 0) => "was not banned",
        (false, _) => "unbanned",
    }
    .to_owned())
}

fn explain(ban: &BanChange, fault: Fault) -> Fault {
    let said = |words: &[&str]| words.iter().any(|word| fault.message.contains(word));
    match &ban.jail {
        // All that it says is `NOK: ('nope',)`.
        Some(jail) if fault.message.contains(&format!("NOK: ('{}'", jail.as_str())) => {
            Fault::new(FaultKind::Gone, format!("there is no jail {} on this server", jail.as_str()))
                .hint("its jails: pult get jails")
        }
        _ if said(&["not found", "Failed to access socket", "Is fail2ban running"]) => {
            Fault::new(FaultKind::Unsupported, "fail2ban is not there, or does not run")
                .hint("apt install fail2ban, or systemctl start fail2ban")
        }
        _ => fault,
    }
}
