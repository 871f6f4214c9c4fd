//! Changes of packages, by apt.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use super::job;
use crate::backends::argv::Argv;
use crate::backends::clock;
use crate::backends::server::host::{Host, Run, Who};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::server::packages::PackageChange;

/// To fetch lists over a slow line, and to wait for another apt that runs.
const DEADLINE: Duration = Duration::from_secs(600);
/// Says nothing but what is wrong; 92 without apt.
const REFRESH: &str = "command -v apt-get >/dev/null || exit 92
exec nice apt-get -q -o DPkg::Lock::Timeout=120 update";
/// It does not wait for another dpkg by itself: half a minute is waited for it here.
const MARK: &str = "command -v apt-mark >/dev/null || exit 92
i=0; while ! e=$(apt-mark \"$1\" \"$2\" 2>&1); do
case $e in *' lock'*) ;; *) echo \"$e\" >&2; exit 1;; esac
i=$((i + 1)); test $i -lt 30 || { echo \"$e\" >&2; exit 1; }; sleep 1; done";

/// Does it; what happened in a few words. One upgrade waits for the other.
///
/// # Errors
/// Why it was not done. `Unreachable` of an upgrade says that it goes on and nobody knows how it ends.
pub async fn change(host: &dyn Host, who: Who, change: &PackageChange) -> Result<String, Fault> {
    if let Some(name) = change.package().filter(|name| !is_name(name)) {
        let message = format!("`{}` is no name of a package", sanitize::name(name));
        return Err(Fault::new(FaultKind::Failed, message).hint("nothing was done"));
    }
    let argv = match change {
        PackageChange::Upgrade(package) => {
            upgrade(host, who, package.as_deref()).await?;
            return Ok(change.past().to_owned());
        }
        PackageChange::Refresh => Argv::script(REFRESH),
        PackageChange::Hold(package) => Argv::script(MARK).operand("hold").operand(package),
        PackageChange::Unhold(package) => Argv::script(MARK).operand("unhold").operand(package),
    };
    let output = host.run(Run::new(argv).by(who).within(DEADLINE)).await?;
    let doing = change.summary();
    match output.code {
        Some(0) => Ok(change.past().to_owned()),
        Some(92) => Err(job::no_apt()),
        _ if output.complaint().contains("Permission denied") => {
            Err(Fault::new(FaultKind::Denied, format!("{doing}: {}", output.complaint()))
                .hint("it takes root, or sudo for this command; what is allowed there: `sudo -l`"))
        }
        _ => Err(Fault::new(FaultKind::Failed, format!("{doing}: {}", output.complaint()))),
    }
}

/// deb-control(5), with an architecture perhaps. With a dash at its end apt-get would take it for a removal.
fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.:".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(fits) && !text.ends_with('-')
}

async fn upgrade(host: &dyn Host, who: Who, package: Option<&str>) -> Result<(), Fault> {
    // A unit of this name was never there before; two may be started in the same moment.
    let nonce = RandomState::new().build_hasher().finish();
    let unit = format!("{}-{nonce:016x}", clock::now().as_millisecond());
    while let Err(fault) = job::start(host, who, &unit, package).await {
        match fault.kind {
            // How another one ends is told where it was started.
            FaultKind::Conflict => drop(job::follow(host).await),
            kind if kind.is_link() && job::has_begun(host, &unit).await? => break,
            _ => return Err(fault),
        }
    }
    job::follow(host).await
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn what_apt_would_take_for_something_else_is_no_name() {
        assert!(["libstdc++6", "vim", "libc6:amd64", "python3.11"].into_iter().all(is_name));
        assert!(["vim-", "-y", "", "a b", "$(id)", "./x.deb", "a/b"].into_iter().all(|name| !is_name(name)));
    }
}
