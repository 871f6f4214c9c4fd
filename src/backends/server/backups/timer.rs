//! The last run of a timer or a service of systemd, as evidence where nothing else can be read.

use std::collections::HashMap;

use jiff::Timestamp;

use super::Part;
use crate::backends::server::frame::sections;
use crate::domain::backup::{Found, Run};
use crate::domain::sanitize;

/// The unit, and what it starts when it is a timer. Times are printed in UTC: versions before 248 know no other form.
pub(super) const LIST: &str = "command -v systemctl >/dev/null || exit 90
TZ=UTC; export TZ; t=; command -v timeout >/dev/null && t='timeout 20'
n=$1; case $n in *.timer) n=$($t systemctl show -p Unit -- \"$1\"); n=${n#Unit=};; esac
printf '\\n==> unit <==\\n'; $t systemctl show -p Id,LoadState,ActiveState,UnitFileState,LastTriggerUSec -- \"$1\" || exit
printf '\\n==> service <==\\n'
test -z \"$n\" || $t systemctl show -p Id,LoadState,ActiveState,Result,ExecMainStatus,ExecMainExitTimestamp -- \"$n\"
exit 0";

pub(super) fn parse(bytes: &[u8]) -> Option<Vec<Part>> {
    let text = String::from_utf8_lossy(bytes);
    let part = |name: &str| {
        let body = sections(&text).find(|(of, _)| *of == name).map(|(_, body)| body)?;
        Some(body.lines().filter_map(|line| line.split_once('=')).collect::<HashMap<&str, &str>>())
    };
    let (unit, service) = (part("unit")?, part("service").unwrap_or_default());
    fn of<'a>(shown: &HashMap<&str, &'a str>, key: &str) -> &'a str {
        shown.get(key).copied().unwrap_or_default()
    }
    let name = of(&unit, "Id");
    if name.is_empty() {
        return None;
    }
    let complain = |complaint: String| Some(vec![Found::none(&complaint).into()]);
    if of(&unit, "LoadState") == "not-found" {
        return complain(format!("there is no unit {name}"));
    }
    let is_timer = name.ends_with(".timer");
    if is_timer && of(&unit, "ActiveState") != "active" {
        return complain(format!("{name} is {}: nothing will start it", of(&unit, "ActiveState")));
    }
    let ended = moment(of(&service, "ExecMainExitTimestamp"));
    let result = of(&service, "Result");
    // A timer remembers when, over a boot as well; how it ended then is not kept.
    let triggered = moment(of(&unit, "LastTriggerUSec")).filter(|_| ended.is_none());
    let at = ended.or(triggered);
    let failed = ended.is_some() && result != "success";
    let run = at.map(|at| Run {
        at,
        label: sanitize::name(match (ended, failed) {
            (Some(_), true) => result,
            (Some(_), false) => "success",
            (None, _) => "it was before the boot: how it ended is not known",
        }),
        size_bytes: None,
        kind: None,
        of: String::new(),
        failed: ended.map(|_| failed),
    });
    let complaint = match failed {
        true => {
            let (id, status) = (of(&service, "Id"), of(&service, "ExecMainStatus"));
            format!("{id} failed: {result}, status {status}")
        }
        false => String::new(),
    };
    let writing = matches!(of(&service, "ActiveState"), "activating" | "active" | "reloading");
    if run.is_none() && !writing {
        return complain(format!("{name} is set and has not run yet"));
    }
    Some(vec![Found::of(run.into_iter().collect()).writing(writing).complains(&complaint).into()])
}

/// `Sun 2026-11-22 03:05:42 UTC`
fn moment(text: &str) -> Option<Timestamp> {
    let mut words = text.split(' ').skip(1);
    super::moment(&format!("{}T{}", words.next()?, words.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As systemd 252 says it.
    fn found(unit: &str, service: &str) -> Found {
        parse(format!("\n==> unit <==\n{unit}\n\n==> service <==\n{service}\n").as_bytes())
            .unwrap()
            .remove(0)
            .found
    }

    const TIMER: &str =
        "Id=b.timer\nLoadState=loaded\nActiveState=active\nLastTriggerUSec=Sat 2026-11-21 03:00:00 UTC";

    #[test]
    fn a_run_that_failed_one_that_did_not_and_one_before_the_boot() {
        let service = |result: &str, at: &str| {
            format!(
                "Id=b.service\nActiveState=inactive\nResult={result}\nExecMainStatus=3\nExecMainExitTimestamp={at}"
            )
        };
        let failed = found(TIMER, &service("exit-code", "Sun 2026-11-22 03:05:42 UTC"));
        assert_eq!(failed.complaint, "b.service failed: exit-code, status 3");
        assert!(
            failed.runs()[0].failed == Some(true)
                && failed.runs()[0].at.to_string() == "2026-11-22T03:05:42Z"
        );
        let well = found(TIMER, &service("success", "Sun 2026-11-22 03:05:42 UTC"));
        assert!(well.complaint.is_empty() && !well.writing && well.runs()[0].failed == Some(false));
        let before = found(TIMER, &service("success", ""));
        assert_eq!(before.runs()[0].at.to_string(), "2026-11-21T03:00:00Z");
        assert!(before.runs()[0].label.contains("not known"));
    }

    #[test]
    fn a_timer_that_is_off_a_unit_that_is_not_there_and_one_that_never_ran() {
        let off = TIMER.replace("ActiveState=active", "ActiveState=inactive");
        assert_eq!(found(&off, "").complaint, "b.timer is inactive: nothing will start it");
        assert_eq!(found("Id=x.timer\nLoadState=not-found", "").complaint, "there is no unit x.timer");
        let never = TIMER.split("LastTrigger").next().unwrap();
        assert!(found(never, "Id=b.service\nResult=success\nActiveState=activating").writing);
        assert_eq!(found(never, "Result=success").complaint, "b.timer is set and has not run yet");
        assert!(parse(b"").is_none());
    }
}
