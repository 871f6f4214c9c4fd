//! A comparison on its way to a file, a question at a time: the keys stay quick meanwhile.

use serde_json::json;

use super::question::Question;
use super::sheet::Sheet;
use crate::domain::ids::TargetId;

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As shown.
    Text,
    /// Whole answers, one JSON object a line.
    Jsonl,
}

impl Form {
    /// # Errors
    /// A name that says no format.
    pub fn of(path: &str) -> Result<Self, String> {
        let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        match extension.as_deref() {
            Some("txt") => Ok(Self::Text),
            Some("jsonl" | "ndjson" | "json") => Ok(Self::Jsonl),
            _ => Err("the name says what is written: .txt (as shown), .jsonl (whole answers)".to_owned()),
        }
    }

    pub fn write(self, question: &Question) -> String {
        match self {
            Self::Text => format!("{}\n{}\n\n", Sheet::of(question).text(), "-".repeat(72)),
            Self::Jsonl => json_lines(question),
        }
    }
}

/// A line an answer, the usual one first, then a line for each server without one.
fn json_lines(question: &Question) -> String {
    let title = question.facet.title();
    let names =
        |servers: &[TargetId]| -> Vec<String> { servers.iter().map(|s| s.name.to_string()).collect() };
    let groups = question.groups.groups.iter().enumerate().map(|(i, group)| {
        json!({
            "question": title, "servers": names(&group.servers), "usual": i == 0, "partly": group.said.partly,
            "lines": group.said.lines, "text": group.said.text.as_deref(),
        })
    });
    let unknown = question
        .groups
        .unknown
        .iter()
        .map(|(server, fault)| json!({ "question": title, "servers": [*server.name], "fault": fault }));
    groups.chain(unknown).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::fault::{Fault, FaultKind};
    use crate::domain::server::{Facet, FacetText};
    use crate::panes::compare::question::Reach;

    #[test]
    fn a_line_an_answer_and_one_for_who_gave_none() {
        let servers: Vec<_> = ["a", "b", "c"].map(|name| (TargetId::server(name), Reach::Ready)).to_vec();
        let mut question = Question::new(Facet::Ufw, &servers);
        for (i, text) in ["x\n", "y\n"].into_iter().enumerate() {
            let said = FacetText { digest: [i as u8; 32], text: Some(text.into()), lines: 1, partly: false };
            question.take(servers[i].0.clone(), Ok(Arc::new(said)), &servers);
        }
        question.take(servers[2].0.clone(), Err(Fault::new(FaultKind::Timeout, "no answer")), &servers);
        let text = Form::of("/tmp/x.JSONL").unwrap().write(&question);
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!((&lines[0]["servers"][0], &lines[0]["usual"]), (&"a".into(), &true.into()));
        assert_eq!((&lines[1]["text"], &lines[2]["fault"]["kind"]), (&"y\n".into(), &"timeout".into()));
        assert!(Form::of("x.txt").unwrap().write(&question).contains("1 server differs: b"));
        assert!(Form::of("fleet").is_err());
    }
}
