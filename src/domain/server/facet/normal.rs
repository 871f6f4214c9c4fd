//! Takes out of an answer what differs between any two servers, or by the hour, so that what is left differs only
//! where somebody made it differ. [`Facet::taken_out`] says so in words.

use std::collections::BTreeSet;

use super::Facet;

/// Settings of the kernel that are none: it counts in them, tunes them itself, or keeps a secret of the host there.
const COUNTERS: [&str; 22] = [
    "dev.cdrom.info",
    "fs.aio-nr",
    "fs.binfmt_misc",
    "fs.dentry-state",
    "fs.file-nr",
    "fs.inode-nr",
    "fs.inode-state",
    "fs.quota.",
    "kernel.core_pipe",
    "kernel.domainname",
    "kernel.hostname",
    "kernel.ns_last_pid",
    "kernel.perf_event_max_sample_rate",
    "kernel.pty.nr",
    "kernel.random.",
    "kernel.sched_domain",
    "kernel.tainted",
    "net.netfilter.nf_conntrack_count",
    "net.ipv4.route.gc_",
    "net.ipv4.tcp_fastopen_key",
    "net.ipv6.route.gc_",
    "sunrpc.transports",
];
/// Groups that give power over the machine.
const POWERFUL: [&str; 10] =
    ["root", "sudo", "wheel", "admin", "adm", "docker", "lxd", "libvirt", "disk", "systemd-journal"];
/// What stands for a server's own name and addresses.
const OWN: &str = "(own)";

/// The lines to compare.
pub fn normal(facet: &Facet, raw: &str) -> Vec<String> {
    match facet {
        Facet::System | Facet::Ufw => tidy(raw).collect(),
        Facet::Sshd | Facet::Packages | Facet::Units => sorted(tidy(raw)),
        Facet::Sysctl => sorted(tidy(raw).filter(|line| is_setting(line))),
        Facet::Ports => ports(raw),
        Facet::Users => users(raw),
        Facet::Jails => jails(raw),
        Facet::Sudoers => tidy(raw).filter(|line| is_rule(line)).collect(),
        Facet::Cron | Facet::Time | Facet::Resolvers => {
            tidy(raw).filter(|line| !line.starts_with(['#', ';'])).collect()
        }
        Facet::Mounts => sorted(raw.lines().filter_map(mount)),
        Facet::Hosts => hosts(raw),
        Facet::File(_) => raw.lines().map(str::to_owned).collect(),
    }
}

/// Lines with single blanks, without empty ones.
fn tidy(raw: &str) -> impl Iterator<Item = String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    raw.lines().map(words).filter(|line| !line.is_empty())
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    lines.collect::<BTreeSet<_>>().into_iter().collect()
}

fn is_setting(line: &str) -> bool {
    let name = line.split_once(" =").map_or(line, |(name, _)| name);
    // The name of an interface stands behind `conf` or `neigh`; what is called so differs between any two servers.
    let interface = [".conf.", ".neigh."].iter().find_map(|part| Some(name.split_once(part)?.1));
    let own = name.ends_with(".stable_secret") || COUNTERS.iter().any(|begin| name.starts_with(begin));
    let of_one = |part: &str| !["all.", "default."].iter().any(|group| part.starts_with(group));
    !own && !interface.is_some_and(of_one)
}

/// `#include` is a rule, though it looks like a comment.
fn is_rule(line: &str) -> bool {
    !line.starts_with('#') || line.starts_with("#include")
}

/// `own 10.0.0.5/24`, then `tcp LISTEN 0 128 10.0.0.5:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))`.
fn ports(raw: &str) -> Vec<String> {
    let own = own_addresses(raw);
    let port = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (protocol, local) = (words.first()?, words.get(4)?);
        let (at, port) = local.rsplit_once(':')?;
        let bare = at.split('%').next().unwrap_or(at).trim_matches(['[', ']']);
        let at = if own.contains(bare) { OWN } else { at };
        let programs: BTreeSet<&str> = line.split("((").nth(1).map(programs).unwrap_or_default();
        let programs = programs.into_iter().collect::<Vec<_>>().join(" ");
        Some(format!("{protocol} {at}:{port} {programs}").trim_end().to_owned())
    };
    sorted(raw.lines().filter(|line| !line.starts_with("own ")).filter_map(port))
}

/// Those of the lines `own 10.0.0.5/24`; every host has those of the loopback.
fn own_addresses(raw: &str) -> BTreeSet<&str> {
    let own = raw.lines().filter_map(|line| line.strip_prefix("own ")?.split('/').next());
    own.map(str::trim).filter(|own| !own.starts_with("127.") && *own != "::1").collect()
}

/// `"nginx",pid=7,fd=5),("nginx",pid=8,fd=5))`
fn programs(users: &str) -> BTreeSet<&str> {
    users.split("),(").filter_map(|one| one.trim_start_matches('(').split('"').nth(1)).collect()
}

/// Lines of passwd, `==`, lines of group.
fn users(raw: &str) -> Vec<String> {
    let (accounts, groups) = raw.split_once("\n==\n").unwrap_or((raw, ""));
    let account = |line: &str| {
        let [name, _, uid, gid, _, home, shell] = line.split(':').collect::<Vec<_>>().try_into().ok()?;
        let program = shell.rsplit('/').next().unwrap_or(shell);
        let enters = !["nologin", "false", "sync", "shutdown", "halt"].contains(&program);
        enters.then(|| format!("user {name} uid {uid} gid {gid} home {home} shell {shell}"))
    };
    let group = |line: &str| {
        let [name, _, _, members] = line.split(':').collect::<Vec<_>>().try_into().ok()?;
        let members: BTreeSet<&str> = members.split(',').filter(|member| !member.is_empty()).collect();
        let told = POWERFUL.contains(&name) && !members.is_empty();
        told.then(|| format!("group {name}: {}", members.into_iter().collect::<Vec<_>>().join(" ")))
    };
    let mut out = sorted(accounts.lines().filter_map(account));
    out.extend(sorted(groups.lines().filter_map(group)));
    out
}

/// `jail sshd`, and below it what is set; jails by their names.
fn jails(raw: &str) -> Vec<String> {
    let mut jails: Vec<Vec<String>> = Vec::new();
    for line in tidy(raw) {
        match jails.last_mut() {
            Some(jail) if !line.starts_with("jail ") => jail.push(format!("  {line}")),
            _ => jails.push(vec![line]),
        }
    }
    jails.sort();
    jails.concat()
}

/// `/srv ext4 rw,noatime`; options in the order of the alphabet.
fn mount(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let (at, kind, options) = (words.next()?, words.next()?, words.next()?);
    let passing = ["/run/", "/var/lib/docker/", "/var/lib/containers/", "/var/lib/kubelet/", "/snap/"];
    if ["overlay", "nsfs", "autofs"].contains(&kind) || passing.iter().any(|begin| at.starts_with(begin)) {
        return None;
    }
    let options: BTreeSet<&str> = options.split(',').collect();
    Some(format!("{at} {kind} {}", options.into_iter().collect::<Vec<_>>().join(",")))
}

/// The host's name, then the lines of the file. Its own name stands at a loopback address; elsewhere the same lines
/// may well be meant to stand on every host.
fn hosts(raw: &str) -> Vec<String> {
    let (name, text) = raw.split_once('\n').unwrap_or((raw, ""));
    let (name, short) = (name.trim(), name.trim().split('.').next().unwrap_or_default());
    let own = |word: &str| {
        let is_own =
            word == name || word.strip_prefix(short).is_some_and(|r| r.is_empty() || r.starts_with('.'));
        if is_own && !name.is_empty() { OWN.to_owned() } else { word.to_owned() }
    };
    let line = |line: String| {
        let line = line.split('#').next().unwrap_or_default().trim_end();
        let is_loopback = line.starts_with("127.") || line.starts_with("::1 ");
        match is_loopback {
            true => line.split(' ').map(own).collect::<Vec<_>>().join(" "),
            false => line.to_owned(),
        }
    };
    tidy(text).map(line).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::server::FilePath;

    fn text(facet: Facet, raw: &str) -> String {
        normal(&facet, raw).join("\n")
    }

    #[test]
    fn settings_of_the_kernel_without_its_counters() {
        let raw = "vm.swappiness = 60\nfs.file-nr = 1152\t0\t9\nkernel.random.uuid = 7f\n\
                   net.ipv4.conf.veth1a2b.forwarding = 1\nnet.ipv4.conf.all.forwarding = 1\n\
                   net.ipv4.conf.eth0.x = 1\nfs.dentry-state = 1 2\nkernel.hostname = web1\n";
        assert_eq!(text(Facet::Sysctl, raw), "net.ipv4.conf.all.forwarding = 1\nvm.swappiness = 60");
    }

    #[test]
    fn ports_without_pids_and_with_one_own_address() {
        let raw = "own 127.0.0.1/8\nown 10.0.0.5/24\nown fe80::1/64\n\
                   tcp LISTEN 0 511 10.0.0.5:80 0.0.0.0:* users:((\"nginx\",pid=9,fd=6),(\"nginx\",pid=8,fd=6))\n\
                   tcp   LISTEN 0      128          [::]:22          [::]:*    users:((\"sshd\",pid=1,fd=3))\n\
                   udp UNCONN 0 0 [fe80::1]%eth0:546 [::]:*\nudp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:*\nx\n";
        assert_eq!(
            text(Facet::Ports, raw),
            "tcp (own):80 nginx\ntcp [::]:22 sshd\nudp (own):546\nudp 127.0.0.53%lo:53"
        );
        let other = raw.replace("10.0.0.5", "10.0.0.6").replace("pid=9", "pid=4711");
        assert_eq!(text(Facet::Ports, raw), text(Facet::Ports, &other));
    }

    #[test]
    fn who_may_come_in_and_has_power() {
        let raw = "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:w:/var/www:/usr/sbin/nologin\n\
                   ops:x:1000:1000:Op S,,,:/home/ops:/bin/sh\nbroken\n==\nsudo:x:27:ops,ann\nops:x:1000:\n\
                   docker:x:998:\nusers:x:100:ops\n";
        assert_eq!(
            text(Facet::Users, raw),
            "user ops uid 1000 gid 1000 home /home/ops shell /bin/sh\n\
             user root uid 0 gid 0 home /root shell /bin/bash\ngroup sudo: ann ops"
        );
    }

    #[test]
    fn mounts_without_devices_and_containers() {
        let raw = "/ ext4 rw,relatime,errors=remount-ro\n/var/lib/docker/overlay2/x/merged overlay rw\n\
                   /srv xfs rw,noatime\n/run/user/0 tmpfs rw\n";
        assert_eq!(text(Facet::Mounts, raw), "/ ext4 errors=remount-ro,relatime,rw\n/srv xfs noatime,rw");
    }

    #[test]
    fn names_of_hosts_but_not_the_own_one() {
        let of = |name: &str| {
            format!(
                "{name}\n127.0.0.1\tlocalhost # local\n\n127.0.1.1 {name}.lan {name}\n10.0.0.9 db\n10.0.0.1 web1\n10.0.0.2 web2\n"
            )
        };
        assert_eq!(
            text(Facet::Hosts, &of("web1")),
            "127.0.0.1 localhost\n127.0.1.1 (own) (own)\n10.0.0.9 db\n10.0.0.1 web1\n10.0.0.2 web2"
        );
        assert_eq!(text(Facet::Hosts, &of("web1")), text(Facet::Hosts, &of("web2")));
    }

    #[test]
    fn jails_by_their_names_and_rules_without_comments() {
        let raw = "jail sshd\nbantime 600\nmaxretry  5\njail nginx\nbantime 60\n";
        let wanted = "jail nginx\n  bantime 60\njail sshd\n  bantime 600\n  maxretry 5";
        assert_eq!(text(Facet::Jails, raw), wanted);
        let raw = "of /etc/sudoers\n # a\n#includedir /etc/sudoers.d\nroot\tALL=(ALL:ALL) ALL\n";
        assert_eq!(
            text(Facet::Sudoers, raw),
            "of /etc/sudoers\n#includedir /etc/sudoers.d\nroot ALL=(ALL:ALL) ALL"
        );
    }

    proptest! {
        #[test]
        fn garbage_is_no_harm(raw in "(?s).{0,400}", words in "((own |jail |==\n|tcp )?[ -~]{0,30}\n){0,20}") {
            let file = FilePath::new("/x").unwrap();
            for facet in Facet::ALL.into_iter().chain([Facet::File(file)]) {
                normal(&facet, &raw);
                normal(&facet, &words);
            }
        }
    }
}
