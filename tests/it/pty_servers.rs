//! What a person is asked on the way to a real server: the real binary on a pseudo-terminal, real sshd.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use regex::Regex;

use crate::backends::docker_bed::calm;
use crate::backends::ssh_bed::{PASSWORD, file, host_key, port};
use crate::support::term::{Home, Term};

/// A home with an ssh_config that names one server, and the panel on it.
struct Person {
    home: Home,
}

impl Person {
    /// `lines` of ssh_config say who logs in and how.
    fn new(lines: &str) -> Self {
        let home = Home::new();
        let known = home.path().join("known_hosts");
        let config = format!(
            "Host bed1\n  HostName 127.0.0.1\n  Port {}\n  IdentitiesOnly yes\n  UserKnownHostsFile {}\n  \
             GlobalKnownHostsFile /nowhere\n{lines}\n",
            port(1),
            known.display()
        );
        std::fs::write(home.path().join("ssh_config"), config).unwrap();
        std::fs::write(home.path().join("config.toml"), "[defaults]\nssh_config = 'ssh_config'\n").unwrap();
        Self { home }
    }

    /// Somebody who has been there before.
    fn known(lines: &str) -> Self {
        let person = Self::new(lines);
        std::fs::copy(file("known_hosts"), person.home.path().join("known_hosts")).unwrap();
        person
    }

    fn start(&self, args: &[&str]) -> Term {
        let config = self.home.path().join("config.toml");
        let config = config.display().to_string();
        let usual = ["--config", &config, "--pane", "servers", "--filter", "name:bed1"];
        let term = self.home.start("/nonexistent/docker.sock".as_ref(), &[&usual, args].concat());
        term.until("· listed");
        term
    }

    fn known_hosts(&self) -> Option<String> {
        std::fs::read_to_string(self.home.path().join("known_hosts")).ok()
    }
}

fn root() -> String {
    format!("  User root\n  IdentityFile {}", file("id").display())
}

/// As long as it takes to read a question: what comes sooner is no answer.
fn read() {
    std::thread::sleep(Duration::from_millis(900));
}

fn is_live(screen: &str) -> bool {
    Regex::new(r"bed1 +● \d+ ms").unwrap().is_match(screen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_contact_is_refused_then_trusted() {
    let _calm = calm().await;
    let person = Person::new(&root());
    let mut term = person.start(&[]);
    term.type_in("\r").until("First contact with bed1 ([127.0.0.1]:").until("ssh-ed25519 SHA256:");
    read();
    term.type_in("\x1b").until_gone("First contact").until("✕ denied").until("was refused");
    assert_eq!(person.known_hosts(), None, "nothing is written");
    assert!(person.home.audit().is_empty());
    term.type_in("C").until("First contact");
    read();
    term.type_in("t").until_gone("First contact").until_screen("connected", is_live);
    let expected = format!("[127.0.0.1]:{} {}\n", port(1), host_key(1, "ed25519"));
    assert_eq!(person.known_hosts().as_deref(), Some(expected.as_str()));
    let file = person.home.path().join("known_hosts");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    term.until("audit 2");
    let audit = person.home.audit();
    let of = |key: &str| audit.iter().map(|r| r[key].as_str().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(of("command"), ["host.trust", "host.trust"]);
    assert_eq!(of("outcome"), ["intent", "done"]);
    assert_eq!(audit[0]["target"], format!("server:[127.0.0.1]:{}", port(1)));
    assert!(audit[0]["object"].as_str().unwrap().starts_with("SHA256:"));
    assert!(audit[0]["summary"].as_str().unwrap().ends_with("and write it to known_hosts"));
    assert_eq!(audit[1]["detail"], format!("written to {}", file.display()));
    // Known now: hung up and dialled again without a question.
    term.type_in("X").until("· listed").type_in("\r").until_screen("connected again", is_live);
    assert!(!term.screen().contains("First contact"));
    term.quit();
    term.is_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_for_a_session_nothing_is_written_and_read_only_trusts_nobody() {
    let _calm = calm().await;
    let person = Person::new(&root());
    let mut term = person.start(&["--read-only"]);
    term.type_in("\r").until("First contact");
    read();
    term.type_in("t").until("is read-only").type_in("o\x1b").until("✕ denied");
    term.quit();
    assert!(person.home.audit().is_empty() && person.known_hosts().is_none());
    let mut term = person.start(&[]);
    term.type_in("\r").until("First contact");
    read();
    term.type_in("o").until_screen("connected", is_live);
    term.until("audit 2");
    term.quit();
    assert_eq!(person.known_hosts(), None);
    assert_eq!(person.home.audit()[0]["command"], "host.trust_once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_key_is_no_question() {
    let _calm = calm().await;
    let person = Person::new(&root());
    let other = format!("[127.0.0.1]:{} {}\n", port(1), host_key(2, "ed25519"));
    std::fs::write(person.home.path().join("known_hosts"), &other).unwrap();
    let mut term = person.start(&[]);
    term.type_in("\r").until("✕ denied").until("has changed").until("delete line 1 of");
    term.type_in("t");
    read();
    assert!(!term.screen().contains("First contact") && !term.screen().contains("Another key"));
    term.quit();
    assert_eq!(person.known_hosts(), Some(other));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_wrong_passwords_are_enough() {
    let _calm = calm().await;
    let person = Person::known("  User pw\n  IdentityFile /nowhere/key");
    let mut term = person.start(&[]);
    term.type_in("\r").until("Password of pw@bed1");
    for round in 1..=3 {
        term.type_in("wrong-one").until("*********").type_in("\r").until_gone("*********");
        if round < 3 {
            term.until("did not take that password");
        }
    }
    term.until_gone("Password of").until("✕ denied").until("did not let pw in");
    // It is not tried again by itself.
    std::thread::sleep(Duration::from_secs(4));
    assert!(!term.screen().contains("Password of"), "{}", term.screen());
    term.type_in("C").until("Password of pw@bed1");
    term.type_in(PASSWORD).until("********").type_in("\r").until_screen("connected", is_live);
    term.quit();
    let raw = String::from_utf8_lossy(&term.raw()).into_owned();
    assert!(!raw.contains("wrong") && !raw.contains(PASSWORD), "no secret was ever on the screen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_key_wants_its_passphrase() {
    let _calm = calm().await;
    let person = Person::known(&format!("  User root\n  IdentityFile {}", file("id_locked").display()));
    let mut term = person.start(&[]);
    term.type_in("\r").until("A locked key").until("id_locked is locked").until("root@bed1 takes it");
    term.type_in("nonsense\r").until("That was not its passphrase");
    // As from a password manager: pasted, with the line's end.
    term.type_in("\x1b[200~bed-phrase\n\x1b[201~").until("**********").type_in("\r");
    term.until_screen("connected", is_live);
    term.quit();
    assert!(!String::from_utf8_lossy(&term.raw()).contains("phrase\x1b"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_audit_nobody_is_trusted() {
    let _calm = calm().await;
    let person = Person::new(&root());
    // No file can be written where a folder is.
    std::fs::create_dir_all(person.home.state().join("audit.jsonl")).unwrap();
    let mut term = person.start(&[]);
    term.type_in("\r").until("First contact");
    read();
    term.type_in("t").until("the audit line could not be written").until("✕ denied");
    term.quit();
    assert_eq!(person.known_hosts(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_outside_of_the_panel_has_the_terminal_for_itself_and_gives_it_back() {
    let _calm = calm().await;
    let person = Person::known(&root());
    let mut term = person.start(&[]);
    term.type_in("\x1b!").until("ssh -F ").until("y/n").type_in("y");
    term.until("its end brings you back").until_screen("a prompt of the server", |s| s.contains("# "));
    // Keys of pult's, if it heard them.
    term.type_in("echo q-$((40+2)) $TERM; exit 7\r").until("has ended, exit code 7").until("? help");
    assert!(!term.screen().contains("q-42"), "the screen is painted anew");
    assert!(String::from_utf8_lossy(&term.raw()).contains("q-42 xterm-256color"));
    term.until("audit 2");
    let audit = person.home.audit();
    assert_eq!(audit[0]["command"], "server.shell_outside");
    assert_eq!(audit[1]["outcome"], "done");
    assert_eq!(audit[1]["detail"], "exit code 7");
    assert!(term.quit().success());
    term.is_restored();
}
