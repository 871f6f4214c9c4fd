//! Two servers that are compared.

use std::sync::Arc;

use pult::app::{Effect, Msg, Setup};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::query::{Answer, Query};
use pult::domain::server::{Facet, FacetText, ServerAnswer, ServerAsk, ServerQuery};

use super::Drive;
use super::servers::fleet_with;

pub fn is_facet(query: &Query) -> bool {
    matches!(query, Query::Server(ServerQuery { what: ServerAsk::Facet(_), .. }))
}

/// The two that are connected, beside each other.
pub fn at_compare(change: impl FnOnce(&mut Setup)) -> Drive {
    let mut drive = fleet_with(change);
    drive.key("=");
    drive
}

fn said(text: &str) -> Answer {
    let mut digest = [0; 32];
    for (i, byte) in text.bytes().enumerate() {
        digest[i % 32] ^= byte.rotate_left((i / 32 % 8) as u32);
    }
    let lines = text.lines().count();
    let said = FacetText { digest, text: Some(text.into()), lines, partly: false };
    Answer::Server(ServerAnswer::Facet(Arc::new(said)))
}

fn answers(facet: &Facet, server: &str) -> Result<Answer, Fault> {
    let odd = server == "web1";
    let text = match facet {
        Facet::Sshd => format!(
            "addressfamily any\nallowtcpforwarding yes\nbanner none\ncompression yes\nlogingracetime 120\n\
             maxauthtries 6\npermitrootlogin {}\nport 22\npubkeyauthentication yes\nx11forwarding no\n",
            if odd { "yes" } else { "no" }
        ),
        Facet::Packages if odd => "openssl:amd64 3.0.15-1\nzlib1g:amd64 1:1.2.13\n".to_owned(),
        Facet::Packages => "openssl:amd64 3.0.17-1\nzlib1g:amd64 1:1.2.13\n".to_owned(),
        Facet::Ufw if odd => {
            return Err(Fault::new(
                FaultKind::Denied,
                "sudo there wants a password, and readings ask for none",
            )
            .hint("log in as root"));
        }
        _ => "the same\neverywhere\n".to_owned(),
    };
    Ok(said(&text))
}

/// Everybody answers everything.
pub fn answered(drive: &mut Drive) {
    loop {
        let asked: Vec<(ServerQuery, u64)> = drive
            .effects()
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Ask { query: Query::Server(query), generation } => Some((query, generation)),
                _ => None,
            })
            .filter(|(query, _)| matches!(query.what, ServerAsk::Facet(_)))
            .collect();
        if asked.is_empty() {
            // The order is held while a key was pressed just now.
            drive.pass(4.0);
            return;
        }
        for (query, generation) in asked {
            let ServerAsk::Facet(facet) = &query.what else { continue };
            let result = answers(facet, &query.target.name);
            drive.msg(Msg::Answered { query: Query::Server(query), generation, result });
        }
    }
}
