//! A mistake in a file that a person wrote: where it is, what is wrong, what was probably meant.

use std::fmt;
use std::path::PathBuf;

/// One mistake. Printed as `file:line:column: message; did you mean …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// `None` for files embedded in the program.
    pub file: Option<PathBuf>,
    /// Counted from 1; 0 when the mistake is about the file as a whole.
    pub line: usize,
    /// In characters, counted from 1; 0 when unknown.
    pub column: usize,
    /// What is wrong, with the offending word in backquotes.
    pub message: String,
    pub suggestion: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}", file.display())?,
            None => f.write_str("(embedded)")?,
        }
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        write!(f, ": {}", self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; {suggestion}")?;
        }
        Ok(())
    }
}

/// Line and column, both from 1 and the column in characters, of a byte offset.
pub fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_from_one_in_characters() {
        assert_eq!(position("ab\nçd", 0), (1, 1));
        assert_eq!(position("ab\nçd", 5), (2, 2));
        assert_eq!(position("ab", 99), (1, 3));
    }
}
