//! From keywords to meaning, for what OpenSSH prints and for what is read here alike.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::surroundings::Surroundings;
use super::algorithms::Wish;
use super::{Algorithms, HostConfig, UnknownKeys};
use crate::domain::ssh_target::SshTarget;

/// Identities where none is named.
const IDENTITIES: [&str; 3] = ["~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"];

/// Settings in their order; the first of a keyword wins.
pub(super) struct Settings<'s> {
    pub said: &'s [(String, Vec<String>)],
    /// What is printed where nothing is said; none where only what is said is known.
    pub usual: &'s [(String, Vec<String>)],
}

impl Settings<'_> {
    fn all<'a>(&'a self, keyword: &'a str) -> impl Iterator<Item = &'a Vec<String>> {
        self.said.iter().filter(move |(k, _)| k == keyword).map(|(_, arguments)| arguments)
    }

    fn list(&self, keyword: &str) -> Option<&[String]> {
        self.said.iter().find(|(k, _)| k == keyword).map(|(_, arguments)| arguments.as_slice())
    }

    fn word(&self, keyword: &str) -> Option<&str> {
        self.list(keyword)?.first().map(String::as_str)
    }

    fn yes(&self, keyword: &str) -> bool {
        matches!(self.word(keyword), Some("yes" | "true"))
    }

    /// What they come to for a target.
    ///
    /// # Errors
    /// What cannot be a setting, in words.
    pub fn of(&self, target: &SshTarget, around: &Surroundings) -> Result<HostConfig, String> {
        let user = target.user.clone().or_else(|| self.word("user").map(str::to_owned));
        let user = user.unwrap_or_else(|| around.user.clone());
        let port = match (target.port, self.word("port")) {
            (Some(port), _) => port,
            (None, Some(word)) => word.parse().map_err(|_| format!("`{word}` is no port"))?,
            (None, None) => 22,
        };
        let host_name = self.word("hostname").unwrap_or(&target.host);
        let host_name = host_name.replace("%h", &target.host).replace("%%", "%");
        let tokens = Tokens { host: &host_name, alias: &target.host, user: &user, port, around };
        let files = |written: &[String]| -> Vec<PathBuf> {
            written.iter().filter(|w| *w != "none").map(|w| tokens.path(w)).collect()
        };
        let named: Vec<String> = self.all("identityfile").flatten().cloned().collect();
        let named = if named.is_empty() { IDENTITIES.map(str::to_owned).to_vec() } else { named };
        let mut identities = files(&named);
        if let Some(first) = &target.identity {
            identities.retain(|file| file != first);
            identities.insert(0, first.clone());
        }
        let own = ["~/.ssh/known_hosts".to_owned(), "~/.ssh/known_hosts2".to_owned()];
        let own = files(self.list("userknownhostsfile").unwrap_or(&own));
        let machine = ["/etc/ssh/ssh_known_hosts".to_owned(), "/etc/ssh/ssh_known_hosts2".to_owned()];
        let machine = files(self.list("globalknownhostsfile").unwrap_or(&machine));
        let jump = target.jump.as_deref().or_else(|| self.word("proxyjump")).unwrap_or("none");
        let proxy_command = self.list("proxycommand").map(|words| words.join(" "));
        Ok(HostConfig {
            alias: target.host.clone(),
            port,
            identities,
            certificates: files(&self.all("certificatefile").flatten().cloned().collect::<Vec<_>>()),
            identities_only: self.yes("identitiesonly"),
            agent: self.agent(&tokens),
            jumps: jumps(jump)?,
            // A jump that is said wins over a program.
            proxy_command: proxy_command.filter(|c| c != "none" && jump == "none"),
            own_known_hosts: own.len(),
            known_hosts: own.into_iter().chain(machine).collect(),
            hash_known_hosts: self.yes("hashknownhosts"),
            host_key_alias: self.word("hostkeyalias").filter(|a| *a != "none").map(str::to_owned),
            proxy_hands_over: self.yes("proxyusefdpass"),
            algorithms: Algorithms {
                kex: self.wish("kexalgorithms"),
                host_key: self.wish("hostkeyalgorithms"),
                cipher: self.wish("ciphers"),
                mac: self.wish("macs"),
            },
            unknown_keys: match self.word("stricthostkeychecking") {
                Some("yes" | "true") => UnknownKeys::Refuse,
                Some("accept-new") => UnknownKeys::Accept,
                _ => UnknownKeys::Ask,
            },
            // `ask` would ask about a key that nothing is doubtful about.
            update_host_keys: match self.word("updatehostkeys") {
                Some(word) => matches!(word, "yes" | "true"),
                None => self.list("userknownhostsfile").is_none(),
            },
            connect_timeout: self
                .word("connecttimeout")
                .and_then(|w| w.parse().ok())
                .map(Duration::from_secs)
                .filter(|d| !d.is_zero()),
            user,
            host_name,
        })
    }

    fn wish(&self, keyword: &str) -> Wish {
        let written = self.list(keyword).map(|words| words.join(",")).unwrap_or_default();
        match self.usual.iter().find(|(k, _)| k == keyword) {
            Some((_, usual)) if !written.is_empty() => Wish::between(&usual.join(","), &written),
            _ => Wish::parse(&written),
        }
    }

    fn agent(&self, tokens: &Tokens<'_>) -> Option<PathBuf> {
        match self.word("identityagent") {
            None | Some("SSH_AUTH_SOCK") => tokens.around.agent.clone(),
            Some("none") => None,
            Some(path) => Some(tokens.path(path)),
        }
    }
}

/// `a,b` = through a, then b; `none` = straight.
fn jumps(chain: &str) -> Result<Vec<SshTarget>, String> {
    if chain.eq_ignore_ascii_case("none") {
        return Ok(Vec::new());
    }
    let one = |text: &str| SshTarget::parse(text.strip_prefix("ssh://").unwrap_or(text));
    chain.split(',').map(|text| one(text.trim()).map_err(|e| format!("ProxyJump: {e}"))).collect()
}

/// What `%` stands for in paths.
struct Tokens<'t> {
    host: &'t str,
    alias: &'t str,
    user: &'t str,
    port: u16,
    around: &'t Surroundings,
}

impl Tokens<'_> {
    fn path(&self, written: &str) -> PathBuf {
        let mut out = String::new();
        let mut chars = written.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some('d') => out.push_str(&self.home()),
                Some('h') => out.push_str(self.host),
                Some('n') => out.push_str(self.alias),
                Some('r') => out.push_str(self.user),
                Some('u') => out.push_str(&self.around.user),
                Some('p') => out.push_str(&self.port.to_string()),
                Some('%') | None => out.push('%'),
                Some(other) => out.extend(['%', other]),
            }
        }
        self.around.expand(&out)
    }

    fn home(&self) -> String {
        self.around.home.as_deref().unwrap_or(Path::new("~")).display().to_string()
    }
}
