//! The kernel's rules for packets, read with whatever program is there. Nothing is changed here.

mod iptables;
mod nft;

use super::frame::sections;
use super::host::Host;
use super::job::Job;
use crate::domain::fault::Fault;
use crate::domain::server::packet_filter::PacketFilter;

/// iptables-save knows the rules of both its generations; nft alone knows those that are made with nft.
const SCRIPT: &str = "s() { printf '\\n==> %s <==\\n' \"$1\"; }; d=0
for c in iptables-save ip6tables-save; do command -v $c >/dev/null || continue
o=$($c -c) || exit; d=1; s $c; printf '%s\\n' \"$o\"; done
if command -v nft >/dev/null; then o=$(nft list ruleset) || exit; s nft; printf '%s\\n' \"$o\"; d=1; fi
[ $d = 1 ] || s absent";

/// All rules; `None` where nothing can tell.
///
/// # Errors
/// `Denied` without root; the server cannot be reached.
pub async fn read(server: &dyn Host) -> Result<Option<PacketFilter>, Fault> {
    let job = Job::new("iptables-save", SCRIPT).as_root();
    Ok(parse(&job.on(server).await?.or_fault("iptables-save")?.stdout))
}

fn parse(text: &str) -> Option<PacketFilter> {
    let mut filter = PacketFilter::default();
    for (name, body) in sections(text) {
        match name {
            "iptables-save" => iptables::parse("ip", body, &mut filter),
            "ip6tables-save" => iptables::parse("ip6", body, &mut filter),
            // It repeats what iptables has told already, unless iptables is not there.
            "nft" => nft::parse(body, &mut filter),
            _ => {}
        }
    }
    (!filter.tool.is_empty()).then_some(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_programs() {
        assert_eq!(parse("==> absent <==\n"), None);
        let text = "==> iptables-save <==\n*filter\n:INPUT DROP [0:0]\n[1:2] -A INPUT -j ACCEPT\nCOMMIT\n\n==> nft <==\ntable ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority 0; policy drop;\n\t\tcounter packets 1 bytes 2 accept\n\t}\n}\ntable inet own {\n\tchain input {\n\t\ttcp dport 22 accept\n\t}\n}\n";
        let filter = parse(text).unwrap();
        let rules: Vec<_> =
            filter.rules.iter().map(|r| format!("{} {} {}", r.table, r.chain, r.text)).collect();
        assert_eq!(rules, ["ip filter INPUT -j ACCEPT", "inet own input tcp dport 22 accept"]);
        assert!(filter.restricts_input() && !filter.has_docker());
    }
}
