//! The one dialog for everything that changes something: a form for the command's arguments, what will happen,
//! the equivalent command, and the proof that the guard asks for.

mod rehearsal_story;
mod run_story;
mod server_story;
mod story;
mod unit_story;
mod view;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Commit, Verdict};
use crate::command::{
    ArgKind, ArgSpec, Args, Command, DialogIntent, Facts, Intent, Motion, ObjectKind, Subject,
};
use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;
use crate::domain::mutation::{Danger, Mutation};
use crate::domain::query::{Answer, Footprint, Query};
use crate::domain::server::ufw::{Change, Preview};
use crate::domain::server::{ServerAction, ServerAnswer, ServerAsk, ServerQuery, UnitDetail};
use crate::domain::world::World;
use crate::gate::{CONSENT_TTL_S, Consent, Need, Plan, Proof, weigh};
use crate::keymap::{Code, Key};
use crate::widgets::field::Field;

/// A form may be filled in for this long, seconds.
const FORM_S: i64 = 600;

/// One argument of the form.
#[derive(Debug)]
struct FormField {
    spec: &'static ArgSpec,
    field: Field,
}

/// What was asked about the subject for this dialog.
#[derive(Debug)]
enum Known {
    Footprint(Footprint),
    Unit(Box<UnitDetail>),
    Rehearsal(Preview),
}

/// The dialog.
#[derive(Debug)]
pub struct ActionDialog {
    command: &'static Command,
    /// The picture when it was opened: the subjects are these, whatever moves under the dialog.
    facts: Facts,
    fields: Vec<FormField>,
    /// An index into `fields`; their number = the answer.
    focus: usize,
    answer: Field,
    /// Since when it is this question: it is another one when its form has changed.
    opened: Timestamp,
    began: Timestamp,
    plan: Result<Consent, String>,
    /// Names of subjects that are there no more.
    gone: Vec<String>,
    known: Option<(Query, Result<Known, Fault>)>,
}

impl ActionDialog {
    pub fn open(command: &'static Command, facts: Facts, world: &World, now: Timestamp) -> Self {
        let fields: Vec<FormField> =
            command.args.iter().map(|spec| FormField { spec, field: Field::new(spec.default) }).collect();
        let mut dialog = Self {
            command,
            facts,
            focus: fields.len(),
            fields,
            answer: Field::new(""),
            opened: now,
            began: now,
            plan: Err(String::new()),
            gone: Vec::new(),
            known: None,
        };
        dialog.refresh(world);
        // A form that cannot be sent as it stands begins in the field that is missing, a question at its answer.
        if dialog.plan.is_err() {
            let missing = dialog.fields.iter().position(|f| f.spec.required && f.field.text().is_empty());
            dialog.focus = missing.unwrap_or(0);
        }
        dialog
    }

    /// Weighs the plan anew with the present arguments and without subjects that are gone.
    pub fn refresh(&mut self, world: &World) {
        let is_there = |s: &Subject| s.container().is_none_or(|(key, _)| world.container(&key).is_some());
        let newly_gone: Vec<String> =
            self.facts.subjects.iter().filter(|s| !is_there(s)).map(|s| s.name.clone()).collect();
        if !newly_gone.is_empty() {
            self.facts.subjects.retain(is_there);
            self.gone.extend(newly_gone);
            // The count has changed: what was typed was about another number.
            self.answer.set("");
        }
        self.plan = self.weighed(world);
    }

    fn weighed(&self, world: &World) -> Result<Consent, String> {
        if self.facts.subjects.is_empty() {
            return Err(format!("{} is gone: somebody removed it meanwhile", self.gone.join(", ")));
        }
        let args = self.args()?;
        match (self.command.run)(&self.facts, &args)? {
            Intent::Propose(mutations) => {
                let plan = Plan { command: self.command.id, mutations };
                weigh(plan, |target| world.guard(target), self.opened).map_err(|e| e.to_string())
            }
            _ => Err("this command changes nothing".to_owned()),
        }
    }

    fn args(&self) -> Result<Args, String> {
        let mut args = Args::defaults(self.command.args);
        for f in &self.fields {
            args.set(self.command.args, f.spec.name, f.field.text())?;
        }
        args.complete(self.command.args)?;
        Ok(args)
    }

    /// True when no proof is asked for: the guard is free and nothing is destroyed.
    pub fn needs_nothing(&self) -> bool {
        matches!(&self.plan, Ok(consent) if *consent.need() == Need::Nothing)
    }

    /// Hands out the consent; the dialog is over.
    pub fn commit(&mut self, proof: Proof) -> Verdict {
        let title = self.title();
        match std::mem::replace(&mut self.plan, Err("already sent".to_owned())) {
            Ok(consent) => Verdict::Commit(Box::new(Commit { title, consent, proof, draft: None })),
            Err(why) => {
                self.plan = Err(why.clone());
                Verdict::Say(why)
            }
        }
    }

    fn title(&self) -> String {
        let mutations = match &self.plan {
            Ok(consent) => consent.plan().mutations.as_slice(),
            Err(_) => &[],
        };
        match (mutations, self.facts.subjects.as_slice()) {
            ([one], _) => one.summary(),
            // What a server has one of is named by its place.
            (_, [one]) if one.what.kind() != ObjectKind::Server && *one.name == *one.target.name => {
                self.command.title.to_lowercase()
            }
            (_, [one]) => format!("{} {}", self.command.title.to_lowercase(), one.name),
            (_, many) => {
                // "Stop container" of three is "stop 3 containers".
                let n = if mutations.is_empty() { many.len() } else { mutations.len() };
                let title = self.command.title.to_lowercase();
                let (noun, nouns) =
                    self.facts.kind().map_or(("object", "objects"), |k| (k.noun(), k.plural()));
                match title.strip_suffix(noun) {
                    Some(verb) => format!("{verb}{n} {nouns}"),
                    None => format!("{title} of {n} {nouns}"),
                }
            }
        }
    }

    /// " on prod"; every target that is touched, as a title about one of two would be a lie.
    fn places(&self) -> String {
        // A server is its own place.
        if self.facts.kind() == Some(ObjectKind::Server) {
            return String::new();
        }
        let hosts: BTreeSet<&str> = self.facts.subjects.iter().map(|s| &*s.target.name).collect();
        match hosts.len() {
            0 => String::new(),
            1..=3 => format!(" on {}", hosts.into_iter().collect::<Vec<_>>().join(", ")),
            n => format!(" on {n} targets"),
        }
    }

    pub fn expires_at(&self) -> Option<Timestamp> {
        Some(self.opened + SignedDuration::from_secs(CONSENT_TTL_S + 1))
    }

    /// The form is filled in: what is asked now was not asked before. What was seen when it was opened grows old,
    /// though.
    fn changed(&mut self, now: Timestamp) {
        if now.as_second() - self.began.as_second() <= FORM_S {
            self.opened = now;
        }
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        now.as_second() - self.opened.as_second() > CONSENT_TTL_S
    }

    fn in_answer(&self) -> bool {
        self.focus >= self.fields.len()
    }

    pub fn act(&mut self, intent: DialogIntent, world: &World, now: Timestamp) -> Verdict {
        let count = self.fields.len() + 1;
        if !self.in_answer() && !self.is_expired(now) {
            self.changed(now);
        }
        match intent {
            DialogIntent::NextField | DialogIntent::Move(Motion::Down) => {
                self.focus = (self.focus + 1) % count
            }
            DialogIntent::PreviousField | DialogIntent::Move(Motion::Up) => {
                self.focus = (self.focus + count - 1) % count
            }
            DialogIntent::Accept if !self.in_answer() => match &self.plan {
                // What has a value already need not be gone through.
                Ok(_) => self.focus = self.fields.len(),
                // A form that does not hold has nothing to be answered: what is typed next still goes into it.
                Err(why) if self.focus + 1 == self.fields.len() => return Verdict::Say(why.clone()),
                Err(_) => self.focus += 1,
            },
            DialogIntent::Accept => return self.accept(now),
            DialogIntent::Yank => {
                return match &self.plan {
                    Ok(consent) => {
                        let lines: Vec<_> = consent.plan().mutations.iter().map(|m| m.equivalent()).collect();
                        Verdict::Yank(lines.join("\n"))
                    }
                    Err(why) => Verdict::Say(why.clone()),
                };
            }
            _ => {}
        }
        self.refresh(world);
        Verdict::Stay
    }

    fn accept(&mut self, now: Timestamp) -> Verdict {
        if self.is_expired(now) {
            return Verdict::Say(format!(
                "the question was open for more than {CONSENT_TTL_S} s: close it and ask again"
            ));
        }
        let proof = match &self.plan {
            Err(why) => return Verdict::Say(why.clone()),
            Ok(consent) => match consent.need() {
                Need::Nothing => Proof::None,
                // Enter is the default answer, and the default is no.
                Need::Yes => return Verdict::Say("press y to do it, esc to leave it".to_owned()),
                Need::Name(_) | Need::Count(_) => {
                    let typed = Proof::Typed(self.answer.text().to_owned());
                    if !consent.is_met_by(&typed) {
                        return Verdict::Say(consent.need().sentence());
                    }
                    typed
                }
            },
        };
        self.commit(proof)
    }

    pub fn key(&mut self, key: Key, world: &World, now: Timestamp) -> Verdict {
        if self.in_answer() {
            let asks_yes = matches!(&self.plan, Ok(consent) if *consent.need() == Need::Yes);
            match key.text() {
                Some('y' | 'Y') if asks_yes && self.is_expired(now) => return self.accept(now),
                Some('y' | 'Y') if asks_yes => return self.commit(Proof::Yes),
                Some('n' | 'N') if asks_yes => return Verdict::Close,
                // What was meant for a field must not be lost without a word.
                Some(_) if asks_yes && !self.fields.is_empty() => {
                    return Verdict::Say("tab goes to the fields; y does it as it stands".to_owned());
                }
                _ if asks_yes => {}
                _ => {
                    self.answer.key(key);
                }
            }
            return Verdict::Stay;
        }
        self.changed(now);
        let Some(f) = self.fields.get_mut(self.focus) else { return Verdict::Stay };
        let words: &[&str] = match f.spec.kind {
            ArgKind::Bool => &["no", "yes"],
            ArgKind::Choice { words, open: false } => words,
            _ => &[],
        };
        let step = match key.code() {
            Code::Left => -1,
            Code::Right | Code::Char(' ') => 1,
            _ => 0,
        };
        if words.is_empty() {
            f.field.key(key);
        } else if step != 0 {
            let at = words.iter().position(|w| *w == f.field.text()).unwrap_or(0) as isize;
            f.field.set(words[(at + step).rem_euclid(words.len() as isize) as usize]);
        } else if let Some(c) = key.text() {
            // A letter goes to the next word that begins with it (SIGnal names: the letter after SIG).
            let begins = |w: &&&str| {
                w.strip_prefix("SIG").unwrap_or(w).to_lowercase().starts_with(c.to_ascii_lowercase())
            };
            if let Some(word) = words.iter().find(begins) {
                f.field.set(word);
            }
        }
        self.refresh(world);
        Verdict::Stay
    }

    pub fn paste(&mut self, text: &str, world: &World, now: Timestamp) {
        let index = self.focus;
        if !self.in_answer() {
            self.changed(now);
        }
        match self.fields.get_mut(index) {
            Some(f) if !matches!(f.spec.kind, ArgKind::Bool | ArgKind::Choice { open: false, .. }) => {
                f.field.paste(text)
            }
            // The point of typing the answer is attention: it cannot be pasted.
            Some(_) | None => {}
        }
        self.refresh(world);
    }

    /// For a removal of one container what goes with it, for one unit what depends on it.
    pub fn query(&self) -> Option<Query> {
        if let Some((target, change)) = self.rehearsed() {
            let what = ServerAsk::Rehearsal(Box::new(change.clone()));
            return Some(Query::Server(ServerQuery { target: target.clone(), what }));
        }
        let one = self.facts.only()?;
        if let Some(unit) = one.unit() {
            let what = ServerAsk::Unit(unit.name.clone());
            return Some(Query::Server(ServerQuery { target: one.target.clone(), what }));
        }
        let (key, _) = one.container()?;
        (self.command.danger == Some(Danger::Destroy)).then_some(Query::Footprint(key))
    }

    /// The change of a firewall that is asked about, once its form is filled in: then ufw itself says what it does.
    fn rehearsed(&self) -> Option<(&TargetId, &Change)> {
        match self.plan.as_ref().ok()?.plan().mutations.as_slice() {
            [Mutation::Server(one)] if self.in_answer() => match &one.action {
                ServerAction::Firewall(wanted) if wanted.change.has_preview() => {
                    Some((&one.target, &wanted.change))
                }
                _ => None,
            },
            _ => None,
        }
    }

    pub fn answered(&mut self, query: &Query, result: Result<Answer, Fault>) {
        if self.query().as_ref() == Some(query) {
            let known = result.and_then(|answer| match answer {
                Answer::Footprint(footprint) => Ok(Known::Footprint(footprint)),
                Answer::Server(ServerAnswer::Unit(unit)) => Ok(Known::Unit(unit)),
                Answer::Server(ServerAnswer::Rehearsal(preview)) => Ok(Known::Rehearsal(preview)),
                _ => Err(Fault::new(crate::domain::fault::FaultKind::Bug, "the answer was of another kind")),
            });
            self.known = Some((query.clone(), known));
        }
    }
}
