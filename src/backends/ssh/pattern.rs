//! The patterns of OpenSSH's files: `*` stands for anything, `?` for one character, `!` before a pattern of a
//! list takes back what another one of the list allows.

/// True when a name fits one pattern. Neither side's case counts.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let (mut p, mut n) = (0, 0);
    // Where to go on when what follows the last star does not fit: the star, and how much it has taken.
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((star, taken)) = back else { return false };
                back = Some((star, taken + 1));
                p = star + 1;
                n = taken + 1;
            }
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|c| *c == '*'))
}

/// True when a name fits a pattern of the list and none of those with `!`.
pub(super) fn list_fits<'p>(patterns: impl IntoIterator<Item = &'p str>, name: &str) -> bool {
    let mut found = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(not) if fits(not, name) => return false,
            Some(_) => {}
            None => found |= fits(pattern, name),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_marks_and_negation() {
        for (pattern, name) in
            [("*", ""), ("*.example.com", "a.Example.com"), ("w?b*1", "web-x-1"), ("a*b*c", "abbbc")]
        {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.example.com", "example.com"), ("?", ""), ("web", "web1"), ("a*c", "ab")] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
        assert!(list_fits(["*.x", "!b.x"], "a.x"));
        assert!(!list_fits(["*.x", "!b.x"], "b.x"));
        assert!(!list_fits(["!b.x"], "a.x"), "a negation alone allows nothing");
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!fits(
            &"a*".repeat(40),
            &"a".repeat(60_000).replace("aaaa", "aaab")[..5000].replace('a', "c")
        ));
        assert!(!fits(&format!("{}b", "*a".repeat(30)), &"a".repeat(2000)));
    }
}
