//! The compare pane's rows of the command table. It reads and changes nothing.

use crate::command::{Args, Availability, Command, CompareIntent, Facts, Intent, PaneId, PaneIntent, Scope};

const fn compare(
    id: &'static str,
    title: &'static str,
    label: &'static str,
    rank: u8,
    run: fn(&Facts, &Args) -> Result<Intent, String>,
) -> Command {
    Command::plain(id, title, label, Scope::Pane(PaneId::Compare), rank, run)
}

macro_rules! intent {
    ($value:ident) => {
        |_, _| Ok(Intent::Pane(PaneIntent::Compare(CompareIntent::$value)))
    };
}

/// The table.
pub static COMMANDS: [Command; 6] = [
    compare(
        "compare.next",
        "Next difference, of the next question if need be",
        "next",
        1,
        intent!(NextDifference),
    )
    .when(some),
    compare("compare.previous", "Previous difference", "previous", 2, intent!(PreviousDifference)).when(some),
    compare("compare.file", "Compare what a file holds on each server", "file", 3, intent!(File)).when(some),
    compare("compare.run", "Run a command on those that are compared", "run", 6, intent!(Run)).when(some),
    compare("compare.export", "Write the comparison to a file", "export", 4, intent!(Export)).when(some),
    compare("compare.leave", "Back to the servers", "back", 5, intent!(Leave)),
];

fn some(facts: &Facts) -> Availability {
    if facts.place.is_some() {
        Availability::Ready
    } else {
        Availability::off("nothing is compared: = on the servers pane begins")
    }
}
