//! Reads `/proc/net/tcp` and its like: what is always there. It names no process.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::domain::server::sockets::{Bound, Socket, Transport};

/// The states of sockets that wait: TCP's LISTEN, UDP's unconnected.
const LISTEN: &str = "0A";
const UNCONNECTED: &str = "07";

/// The sockets of one table: `tcp`, `udp6`.
pub fn parse(table: &str, text: &str) -> Vec<Socket> {
    let Some(transport) = super::ss::transport(table) else { return Vec::new() };
    text.lines().filter_map(|line| socket(transport, line)).collect()
}

/// `  0: 0100007F:1F90 00000000:0000 0A …`
fn socket(transport: Transport, line: &str) -> Option<Socket> {
    let mut words = line.split_whitespace().skip(1);
    let (local, remote, state) = (words.next()?, words.next()?, words.next()?);
    let waits = match transport {
        Transport::Tcp => state == LISTEN,
        Transport::Udp => state == UNCONNECTED && remote.ends_with(":0000"),
    };
    let (address, port) = local.split_once(':')?;
    let bound = match address.len() {
        8 => Bound::At(Ipv4Addr::from(word(address)?).into()),
        32 => {
            let mut bytes = [0; 16];
            for (i, part) in bytes.chunks_mut(4).enumerate() {
                part.copy_from_slice(&word(address.get(i * 8..i * 8 + 8)?)?);
            }
            Bound::At(Ipv6Addr::from(bytes).into())
        }
        _ => return None,
    };
    let port = u16::from_str_radix(port, 16).ok()?;
    waits.then_some(Socket { transport, bound, interface: None, port, owners: Vec::new() })
}

/// The kernel prints each word of an address in the machine's own order, which is the little end first on all
/// that we know.
fn word(hex: &str) -> Option<[u8; 4]> {
    Some(u32::from_str_radix(hex, 16).ok()?.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tables_of_the_kernel() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000\n   1: 0500000A:0016 0900000A:C350 01 0:0\n";
        let found = |table, text| {
            parse(table, text).iter().map(|s| format!("{} {}", s.bound.text(), s.port)).collect::<Vec<_>>()
        };
        assert_eq!(found("tcp", text), ["127.0.0.1 8080"]);
        let text =
            "   0: B80D0120000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 0:0\n";
        assert_eq!(found("tcp6", text), ["2001:db8::1 22"]);
        let text = "   0: 00000000:0044 00000000:0000 07 0:0\n   1: 00000000:D431 08080808:0035 01 0:0\n";
        assert_eq!(found("udp", text), ["0.0.0.0 68"]);
        assert!(found("raw", text).is_empty());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([0-9A-F]{0,34}|:| |0A|07|\n|é){0,40}") {
            parse("tcp6", &text);
            parse("udp", &text);
        }
    }
}
