//! `pult config`, and what mistakes in a file do to other commands.

use super::pult::Pult;

#[test]
fn a_mistake_ends_every_command_with_2_and_its_place() {
    let pult =
        Pult::alone().config("[[docker]]\nname = \"a\"\nhost = \"tcp://127.0.0.1:1\"\ngaurd = \"free\"\n");
    let message = format!(
        "{}:4:1: unknown key in [[docker]]: `gaurd`; did you mean `guard`?\n",
        pult.config_path().display()
    );
    let check = pult.run(&["config", "check"]);
    assert_eq!((check.code, &check.out), (2, &message));
    for args in [
        vec!["get", "containers"],
        vec!["config", "show"],
        vec!["logs"],
        vec!["do", "container.stop", "x", "--yes"],
    ] {
        let ran = pult.run(&args);
        assert_eq!((ran.code, ran.out.as_str(), ran.err), (2, "", format!("pult: {message}")), "{args:?}");
    }
}

#[test]
fn the_example_passes_its_own_check() {
    let pult = Pult::alone();
    let example = pult.run(&["config", "example"]);
    assert_eq!(example.code, 0);
    let file = pult.home().join("example.toml");
    std::fs::write(&file, example.out).unwrap();
    let check = pult.run(&["config", "check", file.to_str().unwrap()]);
    assert_eq!(check.code, 0, "{check:?}");
    assert!(check.out.starts_with("ok "));
}

#[test]
fn show_masks_and_path_follows_the_variables() {
    let pult = Pult::alone().config("[[postgres]]\nname = \"crm\"\nurl = \"postgres://u:hunter2@db/crm\"\n");
    let show = pult.run(&["config", "show"]);
    assert_eq!(show.code, 0);
    assert!(show.out.contains("postgres://u:***@db/crm") && !show.out.contains("hunter2"));
    assert_eq!(pult.run(&["config", "path"]).out, format!("{}\n", pult.config_path().display()));
    let elsewhere = Pult::alone().var("PULT_CONFIG", "/x/y.toml");
    assert_eq!(elsewhere.run(&["config", "path"]).out, "/x/y.toml\n");
    let missing = elsewhere.run(&["get", "targets"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("/x/y.toml: cannot be read"), "{}", missing.err);
}

#[test]
fn a_theme_or_keymap_that_is_not_there_is_a_mistake() {
    let pult = Pult::alone().config("[defaults]\ntheme = \"nosuch\"\nkeymap = \"nosuch\"\n");
    let check = pult.run(&["config", "check"]);
    assert_eq!(check.code, 2, "{check:?}");
    assert_eq!(check.out.matches("nosuch").count(), 2, "{check:?}");
}

#[test]
fn unknown_targets_and_profiles_list_the_candidates() {
    let pult = Pult::alone().config(
        "[[docker]]\nname = \"prod-1\"\nhost = \"tcp://127.0.0.1:1\"\n[profile.prod]\ntargets = [\"prod-1\"]\n",
    );
    let ran = pult.run(&["--target", "prod1", "get", "containers"]);
    assert_eq!(ran.code, 2);
    let said = "pult: unknown target `prod1`; did you mean `prod-1`? (there are docker:prod-1, server:";
    assert!(ran.err.starts_with(said), "{ran:?}");
    let ran = pult.run(&["get", "containers", "--profile", "prd"]);
    assert_eq!((ran.code, ran.err.as_str()), (2, "pult: unknown profile `prd`; did you mean `prod`?\n"));
}

#[test]
fn small_commands_answer() {
    let pult = Pult::alone();
    assert_eq!(pult.run(&["version"]).out, format!("pult {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(pult.json(&["version", "-o", "json"])["api"], "pult/1");
    assert!(pult.run(&["completions", "bash"]).out.contains("complete"));
    assert!(pult.run(&["man"]).out.contains(".TH"));
    assert!(pult.run(&["keys"]).out.contains("container.restart"));
    let help = pult.run(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    let slip = pult.run(&["get", "contaners"]);
    assert_eq!(slip.code, 2);
    assert!(slip.err.contains("did you mean `containers`?"));
}
