//! What apt, dnf and apk say of packages that could be newer.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::packages::{Manager, Package, Packages};

/// Rows kept.
const MOST: usize = 5000;

pub fn packages(body: &str) -> Packages {
    let text = |name: &str| sections(body).find(|(section, _)| *section == name).map_or("", |(_, text)| text);
    let manager = match text("manager").trim() {
        "apt" => Manager::Apt,
        "dnf" => Manager::Dnf,
        "apk" => Manager::Apk,
        _ => Manager::None,
    };
    let mut packages: Vec<Package> = match manager {
        Manager::Apt => text("apt").lines().filter_map(inst).chain(policies(text("held"))).collect(),
        Manager::Dnf => dnf(text("dnf"), text("advisories")),
        Manager::Apk => text("apk").lines().filter_map(apk).collect(),
        Manager::None => Vec::new(),
    };
    let touched = Touched::read(text("conffiles"), text("services"), text("active"));
    for package in &mut packages {
        touched.tell(package);
    }
    packages.truncate(MOST);
    packages.iter_mut().for_each(|package| package.manager = manager);
    let refreshed = text("refreshed").lines().filter_map(|line| line.trim().parse().ok()).max();
    Packages {
        manager,
        packages,
        refreshed_at: refreshed.and_then(|second| Timestamp::from_second(second).ok()),
        reboot: reboot(text("reboot")),
        restart: restart(text("restart")),
        leftover: text("leftover").lines().map(sanitize::name).take(MOST).collect(),
    }
}

/// What upgrades do beside putting new files in place.
struct Touched<'t> {
    /// Package and file.
    kept: Vec<(&'t str, &'t str)>,
    /// Packages whose scripts restart services.
    restarting: HashSet<&'t str>,
    /// Package and unit; of units that run.
    services: Vec<(&'t str, &'t str)>,
}

impl<'t> Touched<'t> {
    /// `nginx: /etc/nginx/nginx.conf`; `nginx.postinst` and `nginx.list:/lib/systemd/system/nginx.service`; units.
    fn read(conffiles: &'t str, services: &'t str, active: &'t str) -> Self {
        let active: HashSet<&str> = active.lines().collect();
        let unit = |line: &'t str| {
            let (package, path) = line.split_once(".list:/")?;
            let unit = path.rsplit('/').next().filter(|unit| active.contains(unit))?;
            Some((bare(package), unit))
        };
        let script = |line: &'t str| line.strip_suffix(".postinst").or_else(|| line.strip_suffix(".prerm"));
        Self {
            // Of several packages that share a file each is one.
            kept: conffiles.lines().filter_map(|line| line.split_once(": ")).collect(),
            restarting: services.lines().filter_map(script).map(bare).collect(),
            services: services.lines().filter_map(unit).collect(),
        }
    }

    fn tell(&self, package: &mut Package) {
        let name = bare(&package.name).to_owned();
        let of = |all: &[(&str, &str)]| -> Vec<String> {
            let is_its = |owners: &str| owners.split(", ").any(|owner| bare(owner) == name);
            all.iter().filter(|(owners, _)| is_its(owners)).map(|(_, what)| sanitize::name(what)).collect()
        };
        package.kept = of(&self.kept);
        if self.restarting.contains(name.as_str()) {
            package.restarts = of(&self.services);
        }
    }
}

/// Without its architecture.
fn bare(package: &str) -> &str {
    package.split_once(':').map_or(package, |(name, _)| name)
}

/// `Inst name [old] (new Origin:ver/suite, Origin2… [arch])`; what comes new has no old version.
fn inst(line: &str) -> Option<Package> {
    let (name, rest) = line.strip_prefix("Inst ")?.split_once(' ')?;
    let (old, new) = rest.split_once('(')?;
    let new = new.split(')').next()?;
    let (candidate, origins) = new.split_once(' ').unwrap_or((new, ""));
    let origin = origins.rsplit_once('[').map_or(origins, |(origins, _)| origins).trim();
    Some(Package {
        name: sanitize::name(name),
        installed: sanitize::name(old.trim().trim_start_matches('[').trim_end_matches(']')),
        candidate: sanitize::name(candidate),
        // A security archive is called so: `Ubuntu:24.04/noble-security`.
        security: origin.contains("-security"),
        origin: sanitize::name(origin),
        ..Package::default()
    })
}

/// `apt-cache policy`: a paragraph for each package that is held.
fn policies(text: &str) -> Vec<Package> {
    let mut all: Vec<Package> = Vec::new();
    for line in text.lines() {
        let told = |key: &str| line.trim().strip_prefix(key).map(|value| sanitize::name(value.trim()));
        match line.strip_suffix(':').filter(|name| !name.starts_with(' ')) {
            Some(name) => all.push(Package { name: sanitize::name(name), held: true, ..Package::default() }),
            None => {
                let Some(package) = all.last_mut() else { continue };
                if let Some(version) = told("Installed:") {
                    package.installed = version;
                } else if let Some(version) = told("Candidate:").filter(|v| *v != package.installed) {
                    package.candidate = version;
                }
            }
        }
    }
    all
}

/// `name.arch  version  repository`; advisories name what they close: `FEDORA-1 Important/Sec. name-version.arch`.
fn dnf(text: &str, advisories: &str) -> Vec<Package> {
    let fixes: Vec<&str> = advisories.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let (full, version, origin) = (words.next()?, words.next()?, words.next()?);
        let (name, _arch) = full.rsplit_once('.')?;
        let closes = |fix: &&str| fix.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
        (words.next().is_none() && version.contains(|c: char| c.is_ascii_digit())).then(|| Package {
            name: sanitize::name(name),
            candidate: sanitize::name(version),
            origin: sanitize::name(origin),
            security: fixes.iter().any(closes),
            ..Package::default()
        })
    };
    // What is replaced by others comes below and is no update.
    text.lines().take_while(|line| !line.starts_with("Obsoleting")).filter_map(row).collect()
}

/// `busybox-1.36.1-r2 < 1.36.1-r5`
fn apk(line: &str) -> Option<Package> {
    let (full, candidate) = line.split_once('<')?;
    let full = full.trim();
    // The version is the last but one and the last part.
    let at = full.rmatch_indices('-').nth(1)?.0;
    Some(Package {
        name: sanitize::name(full.get(..at)?),
        installed: sanitize::name(full.get(at + 1..)?),
        candidate: sanitize::name(candidate.trim()),
        ..Package::default()
    })
}

fn reboot(text: &str) -> Option<Vec<String>> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    (lines.next()? == "yes").then(|| {
        let mut names: Vec<String> = lines.map(sanitize::name).take(MOST).collect();
        names.sort_unstable();
        names.dedup();
        names
    })
}

/// `NEEDRESTART-SVC: nginx.service`, or where a process belongs to: `cgroup 0::/system.slice/nginx.service`.
fn restart(text: &str) -> Vec<String> {
    let unit = |line: &str| {
        let name = match line.strip_prefix("NEEDRESTART-SVC:") {
            Some(name) => name.trim(),
            None => line.strip_prefix("cgroup ")?.rsplit('/').find(|part| part.ends_with(".service"))?,
        };
        Some(sanitize::name(name))
    };
    let mut units: Vec<String> = text.lines().filter_map(unit).take(MOST).collect();
    units.sort_unstable();
    units.dedup();
    units
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn apt_with_security_holds_and_what_is_left_to_do() {
        let text = "==> manager <==\napt\n\n==> apt <==\nInst libc6 [2.36-9] (2.36-10 Debian-Security:12/oldstable-security, Debian:12/stable [amd64]) []\nInst vim [1] (2 Debian:12.9/stable [amd64])\nInst fresh (1 Debian:12/stable [all])\n\
            ==> held <==\nnginx:\n  Installed: 1.22.1-9\n  Candidate: 1.22.1-10\n  Version table:\n *** 1.22.1-9 500\nless:\n  Installed: 590\n  Candidate: 590\n\
            ==> refreshed <==\n1795283423\n1795283500\n==> reboot <==\nyes\nlinux-image\nlinux-image\n\
            ==> restart <==\nNEEDRESTART-VER: 3.6\nNEEDRESTART-SVC: ssh.service\ncgroup 0::/system.slice/cron.service\n\
            ==> leftover <==\n/etc/ssh/sshd_config.dpkg-dist\n";
        let found = packages(text);
        let rows: Vec<_> = found
            .packages
            .iter()
            .map(|p| (p.name.as_str(), p.installed.as_str(), p.candidate.as_str(), p.security, p.held))
            .collect();
        assert_eq!(
            rows,
            [
                ("libc6", "2.36-9", "2.36-10", true, false),
                ("vim", "1", "2", false, false),
                ("fresh", "", "1", false, false),
                ("nginx", "1.22.1-9", "1.22.1-10", false, true),
                ("less", "590", "", false, true),
            ]
        );
        assert_eq!(found.packages[1].origin, "Debian:12.9/stable");
        assert_eq!(found.refreshed_at.unwrap().as_second(), 1_795_283_500);
        assert_eq!(found.reboot.as_deref(), Some(&["linux-image".to_owned()][..]));
        assert_eq!(found.restart, ["cron.service", "ssh.service"]);
        assert_eq!(found.leftover, ["/etc/ssh/sshd_config.dpkg-dist"]);
    }

    #[test]
    fn what_an_upgrade_restarts_and_keeps() {
        let text = "==> manager <==\napt\n==> apt <==\nInst nginx-common [1] (2 Debian:12/stable [all])\nInst libc6:i386 [1] (2 x [i386])\nInst udev [1] (2 x [amd64])\n\
            ==> conffiles <==\nnginx-common: /etc/nginx/nginx.conf\nlibc6:amd64, libc6:i386: /etc/ld.conf\nvim: /etc/vim/vimrc\n\
            ==> services <==\nnginx-common.postinst\nnginx-common.prerm\nnginx-common.list:/lib/systemd/system/nginx.service\nnginx-common.list:/usr/lib/systemd/system/nginx-off.service\nudev.list:/lib/systemd/system/systemd-udevd.service\n\
            ==> active <==\nnginx.service\nsystemd-udevd.service\n";
        let rows: Vec<_> = packages(text).packages.into_iter().map(|p| (p.restarts, p.kept)).collect();
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            rows,
            [
                (list(&["nginx.service"]), list(&["/etc/nginx/nginx.conf"])),
                (list(&[]), list(&["/etc/ld.conf"])),
                (list(&[]), list(&[])),
            ]
        );
    }

    #[test]
    fn dnf_and_apk_are_read_as_lists() {
        let text = "==> manager <==\ndnf\n==> dnf <==\n\nkernel.x86_64    6.1.2-1.fc40   updates\nvim-common.noarch  2:9.1-1  updates\nObsoleting Packages\nold.x86_64 1-1 updates\n==> advisories <==\nFEDORA-2026-1 Important/Sec. kernel-6.1.2-1.fc40.x86_64\n";
        let rows: Vec<_> =
            packages(text).packages.into_iter().map(|p| (p.name, p.candidate, p.security)).collect();
        assert_eq!(
            rows,
            [
                ("kernel".into(), "6.1.2-1.fc40".into(), true),
                ("vim-common".into(), "2:9.1-1".to_owned(), false)
            ]
        );
        let text = "==> manager <==\napk\n==> apk <==\nInstalled:    Available:\nbusybox-static-1.36.1-r2   < 1.36.1-r5\n";
        let found = packages(text).packages;
        assert_eq!(
            (found[0].name.as_str(), found[0].installed.as_str(), found[0].candidate.as_str()),
            ("busybox-static", "1.36.1-r2", "1.36.1-r5")
        );
        assert_eq!(packages("").manager, Manager::None);
    }

    /// Of a Debian 12 that is up to date.
    #[test]
    fn a_real_server() {
        let found = packages(include_str!("capture.txt"));
        assert_eq!(found.manager, Manager::Apt);
        assert!(found.refreshed_at.is_some() && found.reboot.is_none());
    }

    proptest! {
        #[test]
        fn nothing_a_package_manager_says_makes_it_panic(text in "(==> (manager|apt|held|dnf|advisories|apk|refreshed|reboot|restart|leftover|conffiles|services|active) <==|\n|[.]list:/|[.]prerm\n|apt|dnf|apk|Inst |\\(|\\)|\\[|\\]|-|<|:|  Installed: |cgroup |[0-9]{1,22}|\\PC){0,80}") {
            for package in packages(&text).packages {
                prop_assert!(!package.name.contains(['\x1b', '\n']));
            }
        }
    }
}
