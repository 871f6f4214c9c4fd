//! `pult do COMMAND-ID TARGET…`: a command of the panel without the panel, through the same gate.
//!
//! resolve → propose → weigh → (consent given by flag?) → audit intent → perform → audit outcome.

use std::io::{self, Write};

use serde_json::json;

use super::args::{DoArgs, TextFormat};
use super::book::Book;
use super::failure::exit_of_fault;
use super::proposal::{arguments, find, propose, resolve};
use super::rehearsal::rehearse;
use super::subjects::{Gathered, gather};
use super::{Exit, Failure, Session};
use crate::backends::clock;
use crate::backends::server::dead_man::Stage;
use crate::command::{Command, ObjectKind};
use crate::domain::audit::Outcome;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::guard::Guard;
use crate::domain::ids::TargetId;
use crate::domain::mutation::Mutation;
use crate::domain::server::{Canary, RunCommand, ServerAction, ServerMutation};
use crate::gate::{Authorized, Consent, Entry, Need, Plan, Proof, Refusal, authorize, weigh};
use crate::runtime::actors::Actor;

/// Carries out one command on the named objects.
///
/// `table` is the command registry; `open_book` opens the audit, and is called only when something is
/// about to be written to it.
///
/// # Errors
/// Everything before the first change: unknown words, nothing found, a refusal.
pub async fn run(
    session: &Session,
    args: &DoArgs,
    table: &[&'static Command],
    open_book: impl FnOnce() -> io::Result<Box<dyn Book + Send>>,
    out: &mut (dyn Write + Send),
) -> Result<Exit, Failure> {
    let command = find(table, &args.command)?;
    let values = arguments(command, &args.args)?;
    let kind = command.on.unwrap_or(ObjectKind::Container);
    let Gathered { subjects, actors, faults } = gather(session, kind).await?;
    let chosen = resolve(&args.targets, kind, &subjects, &faults)?;
    let guard_of = |id: &_| session.profile.guard(id);
    let plan = propose(command, chosen, &values)?;
    if plan.mutations.iter().filter_map(run_of).any(|run| run.canary == Canary::Ask) {
        let why = "canary=ask waits for a key of the panel; here it is canary=yes or canary=no";
        return Err(Failure::Usage(why.to_owned()));
    }
    let foretold = if args.dry_run { rehearse(&actors, &plan.mutations).await } else { Vec::new() };
    let report = Report { format: args.output, command: command.id, foretold };
    let decision = decide(plan, guard_of, args, open_book, &report, out)?;
    let Decision::Go(authorized, mut book) = decision else { return Ok(Exit::Done) };
    perform(session, &actors, authorized, book.as_mut(), &report, out).await
}

/// What the gate and the flags came to.
enum Decision {
    DryRun,
    Go(Vec<Authorized>, Box<dyn Book + Send>),
}

fn decide(
    plan: Plan,
    guard_of: impl Fn(&TargetId) -> Guard,
    args: &DoArgs,
    open_book: impl FnOnce() -> io::Result<Box<dyn Book + Send>>,
    report: &Report,
    out: &mut (dyn Write + Send),
) -> Result<Decision, Failure> {
    let mutations = plan.mutations.clone();
    let strictest = mutations.iter().map(|m| guard_of(m.target())).max().unwrap_or_default();
    let proof = match &args.confirm {
        Some(typed) => Proof::Typed(typed.clone()),
        None if args.yes => Proof::Yes,
        None => Proof::None,
    };
    let weighed = weigh(plan, guard_of, clock::now());
    if args.dry_run {
        report.would(&mutations, "dry-run", out)?;
        let needed = match &weighed {
            Ok(consent) => flag(consent.need()),
            Err(refusal) => Some(format!("it would be refused: {refusal}")),
        };
        report.remark(needed, out)?;
        return Ok(Decision::DryRun);
    }
    let refusal = match weighed {
        Ok(consent) if consent.is_met_by(&proof) => return go(consent, &proof, open_book),
        Ok(consent) => {
            let Some(how) = flag(consent.need()) else { return go(consent, &proof, open_book) };
            (Refusal::Unproven(consent.need().sentence()), Some(how))
        }
        Err(refusal) => (refusal, None),
    };
    let (refusal, how) = refusal;
    report.would(&mutations, "refused", out)?;
    // A refusal that cannot be written is still a refusal.
    if let Ok(mut book) = open_book() {
        for mutation in &mutations {
            let entry = Entry::new(report.command, mutation, strictest, refusal.word());
            let _ = book.refused(&entry, &refusal.to_string());
        }
    }
    let how = how.map(|how| format!("; {how}")).unwrap_or_default();
    Err(Failure::Refused(format!("{}: nothing was done: {refusal}{how}", report.command)))
}

fn go(
    consent: Consent,
    proof: &Proof,
    open_book: impl FnOnce() -> io::Result<Box<dyn Book + Send>>,
) -> Result<Decision, Failure> {
    let mut book = open_book().map_err(|e| Failure::Refused(Refusal::Audit(e.to_string()).to_string()))?;
    let authorized = authorize(consent, proof, clock::now(), book.as_mut())
        .map_err(|refusal| Failure::Refused(format!("nothing was done: {refusal}")))?;
    Ok(Decision::Go(authorized, book))
}

/// The flag that gives the consent that is needed.
fn flag(need: &Need) -> Option<String> {
    match need {
        Need::Nothing => None,
        Need::Yes => Some("add --yes".to_owned()),
        Need::Name(name) => Some(format!("add --confirm {}", crate::domain::shell_word::sh_quote(name))),
        Need::Count(n) => Some(format!("add --confirm {n}")),
    }
}

/// Carries out what is authorized, one after the other, and writes each outcome.
async fn perform(
    session: &Session,
    actors: &[(TargetId, Actor)],
    authorized: Vec<Authorized>,
    book: &mut (dyn Book + Send),
    report: &Report,
    out: &mut (dyn Write + Send),
) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    let mut interrupted = false;
    // Where a command has failed, the others are spared it.
    let mut failed_on: Option<String> = None;
    for (place, one) in authorized.into_iter().enumerate() {
        let (seq, mutation) = (one.audit_seq(), one.mutation().clone());
        let since = clock::instant();
        let end = if interrupted {
            End {
                outcome: Outcome::Refused,
                detail: "interrupted before it was sent".into(),
                exit: Exit::Interrupted,
            }
        } else if let Some(server) = &failed_on {
            End { outcome: Outcome::Refused, detail: format!("not begun: it failed on {server}"), exit }
        } else {
            tokio::select! {
                // An interrupt that comes with the answer must not turn a known outcome into an unknown one.
                biased;
                result = send(actors, one) => End::of(result),
                _ = tokio::signal::ctrl_c() => {
                    interrupted = true;
                    let detail = "interrupted: it may or may not have happened".into();
                    End { outcome: Outcome::Unknown, detail, exit: Exit::Interrupted }
                }
            }
        };
        let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let detail = Some(end.detail.as_str()).filter(|d| !d.is_empty());
        if let Err(e) = book.outcome(seq, end.outcome, Some(ms), detail) {
            session.remark(&format!("the outcome could not be written to the audit: {e}"));
        }
        if exit == Exit::Done || end.exit == Exit::Interrupted {
            exit = end.exit;
        }
        if end.outcome != Outcome::Done && run_of(&mutation).is_some_and(|run| stops(run, place)) {
            failed_on.get_or_insert_with(|| mutation.name().to_owned());
        }
        report.result(&mutation, &end, ms, seq, out)?;
    }
    Ok(exit)
}

fn run_of(mutation: &Mutation) -> Option<&RunCommand> {
    match mutation {
        Mutation::Server(ServerMutation { action: ServerAction::Run(run), .. }) => Some(run),
        _ => None,
    }
}

/// True when no other server begins it once it went wrong here. They run one after the other, so that the first one
/// is always alone.
fn stops(run: &RunCommand, place: usize) -> bool {
    run.stop || (place == 0 && run.canary != Canary::None)
}

/// Whoever waits for a change that may undo itself is told of it.
fn told(stage: Stage) {
    if let (text, Some(left)) = stage.told() {
        eprintln!("{text} {} s", left.as_secs());
    }
}

async fn send(actors: &[(TargetId, Actor)], one: Authorized) -> Result<String, Fault> {
    let target = one.mutation().target().clone();
    match actors.iter().find(|(id, _)| *id == target) {
        Some((_, actor)) => actor.perform(one, &told).await,
        None => Err(Fault::new(FaultKind::Bug, format!("no client for {target}"))),
    }
}

/// How one mutation ended.
struct End {
    outcome: Outcome,
    detail: String,
    exit: Exit,
}

impl End {
    fn of(result: Result<String, Fault>) -> Self {
        match result {
            Ok(detail) => Self { outcome: Outcome::Done, detail, exit: Exit::Done },
            Err(fault) => {
                // Sent and never answered: the engine may still do it.
                let outcome = if fault.kind.is_unknown() { Outcome::Unknown } else { Outcome::Failed };
                Self { outcome, detail: fault.in_full(), exit: exit_of_fault(fault.kind) }
            }
        }
    }
}

/// Prints plans and results in the chosen format.
struct Report {
    format: TextFormat,
    command: &'static str,
    /// What each change's own program says that it would do, line by line.
    foretold: Vec<Vec<String>>,
}

impl Report {
    fn json(&self, mutation: &Mutation) -> serde_json::Value {
        json!({
            "command": self.command, "target": mutation.target(), "name": mutation.name(), "outcome": null, "ms": null,
            "audit_seq": null, "detail": null, "summary": mutation.summary(), "equivalent": mutation.equivalent(),
        })
    }

    fn would(&self, mutations: &[Mutation], outcome: &str, out: &mut dyn Write) -> io::Result<()> {
        for (i, mutation) in mutations.iter().enumerate() {
            let foretold = self.foretold.get(i).map(Vec::as_slice).unwrap_or_default();
            if self.format == TextFormat::Json {
                let mut line = self.json(mutation);
                line["outcome"] = outcome.into();
                let consequences = mutation.consequences().into_iter().map(|(_, text)| text);
                line["consequences"] = consequences.collect::<Vec<_>>().into();
                line["rehearsal"] = foretold.into();
                writeln!(out, "{line}")?;
            } else {
                writeln!(out, "would {} ({})", mutation.summary(), mutation.target())?;
                writeln!(out, "  {}", mutation.equivalent())?;
                for (_, text) in mutation.consequences() {
                    writeln!(out, "  {text}")?;
                }
                for rule in foretold {
                    writeln!(out, "  {rule}")?;
                }
            }
        }
        out.flush()
    }

    /// What a dry run says about the consent that the real run needs.
    fn remark(&self, needed: Option<String>, out: &mut dyn Write) -> io::Result<()> {
        match needed {
            Some(text) if self.format == TextFormat::Text => writeln!(out, "to do it: {text}"),
            _ => Ok(()),
        }
    }

    fn result(
        &self,
        mutation: &Mutation,
        end: &End,
        ms: u64,
        seq: u64,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if self.format == TextFormat::Json {
            let mut line = self.json(mutation);
            line["outcome"] = end.outcome.word().into();
            line["ms"] = ms.into();
            line["audit_seq"] = seq.into();
            line["detail"] = Some(&end.detail).filter(|d| !d.is_empty()).cloned().into();
            return writeln!(out, "{line}");
        }
        let word = if end.outcome == Outcome::Done { "ok" } else { end.outcome.word() };
        let (name, target) = (mutation.name(), mutation.target());
        // "restarted" after "ok container.restart" says nothing; why something failed does.
        let said = end.outcome == Outcome::Done || end.detail.is_empty();
        let detail = if said { String::new() } else { format!(": {}", end.detail) };
        writeln!(out, "{word} {} {name} ({target}) in {ms} ms, audit {seq}{detail}", self.command)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::super::proposal::tests::{TABLE, container, guarded};
    use super::*;
    use crate::domain::container::State;
    use crate::gate::Ledger;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    impl Ledger for Lines {
        fn intent(&mut self, entry: &Entry) -> io::Result<u64> {
            let mut lines = self.0.lock().unwrap();
            lines.push(format!("intent {} {}", entry.verdict, entry.summary));
            Ok(lines.len() as u64)
        }
    }

    impl Book for Lines {
        fn outcome(
            &mut self,
            intent: u64,
            outcome: Outcome,
            _: Option<u64>,
            _: Option<&str>,
        ) -> io::Result<u64> {
            self.0.lock().unwrap().push(format!("outcome {intent} {}", outcome.word()));
            Ok(0)
        }

        fn refused(&mut self, entry: &Entry, why: &str) -> io::Result<u64> {
            self.0.lock().unwrap().push(format!("refused {} {}: {why}", entry.verdict, entry.summary));
            Ok(0)
        }
    }

    struct Run {
        printed: String,
        audit: Vec<String>,
        result: Result<usize, Failure>,
    }

    /// Decides about `id` on web and db with flags in the words of the command line.
    fn decided(id: &str, names: &[&str], guard: Guard, flags: &str) -> Run {
        use clap::Parser;
        let line = format!("pult do {id} {} {flags}", names.join(" "));
        let Some(crate::cli::args::Command::Do(args)) =
            super::super::Cli::try_parse_from(line.split_whitespace()).unwrap().command
        else {
            panic!("{line}")
        };
        let all = [container("a", "web", State::Running), container("a", "db", State::Running)];
        let command = find(&TABLE, id).unwrap();
        let chosen = resolve(&args.targets, ObjectKind::Container, &all, &[]).unwrap();
        let values = arguments(command, &args.args).unwrap();
        let plan = propose(command, guarded(chosen, guard), &values).unwrap();
        let lines = Lines::default();
        let (mut out, book) = (Vec::new(), lines.clone());
        let report = Report { format: args.output, command: command.id, foretold: Vec::new() };
        let result =
            decide(plan, |_| guard, &args, || Ok(Box::new(book)), &report, &mut out).map(|d| match d {
                Decision::DryRun => 0,
                Decision::Go(authorized, _) => authorized.len(),
            });
        let audit = lines.0.lock().unwrap().clone();
        Run { printed: String::from_utf8(out).unwrap(), audit, result }
    }

    fn refusal(run: &Run) -> String {
        match &run.result {
            Err(Failure::Refused(why)) => why.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_consent_nothing_happens_and_the_audit_knows() {
        let run = decided("container.stop", &["web"], Guard::Confirm, "");
        assert_eq!(run.printed, "would stop container web (docker:a)\n  docker stop web\n");
        assert_eq!(refusal(&run), "container.stop: nothing was done: it was not confirmed; add --yes");
        assert_eq!(run.audit, ["refused unconfirmed stop container web: it was not confirmed"]);
    }

    #[test]
    fn consent_by_flag_is_what_the_guard_asks_for() {
        let go = |id, names: &[&str], guard, flags| decided(id, names, guard, flags).result.ok();
        assert_eq!(go("container.stop", &["web"], Guard::Free, ""), Some(1));
        assert_eq!(go("container.stop", &["web"], Guard::Confirm, "--yes"), Some(1));
        assert_eq!(go("container.stop", &["web"], Guard::TypeTheName, "--yes"), None);
        assert_eq!(go("container.remove", &["web"], Guard::Confirm, "--yes"), None);
        assert_eq!(go("container.remove", &["web"], Guard::Confirm, "--confirm db"), None);
        assert_eq!(go("container.remove", &["web"], Guard::Confirm, "--confirm web"), Some(1));
        assert_eq!(go("container.remove", &["web", "db"], Guard::Confirm, "--confirm 1"), None);
        assert_eq!(go("container.remove", &["web", "db"], Guard::Confirm, "--confirm 2"), Some(2));
        assert!(
            refusal(&decided("container.remove", &["web"], Guard::Confirm, "--yes"))
                .ends_with("add --confirm web")
        );
        let run = decided("container.remove", &["web", "db"], Guard::Confirm, "--confirm 2");
        assert_eq!(run.audit, ["intent count remove container web", "intent count remove container db"]);
    }

    #[test]
    fn read_only_is_refused_whatever_the_flags_say() {
        let run = decided("container.stop", &["web"], Guard::ReadOnly, "--confirm web");
        assert!(refusal(&run).contains("docker:a is read-only"));
        assert!(run.audit[0].starts_with("refused read-only stop container web"));
    }

    #[test]
    fn a_dry_run_shows_the_plan_and_writes_nothing() {
        let run = decided("container.stop", &["web"], Guard::Confirm, "--dry-run --arg grace=3 --yes");
        assert_eq!(
            run.printed,
            "would stop container web (docker:a)\n  docker stop --time=3 web\nto do it: add --yes\n"
        );
        assert_eq!((run.audit.len(), run.result.ok()), (0, Some(0)));
        let run = decided("container.stop", &["web"], Guard::Confirm, "--dry-run -o json");
        let line: serde_json::Value = serde_json::from_str(&run.printed).unwrap();
        assert_eq!(
            (line["outcome"].as_str(), line["equivalent"].as_str()),
            (Some("dry-run"), Some("docker stop web"))
        );
    }

    #[test]
    fn results_read_as_the_contract_says() {
        let (end, mut out) = (End::of(Ok("restarted".into())), Vec::new());
        let web = vec![container("local", "web", State::Running)];
        let plan = propose(TABLE[0], web, &arguments(TABLE[0], &[]).unwrap());
        let mutation = plan.unwrap().mutations.remove(0);
        let report = Report { format: TextFormat::Text, command: "container.restart", foretold: Vec::new() };
        report.result(&mutation, &end, 412, 17, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "ok container.restart web (docker:local) in 412 ms, audit 17\n"
        );
        assert_eq!(End::of(Err(Fault::new(FaultKind::Timeout, "x"))).outcome, Outcome::Unknown);
    }
}
