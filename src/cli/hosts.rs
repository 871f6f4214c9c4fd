//! The servers a command works on: opened together, asked at the same time.

use futures_util::future::join_all;

use super::{Failure, Session};
use crate::backends::argv::Argv;
use crate::backends::server::{Host, Run};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::sanitize;
use crate::domain::server::{ServerAnswer, ServerAsk};
use crate::runtime::servers::Hosted;

/// All chosen servers; nothing is dialled yet.
///
/// # Errors
/// When there is none.
pub fn open(session: &Session) -> Result<Vec<(TargetId, Hosted)>, Failure> {
    let profile = &session.profile;
    let hub = session.hub();
    let open = |(id, endpoint): &(TargetId, _)| {
        let hosted = Hosted::new(&hub, endpoint, profile.read_only);
        (id.clone(), hosted.with_backups(profile.backups_of(id)))
    };
    Ok(session.servers()?.iter().map(open).collect())
}

/// Who logs in there.
pub struct Account {
    pub name: String,
    pub root: bool,
}

/// Asks who we are there.
///
/// # Errors
/// The server cannot be reached.
pub async fn account(host: &dyn Host) -> Result<Account, Fault> {
    let text = host.run(Run::new(Argv::script("id -un; id -u"))).await?.text();
    let mut lines = text.lines().map(str::trim);
    let name = lines.next().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Fault::new(FaultKind::Protocol, "`id` does not say who we are there"))?;
    Ok(Account { name: sanitize::name(name), root: lines.next() == Some("0") })
}

/// Asks every server the same at the same time.
pub async fn ask(
    hosts: &[(TargetId, Hosted)],
    what: &ServerAsk,
) -> Vec<(TargetId, Result<ServerAnswer, Fault>)> {
    join_all(hosts.iter().map(async |(id, host)| (id.clone(), host.ask(what).await))).await
}
