//! One question in full: who says the same, in what the others differ from them, and who said nothing.

use std::time::Duration;

use super::question::Question;
use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;
use crate::domain::sanitize;
use crate::domain::server::facet::groups::Group;
use crate::theme::Role;
use crate::widgets::diff::diff;

/// After this time a smaller difference is not looked for.
const LONG_ENOUGH: Duration = Duration::from_millis(20);
/// Answers whose difference is told, and lines of it.
const GROUPS: usize = 16;
const LINES: usize = 400;
/// Lines of the usual answer.
const USUAL: usize = 5_000;
/// Names of servers in a line.
const NAMES: usize = 40;

/// The lines, and where differences begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    pub lines: Vec<(Role, String)>,
    /// Indices of lines.
    pub stops: Vec<usize>,
}

impl Sheet {
    /// Differences are told once everybody has answered: until then the usual answer is not known.
    pub fn of(question: &Question) -> Self {
        let mut sheet = Self::default();
        let groups = &question.groups;
        sheet.line(Role::Heading, question.facet.title());
        let role = if groups.differ() > 0 { Role::Warn } else { Role::Text };
        sheet.line(role, groups.sentence());
        if question.waiting > 0 {
            let noun = if question.waiting == 1 { "server is" } else { "servers are" };
            sheet.line(Role::Muted, format!("{} {noun} still asked", question.waiting));
        }
        sheet.line(Role::Faint, format!("left out: {}", question.facet.taken_out()));
        if groups.partly {
            sheet.line(Role::Warn, "read without the rights of root, which would see more".to_owned());
        }
        let Some((usual, others)) = groups.groups.split_first() else {
            sheet.unknown(question);
            return sheet;
        };
        sheet.gap();
        let is_usual = others.iter().all(|other| other.servers.len() < usual.servers.len());
        let word = match (others.is_empty(), is_usual) {
            (true, _) => "all that answered",
            (false, true) => "the usual answer",
            (false, false) => "as good as any",
        };
        sheet.line(Role::Accent, format!("{}, {word}: {}", count(&usual.servers), names(&usual.servers)));
        for (i, other) in others.iter().enumerate() {
            sheet.gap();
            if question.waiting == 0 {
                sheet.stops.push(sheet.lines.len());
            }
            let verb = if other.servers.len() == 1 { "differs" } else { "differ" };
            sheet.line(Role::Warn, format!("{} {verb}: {}", count(&other.servers), names(&other.servers)));
            if question.waiting == 0 && i < GROUPS {
                sheet.difference(usual, other);
            }
        }
        if others.len() > GROUPS && question.waiting == 0 {
            let more = others.len() - GROUPS;
            sheet.line(Role::Muted, format!("the differences of {more} more answers are left out"));
        }
        sheet.unknown(question);
        sheet.usual(usual);
        sheet
    }

    fn line(&mut self, role: Role, text: String) {
        self.lines.push((role, text));
    }

    fn gap(&mut self) {
        self.line(Role::Text, String::new());
    }

    fn difference(&mut self, usual: &Group, other: &Group) {
        let (Some(before), Some(after)) = (&usual.said.text, &other.said.text) else {
            return self.line(Role::Muted, "too many long answers differ: this one is not kept".to_owned());
        };
        let diff = diff(before, after, LONG_ENOUGH);
        if diff.lines.is_empty() {
            let why = "they differ only in what cannot be shown: control characters, line ends";
            return self.line(Role::Muted, why.to_owned());
        }
        let noun = |n: usize| if n == 1 { "line" } else { "lines" };
        let (comes, goes) = (diff.comes, diff.goes);
        let first = |group: &Group| group.servers.first().map_or_else(String::new, |s| s.name.to_string());
        let (mine, theirs) = (first(usual), first(other));
        let told = format!("- {goes} {} of {mine}, + {comes} {} of {theirs}", noun(goes), noun(comes));
        self.line(Role::Muted, told);
        let more = diff.lines.len().saturating_sub(LINES);
        let mut is_first = true;
        for (role, text) in diff.lines.into_iter().take(LINES) {
            // The first change stands below the names of who made it.
            if role == Role::Info && !std::mem::take(&mut is_first) {
                self.stops.push(self.lines.len());
            }
            self.line(role, text);
        }
        if more > 0 {
            self.line(Role::Muted, format!("{more} more lines are left out"));
        }
    }

    fn unknown(&mut self, question: &Question) {
        for (i, (server, fault)) in question.groups.unknown.iter().enumerate() {
            if i == 0 {
                self.gap();
                self.line(Role::Stale, "not compared:".to_owned());
            }
            let fault = Fault { message: fault.message_at(&server.name), ..fault.clone() };
            let why = sanitize::line(&fault.in_full(), 400).into_owned();
            self.line(Role::Stale, format!("  {why}"));
        }
    }

    fn usual(&mut self, usual: &Group) {
        let Some(text) = &usual.said.text else { return };
        self.gap();
        let noun = if usual.said.lines == 1 { "line" } else { "lines" };
        self.line(
            Role::Accent,
            format!("what {} said, {} {noun}", names(&usual.servers[..1]), usual.said.lines),
        );
        for line in text.lines().take(USUAL) {
            self.line(Role::Text, format!("  {line}"));
        }
        if usual.said.lines > USUAL {
            self.line(Role::Muted, format!("{} more lines are left out", usual.said.lines - USUAL));
        }
    }

    /// The first difference behind a line, or the last one before it.
    pub fn stop(&self, at: usize, forward: bool) -> Option<usize> {
        if forward {
            self.stops.iter().copied().find(|stop| *stop > at)
        } else {
            self.stops.iter().copied().rev().find(|stop| *stop < at)
        }
    }

    /// Without colours, for files and the clipboard.
    pub fn text(&self) -> String {
        self.lines.iter().map(|(_, line)| format!("{line}\n")).collect()
    }
}

fn count(servers: &[TargetId]) -> String {
    let noun = if servers.len() == 1 { "server" } else { "servers" };
    format!("{} {noun}", servers.len())
}

pub fn names(servers: &[TargetId]) -> String {
    let shown: Vec<&str> = servers.iter().take(NAMES).map(|server| &*server.name).collect();
    match servers.len().saturating_sub(NAMES) {
        0 => shown.join(" "),
        more => format!("{} and {more} more", shown.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::fault::FaultKind;
    use crate::domain::server::{Facet, FacetText};
    use crate::panes::compare::question::Reach;

    fn said(number: u8, text: &str) -> Result<Arc<FacetText>, Fault> {
        let lines = text.lines().count();
        Ok(Arc::new(FacetText { digest: [number; 32], text: Some(text.into()), lines, partly: false }))
    }

    fn question(answers: Vec<(&str, Result<Arc<FacetText>, Fault>)>) -> Question {
        let servers: Vec<_> =
            answers.iter().map(|(name, _)| (TargetId::server(name), Reach::Ready)).collect();
        let mut question = Question::new(Facet::Sshd, &servers);
        for (name, said) in answers {
            question.take(TargetId::server(name), said, &servers);
        }
        question
    }

    #[test]
    fn the_usual_answer_and_what_differs_from_it() {
        let lost = Fault::new(FaultKind::Unreachable, "no route");
        let doubled = Fault::new(FaultKind::Unreachable, "db3: it hung up");
        let usual = "permitrootlogin no\nport 22\n";
        let question = question(vec![
            ("web1", said(1, usual)),
            ("web2", said(1, usual)),
            ("db1", said(2, "permitrootlogin yes\nport 22\n")),
            ("db2", Err(lost)),
            ("db3", Err(doubled)),
        ]);
        let sheet = Sheet::of(&question);
        let text = sheet.text();
        for wanted in [
            "2 equal, 1 differs, 2 unknown\n",
            "2 servers, the usual answer: web1 web2\n",
            "1 server differs: db1\n- 1 line of web1, + 1 line of db1\n",
            "-permitrootlogin no\n+permitrootlogin yes\n port 22\n",
            "not compared:\n  db2: no route\n  db3: it hung up\n",
            "what web1 said, 2 lines\n  permitrootlogin no\n",
        ] {
            assert!(text.contains(wanted), "{wanted:?} in\n{text}");
        }
        assert_eq!(sheet.stops.len(), 1);
        assert!(sheet.lines[sheet.stops[0]].1.starts_with("1 server differs"));
        assert_eq!((sheet.stop(0, true), sheet.stop(sheet.stops[0], true)), (Some(sheet.stops[0]), None));
    }

    #[test]
    fn two_that_differ_are_as_good_as_each_other() {
        let text = Sheet::of(&question(vec![("a", said(1, "x\n")), ("b", said(2, "x\n"))])).text();
        assert!(text.contains("1 server, as good as any: a") && text.contains("cannot be shown"), "{text}");
    }

    #[test]
    fn many_answers_of_a_megabyte_are_a_page_and_not_a_book() {
        let long = |i: usize| format!("{i} {}\n", "x".repeat(60)).repeat(12_000);
        let answers: Vec<(String, String)> = (0..40).map(|i| (format!("web{i}"), long(i))).collect();
        let question = question(
            answers.iter().enumerate().map(|(i, (name, text))| (&**name, said(i as u8, text))).collect(),
        );
        let sheet = Sheet::of(&question);
        assert!(sheet.lines.len() < 12_000, "{}", sheet.lines.len());
        assert!(sheet.text().contains("differences of 23 more answers"));
    }
}
