//! The rules of a firewall as a list for eyes: ufw's with both families in one row, else the kernel's own.

use std::collections::HashMap;

use super::packet_filter::PacketFilter;
use super::surface::Surface;
use super::ufw::{Rule, Ufw};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirewallRow {
    /// Its place in the list, from the first.
    pub place: usize,
    /// Its numbers in ufw's list, for IPv4 and for IPv6; one that is off has none.
    pub number: Option<usize>,
    pub number_v6: Option<usize>,
    /// `None` = a rule of the kernel, which is only shown.
    pub rule: Option<Rule>,
    /// `ip filter INPUT`; empty for ufw's.
    pub chain: String,
    /// The rule in the words of its tool.
    pub text: String,
    /// Packets that it was right for.
    pub packets: Option<u64>,
}

/// All rows, in the order in which they are asked.
pub fn rows(surface: &Surface) -> Vec<FirewallRow> {
    match (surface.firewall(), &surface.filter) {
        (Some(ufw), _) => of_ufw(ufw),
        (None, Some(filter)) => of_kernel(filter),
        (None, None) => Vec::new(),
    }
}

fn of_ufw(ufw: &Ufw) -> Vec<FirewallRow> {
    let row = |rule: &Rule| FirewallRow {
        place: 0,
        number: None,
        number_v6: None,
        rule: Some(rule.clone()),
        chain: String::new(),
        text: rule.identity(),
        packets: None,
    };
    let mut rows: Vec<FirewallRow> = Vec::new();
    if ufw.active {
        let mut at: HashMap<&Rule, usize> = HashMap::new();
        for numbered in &ufw.numbered {
            match at.get(&numbered.rule) {
                Some(i) if numbered.ipv6 => rows[*i].number_v6 = Some(numbered.number),
                _ => {
                    at.insert(&numbered.rule, rows.len());
                    let number = Some(numbered.number);
                    rows.push(match numbered.ipv6 {
                        false => FirewallRow { number, ..row(&numbered.rule) },
                        true => FirewallRow { number_v6: number, ..row(&numbered.rule) },
                    });
                }
            }
        }
    } else {
        rows.extend(ufw.added.iter().map(row));
    }
    rows.iter_mut().enumerate().for_each(|(i, row)| row.place = i + 1);
    rows
}

fn of_kernel(filter: &PacketFilter) -> Vec<FirewallRow> {
    let row = |(i, rule): (usize, &super::packet_filter::FilterRule)| FirewallRow {
        place: i + 1,
        number: None,
        number_v6: None,
        rule: None,
        chain: format!("{} {}", rule.table, rule.chain),
        text: rule.text.clone(),
        packets: rule.packets,
    };
    filter.rules.iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::packet_filter::FilterRule;
    use crate::domain::server::surface::tests::surface;
    use crate::domain::server::ufw::tests::active;

    #[test]
    fn both_families_are_one_row() {
        let ufw = active(&["allow 22/tcp", "deny from 203.0.113.7", "allow from 2001:db8::/32"]);
        let rows = rows(&Surface { ufw: Ok(Some(ufw)), ..surface() });
        let told: Vec<_> = rows.iter().map(|r| (r.number, r.number_v6, r.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (Some(1), Some(3), "allow 22/tcp"),
                (Some(2), None, "deny from 203.0.113.7"),
                (None, Some(4), "allow from 2001:db8::/32")
            ]
        );
        assert_eq!(rows[2].place, 3);
    }

    #[test]
    fn without_ufw_the_kernels_rules_are_shown() {
        let rule = FilterRule {
            table: "ip filter".into(),
            chain: "INPUT".into(),
            text: "-j DROP".into(),
            packets: Some(7),
            bytes: None,
        };
        let filter = PacketFilter { tool: "iptables", rules: vec![rule], ..PacketFilter::default() };
        let rows = rows(&Surface { ufw: Ok(None), filter: Some(filter), ..surface() });
        assert_eq!((rows[0].chain.as_str(), rows[0].packets), ("ip filter INPUT", Some(7)));
    }
}
