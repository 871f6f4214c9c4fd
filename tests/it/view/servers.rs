//! Moments of the fleet.

use pult::domain::fault::{Fault, FaultKind};
use pult::domain::query::{Answer, Query};
use pult::domain::server::Point;
use pult::domain::server::transfer::Stage;
use pult::theme::Theme;

use crate::support::Drive;
use crate::support::checks;
use crate::support::guard_views::*;
use crate::support::host_reads;
use crate::support::host_views::{
    asked_to_write, asked_to_write_wrong, at_both, at_files, at_processes, at_units, detail, is_unit,
    is_units, underway,
};
use crate::support::servers::{fleet_with, listed as listed_state};
use crate::support::world::{self, docker, live, make};

pub fn none(theme: Theme) -> Drive {
    let mut drive = Drive::with(world::one(), |setup| setup.theme = theme);
    drive.msg(docker("local", live(vec![make("web")]))).pass(10.0).key("3");
    drive
}

/// A server that waits for its disk, a quiet one, one that is gone, one that was never reached.
pub fn fleet(theme: Theme) -> Drive {
    fleet_with(|setup| setup.theme = theme)
}

pub fn slow(theme: Theme) -> Drive {
    let mut drive = fleet(theme);
    drive.key("j");
    drive
}

/// The fleet with a server one of whose checks is down.
pub fn check_down(theme: Theme) -> Drive {
    let mut drive = fleet(theme);
    checks::at_checks(&mut drive);
    drive.key("esc").pass(1.0).key("j");
    drive
}

/// The fleet with a host of ssh_config that nobody has opened yet.
pub fn listed(theme: Theme) -> Drive {
    let mut drive = fleet(theme);
    drive.msg(listed_state("edge")).pass(4.0).key("end");
    drive
}

/// The overview over a day: a night in which pult was closed, and a morning with work.
pub fn day(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    drive.key("enter T T");
    let begin = drive.now.as_second() - 86_400;
    let one = |m: i64| {
        let at = jiff::Timestamp::from_second(begin + m * 60).unwrap_or_default();
        let wave = (m as f32 / 90.0).sin().abs();
        let work = if m > 1000 { 45.0 } else { 5.0 };
        Point::new(
            at,
            [
                work + wave * 30.0,
                60.0 + wave * 5.0,
                1.0,
                wave * 20.0,
                2e6 * wave,
                3e5,
                80.0 + m as f32 / 200.0,
            ],
        )
    };
    let points = (0..1440).filter(|m| !(400..700).contains(m)).map(one).collect();
    drive.answer(|query| matches!(query, Query::Trend(_)), Answer::Trend(points));
    drive
}

fn web1(theme: Theme) -> Drive {
    let mut drive = fleet(theme);
    drive.key("j");
    drive
}

pub fn overview(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    drive.key("enter").pass(4.0);
    drive
}

pub fn processes(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    at_processes(&mut drive);
    drive
}

pub fn tree(theme: Theme) -> Drive {
    let mut drive = processes(theme);
    drive.key("t");
    drive
}

pub fn units(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    at_units(&mut drive);
    drive
}

pub fn files(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    at_files(&mut drive);
    drive
}

pub fn sides(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    at_both(&mut drive);
    drive.key("j v v");
    drive
        .msg(underway(7, "dump.sql", Stage::Moving, 100 << 20))
        .msg(underway(8, "css", Stage::Queued, 0))
        .msg(underway(
            9,
            "a-long-name-of-an-archive-of-the-year-before-last.tar.zst",
            Stage::Waiting,
            9 << 20,
        ))
        .msg(underway(10, "more", Stage::Queued, 0));
    drive
}

pub fn copy_over(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    at_both(&mut drive);
    drive.key("G Y");
    drive
}

pub fn remove_folder(theme: Theme) -> Drive {
    let mut drive = files(theme);
    drive.key("j j delete");
    drive
}

pub fn file_edit(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    asked_to_write(&mut drive);
    drive
}

pub fn unit_edit_wrong(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    asked_to_write_wrong(&mut drive);
    drive
}

pub fn no_units(theme: Theme) -> Drive {
    let mut drive = asking(theme);
    let fault = Fault::new(FaultKind::Unsupported, "systemd does not run there, so there are no units")
        .hint("without systemd services are started by other means; processes are there all the same");
    drive.fail(is_units, fault);
    drive
}

pub fn asking(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    drive.key("u");
    drive
}

pub fn stop_unit(theme: Theme) -> Drive {
    let mut drive = units(theme);
    drive.key("/").text("name:nginx").key("enter").key("S");
    let one = detail(&drive, "nginx.service");
    drive.answer(is_unit, one);
    drive
}

pub fn ports(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    at_ports(&mut drive);
    drive
}

pub fn firewall(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    at_firewall(&mut drive);
    drive.key("j");
    drive
}

pub fn kernel(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    drive.key("f").answer(is_surface, answer(crate::support::guard_views::kernel()));
    drive
}

pub fn rule_form(theme: Theme) -> Drive {
    let mut drive = firewall(theme);
    drive.key("+").text("9100").key("tab tab tab").text("10.0.0.0/8");
    drive
}

pub fn lockout(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    at_firewall(&mut drive);
    drive.key("d").answer(is_rehearsal, rehearsal());
    drive
}

pub fn bans(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    at_bans(&mut drive);
    drive.key("j").pass(0.5).answer(is_attacker, attacker());
    drive
}

pub fn no_bans(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    drive.key("b").answer(is_jails, absent());
    drive
}

pub fn disks(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    host_reads::at_disks(&mut drive);
    drive
}

pub fn directories(theme: Theme) -> Drive {
    let mut drive = disks(theme);
    drive.key("j j");
    host_reads::into_directories(&mut drive);
    drive
}

pub fn network(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    host_reads::at_network(&mut drive);
    drive
}

pub fn updates(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    host_reads::at_updates(&mut drive);
    drive
}

pub fn users(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    host_reads::at_users(&mut drive);
    drive
}

pub fn cron(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    host_reads::at_cron(&mut drive);
    drive
}

pub fn checks(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    checks::at_checks(&mut drive);
    drive
}

pub fn no_checks(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    drive.key("g k").pass(0.5);
    drive
}

pub fn certificates(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    host_reads::at_certificates(&mut drive);
    drive
}

pub fn backups(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    host_reads::at_backups(&mut drive);
    drive
}

pub fn no_backups(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    host_reads::backups_are(&mut drive, Vec::new());
    drive
}

/// What is bad is a line of the overview, and an event.
pub fn backups_in_the_overview(theme: Theme) -> Drive {
    let mut drive = web1(theme);
    host_reads::at_backups(&mut drive);
    drive.key("g g");
    for _ in 0..12 {
        drive.key("left");
    }
    drive.pass(0.5);
    drive
}
