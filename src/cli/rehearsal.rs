//! What a change's own program says that it would do, for `pult do --dry-run`.

use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;
use crate::domain::mutation::Mutation;
use crate::domain::server::ufw::Preview;
use crate::runtime::actors::Actor;

/// The lines for each of these, in their order; empty where nothing can be rehearsed.
pub async fn rehearse(actors: &[(TargetId, Actor)], mutations: &[Mutation]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for mutation in mutations {
        let actor = actors.iter().find(|(id, _)| id == mutation.target()).map(|(_, actor)| actor);
        all.push(match actor {
            Some(actor) => actor.rehearse(mutation).await.map(lines).unwrap_or_default(),
            None => Vec::new(),
        });
    }
    all
}

/// The kernel's rules that come and go.
fn lines(foretold: Result<Preview, Fault>) -> Vec<String> {
    match foretold {
        Ok(preview) if preview.comes.is_empty() && preview.goes.is_empty() => {
            vec![format!("ufw would change nothing: {}", preview.said.join("; "))]
        }
        Ok(preview) => {
            let signed = |sign: &str, rules: &[String]| -> Vec<String> {
                rules.iter().map(|rule| format!("{sign} {rule}")).collect()
            };
            [signed("+", &preview.comes), signed("-", &preview.goes)].concat()
        }
        Err(fault) => vec![format!("ufw's own dry run failed: {}", fault.in_full())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::FaultKind;

    #[test]
    fn rules_that_come_and_go_or_why_not() {
        let preview = Preview {
            comes: vec!["-A ufw-user-input -p tcp --dport 443 -j ACCEPT".into()],
            goes: vec!["-A ufw-user-input -j DROP".into()],
            said: vec!["Rules updated".into()],
        };
        let told = lines(Ok(preview)).join("\n");
        assert_eq!(told, "+ -A ufw-user-input -p tcp --dport 443 -j ACCEPT\n- -A ufw-user-input -j DROP");
        let same = Preview { said: vec!["Skipping adding existing rule".into()], ..Preview::default() };
        assert_eq!(lines(Ok(same)), ["ufw would change nothing: Skipping adding existing rule"]);
        let refused = lines(Err(Fault::new(FaultKind::Denied, "no root")));
        assert!(refused[0].starts_with("ufw's own dry run failed: no root"), "{refused:?}");
    }
}
