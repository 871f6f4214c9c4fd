//! Jobs of cron and at. Timers of systemd are units.

use std::time::Duration;

use super::free_root;
use super::host::Host;
use super::parse;
use crate::backends::argv::Argv;
use crate::domain::fault::Fault;
use crate::domain::server::cron::CronJob;

const DEADLINE: Duration = Duration::from_secs(30);

/// What stands in files is moved in by a blank, so that it heads nothing. cron reads no file whose name has a dot.
const LIST: &str = "s() { printf '\\n==> %s <==\\n' \"$1\"; }
t=; command -v timeout >/dev/null && t='timeout 8'
s clock; date '+%s %z'
s system; for f in /etc/crontab /etc/cron.d/*; do case ${f##*/} in *.*) continue;; esac; test -f \"$f\" && echo \"of $f\" && sed 's/^/ /' \"$f\"; done
s users; for f in /var/spool/cron/crontabs/* /var/spool/cron/* /etc/crontabs/*; do test -f \"$f\" && echo \"of $f\" && sed 's/^/ /' \"$f\"; done
s parts; for d in hourly daily weekly monthly; do for f in /etc/cron.$d/*; do case ${f##*/} in *.*) continue;; esac; test -x \"$f\" && echo \"$d $f\"; done; done
s atq; command -v atq >/dev/null && $t atq
s last; $t journalctl -q -t CRON -t crond -o short-unix --no-pager --since -8d -n 3000 2>/dev/null | grep ' CMD ('
exit 0";

/// All of them. Without root those of other accounts are not told.
///
/// # Errors
/// What reaching the server fails with.
pub async fn cron(host: &dyn Host) -> Result<Vec<CronJob>, Fault> {
    Ok(parse::cron(&free_root::run(host, Argv::script(LIST), DEADLINE).await?.text()))
}
