//! What a piece of the screen means. Views choose a role; only theme files know colours.

use ratatui::style::Modifier;

macro_rules! roles {
    ($($(#[doc = $doc:literal])+ $name:ident $word:literal $mono:expr;)+) => {
        /// A meaning on the screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Role {
            /// Every role, in the order of its style in a theme.
            pub const ALL: [Role; [$($word),+].len()] = [$(Role::$name),+];

            /// The name in theme files.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// The attributes that carry the meaning where there are no colours.
            pub fn mono(self) -> Modifier {
                match self {
                    $(Self::$name => $mono,)+
                }
            }
        }
    };
}

const NONE: Modifier = Modifier::empty();
const BOLD: Modifier = Modifier::BOLD;
const DIM: Modifier = Modifier::DIM;
const UNDERLINED: Modifier = Modifier::UNDERLINED;
const REVERSED: Modifier = Modifier::REVERSED;

roles! {
    /// The screen behind everything; drawn first. The terminal's own unless the theme paints.
    Background "background" NONE;
    /// What is read.
    Text "text" NONE;
    /// What is read second: images, uptimes, ids.
    Muted "muted" DIM;
    /// What is skipped: units, zeros, unmeasured, tree lines.
    Faint "faint" DIM;
    /// Column headers and section titles.
    Heading "heading" BOLD;
    /// The header of the column that sorts.
    Sorted "sorted" BOLD.union(UNDERLINED);
    /// Where you are and what you chose.
    Accent "accent" BOLD;
    /// The program's name in the header.
    Brand "brand" BOLD;
    /// Healthy: the small green dot, never a wall of green.
    Ok "ok" NONE;
    /// From the threshold; wants a look.
    Warn "warn" BOLD;
    /// Broken; wants a hand.
    Bad "bad" BOLD.union(REVERSED);
    /// Old data, paused things.
    Stale "stale" DIM;
    /// Neutral news: connecting, a job under way.
    Info "info" NONE;
    /// A row that stands for a group of rows.
    Group "group" BOLD;
    /// The row under the cursor where the keys go.
    Selection "selection" REVERSED;
    /// The row under the cursor in the half that has no focus.
    SelectionUnfocused "selection-unfocused" UNDERLINED;
    /// Quiet text on the row under the cursor.
    SelectionMuted "selection-muted" NONE;
    /// A marked row's sign and count.
    Mark "mark" BOLD;
    /// The sign of a row that came seconds ago.
    Fresh "fresh" DIM;
    /// A row that went seconds ago.
    Gone "gone" DIM.union(Modifier::CROSSED_OUT);
    /// The frame of what floats.
    Border "border" NONE;
    /// The thin line between list and detail.
    Rule "rule" DIM;
    /// Where a filter or a search hit.
    Match "match" BOLD.union(UNDERLINED);
    /// The hit the cursor is at.
    MatchCurrent "match-current" REVERSED;
    /// Text being typed.
    Input "input" NONE;
    /// The place where the next letter goes.
    InputCursor "input-cursor" REVERSED;
    /// What an empty field would mean.
    Placeholder "placeholder" DIM;
    /// A command that is off, a field that cannot change.
    Disabled "disabled" DIM;
    /// A key in the footer, a dialog or the help.
    Key "key" BOLD;
    /// What that key does.
    KeyLabel "key-label" NONE;
    /// A tab of the header.
    Tab "tab" NONE;
    /// The tab that is open.
    TabActive "tab-active" BOLD.union(UNDERLINED);
    /// The guard asks nothing.
    GuardFree "guard-free" NONE;
    /// The guard asks yes or no.
    GuardConfirm "guard-confirm" NONE;
    /// The guard asks for the name.
    GuardType "guard-type" BOLD;
    /// The guard refuses every change.
    GuardReadOnly "guard-read-only" UNDERLINED;
    /// First line of a chart, and sparklines.
    ChartLine1 "chart-line-1" NONE;
    /// Second line of a chart.
    ChartLine2 "chart-line-2" NONE;
    /// Third line of a chart.
    ChartLine3 "chart-line-3" NONE;
    /// Fourth line of a chart.
    ChartLine4 "chart-line-4" NONE;
    /// The dotted line of a limit.
    ChartLimit "chart-limit" NONE;
    /// Numbers and lines of the axes.
    ChartAxis "chart-axis" DIM;
    /// The ground of what floats.
    DialogBackground "dialog-background" NONE;
    /// Verb and object of a dialog.
    DialogTitle "dialog-title" BOLD;
    /// Verb and object of a dialog that destroys.
    DialogDanger "dialog-danger" BOLD.union(REVERSED);
    /// The equivalent command line.
    Command "command" NONE;
    /// A masked value.
    Secret "secret" DIM;
    /// The groove of a scroll bar.
    Scrollbar "scrollbar" DIM;
    /// The place of the page in it.
    ScrollbarThumb "scrollbar-thumb" NONE;
}

impl Role {
    pub const COUNT: usize = Self::ALL.len();

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_find_their_role() {
        for (i, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, i);
            assert_eq!(Role::from_word(role.word()), Some(role));
        }
    }
}
