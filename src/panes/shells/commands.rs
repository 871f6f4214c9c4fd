//! The shells pane's rows of the command table. While a shell has the keys, only the chords behind the escape
//! key are heard.

use crate::command::{
    Args, Availability, Command, Facts, Intent, PaneId, PaneIntent, Scope, ShellFacts, ShellIntent,
};
use crate::domain::mutation::{Danger, Mutation};

const SCOPE: Scope = Scope::Pane(PaneId::Shells);

const fn shell(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, SCOPE, rank, run).when(|f| one(f, |_| None))
}

/// There is a shell, and nothing is against it.
fn one(facts: &Facts, unfit: impl Fn(&ShellFacts) -> Option<&'static str>) -> Availability {
    match &facts.shell {
        None => Availability::off("no shell is open: ! on a server or a container opens one"),
        Some(shell) => unfit(shell).map_or(Availability::Ready, Availability::off),
    }
}

macro_rules! intent {
    ($value:ident) => {
        |_, _| Ok(Intent::Pane(PaneIntent::Shell(ShellIntent::$value)))
    };
}

/// The table.
pub static COMMANDS: [Command; 7] = [
    shell("shells.leave", "Back to the pane before; the shell stays", "leave", 1, intent!(Leave)),
    shell(
        "shells.browse",
        "Look through what has scrolled by, and copy",
        "scroll and copy",
        2,
        intent!(Browse),
    ),
    shell("shells.next", "Next shell", "next", 3, intent!(Next)).when(several),
    shell("shells.previous", "Previous shell", "previous", 0, intent!(Previous)).when(several),
    shell("shells.close", "Hang up, or close one that has ended", "close", 4, intent!(Close)),
    shell("shells.again", "Open the shell again", "again", 5, |f, _| match &f.shell {
        Some(shell) => Ok(Intent::Propose(vec![Mutation::Shell(shell.open.clone())])),
        None => Err("no shell is open".to_owned()),
    })
    .when(|f| one(f, |shell| (!shell.ended).then_some("it is open")))
    .danger(Danger::Mutate),
    shell("shells.escape", "Type the escape key itself", "escape key", 0, intent!(Escape))
        .when(|f| one(f, |shell| shell.ended.then_some("it has ended"))),
];

fn several(facts: &Facts) -> Availability {
    match facts.total {
        0 | 1 => Availability::off("there is no other shell"),
        _ => Availability::Ready,
    }
}
