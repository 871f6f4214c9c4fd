//! `pult get checks` against a server of the bed, with a page of its own that shows a certificate.

use pult::backends::argv::Argv;
use pult::backends::server::{Run, Who};
use pult::domain::endpoint::SudoUse;

use super::pult::Pult;
use crate::backends::docker_bed::calm;
use crate::backends::host_views::hosted;
use crate::backends::ssh_bed::{file, port, setup};

/// A CA, a certificate of twelve days by it, and a page that shows it; says the CA.
const MAKE: &str = "set -e; d=/tmp/pult-it-page; rm -rf $d; mkdir $d; cd $d; exec 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 40 -subj /CN=pult-it-ca -keyout ca.key -out ca.pem
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout page.key -out page.csr
printf 'subjectAltName=DNS:localhost\\nbasicConstraints=CA:FALSE\\n' >ext
openssl x509 -req -in page.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 12 -extfile ext -out page.pem
systemctl stop pult-it-page || true
systemd-run -q --unit=pult-it-page openssl s_server -quiet -www -accept 6698 -cert $d/page.pem -key $d/page.key
for i in 1 2 3 4 5 6 7 8 9 10; do ss -Htln | grep -q :6698 && break; sleep 0.2; done; cat ca.pem";
const UNDO: &str = "systemctl stop pult-it-page; rm -rf /tmp/pult-it-page";

/// pult with one server, called `web1`, and these checks.
fn with(checks: &str) -> Pult {
    let host = format!(
        "Host web1\n  HostName 127.0.0.1\n  Port {}\n  User ops\n  IdentitiesOnly yes\n  IdentityFile {}\n  UserKnownHostsFile {}\n",
        port(2),
        file("id").display(),
        file("known_hosts").display()
    );
    let servers =
        "[[server]]\nname = \"web1\"\nhost = \"web1\"\n[[server]]\nname = \"here\"\nhost = \"local\"\n";
    let pult = Pult::alone().config(&format!("{servers}{checks}")).var("PATH", "/usr/bin:/bin");
    let ssh_config = pult.home().join("ssh_config");
    std::fs::write(&ssh_config, host).unwrap();
    pult.config(&format!("{servers}{checks}[defaults]\nssh_config = '{}'\n", ssh_config.display()))
}

const FINE: &str = "[[check]]\nname = \"page\"\nserver = \"web1\"\nhttp = \"http://127.0.0.1/\"\n\
    [[check]]\nname = \"true\"\ncommand = [\"true\"]\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fine_is_0_what_is_down_1_and_what_nobody_knows_3() {
    let _calm = calm().await;
    let dead = "[[check]]\nname = \"dead\"\nserver = \"web1\"\ntcp = \"127.0.0.1:9\"\n";
    let lacks = "[[check]]\nname = \"lacks\"\nserver = \"web1\"\ncommand = [\"no-such-program\"]\n";
    let pult = with(&format!("{FINE}{dead}{lacks}"));
    let fine = pult.run(&["get", "checks", "page", "true"]);
    assert!(fine.code == 0 && fine.out.contains("200 OK") && !fine.out.contains("dead"), "{fine:?}");
    let all = pult.run(&["get", "checks"]);
    assert!(all.code == 1 && all.out.contains("dead   down"), "{all:?}");
    let unknown = pult.run(&["get", "checks", "page", "lacks"]);
    assert!(unknown.code == 3 && unknown.out.contains("no-such-program is not there"), "{unknown:?}");
    let missing = pult.run(&["get", "checks", "pgae"]);
    assert!(missing.code == 1 && missing.err.contains("no check called pgae"), "{missing:?}");
    let json = pult.json(&["get", "checks", "page", "-o", "json"]);
    let item = &json["items"][0];
    assert_eq!((&item["state"], &item["target"]), (&"ok".into(), &"server:web1".into()));
    assert!(item["took_ms"].is_number() && item["certificate_days"].is_null(), "{item}");
    let none =
        Pult::alone().config("[[server]]\nname = \"here\"\nhost = \"local\"\n").run(&["get", "checks"]);
    assert!(none.code == 2 && none.err.contains("[[check]]"), "{none:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_out_of_reach_is_3_and_its_checks_are_unknown() {
    let _calm = calm().await;
    let gone = "[[server]]\nname = \"gone\"\nhost = \"127.0.0.1\"\nport = 1\n\
        [[check]]\nname = \"far\"\nserver = \"gone\"\nping = \"a\"\n";
    let ran = with(&format!("{FINE}{gone}")).run(&["get", "checks", "-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, json["faults"].as_array().map(Vec::len)), (3, Some(1)), "{ran:?}");
    let states: Vec<_> =
        json["items"].as_array().unwrap().iter().map(|i| i["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["unknown", "ok", "ok"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_is_told_what_changes() {
    let _calm = calm().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("marker");
    let check = format!(
        "[[check]]\nname = \"marker\"\nfile = \"{}\"\nabsent = true\nevery = \"5s\"\nfailures = 2\n",
        path.display()
    );
    let pult = with(&check);
    let running = pult.start(&["get", "checks", "-w", "-o", "json"]);
    running.until("it is not there", |line| line.contains("\"state\":\"ok\""));
    std::fs::write(&path, "x").unwrap();
    running.until("suspected first", |line| line.contains("\"state\":\"suspect\""));
    running.until("down", |line| line.contains("\"state\":\"down\""));
    assert_eq!(running.interrupt(), Some(130));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_tls_is_trusted_as_this_machine_trusts_and_tells_its_days() {
    let _calm = calm().await;
    let user = setup().alone();
    let host = hosted(&user, "ops@srv2", SudoUse::Ask);
    let as_root = async |script: &'static str| {
        host.actor().run(Run::new(Argv::script(script)).by(Who::Root)).await.unwrap()
    };
    let made = as_root(MAKE).await;
    assert!(made.is_success(), "{}", made.complaint());
    let check = "[[check]]\nname = \"page\"\nserver = \"web1\"\nhttp = \"https://localhost:6698/\"\ncontains = \"TLS\"\n";
    let pult = with(check);
    let ca = pult.home().join("ca.pem");
    std::fs::write(&ca, &made.stdout).unwrap();
    let untrusted = pult.json(&["get", "checks", "-o", "json"]);
    let trusting = pult.var("SSL_CERT_FILE", &ca.display().to_string());
    let trusted = trusting.json(&["get", "checks", "-o", "json"]);
    as_root(UNDO).await;
    let untrusted = &untrusted["items"][0];
    assert_eq!(untrusted["state"], "down");
    assert!(
        untrusted["message"].as_str().unwrap().starts_with("its certificate is not trusted"),
        "{untrusted}"
    );
    let trusted = &trusted["items"][0];
    assert!(matches!(trusted["certificate_days"].as_i64(), Some(11 | 12)), "{trusted}");
    assert_eq!(trusted["state"], "degraded", "{trusted}");
    assert!(trusted["message"].as_str().unwrap().starts_with("200 OK; its certificate ends in"), "{trusted}");
}
