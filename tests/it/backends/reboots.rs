//! A real server goes down and comes back.

use pult::domain::endpoint::SudoUse;
use pult::domain::server::power::Power;
use pult::domain::server::{ServerAction, ServerAnswer, ServerAsk};

use super::host_views::{act, hosted};
use super::ssh_bed::{says, setup};

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_is_awaited_and_the_server_works_as_before() {
    let user = setup().alone();
    let host = hosted(&user, "ops@srv3", SudoUse::Ask);
    let connection = user.to("ops@srv3").await;
    says(&connection, "touch /dev/shm/was-here").await;
    let said = act(&host, true, ServerAction::Power(Power::Reboot { minutes: 0 })).await.unwrap();
    assert!(said.starts_with("it is back, "), "{said}");
    assert_eq!(says(&connection, "test -e /dev/shm/was-here || echo gone").await, "gone");
    let ServerAnswer::Units(units) = host.ask(&ServerAsk::Units).await.unwrap() else { panic!() };
    assert!(units.units.iter().any(|unit| unit.name == "cron.service"), "{units:?}");
}

/// One that is announced for later can be taken back, and nothing happens.
#[tokio::test(flavor = "multi_thread")]
async fn an_announced_reboot_is_taken_back() {
    let user = setup().alone();
    let host = hosted(&user, "ops@srv2", SudoUse::Ask);
    let reboot = act(&host, true, ServerAction::Power(Power::Reboot { minutes: 60 }));
    let taken_back = async {
        let connection = user.to("ops@srv2").await;
        let announced = "until test -e /run/systemd/shutdown/scheduled; do sleep 0.1; done";
        says(&connection, announced).await;
        act(&host, true, ServerAction::Power(Power::Cancel)).await.unwrap()
    };
    let (rebooted, said) = tokio::join!(reboot, taken_back);
    assert_eq!(said, "nothing is announced any more");
    assert!(rebooted.unwrap_err().message.contains("not rebooted"));
}
