//! Programs on real servers: how they end, what they say, and that one does not hold up another.

use std::time::{Duration, Instant};

use pult::backends::argv::Argv;
use pult::backends::ssh::{Exit, Rights};
use pult::domain::fault::FaultKind;
use pult::domain::question::Question;

use super::docker_bed::calm;
use super::ssh_bed::{PASSWORD, SOON, run, says, secret, setup};

#[allow(clippy::disallowed_methods)] // Tests have a clock of their own.
fn clock() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn codes_signals_and_both_outputs_come_back() {
    let _calm = calm().await;
    let user = setup().alone();
    let connection = user.to("srv1").await;
    let output = run(&connection, "echo out; echo err >&2; exit 3").await;
    assert_eq!(
        (output.exit, output.stdout.as_slice(), output.stderr.as_slice()),
        (Exit::Code(3), &b"out\n"[..], &b"err\n"[..])
    );
    assert_eq!(run(&connection, "kill -TERM $$").await.exit, Exit::Signal("TERM".into()));
    let fault = connection.exec(&Argv::new("no-such-program"), SOON).await.unwrap();
    assert_eq!(fault.exit, Exit::Code(127));
    let surroundings = says(&connection, "echo $LC_ALL; command -v ufw").await;
    assert_eq!(surroundings, "C\n/usr/sbin/ufw");
}

#[tokio::test]
async fn words_arrive_as_they_are() {
    let _calm = calm().await;
    let user = setup().alone();
    let nasty = "$(reboot) `id` 'x' \\ \"y\" ; * \u{1b}[31m";
    let command = Argv::script("printf %s \"$1\"").operand(nasty);
    let output = user.to("ops@srv1").await.exec(&command, SOON).await.unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), nasty);
}

#[tokio::test]
async fn much_output_and_input_come_through_whole() {
    let _calm = calm().await;
    let user = setup().alone();
    let connection = user.to("srv1").await;
    let output = run(&connection, "head -c 3000000 /dev/zero").await;
    assert_eq!((output.stdout.len(), output.lost), (3_000_000, 0));
    let process = connection.start(&Argv::new("wc").arg("-c")).await.unwrap();
    process.write(vec![b'x'; 5_000_000]).await.unwrap();
    process.end_input().await.unwrap();
    assert_eq!(process.finish().await.unwrap().stdout, b"5000000\n");
}

#[tokio::test]
async fn a_program_that_nobody_reads_holds_up_nobody_and_its_loss_is_counted() {
    let _calm = calm().await;
    let user = setup().alone();
    let connection = user.to("srv1").await;
    let mut flood =
        connection.start(&Argv::script("head -c 60000000 /dev/zero; echo; echo end")).await.unwrap();
    let since = clock();
    for _ in 0..3 {
        assert_eq!(says(&connection, "echo here").await, "here");
    }
    assert!(since.elapsed() < Duration::from_secs(20), "{:?}", since.elapsed());
    flood.ended().await;
    assert!(flood.lost() > 10_000_000, "{}", flood.lost());
    let mut last = Vec::new();
    while let Some(part) = flood.read().await {
        last = part.to_vec();
    }
    assert!(last.ends_with(b"end\n"), "the newest is kept");
}

#[tokio::test]
async fn a_program_that_is_given_up_does_not_stay() {
    let _calm = calm().await;
    let user = setup().alone();
    let connection = user.to("guest@srv2").await;
    let fault =
        connection.exec(&Argv::new("sleep").arg("4711"), Duration::from_millis(500)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout);
    // Many of them do not use up the sessions.
    for _ in 0..12 {
        drop(connection.start(&Argv::script("exec cat")).await.unwrap());
    }
    assert_eq!(says(&connection, "echo fine").await, "fine");
}

#[tokio::test]
async fn one_session_at_a_time_is_enough() {
    let _calm = calm().await;
    let user = setup().alone();
    let connection = user.to("narrow@srv1").await;
    let one = || says(&connection, "sleep 0.1; echo x");
    let all = tokio::join!(one(), one(), one(), one());
    assert_eq!(all, ("x".into(), "x".into(), "x".into(), "x".into()));
    let held = connection.start(&Argv::new("cat")).await.unwrap();
    let fault = connection.exec(&Argv::new("true"), SOON).await.unwrap_err();
    assert!(fault.message.contains("one session") && fault.message.contains("MaxSessions"), "{fault:?}");
    drop(held);
    assert!(connection.exec(&Argv::new("true"), SOON).await.unwrap().exit.is_success());
}

#[tokio::test]
async fn a_noisy_account_is_heard_apart_from_the_answer() {
    let _calm = calm().await;
    let user = setup().alone();
    let connection = user.to("noisy@srv1").await;
    let banner = connection.banner().await.unwrap();
    assert!(banner.contains("Authorised use only") && !banner.contains('\u{1b}'), "{banner:?}");
    // What an rc file prints cannot be told from the program's own output; sentinels are the caller's affair.
    let output = run(&connection, "echo answer").await;
    assert!(String::from_utf8(output.stdout).unwrap().ends_with("answer\n"));
}

#[tokio::test]
async fn root_by_whatever_way_leads_there() {
    let _calm = calm().await;
    let user = setup().alone();
    let id = Argv::new("id").arg("-un");
    for (target, rights) in [("srv1", Rights::Root), ("ops@srv1", Rights::Sudo)] {
        let connection = user.to(target).await;
        assert_eq!(connection.rights().await.unwrap(), rights);
        assert_eq!(connection.exec_as_root(&id, SOON).await.unwrap().stdout, b"root\n", "{target}");
    }
    let fault = user.to("guest@srv1").await.exec_as_root(&id, SOON).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
    assert!(fault.message.contains("nobody to ask"), "{fault:?}");
}

#[tokio::test]
async fn sudo_s_password_is_asked_for_once_and_goes_to_sudo_alone() {
    let _calm = calm().await;
    let mut turn = 0;
    let user = setup().key(None).answering(move |question| {
        if matches!(question, Question::Password { .. }) {
            return secret(PASSWORD);
        }
        turn += 1;
        secret(if turn == 1 { "wrong" } else { PASSWORD })
    });
    let connection = user.to("pw@srv1").await;
    assert_eq!(connection.rights().await.unwrap(), Rights::Password);
    // The command's input is its own; what it says comes without sudo's question.
    let command = Argv::script("id -un; echo complaint >&2; exit 5");
    let output = connection.exec_as_root(&command, SOON).await.unwrap();
    assert_eq!((output.exit, output.stdout.as_slice()), (Exit::Code(5), &b"root\n"[..]));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "complaint\n");
    let sudo: Vec<Question> =
        user.asked().into_iter().filter(|q| matches!(q, Question::Sudo { .. })).collect();
    assert_eq!(sudo.len(), 2, "one wrong, one right: {sudo:?}");
    let output = connection.exec_as_root(&Argv::new("id").arg("-u"), SOON).await.unwrap();
    assert_eq!(output.stdout, b"0\n");
    assert_eq!(user.asked().len(), 3, "known by now");
}
