//! Reads `nft list ruleset`.

use crate::domain::sanitize;
use crate::domain::server::packet_filter::{Chain, FilterRule, PacketFilter};

/// Adds the tables that are not known yet: nft shows those of iptables as well.
pub fn parse(text: &str, filter: &mut PacketFilter) {
    let mut known: Vec<String> = filter.chains.iter().map(|chain| chain.table.clone()).collect();
    known.dedup();
    let (mut table, mut chain, mut depth) = (None::<String>, None::<String>, 0_usize);
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("table ").and_then(|l| l.strip_suffix('{')) {
            table = Some(sanitize::name(name.trim())).filter(|name| !known.contains(name));
            (chain, depth) = (None, 1);
        } else if let (Some(table), Some(name)) =
            (&table, line.strip_prefix("chain ").and_then(|l| l.strip_suffix('{')))
        {
            let name = sanitize::name(name.trim());
            filter.chains.push(Chain { table: table.clone(), name: name.clone(), policy: String::new() });
            (chain, depth) = (Some(name), 2);
        } else if line == "}" {
            depth = depth.saturating_sub(1);
            if depth < 2 {
                chain = None;
            }
        } else if line.ends_with('{') {
            // A set or a map: it says nothing by itself.
            depth += 1;
        } else if let (Some(table), Some(chain)) = (&table, &chain) {
            if let Some((_, policy)) = line.split_once("policy ").filter(|_| line.starts_with("type ")) {
                if let Some(last) = filter.chains.last_mut() {
                    last.policy = sanitize::name(policy.trim_end_matches(';')).to_ascii_uppercase();
                }
            } else if !line.is_empty() && !line.starts_with("type ") && !line.starts_with('#') {
                filter.rules.push(rule(table, chain, line));
            }
        }
    }
    if filter.tool.is_empty() {
        filter.tool = "nft";
    }
}

fn rule(table: &str, chain: &str, line: &str) -> FilterRule {
    let number = |word: &str| {
        let (_, rest) = line.split_once(&format!("{word} "))?;
        rest.split_whitespace().next()?.parse().ok()
    };
    let counts = line.contains("counter ");
    FilterRule {
        table: table.to_owned(),
        chain: chain.to_owned(),
        text: sanitize::line(line, 1000).into_owned(),
        packets: number("packets").filter(|_| counts),
        bytes: number("bytes").filter(|_| counts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tables_chains_and_rules() {
        let text = "table inet own {\n\tset bad {\n\t\ttype ipv4_addr\n\t\telements = { 203.0.113.7 }\n\t}\n\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t\tct state established accept\n\t\ttcp dport { 22, 80 } counter packets 5 bytes 300 accept\n\t}\n\tchain own {\n\t}\n}\n";
        let mut filter = PacketFilter::default();
        parse(text, &mut filter);
        assert_eq!(
            filter.chains.iter().map(|c| (&*c.name, &*c.policy)).collect::<Vec<_>>(),
            [("input", "DROP"), ("own", "")]
        );
        assert_eq!(filter.rules.len(), 2);
        assert_eq!((filter.rules[1].packets, filter.rules[1].bytes), (Some(5), Some(300)));
        assert!(filter.restricts_input() && filter.tool == "nft");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(table |chain |x \\{|\\}|type |policy |counter packets |\n|\\PC){0,30}") {
            parse(&text, &mut PacketFilter::default());
        }
    }
}
