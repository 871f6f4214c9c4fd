//! Reads `fail2ban-client status JAIL`: a tree in a drawing of characters.

use crate::domain::sanitize;
use crate::domain::server::jails::{Ban, Jail, JailName};

pub fn parse(name: JailName, text: &str) -> Jail {
    let value = |labels: &[&str]| {
        text.lines().find_map(|line| {
            let (label, value) = line.split_once(':')?;
            let label = label.trim_start_matches([' ', '|', '`', '-']);
            labels.contains(&label).then(|| value.trim())
        })
    };
    let number = |label: &str| value(&[label]).and_then(|value| value.parse().ok());
    // 0.8 calls it `IP list`.
    let list = value(&["Banned IP list", "IP list"]).unwrap_or_default();
    Jail {
        name,
        failed_now: number("Currently failed"),
        failed_total: number("Total failed"),
        banned_now: number("Currently banned"),
        banned_total: number("Total banned"),
        banned: list
            .split_whitespace()
            .map(|who| Ban { who: sanitize::name(who), since: None, until: None })
            .collect(),
    }
}
