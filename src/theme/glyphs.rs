//! The signs of the screen, each one column wide, in Unicode and in ASCII.

/// A table of signs.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// A source or container that is well.
    pub live: &'static str,
    pub connecting: &'static str,
    pub stale: &'static str,
    pub lost: &'static str,
    pub paused: &'static str,
    /// Stopped on purpose.
    pub stopped: &'static str,
    pub folded: &'static str,
    pub unfolded: &'static str,
    /// The bar at the left of the row under the cursor.
    pub cursor: &'static str,
    /// The thin line between list and detail.
    pub rule: &'static str,
    pub horizontal: &'static str,
    pub vertical: &'static str,
    pub top_left: &'static str,
    pub top_right: &'static str,
    pub bottom_left: &'static str,
    pub bottom_right: &'static str,
    pub tree_branch: &'static str,
    pub tree_last: &'static str,
    pub tree_line: &'static str,
    /// Text was cut here.
    pub ellipsis: &'static str,
    /// Not measured or not applicable; never 0.
    pub unmeasured: &'static str,
    /// Between items of one line.
    pub separator: &'static str,
    pub arrow: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub left: &'static str,
    pub right: &'static str,
    pub enter: &'static str,
    pub check: &'static str,
    pub cross: &'static str,
    /// A row that came seconds ago.
    pub fresh: &'static str,
    pub marked: &'static str,
    /// Beside a number above its threshold.
    pub attention: &'static str,
    pub at_limit: &'static str,
    pub times: &'static str,
    pub minus: &'static str,
    /// From one filter stage to the next.
    pub then: &'static str,
    /// The line of a limit in a chart.
    pub dotted: &'static str,
    /// The place where the next letter goes.
    pub caret: &'static str,
    /// Bars of height 0 to 8.
    pub bars: [&'static str; 9],
    /// Frames of something under way; shown at the pace of data, never by a timer of its own.
    pub spinner: [&'static str; 4],
    pub scrollbar: &'static str,
    pub scrollbar_thumb: &'static str,
    /// Charts may use braille dots.
    pub braille: bool,
}

/// For terminals with UTF-8.
pub const UNICODE: Glyphs = Glyphs {
    live: "●",
    connecting: "◌",
    stale: "◐",
    lost: "✕",
    paused: "‖",
    stopped: "○",
    folded: "▸",
    unfolded: "▾",
    cursor: "▌",
    rule: "▏",
    horizontal: "─",
    vertical: "│",
    top_left: "┌",
    top_right: "┐",
    bottom_left: "└",
    bottom_right: "┘",
    tree_branch: "├",
    tree_last: "└",
    tree_line: "│",
    ellipsis: "…",
    unmeasured: "·",
    separator: "·",
    arrow: "→",
    up: "↑",
    down: "↓",
    left: "←",
    right: "→",
    enter: "↵",
    check: "✓",
    cross: "✕",
    fresh: "+",
    marked: "▪",
    attention: "!",
    at_limit: "▲",
    times: "×",
    minus: "−",
    then: "›",
    dotted: "┈",
    caret: "▏",
    bars: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    spinner: ["◐", "◓", "◑", "◒"],
    scrollbar: "│",
    scrollbar_thumb: "┃",
    braille: true,
};

/// For terminals that can only show ASCII.
pub const ASCII: Glyphs = Glyphs {
    live: "*",
    connecting: "o",
    stale: "~",
    lost: "x",
    paused: "=",
    stopped: "-",
    folded: "+",
    unfolded: "-",
    cursor: ">",
    rule: "|",
    horizontal: "-",
    vertical: "|",
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    tree_branch: "|",
    tree_last: "`",
    tree_line: "|",
    ellipsis: "~",
    unmeasured: ".",
    separator: "-",
    arrow: ">",
    up: "^",
    down: "v",
    left: "<",
    right: ">",
    enter: "$",
    check: "y",
    cross: "x",
    fresh: "+",
    marked: "#",
    attention: "!",
    at_limit: "^",
    times: "x",
    minus: "-",
    then: ">",
    dotted: ".",
    caret: "|",
    bars: [" ", ".", ".", ":", ":", "=", "=", "#", "#"],
    spinner: ["-", "\\", "|", "/"],
    scrollbar: "|",
    scrollbar_thumb: "#",
    braille: false,
};

impl Glyphs {
    /// A bar for a part of a whole: 0 is empty, 1 and more is full, and anything above 0 is seen.
    pub fn bar(&self, part: f64) -> &'static str {
        // NaN compares as not above 0 and becomes the empty bar.
        let eighths = if part > 0.0 { (part * 8.0).round().clamp(1.0, 8.0) as usize } else { 0 };
        self.bars.get(eighths).copied().unwrap_or(" ")
    }
}

/// True when the locale's character set is not UTF-8. The first of the three that is set and not empty
/// decides, as POSIX says; when none is, the C locale applies, which is ASCII.
pub fn wants_ascii(lc_all: Option<&str>, lc_ctype: Option<&str>, lang: Option<&str>) -> bool {
    let locale = [lc_all, lc_ctype, lang].into_iter().flatten().find(|v| !v.is_empty()).unwrap_or("C");
    let charset = locale.split('@').next().unwrap_or(locale).rsplit('.').next().unwrap_or(locale);
    !matches!(charset.to_ascii_lowercase().as_str(), "utf-8" | "utf8")
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    /// All signs of a table, taken from its debug print so that a new field cannot be forgotten.
    fn signs(glyphs: &Glyphs) -> Vec<String> {
        let text = format!("{glyphs:?}").replace("\"\\\\\"", "\"/\"");
        text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn every_sign_is_one_column_wide_and_ascii_is_ascii() {
        for glyphs in [&UNICODE, &ASCII] {
            let signs = signs(glyphs);
            assert!(signs.len() > 50, "{signs:?}");
            for sign in signs {
                assert_eq!(sign.width(), 1, "{sign}");
            }
        }
        assert!(signs(&ASCII).iter().all(|s| s.is_ascii()));
    }

    #[test]
    fn the_locale_decides() {
        assert!(wants_ascii(None, None, None));
        assert!(wants_ascii(Some("C"), None, Some("en_US.UTF-8")));
        assert!(!wants_ascii(Some(""), None, Some("en_US.UTF-8")));
        assert!(!wants_ascii(None, Some("C.utf8"), Some("C")));
        assert!(!wants_ascii(None, Some("UTF-8"), None));
        assert!(!wants_ascii(None, None, Some("ca_ES.UTF-8@valencia")));
        assert!(wants_ascii(None, None, Some("de_DE.ISO-8859-1")));
    }

    #[test]
    fn bars_show_what_is_above_zero() {
        assert_eq!(UNICODE.bar(0.0), " ");
        assert_eq!(UNICODE.bar(0.001), "▁");
        assert_eq!(UNICODE.bar(0.5), "▄");
        assert_eq!(UNICODE.bar(7.0), "█");
        assert_eq!(UNICODE.bar(f64::NAN), " ");
    }
}
