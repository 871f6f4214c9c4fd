//! sudo as administrators set it up: another's password, a terminal wanted, another language.

use pult::backends::argv::Argv;
use pult::backends::sftp::Sftp;
use pult::backends::ssh::{Exit, Rights};
use pult::domain::fault::FaultKind;
use pult::domain::question::Question;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};

use super::docker_bed::calm;
use super::ssh_bed::{PASSWORD, SOON, User, file, run, says, secret, setup};

/// Makes an account `$1` with the password of the bed, whose sudo works as `$2` says for `$4`, with a shell that talks
/// German.
const MAKE: &str = "useradd -m -s /bin/bash \"$1\" && mkdir -p \"/home/$1/.ssh\" && echo \"$1:bed-pass\" | chpasswd &&
printf '%s\\n' \"$3\" >\"/home/$1/.ssh/authorized_keys\" && chown -R \"$1\" \"/home/$1/.ssh\" &&
printf 'export LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 LANGUAGE=de\\n' >\"/home/$1/.bashrc\" &&
printf '%s ALL=(ALL) %s\\nDefaults:%s %s\\n' \"$1\" \"$4\" \"$1\" \"$2\" >\"/etc/sudoers.d/$1\" && chmod 440 \"/etc/sudoers.d/$1\"";
const UNMAKE: &str =
    "rm -f \"/etc/sudoers.d/$1\"; pkill -KILL -u \"$1\"; sleep 0.2; userdel -rf \"$1\" 2>/dev/null; exit 0";

/// Runs with an account on srv2 of this setting and this rule.
async fn with_account<T>(setting: &str, rule: &str, work: impl AsyncFnOnce(String) -> T) -> T {
    let admin = setup().alone();
    let root = admin.to("srv2").await;
    let key = std::fs::read_to_string(file("id.pub")).unwrap();
    let name = format!("pult{}{setting}", std::process::id());
    let make = Argv::script(MAKE).operand(&name).operand(setting).operand(key.trim()).operand(rule);
    let made = root.exec(&make, SOON).await.unwrap();
    let worked = work(format!("{name}@srv2")).await;
    root.exec(&Argv::script(UNMAKE).operand(&name), SOON).await.unwrap();
    assert!(made.exit.is_success(), "{made:?}");
    worked
}

fn whose(user: &User) -> Vec<String> {
    let sudo = |question| match question {
        Question::Sudo { target, .. } => Some(target),
        _ => None,
    };
    user.asked().into_iter().filter_map(sudo).collect()
}

#[tokio::test]
async fn another_s_password_is_said_in_any_language() {
    let _calm = calm().await;
    for setting in ["targetpw", "rootpw"] {
        let user = setup().answering(|_| secret("not the password"));
        let (locale, missing, outcome) = with_account(setting, "ALL", async |account| {
            let connection = user.to(&account).await;
            (
                says(&connection, "echo $LC_ALL").await,
                run(&connection, "ls /nirgends").await,
                connection.exec_as_root(&Argv::new("id").arg("-u"), SOON).await,
            )
        })
        .await;
        assert_eq!(locale, "C", "whatever the account speaks");
        assert!(String::from_utf8_lossy(&missing.stderr).contains("No such file"), "{missing:?}");
        let fault = outcome.unwrap_err();
        let part = "wants the password of root";
        assert!(fault.kind == FaultKind::Denied && fault.in_full().contains(part), "{setting}: {fault:?}");
        assert_eq!(whose(&user)[0], "root@srv2", "{setting}");
    }
}

#[tokio::test]
async fn sudo_that_wants_a_terminal_has_one() {
    let _calm = calm().await;
    for (rule, rights, asked) in [("NOPASSWD: ALL", Rights::Sudo, 0), ("ALL", Rights::Password, 1)] {
        let user = setup().answering(|_| secret(PASSWORD));
        let (known, refused, output) = with_account("requiretty", rule, async |account| {
            let connection = user.to(&account).await;
            let plain = run(&connection, "sudo -n true").await;
            let command =
                Argv::script("id -un; cat; echo \"$1\" >&2; exit 5").operand("it's \u{1b}[31m $HOME");
            let output = connection.exec_as_root_with(&command, b"in\0put\x04\n", SOON).await;
            (connection.rights().await.unwrap(), plain, output.unwrap())
        })
        .await;
        assert!(String::from_utf8_lossy(&refused.stderr).contains("must have a tty"), "{refused:?}");
        assert_eq!((known, whose(&user).len()), (rights, asked), "{rule}");
        // Before the complaint stands what bash says of the locale that it does not know.
        assert!(output.stderr.ends_with(b"\nit's \x1b[31m $HOME\n"), "{output:?}");
        assert_eq!((output.exit, output.stdout.as_slice()), (Exit::Code(5), &b"root\nin\0put\x04\n"[..]));
    }
}

#[tokio::test]
async fn files_and_logs_of_root_where_sudo_wants_a_terminal() {
    let _calm = calm().await;
    let user = setup().alone();
    let (line, entries) = with_account("requiretty", "NOPASSWD: ALL", async |account| {
        let connection = user.to(&account).await;
        let stat = connection.as_root(&Argv::script("read -r p; stat -c %U \"$p\"")).await.unwrap();
        let mut pipe = BufStream::new(connection.through(&stat).await.unwrap());
        pipe.write_all(b"/etc/shadow\n").await.unwrap();
        pipe.flush().await.unwrap();
        let mut line = String::new();
        pipe.read_line(&mut line).await.unwrap();
        let mut sftp = Sftp::begin(Box::new(connection.sftp_as_root().await.unwrap())).await.unwrap();
        (line, sftp.list(b"/root").await.map(|all| all.len()))
    })
    .await;
    assert_eq!(line, "root\n");
    assert!(entries.unwrap() > 0);
}
