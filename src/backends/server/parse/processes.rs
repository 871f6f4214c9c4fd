//! `/proc/PID/*` of all processes, each line with the name of its file before it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::number;
use crate::backends::server::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::{Process, ProcessList};

/// Processes kept: a server with more has another problem.
const MOST: usize = 50_000;

/// The files of one process, as far as they could be read.
#[derive(Default)]
struct Files<'a> {
    stat: Vec<&'a str>,
    cgroup: Vec<&'a str>,
    cmdline: Vec<&'a str>,
    user: Option<&'a str>,
}

pub fn processes(body: &str) -> ProcessList {
    let mut list = ProcessList { ticks_per_s: 100, ..ProcessList::default() };
    let mut files: BTreeMap<u32, Files> = BTreeMap::new();
    let (mut boot_s, mut page) = (None, 4096);
    for (section, text) in sections(body) {
        match section {
            "clock" => {
                let mut lines = text.lines().filter(|line| !line.is_empty());
                list.uptime_s = number(lines.next().and_then(|l| l.split_whitespace().next()));
                boot_s = lines.next().and_then(|l| l.split_whitespace().nth(1)?.parse::<i64>().ok());
                list.ticks_per_s = number::<u32>(lines.next()).max(1);
                page = number::<u64>(lines.next()).max(1);
            }
            "owner" => {
                for (pid, rest) in text.lines().filter_map(|line| of(line, ' ')) {
                    let mut words = rest.split(' ');
                    let name = words.next().filter(|name| *name != "UNKNOWN");
                    files.entry(pid).or_default().user = name.or(words.next());
                }
            }
            "stat" | "cgroup" | "cmdline" => {
                for (pid, file, rest) in text.lines().filter_map(line_of_file) {
                    let files = files.entry(pid).or_default();
                    match file {
                        "stat" => files.stat.push(rest),
                        "cgroup" => files.cgroup.push(rest),
                        _ => files.cmdline.push(rest),
                    }
                }
            }
            _ => {}
        }
    }
    let boot = boot_s.and_then(|s| Timestamp::from_second(s).ok());
    let all = files.into_iter().filter_map(|(pid, files)| process(pid, &files, list.ticks_per_s, page, boot));
    list.processes = all.take(MOST).collect();
    // A server may be a container itself: then all of its processes are in that one, which says nothing.
    let whole = list.processes.iter().find(|p| p.pid == 1).and_then(|p| p.container.clone());
    for process in list.processes.iter_mut().filter(|p| whole.is_some() && p.container == whole) {
        process.container = None;
    }
    list
}

/// `/proc/12:rest`
fn of(line: &str, end: char) -> Option<(u32, &str)> {
    let (pid, rest) = line.strip_prefix("/proc/")?.split_once(end)?;
    Some((pid.parse().ok()?, rest))
}

/// `/proc/12/stat:rest`
fn line_of_file(line: &str) -> Option<(u32, &str, &str)> {
    let (pid, rest) = of(line, '/')?;
    let (file, rest) = rest.split_once(':')?;
    Some((pid, file, rest))
}

/// proc_pid_stat(5): `12 (name) S 1 …`; the name may hold anything, parentheses and line ends as well.
fn process(pid: u32, files: &Files, ticks_per_s: u32, page: u64, boot: Option<Timestamp>) -> Option<Process> {
    let stat = files.stat.join("\n");
    let (before, after) = stat.rsplit_once(')')?;
    let name = sanitize::name(before.split_once('(')?.1);
    let words: Vec<&str> = after.split_ascii_whitespace().collect();
    // The state is the third field.
    let field = |n: usize| words.get(n - 3).copied();
    let count = |n: usize| number::<u64>(field(n));
    let start = field(22)?.parse().ok()?;
    let started_at = boot.and_then(|boot| {
        let ms = i64::try_from(u64::saturating_mul(start, 1000) / u64::from(ticks_per_s)).ok()?;
        boot.checked_add(SignedDuration::from_millis(ms)).ok()
    });
    let cmdline = files.cmdline.join(" ");
    let words: Vec<&str> = cmdline.split('\0').map(str::trim).filter(|word| !word.is_empty()).collect();
    let command = if words.is_empty() { format!("[{name}]") } else { sanitize::name(&words.join(" ")) };
    // Of several hierarchies the one that systemd uses tells most.
    let paths = files.cgroup.iter().filter_map(|line| line.splitn(3, ':').nth(2));
    let path = paths.max_by_key(|path| path.len());
    Some(Process {
        pid,
        ppid: number(field(4)),
        user: files.user.map(sanitize::name),
        state: field(3).and_then(|s| s.chars().next()).filter(char::is_ascii_alphabetic)?,
        cpu_percent: None,
        // A kernel thread has none.
        memory_bytes: Some(count(24).saturating_mul(page)).filter(|_| !words.is_empty()),
        threads: field(20).and_then(|n| n.parse().ok()),
        nice: field(19).and_then(|n| n.parse().ok()),
        started_at,
        command,
        name,
        unit: path.and_then(unit),
        container: path.and_then(container),
        start,
        cpu_ticks: count(14).saturating_add(count(15)),
    })
}

/// The unit of the system's own systemd: the first one on the path, for a user's have theirs below.
fn unit(path: &str) -> Option<String> {
    let is_unit = |part: &&str| part.ends_with(".service") || part.ends_with(".scope");
    path.split('/').find(is_unit).map(sanitize::name)
}

/// A container's id: `docker-ID.scope`, `/docker/ID`, `cri-containerd-ID.scope`, `libpod-ID.scope`.
fn container(path: &str) -> Option<String> {
    let is_id = |word: &&str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    path.rsplit(['/', '-', '.']).find(is_id).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn body(id: &str) -> String {
        let stat = |pid: u32, name: &str| {
            format!(
                "/proc/{pid}/stat:{pid} ({name}) S 1 1 1 0 -1 4194560 1 0 0 0 150 50 0 0 20 -5 3 0 500 1000 25 99\n"
            )
        };
        format!(
            "\n==> clock <==\n1000.50 3000.10\nbtime 1700000000\n100\n4096\n\n==> stat <==\n{}{}{}/proc/9/stat:9 (half\n\
             \n==> owner <==\n/proc/7 www-data 33\n/proc/8 UNKNOWN 1234\n/proc/self root 0\n\
             \n==> cgroup <==\n/proc/7/cgroup:0::/system.slice/nginx.service\n/proc/8/cgroup:0::/\n/proc/8/cgroup:1:name=systemd:/docker/{id}\n\
             \n==> cmdline <==\n/proc/7/cmdline:nginx: master\0-c\0/etc/nginx.conf\0\n/proc/7/cmdline:second line\0\n",
            stat(2, "kthreadd"),
            stat(7, "ng) R (inx"),
            stat(8, "a b"),
        )
    }

    #[test]
    fn fields_owners_units_and_containers() {
        let list = processes(&body(ID));
        assert_eq!((list.uptime_s, list.ticks_per_s, list.processes.len()), (1000.5, 100, 3));
        let [kernel, nginx, other] = &list.processes[..] else { panic!("{list:?}") };
        assert_eq!(
            (kernel.command.as_str(), kernel.memory_bytes, kernel.user.as_deref()),
            ("[kthreadd]", None, None)
        );
        assert_eq!(
            (nginx.name.as_str(), nginx.state, nginx.ppid, nginx.nice),
            ("ng) R (inx", 'S', 1, Some(-5))
        );
        assert_eq!(nginx.command, "nginx: master -c /etc/nginx.conf second line");
        assert_eq!((nginx.cpu_ticks, nginx.threads, nginx.memory_bytes), (200, Some(3), Some(25 * 4096)));
        assert_eq!(nginx.started_at.unwrap().as_second(), 1_700_000_005);
        assert_eq!((nginx.unit.as_deref(), nginx.container.as_deref()), (Some("nginx.service"), None));
        assert_eq!((other.user.as_deref(), other.container.as_deref()), (Some("1234"), Some(ID)));
    }

    #[test]
    fn a_server_that_is_a_container_is_no_container_of_its_processes() {
        let one = "/proc/1/stat:1 (init) S 0 1 1 0 -1 0 1 0 0 0 1 1 0 0 20 0 1 0 1 1000 25 99\n";
        let text = body(ID).replace("\n==> owner", &format!("{one}\n==> owner"));
        let text = text.replace(
            "==> cgroup <==\n",
            &format!("==> cgroup <==\n/proc/1/cgroup:0::/docker/{ID}/init.scope\n"),
        );
        let list = processes(&text);
        assert!(list.processes.iter().all(|p| p.container.is_none()), "{list:?}");
        assert_eq!(list.processes[0].unit.as_deref(), Some("init.scope"));
    }

    #[test]
    fn a_process_speaks_for_no_other() {
        // Line ends in names and arguments: every line has its own file before it.
        let forged = body(ID).replace("/proc/8/stat:8 (a b)", "/proc/8/stat:8 (a\n/proc/8/stat:7 (evil)");
        let list = processes(&forged);
        let nginx = list.processes.iter().find(|p| p.pid == 7).unwrap();
        assert_eq!(nginx.name, "ng) R (inx");
    }

    #[test]
    fn paths_of_cgroups() {
        assert_eq!(container(&format!("/system.slice/docker-{ID}.scope")).as_deref(), Some(ID));
        assert_eq!(container(&format!("/kubepods/pod1/{ID}")).as_deref(), Some(ID));
        assert_eq!(container("/system.slice/docker.service"), None);
        let user = "/user.slice/user-1000.slice/user@1000.service/app.slice/x.service";
        assert_eq!(unit(user).as_deref(), Some("user@1000.service"));
        assert_eq!(unit("/init.scope").as_deref(), Some("init.scope"));
    }

    #[test]
    fn a_server_with_thousands_of_them() {
        let stat = |pid: u32| {
            body(ID).lines().find(|l| l.starts_with("/proc/7/stat:")).unwrap().replacen(
                "/proc/7/stat:7",
                &format!("/proc/{pid}/stat:{pid}"),
                1,
            )
        };
        let stats: Vec<String> = (10..20_010).map(stat).collect();
        let text = body(ID).replace("==> stat <==\n", &format!("==> stat <==\n{}\n", stats.join("\n")));
        let list = processes(&text);
        assert!(
            list.processes.len() >= 20_000 && list.processes.iter().any(|p| p.pid == 20_009),
            "{}",
            list.processes.len()
        );
    }

    /// Of a Debian 12, as an account without rights sees it.
    #[test]
    fn a_real_server() {
        let list = processes(include_str!("captures/processes.txt"));
        let of =
            |name: &str| list.processes.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("{name}"));
        assert!(
            list.processes.len() > 10
                && list.processes.iter().all(|p| p.user.is_some() && p.started_at.is_some())
        );
        assert_eq!(
            (of("cron").unit.as_deref(), of("cron").command.as_str()),
            (Some("cron.service"), "/usr/sbin/cron -f")
        );
        assert_eq!((of("systemd").pid, of("systemd").ppid), (1, 0));
        assert!(list.processes.iter().all(|p| p.container.is_none()), "the server itself is a container");
    }

    proptest! {
        #[test]
        fn nothing_a_server_says_makes_it_panic(text in "(==> (clock|stat|owner|cgroup|cmdline) <==|\n|/proc/[0-9]{1,3}|/stat:|/cmdline:|[()]| [0-9]{1,20}|\\PC){0,80}") {
            let list = processes(&text);
            prop_assert!(list.processes.iter().all(|p| !p.command.contains('\x1b')));
        }

        #[test]
        fn no_name_hides_a_process(name in "[^\0\n]{0,15}") {
            let list = processes(&body(ID).replace("ng) R (inx", &name));
            prop_assert!(list.processes.iter().any(|p| p.pid == 7 && p.ppid == 1 && p.start == 500));
        }
    }
}
