//! Files and directories: whether they are there, how old, how large, and whether they are as they were.

use std::time::Duration;

use super::script::{TOO_LATE, limited, run, run_by};
use crate::backends::server::free_root;
use crate::backends::server::host::{Host, Output, Who};
use crate::domain::check::{FileProbe, Outcome};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::quantity;

/// By the clock of the server: now, when it was written and its size in bytes. `$2` the path, `$3` whether its
/// content is wanted.
const FILE: &str = "T=; command -v timeout >/dev/null && T=\"timeout $1\"; date +%s; stat -L -c \"%Y %s %F\" -- \"$2\" || exit; \
    test \"$3\" = content || exit 0; $T sha256sum <\"$2\"";
const DIRECTORY: &str = "T=; command -v timeout >/dev/null && T=\"timeout $1\"; test -d \"$2\" || { ls -d -- \"$2\"; exit 2; }; $T du -skx -- \"$2\"";

pub(super) async fn file(host: &dyn Host, probe: &FileProbe, limit: Duration) -> Result<Outcome, Fault> {
    let began = tokio::time::Instant::now();
    let wants = if probe.unchanged { "content" } else { "nothing" };
    let argv = || limited(FILE, limit).operand(&probe.path).operand(wants);
    let mut output = run(host, argv(), limit).await?;
    // Most files may be looked at by everybody: root is asked for the others only.
    if is_refused(&output) {
        output = match run_by(host, Who::Root, argv(), limit).await {
            Err(fault) if fault.kind == FaultKind::Denied => output,
            answer => answer?,
        };
    }
    Ok(judge(&output, probe)?.took(began.elapsed()))
}

fn is_refused(output: &Output) -> bool {
    output.complaint().contains("ermission denied")
}

fn refused(path: &str) -> Fault {
    Fault::new(FaultKind::Denied, format!("{path} may not be looked at by the account that asks"))
        .hint("let the account read it, or permit sudo without a password")
}

fn judge(output: &Output, probe: &FileProbe) -> Result<Outcome, Fault> {
    let (text, complaint) = (output.text(), output.complaint());
    if is_refused(output) {
        return Err(refused(&probe.path));
    }
    let mut lines = text.lines();
    let now: Option<i64> = lines.next().and_then(|line| line.trim().parse().ok());
    let Some((at, size, kind)) = lines.next().and_then(stated) else {
        return match complaint.contains("No such file") || complaint.contains("Not a directory") {
            true if probe.absent => Ok(Outcome::ok("it is not there")),
            true => Ok(Outcome::failed("it is not there")),
            false => Err(Fault::new(FaultKind::Unsupported, format!("{}: {complaint}", probe.path))),
        };
    };
    let age = now.map(|now| now.saturating_sub(at));
    let old = age.map(|age| format!(", {} old", quantity::age(age))).unwrap_or_default();
    let told = format!("{}{old}", quantity::bytes(size));
    if probe.absent {
        return Ok(Outcome::failed(format!("it is there: {told}")));
    }
    if let Some(most) = probe.max_age {
        // Without a clock nobody knows how old it is.
        let Some(age) = age else {
            return Err(Fault::new(FaultKind::Unsupported, "the server does not tell its time"));
        };
        if age > most.as_secs() as i64 {
            return Ok(Outcome::failed(format!(
                "{told}: older than {}",
                quantity::age(most.as_secs() as i64)
            )));
        }
    }
    if let Some(least) = probe.min_size.filter(|least| size < *least) {
        return Ok(Outcome::failed(format!("{told}: smaller than {}", quantity::bytes(least))));
    }
    let mut outcome = Outcome::ok(told);
    if probe.unchanged {
        let digest = lines.next().and_then(digest);
        let why = || match output.code {
            Some(TOO_LATE) => "it takes too long to be read; raise timeout".to_owned(),
            _ if kind == "directory" => "it is a directory".to_owned(),
            _ => complaint.clone(),
        };
        let Some(digest) = digest else {
            return Err(Fault::new(FaultKind::Unsupported, format!("{}: {}", probe.path, why())));
        };
        outcome.digest = Some(digest);
    }
    Ok(outcome)
}

/// When it was written, its size, its kind.
fn stated(line: &str) -> Option<(i64, u64, &str)> {
    let mut words = line.trim().splitn(3, ' ');
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?))
}

fn digest(line: &str) -> Option<String> {
    let word = line.split_whitespace().next()?;
    (word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit())).then(|| word.to_owned())
}

pub(super) async fn directory(
    host: &dyn Host,
    path: &str,
    max_size: Option<u64>,
    limit: Duration,
) -> Result<Outcome, Fault> {
    let began = tokio::time::Instant::now();
    let output = free_root::run(host, limited(DIRECTORY, limit).operand(path), limit).await?;
    Ok(sized(&output, path, max_size)?.took(began.elapsed()))
}

fn sized(output: &Output, path: &str, max_size: Option<u64>) -> Result<Outcome, Fault> {
    let (text, complaint) = (output.text(), output.complaint());
    let size = text.split_whitespace().next().and_then(|word| word.parse::<u64>().ok());
    let Some(size) = size.and_then(|kib| kib.checked_mul(1024)) else {
        return match output.code {
            Some(2) if is_refused(output) => Err(refused(path)),
            Some(2) if complaint.contains("No such file") => Ok(Outcome::failed("it is not there")),
            Some(2) => Ok(Outcome::failed("it is no directory")),
            Some(TOO_LATE) => {
                let fault = Fault::new(FaultKind::Unsupported, "it takes too long to be added up");
                Err(fault.hint("raise timeout, and every with it"))
            }
            _ => Err(Fault::new(FaultKind::Unsupported, format!("du: {complaint}"))),
        };
    };
    let told = quantity::bytes(size);
    match max_size {
        Some(most) if size > most => {
            Ok(Outcome::failed(format!("{told}, more than {}", quantity::bytes(most))))
        }
        // What was not counted may be too much.
        Some(_) if is_refused(output) => Err(refused(path)),
        _ => Ok(Outcome::ok(told)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Verdict;
    use proptest::prelude::*;

    fn output(code: i32, stdout: &str, stderr: &str) -> Output {
        Output { code: Some(code), stdout: stdout.as_bytes().to_vec(), stderr: stderr.as_bytes().to_vec() }
    }

    fn told(outcome: Result<Outcome, Fault>) -> (Verdict, String) {
        outcome.map_or_else(|fault| (Verdict::Unknown, fault.message), |o| (o.verdict, o.message))
    }

    const MISSING: &str = "stat: cannot statx '/a': No such file or directory\n";
    const THERE: &str = "1800000600\n1800000000 1048576 regular file\n";

    #[test]
    fn a_file_is_as_it_should_be_or_not() {
        let probe = FileProbe { path: "/a".into(), ..FileProbe::default() };
        let (there, missing) = (output(0, THERE, ""), output(1, "1800000600\n", MISSING));
        assert_eq!(told(judge(&there, &probe)), (Verdict::Ok, "1.0 MiB, 10m old".into()));
        assert_eq!(told(judge(&missing, &probe)), (Verdict::Failed, "it is not there".into()));
        let absent = FileProbe { absent: true, ..probe.clone() };
        assert_eq!(told(judge(&missing, &absent)), (Verdict::Ok, "it is not there".into()));
        assert_eq!(told(judge(&there, &absent)).0, Verdict::Failed);
        let young = |s| FileProbe { max_age: Some(Duration::from_secs(s)), ..probe.clone() };
        assert_eq!(told(judge(&there, &young(600))).0, Verdict::Ok);
        assert_eq!(
            told(judge(&there, &young(300))),
            (Verdict::Failed, "1.0 MiB, 10m old: older than 5m".into())
        );
        let large = FileProbe { min_size: Some(2 << 20), ..probe.clone() };
        assert_eq!(told(judge(&there, &large)).1, "1.0 MiB, 10m old: smaller than 2.0 MiB");
        let hidden = output(1, "1800000600\n", "stat: cannot statx '/a': Permission denied");
        assert_eq!(told(judge(&hidden, &probe)).0, Verdict::Unknown, "who may not look knows nothing");
        assert_eq!(told(judge(&hidden, &absent)).0, Verdict::Unknown);
    }

    #[test]
    fn the_content_of_a_file_has_a_digest() {
        let probe = FileProbe { path: "/a".into(), unchanged: true, ..FileProbe::default() };
        let sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let read = judge(&output(0, &format!("{THERE}{sum}  -\n"), ""), &probe).unwrap();
        assert_eq!(read.digest.as_deref(), Some(sum));
        assert_eq!(told(judge(&output(124, THERE, ""), &probe)).0, Verdict::Unknown);
        let denied = output(2, THERE, "sh: 1: cannot open /a: Permission denied");
        assert_eq!(told(judge(&denied, &probe)).0, Verdict::Unknown);
    }

    #[test]
    fn a_directory_has_a_size() {
        let size = |code, out: &str, err: &str, most| told(sized(&output(code, out, err), "/srv", most));
        assert_eq!(size(0, "2048\t/srv\n", "", None), (Verdict::Ok, "2.0 MiB".into()));
        assert_eq!(
            size(0, "2048\t/srv\n", "", Some(1 << 20)),
            (Verdict::Failed, "2.0 MiB, more than 1.0 MiB".into())
        );
        let partly = "du: cannot read directory '/srv/x': Permission denied";
        assert_eq!(size(1, "2048\t/srv\n", partly, Some(1 << 30)).0, Verdict::Unknown);
        assert_eq!(
            size(1, "2048\t/srv\n", partly, Some(1 << 20)).0,
            Verdict::Failed,
            "a part is too much already"
        );
        assert_eq!(
            size(2, "", "ls: cannot access '/srv': No such file or directory", None).1,
            "it is not there"
        );
        assert_eq!(size(124, "", "", None).0, Verdict::Unknown);
    }

    proptest! {
        #[test]
        fn garbage_does_not_make_it_panic(text in "([0-9]{0,20}[ \\t]?\\PC{0,9}\\n?){0,6}", code in 0..3) {
            let all = FileProbe {
                path: "/a".into(),
                max_age: Some(Duration::from_secs(1)),
                min_size: Some(1),
                unchanged: true,
                absent: false,
            };
            let _ = judge(&output(code, &text, &text), &all);
            let _ = sized(&output(code, &text, &text), "/a", Some(1));
        }
    }
}
