//! Who is at the keyboard, for the audit.

use rustix::process::{getpid, getuid};

use crate::backends::clock;

/// One run of pult by one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The operating system's user.
    pub user: String,
    /// The address of the SSH client that the user came from.
    pub origin: Option<String>,
    /// Process id and start time.
    pub session: String,
}

impl Session {
    /// `user@host`, for what is handed on to others.
    pub fn who(&self) -> String {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = crate::domain::sanitize::name(host.trim());
        if host.is_empty() { self.user.clone() } else { format!("{}@{host}", self.user) }
    }

    /// This process.
    pub fn current() -> Self {
        let env = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        Self {
            user: user(getuid().as_raw(), &passwd, env),
            origin: origin(env),
            session: format!("{}-{}", getpid().as_raw_pid(), clock::now().as_second()),
        }
    }
}

/// The user's name: from the password file, else (LDAP and the like) from the environment, else the number.
fn user(uid: u32, passwd: &str, env: impl Fn(&str) -> Option<String>) -> String {
    let named = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    let name =
        named.or_else(|| env("USER")).or_else(|| env("LOGNAME")).unwrap_or_else(|| format!("uid {uid}"));
    match env("SUDO_USER").filter(|_| uid == 0) {
        Some(person) if person != name => format!("{name} (sudo by {person})"),
        _ => name,
    }
}

fn origin(env: impl Fn(&str) -> Option<String>) -> Option<String> {
    let connection = env("SSH_CONNECTION").or_else(|| env("SSH_CLIENT"))?;
    connection.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_comes_from_the_password_file_first() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nops:x:1000:1000::/home/ops:/bin/sh\n";
        let env = |vars: &'static [(&str, &str)]| {
            move |name: &str| vars.iter().find(|(k, _)| *k == name).map(|(_, v)| (*v).to_owned())
        };
        assert_eq!(user(1000, passwd, env(&[("USER", "liar")])), "ops");
        assert_eq!(user(7, passwd, env(&[("USER", "ldap")])), "ldap");
        assert_eq!(user(7, passwd, env(&[])), "uid 7");
        assert_eq!(user(0, passwd, env(&[("SUDO_USER", "ann")])), "root (sudo by ann)");
        assert_eq!(origin(env(&[("SSH_CLIENT", "10.0.0.9 50022 22")])).as_deref(), Some("10.0.0.9"));
        assert_eq!(origin(env(&[])), None);
    }
}
