//! Questions of connections.

use jiff::SignedDuration;
use pult::app::{Effect, Msg};
use pult::domain::question::{Answer, HostKey, KnownKey, Prompt, Question, QuestionId};

use super::Drive;

pub const FINGERPRINT: &str = "SHA256:hWVlDXo5jQ2q4rYmY8xHn0yq1b8Jv7pC3kTzR9sLfAo";

pub fn first_contact() -> Question {
    Question::HostKey(HostKey {
        host: "[web1.example.org]:2222".into(),
        alias: None,
        via: vec!["bastion".into(), "inner".into()],
        key_type: "ssh-ed25519".into(),
        fingerprint: FINGERPRINT.into(),
        others: Vec::new(),
        seen_as: vec!["10.0.0.5".into(), "web1".into()],
    })
}

pub fn another_key() -> Question {
    let Question::HostKey(key) = first_contact() else { unreachable!() };
    let known = KnownKey {
        file: "/home/ops/.ssh/known_hosts".into(),
        line: 12,
        key_type: "ssh-rsa".into(),
        fingerprint: "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8".into(),
    };
    Question::HostKey(HostKey { others: vec![known], via: Vec::new(), ..key })
}

pub fn password(again: bool) -> Question {
    Question::Password { target: "ops@web1".into(), again }
}

pub fn own_words(title: &str, text: &str, prompts: &[(&str, bool)]) -> Question {
    let prompt = |(text, echo): &(&str, bool)| Prompt { text: (*text).into(), echo: *echo };
    Question::Interactive {
        target: "ops@web1".into(),
        title: title.into(),
        text: text.into(),
        prompts: prompts.iter().map(prompt).collect(),
    }
}

/// A connection asks and waits a minute.
pub fn ask(drive: &mut Drive, id: QuestionId, question: Question) {
    let until = drive.now + SignedDuration::from_secs(60);
    drive.msg(Msg::Asked { id, question, until });
}

/// What was said, with the number of the question.
pub fn said(drive: &mut Drive) -> Vec<(QuestionId, Answer)> {
    let answer = |e: Effect| match e {
        Effect::Answer { question, answer } => Some((question, answer)),
        _ => None,
    };
    drive.effects().into_iter().filter_map(answer).collect()
}
