//! A change of a firewall as it is proposed: what it does to the ports, what takes it back, and whether it could
//! keep us out.

use super::lockout::{Path, Proposal, Risk, risk};
use super::surface::Surface;
use super::ufw::Change;

/// The way back opens after this time unless a new connection comes up, seconds.
pub const ROLLBACK_S: u32 = 30;

/// The change with everything that a person should know before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirewallChange {
    /// The identity of what a person has chosen: a rule, a port, the firewall itself.
    pub about: String,
    pub change: Change,
    pub risk: Risk,
    /// What takes it back, if one change does.
    pub inverse: Option<Change>,
    /// What becomes of the ports, a sentence each.
    pub ports: Vec<String>,
    /// It is put back after this time, unless a new connection comes up, seconds.
    pub rollback_s: u32,
}

impl FirewallChange {
    /// Weighs a change against what was read. `from_afar`: we come over the network.
    ///
    /// # Errors
    /// There is no ufw, it may not be asked, or the change would change nothing.
    pub fn weigh(
        surface: &Surface,
        about: &str,
        change: Change,
        from_afar: bool,
        rollback_s: u32,
    ) -> Result<Self, String> {
        let ufw = match &surface.ufw {
            Ok(Some(ufw)) => ufw,
            Ok(None) => return Err("ufw is not there; other firewalls are only shown".into()),
            Err(fault) => return Err(fault.in_full()),
        };
        let known = |rule: &_| ufw.added.iter().any(|other| other == rule);
        match &change {
            Change::Enable if ufw.active => return Err("ufw is on".into()),
            Change::Disable if !ufw.active => return Err("ufw is off".into()),
            Change::Reload if !ufw.active => return Err("ufw is off: there is nothing to reload".into()),
            Change::Add { rule, before: None } if known(rule) => return Err("this rule is there".into()),
            Change::Add { rule, before: Some(_) }
                if ufw.added.iter().any(|r| r.is_about_the_same_as(rule)) =>
            {
                return Err("a rule about the same is there, and ufw moves none: delete it first".into());
            }
            Change::Add { before: Some(n), .. } if *n == 0 || *n > ufw.numbered.len() => {
                return Err(format!(
                    "there is no rule {n} to stand before; there are {}",
                    ufw.numbered.len()
                ));
            }
            Change::Delete(rule) if !ufw.added.iter().any(|r| r.is_the_same_as(rule)) => {
                return Err("there is no such rule".into());
            }
            Change::Default { direction, action } if ufw.defaults.of(*direction) == *action => {
                return Err(format!("the default is to {} already", action.word()));
            }
            _ => {}
        }
        let risk = match surface.seen {
            Some(seen) => {
                let path = Path { seen, onward: &surface.onward, key: None };
                risk(&path, &Proposal::Ufw { before: ufw, change: &change })
            }
            None if from_afar => Risk::MayHit("it is not known by which way you come".into()),
            None => Risk::None,
        };
        let inverse = change.inverse(ufw);
        Ok(Self {
            about: about.to_owned(),
            risk,
            inverse,
            ports: surface.difference(&change),
            change,
            rollback_s,
        })
    }

    /// True when it may keep us out: then a yes is not enough.
    pub fn may_lock_out(&self) -> bool {
        self.risk >= Risk::MayHit(String::new())
    }
}

/// Whether a ban would keep us out ourselves.
///
/// # Errors
/// It would: a sentence.
pub fn ban_spares_us(who: super::network::Network, seen: Option<super::lockout::Seen>) -> Result<(), String> {
    let hit = seen.map(|seen| risk(&Path { seen, onward: &[], key: None }, &Proposal::Ban(who)));
    match hit.as_ref().and_then(Risk::sentence) {
        Some(why) => Err(format!("you would keep yourself out: {why}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::surface::tests::surface;
    use super::*;
    use crate::domain::server::ufw::{Action, Direction};

    fn add(text: &str, before: Option<usize>) -> Change {
        Change::Add { rule: text.parse().unwrap(), before }
    }

    #[test]
    fn a_change_is_weighed_with_all_that_it_means() {
        let surface = surface();
        let weigh = |change| FirewallChange::weigh(&surface, "ufw", change, true, ROLLBACK_S);
        let cut = weigh(Change::Delete("allow 22/tcp".parse().unwrap())).unwrap();
        assert!(cut.may_lock_out() && matches!(cut.risk, Risk::Hits(_)), "{cut:?}");
        assert!(cut.ports[0].starts_with("22/tcp, now anybody, will be: nobody"), "{:?}", cut.ports);
        let harmless = weigh(add("allow 8080/tcp", None)).unwrap();
        assert!(!harmless.may_lock_out() && harmless.ports.is_empty(), "nothing listens there");
        assert_eq!(harmless.inverse.unwrap().command(), "ufw delete allow 8080/tcp");
        assert!(!weigh(add("limit 22/tcp", None)).unwrap().may_lock_out());
        for (change, why) in [
            (Change::Enable, "is on"),
            (add("allow 22/tcp", None), "is there"),
            (add("deny 22/tcp", Some(1)), "moves none"),
            (add("deny 23", Some(9)), "no rule 9"),
            (Change::Delete("allow 9".parse().unwrap()), "no such rule"),
            (Change::Default { direction: Direction::In, action: Action::Deny }, "already"),
        ] {
            let said = weigh(change).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn an_unknown_way_is_a_risk_from_afar_alone() {
        let unseen = Surface { seen: None, ..surface() };
        let risk = |from_afar| {
            FirewallChange::weigh(&unseen, "ufw", add("allow 8080", None), from_afar, ROLLBACK_S)
                .unwrap()
                .may_lock_out()
        };
        assert!(risk(true) && !risk(false));
        let off = Surface { ufw: Ok(None), ..surface() };
        assert!(
            FirewallChange::weigh(&off, "ufw", Change::Enable, true, 30).unwrap_err().contains("not there")
        );
    }

    #[test]
    fn nobody_bans_himself() {
        let seen = surface().seen;
        assert!(ban_spares_us("192.0.2.0/24".parse().unwrap(), seen).unwrap_err().contains("192.0.2.7"));
        assert!(ban_spares_us("192.0.3.1".parse().unwrap(), seen).is_ok());
    }
}
