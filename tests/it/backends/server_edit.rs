//! Files and drop-ins edited on the two real servers: fetched, checked, written through the gate.

use std::time::Duration;

use pult::backends::argv::Argv;
use pult::backends::server::{content, fetch, verify};
use pult::domain::endpoint::SudoUse;
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::server::edit::{Edited, Fetched, FileWrite};
use pult::domain::server::{FilePath, ServerAction, UnitVerb};
use pult::runtime::servers::Hosted;

use super::host_views::{act, hosted};
use super::ssh_bed::{User, setup};

const SOON: Duration = Duration::from_secs(20);

fn bytes(text: &str) -> pult::domain::server::edit::Content {
    content("", text.as_bytes()).unwrap()
}

async fn put(host: &Hosted, fetched: &Fetched, after: &str, unit: Option<&str>) -> Result<String, Fault> {
    let write = FileWrite {
        path: fetched.path.clone(),
        before: fetched.before.clone(),
        after: bytes(after),
        unit: unit.map(str::to_owned),
        faulty: false,
    };
    act(host, fetched.sudo, ServerAction::Write(Box::new(write))).await
}

/// What a script of ours prints there, as its account.
async fn sh(user: &User, target: &str, script: &'static str, operand: &str) -> String {
    let ran = user.to(target).await.exec(&Argv::script(script).operand(operand), SOON).await.unwrap();
    assert!(ran.exit.is_success(), "{ran:?}");
    String::from_utf8(ran.stdout).unwrap()
}

async fn folder(user: &User, target: &str) -> FilePath {
    let made = sh(user, target, "mktemp -d /var/tmp/pult-edit-XXXXXX", "").await;
    FilePath::new(made.trim_end()).unwrap()
}

/// Names, modes and owners in a folder, without those that stand for moments.
const LOOK: &str = "cd \"$1\" && for f in ./* ./.[!.]*; do test -e \"$f\" && stat -c '%n %A %U:%G' \"$f\"; done | \
    sed 's/[0-9]\\{8\\}T[0-9]\\{6\\}Z/TIME/'";

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_file_keeps_mode_owner_and_what_it_held() {
    let user = setup().alone();
    for target in ["ops@srv1", "ops@srv2"] {
        let host = hosted(&user, target, SudoUse::NoPassword);
        let dir = folder(&user, target).await;
        let name = "-a'\n$(id) \u{e9}";
        sh(&user, target, "cd \"$1\" && printf 'one\\ntwo\\n' >\"$(printf -- \"-a'\\n\\$(id) \\303\\251\")\" && chmod 640 ./-a* && \
            sudo chown ops:adm ./-a* && ln -s ./-a* link && printf x >plain && sudo chown root:root plain && sudo chmod 600 plain", dir.as_str()).await;
        let fetched = fetch(&*host.actor(), &Edited::File(dir.join("link"))).await.unwrap();
        assert_eq!((fetched.text(), fetched.sudo), ("one\ntwo\n", false));
        assert_eq!(fetched.path, dir.join(name), "a link is followed, not replaced");
        let done = put(&host, &fetched, "one\n2\n", None).await.unwrap();
        assert!(done.starts_with("written; what it held is kept as -a'\\n$(id)"), "{done}");
        let now = fetch(&*host.actor(), &Edited::File(dir.join(name))).await.unwrap();
        assert_eq!(now.text(), "one\n2\n");
        // Changed meanwhile: nothing is written, nothing is left.
        let before = sh(&user, target, LOOK, dir.as_str()).await;
        let fault = put(&host, &fetched, "lost\n", None).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Conflict, "{fault:?}");
        assert_eq!(sh(&user, target, LOOK, dir.as_str()).await, before);
        let kept = before.matches(" -rw-r----- ops:adm\n").count();
        assert_eq!(kept, 2, "it and its copy, and nothing else: {before}");
        assert_eq!(before.matches(".pult-").count(), 1, "{before}");
        // What is root's takes root, and stays root's.
        let fetched = fetch(&*host.actor(), &Edited::File(dir.join("plain"))).await.unwrap();
        assert!(fetched.sudo && fetched.text() == "x");
        put(&host, &fetched, "y", None).await.unwrap();
        let after = sh(&user, target, LOOK, dir.as_str()).await;
        assert!(after.contains("plain -rw------- root:root\n"), "{after}");
        assert!(after.contains("plain.pult-TIME -rw------- root:root\n"), "{after}");
        sh(&user, target, "sudo rm -r -- \"$1\"", dir.as_str()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rights_nothing_is_changed() {
    let user = setup().alone();
    let guest = hosted(&user, "guest@srv2", SudoUse::Never);
    let fetched = fetch(&*guest.actor(), &Edited::File(FilePath::new("/etc/hosts").unwrap())).await.unwrap();
    assert!(fetched.sudo && fetched.text().contains("localhost"));
    assert_eq!(put(&guest, &fetched, "", None).await.unwrap_err().kind, FaultKind::Denied);
    let own_rights = Fetched { sudo: false, ..fetched };
    let fault = put(&guest, &own_rights, "", None).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied, "{fault:?}");
    let fault =
        fetch(&*guest.actor(), &Edited::File(FilePath::new("/etc/shadow").unwrap())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied, "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_in_is_checked_written_and_reverted() {
    let user = setup().alone();
    let target = "ops@srv2";
    let host = hosted(&user, target, SudoUse::NoPassword);
    // A unit of the test's own: others use those of the server.
    let unit = format!("pult-edit-{}.service", std::process::id());
    const MAKE: &str = "printf '[Service]\\nExecStart=/bin/sleep 100\\n' | sudo tee \"/usr/lib/systemd/system/$1\" >/dev/null && \
        sudo systemctl daemon-reload";
    sh(&user, target, MAKE, &unit).await;
    let what = Edited::DropIn { unit: unit.clone(), sudo: true };
    let fetched = fetch(&*host.actor(), &what).await.unwrap();
    assert!(fetched.before.is_none() && fetched.around.contains("ExecStart=/bin/sleep 100"));
    let says = async |text: &str| verify(&*host.actor(), &unit, text).await.unwrap();
    assert_eq!(says("[Service]\nNice=5\n").await, Default::default());
    let wrong = says("[Service]\nFooo=1\n").await;
    assert!(wrong.failed && wrong.said[0].starts_with("pult.conf:2: Unknown key"), "{wrong:?}");
    let wrong = says("[Service]\nExecStart=/bin/true\n").await;
    assert!(
        wrong.failed && wrong.said.iter().any(|line| line.contains("more than one ExecStart")),
        "{wrong:?}"
    );

    put(&host, &fetched, "[Service]\nNice=5\n", Some(&unit)).await.unwrap();
    assert_eq!(sh(&user, target, "systemctl show -p Nice --value -- \"$1\"", &unit).await, "5\n");
    // There is one by now.
    let fault = put(&host, &fetched, "[Service]\nNice=6\n", Some(&unit)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Conflict);
    let again = fetch(&*host.actor(), &what).await.unwrap();
    assert_eq!(again.text(), "[Service]\nNice=5\n");
    act(&host, true, ServerAction::Unit { unit: unit.clone(), verb: UnitVerb::Revert }).await.unwrap();
    assert_eq!(sh(&user, target, "systemctl show -p Nice --value -- \"$1\"", &unit).await, "0\n");
    sh(&user, target, "sudo rm -rf -- \"/usr/lib/systemd/system/$1\" \"/etc/systemd/system/$1.d\" && sudo systemctl daemon-reload", &unit).await;
}
