//! Files of the two real servers: what a folder holds, and what is done to them through the gate.

use jiff::Timestamp;
use pult::backends::argv::Argv;
use pult::backends::server::perform;
use pult::domain::endpoint::{ServerEndpoint, ServerPlace, SudoUse};
use pult::domain::fault::{Fault, FaultKind};
use pult::domain::guard::Guard;
use pult::domain::ids::TargetId;
use pult::domain::mutation::{Danger, Mutation};
use pult::domain::server::{
    FileAction, FileEntry, FileKind, FileList, FilePath, ServerAction, ServerAnswer, ServerAsk,
    ServerMutation,
};
use pult::domain::ssh_target::SshTarget;
use pult::gate::{self, Entry, Ledger, Plan, Proof};
use pult::runtime::servers::Hosted;

use super::ssh_bed::{SOON, User, setup};

struct Book;

impl Ledger for Book {
    fn intent(&mut self, _: &Entry) -> std::io::Result<u64> {
        Ok(1)
    }
}

fn hosted(user: &User, target: &str) -> Hosted {
    let place = ServerPlace::Ssh(SshTarget::parse(target).unwrap());
    Hosted::new(&user.hub, &ServerEndpoint { place, sudo: SudoUse::NoPassword }, false)
}

async fn list(host: &Hosted, folder: &FilePath) -> Result<FileList, Fault> {
    match host.ask(&ServerAsk::Files(folder.clone())).await? {
        ServerAnswer::Files(list) => Ok(list),
        other => panic!("{other:?}"),
    }
}

/// Through the gate, as there is no other way.
async fn act(host: &Hosted, sudo: bool, action: ServerAction) -> Result<String, Fault> {
    let (target, name, client) = (TargetId::server("bed"), "x".into(), String::new());
    let mutation = ServerMutation { target, name, client, sudo, action };
    let proof = match mutation.danger() {
        Danger::Destroy => Proof::Typed("x".to_owned()),
        Danger::Mutate => Proof::Yes,
    };
    let plan = Plan { command: "test", mutations: vec![Mutation::Server(mutation)] };
    let consent = gate::weigh(plan, |_| Guard::Confirm, Timestamp::UNIX_EPOCH).unwrap();
    let authorized = gate::authorize(consent, &proof, Timestamp::UNIX_EPOCH, &mut Book).unwrap().remove(0);
    perform(&*host.actor(), authorized).await
}

fn on(entry: &FileEntry, action: FileAction) -> ServerAction {
    ServerAction::File { path: entry.path.clone().unwrap(), id: entry.id, action }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_every_kind_are_listed_and_changed() {
    let user = setup().alone();
    let host = hosted(&user, "ops@srv1");
    let dir = FilePath::new(&format!("/var/tmp/pult-files-{}", std::process::id())).unwrap();
    const MAKE: &str = "mkdir -p \"$1/-sub\" && cd \"$1\" && printf 12345 >'-rf' && printf x >\"$(printf 'a\\nb')\" && \
        printf x >\"$(printf 'q\\047\\033[31m')\" && ln -s / out && chmod 640 ./-rf";
    let ops = user.to("ops@srv1").await;
    let made = ops.exec(&Argv::script(MAKE).operand(dir.as_str()), SOON).await.unwrap();
    assert!(made.exit.is_success(), "{made:?}");

    let find = async |name: &str| {
        list(&host, &dir).await.unwrap().entries.into_iter().find(|entry| entry.name == name)
    };
    let told = list(&host, &dir).await.unwrap();
    let mut names: Vec<&str> = told.entries.iter().map(|entry| entry.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["-rf", "-sub", "a\\nb", "out", "q'\\u{1b}[31m"]);
    assert_eq!((told.owner.as_str(), told.as_root), ("ops", false));
    let file = find("-rf").await.unwrap();
    assert_eq!((file.mode.as_str(), file.size_bytes, file.owner.as_str()), ("-rw-r-----", 5, "ops"));

    act(&host, false, on(&file, FileAction::Mode("600".into()))).await.unwrap();
    act(&host, true, on(&file, FileAction::Owner("root:adm".into()))).await.unwrap();
    let file = find("-rf").await.unwrap();
    assert_eq!((file.mode.as_str(), file.owner.as_str(), file.group.as_str()), ("-rw-------", "root", "adm"));
    let strange = find("a\\nb").await.unwrap();
    let taken = FileAction::Rename { to: dir.join("-rf") };
    assert_eq!(act(&host, false, on(&strange, taken)).await.unwrap_err().kind, FaultKind::Conflict);
    let free = FileAction::Rename { to: dir.join("plain") };
    assert_eq!(act(&host, false, on(&strange, free)).await.unwrap(), "renamed to plain");
    // Its name is another file's by now.
    let moved = FileEntry { path: Some(dir.join("-rf")), ..strange };
    let fault = act(&host, false, on(&moved, FileAction::Remove)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Gone);
    // A link goes, not what it leads to.
    let link = find("out").await.unwrap();
    assert_eq!((link.kind, link.leads_to.as_str()), (FileKind::Link, "/"));
    assert_eq!(act(&host, false, on(&link, FileAction::Remove)).await.unwrap(), "removed");
    assert!(find("-rf").await.is_some() && !list(&host, &FilePath::root()).await.unwrap().entries.is_empty());
    act(&host, false, ServerAction::Folder { path: dir.join("new") }).await.unwrap();
    let sub = find("-sub").await.unwrap();
    assert_eq!(act(&host, false, on(&sub, FileAction::RemoveFolder)).await.unwrap(), "removed");
    let here = list(&host, &dir.parent().unwrap()).await.unwrap().entries;
    let all = here.iter().find(|entry| entry.name == dir.name()).unwrap();
    act(&host, true, on(all, FileAction::RemoveFolder)).await.unwrap();
    assert_eq!(list(&host, &dir).await.unwrap_err().kind, FaultKind::Gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_account_may_not_see_is_asked_as_root_or_denied() {
    let user = setup().alone();
    let secret = FilePath::new("/root").unwrap();
    let told = list(&hosted(&user, "ops@srv2"), &secret).await.unwrap();
    assert!(told.as_root && told.owner == "root");
    let fault = list(&hosted(&user, "guest@srv2"), &secret).await.unwrap_err();
    assert!(fault.kind == FaultKind::Denied && fault.hint.is_some(), "{fault:?}");
}
