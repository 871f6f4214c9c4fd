//! What the screen looks like: text and colours of telling moments, at the sizes people have.
//!
//! `INSTA_UPDATE=always cargo test --test it view::` writes them anew; look at the difference before committing.

mod compare;
mod logs;
mod questions;
mod servers;
mod shells;

use pult::app::{Msg, Setup};
use pult::command::PaneId;
use pult::domain::guard::Guard;
use pult::domain::ids::TargetId;
use pult::domain::log::LogEvent;
use pult::domain::query::Query;
use pult::domain::world::World;
use pult::theme::{self, Depth, Theme};

use crate::support::world::{self, docker, live, make};
use crate::support::{Drive, Dump};

const SMALL: (u16, u16) = (80, 24);
const USUAL: (u16, u16) = (120, 40);
const LARGE: (u16, u16) = (200, 60);

/// A moment with the sizes it is looked at.
type Moment = (&'static str, fn(Theme) -> Drive, &'static [(u16, u16)]);

/// Every snapshot there is; `architecture` knows by this list which files are orphans.
const MOMENTS: &[Moment] = &[
    ("no-docker", no_docker, &[SMALL, USUAL]),
    ("connecting", connecting, &[USUAL]),
    ("denied", denied, &[SMALL, USUAL]),
    ("live", mixed, &[SMALL, USUAL, LARGE]),
    ("lost", lost, &[SMALL, USUAL]),
    ("hosts", hosts, &[USUAL]),
    ("many", many, &[LARGE]),
    ("filter-error", filter_error, &[SMALL, USUAL]),
    ("filter-hides", filter_hides, &[USUAL]),
    ("help", help, &[SMALL, USUAL]),
    ("palette", palette, &[USUAL]),
    ("chord", chord, &[SMALL]),
    ("remove", remove, &[SMALL, USUAL]),
    ("bulk", bulk, &[USUAL]),
    ("update", update_form, &[USUAL]),
    ("columns", columns, &[SMALL]),
    ("detail-log", detail_log, &[USUAL]),
    ("detail-inspect", detail_inspect, &[USUAL]),
    ("detail-zoomed-env", detail_env, &[SMALL]),
    ("logs", logs::live, &[SMALL, USUAL, LARGE]),
    ("logs-paused", logs::paused, &[SMALL, USUAL]),
    ("logs-line", logs::in_full, &[SMALL, USUAL]),
    ("logs-patterns", logs::patterns, &[USUAL]),
    ("logs-sources", logs::sources, &[SMALL, USUAL]),
    ("logs-marks", logs::marks, &[USUAL]),
    ("logs-levels", logs::levels, &[SMALL, USUAL]),
    ("logs-searching", logs::searching, &[SMALL]),
    ("logs-context", logs::context, &[USUAL]),
    ("logs-wrapped", logs::wrapped, &[SMALL]),
    ("logs-split", logs::split, &[LARGE]),
    ("logs-empty", logs::empty, &[SMALL, USUAL]),
    ("logs-refused", logs::refused, &[SMALL]),
    ("logs-ascii", logs::ascii, &[USUAL]),
    ("logs-mono", logs::mono, &[USUAL]),
    ("servers-none", servers::none, &[SMALL]),
    ("servers", servers::fleet, &[SMALL, USUAL, LARGE]),
    ("servers-slow", servers::slow, &[USUAL]),
    ("servers-check-down", servers::check_down, &[SMALL, USUAL, LARGE]),
    ("servers-listed", servers::listed, &[USUAL]),
    ("compare", compare::differs, &[SMALL, USUAL]),
    ("compare-read", compare::read, &[SMALL, USUAL]),
    ("compare-asking", compare::asking, &[SMALL]),
    ("question-host-key", questions::host_key, &[SMALL, USUAL]),
    ("question-another-key", questions::another, &[SMALL]),
    ("question-password", questions::password, &[USUAL]),
    ("question-own-words", questions::own_words, &[SMALL]),
    ("host-overview", servers::overview, &[USUAL]),
    ("host-overview-day", servers::day, &[SMALL, USUAL, LARGE]),
    ("host-processes", servers::processes, &[SMALL, USUAL, LARGE]),
    ("host-processes-tree", servers::tree, &[USUAL]),
    ("host-units", servers::units, &[SMALL, USUAL, LARGE]),
    ("host-units-unsupported", servers::no_units, &[SMALL]),
    ("host-units-asking", servers::asking, &[SMALL]),
    ("host-unit-stop", servers::stop_unit, &[USUAL]),
    ("host-ports", servers::ports, &[SMALL, USUAL, LARGE]),
    ("host-firewall", servers::firewall, &[SMALL, USUAL, LARGE]),
    ("host-firewall-kernel", servers::kernel, &[USUAL]),
    ("host-firewall-form", servers::rule_form, &[SMALL, USUAL]),
    ("host-firewall-lockout", servers::lockout, &[SMALL, USUAL]),
    ("host-bans", servers::bans, &[SMALL, USUAL, LARGE]),
    ("host-bans-absent", servers::no_bans, &[SMALL]),
    ("host-disks", servers::disks, &[SMALL, USUAL]),
    ("host-directories", servers::directories, &[USUAL]),
    ("host-network", servers::network, &[SMALL, USUAL]),
    ("host-updates", servers::updates, &[SMALL, USUAL]),
    ("host-cron", servers::cron, &[SMALL, USUAL]),
    ("host-certificates", servers::certificates, &[SMALL, USUAL]),
    ("host-backups", servers::backups, &[SMALL, USUAL]),
    ("host-backups-none", servers::no_backups, &[USUAL]),
    ("host-backups-overview", servers::backups_in_the_overview, &[USUAL]),
    ("host-checks", servers::checks, &[SMALL, USUAL, LARGE]),
    ("host-checks-none", servers::no_checks, &[SMALL, USUAL]),
    ("host-users", servers::users, &[SMALL, USUAL]),
    ("host-files", servers::files, &[SMALL, USUAL]),
    ("host-files-sides", servers::sides, &[SMALL, USUAL]),
    ("host-files-copy", servers::copy_over, &[SMALL, USUAL]),
    ("host-folder-remove", servers::remove_folder, &[USUAL]),
    ("file-edit", servers::file_edit, &[SMALL, USUAL]),
    ("unit-edit-wrong", servers::unit_edit_wrong, &[SMALL, USUAL]),
    ("shell-ask", shells::asked, &[USUAL]),
    ("shell", shells::colours, &[SMALL, USUAL]),
    ("shell-full-screen", shells::full_screen, &[SMALL]),
    ("shell-chord", shells::chord, &[USUAL]),
    ("shell-selection", shells::selection, &[SMALL]),
    ("shell-paste", shells::paste, &[SMALL]),
    ("shell-ended", shells::ended, &[SMALL]),
    ("shell-refused", shells::refused, &[SMALL]),
    ("shell-mono", shells::mono, &[SMALL]),
    ("activity", activity, &[SMALL, USUAL]),
    ("ascii", ascii, &[USUAL]),
    ("mono", mono, &[USUAL]),
    ("smallest", mixed, &[(40, 10)]),
    ("too-small", mixed, &[(39, 9)]),
];

/// Names of all snapshots.
pub fn names() -> impl Iterator<Item = String> {
    let sizes = |(name, _, sizes): &'static Moment| sizes.iter().map(move |s| snapshot(name, *s));
    MOMENTS.iter().flat_map(sizes)
}

fn snapshot(name: &str, (width, height): (u16, u16)) -> String {
    format!("{name}-{width}x{height}")
}

#[test]
fn moments() {
    for (name, moment, sizes) in MOMENTS {
        for size in *sizes {
            let dump = at(*moment, *size);
            insta::assert_snapshot!(snapshot(name, *size), dump);
        }
    }
}

/// The moment at a size: played there from the beginning, as sizes change what keys do.
fn at(moment: fn(Theme) -> Drive, (width, height): (u16, u16)) -> Dump {
    let mut drive = moment(pult());
    drive.screen(width, height);
    // What was asked for because of the size is not answered; the frame after a second shows that.
    drive.pass(0.5).screen(width, height)
}

#[test]
fn the_same_state_and_time_give_the_same_cells() {
    let mut drive = mixed(pult());
    assert_eq!(drive.buffer(), drive.buffer());
    assert_eq!(mixed(pult()).screen(120, 40).to_string(), mixed(pult()).screen(120, 40).to_string());
}

/// `NO_COLOR` says nothing with colours, on any screen.
#[test]
fn mono_has_no_colours() {
    for (name, moment, sizes) in MOMENTS {
        let mut drive = moment(without_colours());
        drive.resize(sizes[0].0, sizes[0].1);
        for cell in drive.buffer().content() {
            let reset = ratatui::style::Color::Reset;
            assert_eq!((cell.fg, cell.bg), (reset, reset), "{name}");
        }
    }
}

/// In a locale without UTF-8 nothing but ASCII is drawn, as long as names have nothing else.
#[test]
fn ascii_has_only_ascii() {
    for (name, moment, sizes) in MOMENTS {
        if name.ends_with("mono") {
            continue; // The look of its own.
        }
        let mut drive = moment(pult().with_ascii(true));
        for size in *sizes {
            let text = drive.screen(size.0, size.1).text;
            let other: Vec<_> = text.lines().filter(|l| !l.is_ascii()).collect();
            assert!(other.is_empty(), "{name} {size:?}: {other:#?}");
        }
    }
}

fn pult() -> Theme {
    Theme::default()
}

fn without_colours() -> Theme {
    theme::load("mono", &|_| None).0.at(Depth::Mono)
}

fn panel(theme: Theme, world: World, change: impl FnOnce(&mut Setup)) -> Drive {
    Drive::with(world, |setup| {
        setup.theme = theme;
        change(setup);
    })
}

fn ascii(theme: Theme) -> Drive {
    mixed(theme.with_ascii(true))
}

fn mono(_: Theme) -> Drive {
    mixed(without_colours())
}

fn no_docker(theme: Theme) -> Drive {
    panel(theme, world::targets(&[]), |setup| {
        setup.empty_hint = vec![
            "looked for unix:///var/run/docker.sock: no such file".into(),
            "looked for unix:///run/user/1000/docker.sock: no such file".into(),
            "install it: sudo apt install docker.io".into(),
        ];
    })
}

fn connecting(theme: Theme) -> Drive {
    let mut drive = panel(theme, world::one(), |_| {});
    drive.msg(docker("local", world::connecting()));
    drive
}

fn denied(theme: Theme) -> Drive {
    let mut drive = panel(theme, world::one(), |_| {});
    drive.msg(docker("local", world::denied()));
    drive
}

/// Every state there is, measured for two minutes, the cursor on the first container.
fn mixed(theme: Theme) -> Drive {
    let mut drive = panel(theme, world::one(), |_| {});
    drive.msg(docker("local", live(world::mixed())));
    measured(&mut drive, 120);
    drive.key("j").pass(0.2);
    drive.answer(|q| matches!(q, Query::Inspect(_)), world::inspect("crm-api-1"));
    let (stream, lines) = (drive.stream(), LogEvent::Lines(log()));
    drive.msg(Msg::Log { stream, event: LogEvent::Live }).msg(Msg::Log { stream, event: lines });
    drive.msg(Msg::Audit(world::audit())).pass(4.0);
    drive
}

fn log() -> Vec<pult::domain::log::LogLine> {
    let json = |i| {
        let at = world::line(i, "").at.unwrap().as_millisecond();
        format!(r#"{{"level":40,"time":{at},"msg":"pool slow","ms":{}}}"#, 800 + i)
    };
    let lines = (0..40).map(|i| match i % 7 {
        1 => world::line(i, &json(i)),
        3 => world::line(i, "error: deadlock detected, process 812 waits for ShareLock"),
        5 => world::line(i, "\u{1b}[31mred\u{1b}[0m and a\ttab"),
        _ => world::line(i, &format!("GET /v1/deals/{i} 200 {}ms", 20 + i)),
    });
    lines.collect()
}

fn measured(drive: &mut Drive, seconds: i64) {
    for second in (0..seconds).step_by(2) {
        let at = drive.now;
        let mut samples = world::samples(&world::mixed(), at);
        for sample in &mut samples {
            let wave = (second / 10 % 4) as f64 * 5.0;
            sample.usage.cpu_percent = sample.usage.cpu_percent.map(|p| p + wave);
        }
        drive.msg(Msg::Usage(samples)).pass(2.0);
    }
}

fn lost(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    let remote =
        live(world::mixed()).lost(world::refused(), Some(drive.now + jiff::SignedDuration::from_secs(9)));
    drive.msg(docker("local", remote)).pass(14.0);
    drive
}

/// One engine of each kind of link.
fn hosts(theme: Theme) -> Drive {
    let names = [("prod", Guard::TypeTheName), ("stage", Guard::Confirm), ("lab", Guard::Free)];
    let more = [("audit", Guard::ReadOnly), ("edge", Guard::Confirm)];
    let mut drive = panel(theme, world::targets(&[names.as_slice(), &more].concat()), |_| {});
    drive
        .msg(docker("prod", live(vec![make("web").on("prod"), make("db").on("prod").project("shop", "db")])));
    drive.msg(docker("stage", live(vec![make("web").on("stage")]).lost(world::refused(), None)));
    drive.msg(docker("lab", world::connecting()));
    drive.msg(docker("audit", live(vec![make("ledger").on("audit").exited(1, 4000)])));
    drive.msg(docker("edge", world::denied()));
    drive.pass(5.0);
    drive
}

fn many(theme: Theme) -> Drive {
    let mut drive = panel(theme, world::one(), |_| {});
    let rows = (0..10_000).map(|i| make(&format!("worker-{i}")));
    drive.msg(docker("local", live(rows.collect())));
    drive.key("p");
    drive
}

fn filter_error(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("/").paste("state:run cpu>abc");
    drive
}

fn filter_hides(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("/").text("state:exited !old").key("enter");
    drive
}

fn help(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("?");
    drive
}

fn palette(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("ctrl-p").text("pause");
    drive
}

fn chord(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("y");
    drive
}

fn remove(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("j j j d");
    drive.answer(|q| matches!(q, Query::Footprint(_)), world::footprint());
    drive.text("crm-wor");
    drive
}

fn bulk(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("space space space S");
    drive.text("3");
    drive
}

fn update_form(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("u").text("512m").key("tab tab").text("1.5");
    drive
}

fn columns(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("c j space j");
    drive
}

fn detail_log(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("enter").key("/").text("deadlock").key("enter");
    drive
}

fn detail_inspect(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("tab ,").key("j j j");
    drive
}

fn detail_env(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("tab , , , z");
    drive
}

fn activity(theme: Theme) -> Drive {
    let mut drive = mixed(theme);
    drive.key("4 j");
    drive
}

/// The first page of ten thousand rows, and the work of a frame does not grow with the rows that are not seen.
#[test]
fn ten_thousand_rows_are_a_page() {
    let mut drive = many(pult());
    assert!(drive.row("containers").contains("10000"));
    let names = drive.names();
    assert_eq!(names[..3], ["worker-0", "worker-1", "worker-2"], "natural order");
    drive.key("G");
    assert_eq!(drive.cursor(), "worker-9999");
    drive.key("/").text("worker-77");
    assert!(drive.row("of 10000").contains("111 of 10000"));
    let interest = pult::app::App::next_wake(&drive.app, drive.now);
    assert!(interest.is_some_and(|at| at > drive.now));
}

#[test]
fn panes_open_where_they_are_asked_for() {
    let mut drive = panel(pult(), world::one(), |setup| {
        setup.pane = Some(PaneId::Activity);
        setup.banner = Some("config.toml:3:1: unknown key `gaurd`; did you mean `guard`?".into());
    });
    drive.msg(docker("local", live(vec![make("web")])));
    let screen = drive.see();
    assert!(screen.contains("activity 0") && screen.contains("did you mean `guard`?"), "{screen}");
    assert!(drive.app.world.docker.contains_key(&TargetId::docker("local")));
}
