//! The one dialog for everything that changes something: a form for the command's arguments, what will happen,
//! the equivalent command, and the proof that the guard asks for.

use std::collections::BTreeSet;

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::rehearsal_story::rehearsal_story;
use super::run_story::run_story;
use super::server_story::server_story;
use super::unit_story::unit_story;
use super::{Commit, DialogScene, Verdict};
use crate::command::{
    ArgKind, ArgSpec, Args, Command, DialogIntent, Facts, Intent, Motion, ObjectKind, Subject,
};
use crate::domain::container::State;
use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;
use crate::domain::mutation::{Danger, Mutation};
use crate::domain::query::{Answer, Footprint, Query};
use crate::domain::server::ufw::{Change, Preview};
use crate::domain::server::{ServerAction, ServerAnswer, ServerAsk, ServerQuery, UnitDetail};
use crate::domain::world::World;
use crate::domain::{container_fields, exit, quantity};
use crate::gate::{CONSENT_TTL_S, Consent, Need, Plan, Proof, weigh};
use crate::keymap::{Code, Key};
use crate::theme::Role;
use crate::widgets::field::Field;
use crate::widgets::paint::{Line, width, wrap};
use crate::widgets::popup;

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
    opened: Timestamp,
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

    fn is_expired(&self, now: Timestamp) -> bool {
        now.as_second() - self.opened.as_second() > CONSENT_TTL_S
    }

    fn in_answer(&self) -> bool {
        self.focus >= self.fields.len()
    }

    pub fn act(&mut self, intent: DialogIntent, world: &World, now: Timestamp) -> Verdict {
        let count = self.fields.len() + 1;
        match intent {
            DialogIntent::NextField | DialogIntent::Move(Motion::Down) => {
                self.focus = (self.focus + 1) % count
            }
            DialogIntent::PreviousField | DialogIntent::Move(Motion::Up) => {
                self.focus = (self.focus + count - 1) % count
            }
            DialogIntent::Accept if !self.in_answer() => match &self.plan {
                // A form that does not hold has nothing to be answered: what is typed next still goes into it.
                Err(why) if self.focus + 1 == self.fields.len() => return Verdict::Say(why.clone()),
                _ => self.focus += 1,
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
                _ if asks_yes => {}
                _ => {
                    self.answer.key(key);
                }
            }
            return Verdict::Stay;
        }
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

    pub fn paste(&mut self, text: &str, world: &World) {
        let index = self.focus;
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

    /// The lines between title and form.
    fn story(&self, scene: &DialogScene, columns: u16) -> Vec<(Role, String)> {
        let mut out = Vec::new();
        match self.facts.subjects.as_slice() {
            [] => {}
            [one] => {
                let container = one.container().and_then(|(key, _)| scene.world.container(&key));
                if let Some(c) = container {
                    let since = c.since().map(|t| quantity::age(scene.now.as_second() - t.as_second()));
                    let since = match since {
                        Some(age) if c.state.has_processes() => format!(" for {age}"),
                        Some(age) => format!(", {age} ago"),
                        None => String::new(),
                    };
                    let how = match (c.state, c.exit_code) {
                        (State::Exited | State::Dead, Some(code)) => {
                            let meaning = exit::meaning(code, c.oom_killed == Some(true));
                            format!(
                                "It ended with {code}{}",
                                meaning.map(|m| format!(" ({m})")).unwrap_or_default()
                            )
                        }
                        _ => format!("It is {}", container_fields::state_words(c)),
                    };
                    out.push((Role::Text, format!("{how}{since}. Image {}.", c.image)));
                }
            }
            many => {
                let is_server = self.facts.kind() == Some(ObjectKind::Server);
                let one_host = is_server || many.iter().all(|s| s.target == many[0].target);
                let name = |s: &Subject| {
                    if one_host { s.name.clone() } else { format!("{}@{}", s.name, s.target.name) }
                };
                let names: Vec<_> = many.iter().map(name).collect();
                let text = wrap(&names.join("  "), columns);
                let shown = text.len().min(6);
                out.extend(text.into_iter().take(shown).map(|line| (Role::Text, line)));
                if names.len() > 30 {
                    out.push((Role::Muted, format!("{} objects in all", names.len())));
                }
            }
        }
        if let Ok(consent) = &self.plan {
            let planned: HashSet<_> = consent.plan().mutations.iter().map(|m| m.object_id()).collect();
            let out_of_it = self.facts.subjects.iter().filter(|s| !planned.contains(&s.object_id()));
            let names: Vec<_> = out_of_it.map(|s| format!("{} ({})", s.name, s.state_word())).collect();
            if !names.is_empty() {
                out.push((Role::Warn, format!("left out: {}", names.join(", "))));
            }
        }
        if !self.gone.is_empty() && !self.facts.subjects.is_empty() {
            out.push((Role::Warn, format!("gone meanwhile, left out: {}", self.gone.join(", "))));
        }
        let forced = self.fields.iter().any(|f| f.spec.name == "force" && f.field.text() == "yes");
        let runs = self
            .facts
            .subjects
            .iter()
            .filter(|s| s.container().is_some_and(|(_, state)| state.has_processes()))
            .count();
        if self.command.danger == Some(Danger::Destroy) && runs > 0 && !forced {
            let what = if self.facts.subjects.len() == 1 {
                "It runs".to_owned()
            } else {
                format!("{runs} of them run")
            };
            out.push((
                Role::Warn,
                format!("{what}: the engine will refuse unless it is killed first (below)."),
            ));
        }
        if let (Some(Danger::Destroy), Some(server)) = (self.command.danger, self.facts.only())
            && server.what.kind() == ObjectKind::Server
        {
            out.extend(server_story(scene.world, &server.target, scene.now));
        }
        if self.command.id == "server.run" {
            out.extend(run_story(&self.facts.subjects));
        }
        out.extend(self.foreseen());
        if let Some(query) = self.query() {
            out.extend(self.consequences(&query));
        }
        out
    }

    /// What is known of the change without asking anybody; of several the warnings.
    fn foreseen(&self) -> Vec<(Role, String)> {
        let mutations =
            self.plan.as_ref().map(|consent| consent.plan().mutations.as_slice()).unwrap_or_default();
        let alone = mutations.len() == 1;
        let all =
            mutations.iter().flat_map(Mutation::consequences).filter(|(is_warning, _)| alone || *is_warning);
        all.map(|(is_warning, text)| (if is_warning { Role::Warn } else { Role::Text }, text)).collect()
    }

    fn consequences(&self, query: &Query) -> Vec<(Role, String)> {
        let takes_volumes = self.fields.iter().any(|f| f.spec.name == "volumes" && f.field.text() == "yes");
        let known = self.known.as_ref().filter(|(about, _)| about == query).map(|(_, known)| known);
        let footprint = match known {
            None if self.rehearsed().is_some() => {
                return vec![(Role::Muted, "asking ufw what it would do".to_owned())];
            }
            Some(Ok(Known::Rehearsal(preview))) => return rehearsal_story(preview),
            None if self.facts.kind() == Some(ObjectKind::Unit) => {
                return vec![(Role::Muted, "looking at what depends on it".to_owned())];
            }
            None => return vec![(Role::Muted, "measuring what goes with it".to_owned())],
            Some(Err(fault)) => {
                return vec![(Role::Warn, format!("what goes with it is unknown: {}", fault.message))];
            }
            Some(Ok(Known::Unit(unit))) => return unit_story(unit, self.command.id),
            Some(Ok(Known::Footprint(footprint))) => footprint,
        };
        let size = |bytes: Option<u64>| bytes.map_or("size unknown".to_owned(), quantity::bytes);
        let mut out = vec![(
            Role::Text,
            format!("Goes with it: its writable layer ({}).", size(footprint.writable_layer_bytes)),
        )];
        for volume in &footprint.volumes {
            let goes = volume.anonymous && takes_volumes;
            let name = if volume.anonymous {
                format!("anonymous volume {}", volume.name.get(..12).unwrap_or(&volume.name))
            } else {
                format!("volume {}", volume.name)
            };
            let line = format!(
                "{}: {name} ({}).",
                if goes { "Goes with it" } else { "Stays" },
                size(volume.size_bytes)
            );
            out.push((if goes { Role::Warn } else { Role::Text }, line));
        }
        out
    }

    pub fn view(&self, scene: &DialogScene, area: Rect, buf: &mut Buffer) {
        let theme = scene.theme;
        let columns = 74.min(area.width.saturating_sub(6));
        let mut body: Vec<(Role, String)> = Vec::new();
        for (role, text) in self.story(scene, columns) {
            body.extend(wrap(&text, columns).into_iter().map(|line| (role, line)));
        }
        let (need, guard, equivalents) = match &self.plan {
            Ok(consent) => {
                let all: Vec<_> = consent.plan().mutations.iter().map(|m| m.equivalent()).collect();
                (Some(consent.need().clone()), Some(consent.guard()), all)
            }
            Err(_) => (None, None, Vec::new()),
        };
        if let Some(first) = equivalents.first() {
            let more = if equivalents.len() > 1 {
                format!("  {} {} in all", theme.glyphs.ellipsis, equivalents.len())
            } else {
                String::new()
            };
            let lines = wrap(&format!("same as: {first}{more}"), columns);
            body.extend(lines.into_iter().take(3).map(|l| (Role::Command, l)));
        }
        let refusal = self.plan.as_ref().err().map(|why| wrap(why, columns)).unwrap_or_default();
        let answer_lines = (refusal.len() as u16).max(1);
        let height = body.len() as u16 + self.fields.len() as u16 + 5 + answer_lines;
        let frame = popup::centered(area, columns + 4, height);
        let grave =
            |consent: &Consent| consent.plan().mutations.iter().any(|m| m.danger() == Danger::Destroy);
        let destroys = self.command.danger == Some(Danger::Destroy) || self.plan.as_ref().is_ok_and(grave);
        let title_role = if destroys { Role::DialogDanger } else { Role::DialogTitle };
        let title = capitalised(&format!("{}{}", self.title(), self.places()));
        let inner = popup::frame(frame, &title, title_role, theme, buf);
        if inner.is_empty() {
            return;
        }
        let base = theme.style(Role::DialogBackground);
        let style = |role: Role| base.patch(theme.style(role));
        let mut y = inner.y;
        // Where room is short the form and the answer stay, the story gives way.
        let room = inner.height.saturating_sub(self.fields.len() as u16 + 2 + answer_lines);
        for (role, text) in body.iter().take(room.into()) {
            Line::new(buf, inner, y, theme.glyphs.ellipsis).put(text, style(*role));
            y += 1;
        }
        y += u16::from(room > body.len() as u16);
        let label = self.fields.iter().map(|f| width(f.spec.title)).max().unwrap_or(0) + 2;
        for (i, f) in self.fields.iter().enumerate() {
            let focused = i == self.focus;
            let mut line = Line::new(buf, inner, y, theme.glyphs.ellipsis);
            let role = if focused { Role::Accent } else { Role::Muted };
            line.put_within(f.spec.title, label, style(role)).to(inner.x + label);
            let field = Rect { x: line.x(), y, width: line.room().min(40), height: 1 };
            let pick = matches!(f.spec.kind, ArgKind::Bool | ArgKind::Choice { open: false, .. });
            if pick {
                let (left, right) = (theme.glyphs.left, theme.glyphs.right);
                let text = if focused {
                    format!("{left} {} {right}", f.field.text())
                } else {
                    f.field.text().to_owned()
                };
                line.put(&text, style(if focused { Role::Accent } else { Role::Text }));
            } else if f.field.text().is_empty() && !focused {
                // A container has a value that stays; elsewhere nothing is said.
                let of_container = self.command.on == Some(ObjectKind::Container);
                let text = match (of_container, f.spec.required) {
                    (true, _) => "as it is",
                    (false, false) => "left out",
                    (false, true) => "",
                };
                line.put(text, style(Role::Placeholder));
            } else {
                f.field.view(field, buf, style(Role::Input), focused);
            }
            y += 1;
        }
        let y = y + u16::from(y + answer_lines + 1 < inner.bottom());
        self.answer_line(need.as_ref(), &refusal, scene, inner, y, buf);
        let keys = Line::new(buf, inner, inner.bottom() - 1, theme.glyphs.ellipsis).room();
        let mut line = Line::new(buf, inner, inner.bottom() - 1, theme.glyphs.ellipsis);
        let confirm = match &need {
            Some(Need::Yes) => [("y", self.command.label), ("n", "no")],
            _ => [("enter", self.command.label), ("esc", "leave it")],
        };
        for (key, label) in confirm {
            line.put(key, style(Role::Key)).skip(1).put(label, style(Role::KeyLabel)).skip(2);
        }
        if !self.fields.is_empty() {
            line.put("tab", style(Role::Key)).skip(1).put("field", style(Role::KeyLabel)).skip(2);
        }
        if let Some(guard) = guard {
            let text = format!("guard: {guard}");
            if keys > line.x() - inner.x + width(&text) {
                line.to(inner.right() - width(&text)).put(&text, style(Role::Faint));
            }
        }
    }

    fn answer_line(
        &self,
        need: Option<&Need>,
        refusal: &[String],
        scene: &DialogScene,
        inner: Rect,
        y: u16,
        buf: &mut Buffer,
    ) {
        let theme = scene.theme;
        let base = theme.style(Role::DialogBackground);
        let style = |role: Role| base.patch(theme.style(role));
        let mut line = Line::new(buf, inner, y, theme.glyphs.ellipsis);
        if self.is_expired(scene.now) {
            line.put("expired: close it and ask again", style(Role::Bad));
            return;
        }
        let role = if self.in_answer() { Role::Accent } else { Role::Muted };
        match (need, &self.plan) {
            (_, Err(_)) => {
                // The last line is that of the keys.
                for (y, text) in (y..inner.bottom().saturating_sub(1)).zip(refusal) {
                    Line::new(buf, inner, y, theme.glyphs.ellipsis).put(text, style(Role::Warn));
                }
            }
            (Some(Need::Yes), _) => {
                line.put("Do it? y/n", style(role));
            }
            (Some(Need::Nothing) | None, _) => {
                line.put("enter does it", style(role));
            }
            (Some(Need::Name(_) | Need::Count(_)), _) => {
                let ask = match need {
                    Some(Need::Count(n)) => format!("type {n}, the number of objects, to confirm: "),
                    _ => "type the name to confirm: ".to_owned(),
                };
                line.put(&ask, style(role));
                let field = Rect { x: line.x(), y, width: line.room(), height: 1 };
                self.answer.view(field, buf, style(Role::Input), self.in_answer());
            }
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
