//! The commands that answer what is compared, and what rights they take. They read and change nothing. A server that
//! has nothing of the kind leaves with [`NONE`]; what stands in files is headed by the file's name.

use crate::domain::server::Facet;

/// The code for: there is none of it here.
pub const NONE: i32 = 90;
/// The code for: this is no plain file.
pub const NO_FILE: i32 = 92;

/// What it takes to read something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Any account sees the same.
    Nothing,
    /// Root sees more than others, who see some of it.
    More,
    /// Others see nothing.
    Root,
    /// An account that may read it sees the same as root.
    Permission,
}

pub fn of(facet: &Facet) -> (Takes, &'static str) {
    match facet {
        Facet::System => (Takes::Nothing, SYSTEM),
        Facet::Sshd => (Takes::Root, "command -v sshd >/dev/null || exit 90; exec sshd -T"),
        Facet::Sysctl => {
            (Takes::More, "command -v sysctl >/dev/null || exit 90; sysctl -a 2>/dev/null; exit 0")
        }
        Facet::Packages => (Takes::Nothing, PACKAGES),
        Facet::Ufw => (Takes::Root, UFW),
        Facet::Units => (Takes::Nothing, UNITS),
        Facet::Ports => (
            Takes::More,
            "command -v ss >/dev/null || exit 90; ip -o addr show 2>/dev/null | awk '{ print \"own \" $4 }'; exec ss -Htulnp",
        ),
        Facet::Users => (
            Takes::Nothing,
            "{ getent passwd || cat /etc/passwd; } && echo == && { getent group || cat /etc/group; }",
        ),
        Facet::Sudoers => (Takes::Root, SUDOERS),
        Facet::Jails => (Takes::Root, JAILS),
        Facet::Time => (Takes::Nothing, TIME),
        Facet::Mounts => (
            Takes::Nothing,
            "findmnt -rn --real -o TARGET,FSTYPE,OPTIONS 2>/dev/null || awk '$1 ~ \"^/\" { print $2, $3, $4 }' /proc/mounts",
        ),
        Facet::Hosts => (Takes::Nothing, "uname -n; exec cat /etc/hosts"),
        Facet::Resolvers => (Takes::Nothing, "exec cat /etc/resolv.conf"),
        Facet::Cron => (Takes::More, CRON),
        // One byte more than is compared tells that it is too long.
        Facet::File(_) => (
            Takes::Permission,
            "if test -e \"$1\" && ! test -f \"$1\"; then exit 92; fi; exec head -c 1048577 -- \"$1\"",
        ),
    }
}

const SYSTEM: &str = "echo \"kernel $(uname -s) $(uname -r) $(uname -m)\"
r=/etc/os-release; test -r $r || r=/usr/lib/os-release
sed -n -e 's/^PRETTY_NAME=/system /p' -e 's/^VERSION_ID=/version /p' $r 2>/dev/null | tr -d '\"'
test -r /etc/debian_version && echo \"debian $(cat /etc/debian_version)\"
command -v systemctl >/dev/null && echo \"systemd $(systemctl --version | head -n 1)\"
command -v systemd-detect-virt >/dev/null && echo \"virtualisation $(systemd-detect-virt)\"
exit 0";

const PACKAGES: &str = "if command -v dpkg-query >/dev/null; then
dpkg-query -W -f '${db:Status-Abbrev} ${Package}:${Architecture} ${Version}\\n' | awk '$1 ~ /^.i/ { print $2, $3 }'
elif command -v rpm >/dev/null; then rpm -qa --qf '%{NAME}.%{ARCH} %{EPOCH}:%{VERSION}-%{RELEASE}\\n'
elif command -v apk >/dev/null; then apk info -v 2>/dev/null
elif command -v pacman >/dev/null; then pacman -Q
else exit 90; fi";

const UFW: &str = "command -v ufw >/dev/null || exit 90
s=$(ufw status verbose) || exit 1
echo \"$s\" | sed -n -e '/^Status:/p' -e '/^Logging:/p' -e '/^Default:/p' -e '/^New profiles:/p'
ufw show added | sed 1d";

const UNITS: &str = "command -v systemctl >/dev/null || exit 90
l=$(systemctl list-unit-files --plain --no-legend --no-pager --state=enabled,enabled-runtime,linked,linked-runtime,masked,masked-runtime) || exit 1
echo \"$l\" | awk '{ print $1, $2 }'";

const SUDOERS: &str = "test -d /etc/sudoers.d || test -e /etc/sudoers || exit 90
for f in /etc/sudoers /etc/sudoers.d/*; do case ${f##*/} in *.*|*~) continue;; esac; test -f \"$f\" && echo \"of $f\" && sed 's/^/ /' \"$f\"; done
exit 0";

const JAILS: &str = "command -v fail2ban-client >/dev/null || exit 90
if ! fail2ban-client ping >/dev/null 2>&1; then echo 'fail2ban does not run'; exit 0; fi
l=$(fail2ban-client status) || exit 1
echo \"$l\" | sed -n 's/.*Jail list:[[:space:]]*//p' | tr -d ' ' | tr ',' '\\n' | while IFS= read -r j; do
test -n \"$j\" || continue; echo \"jail $j\"
for k in bantime findtime maxretry ignoreip; do echo \"$k $(fail2ban-client get \"$j\" $k 2>/dev/null | tr '\\n' ' ')\"; done; done
exit 0";

const TIME: &str = "if command -v timedatectl >/dev/null; then timedatectl show -p Timezone -p LocalRTC -p NTP -p NTPSynchronized 2>/dev/null
else echo \"zone $(readlink /etc/localtime || cat /etc/timezone)\"; fi
for u in systemd-timesyncd chronyd chrony ntpd ntpsec openntpd; do systemctl is-active -q $u 2>/dev/null && echo \"runs $u\"; done
for f in /etc/systemd/timesyncd.conf /etc/systemd/timesyncd.conf.d/* /etc/chrony.conf /etc/chrony/chrony.conf /etc/chrony/sources.d/* /etc/ntp.conf /etc/ntpsec/ntp.conf; do
test -r \"$f\" && echo \"of $f\" && sed 's/^/ /' \"$f\"; done
exit 0";

const CRON: &str = "for f in /etc/crontab /etc/cron.d/* /var/spool/cron/crontabs/* /var/spool/cron/* /etc/crontabs/*; do
case ${f##*/} in *.*) continue;; esac; test -f \"$f\" && test -r \"$f\" && echo \"of $f\" && sed 's/^/ /' \"$f\"; done
for d in hourly daily weekly monthly; do for f in /etc/cron.$d/*; do case ${f##*/} in *.*) continue;; esac; test -x \"$f\" && echo \"$d $f\"; done; done
exit 0";
