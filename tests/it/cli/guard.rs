//! `pult get ports`, `firewall` and `jails` against the servers of the bed.

use serde_json::{Value, json};

use super::pult::Pult;
use crate::backends::docker_bed::calm;
use crate::backends::guard_bed::alone;
use crate::backends::ssh_bed::{file, port};

/// pult with two servers: one where it may do everything, one where it may do nothing.
fn servers() -> Pult {
    let hosts = [("web1", "ops"), ("web2", "guest")].map(|(host, user)| {
        format!(
            "Host {host}\n  HostName 127.0.0.1\n  Port {}\n  User {user}\n  IdentitiesOnly yes\n  IdentityFile {}\n  UserKnownHostsFile {}\n",
            port(2),
            file("id").display(),
            file("known_hosts").display()
        )
    });
    let section = |name: &str| format!("[[server]]\nname = \"{name}\"\nhost = \"{name}\"\n");
    // Without OpenSSH's client its configuration is read from this home, not from that of the tests' user.
    let pult = Pult::alone().config(&(section("web1") + &section("web2"))).var("PATH", "/nowhere");
    std::fs::create_dir(pult.home().join(".ssh")).unwrap();
    std::fs::write(pult.home().join(".ssh/config"), hosts.concat()).unwrap();
    pult
}

fn has_keys(item: &Value, keys: &str) {
    for key in keys.split_whitespace() {
        assert!(item.get(key).is_some(), "{key} in {item:#}");
    }
}

#[tokio::test]
async fn ports_firewall_and_jails_in_the_words_of_the_contract() {
    let (_calm, _turn) = (calm().await, alone().await);
    let pult = servers();
    let at = ["--target", "server:web1", "-o", "json"];
    let get = |kind: &str| pult.json(&[&["get", kind][..], &at[..]].concat());

    let ports = get("ports");
    let ssh = ports["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|i| i["port"] == 22 && i["address"] == "0.0.0.0")
        .unwrap();
    has_keys(ssh, "protocol address port pid process unit container exposure allowed_by_firewall target");
    assert_eq!(
        (&ssh["process"], &ssh["unit"], &ssh["exposure"]),
        (&json!("sshd"), &json!("ssh.service"), &json!("any"))
    );
    assert_eq!((&ssh["allowed_by_firewall"], &ssh["reach"]), (&json!(true), &json!("anybody")));

    let firewall = get("firewall");
    assert_eq!(
        (&firewall["status"], &firewall["default_incoming"], &firewall["default_outgoing"]),
        (&json!("active"), &json!("deny"), &json!("allow"))
    );
    let first = &firewall["items"][0];
    has_keys(first, "number action direction interface protocol from to port ipv6 comment target");
    assert_eq!(
        (&first["number"], &first["port"], &first["comment"]),
        (&json!(1), &json!("22"), &json!("ssh"))
    );

    let jails = get("jails");
    has_keys(
        &jails["items"][0],
        "name enabled failed_now failed_total banned_now banned_total banned target",
    );
    assert_eq!(jails["items"][0]["name"], "sshd");
}

#[tokio::test]
async fn tables_names_and_what_takes_root() {
    let (_calm, _turn) = (calm().await, alone().await);
    let pult = servers();
    let table = pult.run(&["get", "ports", "--target", "web1", "--filter", "reach:anybody port=22"]);
    assert!(
        table.out.starts_with("HOST")
            && table.out.contains("open to the internet: `ufw allow 22/tcp comment ssh`"),
        "{table:?}"
    );
    let names = pult.run(&["get", "jails", "--target", "web1", "-o", "name"]);
    assert_eq!((names.out.as_str(), names.code), ("jail/sshd\n", 0));
    let yaml = pult.run(&["get", "firewall", "--target", "web1", "-o", "yaml"]);
    assert!(yaml.out.contains("status: active"), "{yaml:?}");
    // One of two servers refuses: what there is is printed.
    let both = pult.run(&["get", "firewall", "-o", "json"]);
    let document: Value = serde_json::from_str(&both.out).unwrap();
    assert_eq!((both.code, document["items"].as_array().unwrap().len()), (4, 4), "{both:?}");
    assert_eq!(
        (&document["faults"][0]["target"], &document["faults"][0]["kind"]),
        (&json!("server:web2"), &json!("denied"))
    );
    let guest = pult.run(&["get", "ports", "--target", "web2"]);
    assert!(guest.code == 0 && guest.out.contains("unknown") && guest.err.contains("sudo"), "{guest:?}");
}

#[test]
fn this_machine_without_any_configuration() {
    let pult = Pult::alone().var("PATH", "/usr/bin:/bin");
    let ports = pult.json(&["get", "ports", "-o", "json"]);
    assert_eq!((&ports["kind"], &ports["faults"]), (&json!("ports"), &json!([])));
    let ran = pult.run(&["get", "firewall", "--watch"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

/// Every action by `pult do`, with its consent, its exit code and its line in the audit.
#[tokio::test]
async fn rules_and_bans_without_a_screen() {
    let (_calm, _turn) = (calm().await, alone().await);
    let pult = servers();
    let before = pult.run(&["get", "firewall", "--target", "web1"]).out;
    let port = ["--arg", "port=4803", "--arg", "protocol=tcp", "--target", "web1"];
    let allow = |more: &[&str]| pult.run(&[&["do", "firewall.allow", "web1"][..], &port, more].concat());
    let dry = allow(&["--dry-run"]);
    assert_eq!(dry.code, 0, "{dry:?}");
    for part in [
        "sudo ufw allow 4803/tcp",
        "Taken back by: ufw delete allow 4803/tcp",
        "  + -A ufw-user-input -p tcp --dport 4803 -j ACCEPT",
        "to do it: add --yes",
    ] {
        assert!(dry.out.contains(part), "{part}: {dry:?}");
    }
    assert_eq!(allow(&[]).code, 4);
    assert_eq!(pult.run(&["get", "firewall", "--target", "web1"]).out, before, "nothing was done");
    let done = allow(&["--yes"]);
    assert!(done.code == 0 && done.out.starts_with("ok firewall.allow web1"), "{done:?}");
    let delete = ["do", "firewall.delete", "allow 4803/tcp", "--target", "web1"];
    let gone = pult.run(&[&delete[..], &["--yes"]].concat());
    assert_eq!(gone.code, 0, "{gone:?}");
    assert_eq!(pult.run(&["get", "firewall", "--target", "web1"]).out, before);
    // What may keep us out takes the name; `rule/1` is the one that lets us in.
    let cut = pult.run(&["do", "firewall.delete", "rule/1", "--target", "web1", "--yes"]);
    assert!(
        cut.code == 4 && cut.out.contains("This may keep you out") && cut.err.contains("--confirm web1"),
        "{cut:?}"
    );

    let ban = |more: &[&str]| {
        let words = ["do", "jail.ban", "sshd", "--target", "web1", "--arg", "address=203.0.113.202"];
        pult.run(&[&words[..], more].concat())
    };
    assert_eq!(ban(&[]).code, 4);
    assert_eq!(ban(&["--yes"]).code, 0);
    let jails = pult.json(&["get", "jails", "--target", "web1", "-o", "json"]);
    assert!(jails.to_string().contains("203.0.113.202"), "{jails}");
    let free = pult.run(&["do", "jail.unban", "203.0.113.202", "--target", "web1", "--yes"]);
    assert_eq!(free.code, 0, "{free:?}");
    let audit = pult.run(&["audit", "tail"]);
    for part in ["firewall.allow", "firewall.delete", "jail.ban", "jail.unban"] {
        assert!(audit.out.contains(part), "{part}: {audit:?}");
    }
}

#[tokio::test]
async fn a_read_only_session_changes_no_firewall_and_no_ban() {
    let (_calm, _turn) = (calm().await, alone().await);
    let pult = servers();
    for words in [
        &["do", "firewall.allow", "web1", "--arg", "port=4804"][..],
        &["do", "firewall.deny", "web1", "--arg", "port=4804"],
        &["do", "firewall.disable", "web1"],
        &["do", "firewall.reload", "web1"],
        &["do", "firewall.delete", "rule/1"],
        &["do", "jail.ban", "sshd", "--arg", "address=203.0.113.203"],
    ] {
        let words = [words, &["--target", "web1", "--yes"]].concat();
        // As a session: readings take no rights either, so there is nothing to be found.
        let ran = pult.run(&[&["--read-only"][..], &words].concat());
        assert!(ran.code != 0, "{words:?}: {ran:?}");
    }
    let firewall = pult.json(&["get", "firewall", "--target", "web1", "-o", "json"]);
    assert!(!firewall.to_string().contains("4804") && firewall["status"] == "active");
    // As a guard of the server: the gate refuses, and the audit has it.
    let section = pult.home().join("read-only.toml");
    let host = "[[server]]\nname = \"web1\"\nhost = \"web1\"\nguard = \"read-only\"\n";
    std::fs::write(&section, host).unwrap();
    let config = ["--config", section.to_str().unwrap()];
    for words in [
        &["do", "firewall.allow", "web1", "--arg", "port=4804"][..],
        &["do", "firewall.delete", "rule/1"],
        &["do", "jail.ban", "sshd", "--arg", "address=203.0.113.203"],
    ] {
        let ran = pult.run(&[&config[..], words, &["--target", "web1", "--yes"]].concat());
        assert!(ran.code == 4 && ran.err.contains("read-only"), "{words:?}: {ran:?}");
    }
}

#[tokio::test]
async fn where_a_command_fails_once_the_others_are_spared() {
    let pult = servers();
    let run = |command: &str, more: &[&str]| {
        let command = format!("command={command}");
        let args = ["do", "server.run", "web1", "web2", "--arg", &command, "--confirm", "2", "-o", "json"];
        pult.run(&[&args[..], more].concat())
    };
    let both = run("true", &[]);
    assert!(both.code == 0 && both.out.matches("\"done\"").count() == 2, "{both:?}");
    let one = run("exit 3", &[]);
    assert!(one.code == 1 && one.out.contains("not begun: it failed on"), "{one:?}");
    let all = run("exit 3", &["--arg", "stop=no", "--arg", "canary=no"]);
    assert!(!all.out.contains("not begun") && all.out.matches("exit code 3").count() == 2, "{all:?}");
    let asks = run("true", &["--arg", "canary=ask"]);
    assert!(asks.code == 2 && asks.err.contains("canary=yes"), "{asks:?}");
}
