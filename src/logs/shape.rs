//! What identifiers and addresses look like, wherever they stand.

use super::stamp::at;

/// Of a UUID: hexadecimal digits between its dashes.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// `550e8400-e29b-41d4-a716-446655440000`.
pub(super) fn is_uuid(word: &[u8]) -> bool {
    let mut parts = word.split(|b| *b == b'-');
    word.len() == 36
        && UUID.iter().all(|n| parts.next().is_some_and(|part| part.len() == *n && is_hex(part)))
        && parts.next().is_none()
}

/// `01ARZ3NDEKTSV4RRFFQ69G5FAV`: 26 digits and letters without I, L, O, U, all in one case.
pub(super) fn is_ulid(word: &[u8]) -> bool {
    let upper = word.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    let lower = word.iter().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    let plain = |b: &u8| !matches!(b.to_ascii_uppercase(), b'I' | b'L' | b'O' | b'U');
    word.len() == 26
        && matches!(word.first(), Some(b'0'..=b'7'))
        && (upper || lower)
        && word.iter().all(plain)
        && word.iter().any(u8::is_ascii_alphabetic)
}

pub(super) fn is_hex(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_hexdigit)
}

pub(super) fn digits(word: &[u8]) -> usize {
    word.iter().filter(|b| b.is_ascii_digit()).count()
}

/// How many bytes from here on are an IPv4 address; neither a time nor a version of more parts.
pub(super) fn ipv4(bytes: &[u8], start: usize) -> Option<usize> {
    let mut i = start;
    for part in 0..4 {
        if part > 0 {
            if at(bytes, i) != b'.' {
                return None;
            }
            i += 1;
        }
        let digits = bytes.get(i..)?.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
        let octet = bytes.get(i..i + digits)?;
        let value = octet.iter().fold(0_u32, |n, b| n * 10 + u32::from(b - b'0'));
        if !(1..=3).contains(&digits) || value > 255 || (digits > 1 && octet.first() == Some(&b'0')) {
            return None;
        }
        i += digits;
    }
    let more = at(bytes, i) == b'.' && at(bytes, i + 1).is_ascii_alphanumeric();
    (!more && !at(bytes, i).is_ascii_alphanumeric() && at(bytes, i) != b'_').then_some(i - start)
}

/// How many bytes from here on are an IPv6 address (without a zone); neither a time nor a path of code.
pub(super) fn ipv6(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let mut length = rest.iter().take(40).take_while(|b| b.is_ascii_hexdigit() || **b == b':').count();
    // `2001:db8::1: connection refused`.
    if at(rest, length.wrapping_sub(1)) == b':' && at(rest, length.wrapping_sub(2)) != b':' {
        length -= 1;
    }
    let word = rest.get(..length)?;
    let after = at(rest, length);
    if after.is_ascii_alphanumeric() || after == b'_' || word.len() < 6 || digits(word) == 0 {
        return None;
    }
    let text = std::str::from_utf8(word).ok()?;
    let count = |part: &str| -> Option<usize> {
        let groups = part.split(':').filter(|_| !part.is_empty());
        let mut count = 0;
        for group in groups {
            if group.is_empty() || group.len() > 4 {
                return None;
            }
            count += 1;
        }
        Some(count)
    };
    let fits = match text.split_once("::") {
        Some((head, tail)) => matches!(count(head)? + count(tail)?, 2..=7) && !head.is_empty(),
        None => count(text)? == 8,
    };
    fits.then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers() {
        assert!(is_uuid(b"550e8400-e29b-41d4-a716-446655440000"));
        assert!(!is_uuid(b"550e8400-e29b-41d4-a716-44665544000g"));
        assert!(!is_uuid(b"550e8400e29b-41d4-a716-446655440000-"));
        assert!(is_ulid(b"01ARZ3NDEKTSV4RRFFQ69G5FAV") && is_ulid(b"01arz3ndektsv4rrffq69g5fav"));
        assert!(!is_ulid(b"01ARZ3NDEKTSV4RRFFQ69G5FAv") && !is_ulid(b"01234567890123456789012345"));
    }

    #[test]
    fn addresses() {
        let v4 = |text: &str| ipv4(text.as_bytes(), 0);
        assert_eq!(v4("10.0.0.1"), Some(8));
        assert_eq!(v4("10.0.0.1:80"), Some(8));
        assert_eq!(v4("255.255.255.255."), Some(15));
        for no in ["10.0.0", "10.0.0.256", "1.2.3.4.5", "01.2.3.4", "10.0.0.1x", "12.04.14.30"] {
            assert_eq!(v4(no), None, "{no}");
        }
        let v6 = |text: &str| ipv6(text.as_bytes(), 0);
        assert_eq!(v6("2001:db8::1 x"), Some(11));
        assert_eq!(v6("2001:db8::1: refused"), Some(11));
        assert_eq!(v6("fe80::1%eth0"), Some(7));
        assert_eq!(v6("2001:db8:0:0:0:0:0:1"), Some(20));
        for no in
            ["12:04:14", "aa:bb:cc:dd:ee:ff", "abc::def", "face::add", "1::2::3:4", "2001:db8::12345", "::1"]
        {
            assert_eq!(v6(no), None, "{no}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(text in "[0-9a-f:.]{0,50}", raw in proptest::collection::vec(0_u8..=255, 0..50)) {
            for bytes in [text.as_bytes(), &raw] {
                for i in 0..=bytes.len() {
                    ipv4(bytes, i);
                    ipv6(bytes, i);
                }
                is_uuid(bytes);
                is_ulid(bytes);
            }
        }
    }
}
