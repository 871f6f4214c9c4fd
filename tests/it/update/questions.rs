//! What connections ask: the safe answer is no, nothing typed for something else is an answer, and no secret is
//! anywhere but on its way.

use pult::app::{Effect, Msg};
use pult::domain::mutation::Mutation;
use pult::domain::password::Password;
use pult::domain::question::{Answer, Question};
use pult::domain::trust::Keep;
use pult::domain::world::World;
use pult::gate::Proof;

use crate::support::Drive;
use crate::support::questions::{FINGERPRINT, another_key, ask, first_contact, own_words, password, said};
use crate::support::world::{docker, hostile, live, make, one};

fn drive() -> Drive {
    let mut drive = Drive::new(one());
    drive.msg(docker("local", live(vec![make("web")]))).pass(10.0);
    drive.effects();
    drive
}

fn asked(question: Question) -> Drive {
    let mut drive = drive();
    ask(&mut drive, 7, question);
    drive.pass(1.0);
    drive
}

fn secret(text: &str) -> Answer {
    Answer::Secret(Password::new(text.into()))
}

/// The commits among the effects: command, what is trusted and for how long.
fn trusted(drive: &mut Drive) -> Vec<(&'static str, String, Keep, Proof)> {
    let commit = |e: Effect| match e {
        Effect::Commit { consent, proof, .. } => match consent.plan().mutations.as_slice() {
            [Mutation::TrustHost(trust)] => {
                assert_eq!((trust.question, trust.host.as_str()), (7, "[web1.example.org]:2222"));
                Some((consent.plan().command, trust.fingerprint.clone(), trust.keep, proof))
            }
            other => panic!("{other:?}"),
        },
        _ => None,
    };
    drive.effects().into_iter().filter_map(commit).collect()
}

#[test]
fn a_first_contact_shows_all_there_is_to_compare() {
    let mut drive = asked(first_contact());
    let screen = drive.see();
    for text in ["First contact with [web1.example.org]:2222", "bastion, then inner", FINGERPRINT] {
        assert!(screen.contains(text), "{text}: {screen}");
    }
    assert!(screen.contains("known as 10.0.0.5, web1") && screen.contains("ssh_host_ed25519_key.pub"));
    assert!(screen.contains("t trust  o this session only  esc refuse") && screen.contains("59 s left"));
    let screen = asked(another_key()).see();
    assert!(
        screen.contains("Another key of") && screen.contains("/home/ops/.ssh/known_hosts:12"),
        "{screen}"
    );
}

#[test]
fn the_default_is_no() {
    for key in ["enter", "esc"] {
        let mut drive = asked(first_contact());
        drive.key("y space j").key(key);
        assert_eq!(said(&mut drive), [(7, Answer::Refuse)], "{key}");
        assert!(!drive.see().contains("First contact"));
    }
}

#[test]
fn trust_goes_through_the_gate() {
    for (key, command, keep) in [("t", "host.trust", Keep::Written), ("o", "host.trust_once", Keep::Session)]
    {
        let mut drive = asked(first_contact());
        drive.key(key);
        assert_eq!(trusted(&mut drive), [(command, FINGERPRINT.to_owned(), keep, Proof::Yes)]);
        assert!(!drive.see().contains("First contact"), "the dialog is over");
    }
}

#[test]
fn a_read_only_session_trusts_nobody() {
    let mut drive = Drive::new(World { read_only: true, ..one() });
    ask(&mut drive, 7, first_contact());
    drive.pass(1.0).key("t o");
    assert!(trusted(&mut drive).is_empty());
    assert!(drive.see().contains("read-only") && drive.see().contains("First contact"), "{}", drive.see());
    drive.key("esc");
    assert_eq!(said(&mut drive), [(7, Answer::Refuse)]);
}

#[test]
fn what_was_typed_before_anybody_could_read_it_is_no_answer() {
    let mut drive = drive();
    ask(&mut drive, 7, first_contact());
    drive.key("t o enter esc");
    assert!(drive.effects().is_empty() && drive.see().contains("First contact"));
    drive.pass(1.0).key("t");
    assert_eq!(trusted(&mut drive).len(), 1);
}

#[test]
fn a_question_does_not_take_the_keys_of_something_else() {
    let mut drive = drive();
    drive.key("S");
    ask(&mut drive, 7, first_contact());
    assert!(drive.see().contains("Stop container web") && !drive.see().contains("First contact"));
    assert!(drive.see().contains("esc leaves this for a question"), "{}", drive.see());
    drive.pass(2.0).key("n");
    assert!(drive.see().contains("First contact"));
    drive.pass(1.0).key("esc").key("/").text("we");
    ask(&mut drive, 8, password(false));
    drive.text("bt");
    assert!(!drive.see().contains("Password of"), "the filter has the keys");
    drive.key("enter");
    assert!(drive.see().contains("Password of ops@web1"));
}

#[test]
fn a_password_is_masked_and_goes_its_way_once() {
    let mut drive = asked(password(false));
    drive.key("enter");
    assert!(said(&mut drive).is_empty(), "nothing is no password");
    drive.text("hunterx").key("backspace").paste("2 ünd\r\n");
    let screen = drive.see();
    assert!(screen.contains("password ***********") && !screen.contains("hunter"), "{screen}");
    drive.key("enter");
    let effects = drive.effects();
    assert!(!format!("{effects:?}").contains("hunter"), "{effects:?}");
    drive.msg(Msg::AskedOver(7));
    let answers: Vec<_> = effects
        .into_iter()
        .filter_map(
            |e| if let Effect::Answer { question, answer } = e { Some((question, answer)) } else { None },
        )
        .collect();
    assert_eq!(answers, [(7, secret("hunter2 ünd"))]);
    assert!(!drive.see().contains("Password of"));
}

#[test]
fn a_wrong_answer_is_called_so() {
    assert!(asked(password(true)).see().contains("did not take that password"));
    let locked = |again| Question::Passphrase { file: "~/.ssh/id".into(), target: "ops@web1".into(), again };
    let mut drive = asked(locked(true));
    assert!(drive.see().contains("~/.ssh/id is locked") && drive.see().contains("not its passphrase"));
    assert!(!asked(locked(false)).see().contains("not its passphrase"));
    drive.text("open").key("enter");
    assert_eq!(said(&mut drive), [(7, secret("open"))]);
    let mut drive = asked(Question::Sudo { target: "ops@web1".into(), again: false });
    assert!(drive.see().contains("for sudo"));
    drive.text("root").key("enter");
    assert_eq!(said(&mut drive), [(7, secret("root"))]);
}

#[test]
fn a_servers_own_questions_are_fields() {
    let prompts = [("Password:", false), ("Code from your phone:", true), ("", false)];
    let mut drive = asked(own_words("Two factors", "First line\nsecond line", &prompts));
    for text in ["ops@web1 asks", "Two factors", "First line", "second line", "Password:"] {
        assert!(drive.see().contains(text), "{text}: {}", drive.see());
    }
    drive.text("pass").key("enter").text("123456");
    assert!(drive.see().contains("Password: ****") && drive.see().contains("phone: 123456"));
    drive.key("shift-tab").text("word").key("tab tab enter");
    let fields = ["password", "123456", ""].map(|text| Password::new(text.into()));
    assert_eq!(said(&mut drive), [(7, Answer::Fields(fields.into()))]);
    let mut drive = asked(own_words("", "", &[("Press enter when you have tapped the key", false)]));
    drive.key("enter");
    assert_eq!(said(&mut drive), [(7, Answer::Fields(vec![Password::new(String::new())]))]);
}

#[test]
fn questions_stand_in_line() {
    let mut drive = asked(first_contact());
    ask(&mut drive, 8, password(false));
    ask(&mut drive, 9, password(true));
    assert!(drive.see().contains("2 more wait"), "{}", drive.see());
    drive.key("esc");
    assert!(drive.see().contains("Password of ops@web1") && drive.see().contains("1 more wait"));
    drive.key("esc").key("esc");
    assert_eq!(said(&mut drive), [7, 8, 9].map(|id| (id, Answer::Refuse)));
    assert!(!drive.see().contains("Password of"));
}

#[test]
fn who_has_given_up_is_not_asked_about() {
    let mut drive = asked(password(false));
    ask(&mut drive, 8, password(false));
    ask(&mut drive, 9, first_contact());
    drive.msg(Msg::AskedOver(8)).msg(Msg::AskedOver(7));
    assert!(drive.see().contains("First contact") && !drive.see().contains("more wait"));
    drive.msg(Msg::AskedOver(9)).key("j").pass(5.0);
    assert!(!drive.see().contains("First contact") && said(&mut drive).is_empty());
}

#[test]
fn the_time_that_is_left_shows() {
    let mut drive = asked(first_contact());
    drive.pass(20.0);
    assert!(drive.see().contains("39 s left"));
    drive.pass(100.0);
    assert!(drive.see().contains("0 s left"), "whoever asks takes it back");
}

#[test]
fn hostile_texts_stay_inside_their_lines() {
    for text in hostile() {
        let Question::HostKey(key) = another_key() else { unreachable!() };
        let mut strange = key.clone();
        strange.host.clone_from(&text);
        strange.via = vec![text.clone()];
        strange.key_type.clone_from(&text);
        strange.seen_as = vec![text.clone()];
        strange.others[0].file.clone_from(&text);
        let many = vec![(text.as_str(), true); 8];
        for question in [
            Question::HostKey(strange),
            own_words(&text, &text, &many),
            Question::Password { target: text.clone(), again: true },
            Question::Passphrase { file: text.clone(), target: text.clone(), again: false },
        ] {
            let mut drive = asked(question);
            drive.paste(&text).key("tab").text("x");
            for (width, height) in [(120, 40), (80, 24), (40, 10)] {
                drive.resize(width, height);
                for cell in drive.buffer().content() {
                    assert!(!cell.symbol().contains(|c: char| c.is_control()), "{:?}", cell.symbol());
                }
            }
        }
    }
}

#[test]
fn many_fields_on_a_small_screen_show_the_one_that_is_typed_into() {
    let prompts: Vec<String> = (1..=8).map(|i| format!("{i} {}", "long words ".repeat(15))).collect();
    let prompts: Vec<(&str, bool)> = prompts.iter().map(|text| (text.as_str(), true)).collect();
    let mut drive = asked(own_words("many", "lines\nof\ntext", &prompts));
    drive.resize(80, 24);
    for i in 1..=8 {
        let typed = format!("typed{i}");
        drive.text(&typed);
        assert!(drive.see().contains(&typed), "{}", drive.see());
        drive.key("tab");
    }
}

#[test]
fn on_a_small_screen_the_whole_question_can_be_read() {
    let mut drive = asked(another_key());
    drive.resize(40, 12);
    let mut seen = String::new();
    for _ in 0..30 {
        seen.push_str(&drive.see());
        drive.key("down");
    }
    assert!(drive.see().contains("esc"), "{}", drive.see());
    for text in [&FINGERPRINT[..20], "↓ more", "ssh-rsa", "known as 10.0.0.5"] {
        assert!(seen.contains(text), "{text}");
    }
    assert!(!drive.see().contains("more"), "the end: {}", drive.see());
}
