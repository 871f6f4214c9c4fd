//! Reads `/etc/ufw/applications.d`: what the names of applications stand for.

use crate::domain::server::ufw::parse::read_ports;
use crate::domain::server::ufw::{Ports, ProfilePart, Profiles};

/// `[Nginx Full]`, `ports=80,443/tcp|443/udp`
pub fn parse(text: &str) -> Profiles {
    let mut profiles = Profiles::new();
    let mut name = None;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name = Some(section.to_owned());
        } else if let (Some(name), Some(ports)) = (&name, line.strip_prefix("ports=")) {
            profiles.insert(name.clone(), ports.split('|').filter_map(part).collect());
        }
    }
    profiles
}

fn part(text: &str) -> Option<ProfilePart> {
    let (ports, protocol) = match text.trim().rsplit_once('/') {
        Some((ports, protocol)) => (ports, Some(protocol.to_owned())),
        None => (text.trim(), None),
    };
    match read_ports(ports) {
        Ok(Ports::Some(ranges)) => Some((protocol, ranges)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_applications() {
        let text = "[Nginx Full]\ntitle=Web Server\nports=80,443/tcp\n\n[CIFS]\nports=137,138/udp|139,445/tcp\n[DNS]\nports=53\n[bad]\nports=x\n";
        let profiles = parse(text);
        assert_eq!(profiles["Nginx Full"], [(Some("tcp".into()), vec![(80, 80), (443, 443)])]);
        assert_eq!((profiles["CIFS"].len(), profiles["DNS"][0].0.clone()), (2, None));
        assert!(profiles["bad"].is_empty());
    }
}
