//! With servers that do what they are told here; the real ones are in the tests against the bed.

use std::collections::VecDeque;
use std::sync::Mutex;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::*;
use crate::backends::server::{Output, Run};

/// Answers to jobs by their order, and to knocks by theirs.
struct Fake {
    answers: Mutex<VecDeque<Result<i32, FaultKind>>>,
    knocks: Mutex<VecDeque<Result<(), FaultKind>>>,
    ran: Mutex<Vec<&'static str>>,
}

impl Host for Fake {
    fn run(&self, run: Run) -> BoxFuture<'_, Result<Output, Fault>> {
        let script = run.argv.words().unwrap_or_default().join(" ");
        let names = [
            (scripts::ARM, "arm"),
            (scripts::UNDO_NOW, "undo"),
            (scripts::DISARM, "disarm"),
            (scripts::REPORT, "report"),
        ];
        let name = names.iter().find(|(text, _)| script.contains(text)).map_or("change", |(_, name)| name);
        self.ran.lock().unwrap().push(name);
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Ok(0));
        let answer =
            answer.map(|code| Output { code: Some(code), stdout: b"said".to_vec(), stderr: Vec::new() });
        async move { answer.map_err(|kind| Fault::new(kind, "no way")) }.boxed()
    }

    fn knock(&self) -> BoxFuture<'_, Result<(), Fault>> {
        let knock = self.knocks.lock().unwrap().pop_front().unwrap_or(Ok(()));
        async move { knock.map_err(|kind| Fault::new(kind, "shut out")) }.boxed()
    }
}

const LINK: FaultKind = FaultKind::Timeout;

/// Through the gate, as there is no other way.
fn permit() -> Authorized {
    use crate::domain::guard::Guard;
    use crate::domain::ids::TargetId;
    use crate::domain::mutation::Mutation;
    use crate::domain::server::{ServerAction, ServerMutation, UnitVerb};
    use crate::gate::{Entry, Ledger, Plan, Proof, authorize, weigh};
    struct Book;
    impl Ledger for Book {
        fn intent(&mut self, _: &Entry) -> std::io::Result<u64> {
            Ok(1)
        }
    }
    let mutation = Mutation::Server(ServerMutation {
        target: TargetId::server("a"),
        name: "x".into(),
        client: String::new(),
        sudo: false,
        action: ServerAction::Unit { unit: "x".into(), verb: UnitVerb::Start },
    });
    let now = jiff::Timestamp::UNIX_EPOCH;
    let consent = weigh(Plan { command: "test", mutations: vec![mutation] }, |_| Guard::Free, now).unwrap();
    authorize(consent, &Proof::None, now, &mut Book).unwrap().remove(0)
}

async fn play(
    answers: &[Result<i32, FaultKind>],
    knocks: &[Result<(), FaultKind>],
) -> (Result<Outcome, Fault>, String, Vec<Stage>) {
    let fake = Fake {
        answers: Mutex::new(answers.iter().copied().collect()),
        knocks: Mutex::new(knocks.iter().copied().collect()),
        ran: Mutex::default(),
    };
    let change = Protected {
        id: "x".into(),
        snapshot: "true",
        apply: Job::new("a change", "true"),
        undo: "true",
        delay: Duration::from_secs(1),
    };
    let stages = Mutex::new(Vec::new());
    let on_stage = |stage| stages.lock().unwrap().push(stage);
    let outcome = protect(&fake, &change, &permit(), &on_stage).await;
    (outcome, fake.ran.into_inner().unwrap().join(", "), stages.into_inner().unwrap())
}

fn word(outcome: &Result<Outcome, Fault>) -> &'static str {
    match outcome {
        Ok(Outcome::Kept(_)) => "kept",
        Ok(Outcome::Failed(_)) => "failed",
        Ok(Outcome::Undone(_)) => "undone",
        Ok(Outcome::Lost(_)) => "lost",
        Ok(Outcome::Expires(_)) => "expires",
        Err(_) => "not begun",
    }
}

#[tokio::test]
async fn every_way_it_can_go() {
    const ALL: &str = "arm, change, disarm";
    const BACK: &str = "arm, change, report";
    for (answers, knocks, outcome, ran) in [
        (&[][..], &[][..], "kept", ALL),
        (&[Ok(1)], &[], "not begun", "arm"),
        (&[Err(FaultKind::Denied)], &[], "not begun", "arm"),
        (&[Ok(0), Ok(1)], &[], "failed", "arm, change, undo"),
        (&[Ok(0), Ok(1), Ok(1)], &[], "expires", "arm, change, undo"),
        // The change cut the line: then it is let to put itself back.
        (&[Ok(0), Err(LINK)], &[], "undone", BACK),
        (&[Ok(0), Err(LINK), Ok(1)], &[], "lost", BACK),
        (&[Ok(0), Ok(0)], &[Err(LINK)], "undone", BACK),
        // A refused login is not tried again, neither now nor after.
        (&[Ok(0), Ok(0)], &[Err(FaultKind::Denied), Err(FaultKind::Denied)], "lost", "arm, change"),
        (&[Ok(0), Ok(0), Ok(9)], &[], "undone", ALL),
        (&[Ok(0), Ok(0), Ok(1)], &[], "expires", ALL),
        (&[Ok(0), Ok(0), Err(LINK)], &[], "expires", ALL),
    ] {
        let (got, did, _) = play(answers, knocks).await;
        assert_eq!((word(&got), did.as_str()), (outcome, ran), "{answers:?} {knocks:?}: {got:?}");
    }
}

#[tokio::test]
async fn stages_are_told_and_a_change_not_begun_says_so() {
    let (_, _, stages) = play(&[], &[]).await;
    assert!(
        matches!(stages[..], [Stage::Arming, Stage::Applying, Stage::Knocking(_), Stage::Disarming]),
        "{stages:?}"
    );
    let (outcome, ..) = play(&[Ok(1)], &[]).await;
    assert!(outcome.unwrap_err().message.ends_with("nothing was changed"));
    let (_, _, stages) = play(&[Ok(0), Ok(0)], &[Err(LINK)]).await;
    assert!(matches!(stages.last(), Some(Stage::Waiting(_))), "{stages:?}");
}
