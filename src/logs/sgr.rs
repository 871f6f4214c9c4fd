//! Colours and attributes as programs write them into their lines (`ESC [ 1 ; 31 m`), kept as data.

/// A colour that a line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Color {
    /// 0 to 15 are the terminal's own, up to 255 fixed ones.
    Indexed(u8),
    Rgb(u8, u8, u8),
}

/// How a stretch of a line is to look. The default is the terminal's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sgr {
    pub foreground: Option<Color>,
    pub background: Option<Color>,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underline: bool,
    pub reverse: bool,
    pub strike: bool,
}

impl Sgr {
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Takes the parameters of one sequence: numbers with `;` between them, `:` inside the longer ones.
    /// What it does not know changes nothing, and so do blinking and concealing, which serve to hide.
    pub(super) fn apply(&mut self, parameters: &str) {
        let mut rest = parameters.split(';');
        while let Some(parameter) = rest.next() {
            let (code, more) = parameter.split_once(':').unwrap_or((parameter, ""));
            let Some(code) = number(code) else { continue };
            match code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                3 => self.italic = true,
                4 => self.underline = more != "0",
                7 => self.reverse = true,
                9 => self.strike = true,
                21 => self.underline = true,
                22 => (self.bold, self.dim) = (false, false),
                23 => self.italic = false,
                24 => self.underline = false,
                27 => self.reverse = false,
                29 => self.strike = false,
                30..=37 => self.foreground = Some(Color::Indexed(code - 30)),
                39 => self.foreground = None,
                40..=47 => self.background = Some(Color::Indexed(code - 40)),
                49 => self.background = None,
                90..=97 => self.foreground = Some(Color::Indexed(code - 90 + 8)),
                100..=107 => self.background = Some(Color::Indexed(code - 100 + 8)),
                38 | 48 | 58 => {
                    let color = if more.is_empty() { plain(&mut rest) } else { nested(more) };
                    match code {
                        38 => self.foreground = color.or(self.foreground),
                        48 => self.background = color.or(self.background),
                        // The colour of the underline.
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
}

/// Nothing is 0; what is over 255 is no code of ours.
fn number(text: &str) -> Option<u8> {
    if text.is_empty() { Some(0) } else { text.parse().ok() }
}

/// `5;n` or `2;r;g;b`.
fn plain<'a>(rest: &mut impl Iterator<Item = &'a str>) -> Option<Color> {
    let kind = rest.next()?;
    let mut next = || rest.next().map(number);
    match kind {
        "5" => next()?.map(Color::Indexed),
        "2" => {
            let (red, green, blue) = (next()?, next()?, next()?);
            Some(Color::Rgb(red?, green?, blue?))
        }
        _ => None,
    }
}

/// `5:n`, `2:r:g:b`, or with a colour space before the colours: `2::r:g:b`.
fn nested(text: &str) -> Option<Color> {
    let (kind, rest) = text.split_once(':')?;
    match kind {
        "5" => number(rest.split(':').next()?).map(Color::Indexed),
        "2" => {
            let spaced = usize::from(rest.split(':').count() > 3);
            let mut parts = rest.split(':').skip(spaced).map(number);
            Some(Color::Rgb(parts.next()??, parts.next()??, parts.next()??))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(sequences: &[&str]) -> Sgr {
        let mut sgr = Sgr::default();
        sequences.iter().for_each(|s| sgr.apply(s));
        sgr
    }

    #[test]
    fn colours_of_all_forms() {
        let foreground = |s: &str| after(&[s]).foreground;
        assert_eq!(foreground("31"), Some(Color::Indexed(1)));
        assert_eq!(foreground("97"), Some(Color::Indexed(15)));
        for same in ["38;5;208", "38:5:208", "1;38;5;208;4", "0;38;5;208"] {
            assert_eq!(foreground(same), Some(Color::Indexed(208)), "{same}");
        }
        for same in ["38;2;1;2;3", "38:2:1:2:3", "38:2::1:2:3", "38:2:0:1:2:3", "38;2;1;2;3;48;5;1"] {
            assert_eq!(foreground(same), Some(Color::Rgb(1, 2, 3)), "{same}");
        }
        assert_eq!(after(&["48;5;7;103"]).background, Some(Color::Indexed(11)));
        // The underline's colour is read over, not taken for attributes.
        assert_eq!(after(&["58;5;1"]), Sgr::default());
        assert_eq!(after(&["58;2;1;2;7"]), Sgr::default());
    }

    #[test]
    fn attributes_come_and_go() {
        let all = after(&["1;2;3;4;7;9;31;42"]);
        assert!(all.bold && all.dim && all.italic && all.underline && all.reverse && all.strike);
        assert!(after(&["1;2;3;4;7;9;31;42", "22;23;24;27;29;39;49"]).is_plain());
        assert!(after(&["1;31", ""]).is_plain());
        assert!(after(&["4:3"]).underline && after(&["4", "4:0"]).is_plain());
        assert!(after(&["5;6;8;25;28;73"]).is_plain());
    }

    #[test]
    fn nonsense_changes_nothing() {
        for text in
            ["38", "38;5", "38;5;256", "38;2;1;2", "38;9;1", "38:5", "38:2:1", "38:2:1:2:999", "99999"]
        {
            assert!(after(&[text]).foreground.is_none(), "{text}");
        }
        assert_eq!(after(&["31", "38;5;999"]).foreground, Some(Color::Indexed(1)));
    }
}
