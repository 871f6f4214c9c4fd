//! A package that is really replaced on a real server, while its connection is cut.

use pult::domain::endpoint::SudoUse;
use pult::domain::server::packages::{Package, PackageChange, UpgradeJob};
use pult::domain::server::{ServerAction, ServerAnswer, ServerAsk};
use pult::runtime::servers::Hosted;

use super::host_views::{act, hosted};
use super::ssh_bed::{cut, says, setup};

/// A package in two versions, and a source of packages that has the newer one. Its second version takes its time.
const OFFER: &str = r#"set -e
while pgrep -x dpkg >/dev/null; do sleep 1; done; dpkg -P pult-bed-thing >/dev/null 2>&1 || true
d=/srv/pult-bed-repo; rm -rf $d; mkdir -p $d; cd $d
make() {
  rm -rf t; mkdir -p t/DEBIAN t/usr/share/pult-bed; echo "$1" >t/usr/share/pult-bed/version
  printf 'Package: pult-bed-thing\nVersion: %s\nArchitecture: all\nMaintainer: bed <bed@localhost>\nDescription: a thing\n' "$1" >t/DEBIAN/control
  mkdir -p t/etc/pult-bed t/lib/systemd/system; echo "conf $1" >t/etc/pult-bed/thing.conf; echo "same" >t/etc/pult-bed/other.conf
  printf '/etc/pult-bed/thing.conf\n/etc/pult-bed/other.conf\n' >t/DEBIAN/conffiles
  printf '[Service]\nExecStart=/bin/sleep infinity\n' >t/lib/systemd/system/pult-bed-thing.service
  printf '#!/bin/sh\nsleep %s\nsystemctl daemon-reload; deb-systemd-invoke restart pult-bed-thing.service\n' "$2" >t/DEBIAN/postinst; chmod 755 t/DEBIAN/postinst
  printf '#!/bin/sh\ndeb-systemd-invoke stop pult-bed-thing.service\n' >t/DEBIAN/prerm; chmod 755 t/DEBIAN/prerm
  dpkg-deb -b t "thing_$1.deb" >/dev/null; rm -r t
}
make 1.0 0; make 2.0 6
dpkg -i thing_1.0.deb >/dev/null; systemctl start pult-bed-thing; echo mine >/etc/pult-bed/thing.conf
{ dpkg-deb -f thing_2.0.deb; echo "Filename: ./thing_2.0.deb"; echo "Size: $(stat -c %s thing_2.0.deb)"; echo "SHA256: $(sha256sum <thing_2.0.deb | cut -d' ' -f1)"; } >Packages
echo "deb [trusted=yes] file:$d ./" >/etc/apt/sources.list.d/pult-bed.list
apt-get -q update -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/pult-bed.list -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0"#;

const TAKE_BACK: &str = "rm -rf /srv/pult-bed-repo /etc/apt/sources.list.d/pult-bed.list /var/lib/apt/lists/*pult-bed*; dpkg -P pult-bed-thing >/dev/null";

async fn thing(host: &Hosted) -> Option<Package> {
    let ServerAnswer::Packages(packages) = host.ask(&ServerAsk::Packages).await.unwrap() else { panic!() };
    packages.packages.into_iter().find(|package| package.name == "pult-bed-thing")
}

async fn job(host: &Hosted) -> Option<UpgradeJob> {
    match host.ask(&ServerAsk::UpgradeJob).await {
        Ok(ServerAnswer::UpgradeJob(job)) => job,
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_outlives_the_connection_that_asked_for_it() {
    let user = setup().alone();
    let root = setup().alone();
    let bed = root.to("srv1").await;
    says(&bed, OFFER).await;
    let host = hosted(&user, "ops@srv1", SudoUse::Ask);
    let offered = thing(&host).await.unwrap();
    assert_eq!((offered.installed.as_str(), offered.candidate.as_str()), ("1.0", "2.0"), "{offered:?}");
    assert_eq!(offered.restarts, ["pult-bed-thing.service"]);
    assert_eq!(offered.kept, ["/etc/pult-bed/thing.conf"]);

    let change = PackageChange::Upgrade(Some("pult-bed-thing".into()));
    let upgrade = act(&host, true, ServerAction::Packages(change));
    let cut_in_the_middle = async {
        let runs = |job: UpgradeJob| job.running && job.log.iter().any(|line| line.contains("Setting up"));
        while !job(&host).await.is_some_and(runs) {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        cut(1, &user.to("ops@srv1").await).await;
        // dpkg is still at it, on its own.
        says(&bed, "fuser /var/lib/dpkg/lock >/dev/null 2>&1 || pgrep dpkg >/dev/null").await;
    };
    let (done, ()) = tokio::join!(upgrade, cut_in_the_middle);
    assert_eq!(done.unwrap(), "upgraded");
    assert_eq!(says(&bed, "cat /usr/share/pult-bed/version").await, "2.0");
    assert_eq!(says(&bed, "dpkg-query -W -f='${Status}' pult-bed-thing").await, "install ok installed");
    assert_eq!(
        says(&bed, "cat /etc/pult-bed/thing.conf /etc/pult-bed/thing.conf.dpkg-dist").await,
        "mine\nconf 2.0"
    );
    assert!(thing(&host).await.is_none(), "nothing newer is left");
    says(&bed, TAKE_BACK).await;
}
