//! Accounts: who may log in, with what, who is there and who was.

mod keys;
mod logins;
mod parse;
mod sudoers;

use std::time::Duration;

use super::free_root;
use super::host::Host;
use crate::backends::argv::Argv;
use crate::domain::fault::Fault;
use crate::domain::server::accounts::Account;

const DEADLINE: Duration = Duration::from_secs(40);

/// Of shadow only what a password is like is printed, never the password: the hash becomes a word on the server.
/// Keys are read where sshd reads them by default. Times are printed in UTC.
const LIST: &str = "s() { printf '\\n==> %s <==\\n' \"$1\"; }
TZ=UTC; export TZ; t=; command -v timeout >/dev/null && t='timeout 8'
s passwd; $t getent passwd || cat /etc/passwd
s group; $t getent group || cat /etc/group
s shadow; if test -r /etc/shadow; then date +%s; awk -F: '{ p = $2; w = \"set\"; if (p == \"\") w = \"empty\"; else if (p ~ /^!.*[$]/) w = \"locked\"; else if (p ~ /^[!*]/) w = \"none\"; print $1 \":\" w \":\" $8 }' /etc/shadow; fi
s sudoers; cat /etc/sudoers /etc/sudoers.d/* 2>/dev/null
s keys; cut -d: -f1,6 /etc/passwd | while IFS=: read -r n h; do for f in \"$h/.ssh/authorized_keys\" \"$h/.ssh/authorized_keys2\"; do if test -r \"$f\"; then echo \"of $(stat -c %Y \"$f\") $n\"; ssh-keygen -lf \"$f\" 2>/dev/null; elif test -e \"$f\" || { test -d \"$h/.ssh\" && ! test -x \"$h/.ssh\"; } || { test -d \"$h\" && ! test -x \"$h\"; }; then echo \"hidden $n\"; fi; done; done
s now; $t who
s last; if command -v wtmpdb >/dev/null; then $t wtmpdb last -F -n 2000; else $t last -F -w -n 2000; fi 2>/dev/null
s lastb; $t lastb -F -w -n 5000 2>/dev/null | head -n 5000
exit 0";

/// Every account, with what the rights of the reader let it tell.
///
/// # Errors
/// What reaching the server fails with.
pub async fn accounts(host: &dyn Host) -> Result<Vec<Account>, Fault> {
    Ok(parse::accounts(&free_root::run(host, Argv::script(LIST), DEADLINE).await?.text()))
}
