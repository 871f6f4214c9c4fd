//! Packages that can be upgraded.

use crate::backends::server::frame::sections;
use crate::domain::server::checks::Updates;

/// `Inst pkg [old] (new Origin:ver/suite, Origin2… [arch])` of `apt-get -s`; a security update comes from an
/// archive that is called so: `Debian-Security:12/oldstable-security`, `Ubuntu:24.04/noble-security`.
pub fn updates(body: &str) -> Option<Updates> {
    let (_, text) = sections(body).find(|(name, _)| *name == "apt")?;
    let mut lines = text.lines().filter(|line| !line.is_empty());
    if lines.next()? != "apt" {
        return None;
    }
    let mut updates = Updates::default();
    for line in lines.filter(|line| line.starts_with("Inst ")) {
        // What comes new with an upgrade has no old version.
        let Some((_, origins)) = line.split_once('(') else { continue };
        if line.split_once('(').is_some_and(|(before, _)| before.contains('[')) {
            updates.all += 1;
            updates.security += usize::from(origins.contains("-security"));
        }
    }
    Some(updates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_is_told_by_the_archive() {
        let text = "==> apt <==\napt\nInst libc6 [2.36-9] (2.36-10 Debian-Security:12/oldstable-security [amd64]) []\n\
            Inst vim [1] (2 Debian:12.9/stable [amd64])\nInst new (1 Debian:12.9/stable [amd64])\n";
        assert_eq!(updates(text), Some(Updates { all: 2, security: 1 }));
        assert_eq!(updates("==> apt <==\napt\n"), Some(Updates::default()));
        assert_eq!(updates("==> apt <==\n"), None);
    }
}
