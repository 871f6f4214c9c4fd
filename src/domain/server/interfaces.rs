//! What of the network is seen on a server: interfaces, routes, resolvers, and who is connected. Texts are
//! sanitised.

use serde::Serialize;

/// What a row is; rows stand in this order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkKind {
    #[default]
    Interface,
    Route,
    Resolver,
    /// Connections of one state.
    State,
    /// Connections of one process with one address.
    Peer,
}

impl NetworkKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Interface => "interface",
            Self::Route => "route",
            Self::Resolver => "resolver",
            Self::State => "state",
            Self::Peer => "peer",
        }
    }
}

/// One row. What was not told is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct NetworkItem {
    pub kind: NetworkKind,
    /// `eth0`, `default`, an address, a state of TCP
    pub name: String,
    /// Of an interface.
    pub state: String,
    /// Addresses of an interface, what a route leads through, the port that a peer is connected with.
    pub address: String,
    pub rx_bytes: Option<u64>,
    pub tx_bytes: Option<u64>,
    /// Since the reading before.
    pub rx_bytes_per_s: Option<f64>,
    pub tx_bytes_per_s: Option<f64>,
    /// Faulty and dropped packets since the boot.
    pub errors: Option<u64>,
    pub dropped: Option<u64>,
    pub connections: Option<u64>,
    pub process: String,
    pub mac: String,
    pub mtu: Option<u64>,
    /// Megabits a second; of virtual interfaces it means nothing.
    pub speed_mbit: Option<u64>,
    /// `full`, `half`
    pub duplex: String,
}

/// Everything at a moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traffic {
    /// The server's own clock, seconds since its boot.
    pub uptime_s: f64,
    pub items: Vec<NetworkItem>,
}

impl NetworkItem {
    /// What stays the same when rows move.
    pub fn id(&self) -> String {
        format!("{} {} {} {}", self.kind.word(), self.name, self.address, self.process)
    }

    /// A cable is out, or packets come broken.
    pub fn is_down(&self) -> bool {
        self.kind == NetworkKind::Interface && self.state == "down"
    }
}

impl Traffic {
    /// Fills in what only two readings tell.
    #[must_use]
    pub fn since(mut self, before: &Self) -> Self {
        let seconds = self.uptime_s - before.uptime_s;
        if seconds <= 0.0 {
            return self;
        }
        for item in self.items.iter_mut().filter(|item| item.kind == NetworkKind::Interface) {
            let then = before.items.iter().find(|then| then.kind == item.kind && then.name == item.name);
            // Counters that go back have begun anew.
            let rate = |now: Option<u64>, then: Option<u64>| Some(now?.checked_sub(then?)? as f64 / seconds);
            item.rx_bytes_per_s = rate(item.rx_bytes, then.and_then(|then| then.rx_bytes));
            item.tx_bytes_per_s = rate(item.tx_bytes, then.and_then(|then| then.tx_bytes));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_differences_and_never_negative() {
        let at = |uptime_s, rx| Traffic {
            uptime_s,
            items: vec![NetworkItem {
                name: "eth0".into(),
                rx_bytes: Some(rx),
                tx_bytes: Some(5),
                ..NetworkItem::default()
            }],
        };
        let now = at(12.0, 3000).since(&at(10.0, 1000));
        assert_eq!((now.items[0].rx_bytes_per_s, now.items[0].tx_bytes_per_s), (Some(1000.0), Some(0.0)));
        assert_eq!(at(12.0, 10).since(&at(10.0, 1000)).items[0].rx_bytes_per_s, None);
        assert_eq!(at(10.0, 10).since(&at(10.0, 1)).items[0].rx_bytes_per_s, None);
    }
}
