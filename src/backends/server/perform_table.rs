//! Every action on a server, one after the other: none without the gate, none without its line of the audit, and
//! nothing that a server or a person says becomes part of a program.

use std::io;
use std::sync::Mutex;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::host::{Host, Output, Run};
use super::perform;
use crate::domain::fault::Fault;
use crate::domain::guard::Guard;
use crate::domain::ids::TargetId;
use crate::domain::mutation::Mutation;
use crate::domain::server::edit::{Content, FileWrite};
use crate::domain::server::firewall::FirewallChange;
use crate::domain::server::jails::JailName;
use crate::domain::server::packages::PackageChange;
use crate::domain::server::power::Power;
use crate::domain::server::surface::tests::surface;
use crate::domain::server::ufw::Change;
use crate::domain::server::{
    BanChange, Canary, FileAction, FileId, FilePath, ProcessId, RunCommand, ServerAction, ServerMutation,
    UnitVerb,
};
use crate::domain::shell_word::sh_split;
use crate::gate::{Entry, Ledger, Plan, Proof, Refusal, authorize, weigh};

/// What a shell would take to pieces.
const EVIL: &str = "x;touch evil $(id) `id` 'a\" | b";

/// Which row of the table it is: a new action does not compile before it has one.
fn row(action: &ServerAction) -> usize {
    match action {
        ServerAction::Signal { .. } => 0,
        ServerAction::Renice { .. } => 1,
        ServerAction::Unit { .. } => 2,
        ServerAction::File { .. } => 3,
        ServerAction::Folder { .. } => 4,
        ServerAction::Packages(_) => 5,
        ServerAction::Power(_) => 6,
        ServerAction::Firewall(_) => 7,
        ServerAction::Ban(_) => 8,
        ServerAction::Run(_) => 9,
        ServerAction::Write(_) => 10,
    }
}

fn actions() -> Vec<ServerAction> {
    let process = ProcessId { pid: 12, start: 34 };
    let path = FilePath::root().join(EVIL);
    let file = |action| ServerAction::File { path: path.clone(), id: FileId::default(), action };
    let unit = |verb| ServerAction::Unit { unit: EVIL.into(), verb };
    let firewall = |change| {
        let weighed = FirewallChange::weigh(&surface(), "ufw", change, false, 30).unwrap();
        ServerAction::Firewall(Box::new(weighed))
    };
    let ban = |jail: Option<&str>, bans| {
        let jail = jail.map(|name| JailName::new(name).unwrap());
        ServerAction::Ban(BanChange { who: "203.0.113.7".parse().unwrap(), jail, bans })
    };
    let write = |before: Option<&str>, unit: Option<&str>, faulty| {
        let content = |text: &str| Content::new(text, "0a");
        ServerAction::Write(Box::new(FileWrite {
            path: path.clone(),
            before: before.map(content),
            after: content(EVIL),
            unit: unit.map(str::to_owned),
            faulty,
        }))
    };
    let run =
        RunCommand { command: EVIL.into(), timeout_s: 5, canary: Canary::None, stop: false, at_once: 4 };
    vec![
        ServerAction::Signal { process, signal: EVIL.into() },
        ServerAction::Renice { process, nice: -5 },
        unit(UnitVerb::Start),
        unit(UnitVerb::Stop),
        unit(UnitVerb::Restart),
        unit(UnitVerb::Reload),
        unit(UnitVerb::Enable),
        unit(UnitVerb::Disable),
        unit(UnitVerb::Mask),
        unit(UnitVerb::Unmask),
        unit(UnitVerb::ResetFailed),
        unit(UnitVerb::Revert),
        file(FileAction::Remove),
        file(FileAction::RemoveFolder),
        file(FileAction::Rename { to: FilePath::root().join(&format!("to {EVIL}")) }),
        file(FileAction::Mode(EVIL.into())),
        file(FileAction::Owner(EVIL.into())),
        ServerAction::Folder { path: path.clone() },
        ServerAction::Packages(PackageChange::Hold(EVIL.into())),
        ServerAction::Packages(PackageChange::Unhold(EVIL.into())),
        ServerAction::Packages(PackageChange::Upgrade(Some(EVIL.into()))),
        ServerAction::Packages(PackageChange::Refresh),
        ServerAction::Power(Power::Off { minutes: 1 }),
        ServerAction::Power(Power::Cancel),
        firewall(Change::Delete("allow 80,443/tcp".parse().unwrap())),
        firewall(Change::Disable),
        ban(Some("sshd"), true),
        ban(Some("sshd"), false),
        ban(None, false),
        ServerAction::Run(run),
        write(Some(EVIL), None, false),
        write(None, Some(EVIL), true),
    ]
}

/// Takes down what it is told to run, and how much was in the audit by then.
#[derive(Default)]
struct Recorder(Mutex<Vec<Vec<String>>>);

impl Host for Recorder {
    fn run(&self, run: Run) -> BoxFuture<'_, Result<Output, Fault>> {
        let done = run.argv.line().map(|line| {
            // As sshd and the login shell over there would take it.
            self.0.lock().unwrap().push(sh_split(&line).unwrap());
            Output { code: Some(0), stdout: b"1\n".to_vec(), stderr: Vec::new() }
        });
        std::future::ready(done).boxed()
    }
}

/// An audit that can be written to, or not.
struct Book {
    works: bool,
    lines: Vec<Entry>,
}

impl Ledger for Book {
    fn intent(&mut self, entry: &Entry) -> io::Result<u64> {
        if !self.works {
            return Err(io::Error::other("disk full"));
        }
        self.lines.push(entry.clone());
        Ok(self.lines.len() as u64)
    }
}

fn mutation(action: ServerAction) -> Mutation {
    let target = TargetId::server("web1");
    Mutation::Server(ServerMutation {
        target,
        name: "thing".into(),
        client: "ssh web1".into(),
        sudo: true,
        action,
    })
}

#[test]
fn the_table_has_every_action() {
    let rows: std::collections::BTreeSet<usize> = actions().iter().map(row).collect();
    assert!(rows.into_iter().eq(0..11));
}

#[tokio::test]
async fn no_action_without_the_gate_and_its_line_and_no_word_becomes_program() {
    for action in actions() {
        let plan = || Plan { command: "t", mutations: vec![mutation(action.clone())] };
        let (epoch, proof) = (Timestamp::UNIX_EPOCH, Proof::Typed("thing".into()));
        let summary = plan().mutations[0].summary();
        let refused = weigh(plan(), |_| Guard::ReadOnly, epoch);
        assert!(matches!(refused, Err(Refusal::ReadOnly(_))), "{summary}");
        let consent = || weigh(plan(), |_| Guard::Confirm, epoch).unwrap();
        let mut book = Book { works: true, lines: Vec::new() };
        let unasked = authorize(consent(), &Proof::None, epoch, &mut book);
        assert!(matches!(unasked, Err(Refusal::Unproven(_))) && book.lines.is_empty(), "{summary}");
        let mut full = Book { works: false, lines: Vec::new() };
        let unwritten = authorize(consent(), &proof, epoch, &mut full);
        assert!(matches!(unwritten, Err(Refusal::Audit(_))), "{summary}");

        let mut permits = authorize(consent(), &proof, epoch, &mut book).unwrap();
        let line = &book.lines[0];
        assert_eq!((book.lines.len(), line.target.as_str()), (1, "server:web1"), "{summary}");
        assert!(!line.summary.is_empty() && !line.object.is_empty(), "{line:?}");
        // Taken apart by the shell here and by the one there it is still one word.
        let here = sh_split(&line.equivalent).unwrap_or_else(|e| panic!("{e}: {}", line.equivalent));
        let there = sh_split(&here[2..].join(" ")).unwrap_or_else(|e| panic!("{e}: {}", line.equivalent));
        let whole = |words: &[String]| {
            let mut holding = words.iter().filter(|word| word.contains("touch evil"));
            holding.all(|word| word.ends_with(EVIL) || word.ends_with(&format!("{EVIL} ")))
        };
        if !matches!(action, ServerAction::Run(_)) {
            assert!(whole(&there), "{}", line.equivalent);
        }

        let host = Recorder::default();
        let outcome = perform(&host, permits.remove(0)).await;
        for words in host.0.lock().unwrap().iter() {
            assert!(whole(words), "{summary}: {words:?}");
        }
        let packages = matches!(&action, ServerAction::Packages(change) if change.package().is_some());
        assert!(!packages || outcome.is_err_and(|fault| fault.message.contains("no name")), "{summary}");
    }
}
