//! Whose a process is, by its control group: a unit of systemd, a container.

use crate::domain::sanitize;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub unit: Option<String>,
    /// The first twelve digits of its id.
    pub container: Option<String>,
}

/// Reads `/proc/PID/cgroup`. Where a machine is itself a container, the innermost name counts.
pub fn parse(text: &str) -> Place {
    let path = |line: &str| line.splitn(3, ':').nth(2).map(str::to_owned);
    let unified = text.lines().find(|line| line.starts_with("0::")).and_then(path);
    let systemd = text.lines().find(|line| line.contains(":name=systemd:")).and_then(path);
    let chosen = [unified, systemd].into_iter().flatten().find(|path| path.len() > 1);
    let path = chosen.or_else(|| text.lines().find_map(path)).unwrap_or_default();
    let mut place = Place::default();
    for part in path.split('/') {
        if let Some(id) = container(part) {
            place = Place { unit: None, container: Some(id.to_owned()) };
        } else if part.ends_with(".service") || part.ends_with(".socket") {
            place = Place { unit: Some(sanitize::name(part)), container: None };
        }
    }
    place
}

/// `docker-4f5e….scope`, `libpod-4f5e….scope`, `cri-containerd-4f5e….scope`, `4f5e…`
fn container(part: &str) -> Option<&str> {
    let id = part.strip_suffix(".scope").unwrap_or(part);
    let id = id.rsplit('-').next()?;
    let is_id = id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit());
    if is_id { id.get(..12) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_and_containers() {
        let id = "7c721ce42a51834f2bb5525560dd3d2d088534ac37af9d72fbc6651395a367ae";
        for (text, unit, container) in [
            ("0::/system.slice/nginx.service\n".to_owned(), Some("nginx.service"), None),
            (format!("0::/system.slice/docker-{id}.scope\n"), None, Some("7c721ce42a51")),
            (
                format!("12:pids:/docker/{id}\n1:name=systemd:/docker/{id}\n0::/\n"),
                None,
                Some("7c721ce42a51"),
            ),
            (
                format!("9:pids:/docker/{id}\n0::/docker/{id}/system.slice/ssh.service\n"),
                Some("ssh.service"),
                None,
            ),
            (
                format!("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-{id}.scope\n"),
                None,
                Some("7c721ce42a51"),
            ),
            (
                "0::/user.slice/user-1000.slice/user@1000.service/app.slice/vite.service\n".to_owned(),
                Some("vite.service"),
                None,
            ),
            ("0::/user.slice/user-1000.slice/session-3.scope\n".to_owned(), None, None),
            (String::new(), None, None),
        ] {
            let place = parse(&text);
            assert_eq!((place.unit.as_deref(), place.container.as_deref()), (unit, container), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(0::|/|:|-|\\.scope|\\.service|[0-9a-f]{64}|\n|\\PC){0,12}") {
            parse(&text);
        }
    }
}
