//! sudo as administrators set it up: another's password, a terminal wanted, another language.

use pult::backends::argv::Argv;
use pult::domain::fault::FaultKind;
use pult::domain::question::Question;

use super::docker_bed::calm;
use super::ssh_bed::{SOON, file, run, says, secret, setup};

/// Makes an account `$1` whose sudo works as `$2` says, with a shell that talks German.
const MAKE: &str = "useradd -m -s /bin/bash \"$1\" && mkdir -p \"/home/$1/.ssh\" &&
printf '%s\\n' \"$3\" >\"/home/$1/.ssh/authorized_keys\" && chown -R \"$1\" \"/home/$1/.ssh\" &&
printf 'export LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 LANGUAGE=de\\n' >\"/home/$1/.bashrc\" &&
printf '%s ALL=(ALL) ALL\\nDefaults:%s %s\\n' \"$1\" \"$1\" \"$2\" >\"/etc/sudoers.d/$1\" && chmod 440 \"/etc/sudoers.d/$1\"";
const UNMAKE: &str =
    "rm -f \"/etc/sudoers.d/$1\"; pkill -KILL -u \"$1\"; sleep 0.2; userdel -rf \"$1\" 2>/dev/null; exit 0";

#[tokio::test]
async fn another_s_password_and_a_terminal_are_said_in_any_language() {
    let _calm = calm().await;
    let admin = setup().alone();
    let root = admin.to("srv2").await;
    let key = std::fs::read_to_string(file("id.pub")).unwrap();
    for (setting, whose, part) in [
        ("targetpw", Some("root@srv2"), "wants the password of root"),
        ("rootpw", Some("root@srv2"), "wants the password of root"),
        ("requiretty", None, "!requiretty"),
    ] {
        let name = format!("pult{}{setting}", std::process::id());
        let make = Argv::script(MAKE).operand(&name).operand(setting).operand(key.trim());
        let made = root.exec(&make, SOON).await.unwrap();
        let user = setup().answering(|_| secret("not the password"));
        let connection = user.to(&format!("{name}@srv2")).await;
        let locale = says(&connection, "echo $LC_ALL").await;
        let missing = run(&connection, "ls /nirgends").await;
        let outcome = connection.exec_as_root(&Argv::new("id").arg("-u"), SOON).await;
        root.exec(&Argv::script(UNMAKE).operand(&name), SOON).await.unwrap();
        assert!(made.exit.is_success(), "{made:?}");
        assert_eq!(locale, "C", "whatever the account speaks");
        assert!(String::from_utf8_lossy(&missing.stderr).contains("No such file"), "{missing:?}");
        let fault = outcome.unwrap_err();
        assert!(fault.kind == FaultKind::Denied && fault.in_full().contains(part), "{setting}: {fault:?}");
        let asked = user.asked();
        let first = asked.iter().find_map(|question| match question {
            Question::Sudo { target, .. } => Some(target.as_str()),
            _ => None,
        });
        let wanted = whose.map(|whose| whose.to_owned());
        assert_eq!(first, wanted.as_deref(), "{setting}");
    }
}
