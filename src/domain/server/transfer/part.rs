//! What is written before a copy is whole: under which name it stands, and what of it a later copy may keep.

/// NAME_MAX of every file system that matters, bytes.
const MOST: usize = 255;
const BEFORE: &[u8] = b".";
const BEHIND: &[u8] = b".pult-part";

/// The name under which a file is written until it is whole, in the folder where it goes.
pub fn part_name(name: &[u8]) -> Vec<u8> {
    let room = MOST - BEFORE.len() - BEHIND.len();
    let kept = match name.get(..room) {
        // Two long names that begin alike are not the same: what is cut off goes into a number.
        Some(_) if name.len() > room => {
            let number = format!("~{:016x}", fnv(name));
            let head = name.get(..room - number.len()).unwrap_or_default();
            [head, number.as_bytes()].concat()
        }
        _ => name.to_vec(),
    };
    [BEFORE, &kept, BEHIND].concat()
}

/// FNV-1a, 64 bits: it has to be the same in every session.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// How much of an earlier part may be kept, should it prove to be the beginning of the source: sizes alone show
/// when it cannot be. `None` = it is written anew.
pub fn goes_on_from(part_bytes: Option<u64>, source_bytes: u64) -> Option<u64> {
    part_bytes.filter(|part| (1..=source_bytes).contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stands_beside_its_file() {
        assert_eq!(part_name(b"-a\nb"), b".-a\nb.pult-part");
        let (long, other) = ([b'x'; 255], [&[b'x'; 254][..], b"y"].concat());
        assert!(part_name(&long).len() <= 255 && part_name(&long) != part_name(&other));
        assert_eq!(part_name(&[b'x'; 244]).len(), 255);
    }

    #[test]
    fn only_what_can_be_the_beginning_is_gone_on_with() {
        let cases = [(None, 10, None), (Some(0), 10, None), (Some(4), 10, Some(4)), (Some(10), 10, Some(10))];
        for (part, source, goes_on) in cases {
            assert_eq!(goes_on_from(part, source), goes_on);
        }
        assert_eq!(goes_on_from(Some(11), 10), None, "the source has become shorter");
        assert_eq!(goes_on_from(Some(1), 0), None);
    }
}
