//! The account's password. What was right is used again after a cut; what was refused is forgotten.

use super::super::cause::Cause;
use super::{Login, Outcome};
use crate::domain::question::{Answer, Question};

impl Login<'_> {
    pub(super) async fn password(&mut self) -> Result<Outcome, Cause> {
        self.tried.push("password".into());
        let mut again = false;
        let mut known = self.memory.password();
        let mut last = Outcome::No(Vec::new());
        while self.answers > 0 {
            let password = match known.take() {
                Some(password) => password,
                None => {
                    let question = Question::Password { target: self.target.clone(), again };
                    match self.asker.ask(question).await.map_err(Cause::Other)? {
                        Answer::Secret(password) => password,
                        _ => break,
                    }
                }
            };
            self.answers -= 1;
            let user = self.config.user.clone();
            let answer = self.handle.authenticate_password(user, password.reveal()).await;
            last = answer.map_err(|e| Cause::of(&e))?.into();
            match &last {
                Outcome::In | Outcome::Half(_) => {
                    self.memory.keep_password(Some(password));
                    return Ok(last);
                }
                Outcome::No(left) => {
                    self.memory.keep_password(None);
                    if !left.contains(&russh::MethodKind::Password) {
                        break;
                    }
                }
            }
            again = true;
        }
        Ok(last)
    }
}
