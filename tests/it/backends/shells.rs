//! Shells on real servers, in containers of both engines, and here.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use pult::backends::terminal::{Inbox, LocalShell, Pty, run};
use pult::domain::fault::FaultKind;
use pult::domain::guard::Guard;
use pult::domain::ids::{ContainerId, TargetId};
use pult::domain::mutation::Mutation;
use pult::domain::shell::{OpenShell, ShellPlace, ShellScreen};
use pult::domain::terminal::{End, Picture, Size, TerminalAsk, TerminalNews, Typed};
use pult::gate::{self, Authorized, Entry, Ledger, Plan, Proof};
use serde_json::json;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::docker_bed::{BOTH, Made, calm, spawn};
use super::ssh_bed::{SOON, cut, setup};

const SIZE: Size = Size { columns: 90, rows: 30 };
const TERM: &str = "xterm-256color";

/// A terminal and whoever sits before it.
struct Seat {
    asks: mpsc::Sender<TerminalAsk>,
    shown: watch::Receiver<Arc<Picture>>,
    _told: mpsc::Receiver<TerminalNews>,
    end: JoinHandle<End>,
}

fn sit(pty: impl Pty) -> Seat {
    let (asks, mut asked) = mpsc::channel(16);
    let (pictures, shown) = watch::channel(Arc::<Picture>::default());
    let (news, _told) = mpsc::channel(16);
    let end = spawn(async move {
        run(&pty, SIZE, &mut asked, &Inbox { pictures, news }, &CancellationToken::new()).await
    });
    Seat { asks, shown, _told, end }
}

impl Seat {
    async fn ask(&self, ask: TerminalAsk) {
        self.asks.send(ask).await.unwrap();
    }

    async fn types(&self, text: &str) {
        self.ask(TerminalAsk::Type(Typed::new(text.as_bytes().to_vec()))).await;
    }

    /// Waits until a row is this text, or ends in it behind a prompt.
    async fn sees(&mut self, wanted: &str) {
        let is_there = |picture: &Arc<Picture>| {
            rows(picture).iter().any(|row| row == wanted || row.ends_with(&format!(" {wanted}")))
        };
        let waited = tokio::time::timeout(SOON, self.shown.wait_for(is_there)).await.map(drop);
        assert!(waited.is_ok(), "no `{wanted}` in {:#?}", rows(&self.shown.borrow()));
    }

    async fn ends(self) -> End {
        tokio::time::timeout(SOON, self.end).await.unwrap().unwrap()
    }
}

fn rows(picture: &Picture) -> Vec<String> {
    let row = |y| (0..picture.size.columns).map(|x| picture.text(x, y)).collect::<String>();
    (0..picture.size.rows).map(|y| row(y).trim_end().to_owned()).filter(|row| !row.is_empty()).collect()
}

struct Book;

impl Ledger for Book {
    fn intent(&mut self, _: &Entry) -> io::Result<u64> {
        Ok(1)
    }
}

fn authorized(id: &str, shell: Option<&str>, user: Option<&str>) -> Authorized {
    let open = OpenShell {
        target: TargetId::docker("bed"),
        name: "box".into(),
        client: "docker".into(),
        place: ShellPlace::Container {
            id: ContainerId::new(id),
            shell: shell.map(str::to_owned),
            user: user.map(str::to_owned),
            workdir: Some("/tmp".into()),
        },
        screen: ShellScreen::Panel,
    };
    let plan = Plan { command: "test", mutations: vec![Mutation::Shell(open)] };
    let consent = gate::weigh(plan, |_| Guard::Confirm, Timestamp::UNIX_EPOCH).unwrap();
    gate::authorize(consent, &Proof::Yes, Timestamp::UNIX_EPOCH, &mut Book).unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_here_has_a_size_a_flood_an_interrupt_and_an_exit_code() {
    let mut seat = sit(LocalShell::start("/bin/sh", TERM, SIZE).unwrap());
    seat.types("stty size; echo $TERM\r").await;
    seat.sees("30 90").await;
    seat.sees(TERM).await;
    seat.ask(TerminalAsk::Resize(Size { columns: 60, rows: 20 })).await;
    seat.types("stty size\r").await;
    seat.sees("20 60").await;
    seat.types("yes flood\r").await;
    seat.sees("flood").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    seat.types("\x03").await;
    seat.types("echo after-$((1+1))\r").await;
    seat.sees("after-2").await;
    seat.types("exit 7\r").await;
    assert_eq!(seat.ends().await, End::Code(7));
    let fault = LocalShell::start("/no/such/shell", TERM, SIZE).err().unwrap();
    assert!(fault.message.contains("/no/such/shell"), "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_on_a_server_survives_its_own_floods_and_ends_with_its_code() {
    let _calm = calm().await;
    let user = setup().alone();
    let connection = user.to("ops@srv1").await;
    let mut seat = sit(connection.shell(TERM, SIZE).await.unwrap());
    seat.types("stty size\r").await;
    seat.sees("30 90").await;
    seat.ask(TerminalAsk::Resize(Size { columns: 70, rows: 22 })).await;
    seat.types("clear; stty size\r").await;
    seat.sees("22 70").await;
    seat.types("head -c 30000000 /dev/zero | tr '\\0' x\r").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    seat.types("\x03").await;
    seat.types("\recho after-$((1+1))\r").await;
    seat.sees("after-2").await;
    seat.types("exit 4\r").await;
    assert_eq!(seat.ends().await, End::Code(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_ends_a_shell_without_a_code() {
    let _calm = calm().await;
    let user = setup().alone();
    let connection = user.to("ops@srv1").await;
    let mut seat = sit(connection.shell(TERM, SIZE).await.unwrap());
    seat.types("echo on-$((1+1))\r").await;
    seat.sees("on-2").await;
    cut(1, &connection).await;
    let end = seat.ends().await;
    assert!(matches!(end, End::Unknown | End::Fault(_)), "{end:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn shells_in_containers_of_both_engines() {
    let _engines = calm().await;
    for bed in BOTH {
        let made = Made::run(bed, "shell", "while true; do sleep 0.2; done", json!({}));
        let open = async |shell: Option<&str>, user: Option<&str>| {
            bed.client().open_shell(&authorized(&made.id, shell, user), TERM, SIZE).await
        };
        let mut seat = sit(open(None, None).await.unwrap());
        seat.types("stty size; pwd; echo $TERM\r").await;
        seat.sees("30 90").await;
        seat.sees("/tmp").await;
        seat.sees(TERM).await;
        seat.ask(TerminalAsk::Resize(Size { columns: 60, rows: 20 })).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        seat.types("stty size; exit 9\r").await;
        seat.sees("20 60").await;
        assert_eq!(seat.ends().await, End::Code(9), "{}", bed.word());
        // Hung up, it is not left behind.
        let mut seat = sit(open(Some("sh"), Some("0")).await.unwrap());
        seat.types("echo marked-$((1+1)) begun\r").await;
        seat.sees("marked-2 begun").await;
        let shells = || {
            let (_, answer) = bed.http("GET", &format!("/containers/{}/top", made.id), None);
            answer.matches("\"sh\"").count()
        };
        assert_eq!(shells(), 1, "{}", bed.word());
        seat.types("a line that is begun").await;
        seat.ask(TerminalAsk::HangUp).await;
        assert_eq!(seat.ends().await, End::HungUp);
        assert_eq!(shells(), 0, "{}", bed.word());
        // What cannot be opened says so; some engines find it out on the terminal only.
        for (shell, user, wanted) in
            [(Some("no-such-shell"), None, "no-such-shell"), (None, Some("nobody-here"), "nobody-here")]
        {
            let text = match open(shell, user).await {
                Err(fault) => fault.message,
                Ok(shell) => {
                    let seat = sit(shell);
                    let shown = seat.shown.clone();
                    let end = seat.ends().await;
                    assert!(matches!(end, End::Code(126 | 127)), "{end:?}");
                    rows(&shown.borrow()).concat()
                }
            };
            assert!(text.contains(wanted), "{}: {text}", bed.word());
        }
        made.post("stop?t=0");
        let fault = open(None, None).await.err().unwrap();
        assert_eq!(fault.kind, FaultKind::Conflict, "{fault:?}");
    }
}
