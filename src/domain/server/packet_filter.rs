//! The kernel's own rules, to be read: whatever ufw, Docker, firewalld or a person put there.

use core::net::IpAddr;

use super::sockets::Transport;

/// One rule as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterRule {
    /// `ip filter`, `ip6 nat`, `inet firewalld`
    pub table: String,
    pub chain: String,
    /// Sanitised.
    pub text: String,
    /// `None` when the rule does not count.
    pub packets: Option<u64>,
    pub bytes: Option<u64>,
}

/// A chain of the kernel with what becomes of packets that no rule of it stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    pub table: String,
    pub name: String,
    /// `ACCEPT`, `DROP`; empty for chains that others call.
    pub policy: String,
}

/// A port of this machine that is led on to a container before any rule for incoming packets is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    pub transport: Transport,
    /// `None` = at every address.
    pub at: Option<IpAddr>,
    pub port: u16,
    pub ipv6: bool,
}

/// All rules of one server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PacketFilter {
    /// `iptables` or `nft`: what told it.
    pub tool: &'static str,
    pub chains: Vec<Chain>,
    pub rules: Vec<FilterRule>,
    /// What Docker leads on.
    pub forwards: Vec<Forward>,
}

impl PacketFilter {
    pub fn has_docker(&self) -> bool {
        self.chains.iter().any(|chain| chain.name == "DOCKER")
    }

    /// True when somebody restricts what Docker publishes, where Docker says that it be done.
    pub fn restricts_docker(&self) -> bool {
        let own = |rule: &&FilterRule| rule.chain == "DOCKER-USER";
        self.rules
            .iter()
            .filter(own)
            .any(|rule| !rule.text.trim().ends_with("RETURN") && rule.text.trim() != "return")
    }

    /// True when incoming packets are kept out by something: a policy or a rule in the way of all of them.
    pub fn restricts_input(&self) -> bool {
        let input = |name: &str| name.eq_ignore_ascii_case("input") || name.starts_with("filter_INPUT");
        let drops = |text: &str| {
            let text = text.to_ascii_lowercase();
            ["drop", "reject"].iter().any(|word| text.split([' ', ':']).any(|w| w == *word))
        };
        self.chains.iter().any(|chain| input(&chain.name) && chain.policy.eq_ignore_ascii_case("drop"))
            || self.rules.iter().any(|rule| input(&rule.chain) && drops(&rule.text))
    }
}
