//! Certificates in files and sockets of the two real servers, by SSH, and what the readings say of them.

use pult::backends::argv::Argv;
use pult::backends::server::{Run, Who};
use pult::domain::endpoint::SudoUse;
use pult::domain::server::certificates::{Certificate, Seen};
use pult::domain::server::{ServerAnswer, ServerAsk};
use pult::runtime::servers::Hosted;

use super::host_views::{here, hosted};
use super::ssh_bed::setup;

/// A file of twelve days that a configuration names, and a socket that shows another one of the same names.
const MAKE: &str = "set -e; cd /etc/ssl; make() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -days \"$1\" -subj /CN=pult-it.example -addext subjectAltName=DNS:pult-it.example -keyout \"$2\" -out \"$2.tmp\" 2>/dev/null
    cat \"$2.tmp\" >>\"$2\"; rm \"$2.tmp\"; }
make 12 pult-it-file.pem; make 40 pult-it-socket.pem
echo 'ssl_certificate /etc/ssl/pult-it-file.pem;' >/etc/nginx/snippets/pult-it.conf
systemctl stop pult-it-tls 2>/dev/null || true
systemd-run -q --unit=pult-it-tls openssl s_server -quiet -accept 6697 -cert /etc/ssl/pult-it-socket.pem -key /etc/ssl/pult-it-socket.pem
for i in 1 2 3 4 5 6 7 8 9 10; do ss -Htln | grep -q :6697 && exit 0; sleep 0.2; done; exit 1";

const UNDO: &str = "systemctl stop pult-it-tls; rm -f /etc/ssl/pult-it-file.pem /etc/ssl/pult-it-socket.pem /etc/nginx/snippets/pult-it.conf";

async fn root(host: &Hosted, script: &'static str) {
    let run = Run::new(Argv::script(script)).by(Who::Root);
    let output = host.actor().run(run).await.unwrap();
    assert!(output.is_success(), "{}", output.complaint());
}

async fn certificates(host: &Hosted) -> Vec<Certificate> {
    match host.ask(&ServerAsk::Certificates).await.unwrap() {
        ServerAnswer::Certificates(all) => all,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_and_the_socket_that_shows_another_one() {
    let user = setup().alone();
    for target in ["ops@srv1", "ops@srv2"] {
        let host = hosted(&user, target, SudoUse::Ask);
        root(&host, MAKE).await;
        let all = certificates(&host).await;
        root(&host, UNDO).await;
        let of = |place: &str| {
            all.iter().find(|one| one.place == place).unwrap_or_else(|| panic!("{place}: {all:?}")).clone()
        };
        let file = of("/etc/ssl/pult-it-file.pem");
        // A day has passed when its last second has.
        assert!(
            file.subject == "pult-it.example" && matches!(file.days_left, Some(11 | 12)) && file.is_due()
        );
        assert_eq!(file.used_by, ["/etc/nginx/snippets/pult-it.conf"]);
        assert_eq!(file.problem, "127.0.0.1:6697 shows another one: reload what listens there");
        let shown = of("127.0.0.1:6697");
        assert!(shown.seen == Seen::Socket && matches!(shown.days_left, Some(39 | 40)) && !shown.is_due());
        assert_eq!(shown.used_by, ["openssl"]);
        assert!(shown.problem.starts_with("not the one in /etc/ssl/pult-it-file.pem"), "{}", shown.problem);
        let lies = of("/etc/ssl/pult-it-socket.pem");
        assert!(!lies.is_used() && lies.problem.is_empty(), "{lies:?}");
        assert!(all.iter().all(|one| !one.place.ends_with(":22") && !one.place.ends_with(":80")), "{all:?}");
        assert!(certificates(&host).await.iter().all(|one| !one.place.contains("pult-it")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_root_and_on_this_machine_there_is_an_answer() {
    let user = setup().alone();
    assert!(
        certificates(&hosted(&user, "guest@srv2", SudoUse::Ask)).await.iter().all(|c| !c.place.is_empty())
    );
    assert!(certificates(&here()).await.iter().all(|c| !c.place.is_empty()));
}
