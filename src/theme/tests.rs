//! What every embedded theme must hold, and what broken ones say.

use std::path::PathBuf;

use proptest::prelude::*;
use ratatui::style::{Color, Modifier, Style};

use super::load::EMBEDDED;
use super::*;

/// Roles that stand on the screen's background and are read.
const TEXTS: [Role; 36] = [
    Role::Text,
    Role::Muted,
    Role::Faint,
    Role::Heading,
    Role::Sorted,
    Role::Accent,
    Role::Brand,
    Role::Ok,
    Role::Warn,
    Role::Bad,
    Role::Stale,
    Role::Info,
    Role::Group,
    Role::Mark,
    Role::Fresh,
    Role::Gone,
    Role::Match,
    Role::MatchCurrent,
    Role::Input,
    Role::InputCursor,
    Role::Placeholder,
    Role::Key,
    Role::KeyLabel,
    Role::Tab,
    Role::TabActive,
    Role::GuardFree,
    Role::GuardConfirm,
    Role::GuardType,
    Role::GuardReadOnly,
    Role::ChartLine1,
    Role::ChartLine2,
    Role::ChartLine3,
    Role::ChartLine4,
    Role::ChartAxis,
    Role::Command,
    Role::Secret,
];

/// Roles of cells in rows, which can be under the cursor.
const CELLS: [Role; 20] = [
    Role::Text,
    Role::Muted,
    Role::Faint,
    Role::Accent,
    Role::Ok,
    Role::Warn,
    Role::Bad,
    Role::Stale,
    Role::Info,
    Role::Group,
    Role::Mark,
    Role::Fresh,
    Role::Match,
    Role::ChartLine1,
    Role::ChartLine2,
    Role::ChartLine3,
    Role::ChartLine4,
    Role::Command,
    Role::Secret,
    Role::Disabled,
];

fn embedded() -> impl Iterator<Item = Theme> {
    embedded_names().map(|name| {
        let (theme, mistakes) = load(name, &|_| None);
        assert_eq!(mistakes, [], "{name}");
        assert_eq!(theme.name, name);
        theme
    })
}

/// Colours as they meet: text and what is behind it, as far as the theme and not the terminal decides.
fn seen(style: Style, ground: Color) -> Option<f64> {
    let (fg, bg) =
        (style.fg.unwrap_or(Color::Reset), style.bg.filter(|b| *b != Color::Reset).unwrap_or(ground));
    contrast(fg, bg)
}

/// Everything below a ratio, as lines to read.
fn unreadable(theme: &Theme, least: f64) -> Vec<String> {
    let dialog = theme.style(Role::DialogBackground).bg.unwrap_or(theme.background);
    let mut found = Vec::new();
    let mut check = |what: String, style: Style, ground: Color, least: f64| {
        if let Some(ratio) = seen(style, ground).filter(|r| *r < least) {
            found.push(format!("{} {what}: {ratio:.2}", theme.name));
        }
    };
    for role in TEXTS.into_iter().chain([Role::DialogTitle, Role::DialogDanger]) {
        check(role.word().into(), theme.style(role), theme.background, least);
        check(format!("{} in a dialog", role.word()), theme.style(role), dialog, least * 0.93);
    }
    for (focused, what) in [(true, "selected"), (false, "selected without focus")] {
        for role in CELLS {
            check(format!("{} {what}", role.word()), theme.selected(role, focused), theme.background, least);
        }
    }
    // What is off is seen, though not with the weight of text (WCAG 1.4.3 exempts it; 1.4.11 asks 3:1).
    for role in [Role::Disabled, Role::Border, Role::ChartLimit] {
        check(role.word().into(), theme.style(role), theme.background, 3.0);
    }
    found
}

#[test]
fn text_is_readable_in_every_embedded_theme() {
    for theme in embedded() {
        let least = if theme.name == "high-contrast" { 7.0 } else { 4.5 };
        assert_eq!(unreadable(&theme, least), Vec::<String>::new());
    }
}

#[test]
fn text_stays_readable_with_256_colours() {
    for theme in embedded() {
        assert_eq!(unreadable(&theme.at(Depth::Ansi256), 4.0), Vec::<String>::new());
    }
}

#[test]
fn dark_themes_stay_readable_with_16_colours() {
    for name in ["pult", "high-contrast", "ansi16"] {
        let theme = load(name, &|_| None).0.at(Depth::Ansi16);
        let theme = Theme { background: Color::Black, ..theme };
        assert_eq!(unreadable(&theme, 3.0), Vec::<String>::new());
    }
}

#[test]
fn every_embedded_theme_says_something_about_every_role() {
    for (name, text) in EMBEDDED {
        if !text.contains("inherits = \"pult\"") {
            for role in Role::ALL {
                assert!(text.contains(&format!("\n{} = ", role.word())), "{name}: {}", role.word());
            }
        }
    }
}

#[test]
fn only_a_theme_that_paints_has_a_background() {
    for theme in embedded() {
        let painted = theme.style(Role::Background).bg;
        assert_eq!(painted.is_some(), theme.name == "high-contrast", "{}", theme.name);
    }
}

#[test]
fn attention_and_place_survive_every_depth() {
    for theme in embedded() {
        for depth in Depth::ALL {
            let shown = theme.clone().at(depth);
            let text = shown.style(Role::Text);
            let what = format!("{} at {}", theme.name, depth.word());
            for role in [Role::Warn, Role::Bad, Role::Selection, Role::Match, Role::Disabled, Role::TabActive]
            {
                assert_ne!(shown.style(role), text, "{what}: {}", role.word());
            }
            assert_ne!(shown.style(Role::Selection), shown.style(Role::SelectionUnfocused), "{what}");
            assert_ne!(shown.style(Role::Warn), shown.style(Role::Bad), "{what}");
        }
    }
}

#[test]
fn a_depth_has_only_its_own_colours() {
    for theme in embedded() {
        for role in Role::ALL {
            for depth in Depth::ALL {
                let style = theme.clone().at(depth).style(role);
                for color in [style.fg, style.bg].into_iter().flatten() {
                    let fits = match color {
                        Color::Rgb(..) => depth == Depth::Truecolor,
                        Color::Indexed(_) => depth >= Depth::Ansi256,
                        _ => depth >= Depth::Ansi16,
                    };
                    assert!(fits, "{} {} at {}: {color}", theme.name, role.word(), depth.word());
                }
            }
        }
    }
}

#[test]
fn the_mono_theme_is_any_theme_without_colours() {
    let mono = load("mono", &|_| None).0;
    for role in Role::ALL {
        assert_eq!(mono.style(role).add_modifier, role.mono(), "{}", role.word());
        assert_eq!(mono.clone().at(Depth::Mono).style(role), mono.style(role));
    }
}

#[test]
fn soft_colours_keep_their_hue_in_16() {
    let shown = Theme::default().at(Depth::Ansi16);
    let colours = [Role::Text, Role::Muted, Role::Faint, Role::Ok, Role::Warn, Role::Bad, Role::Accent]
        .map(|r| shown.style(r).fg.unwrap());
    assert_eq!(
        colours,
        [
            Color::Gray,
            Color::Gray,
            Color::DarkGray,
            Color::Green,
            Color::LightYellow,
            Color::LightRed,
            Color::LightBlue
        ]
    );
    assert!(shown.style(Role::Selection).add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn a_reversed_row_stays_in_one_piece() {
    let shown = load("ansi16", &|_| None).0;
    for role in [Role::Text, Role::Muted, Role::Faint, Role::Ok, Role::Bad] {
        let style = shown.selected(role, true);
        assert_eq!((style.fg, style.bg), (None, None));
        assert!(style.add_modifier.contains(Modifier::REVERSED));
        assert!(!style.add_modifier.contains(Modifier::DIM));
    }
    assert!(shown.selected(Role::Bad, true).add_modifier.contains(Modifier::BOLD));
}

#[test]
fn the_environment_decides_the_depth() {
    let terminal = Hints { term: Some("xterm-256color"), is_tty: true, ..Hints::default() };
    let auto = |hints| detect(hints, Choice::Auto);
    assert_eq!(auto(terminal), Depth::Ansi256);
    assert_eq!(auto(Hints { colorterm: Some("truecolor"), ..terminal }), Depth::Truecolor);
    assert_eq!(auto(Hints { colorterm: Some("24bit"), term: Some("xterm"), ..terminal }), Depth::Truecolor);
    assert_eq!(auto(Hints { term: Some("xterm-kitty"), ..terminal }), Depth::Truecolor);
    assert_eq!(auto(Hints { term: Some("xterm-direct"), ..terminal }), Depth::Truecolor);
    assert_eq!(auto(Hints { term: Some("linux"), ..terminal }), Depth::Ansi16);
    assert_eq!(auto(Hints { term: None, ..terminal }), Depth::Ansi16);
    assert_eq!(auto(Hints { term: Some("vt100"), ..terminal }), Depth::Mono);
    assert_eq!(auto(Hints { term: Some("dumb"), ..terminal }), Depth::Mono);
    assert_eq!(auto(Hints { no_color: Some("1"), ..terminal }), Depth::Mono);
    assert_eq!(auto(Hints { no_color: Some(""), ..terminal }), Depth::Ansi256);
    assert_eq!(auto(Hints { is_tty: false, ..terminal }), Depth::Mono);
    assert_eq!(auto(Hints { is_tty: false, clicolor_force: Some("1"), ..terminal }), Depth::Ansi256);
    assert_eq!(auto(Hints { is_tty: false, clicolor_force: Some("0"), ..terminal }), Depth::Mono);
    let no_color = Hints { no_color: Some("1"), ..terminal };
    assert_eq!(detect(no_color, Choice::Always), Depth::Ansi256);
    assert_eq!(detect(no_color, Choice::Exactly(Depth::Truecolor)), Depth::Truecolor);
    assert_eq!(detect(terminal, Choice::Never), Depth::Mono);
    for word in Choice::WORDS {
        assert!(Choice::from_word(word).is_some(), "{word}");
    }
}

#[test]
fn a_light_terminal_tells_so() {
    assert_eq!(is_light(Some("0;15")), Some(true));
    assert_eq!(is_light(Some("15;default;0")), Some(false));
    assert_eq!(is_light(Some("15;default")), None);
    assert_eq!(is_light(None), None);
    assert_eq!(default_name(Depth::Truecolor, Some(true)), "light");
    assert_eq!(default_name(Depth::Ansi16, Some(true)), "ansi16");
}

fn load_text(text: &str) -> (Theme, Vec<String>) {
    let (theme, mistakes) =
        load("mine", &|name| (name == "mine").then(|| (PathBuf::from("mine.toml"), text.to_owned())));
    (theme, mistakes.iter().map(ToString::to_string).collect())
}

#[test]
fn one_palette_line_recolours_what_the_parent_draws_with_it() {
    let (theme, mistakes) = load_text("[palette]\naccent = \"#8af\"\n");
    assert_eq!(mistakes, Vec::<String>::new());
    assert_eq!(theme.style(Role::Key).fg, Some(Color::Rgb(0x88, 0xaa, 0xff)));
    assert_eq!(theme.style(Role::Brand).fg, Some(Color::Rgb(0x88, 0xaa, 0xff)));
    assert_eq!(theme.style(Role::Text), Theme::default().style(Role::Text));
    let (theme, mistakes) =
        load_text("[roles]\nok = 34\nwarn = { fg = \"bright-yellow\", bg = \"row\", italic = true }");
    assert_eq!(mistakes, Vec::<String>::new());
    assert_eq!(theme.style(Role::Ok).fg, Some(Color::Indexed(34)));
    assert_eq!(
        theme.style(Role::Warn),
        Style::new().light_yellow().bg(Color::Rgb(0x27, 0x30, 0x3c)).italic()
    );
    let (theme, mistakes) = load_text("[palette]\nred = \"#f00\"\n[roles]\nbad = \"red\"");
    assert_eq!(
        (theme.style(Role::Bad).fg, mistakes.len()),
        (Some(Color::Rgb(255, 0, 0)), 0),
        "palette before ANSI"
    );
}

#[test]
fn mistakes_say_where_and_what_was_meant() {
    for (text, expected) in [
        ("inherits = \"ligth\"", "mine.toml:1:12: no theme `ligth`; did you mean `light`?"),
        ("inherits = 3", "mine.toml:1:12: `inherits` is a theme's name in quotes"),
        ("inherits = \"a/b\"", "mine.toml:1:12: `a/b` is not a name of a theme: letters, digits, - and _"),
        ("[role]\n", "mine.toml:1:2: no key `role`; did you mean `roles`?"),
        (
            "colour = 1\n",
            "mine.toml:1:1: no key `colour`; there are inherits, background, paint, palette, roles",
        ),
        ("roles = 1\n", "mine.toml:1:9: `roles` is a section: [roles]"),
        ("paint = \"yes\"\n", "mine.toml:1:9: `paint` is true or false"),
        ("[roles]\nacent = \"accent\"", "mine.toml:2:1: no role `acent`; did you mean `accent`?"),
        (
            "[roles]\nok = \"accnt\"",
            "mine.toml:2:6: no colour `accnt` in the palette or among the ANSI names; did you mean `accent`?",
        ),
        (
            "[roles]\nok = \"brigth-red\"",
            "mine.toml:2:6: no colour `brigth-red` in the palette or among the ANSI names; did you mean `bright-red`?",
        ),
        ("[roles]\n  ok = \"#12345\"", "mine.toml:2:8: `#12345` is not a colour; write #rgb or #rrggbb"),
        ("[roles]\nok = \"#+12\"", "mine.toml:2:6: `#+12` is not a colour; write #rgb or #rrggbb"),
        ("[roles]\nok = 256", "mine.toml:2:6: `256` is not a colour's number: 0 to 255"),
        (
            "[roles]\nok = true",
            "mine.toml:2:6: this is not a colour; write \"#rrggbb\", a name in quotes or a number",
        ),
        ("[roles]\nok = { bolt = true }", "mine.toml:2:8: no attribute `bolt`; did you mean `bold`?"),
        ("[roles]\nok = { bold = 1 }", "mine.toml:2:15: `bold` is true or false"),
        (
            "[palette]\nok = \"gren\"",
            "mine.toml:2:6: no colour `gren` in the palette or among the ANSI names; did you mean `green`?",
        ),
        (
            "[palette]\nacent = \"#fff\"",
            "mine.toml:2:1: no role uses the palette's `acent`; did you mean `accent`?",
        ),
        (
            "[roles]\nok = \"#fff",
            "mine.toml:2:11: invalid basic string, expected `\"`; the file is not used until it is mended",
        ),
        ("[roles]\nok = 1\nok = 2", "mine.toml:3:1: duplicate key; the file is not used until it is mended"),
    ] {
        let (theme, mistakes) = load_text(text);
        assert_eq!(mistakes, [expected], "{text}");
        assert_eq!(theme.style(Role::Text), Theme::default().style(Role::Text), "the rest is the default");
    }
}

#[test]
fn a_theme_that_is_not_there_is_the_default() {
    let (theme, mistakes) = load("plut", &|_| None);
    assert_eq!(theme, Theme::default());
    assert_eq!(mistakes[0].to_string(), "(embedded): no theme `plut`; did you mean `pult`?");
}

proptest! {
    #[test]
    fn mutated_themes_load_something(
        which in 0..EMBEDDED.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..24),
    ) {
        let mut bytes = EMBEDDED[which].1.as_bytes().to_vec();
        for (place, byte, kind) in edits {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        let (theme, mistakes) = load_text(&String::from_utf8_lossy(&bytes));
        prop_assert_eq!(theme.name.as_str(), "mine");
        prop_assert!(theme.style(Role::Selection) != Style::new());
        for mistake in mistakes {
            prop_assert!(mistake.starts_with("mine.toml:") || mistake.starts_with("(embedded)"));
        }
    }

    #[test]
    fn every_colour_has_a_place_at_every_depth(r: u8, g: u8, b: u8) {
        let style = Style::new().fg(Color::Rgb(r, g, b)).bg(Color::Rgb(b, r, g));
        for depth in Depth::ALL {
            let once = depth::lower(style, Role::Text, Color::Rgb(g, b, r), depth);
            prop_assert_eq!(depth::lower(once, Role::Text, Color::Rgb(g, b, r), depth), once);
        }
    }
}
