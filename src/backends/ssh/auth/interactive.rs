//! Keyboard-interactive: the server asks in its own words, as often as it likes; most want a password, some a
//! code. Its words come from outside and are bounded.

use russh::client::KeyboardInteractiveAuthResponse as Reply;

use super::super::cause::Cause;
use super::{Login, Outcome};
use crate::domain::question::{Answer, Prompt, Question};
use crate::domain::sanitize;

/// Fields of one question; no server has a reason for more.
const FIELDS: usize = 8;
/// Questions in one login.
const ROUNDS: usize = 10;

impl Login<'_> {
    pub(super) async fn interactive(&mut self) -> Result<Outcome, Cause> {
        self.tried.push("keyboard-interactive".into());
        let mut last = Outcome::No(Vec::new());
        while self.answers > 0 {
            self.answers -= 1;
            last = self.attempt().await?;
            match &last {
                Outcome::No(left) if left.contains(&russh::MethodKind::KeyboardInteractive) => {}
                _ => break,
            }
        }
        Ok(last)
    }

    async fn attempt(&mut self) -> Result<Outcome, Cause> {
        let user = self.config.user.clone();
        let started = self.handle.authenticate_keyboard_interactive_start(user, None).await;
        let mut reply = started.map_err(|e| Cause::of(&e))?;
        for _ in 0..ROUNDS {
            let (name, instructions, prompts) = match reply {
                Reply::Success => return Ok(Outcome::In),
                Reply::Failure { remaining_methods, partial_success: true } => {
                    return Ok(Outcome::Half(remaining_methods.to_vec()));
                }
                Reply::Failure { remaining_methods, .. } => {
                    return Ok(Outcome::No(remaining_methods.to_vec()));
                }
                Reply::InfoRequest { name, instructions, prompts } => (name, instructions, prompts),
            };
            let wanted = prompts.len();
            if wanted > FIELDS {
                return Err(Cause::Protocol(format!("it asks {wanted} questions at once")));
            }
            // A request without fields only wants to be acknowledged.
            let answers = if wanted == 0 {
                Vec::new()
            } else {
                let prompts = prompts.into_iter();
                self.fields(&name, &instructions, prompts.map(|p| (p.prompt, p.echo)).collect()).await?
            };
            if answers.len() != wanted {
                return Ok(Outcome::No(Vec::new()));
            }
            let sent = self.handle.authenticate_keyboard_interactive_respond(answers).await;
            reply = sent.map_err(|e| Cause::of(&e))?;
        }
        Err(Cause::Protocol("its questions do not end".into()))
    }

    async fn fields(
        &self,
        name: &str,
        text: &str,
        prompts: Vec<(String, bool)>,
    ) -> Result<Vec<String>, Cause> {
        let prompt =
            |(text, echo): (String, bool)| Prompt { text: sanitize::line(text.trim(), 200).into(), echo };
        let question = Question::Interactive {
            target: self.target.clone(),
            title: sanitize::name(name),
            text: sanitize::block(text, 400),
            prompts: prompts.into_iter().map(prompt).collect(),
        };
        self.memory.keep_asked();
        Ok(match self.asker.ask(question).await.map_err(Cause::Other)? {
            Answer::Fields(fields) => fields.iter().map(|field| field.reveal().to_owned()).collect(),
            Answer::Secret(secret) => vec![secret.reveal().to_owned()],
            _ => Vec::new(),
        })
    }
}
