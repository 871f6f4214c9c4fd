//! Who wrote a line: the column of names, in colours that stay.

use super::super::view::LogView;
use crate::domain::log::LogSourceId;
use crate::panes::split::SIDE_BY_SIDE;
use crate::theme::Role;
use crate::widgets::paint::width;

/// The widest name, and the widest one where there is little room.
const WIDE: u16 = 18;
const NARROW: u16 = 10;
/// Colours of sources, in their order.
const ROLES: [Role; 4] = [Role::ChartLine1, Role::ChartLine2, Role::ChartLine3, Role::ChartLine4];

/// How names are written in a text of some width.
pub struct Labels {
    /// Bytes that all names begin with and that are left out.
    common: usize,
    room: u16,
}

impl Labels {
    pub fn of(view: &LogView, columns: u16) -> Self {
        let names = || view.members.iter().map(|m| m.label.as_str());
        if view.members.len() < 2 {
            return Self { common: 0, room: 0 };
        }
        let narrow = columns < SIDE_BY_SIDE;
        let common = if narrow { common(names()) } else { 0 };
        let longest = names().map(|name| width(name.get(common..).unwrap_or(name))).max().unwrap_or(0);
        Self { common, room: longest.min(if narrow { NARROW } else { WIDE }) }
    }

    /// Columns of a name; none where there is one source only.
    pub fn room(&self) -> u16 {
        self.room
    }

    /// With the blanks behind it.
    pub fn columns(&self) -> u16 {
        if self.room > 0 { self.room + 2 } else { 0 }
    }

    /// The name of a source.
    pub fn text<'a>(&self, view: &'a LogView, source: Option<&LogSourceId>) -> Option<&'a str> {
        let member = view.members.iter().find(|m| Some(&m.source) == source).filter(|_| self.room > 0)?;
        member.label.get(self.common..).filter(|name| !name.is_empty()).or(Some(&member.label))
    }

    pub fn role(&self, lane: usize) -> Role {
        ROLES[lane % ROLES.len()]
    }
}

/// What all names begin with, up to a hyphen or another sign between words: a project's name.
fn common<'a>(mut names: impl Iterator<Item = &'a str>) -> usize {
    let Some(first) = names.next() else { return 0 };
    let same = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let shared = names.map(|name| same(first, name)).min().unwrap_or(0);
    let words = first.get(..shared).unwrap_or_default();
    words.rfind(['-', '_', '.', '/']).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn whole_words_are_left_out() {
        let of = |names: &[&str]| common(names.iter().copied());
        assert_eq!(of(&["shop-api-1", "shop-api-2", "shop-db"]), "shop-".len());
        assert_eq!(of(&["shop-api", "shop-apple"]), "shop-".len());
        assert_eq!(of(&["web", "worker"]), 0);
        assert_eq!(of(&["shop-api", "shop-api"]), "shop-".len());
        assert_eq!(of(&["shop-", "shop-x"]), "shop-".len());
        assert_eq!(of(&["é-a", "ë-b"]), 0);
    }
}
