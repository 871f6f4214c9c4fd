//! Reboots: announced, so that they can be cancelled, and followed until the server is back.

use std::time::Duration;

use tokio::time::Instant;

use super::host::{Host, Run, Who};
use crate::backends::argv::Argv;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::quantity;
use crate::domain::server::power::Power;

/// For one look.
const DEADLINE: Duration = Duration::from_secs(15);

/// How long is waited for what.
#[derive(Clone, Copy)]
struct Patience {
    /// Between two looks.
    look: Duration,
    /// One that has not gone so long after its time will not go any more: somebody has cancelled it.
    stays: Duration,
    /// And one that is not back by then is looked for no longer.
    away: Duration,
    minute: Duration,
}

const PATIENCE: Patience = Patience {
    look: Duration::from_secs(3),
    stays: Duration::from_secs(120),
    away: Duration::from_secs(900),
    minute: Duration::from_secs(60),
};

/// A boot is known by its number and by when its first process began: a container keeps the number of its host.
/// systemd's file of what was announced tells of a cancellation at once.
const STATE: &str = "b=$(cat /proc/sys/kernel/random/boot_id); s=$(sed 's/.*) //' /proc/1/stat | cut -d' ' -f20); echo \"$b $s\"; test -d /run/systemd/system && ! test -e /run/systemd/shutdown/scheduled && echo cancelled; exit 0";

/// Does it; what happened in a few words.
///
/// # Errors
/// It was not announced, it was cancelled, or the server has not come back: then nobody knows more.
pub async fn power(host: &dyn Host, who: Who, power: Power) -> Result<String, Fault> {
    with(host, who, power, PATIENCE).await
}

async fn with(host: &dyn Host, who: Who, power: Power, patience: Patience) -> Result<String, Fault> {
    let argv = |minutes: u32, option| {
        let at = if minutes == 0 { "now".to_owned() } else { format!("+{minutes}") };
        Argv::new("shutdown").arg(option).option("--no-wall", &at)
    };
    let before = state(host).await?.0;
    let (argv, minutes) = match power {
        Power::Reboot { minutes } => (argv(minutes, "-r"), minutes),
        Power::Off { minutes } => (argv(minutes, "-P"), minutes),
        Power::Cancel => (Argv::new("shutdown").arg("-c"), 0),
    };
    let began = Instant::now();
    match host.run(Run::new(argv).by(who).within(DEADLINE)).await {
        Ok(output) if !output.is_success() => {
            let message = format!("shutdown failed: {}", output.complaint());
            return Err(Fault::new(FaultKind::Failed, message)
                .hint("it takes root; what is allowed there: `sudo -l`"));
        }
        // It may be gone before it answers.
        Err(fault) if minutes > 0 || !is_away(&fault) => return Err(fault),
        _ => {}
    }
    match power {
        Power::Cancel => Ok("nothing is announced any more".to_owned()),
        Power::Off { .. } => Ok(format!("it goes off {}", if minutes == 0 { "now" } else { "at its time" })),
        Power::Reboot { .. } => {
            let due = began + patience.minute * minutes;
            back(host, &before, due, minutes > 0, patience).await
        }
    }
}

/// Waits until another boot answers.
async fn back(
    host: &dyn Host,
    before: &str,
    due: Instant,
    announced: bool,
    patience: Patience,
) -> Result<String, Fault> {
    loop {
        tokio::time::sleep(patience.look).await;
        let over = due.elapsed();
        match state(host).await {
            Ok((boot, _)) if boot != before => {
                let age = quantity::age(i64::try_from(over.as_secs()).unwrap_or(i64::MAX));
                return Ok(format!("it is back, {age} after it was to go"));
            }
            Ok((_, cancelled)) if (cancelled && announced && over.is_zero()) || over > patience.stays => {
                return Err(Fault::new(FaultKind::Failed, "it was not rebooted: somebody has cancelled it"));
            }
            Err(fault) if over > patience.away => {
                return Err(Fault::new(FaultKind::Unreachable, format!("it is not back: {}", fault.message))
                    .hint("look at its console: it may wait there, or check its disks"));
            }
            _ => {}
        }
    }
}

/// Which boot it is, and whether nothing is announced.
async fn state(host: &dyn Host) -> Result<(String, bool), Fault> {
    let text = host.run(Run::new(Argv::script(STATE)).within(DEADLINE)).await?.text();
    let mut lines = text.lines();
    let boot = lines.next().unwrap_or_default().to_owned();
    Ok((boot, lines.next() == Some("cancelled")))
}

fn is_away(fault: &Fault) -> bool {
    fault.kind.is_link()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;

    use super::*;
    use crate::backends::server::host::Output;

    /// Answers in their order; `None` = out of reach.
    struct Fake(Mutex<VecDeque<Option<&'static str>>>);

    impl Host for Fake {
        fn run(&self, _run: Run) -> BoxFuture<'_, Result<Output, Fault>> {
            let answer = self.0.lock().unwrap().pop_front().flatten();
            let fault = || Fault::new(FaultKind::Unreachable, "no route");
            let output = |text: &str| Output { code: Some(0), stdout: text.into(), stderr: vec![] };
            async move { answer.map(output).ok_or_else(fault) }.boxed()
        }
    }

    async fn play(what: Power, answers: &[Option<&'static str>]) -> Result<String, Fault> {
        let host = Fake(Mutex::new(answers.iter().copied().collect()));
        let ms = Duration::from_millis;
        let patience = Patience { look: ms(2), stays: ms(5000), away: ms(40), minute: ms(20_000) };
        with(&host, Who::Root, what, patience).await
    }

    #[tokio::test]
    async fn a_reboot_is_followed_until_it_is_back() {
        let now = Power::Reboot { minutes: 0 };
        let back = play(now, &[Some("a\n"), None, None, None, Some("b\n")]).await.unwrap();
        assert!(back.starts_with("it is back"), "{back}");
        let soon = Power::Reboot { minutes: 1 };
        let cancelled =
            play(soon, &[Some("a\n"), Some(""), Some("a\n"), Some("a\ncancelled\n")]).await.unwrap_err();
        assert!(cancelled.message.contains("cancelled"), "{cancelled:?}");
        let away = play(now, &[Some("a\n"), None]).await.unwrap_err();
        assert!(away.message.starts_with("it is not back"), "{away:?}");
        assert!(play(soon, &[Some("a\n"), None]).await.is_err(), "nothing was announced");
        assert!(play(Power::Cancel, &[Some("a\n"), Some("")]).await.is_ok());
    }
}
