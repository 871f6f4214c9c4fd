//! The script that answers requests. One line in, one framed answer out; the end of its input ends it.
//!
//! It is POSIX, runs under dash, bash and busybox, and holds no single quote, so that it passes any login shell
//! as `/bin/sh -c '…'`. A frame ends with a mark that holds a random number: no process name and no login
//! banner can forge one, and what is printed before `ready` is not looked at.

use super::certificates::files;
use super::elevate::Elevate;

/// A kind of request, by its letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Request {
    /// Who it is; once a connection.
    Facts,
    /// `/proc` alone: no disk and no network filesystem can hold it up.
    Vitals,
    /// What takes longer and may hang: filesystems, units, users.
    Checks,
    /// All processes.
    Processes,
    /// Packages to upgrade: seconds of work for the server.
    Updates,
    /// Certificates in files; they change seldom.
    Certificates,
}

/// All there are, each with its letter and what answers it.
const REQUESTS: [(Request, char, &str); 6] = [
    (
        Request::Facts,
        'i',
        "s os; cat /etc/os-release; s uname; uname -n; uname -r; uname -m; s virt; systemd-detect-virt; \
         s ticks; getconf CLK_TCK; s page; getconf PAGESIZE; s clock; date +%s.%N; s user; id -un; id -u; \
         s sudo; echo $R; s tools; for t in systemctl journalctl ss ufw fail2ban-client apt-get docker smartctl pgbackrest; \
         do command -v $t >/dev/null && echo $t; done",
    ),
    (
        Request::Vitals,
        'f',
        "tail -n +1 /proc/stat /proc/meminfo /proc/loadavg /proc/uptime /proc/net/dev /proc/diskstats \
         /proc/pressure/cpu /proc/pressure/memory /proc/pressure/io",
    ),
    (
        Request::Checks,
        's',
        "s df; $T df -PT -B1 -l || $T df -Pk; s inodes; $T df -Pi -l || $T df -Pi; \
         s failed; test -d /run/systemd/system && echo systemd && $T systemctl list-units --state=failed --plain --no-legend --no-pager; \
         s who; who; s reboot; if test -e /run/reboot-required; then echo yes; elif test -d /etc/apt; then echo no; fi; \
         s banned; if test -S /run/fail2ban/fail2ban.sock; then $S $T fail2ban-client banned; fi; \
         s time; if command -v chronyc >/dev/null; then echo chrony; $T chronyc -n -c tracking; \
         elif systemctl is-active -q systemd-timesyncd; then echo timesyncd; \
         test -e /run/systemd/timesync/synchronized && echo synchronised; $T timedatectl timesync-status | grep Offset:; \
         elif command -v ntpq >/dev/null; then echo ntp; $T ntpq -c rv; else echo none; fi; \
         s heat; $T $G \"\" /sys/class/hwmon/hwmon*/name /sys/class/hwmon/hwmon*/temp[0-9]*_[ilc]* \
         /sys/class/hwmon/hwmon*/fan[0-9]*_[il]*",
    ),
    (
        Request::Processes,
        'p',
        // Each line bears the name of its file, so that no process can write a line for another one.
        "s clock; cat /proc/uptime; grep ^btime /proc/stat; getconf CLK_TCK; getconf PAGESIZE; \
         s stat; $G \"\" /proc/[0-9]*/stat; s owner; stat -c \"%n %U %u\" /proc/[0-9]*; \
         s cgroup; $G -e ^0: -e name=systemd /proc/[0-9]*/cgroup; s cmdline; $G \"\" /proc/[0-9]*/cmdline | cut -b 1-700",
    ),
    (
        Request::Updates,
        'u',
        "s apt; if command -v apt-get >/dev/null; then echo apt; nice -n 19 apt-get -s -o Debug::NoLocking=true dist-upgrade | grep ^Inst; fi",
    ),
    (Request::Certificates, 'c', "$S /bin/sh -c \"$C\""),
];

/// Begins a mark: nothing that is readable prints it.
pub const MARK: u8 = 0x1e;

impl Request {
    pub fn letter(self) -> char {
        REQUESTS.iter().find(|(request, ..)| *request == self).map_or('?', |(_, letter, _)| *letter)
    }
}

/// What ends a frame: the mark, the number and a space; then comes the letter, then the line's end.
pub fn mark(nonce: u64) -> Vec<u8> {
    let mut mark = vec![MARK];
    mark.extend_from_slice(format!("{nonce:016x} ").as_bytes());
    mark
}

/// What finds out whether `sudo` gives the rights of root without a password, and what takes it as known.
fn rights(elevate: Elevate) -> &'static str {
    match elevate {
        Elevate::Never => "R=unasked",
        Elevate::Known => "R=yes; S=\"sudo -n\"",
        Elevate::Probe => {
            "R=none; if test \"$(id -u)\" -ne 0 && command -v sudo >/dev/null; \
             then R=asks; sudo -n true 2>/dev/null </dev/null && R=yes && S=\"sudo -n\"; fi"
        }
    }
}

/// A script as a word within a script: one that runs another as root.
fn in_double_quotes(script: &str) -> String {
    let mut quoted = String::new();
    for c in script.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}

/// The script.
pub fn script(nonce: u64, elevate: Elevate) -> String {
    let mut cases = String::new();
    for (_, letter, answer) in REQUESTS {
        cases.push_str(&format!("{letter}) {answer};; "));
    }
    let listed = in_double_quotes(files::LIST);
    let end = format!("\\036{nonce:016x}");
    // What a server is told to run must not wait for somebody to type.
    format!(
        "LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; T=; S=; C=\"{listed}\"; \
         command -v timeout >/dev/null && T=\"timeout 5\"; \
         G=\"grep -H\"; echo | grep -a \"\" >/dev/null 2>&1 && G=\"grep -aH\"; \
         s() {{ printf \"\\n==> %s <==\\n\" $1; }}; \
         {}; \
         printf \"{end} ready\\n\"; \
         while IFS= read -r c; do case $c in {cases}esac 2>/dev/null </dev/null; printf \"{end} %s\\n\" \"$c\"; done",
        rights(elevate)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_passes_through_any_login_shell() {
        for elevate in [Elevate::Never, Elevate::Probe, Elevate::Known] {
            let script = script(7, elevate);
            assert!(!script.contains(['\'', '\n', '!']) && script.len() < 7000, "{script}");
        }
    }

    #[test]
    fn letters_are_unique() {
        for (i, (_, letter, _)) in REQUESTS.iter().enumerate() {
            assert!(REQUESTS.iter().skip(i + 1).all(|(_, other, _)| other != letter));
        }
    }
}
